//! A row or an object of this host against that of a peer with the same name: `-T` and `-TT`.
//!
//! The rows may come from different programs. What one of them cannot say is no difference:
//!
//! * csync2 cannot read the target of a link under a prefix and states an empty one.
//! * csync2's fork states nanoseconds, and a time for every type; csync2 and csync3 state seconds,
//!   and none for directories and links.
//! * A property that the configuration ignores may still be stated by an older row.
use crate::checktxt::{self, Checktxt, Fields, Ignore};
use crate::entry::{Kind, Timestamp};

/// How two hosts differ about a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    /// Only this host has it.
    OnlyHere,
    /// Only the peer has it.
    OnlyThere,
    /// Both have it, in different states.
    Both,
}

/// Compares what both hosts have recorded of a name (checktxts, decoded; `None`: no row).
///
/// `None` if that is the same. Texts of an unknown version are compared as they are.
#[must_use]
pub fn difference(
    ours: Option<&[u8]>,
    theirs: Option<&[u8]>,
    ignore: Ignore,
) -> Option<Difference> {
    match (ours, theirs) {
        (None, None) => None,
        (Some(_), None) => Some(Difference::OnlyHere),
        (None, Some(_)) => Some(Difference::OnlyThere),
        (Some(ours), Some(theirs)) => (!alike(ours, theirs, ignore)).then_some(Difference::Both),
    }
}

fn alike(ours: &[u8], theirs: &[u8], ignore: Ignore) -> bool {
    if ours == theirs {
        return true;
    }
    match (checktxt::parse(ours), checktxt::parse(theirs)) {
        (Checktxt::Known(ours), Checktxt::Known(theirs)) => same_fields(&ours, &theirs, ignore),
        _ => false,
    }
}

fn same_fields(ours: &Fields, theirs: &Fields, ignore: Ignore) -> bool {
    same_kind(&ours.kind, &theirs.kind)
        && (ignore.mode || ours.mode == theirs.mode)
        && (ignore.uid || ours.uid == theirs.uid)
        && (ignore.gid || ours.gid == theirs.gid)
        && (!has_time(&ours.kind) || same_time(ours.mtime, theirs.mtime))
}

fn same_kind(ours: &Kind, theirs: &Kind) -> bool {
    match (ours, theirs) {
        (Kind::Symlink { target: ours }, Kind::Symlink { target: theirs }) => {
            ours == theirs || ours.is_empty() || theirs.is_empty()
        }
        (ours, theirs) => ours == theirs,
    }
}

/// Says whether the time of an object means anything to csync2.
const fn has_time(kind: &Kind) -> bool {
    !matches!(kind, Kind::Dir | Kind::Symlink { .. })
}

/// A time without nanoseconds is one that was stated in seconds.
fn same_time(ours: Option<Timestamp>, theirs: Option<Timestamp>) -> bool {
    match (ours, theirs) {
        (Some(ours), Some(theirs)) => {
            ours.seconds == theirs.seconds
                && (ours.nanos == theirs.nanos || ours.nanos == 0 || theirs.nanos == 0)
        }
        (ours, theirs) => ours == theirs,
    }
}

/// How the objects that two hosts have of one name can be shown side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Approach {
    /// Read both contents; what is not there has none.
    Read,
    /// There is nothing to read, and both are the same.
    Same,
    /// Two links to different places.
    LinksDiffer,
    /// Two links, and the peer cannot say where its own leads to.
    LinkUnknown,
    /// Two objects of one type that has no content.
    NoContent,
    /// Objects of different types, or one that has no content and none.
    TypesDiffer,
}

/// Decides how the peer's object and this host's are compared; `None`: there is none.
#[must_use]
pub fn approach(theirs: Option<&Kind>, ours: Option<&Kind>) -> Approach {
    match (theirs, ours) {
        (None, None) => Approach::Same,
        (None | Some(Kind::File { .. }), None | Some(Kind::File { .. })) => Approach::Read,
        (Some(Kind::Symlink { target }), Some(Kind::Symlink { .. })) if target.is_empty() => {
            Approach::LinkUnknown
        }
        (Some(Kind::Symlink { target }), Some(Kind::Symlink { target: ours })) => {
            if target == ours { Approach::Same } else { Approach::LinksDiffer }
        }
        (Some(theirs), Some(ours)) if theirs.same_type(ours) => Approach::NoContent,
        _ => Approach::TypesDiffer,
    }
}

#[cfg(test)]
mod tests {
    use super::{Approach, Difference, approach, difference};
    use crate::checktxt::Ignore;
    use crate::entry::Kind;

    const NONE: Ignore = Ignore { uid: false, gid: false, mode: false };

    fn same(ours: &str, theirs: &str, ignore: Ignore) -> bool {
        let one = difference(Some(ours.as_bytes()), Some(theirs.as_bytes()), ignore);
        let other = difference(Some(theirs.as_bytes()), Some(ours.as_bytes()), ignore);
        assert_eq!(one, other, "the order must not matter: {ours} {theirs}");
        one.is_none()
    }

