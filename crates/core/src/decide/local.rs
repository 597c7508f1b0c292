//! Disk against store: has this host changed an object since it last looked?
//!
//! csync2 knows only the checktxt (size and whole seconds). The fingerprint and the hash that
//! csync3 remembers beside it find an edit that keeps both, and an update that a crash interrupted
//! is told from a local change by [`Recorded::also`].
use crate::checktxt;
use crate::entry::{ContentHash, Fingerprint, Kind, Observed, Timestamp};
use crate::lineage::{Known, Lineage, Version};
use std::time::Duration;

/// What the store remembers of one object.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recorded {
    /// csync2's checktxt, decoded.
    pub checktxt: Vec<u8>,
    /// Times and inode of a regular file at that state; `None` in a row that csync2 wrote, for
    /// other types, and when the file was too fresh to trust them (see [`is_racy`]).
    pub fingerprint: Option<Fingerprint>,
    /// Hash of the content at that state, where it was known.
    pub hash: Option<ContentHash>,
    /// The other state that counts as "not changed here": an update was about to replace it when
    /// this row was written. Dropped once the update is done; survives only a crash.
    pub also: Option<Also>,
    /// Which version that state is, and those before it; beside [`Self::also`], of the state before the
    /// update. `None` if nobody has told: a row that csync2 wrote, or one that was recorded without
    /// being owed to anybody.
    pub lineage: Option<Lineage>,
}

impl Recorded {
    /// What is known of the version; of a row that announces a change, of the state before that, which
    /// certainly was here.
    #[must_use]
    pub fn known(&self) -> Option<Known<'_>> {
        let lineage = self.lineage.as_ref();
        match &self.also {
            None => Some(Known { checktxt: &self.checktxt, lineage }),
            Some(Also::Text(before)) => Some(Known { checktxt: before, lineage }),
            Some(Also::Absent) => {
                lineage.map(|lineage| Known { checktxt: &self.checktxt, lineage: Some(lineage) })
            }
        }
    }

    /// That version and those before it, the newest first; none if nobody knows what was here.
    #[must_use]
    pub fn versions(&self) -> Vec<Version> {
        self.known().map_or_else(Vec::new, |known| known.versions())
    }
}

/// The state before an update that may have been interrupted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Also {
    /// The object was not there, or is about to be removed.
    Absent,
    /// The object had this checktxt (decoded).
    Text(Vec<u8>),
}

/// What the disk shows of one object, as far as the decision needs it.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// Its checktxt, decoded, rendered with this host's `ignore` settings.
    pub checktxt: &'a [u8],
    /// Times and inode of a regular file; `None` for every other type.
    pub fingerprint: Option<Fingerprint>,
}

impl<'a> Shown<'a> {
    /// The facts of an observed object whose checktxt has been rendered.
    #[must_use]
    pub fn new(seen: &Observed, checktxt: &'a [u8]) -> Self {
        let is_file = matches!(seen.kind, Kind::File { .. });
        Self { checktxt, fingerprint: is_file.then_some(seen.fingerprint) }
    }
}

/// What a check has to do about one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Local {
    /// Neither recorded nor there.
    Absent,
    /// Nothing to write.
    Same,
    /// The recorded version, but more is known now: write the row, mark nothing.
    Refresh,
    /// The recorded object is rightly gone: drop the row, mark nothing.
    Forget,
    /// Only the content can tell: hash it and ask [`verified`].
    Verify,
    /// There, not recorded.
    New,
    /// There, in another state than recorded.
    Changed,
    /// Recorded, no longer there.
    Gone,
}

/// Compares what is recorded with what is there.
#[must_use]
pub fn local(recorded: Option<&Recorded>, shown: Option<Shown<'_>>) -> Local {
    match (recorded, shown) {
        (None, None) => Local::Absent,
        (None, Some(_)) => Local::New,
        (Some(row), None) if row.also == Some(Also::Absent) => Local::Forget,
        (Some(_), None) => Local::Gone,
        (Some(row), Some(shown)) => both(row, shown),
    }
}

fn both(row: &Recorded, shown: Shown<'_>) -> Local {
    if row.checktxt != shown.checktxt {
        return match &row.also {
            Some(Also::Text(before)) if before == shown.checktxt => Local::Refresh,
            _ if states_no_target(&row.checktxt, shown.checktxt) => Local::Refresh,
            _ if is_of_fork(&row.checktxt, shown) => Local::Refresh,
            _ => Local::Changed,
        };
    }
    let verdict = match (row.fingerprint, shown.fingerprint) {
        (_, None) => Local::Same,
        (None, Some(_)) if row.hash.is_some() => Local::Verify,
        (None, Some(_)) => Local::Refresh,
        (Some(before), Some(now)) => fingerprints(before, now, row.hash.is_some()),
    };
    match verdict {
        Local::Same if row.also.is_some() => Local::Refresh,
        other => other,
    }
}

