//! Keeps a peer that is refused all the time from filling the log.
//!
//! The same peer and reason is told once a minute, with how often it came besides. The number of
//! reasons that are kept apart is limited: a stranger can make up as many as it likes.
//!
//! # Invariants
//! * Nothing is lost silently: what was not told is counted, and the count is told.
//! * Time is a parameter; nothing here looks at a clock.
use std::collections::BTreeMap;
use std::mem;
use std::time::Duration;

/// How long a refusal that was told keeps others like it from being told.
pub(crate) const WINDOW: Duration = Duration::from_secs(60);

/// Peers and reasons that are kept apart.
const MOST: usize = 1024;

/// Refusals that were counted and not told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Counted {
    /// Of one peer for one reason.
    Same {
        /// The peer.
        peer: String,
        /// The reason.
        why: String,
        /// How many.
        times: u64,
    },
    /// Of many peers or for many reasons.
    Others {
        /// How many.
        times: u64,
    },
}

/// The refusals of the last minute.
#[derive(Debug, Default)]
pub(crate) struct Refusals {
    told: BTreeMap<(String, String), Window>,
    others: u64,
    others_since: Option<Duration>,
}

#[derive(Debug)]
struct Window {
    since: Duration,
    more: u64,
}

impl Refusals {
    /// Takes note of a refusal at a time, and says whether to tell it now. Call [`Self::ended`]
    /// before.
    pub(crate) fn note(&mut self, peer: &str, why: &str, now: Duration) -> bool {
        let key = (peer.to_owned(), why.to_owned());
        if let Some(window) = self.told.get_mut(&key) {
            window.more += 1;
            return false;
        }
        if self.told.len() >= MOST {
            self.others_since.get_or_insert(now);
            self.others += 1;
            return false;
        }
        self.told.insert(key, Window { since: now, more: 0 });
        true
    }

    /// What was counted in the windows that have ended by now; what is told now opens a new one.
    pub(crate) fn ended(&mut self, now: Duration) -> Vec<Counted> {
        let has_ended = |since: Duration| now.saturating_sub(since) >= WINDOW;
        let mut counted = Vec::new();
        self.told.retain(|(peer, why), window| {
            if !has_ended(window.since) {
                return true;
            }
            let times = mem::take(&mut window.more);
            window.since = now;
            if times > 0 {
                counted.push(Counted::Same { peer: peer.clone(), why: why.clone(), times });
            }
            times > 0
        });
        if self.others_since.is_some_and(has_ended) {
            counted.push(Counted::Others { times: mem::take(&mut self.others) });
            self.others_since = None;
        }
        counted
    }

    /// Everything that was counted, at the end.
    pub(crate) fn finish(&mut self) -> Vec<Counted> {
        self.ended(Duration::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::{Counted, MOST, Refusals, WINDOW};
    use std::time::Duration;

    const SECOND: Duration = Duration::from_secs(1);

    fn same(peer: &str, why: &str, times: u64) -> Counted {
        Counted::Same { peer: peer.to_owned(), why: why.to_owned(), times }
    }

    #[test]
    fn the_same_refusal_is_told_once_and_then_counted() {
        let mut refusals = Refusals::default();
        let told: Vec<bool> =
            (0..5).map(|second| refusals.note("a", "key", SECOND * second)).collect();
        assert_eq!(told, [true, false, false, false, false]);
        assert_eq!(refusals.ended(WINDOW - SECOND), []);
        assert_eq!(refusals.ended(WINDOW), [same("a", "key", 4)]);
        assert_eq!(refusals.ended(WINDOW * 10), []);
    }

    #[test]
    fn telling_the_count_opens_a_new_minute() {
        let mut refusals = Refusals::default();
        refusals.note("a", "key", Duration::ZERO);
        refusals.note("a", "key", Duration::ZERO);
        assert_eq!(refusals.ended(WINDOW), [same("a", "key", 1)]);
        assert!(!refusals.note("a", "key", WINDOW + SECOND));
        assert_eq!(refusals.ended(WINDOW * 2), [same("a", "key", 1)]);
        assert_eq!(refusals.ended(WINDOW * 3), []);
        assert!(refusals.note("a", "key", WINDOW * 3 + SECOND), "a quiet minute ends it");
    }

    #[test]
    fn other_peers_and_other_reasons_are_told() {
        let mut refusals = Refusals::default();
        for (peer, why) in [("a", "key"), ("a", "path"), ("b", "key")] {
            assert!(refusals.note(peer, why, Duration::ZERO), "{peer} {why}");
        }
    }

    #[test]
    fn made_up_reasons_cost_a_limited_amount_of_memory_and_are_counted() {
        let mut refusals = Refusals::default();
        let told = (0..MOST + 100).filter(|n| refusals.note("a", &n.to_string(), SECOND)).count();
        assert_eq!((told, refusals.told.len()), (MOST, MOST));
        assert_eq!(refusals.ended(SECOND + WINDOW), [Counted::Others { times: 100 }]);
        assert!(refusals.told.is_empty());
        assert!(refusals.note("a", "new", WINDOW * 2));
    }

    #[test]
    fn at_the_end_everything_that_was_counted_is_told() {
        let mut refusals = Refusals::default();
        refusals.note("a", "key", SECOND);
        refusals.note("a", "key", SECOND);
        assert_eq!(refusals.finish(), [same("a", "key", 1)]);
    }
}
