//! An object that a peer offers in the native dialect, against what is here: what is needed to have
//! it?
//!
//! Identity of a file is its content: what is equal is never sent, whatever the times say, and equal
//! content with other times is no conflict, even if both sides have changed it.
use crate::checktxt::Ignore;
use crate::entry::{ContentHash, Kind, Observed};
use crate::lineage::Standing;

/// What the decision depends on.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The object as it is at the peer's.
    pub offered: &'a Observed,
    /// The hash of its content, if the peer has stated it.
    pub offered_hash: Option<ContentHash>,
    /// What is here.
    pub seen: Option<&'a Observed>,
    /// The hash of the content that is here, as far as it is known.
    pub seen_hash: Option<ContentHash>,
    /// What the peer's version is to the one that is here; later if it overrules that.
    pub stands: Standing,
    /// Properties that are not compared.
    pub ignore: Ignore,
}

/// What is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Nothing: it is here.
    Nothing,
    /// The hash of what is here.
    OwnHash,
    /// The hash of what the peer has.
    PeersHash,
    /// Other metadata for what is here.
    Metadata(Differences),
    /// A new object in its place; of a file, its content.
    Anew,
    /// It changed here, too, and the peer does not have that version.
    Conflict,
    /// Nothing: what is here came after it, and the peer is to get that.
    Newer,
}

/// Which metadata differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Differences {
    /// Owner or group.
    pub owner: bool,
    /// The permissions.
    pub mode: bool,
    /// The modification time.
    pub time: bool,
}

impl Differences {
    /// How many system calls it takes to set them.
    #[must_use]
    pub fn count(self) -> usize {
        [self.owner, self.mode, self.time].into_iter().filter(|differs| *differs).count()
    }
}

/// Decides what an offered object needs.
#[must_use]
pub fn need(facts: Facts<'_>) -> Need {
    let Some(seen) = facts.seen else {
        return anew(facts);
    };
    let is_same = match (&facts.offered.kind, &seen.kind) {
        (Kind::File { size }, Kind::File { size: here }) if size == here => {
            let (Some(theirs), Some(ours)) = (facts.offered_hash, facts.seen_hash) else {
                // An unknown hash of the peer costs a round trip, so it is asked for first.
                let theirs = facts.offered_hash.is_some();
                return if theirs { Need::OwnHash } else { Need::PeersHash };
            };
            theirs == ours
        }
        (offered, here) => offered == here,
    };
    if !is_same {
        return anew(facts);
    }
    match differences(facts.offered, seen, facts.ignore) {
        Differences { owner: false, mode: false, time: false } => Need::Nothing,
        _ if facts.stands == Standing::Earlier => Need::Newer,
        Differences { owner: false, mode: false, time: true } => {
            Need::Metadata(Differences { owner: false, mode: false, time: true })
        }
        _ if facts.stands == Standing::Apart => Need::Conflict,
        differences => Need::Metadata(differences),
    }
}

/// Files of fewer bytes are sent as a whole: a signature and a round trip cost more.
const SMALLEST_BASIS: u64 = 16 * 1024;

/// Bytes from which on what has come of a content is kept if the rest does not come.
pub const SMALLEST_PART: u64 = 8 * 1024 * 1024;

/// What a delta is made against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// Nothing: the whole content is sent.
    Nothing,
    /// The version that is here.
    Here,
    /// What came of the content before.
    Part,
}

/// Decides what the delta of a file of `size` bytes is made against: the version that is here has
/// `here` bytes, and of an earlier attempt there are `part`.
///
/// A part begins as the new version does, as far as that has not changed meanwhile. If there is more
/// of it than of the old version it is at least as good.
#[must_use]
pub const fn basis(size: u64, here: u64, part: u64) -> Basis {
    if size >= SMALLEST_PART && part >= SMALLEST_PART && part >= here {
        Basis::Part
    } else if size >= SMALLEST_BASIS && here >= SMALLEST_BASIS {
        Basis::Here
    } else {
        Basis::Nothing
    }
}

fn anew(facts: Facts<'_>) -> Need {
    match facts.stands {
        Standing::Later => Need::Anew,
        Standing::Earlier => Need::Newer,
        Standing::Apart => Need::Conflict,
    }
}

/// Which metadata of two objects of one type and content differ.
///
/// Times count for what has content of its own: that of a directory changes with every file in it,
/// and neither csync2 nor its database knows those of links.
fn differences(offered: &Observed, seen: &Observed, ignore: Ignore) -> Differences {
    let is_link = matches!(offered.kind, Kind::Symlink { .. });
    let has_time = !is_link && offered.kind != Kind::Dir;
    Differences {
        owner: (!ignore.uid && offered.uid != seen.uid) || (!ignore.gid && offered.gid != seen.gid),
        mode: !is_link && !ignore.mode && offered.permissions != seen.permissions,
        time: has_time && offered.fingerprint.mtime != seen.fingerprint.mtime,
    }
}

#[cfg(test)]
mod tests {
    use super::{Basis, Differences, Facts, Need, SMALLEST_BASIS, SMALLEST_PART, basis, need};
    use crate::checktxt::Ignore;
    use crate::entry::{ContentHash, Fingerprint, Kind, Observed, Timestamp};
    use crate::lineage::Standing;

    const ONE: Option<ContentHash> = Some(ContentHash([1; 32]));
    const OTHER: Option<ContentHash> = Some(ContentHash([2; 32]));