/// Says whether a row knows all of a symlink but its target: csync2 cannot read the targets of links
/// under a prefix, and no link has an empty one.
fn states_no_target(recorded: &[u8], shown: &[u8]) -> bool {
    recorded.ends_with(b":type=lnk:target=") && shown.starts_with(recorded)
}

/// Says whether a row of csync2's fork states what is there, to the nanosecond where that counts.
fn is_of_fork(recorded: &[u8], shown: Shown<'_>) -> bool {
    checktxt::of_fork(recorded).is_some_and(|(text, time)| {
        let same = text == shown.checktxt || states_no_target(&text, shown.checktxt);
        same && shown.fingerprint.is_none_or(|now| now.mtime == time)
    })
}

/// Same type, size, mode, owner and second: what do the finer facts say?
fn fingerprints(before: Fingerprint, now: Fingerprint, hashed: bool) -> Local {
    if before == now {
        Local::Same
    } else if before.mtime != now.mtime {
        Local::Changed
    } else if hashed {
        Local::Verify
    } else if before.inode != now.inode || now.mtime.nanos == 0 {
        // Another inode, or a time that a tool has set (tar, cp -p): the content may be another.
        Local::Changed
    } else {
        // Only ctime moved under a mtime that is equal to the nanosecond: a link, a chmod to the
        // same mode, a backup that restored the access time.
        Local::Refresh
    }
}

/// Settles [`Local::Verify`]: `actual` is the hash of what is there now.
#[must_use]
pub fn verified(recorded: &Recorded, actual: ContentHash) -> Local {
    if recorded.hash == Some(actual) { Local::Refresh } else { Local::Changed }
}

/// How long after a write the kernel may give another write the same time: the longest timer tick
/// of common kernels, doubled.
pub const GRANULARITY: Duration = Duration::from_nanos(GRANULARITY_NANOS.unsigned_abs());

const GRANULARITY_NANOS: i64 = 20_000_000;

/// Says whether a file changed so recently that a further change could leave the same fingerprint.
///
/// Such a row is stored without a fingerprint but with a hash (the rule that git calls "racily
/// clean"). `now` must be read *before* the file was looked at.
#[must_use]
pub fn is_racy(fingerprint: Fingerprint, now: Timestamp) -> bool {
    fingerprint.mtime.as_nanos() >= now.as_nanos().saturating_sub(GRANULARITY_NANOS)
}

/// Says whether any further change of a file would show in its ctime: while somebody reads it, an
/// unchanged ctime then proves that the content is of one piece.
///
/// `now` must be read *before* the file was looked at. A ctime in the future is not one that the
/// kernel gives now, so it changes, too.
#[must_use]
pub fn shows_changes(fingerprint: Fingerprint, now: Timestamp) -> bool {
    let (changed, now) = (fingerprint.ctime.as_nanos(), now.as_nanos());
    changed.abs_diff(now) > GRANULARITY_NANOS.unsigned_abs()
}

#[cfg(test)]
mod tests {
    use super::{Also, Local, Recorded, Shown, is_racy, local, shows_changes, verified};
    use crate::entry::{ContentHash, Fingerprint, Timestamp};

    const HASH: ContentHash = ContentHash([7; 32]);

    fn print(seconds: i64, nanos: u32, change: i64, inode: u64) -> Fingerprint {
        let ctime = Timestamp { seconds: change, nanos: 1 };
        Fingerprint { mtime: Timestamp { seconds, nanos }, ctime, inode }
    }

    fn row(fingerprint: Option<Fingerprint>, hash: Option<ContentHash>) -> Recorded {
        Recorded { checktxt: b"v1:a".to_vec(), fingerprint, hash, ..Recorded::default() }
    }

