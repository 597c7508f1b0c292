//! Small contents that were read for one peer and are sent to others, too.
//!
//! Pushers go through the same rows in the same order, so as long as they keep pace each file is read
//! and hashed once. What a slow one comes late for is gone by then, and it reads by itself: nobody
//! waits for anybody, and memory is bounded.
use bytes::Bytes;
use csync3_core::entry::{ContentHash, Observed};
use csync3_core::path::ClusterPath;
use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;

/// Bytes of contents that are kept.
const BYTES: usize = 4 * 1024 * 1024;

/// Contents that are kept.
const ENTRIES: usize = 2_048;

/// A small file, whole.
#[derive(Debug, Clone)]
pub(super) struct Small {
    /// The content.
    pub(super) content: Bytes,
    /// Its hash.
    pub(super) hash: ContentHash,
    /// The file as it was when it was read.
    pub(super) observed: Observed,
    /// Any change since would show in the ctime.
    pub(super) shows_changes: bool,
}

/// The contents that were read last.
#[derive(Debug, Default)]
pub(super) struct Shared(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    by_name: HashMap<ClusterPath, Small>,
    /// In the order in which they came.
    order: VecDeque<ClusterPath>,
    bytes: usize,
}

impl Shared {
    /// The content of a file, if it was read in exactly this state.
    pub(super) fn get(&self, name: &ClusterPath, seen: &Observed) -> Option<Small> {
        let kept = self.0.lock().expect("nobody panics while holding it");
        kept.by_name.get(name).filter(|small| small.observed == *seen).cloned()
    }

    /// Keeps a content for the other peers, unless the file may have changed without a trace.
    pub(super) fn keep(&self, name: &ClusterPath, small: &Small) {
        if !small.shows_changes {
            return;
        }
        let mut kept = self.0.lock().expect("nobody panics while holding it");
        kept.bytes += small.content.len();
        match kept.by_name.insert(name.clone(), small.clone()) {
            Some(old) => kept.bytes -= old.content.len(),
            None => kept.order.push_back(name.clone()),
        }
        while kept.bytes > BYTES || kept.by_name.len() > ENTRIES {
            let Some(oldest) = kept.order.pop_front() else {
                break;
            };
            let gone = kept.by_name.remove(&oldest);
            kept.bytes -= gone.map_or(0, |small| small.content.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BYTES, Shared, Small};
    use bytes::Bytes;
    use csync3_core::entry::{ContentHash, Fingerprint, Kind, Observed, Timestamp};
    use csync3_core::path::ClusterPath;

    fn small(size: usize, ctime: i64) -> Small {
        let time = |seconds| Timestamp { seconds, nanos: 0 };
        let fingerprint = Fingerprint { mtime: time(1), ctime: time(ctime), inode: 1 };
        let kind = Kind::File { size: size as u64 };
        let observed = Observed { kind, permissions: 0o644, uid: 0, gid: 0, fingerprint };
        let hash = ContentHash([1; 32]);
        Small { content: Bytes::from(vec![7; size]), hash, observed, shows_changes: true }
    }

    fn name(number: usize) -> ClusterPath {
        ClusterPath::from_decoded(format!("/f{number}").as_bytes()).expect("a name")
    }

    #[test]
    fn a_content_is_given_for_the_very_state_that_was_read() {
        let shared = Shared::default();
        shared.keep(&name(1), &small(3, 5));
        assert!(shared.get(&name(1), &small(3, 5).observed).is_some());
        assert!(shared.get(&name(1), &small(3, 6).observed).is_none());
        assert!(shared.get(&name(2), &small(3, 5).observed).is_none());
        let uncertain = Small { shows_changes: false, ..small(3, 7) };
        shared.keep(&name(3), &uncertain);
        assert!(shared.get(&name(3), &uncertain.observed).is_none());
    }

    #[test]
    fn the_oldest_make_room() {
        let shared = Shared::default();
        let size = BYTES / 4;
        (0..6).for_each(|number| shared.keep(&name(number), &small(size, 5)));
        // The same once more takes no room of its own.
        shared.keep(&name(5), &small(size, 5));
        let held = |number| shared.get(&name(number), &small(size, 5).observed).is_some();
        assert_eq!((0..6).map(held).collect::<Vec<_>>(), [false, false, true, true, true, true]);
    }
}
