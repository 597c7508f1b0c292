//! Both sides of a conflict, for people and for machines, and how their texts differ.
use crate::render::json::Line;
use crate::render::json::name::Name;
use crate::render::json::object::kind;
use crate::render::printable::printable;
use crate::render::status::{age, size};
use csync3_core::entry::{Kind, Observed, Timestamp};
use csync3_core::unified::{Unified, unified};
use csync3_engine::push::ask::Theirs;
use csync3_engine::resolve::Conflict;

/// A conflict with what is known of both sides.
#[derive(Debug, Clone)]
pub struct Sides<'a> {
    /// The conflict.
    pub conflict: &'a Conflict,
    /// This host's object; `None` if it is gone.
    pub mine: Option<Observed>,
    /// The peer's object.
    pub theirs: Theirs,
}

impl Sides<'_> {
    /// Three lines for people.
    #[must_use]
    pub fn text(&self, now: Timestamp) -> String {
        let Conflict { row, peer, path } = self.conflict;
        let path = path.to_string();
        let mine = self.mine.as_ref().map_or_else(gone, |object| {
            let bytes = match object.kind {
                Kind::File { size: bytes } => format!(", {}", size(bytes)),
                _ => String::new(),
            };
            format!("{}{bytes}, {}", object.kind, changed(object.fingerprint.mtime, now))
        });
        let theirs = match self.theirs {
            Theirs::Gone => gone(),
            Theirs::There { size: bytes, mtime } => {
                format!("{}, {}", size(bytes), changed(mtime, now))
            }
            Theirs::Untold => "not known".to_owned(),
        };
        let name = row.name.display();
        let name = if name == path { String::new() } else { format!(", {}", printable(&name)) };
        format!("{} ({peer}{name})\n  mine:   {mine}\n  theirs: {theirs}\n", printable(&path))
    }

    /// The line for machines.
    #[must_use]
    pub fn line(&self) -> Line {
        let Conflict { row, peer, .. } = self.conflict;
        let (theirs, theirs_size, theirs_mtime) = match self.theirs {
            Theirs::Gone => (Some("gone"), None, None),
            Theirs::There { size, mtime } => (Some("there"), Some(size), Some(mtime.seconds)),
            Theirs::Untold => (None, None, None),
        };
        Line::Conflict {
            name: Name::of(&row.name),
            peer: peer.as_str().to_owned(),
            mine: self.mine.as_ref().map_or("gone", |object| kind(&object.kind)),
            mine_size: self.mine.as_ref().and_then(|object| match object.kind {
                Kind::File { size } => Some(size),
                _ => None,
            }),
            mine_mtime: self.mine.as_ref().map(|object| object.fingerprint.mtime.seconds),
            theirs,
            theirs_size,
            theirs_mtime,
            since: row.conflict.map(|found| found.seconds),
        }
    }
}

fn gone() -> String {
    "gone".to_owned()
}

fn changed(time: Timestamp, now: Timestamp) -> String {
    format!("changed {} ago", age(time, now))
}

/// How the peer's text differs from this host's, in unified form: `-` is the peer's. Control
/// characters are written out, so that no content steers the terminal.
#[must_use]
pub fn diff(theirs: (&str, &[u8]), mine: (&str, &[u8])) -> String {
    let hunks = match unified(theirs.1, mine.1) {
        Unified::Identical => {
            return "The contents are the same; owner, mode or time may differ.\n".to_owned();
        }
        Unified::Binary => None,
        Unified::Hunks(hunks) => String::from_utf8(hunks).ok(),
    };
    let Some(hunks) = hunks else {
        return "The contents differ and are not text.\n".to_owned();
    };
    let unified = format!("--- {}\n+++ {}\n{hunks}", theirs.0, mine.0);
    unified.split('\n').map(shown).collect::<Vec<_>>().join("\n")
}

/// A line of a text: tabs stay.
fn shown(line: &str) -> String {
    line.split('\t').map(|part| printable(part).into_owned()).collect::<Vec<_>>().join("\t")
}

#[cfg(test)]
mod tests {
    use super::diff;

    #[test]
    fn a_diff_shows_the_peers_lines_as_removed() {
        let text = diff(("node2:/f", b"a\nb\n"), ("node1:/f", b"a\nc\n"));
        assert_eq!(text, "--- node2:/f\n+++ node1:/f\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n");
    }

    #[test]
    fn a_diff_steers_no_terminal_and_shows_no_binary() {
        let text = diff(("p", b"x\n"), ("m", b"\ty\x1b[2J\n"));
        assert!(text.contains("+\ty\\u{1b}[2J\n"), "{text}");
        assert!(diff(("p", b"\xff"), ("m", b"x")).contains("not text"));
        assert!(diff(("p", b"x"), ("m", b"x")).contains("the same"));
    }
}
