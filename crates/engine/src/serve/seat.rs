//! A session's place in its server.
//!
//! A server has a limited number of them. Until a peer is identified its session may be ended to
//! make room; from then on its seat is its own.
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// The place of one session.
#[derive(Debug, Default)]
pub struct Seat {
    state: Mutex<State>,
    revoked: Notify,
}

/// Each state but the first is final, so identification and revocation exclude each other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    Unidentified,
    Identified,
    Revoked,
}

impl Seat {
    /// Takes the seat away from a peer that is not identified; says whether that was so.
    pub fn revoke(&self) -> bool {
        let revoked = self.become_final(State::Revoked);
        if revoked {
            self.revoked.notify_one();
        }
        revoked
    }

    /// Makes the seat the peer's own; says whether it still had it.
    pub(super) fn identify(&self) -> bool {
        self.become_final(State::Identified)
    }

    /// Waits until the seat is taken away; for ever, if it never is.
    pub(super) async fn revoked(&self) {
        self.revoked.notified().await;
    }

    fn become_final(&self, wanted: State) -> bool {
        let mut state = self.state();
        let first = *state == State::Unidentified;
        if first {
            *state = wanted;
        }
        first
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::Seat;

    #[test]
    fn a_seat_is_lost_before_identification_or_never() {
        let seat = Seat::default();
        assert!(seat.identify());
        assert!(!seat.revoke(), "an identified peer keeps its seat");
        let seat = Seat::default();
        assert!(seat.revoke());
        assert!(!seat.identify() && !seat.revoke(), "it is gone");
    }
}
