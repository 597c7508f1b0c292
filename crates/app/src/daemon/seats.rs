//! Who may have a session now.
//!
//! There are so many seats in all, and so many for one address. Where there is none left the oldest
//! session whose peer is not identified makes room: a peer that means it is identified within a few
//! round trips, so whoever only holds connections open cannot keep it out. If all are identified,
//! the new one is turned away.
use csync3_engine::serve::Seat;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many sessions there may be at a time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// In all.
    pub(super) total: usize,
    /// From one address.
    pub(super) per_address: usize,
}

/// Why there is no seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Full {
    /// The address has all it may have.
    #[error("its address has {0} sessions already (--max-sessions-per-address)")]
    Address(usize),
    /// The server has all it may have.
    #[error("there are {0} sessions already (--max-sessions)")]
    Server(usize),
}

/// The seats of a server.
#[derive(Debug)]
pub(super) struct Seats {
    limits: Limits,
    table: Mutex<Table>,
}

#[derive(Debug, Default)]
struct Table {
    next: u64,
    /// The oldest first.
    taken: BTreeMap<u64, (IpAddr, Arc<Seat>)>,
}

/// A seat that is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) seat: Arc<Seat>,
    number: u64,
    seats: Arc<Seats>,
}

impl Seats {
    pub(super) fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self { limits, table: Mutex::default() })
    }

    /// Takes a seat for a peer at this address.
    pub(super) fn take(self: &Arc<Self>, address: IpAddr) -> Result<Taken, Full> {
        let mut table = self.table();
        let Limits { total, per_address } = self.limits;
        let of_address = table.taken.values().filter(|(other, _)| *other == address).count();
        if of_address >= per_address {
            table.make_room(|other| other == address).ok_or(Full::Address(per_address))?;
        } else if table.taken.len() >= total {
            table.make_room(|_| true).ok_or(Full::Server(total))?;
        }
        let (seat, number) = (Arc::new(Seat::default()), table.next);
        table.next += 1;
        table.taken.insert(number, (address, Arc::clone(&seat)));
        Ok(Taken { seat, number, seats: Arc::clone(self) })
    }

    /// How many are taken.
    pub(super) fn taken(&self) -> usize {
        self.table().taken.len()
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// Ends the oldest session without identification among these addresses.
    fn make_room(&mut self, among: impl Fn(IpAddr) -> bool) -> Option<()> {
        let mut candidates = self.taken.iter().filter(|(_, (address, _))| among(*address));
        let number = *candidates.find(|(_, (_, seat))| seat.revoke())?.0;
        self.taken.remove(&number);
        Some(())
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        // It is gone already if the session had to make room.
        self.seats.table().taken.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::{Full, Limits, Seats, Taken};
    use std::net::{IpAddr, Ipv4Addr};
    use std::sync::Arc;

    fn address(last: u8) -> IpAddr {
        Ipv4Addr::new(10, 0, 0, last).into()
    }

    fn seats(total: usize, per_address: usize) -> Arc<Seats> {
        Seats::new(Limits { total, per_address })
    }

    /// A seat whose peer cannot lose it any more.
    fn identified(seats: &Arc<Seats>, last: u8) -> Taken {
        let taken = seats.take(address(last)).expect("a free seat");
        // What it would lose was lost already, which is all that the table sees.
        assert!(taken.seat.revoke());
        taken
    }

    #[test]
    fn a_seat_is_free_again_when_its_session_is_over() {
        let seats = seats(1, 1);
        for _ in 0..3 {
            let taken = seats.take(address(1)).expect("a free seat");
            assert_eq!(seats.taken(), 1);
            drop(taken);
            assert_eq!(seats.taken(), 0);
        }
    }

    #[test]
    fn the_oldest_unidentified_session_of_an_address_makes_room_for_another_of_it() {
        let seats = seats(10, 2);
        let other = seats.take(address(9)).expect("a free seat");
        let first = seats.take(address(1)).expect("a free seat");
        let second = seats.take(address(1)).expect("a free seat");
        let third = seats.take(address(1)).expect("the place of the first");
        assert!(!first.seat.revoke(), "the first has lost its seat");
        assert_eq!(seats.taken(), 3);
        drop(first);
        assert_eq!(seats.taken(), 3, "what was lost is not freed once more");
        for kept in [other, second, third] {
            assert!(kept.seat.revoke());
        }
    }

    #[test]
    fn the_oldest_of_all_makes_room_when_the_server_is_full() {
        let seats = seats(2, 2);
        let first = seats.take(address(1)).expect("a free seat");
        let _second = seats.take(address(2)).expect("a free seat");
        let _third = seats.take(address(3)).expect("the place of the first");
        assert!(!first.seat.revoke());
        assert_eq!(seats.taken(), 2);
    }

    #[test]
    fn identified_peers_keep_their_seats() {
        let per_address = seats(10, 2);
        let _held = [identified(&per_address, 1), identified(&per_address, 1)];
        assert_eq!(per_address.take(address(1)).err(), Some(Full::Address(2)));
        assert!(per_address.take(address(2)).is_ok());
        let in_all = seats(2, 2);
        let _held = [identified(&in_all, 1), identified(&in_all, 2)];
        assert_eq!(in_all.take(address(3)).err(), Some(Full::Server(2)));
    }
}
