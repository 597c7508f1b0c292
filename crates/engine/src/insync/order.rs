//! Many pairs at once, their findings one pair after the other.
//!
//! # Invariants
//! * Pairs begin in their order, and the first that has not ended is always running: nobody waits for
//!   one that cannot begin.
//! * What waits in memory is bounded by the pairs at once times what each may be ahead.
use csync3_core::config::Target;
use csync3_store::StoreError;
use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{ScopedJoinHandle, scope};

/// How much goes on at the same time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Pairs; 0 is taken for 1.
    pub(super) at_once: usize,
    /// Findings that each may be ahead.
    pub(super) ahead: usize,
}

/// Lets `ask` work on each pair in a thread of its own, and hands what it sends to `take`, pair by
/// pair, until that says to stop by `false`. `ask` then finds its channel closed.
pub(super) fn in_order<T: Send>(
    pairs: &[Target],
    bounds: Bounds,
    ask: impl Fn(&Target, &SyncSender<T>) -> Result<(), StoreError> + Sync,
    mut take: impl FnMut(&Target, T) -> Result<bool, StoreError>,
) -> Result<(), StoreError> {
    let ask = &ask;
    scope(|scope| {
        let mut waiting = pairs.iter();
        let mut running: VecDeque<Asked<'_, '_, T>> = VecDeque::new();
        loop {
            while running.len() < bounds.at_once.max(1)
                && let Some(pair) = waiting.next()
            {
                let (sender, found) = sync_channel(bounds.ahead);
                let thread = scope.spawn(move || ask(pair, &sender));
                running.push_back(Asked { pair, found, thread });
            }
            let Some(Asked { pair, found, thread }) = running.pop_front() else {
                return Ok(());
            };
            for finding in found {
                if !take(pair, finding)? {
                    return Ok(());
                }
            }
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        }
    })
}

/// A pair that is being asked.
struct Asked<'scope, 'a, T> {
    pair: &'a Target,
    found: Receiver<T>,
    thread: ScopedJoinHandle<'scope, Result<(), StoreError>>,
}

#[cfg(test)]
mod tests {
    use super::{Bounds, in_order};
    use csync3_core::config::{HostName, Target};
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn pairs(count: usize) -> Vec<Target> {
        let host = |name: String| HostName::parse(name.as_bytes()).expect("a host name");
        (0..count)
            .map(|number| Target { peer: host(format!("p{number}")), myname: host("me".into()) })
            .collect()
    }

    #[test]
    fn findings_come_pair_by_pair_whoever_is_first() {
        let pairs = pairs(5);
        let last_is_done = Barrier::new(2);
        let mut seen = Vec::new();
        let bounds = Bounds { at_once: 5, ahead: 3 };
        let ask = |pair: &Target, found: &std::sync::mpsc::SyncSender<usize>| {
            if *pair == pairs[0] {
                last_is_done.wait();
            }
            (0..3).for_each(|number| found.send(number).expect("somebody listens"));
            if *pair == pairs[4] {
                last_is_done.wait();
            }
            Ok(())
        };
        in_order(&pairs, bounds, ask, |pair, number| {
            seen.push((pair.clone(), number));
            Ok(true)
        })
        .expect("no store is asked");
        let expected: Vec<_> =
            pairs.iter().flat_map(|pair| (0..3).map(|number| (pair.clone(), number))).collect();
        assert_eq!(seen, expected);
    }

    #[test]
    fn no_more_pairs_are_asked_at_once_than_allowed() {
        let (running, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let ask = |_: &Target, found: &std::sync::mpsc::SyncSender<()>| {
            most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            found.send(()).expect("somebody listens");
            running.fetch_sub(1, Ordering::SeqCst);
            Ok(())
        };
        let mut count = 0;
        in_order(&pairs(40), Bounds { at_once: 3, ahead: 0 }, ask, |_, ()| {
            count += 1;
            Ok(true)
        })
        .expect("no store is asked");
        assert_eq!(count, 40);
        assert!(most.load(Ordering::SeqCst) <= 3);
    }

    #[test]
    fn when_nobody_reads_any_more_everybody_stops() {
        let ask = |_: &Target, found: &std::sync::mpsc::SyncSender<u32>| {
            (0..).take_while(|number| found.send(*number).is_ok()).for_each(drop);
            Ok(())
        };
        let mut count = 0;
        in_order(&pairs(4), Bounds { at_once: 2, ahead: 1 }, ask, |_, _| {
            count += 1;
            Ok(count < 10)
        })
        .expect("no store is asked");
        assert_eq!(count, 10);
    }
}