    #[test]
    fn a_name_that_one_side_lacks_is_told_by_its_side() {
        assert_eq!(difference(None, None, NONE), None);
        assert_eq!(difference(Some(b"v1"), None, NONE), Some(Difference::OnlyHere));
        assert_eq!(difference(None, Some(b"v1"), NONE), Some(Difference::OnlyThere));
        assert_eq!(difference(Some(b"v1"), Some(b"v2"), NONE), Some(Difference::Both));
    }

    #[test]
    fn every_stated_property_counts() {
        let file = "v1:mtime=5:mode=33188:uid=0:gid=0:type=reg:size=6";
        let table = [
            (file, true),
            ("v1:mtime=6:mode=33188:uid=0:gid=0:type=reg:size=6", false),
            ("v1:mtime=5:mode=33152:uid=0:gid=0:type=reg:size=6", false),
            ("v1:mtime=5:mode=33188:uid=1:gid=0:type=reg:size=6", false),
            ("v1:mtime=5:mode=33188:uid=0:gid=1:type=reg:size=6", false),
            ("v1:mtime=5:mode=33188:uid=0:gid=0:type=reg:size=60", false),
            ("v1:mtime=5:mode=33188:uid=0:gid=0:type=fifo", false),
            ("v1:mtime=5:uid=0:gid=0:type=reg:size=6", false),
            ("v2:mtime=5:mode=33188:uid=0:gid=0:type=reg:size=6", false),
        ];
        for (other, expected) in table {
            assert_eq!(same(file, other, NONE), expected, "{other}");
        }
    }

    #[test]
    fn what_is_ignored_is_no_difference_however_it_is_stated() {
        let file = "v1:mtime=5:type=reg:size=6";
        let other = "v1:mtime=5:mode=33188:uid=0:gid=7:type=reg:size=6";
        assert!(same(file, other, Ignore { uid: true, gid: true, mode: true }));
        assert!(!same(file, other, Ignore { uid: true, gid: true, mode: false }));
        assert!(!same(file, other, Ignore { uid: true, gid: false, mode: true }));
        assert!(!same(file, other, Ignore { uid: false, gid: true, mode: true }));
    }

    #[test]
    fn targets_are_compared_exactly_unless_one_side_cannot_read_them() {
        let link = |target: &str| format!("v1:mode=41471:uid=0:gid=0:type=lnk:target={target}");
        assert!(same(&link("/a"), &link("/a"), NONE));
        assert!(!same(&link("/a"), &link("/ab"), NONE));
        assert!(same(&link("/a"), &link(""), NONE));
    }

    #[test]
    fn times_are_compared_in_the_coarser_unit() {
        let file = |time: &str| format!("v1:mtime={time}:mode=33188:uid=0:gid=0:type=reg:size=6");
        let (seconds, nanos) = ("1795331502", "1795331502000000007");
        assert!(same(&file(seconds), &file(nanos), NONE));
        assert!(!same(&file("1795331503"), &file(nanos), NONE));
        assert!(!same(&file("1795331502000000008"), &file(nanos), NONE));
    }

    #[test]
    fn a_time_that_only_the_fork_states_is_no_difference() {
        let dir = "v1:mode=16877:uid=0:gid=0:type=dir";
        let fork = "v1:mtime=1795331502000000007:mode=16877:uid=0:gid=0:type=dir";
        assert!(same(dir, fork, NONE));
    }

    #[test]
    fn only_files_are_read_and_a_missing_one_is_empty() {
        let file = Kind::File { size: 3 };
        let link = |target: &str| Kind::Symlink { target: target.into() };
        let table = [
            (None, None, Approach::Same),
            (None, Some(file.clone()), Approach::Read),
            (Some(file.clone()), None, Approach::Read),
            (Some(file.clone()), Some(Kind::File { size: 9 }), Approach::Read),
            (Some(link("a")), Some(link("a")), Approach::Same),
            (Some(link("a")), Some(link("ab")), Approach::LinksDiffer),
            (Some(link("")), Some(link("a")), Approach::LinkUnknown),
            (Some(link("a")), Some(file.clone()), Approach::TypesDiffer),
            (Some(link("")), None, Approach::TypesDiffer),
            (None, Some(Kind::Fifo), Approach::TypesDiffer),
            (Some(Kind::Dir), Some(file), Approach::TypesDiffer),
            (Some(Kind::Dir), Some(Kind::Dir), Approach::NoContent),
            (Some(Kind::Fifo), Some(Kind::Fifo), Approach::NoContent),
        ];
        for (theirs, ours, expected) in table {
            let found = approach(theirs.as_ref(), ours.as_ref());
            assert_eq!(found, expected, "{theirs:?} {ours:?}");
        }
    }
}