    fn shown(fingerprint: Option<Fingerprint>) -> Option<Shown<'static>> {
        Some(Shown { checktxt: b"v1:a", fingerprint })
    }

    #[test]
    fn presence_alone_tells_new_and_gone() {
        let known = row(None, None);
        assert_eq!(local(None, None), Local::Absent);
        assert_eq!(local(None, shown(None)), Local::New);
        assert_eq!(local(Some(&known), None), Local::Gone);
    }

    #[test]
    fn another_text_is_a_change() {
        let other = Some(Shown { checktxt: b"v1:b", fingerprint: None });
        assert_eq!(local(Some(&row(None, None)), other), Local::Changed);
    }

    #[test]
    fn an_edit_within_the_same_second_and_of_the_same_size_is_a_change() {
        let before = row(Some(print(10, 5, 10, 1)), None);
        assert_eq!(local(Some(&before), shown(Some(print(10, 6, 10, 1)))), Local::Changed);
    }

    #[test]
    fn a_row_that_csync2_wrote_is_completed_without_a_mark() {
        let csync2 = row(None, None);
        assert_eq!(local(Some(&csync2), shown(Some(print(10, 5, 10, 1)))), Local::Refresh);
    }

    #[test]
    fn a_link_whose_target_csync2_could_not_read_is_completed_without_a_mark() {
        let link =
            |owner, target| format!("v1:mode=41471:uid={owner}:gid=0:type=lnk:target={target}");
        let csync2 = Recorded { checktxt: link(0, "").into_bytes(), ..Recorded::default() };
        let seen = |text: &str| {
            local(Some(&csync2), Some(Shown { checktxt: text.as_bytes(), fingerprint: None }))
        };
        assert_eq!(seen(&link(0, "x")), Local::Refresh);
        assert_eq!(seen(&link(1, "x")), Local::Changed);
    }

    #[test]
    fn a_row_of_the_fork_is_completed_if_it_states_the_same_nanosecond() {
        let text = |time: &str| format!("v1:mtime={time}:mode=33188:uid=0:gid=0:type=reg:size=6");
        let fork =
            Recorded { checktxt: text("1600000000000000007").into_bytes(), ..Recorded::default() };
        let seen = |seconds: i64, nanos| {
            let checktxt = text(&seconds.to_string());
            let fingerprint = Some(print(seconds, nanos, 1, 1));
            local(Some(&fork), Some(Shown { checktxt: checktxt.as_bytes(), fingerprint }))
        };
        assert_eq!(seen(1_600_000_000, 7), Local::Refresh);
        assert_eq!(seen(1_600_000_000, 8), Local::Changed);
        assert_eq!(seen(1_600_000_001, 7), Local::Changed);
        let dir = "v1:mtime=1600000000000000007:mode=16877:uid=0:gid=0:type=dir";
        let dir = Recorded { checktxt: dir.into(), ..Recorded::default() };
        let now = Shown { checktxt: b"v1:mode=16877:uid=0:gid=0:type=dir", fingerprint: None };
        assert_eq!(local(Some(&dir), Some(now)), Local::Refresh);
    }

    #[test]
    fn only_the_content_can_clear_a_file_that_was_too_fresh() {
        let fresh = row(None, Some(HASH));
        assert_eq!(local(Some(&fresh), shown(Some(print(10, 5, 10, 1)))), Local::Verify);
        assert_eq!(verified(&fresh, HASH), Local::Refresh);
        assert_eq!(verified(&fresh, ContentHash([8; 32])), Local::Changed);
    }

    #[test]
    fn a_replaced_file_with_a_forged_time_is_a_change() {
        let before = row(Some(print(10, 0, 10, 1)), None);
        assert_eq!(local(Some(&before), shown(Some(print(10, 0, 11, 2)))), Local::Changed);
        assert_eq!(local(Some(&before), shown(Some(print(10, 0, 11, 1)))), Local::Changed);
        let hashed = row(Some(print(10, 0, 10, 1)), Some(HASH));
        assert_eq!(local(Some(&hashed), shown(Some(print(10, 0, 11, 1)))), Local::Verify);
    }

    #[test]
    fn a_new_link_to_a_file_is_no_change() {
        let before = row(Some(print(10, 5, 10, 1)), None);
        assert_eq!(local(Some(&before), shown(Some(print(10, 5, 11, 1)))), Local::Refresh);
    }

    #[test]
    fn both_sides_of_an_interrupted_update_are_no_local_change() {
        let interrupted = |also| Recorded { also: Some(also), ..row(None, None) };
        let replaced = interrupted(Also::Text(b"v1:old".to_vec()));
        let old = Some(Shown { checktxt: b"v1:old", fingerprint: None });
        let third = Some(Shown { checktxt: b"v1:third", fingerprint: None });
        assert_eq!(local(Some(&replaced), old), Local::Refresh);
        assert_eq!(local(Some(&replaced), shown(None)), Local::Refresh);
        assert_eq!(local(Some(&replaced), third), Local::Changed);
        assert_eq!(local(Some(&replaced), None), Local::Gone);
        assert_eq!(local(Some(&interrupted(Also::Absent)), None), Local::Forget);
        assert_eq!(local(Some(&interrupted(Also::Absent)), shown(None)), Local::Refresh);
    }

    #[test]
    fn a_file_written_just_now_is_racy() {
        let now = Timestamp { seconds: 10, nanos: 0 };
        assert!(is_racy(print(10, 0, 10, 1), now));
        assert!(is_racy(print(9, 990_000_000, 9, 1), now));
        assert!(!is_racy(print(9, 970_000_000, 10, 1), now));
    }

    #[test]
    fn a_change_within_the_tick_of_the_last_one_may_not_show() {
        let at = |seconds, nanos| Timestamp { seconds, nanos };
        let changed = print(5, 0, 10, 1);
        for (now, shows) in [
            (at(10, 0), false),
            (at(10, 20_000_001), false),
            (at(10, 20_000_002), true),
            (at(9, 990_000_000), false),
            (at(9, 0), true),
        ] {
            assert_eq!(shows_changes(changed, now), shows, "{now:?}");
        }
    }
}
