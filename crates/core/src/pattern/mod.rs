//! The patterns of `include`, `exclude`, `compare` and `action`, and the globs of host names.
//!
//! A [`Pattern`] is compiled once and then answers, without allocating, whether it matches a name,
//! whether a directory lies on the way to something it matches, and whether anything below a
//! directory can match. A [`Glob`] is the bare `fnmatch` without csync2's rules around it.
//! Which pattern of a group decides is [`crate::config`]'s business.
//!
//! # Invariants
//! * The answers are those of glibc's `fnmatch` in the C locale, byte for byte.
//! * Matching takes at most pattern length times name length steps.
//!
//! # Source
//! `spec/config.md` 5. [`glob`]: the compiled form and the matcher · `bracket`: what `[..]` means
mod bracket;
pub mod glob;

use glob::Flags;
pub use glob::Glob;

/// What a pattern is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The whole name; what lies below a matching directory matches too.
    Path,
    /// The last component of the name.
    Base,
}

/// How to tell that a pattern matches nothing below a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// There is no telling.
    Anything,
    /// Its wildcards cross slashes: only what is literal before them counts.
    Head,
    /// Each of its components matches one component of a name.
    Components,
}

/// One compiled pattern.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: Box<[u8]>,
    kind: Kind,
    reach: Reach,
    glob: Glob,
    heads: Box<[Glob]>,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.text == other.text
    }
}

impl Eq for Pattern {}

impl Pattern {
    /// Compiles a pattern of a group: a path pattern if it starts with `/` or `%`, else a base
    /// pattern. Trailing slashes are dropped.
    #[must_use]
    pub fn parse(text: &[u8]) -> Self {
        match text.first() {
            Some(b'/' | b'%') => Self::compile(text, Kind::Path),
            _ => Self::compile(text, Kind::Base),
        }
    }

    /// Compiles a pattern of an action, which is compared with the whole name however it starts.
    #[must_use]
    pub fn parse_path(text: &[u8]) -> Self {
        Self::compile(text, Kind::Path)
    }

    fn compile(text: &[u8], kind: Kind) -> Self {
        let text = without_trailing_slashes(text);
        let crossing = memchr::memmem::find(text, b"**").is_some();
        let flags =
            Flags { pathname: kind == Kind::Path && !crossing, leading_dir: kind == Kind::Path };
        let exact = Flags { leading_dir: false, ..flags };
        let heads = match kind {
            Kind::Base => Box::default(),
            Kind::Path => memchr::memrchr_iter(b'/', text)
                .filter(|&at| at > 0)
                .map(|at| Glob::compile(&text[..at], exact))
                .collect(),
        };
        let reach = match kind {
            Kind::Base => Reach::Anything,
            Kind::Path if crossing => Reach::Head,
            // A slash between brackets or behind a backslash is not where components part.
            Kind::Path if text.contains(&b'[') || text.contains(&b'\\') => Reach::Head,
            Kind::Path => Reach::Components,
        };
        Self { text: text.into(), kind, reach, glob: Glob::compile(text, flags), heads }
    }

    /// The text without trailing slashes.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// Says whether this is a path pattern, compared with whole names.
    #[must_use]
    pub fn is_path(&self) -> bool {
        self.kind == Kind::Path
    }

    /// Says whether the pattern matches `name` (decoded).
    #[must_use]
    pub fn matches(&self, name: &[u8]) -> bool {
        match self.kind {
            Kind::Path => self.glob.matches(name),
            Kind::Base => self.glob.matches(base_of(name)),
        }
    }

    /// Says whether `name` is matched by this path pattern cut at one of its slashes.
    #[must_use]
    pub fn on_the_way(&self, name: &[u8]) -> bool {
        self.heads.iter().any(|head| head.matches(name))
    }

    /// Says whether every name matches.
    #[must_use]
    pub fn matches_everything(&self) -> bool {
        self.glob.matches_everything()
    }

    /// Says whether the pattern can match anything below the directory `name`.
    ///
    /// `false` only if that is certain. Base patterns can always.
    #[must_use]
    pub fn may_match_below(&self, name: &[u8]) -> bool {
        match self.reach {
            Reach::Anything => true,
            Reach::Head => {
                let head = self.glob.literal_head();
                let common = head.len().min(name.len());
                head[..common] == name[..common]
            }
            Reach::Components => name == b"/" || self.matches(name) || self.on_the_way(name),
        }
    }
}

/// The last component of a name.
fn base_of(name: &[u8]) -> &[u8] {
    memchr::memrchr(b'/', name).map_or(name, |at| &name[at + 1..])
}

fn without_trailing_slashes(text: &[u8]) -> &[u8] {
    let length = text.iter().rposition(|&byte| byte != b'/').map_or(1, |at| at + 1);
    &text[..length.min(text.len())]
}

#[cfg(test)]
mod tests;
