//! What this host holds and owes, in numbers, and whether a peer holds everything.
use crate::host::Host;
use csync3_core::config::HostName;
use csync3_store::StoreError;
use csync3_store::row::{Direction, DirtyPage, PeerTotals, Totals};

/// Dirty rows read together.
const PAGE: usize = 1_000;

/// What there is, in numbers. The peers of the configuration come first, in its order and also those
/// that are owed nothing; others follow, which the configuration has lost.
///
/// # Errors
/// The store's.
pub fn totals(host: &Host) -> Result<Totals, StoreError> {
    let totals = host.store.totals()?;
    let mut others = totals.peers;
    let mut peers: Vec<_> =
        host.config.peers().iter().map(|peer| taken(&mut others, peer)).collect();
    peers.append(&mut others);
    Ok(Totals { peers, ..totals })
}

/// The numbers of a peer, which are no longer among the others then.
fn taken(others: &mut Vec<PeerTotals>, peer: &HostName) -> PeerTotals {
    match others.iter().position(|totals| totals.peer == peer.as_str()) {
        Some(at) => others.remove(at),
        None => PeerTotals { peer: peer.as_str().to_owned(), ..PeerTotals::default() },
    }
}

/// How many objects a peer is owed that a group with it covers, counted up to `enough`. What no group
/// covers is never pushed, so nobody need wait for it.
///
/// # Errors
/// The store's.
pub fn owed(host: &Host, peer: &HostName, enough: u64) -> Result<u64, StoreError> {
    let mut page = DirtyPage {
        peer: Some(peer.as_str().to_owned()),
        after: None,
        direction: Direction::Ascending,
        limit: PAGE,
    };
    let mut count = 0;
    while count < enough {
        let rows = host.store.dirty(&page)?;
        let Some(last) = rows.last() else { break };
        page.after = Some((last.name.clone(), last.peer.clone()));
        let covered = |name: &[u8]| host.config.key_for(name, peer).is_some();
        count += rows.iter().filter(|row| covered(&row.name.decoded())).count() as u64;
    }
    Ok(count.min(enough))
}
