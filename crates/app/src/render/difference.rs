//! `-TT`: what is printed of one object that was compared with a peer's.
//!
//! # Source
//! `spec/cli.md` 4: csync2 prints what `diff -Nus` says, with `PEER:NAME` as the old file and
//! `MYNAME:NAME` as the new one. For objects that are no files GNU diff has sentences, too.
use crate::cli::ColorChoice;
use crate::render::diagnostics::Color;
use csync3_core::config::Target;
use csync3_core::entry::Kind;
use csync3_core::path::ClusterPath;
use csync3_core::unified::Unified;
use csync3_engine::insync::Compared;

/// Decides whether to color standard output.
#[must_use]
pub const fn color(choice: ColorChoice, is_terminal: bool, no_color: bool) -> Color {
    match choice {
        ColorChoice::Always => Color::Always,
        ColorChoice::Auto if is_terminal && !no_color => Color::Always,
        ColorChoice::Auto | ColorChoice::Never => Color::Never,
    }
}

/// The lines for standard output, names as they are.
#[must_use]
pub fn shown(pair: &Target, name: &ClusterPath, compared: &Compared, color: Color) -> Vec<u8> {
    let label = |host: &str| [host.as_bytes(), b":", &name.decoded()].concat();
    let (theirs, ours) = (label(pair.peer.as_str()), label(pair.myname.as_str()));
    let sentence = |parts: [&[u8]; 3]| {
        let [before, between, after] = parts;
        [before, &theirs, between, &ours, after, b"\n"].concat()
    };
    match compared {
        Compared::Contents(Unified::Identical) => {
            sentence([b"Files ", b" and ", b" are identical"])
        }
        Compared::Contents(Unified::Binary) => sentence([b"Binary files ", b" and ", b" differ"]),
        Compared::Contents(Unified::Hunks(hunks)) => {
            painted(&[b"--- ", &*theirs, b"\n+++ ", &ours, b"\n"].concat(), hunks, color)
        }
        Compared::TooLong { .. } => sentence([b"Files ", b" and ", b" differ"]),
        Compared::Links => sentence([b"Symbolic links ", b" and ", b" differ"]),
        Compared::NoContent(_) => Vec::new(),
        Compared::Kinds { theirs, ours } => {
            let between = format!(" {} while file ", is(theirs.as_ref()));
            let after = format!(" {}", is(ours.as_ref()));
            sentence([b"File ", between.as_bytes(), after.as_bytes()])
        }
    }
}

/// What standard error tells beside it.
#[must_use]
pub fn note(pair: &Target, name: &ClusterPath, compared: &Compared) -> Option<String> {
    match compared {
        Compared::TooLong { limit } => {
            let limit = limit / (1024 * 1024);
            Some(format!("{name}: differences of files above {limit} MiB are not shown"))
        }
        Compared::NoContent(kind) => {
            Some(format!("{name}: a {kind} here and on {} has no content to compare", pair.peer))
        }
        _ => None,
    }
}

/// What a file is, in the words of GNU diff.
const fn is(kind: Option<&Kind>) -> &'static str {
    match kind {
        None => "does not exist",
        Some(Kind::File { size: 0 }) => "is a regular empty file",
        Some(Kind::File { .. }) => "is a regular file",
        Some(Kind::Dir) => "is a directory",
        Some(Kind::Symlink { .. }) => "is a symbolic link",
        Some(Kind::Fifo) => "is a fifo",
        Some(Kind::Socket) => "is a socket",
        Some(Kind::CharDevice { .. }) => "is a character special file",
        Some(Kind::BlockDevice { .. }) => "is a block special file",
    }
}

/// Header and hunks, in the colors of GNU diff.
fn painted(header: &[u8], hunks: &[u8], color: Color) -> Vec<u8> {
    if color == Color::Never {
        return [header, hunks].concat();
    }
    let mut out = Vec::with_capacity(header.len() + hunks.len() * 5 / 4);
    let heads = header.split_inclusive(|byte| *byte == b'\n').map(|line| (line, Some("1")));
    let body = hunks.split_inclusive(|byte| *byte == b'\n').map(|line| (line, code(line)));
    for (line, code) in heads.chain(body) {
        let Some(code) = code else {
            out.extend_from_slice(line);
            continue;
        };
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        for piece in [b"\x1b[", code.as_bytes(), b"m", text, b"\x1b[0m\n"] {
            out.extend_from_slice(piece);
        }
    }
    out
}

