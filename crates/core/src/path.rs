//! Names of synced objects, and where they live on this host.
//!
//! A [`ClusterPath`] is csync2's internal name of an object: an absolute path (`/etc/x`) or a
//! prefix name (`%homedir%/bob/x`), the same on every host. A [`LocalPath`] is a path on this host.
//! Only a [`PrefixMap`] converts between them.
//!
//! # Invariants
//! * A `ClusterPath` is held in its *encoded* form, so its order is the byte order of the database
//!   and of every listing, and it can be bound, sent and compared without conversion.
//! * `to_cluster(to_local(name)) == name` for every name that is not shadowed by a longer prefix.
use crate::wire::escape;
use std::borrow::Cow;
use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// csync2's name of a synced object, ordered by its encoded bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClusterPath(Box<[u8]>);

/// Why bytes are not the name of a synced object.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// The name neither starts with `/` nor with `%prefix%`.
    #[error("cannot use name {name}: it is neither absolute nor a prefix name")]
    NotAbsolute {
        /// The name, printable.
        name: String,
    },
    /// The name has an empty, `.` or `..` component, or a NUL byte.
    #[error("cannot use name {name}: it has an empty, `.` or `..` component")]
    Component {
        /// The name, printable.
        name: String,
    },
    /// The name uses a prefix that this host's configuration does not define.
    #[error("prefix '{prefix}' is not defined for this host")]
    UndefinedPrefix {
        /// The prefix, without its percent signs.
        prefix: String,
    },
}

impl ClusterPath {
    /// Parses a decoded name, as a person or a directory listing shows it.
    ///
    /// # Errors
    /// [`PathError::NotAbsolute`] and [`PathError::Component`].
    pub fn from_decoded(decoded: &[u8]) -> Result<Self, PathError> {
        let shown = || String::from_utf8_lossy(decoded).into_owned();
        let tail = match decoded.first() {
            Some(b'/') => decoded,
            Some(b'%') => match memchr::memchr(b'%', &decoded[1..]) {
                Some(length) if length > 0 && !decoded[1..=length].contains(&b'/') => {
                    &decoded[length + 2..]
                }
                _ => return Err(PathError::NotAbsolute { name: shown() }),
            },
            _ => return Err(PathError::NotAbsolute { name: shown() }),
        };
        let clean = match tail {
            b"/" => decoded == b"/",
            b"" => true,
            [b'/', components @ ..] => components
                .split(|&byte| byte == b'/')
                .all(|part| !matches!(part, b"" | b"." | b"..") && !part.contains(&0)),
            _ => return Err(PathError::NotAbsolute { name: shown() }),
        };
        if clean {
            Ok(Self::from_stored(&escape::encode(decoded)))
        } else {
            Err(PathError::Component { name: shown() })
        }
    }

    /// Parses a word of the wire, in whatever encoding the peer chose.
    ///
    /// # Errors
    /// As [`Self::from_decoded`].
    pub fn from_encoded(encoded: &[u8]) -> Result<Self, PathError> {
        Self::from_decoded(&escape::decode(encoded))
    }

    /// Takes an encoded name from the database as it is.
    ///
    /// Nothing is checked: [`PrefixMap::locate`] refuses to lead a bad name to the disk.
    #[must_use]
    pub fn from_stored(encoded: &[u8]) -> Self {
        Self(encoded.into())
    }

    /// The encoded bytes: the form of the database and of the wire.
    #[must_use]
    pub fn encoded(&self) -> &[u8] {
        &self.0
    }

    /// The decoded bytes: the form that patterns are compared with and people see.
    #[must_use]
    pub fn decoded(&self) -> Cow<'_, [u8]> {
        escape::decode(&self.0)
    }

    /// The name of the directory that holds this object.
    ///
    /// `None` for `/` and for a prefix root, which have no parent in the cluster.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        match memchr::memrchr(b'/', &self.0) {
            None => None,
            Some(0) if self.0.len() == 1 => None,
            Some(0) => Some(Self::from_stored(b"/")),
            Some(at) => Some(Self::from_stored(&self.0[..at])),
        }
    }

    /// The name of `component` (decoded bytes, without a slash) inside this directory.
    #[must_use]
    pub fn child(&self, component: &[u8]) -> Self {
        let mut encoded = Vec::with_capacity(self.0.len() + component.len() + 8);
        if *self.0 != *b"/" {
            encoded.extend_from_slice(&self.0);
        }
        encoded.push(b'/');
        escape::encode_into(component, &mut encoded);
        Self(encoded.into())
    }

    /// Says whether this name lies below `directory` (not whether it equals it).
    #[must_use]
    pub fn is_below(&self, directory: &Self) -> bool {
        let base: &[u8] = if *directory.0 == *b"/" { b"" } else { &directory.0 };
        self.0.len() > base.len() + 1 && self.0.starts_with(base) && self.0[base.len()] == b'/'
    }

    /// The prefix of a prefix name, decoded, without its percent signs.
    #[must_use]
    pub fn prefix(&self) -> Option<Vec<u8>> {
        let decoded = self.decoded();
        let inner = decoded.strip_prefix(b"%")?;
        memchr::memchr(b'%', inner).map(|end| inner[..end].to_vec())
    }

    /// The name for messages: decoded, with what is not UTF-8 replaced.
    #[must_use]
    pub fn display(&self) -> String {
        String::from_utf8_lossy(&self.decoded()).into_owned()
    }
}

