//! Counts rows, and notices that somebody else has written.
use super::open::Session;
use super::read::time;
use super::value::{host, stored};
use crate::row::{PeerTotals, Totals};
use rusqlite::{Connection, Result};
use std::collections::BTreeMap;

/// Regular files and their sizes, from the text that csync2 stores: `:` is encoded, so what a name
/// or target says cannot be mistaken for it.
const FILES: &str = "SELECT count(*), count(size), total(size) FROM (SELECT CASE WHEN \
    instr(checktxt, 'type=reg%3Asize=') > 0 THEN CAST(substr(checktxt, 16 + \
    instr(checktxt, 'type=reg%3Asize=')) AS INTEGER) END AS size FROM file)";

const DIRTY: &str = "SELECT peername, count(*), count(nullif(forced IS TRUE, 0)), \
    count(conflict_ns), min(since_ns) FROM dirty GROUP BY peername";

/// Peers by their encoded names.
type Peers = BTreeMap<Vec<u8>, PeerTotals>;

impl Session {
    /// What there is, in numbers.
    pub(super) fn totals(&self) -> Result<Totals> {
        self.unchanged_during(|connection| {
            let mut totals = files(connection)?;
            let mut peers = Peers::new();
            add_dirty(connection, &mut peers)?;
            add_pushes(connection, &mut peers)?;
            totals.peers = peers.into_values().collect();
            Ok(totals)
        })
    }

    /// SQLite's count of what other connections have committed.
    pub(super) fn version(&self) -> Result<i64> {
        self.connection.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))
    }
}

fn files(connection: &Connection) -> Result<Totals> {
    let mut totals = connection.prepare_cached(FILES)?.query_row([], |row| {
        let (objects, files, bytes) = (count(row.get(0)?), count(row.get(1)?), row.get(2)?);
        Ok(Totals { objects, files, bytes: whole(bytes), ..Totals::default() })
    })?;
    let mut hints = connection.prepare_cached("SELECT count(*) FROM hint")?;
    totals.hints = hints.query_row([], |row| Ok(count(row.get(0)?)))?;
    Ok(totals)
}

fn add_dirty(connection: &Connection, peers: &mut Peers) -> Result<()> {
    let mut select = connection.prepare_cached(DIRTY)?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let of_peer = PeerTotals {
            peer: host(row, 0)?,
            dirty: count(row.get(1)?),
            forced: count(row.get(2)?),
            conflicts: count(row.get(3)?),
            oldest: time(row, 4)?,
            ..PeerTotals::default()
        };
        peers.insert(stored(row, 0)?.into_owned(), of_peer);
    }
    Ok(())
}

fn add_pushes(connection: &Connection, peers: &mut Peers) -> Result<()> {
    let mut select =
        connection.prepare_cached("SELECT peername, success_ns, failure_ns FROM csync3_peer")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let peer = host(row, 0)?;
        let of_peer = peers.entry(stored(row, 0)?.into_owned()).or_default();
        (of_peer.peer, of_peer.last_success, of_peer.last_failure) =
            (peer, time(row, 1)?, time(row, 2)?);
    }
    Ok(())
}

fn count(number: i64) -> u64 {
    number.unsigned_abs()
}

/// A sum that SQLite made as a floating point number, so that no row can make it overflow.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
fn whole(sum: f64) -> u64 {
    sum as u64
}