/// The color of a line of a hunk.
fn code(line: &[u8]) -> Option<&'static str> {
    match line.first() {
        Some(b'@') => Some("36"),
        Some(b'+') => Some("32"),
        Some(b'-') => Some("31"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{color, note, shown};
    use crate::cli::ColorChoice;
    use crate::render::diagnostics::Color;
    use csync3_core::config::{HostName, Target};
    use csync3_core::entry::Kind;
    use csync3_core::path::ClusterPath;
    use csync3_core::unified::{Unified, unified};
    use csync3_engine::insync::Compared;

    fn pair() -> Target {
        let host = |name: &[u8]| HostName::parse(name).expect("a host name");
        Target { peer: host(b"there"), myname: host(b"here") }
    }

    fn told(compared: &Compared, color: Color) -> String {
        let name = ClusterPath::from_decoded(b"%p%/a b").expect("a name");
        String::from_utf8(shown(&pair(), &name, compared, color)).expect("text")
    }

    #[test]
    fn each_outcome_has_the_words_of_diff() {
        let link = Kind::Symlink { target: b"x".to_vec() };
        let kinds = |theirs, ours| Compared::Kinds { theirs, ours };
        for (compared, expected) in [
            (
                Compared::Contents(Unified::Identical),
                "Files there:%p%/a b and here:%p%/a b are identical\n",
            ),
            (
                Compared::Contents(Unified::Binary),
                "Binary files there:%p%/a b and here:%p%/a b differ\n",
            ),
            (
                Compared::Contents(unified(b"a\n", b"b\n")),
                "--- there:%p%/a b\n+++ here:%p%/a b\n@@ -1 +1 @@\n-a\n+b\n",
            ),
            (Compared::TooLong { limit: 1 }, "Files there:%p%/a b and here:%p%/a b differ\n"),
            (Compared::Links, "Symbolic links there:%p%/a b and here:%p%/a b differ\n"),
            (Compared::NoContent(Kind::Dir), ""),
            (
                kinds(Some(link), Some(Kind::Dir)),
                "File there:%p%/a b is a symbolic link while file here:%p%/a b is a directory\n",
            ),
            (
                kinds(None, Some(Kind::Fifo)),
                "File there:%p%/a b does not exist while file here:%p%/a b is a fifo\n",
            ),
        ] {
            assert_eq!(told(&compared, Color::Never), expected);
        }
    }

    #[test]
    fn what_cannot_be_shown_is_noted() {
        let name = ClusterPath::from_decoded(b"/f").expect("a name");
        let noted = |compared| note(&pair(), &name, &compared).unwrap_or_default();
        let long = noted(Compared::TooLong { limit: 64 << 20 });
        assert_eq!(long, "/f: differences of files above 64 MiB are not shown");
        let dir = noted(Compared::NoContent(Kind::Dir));
        assert_eq!(dir, "/f: a directory here and on there has no content to compare");
        assert_eq!(noted(Compared::Links), "");
    }

    #[test]
    fn each_kind_of_line_has_its_color() {
        let painted = told(&Compared::Contents(unified(b"x\na\n", b"x\nb\n")), Color::Always);
        let expected = "\x1b[1m--- there:%p%/a b\x1b[0m\n\x1b[1m+++ here:%p%/a b\x1b[0m\n\
            \x1b[36m@@ -1,2 +1,2 @@\x1b[0m\n x\n\x1b[31m-a\x1b[0m\n\x1b[32m+b\x1b[0m\n";
        assert_eq!(painted, expected);
    }

    #[test]
    fn colors_are_for_terminals_unless_somebody_says_otherwise() {
        for (choice, is_terminal, no_color, expected) in [
            (ColorChoice::Auto, true, false, Color::Always),
            (ColorChoice::Auto, true, true, Color::Never),
            (ColorChoice::Auto, false, false, Color::Never),
            (ColorChoice::Always, false, true, Color::Always),
            (ColorChoice::Never, true, false, Color::Never),
        ] {
            assert_eq!(color(choice, is_terminal, no_color), expected, "{choice:?}");
        }
    }
}