impl fmt::Debug for ClusterPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", String::from_utf8_lossy(&self.0))
    }
}

impl fmt::Display for ClusterPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.display())
    }
}

/// An absolute path on this host, as bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalPath(Box<[u8]>);

impl LocalPath {
    /// Takes the bytes of an absolute path.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }

    /// The bytes of the path.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The path as the standard library has it.
    #[must_use]
    pub fn as_path(&self) -> &Path {
        Path::new(OsStr::from_bytes(&self.0))
    }

    /// The path of `relative` below this one; `relative` has no leading slash and may be empty.
    #[must_use]
    pub fn join(&self, relative: &[u8]) -> Self {
        if relative.is_empty() {
            return self.clone();
        }
        let base: &[u8] = if *self.0 == *b"/" { b"" } else { &self.0 };
        Self([base, b"/", relative].concat().into())
    }

    /// Says whether this path equals `directory` or lies below it, on a component boundary.
    #[must_use]
    pub fn is_within(&self, directory: &Self) -> bool {
        self.relative_to(directory).is_some()
    }

    /// What follows `directory` in this path, without a leading slash.
    #[must_use]
    pub fn relative_to(&self, directory: &Self) -> Option<&[u8]> {
        if *directory.0 == *b"/" {
            return self.0.strip_prefix(b"/");
        }
        match self.0.strip_prefix(&*directory.0)? {
            b"" => Some(b""),
            [b'/', rest @ ..] => Some(rest),
            _ => None,
        }
    }
}

impl fmt::Debug for LocalPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", String::from_utf8_lossy(&self.0))
    }
}

impl fmt::Display for LocalPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", String::from_utf8_lossy(&self.0))
    }
}

/// Where a name lives here: a root that the configuration names, and the way down from it.
///
/// The disk resolves `relative` beneath `root` without following any symlink; components above a
/// prefix root may be symlinks, the root itself may not (`spec/sync.md`, *impure*).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Located {
    /// `/` for absolute names, the prefix's path for prefix names.
    pub root: LocalPath,
    /// Components below the root, without leading slash; empty for the root itself.
    pub relative: Box<[u8]>,
}

impl Located {
    /// The whole local path.
    #[must_use]
    pub fn path(&self) -> LocalPath {
        self.root.join(&self.relative)
    }
}

/// One `prefix` of the configuration as it applies to this host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prefix {
    /// The name, without percent signs.
    pub name: Vec<u8>,
    /// Its path here; `None` when no `on` pattern matches this host.
    pub path: Option<LocalPath>,
}

/// All prefixes, in the order of the configuration; the last one that applies wins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PrefixMap {
    prefixes: Vec<Prefix>,
}

impl PrefixMap {
    /// Takes the prefixes in the order of the configuration.
    #[must_use]
    pub fn new(prefixes: Vec<Prefix>) -> Self {
        Self { prefixes }
    }

    /// The prefixes with a path on this host and their root names, last defined first.
    ///
    /// A name that is defined twice appears once, with the path that counts.
    pub fn roots(&self) -> impl Iterator<Item = (ClusterPath, &LocalPath)> {
        self.prefixes.iter().enumerate().rev().filter_map(|(at, prefix)| {
            let path = prefix.path.as_ref()?;
            let shadowed = self.prefixes[at + 1..]
                .iter()
                .any(|later| later.name == prefix.name && later.path.is_some());
            (!shadowed).then(|| (root_name(&prefix.name), path))
        })
    }

    /// Where a name lives on this host.
    ///
    /// # Errors
    /// [`PathError::UndefinedPrefix`] for a prefix without a path here, and the errors of
    /// [`ClusterPath::from_decoded`] for a stored name that no peer may use.
    pub fn locate(&self, name: &ClusterPath) -> Result<Located, PathError> {
        let decoded = name.decoded();
        ClusterPath::from_decoded(&decoded)?;
        if let Some(relative) = decoded.strip_prefix(b"/") {
            return Ok(Located { root: LocalPath::new(b"/"), relative: relative.into() });
        }
        let prefix = name.prefix().unwrap_or_default();
        let root = self
            .prefixes
            .iter()
            .rev()
            .find(|candidate| candidate.name == prefix && candidate.path.is_some())
            .and_then(|found| found.path.clone())
            .ok_or_else(|| PathError::UndefinedPrefix {
                prefix: String::from_utf8_lossy(&prefix).into_owned(),
            })?;
        let below = &decoded[prefix.len() + 2..];
        let relative = below.strip_prefix(b"/").unwrap_or(below);
        Ok(Located { root, relative: relative.into() })
    }