    fn object(kind: Kind, seconds: i64) -> Observed {
        let mtime = Timestamp { seconds, nanos: 5 };
        let fingerprint = Fingerprint { mtime, ctime: mtime, inode: seconds.unsigned_abs() };
        Observed { kind, permissions: 0o644, uid: 1, gid: 2, fingerprint }
    }

    fn file(size: u64, seconds: i64) -> Observed {
        object(Kind::File { size }, seconds)
    }

    fn facts<'a>(offered: &'a Observed, seen: Option<&'a Observed>) -> Facts<'a> {
        let ignore = Ignore::default();
        Facts { offered, offered_hash: ONE, seen, seen_hash: ONE, stands: Standing::Later, ignore }
    }

    #[test]
    fn what_is_not_here_or_another_is_needed_and_a_conflict_if_the_peer_lacks_our_version() {
        let (offered, other) = (file(3, 1), file(4, 1));
        for seen in [None, Some(&other), Some(&object(Kind::Dir, 1))] {
            assert_eq!(need(facts(&offered, seen)), Need::Anew);
            let stands = |stands| need(Facts { stands, ..facts(&offered, seen) });
            assert_eq!(stands(Standing::Apart), Need::Conflict);
            assert_eq!(stands(Standing::Earlier), Need::Newer);
        }
        let different = Facts { seen_hash: OTHER, ..facts(&offered, Some(&offered)) };
        assert_eq!(need(different), Need::Anew);
        assert_eq!(need(Facts { stands: Standing::Apart, ..different }), Need::Conflict);
    }

    #[test]
    fn equal_content_is_never_a_conflict_whatever_the_times() {
        let (offered, touched) = (file(3, 1), file(3, 9));
        let time = Differences { owner: false, mode: false, time: true };
        for stands in [Standing::Later, Standing::Apart] {
            assert_eq!(need(Facts { stands, ..facts(&offered, Some(&offered)) }), Need::Nothing);
            let later = Facts { stands, ..facts(&offered, Some(&touched)) };
            assert_eq!(need(later), Need::Metadata(time));
        }
        // Of two times the later version's is the right one.
        let earlier = Facts { stands: Standing::Earlier, ..facts(&offered, Some(&touched)) };
        assert_eq!(need(earlier), Need::Newer);
        let same = Facts { stands: Standing::Earlier, ..facts(&offered, Some(&offered)) };
        assert_eq!(need(same), Need::Nothing);
    }

    #[test]
    fn other_owners_and_modes_are_set_unless_they_are_ignored_or_our_change() {
        let offered = file(3, 1);
        let seen = Observed { uid: 9, permissions: 0o600, ..offered.clone() };
        let both = Differences { owner: true, mode: true, time: false };
        assert_eq!(both.count(), 2);
        assert_eq!(need(facts(&offered, Some(&seen))), Need::Metadata(both));
        let apart = Facts { stands: Standing::Apart, ..facts(&offered, Some(&seen)) };
        assert_eq!(need(apart), Need::Conflict);
        let ignore = Ignore { uid: true, gid: false, mode: true };
        let ignoring = Facts { stands: Standing::Apart, ignore, ..facts(&offered, Some(&seen)) };
        assert_eq!(need(ignoring), Need::Nothing);
    }

    #[test]
    fn a_hash_that_is_missing_is_asked_for_only_if_it_could_be_equal() {
        let offered = file(3, 1);
        let unknown = Facts { offered_hash: None, ..facts(&offered, Some(&offered)) };
        assert_eq!(need(unknown), Need::PeersHash);
        assert_eq!(need(Facts { seen_hash: None, ..unknown }), Need::PeersHash);
        let own = Facts { seen_hash: None, ..facts(&offered, Some(&offered)) };
        assert_eq!(need(own), Need::OwnHash);
        let longer = file(4, 1);
        assert_eq!(
            need(Facts { offered_hash: None, ..facts(&longer, Some(&offered)) }),
            Need::Anew
        );
    }

    #[test]
    fn the_longer_basis_is_taken_and_a_short_one_is_none() {
        let (short, long, part) = (SMALLEST_BASIS - 1, SMALLEST_BASIS, SMALLEST_PART);
        for (size, here, came, expected) in [
            (long, 0, 0, Basis::Nothing),
            (long, short, 0, Basis::Nothing),
            (short, long, 0, Basis::Nothing),
            (long, long, 0, Basis::Here),
            (part, 0, part, Basis::Part),
            (part, part, part, Basis::Part),
            (part, part + 1, part, Basis::Here),
            (part, 0, part - 1, Basis::Nothing),
            (part - 1, long, part, Basis::Here),
        ] {
            assert_eq!(basis(size, here, came), expected, "{size} {here} {came}");
        }
    }

    #[test]
    fn times_of_directories_and_modes_of_links_do_not_count() {
        let dirs = (object(Kind::Dir, 1), object(Kind::Dir, 2));
        assert_eq!(need(facts(&dirs.0, Some(&dirs.1))), Need::Nothing);
        let link = |target: &str, permissions| {
            let target = target.as_bytes().to_vec();
            Observed { permissions, ..object(Kind::Symlink { target }, permissions.into()) }
        };
        assert_eq!(need(facts(&link("a", 1), Some(&link("a", 2)))), Need::Nothing);
        assert_eq!(need(facts(&link("a", 1), Some(&link("b", 1)))), Need::Anew);
    }
}
