//! How far callers may be ahead of the worker with changes that they do not wait for.
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

#[derive(Default)]
struct Waiting {
    changes: usize,
    is_over: bool,
}

#[derive(Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

/// The changes that have been submitted and that the worker has not taken up yet.
#[derive(Clone, Default)]
pub(crate) struct Ahead(Arc<Shared>);

impl Ahead {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        // Nothing panics while it is held.
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until at most `most` changes wait with these, or these alone.
    pub(crate) fn add(&self, changes: usize, most: usize) {
        let is_full = |waiting: &mut Waiting| {
            !waiting.is_over && waiting.changes > 0 && waiting.changes + changes > most
        };
        let waited = self.0.changed.wait_while(self.waiting(), is_full);
        waited.unwrap_or_else(PoisonError::into_inner).changes += changes;
    }

    /// The worker has taken up so many.
    pub(crate) fn take(&self, changes: usize) {
        self.waiting().changes -= changes;
        self.0.changed.notify_all();
    }
}

/// Lets everybody go on when the worker ends, however that happens.
pub(crate) struct Ending(pub(crate) Ahead);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.waiting().is_over = true;
        self.0.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::{Ahead, Ending};
    use std::thread;
    use std::time::Duration;

    /// Adds in a thread; the thread, which has not come far.
    fn adding(ahead: &Ahead, changes: usize) -> thread::JoinHandle<()> {
        let theirs = ahead.clone();
        let adding = thread::spawn(move || theirs.add(changes, 10));
        thread::sleep(Duration::from_millis(30));
        adding
    }

    #[test]
    fn who_is_too_far_ahead_waits_for_the_worker() {
        let ahead = Ahead::default();
        ahead.add(4, 10);
        ahead.add(6, 10);
        let third = adding(&ahead, 5);
        assert!(!third.is_finished());
        ahead.take(4);
        thread::sleep(Duration::from_millis(30));
        assert!(!third.is_finished(), "eleven would wait");
        ahead.take(6);
        third.join().expect("it only waits");
    }

    #[test]
    fn a_list_of_more_than_may_wait_waits_alone() {
        let ahead = Ahead::default();
        ahead.add(500, 10);
        let next = adding(&ahead, 1);
        assert!(!next.is_finished());
        ahead.take(500);
        next.join().expect("it only waits");
    }

    #[test]
    fn nobody_waits_for_a_worker_that_has_ended() {
        let ahead = Ahead::default();
        ahead.add(10, 10);
        let next = adding(&ahead, 1);
        drop(Ending(ahead));
        next.join().expect("it only waits");
    }
}
