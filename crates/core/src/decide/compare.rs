//! A peer's `SIG` against the local object: does the peer have this version already?
use crate::checktxt::{self, Checktxt, Ignore, Times};
use crate::entry::{Kind, Observed};

/// What the texts alone tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likeness {
    /// The peer has another object, or none.
    Different,
    /// The peer has this object.
    Same,
    /// Both are regular files of one size, mode and owner: the signatures decide.
    AskContent,
}

/// Compares the peer's checktxt (decoded, as `SIG` sent it) with the local object.
///
/// Compared are type, size, device, target, mode and owner, field by field and exactly; never the
/// time. A symlink whose target the peer states as empty is taken for different: csync2 cannot read
/// the target of a link under a prefix, so its empty text proves nothing.
#[must_use]
pub fn likeness(local: &Observed, ignore: Ignore, peer: &[u8]) -> Likeness {
    let ours = checktxt::parse(&checktxt::render(local, ignore, Times::Zero));
    let (Checktxt::Known(mut ours), Checktxt::Known(mut theirs)) = (ours, checktxt::parse(peer))
    else {
        return Likeness::Different;
    };
    // csync2's fork states a time for every type; a time is never a difference here.
    (ours.mtime, theirs.mtime) = (None, None);
    if matches!(&theirs.kind, Kind::Symlink { target } if target.is_empty()) {
        return Likeness::Different;
    }
    match (ours == theirs, &local.kind) {
        (false, _) => Likeness::Different,
        (true, Kind::File { .. }) => Likeness::AskContent,
        (true, _) => Likeness::Same,
    }
}

#[cfg(test)]
mod tests {
    use super::{Likeness, likeness};
    use crate::checktxt::Ignore;
    use crate::entry::{Fingerprint, Kind, Observed, Timestamp};

    fn object(kind: Kind, permissions: u32) -> Observed {
        let time = Timestamp { seconds: 5, nanos: 0 };
        let fingerprint = Fingerprint { mtime: time, ctime: time, inode: 1 };
        Observed { kind, permissions, uid: 0, gid: 0, fingerprint }
    }

    fn link(target: &str) -> Observed {
        object(Kind::Symlink { target: target.into() }, 0o777)
    }

    #[test]
    fn a_target_that_only_begins_alike_is_different() {
        let peer = b"v1:mode=41471:uid=0:gid=0:type=lnk:target=/a/bc";
        assert_eq!(likeness(&link("/a/b"), Ignore::default(), peer), Likeness::Different);
        assert_eq!(likeness(&link("/a/bc"), Ignore::default(), peer), Likeness::Same);
    }

    #[test]
    fn an_empty_target_proves_nothing() {
        let peer = b"v1:mode=41471:uid=0:gid=0:type=lnk:target=";
        assert_eq!(likeness(&link("/a/b"), Ignore::default(), peer), Likeness::Different);
    }

    #[test]
    fn the_content_of_equal_looking_files_decides() {
        let file = object(Kind::File { size: 6 }, 0o644);
        let peer = b"v1:mtime=0:mode=33188:uid=0:gid=0:type=reg:size=6";
        assert_eq!(likeness(&file, Ignore::default(), peer), Likeness::AskContent);
        let other = b"v1:mtime=0:mode=33188:uid=0:gid=0:type=reg:size=60";
        assert_eq!(likeness(&file, Ignore::default(), other), Likeness::Different);
    }

    #[test]
    fn a_time_is_no_difference_and_an_unknown_text_is_one() {
        let dir = object(Kind::Dir, 0o755);
        let fork = b"v1:mtime=0:mode=16877:uid=0:gid=0:type=dir";
        assert_eq!(likeness(&dir, Ignore::default(), fork), Likeness::Same);
        assert_eq!(likeness(&dir, Ignore::default(), b"v9:what"), Likeness::Different);
    }
}