    /// The name of a local path: that of the first prefix that covers it, else the path itself.
    ///
    /// # Errors
    /// As [`ClusterPath::from_decoded`].
    ///
    /// # Source
    /// csync2 `prefixencode`: last defined first; a prefix path `/` covers only `/`.
    pub fn to_cluster(&self, path: &LocalPath) -> Result<ClusterPath, PathError> {
        match self.prefix_names(path).into_iter().next() {
            Some(name) => Ok(name),
            None => ClusterPath::from_decoded(path.as_bytes()),
        }
    }

    /// All prefix names that a local path has, last defined prefix first.
    #[must_use]
    pub fn prefix_names(&self, path: &LocalPath) -> Vec<ClusterPath> {
        self.roots()
            .filter(|(_, root)| root.as_bytes() != b"/" || path.as_bytes() == b"/")
            .filter_map(|(name, root)| {
                let relative = path.relative_to(root)?;
                Some(if relative.is_empty() {
                    name
                } else {
                    let whole = [&*name.decoded(), b"/", relative].concat();
                    ClusterPath::from_stored(&escape::encode(&whole))
                })
            })
            .collect()
    }
}

/// The name of a prefix's root: `%name%`.
fn root_name(prefix: &[u8]) -> ClusterPath {
    ClusterPath::from_stored(&escape::encode(&[b"%", prefix, b"%"].concat()))
}

#[cfg(test)]
mod tests {
    use super::{ClusterPath, LocalPath, PathError, Prefix, PrefixMap};
    use proptest::prelude::*;

    fn name(text: &str) -> ClusterPath {
        ClusterPath::from_decoded(text.as_bytes()).expect("a valid name")
    }

    fn map() -> PrefixMap {
        let prefix = |name: &str, path: &str| Prefix {
            name: name.as_bytes().to_vec(),
            path: Some(LocalPath::new(path.as_bytes())),
        };
        PrefixMap::new(vec![prefix("home", "/srv/home"), prefix("bob", "/srv/home/bob")])
    }

    #[test]
    fn names_with_dots_or_holes_are_refused() {
        for bad in ["/a/../b", "/a/./b", "/a//b", "/a/", "%p%/../x", "%p%/", "//", "/..", "/a\0b"] {
            let refused = ClusterPath::from_decoded(bad.as_bytes());
            assert!(matches!(refused, Err(PathError::Component { .. })), "{bad:?}: {refused:?}");
        }
        for bad in ["", "a/b", "%p", "%%/x", "%p%x", "%a/b%/c"] {
            let refused = ClusterPath::from_decoded(bad.as_bytes());
            assert!(matches!(refused, Err(PathError::NotAbsolute { .. })), "{bad:?}: {refused:?}");
        }
        for good in ["/", "/a", "/...", "%p%", "%p%/a b", "/a/..b"] {
            assert_eq!(&*name(good).decoded(), good.as_bytes());
        }
    }

    #[test]
    fn names_order_by_their_encoded_bytes() {
        let mut names = [name("/a/b"), name("/a!"), name("/a"), name("/a b"), name("/a.b")];
        names.sort();
        let shown: Vec<_> = names.iter().map(ClusterPath::display).collect();
        assert_eq!(shown, ["/a", "/a!", "/a b", "/a.b", "/a/b"]);
    }

    #[test]
    fn parents_end_at_the_root() {
        assert_eq!(name("/a/b").parent(), Some(name("/a")));
        assert_eq!(name("/a").parent(), Some(name("/")));
        assert_eq!(name("/").parent(), None);
        assert_eq!(name("%p%/a").parent(), Some(name("%p%")));
        assert_eq!(name("%p%").parent(), None);
        assert!(name("/a/b").is_below(&name("/a")) && !name("/ab").is_below(&name("/a")));
        assert!(name("/a").is_below(&name("/")) && !name("/a").is_below(&name("/a")));
    }

    #[test]
    fn a_local_path_takes_the_last_defined_prefix_that_covers_it() {
        let cluster = |path: &str| {
            map().to_cluster(&LocalPath::new(path.as_bytes())).expect("a valid path").display()
        };
        assert_eq!(cluster("/srv/home/bob/x"), "%bob%/x");
        assert_eq!(cluster("/srv/home/bobby"), "%home%/bobby");
        assert_eq!(cluster("/srv/home"), "%home%");
        assert_eq!(cluster("/srv"), "/srv");
    }

    #[test]
    fn a_name_under_an_unknown_prefix_lives_nowhere() {
        let refused = map().locate(&name("%nope%/x"));
        assert_eq!(refused, Err(PathError::UndefinedPrefix { prefix: "nope".into() }));
    }

    #[test]
    fn a_stored_name_that_leaves_its_root_is_not_located() {
        let refused = map().locate(&ClusterPath::from_stored(b"%25home%25/../x"));
        assert!(matches!(refused, Err(PathError::Component { .. })), "{refused:?}");
    }

    proptest! {
        #[test]
        fn locating_undoes_naming(parts in proptest::collection::vec("[a-z %:.]{1,6}", 1..4)) {
            prop_assume!(parts.iter().all(|part| part != "." && part != ".."));
            let path = LocalPath::new(format!("/srv/home/{}", parts.join("/")).as_bytes());
            let name = map().to_cluster(&path).expect("clean components");
            prop_assert_eq!(map().locate(&name).expect("a known prefix").path(), path);
        }
    }
}
