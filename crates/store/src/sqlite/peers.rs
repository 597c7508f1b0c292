//! The index of dirty rows by peer, which is there only while it is worth its price.
//!
//! csync2's unique key has the rows of one name together, those of all peers. Who lists one of many
//! peers steps over the rows of all others: 64 at once each read what is owed to all 64. An index by
//! peer ends that, but every mark would pay for it, also where there is one peer. So who has marked much
//! for many peers makes it in the end, a listing that had to step over much makes it, too, and who opens
//! a database in which nothing is owed drops it; all only if nobody else waits to write.
//!
//! # Invariants
//! * Nothing depends on the index but time: csync2 keeps it up to date without knowing, and whoever
//!   has no room for it does without.
//! * Making it takes memory that does not grow with the rows, and keeps others from writing for about
//!   a second at most: there are at most [`MOST_ROWS`].
use super::open::{Access, Session};
use super::turn::Turn;
use crate::row::Change;
use rusqlite::{Connection, Result, Statement, StatementStatus};

const MAKE: &str = "CREATE INDEX IF NOT EXISTS csync3_dirty_peer ON dirty (peername, filename)";

const DROP: &str = "DROP INDEX IF EXISTS csync3_dirty_peer";

const IS_THERE: &str =
    "SELECT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = 'csync3_dirty_peer')";

/// Instructions of SQLite in one page of a listing from which on the index is worth its price: those
/// of 10,000 rows that are stepped over, which takes 2 ms. Making it takes 1 ms for 1,000 rows.
const WASTE: i32 = 30_000;

/// Peers from which on it is worth its price for each of them.
const MANY_PEERS: usize = 16;

/// Marks of one process from which on it makes the index itself: as many as [`WASTE`] stands for. Left to
/// the pushes it would be made while all of them begin, and each would wait for that.
const MANY_MARKS: u64 = 10_000;

/// Rows from which on the index is not made any more.
const MOST_ROWS: i64 = 1_000_000;

/// The peers that are owed something; each is looked for behind the one before.
const PEERS: &str = "WITH RECURSIVE peers (name) AS (SELECT min(peername) FROM dirty UNION ALL \
    SELECT (SELECT min(peername) FROM dirty WHERE peername > name) FROM peers \
    WHERE name IS NOT NULL) SELECT name FROM peers WHERE name IS NOT NULL";

/// As [`PEERS`], through all rows.
const PEERS_OF_ALL_ROWS: &str = "SELECT DISTINCT peername FROM dirty";

/// The statement that lists the peers that are owed something, in any order.
pub(super) fn statement(connection: &Connection) -> Result<&'static str> {
    Ok(if is_there(connection)? { PEERS } else { PEERS_OF_ALL_ROWS })
}

fn is_there(connection: &Connection) -> Result<bool> {
    connection.prepare_cached(IS_THERE)?.query_row([], |row| row.get(0))
}

/// Begins to count what a statement steps over.
pub(super) fn count_anew(statement: &Statement<'_>) {
    statement.reset_status(StatementStatus::VmStep);
}

/// Says whether the list of all peers shows that a listing of each will step over much.
pub(super) fn are_many(statement: &Statement<'_>, peers: usize) -> bool {
    peers >= MANY_PEERS && is_wasteful(statement)
}

/// Says whether a statement that has been run stepped over much.
pub(super) fn is_wasteful(statement: &Statement<'_>) -> bool {
    statement.get_status(StatementStatus::VmStep) > WASTE
}

/// What this process has marked since it looked last.
#[derive(Default)]
pub(super) struct Marked {
    rows: u64,
    /// The first of them, as many as matter.
    peers: Vec<String>,
}

impl Marked {
    /// Takes note of a change.
    pub(super) fn note(&mut self, change: &Change) {
        match change {
            Change::Checked { marks, .. } => marks.iter().for_each(|mark| self.mark(&mark.peer)),
            Change::Mark { mark, .. } => self.mark(&mark.peer),
            _ => {}
        }
    }

    fn mark(&mut self, peer: &str) {
        self.rows += 1;
        if self.peers.len() < MANY_PEERS && !self.peers.iter().any(|known| known == peer) {
            self.peers.push(peer.to_owned());
        }
    }

    fn are_many(&self) -> bool {
        self.rows >= MANY_MARKS && self.peers.len() == MANY_PEERS
    }
}

impl Session {
    /// Makes the index at the end of what marked much for many peers.
    pub(super) fn index_marked(&mut self) {
        if std::mem::take(&mut self.marked).are_many() {
            self.index_peers();
        }
    }

    /// Makes the index, if that can be done now.
    pub(super) fn index_peers(&self) {
        let may_write = self.access == Access::Write && self.connection.is_autocommit();
        if may_write && !self.peers_settled.get() {
            // What cannot be written here fails where it has to be.
            self.peers_settled.set(self.make_index().unwrap_or(true));
        }
    }

    /// Says whether it need not be tried again.
    fn make_index(&self) -> Result<bool> {
        let some = format!("SELECT count(*) FROM (SELECT 1 FROM dirty LIMIT {MOST_ROWS})");
        let rows: i64 = self.connection.query_row(&some, [], |row| row.get(0))?;
        if rows == MOST_ROWS || is_there(&self.connection)? {
            return Ok(true);
        }
        // What is sorted is kept in a file of its own.
        self.connection.pragma_update(None, "temp_store", "FILE")?;
        let made = if_free(&self.connection, &self.turn, MAKE);
        self.connection.pragma_update(None, "temp_store", "MEMORY")?;
        made
    }
}

/// Drops the index if nothing is owed.
pub(super) fn drop_unused(connection: &Connection, turn: &Turn) -> Result<()> {
    if !is_there(connection)? || is_any_owed(connection)? {
        return Ok(());
    }
    // Somebody may have marked something meanwhile; then it is made again. What cannot be written on a
    // full disk stays.
    let _ = if_free(connection, turn, DROP);
    Ok(())
}

fn is_any_owed(connection: &Connection) -> Result<bool> {
    connection.query_row("SELECT EXISTS (SELECT 1 FROM dirty)", [], |row| row.get(0))
}

/// Says whether the statement was run.
fn if_free(connection: &Connection, turn: &Turn, statement: &str) -> Result<bool> {
    if !turn.begin_if_free(connection)? {
        return Ok(false);
    }
    let done =
        connection.execute_batch(statement).and_then(|()| connection.execute_batch("COMMIT"));
    if done.is_err() && !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK")?;
    }
    done.map(|()| true)
}

#[cfg(test)]
mod tests {
    use super::{MAKE, Marked, PEERS, PEERS_OF_ALL_ROWS};
    use rusqlite::Connection;

    /// A database in which `peers` peers are owed `names` names each.
    fn owing(peers: usize, names: usize) -> Connection {
        let connection = Connection::open_in_memory().expect("memory");
        super::super::schema::make(&connection).expect("csync2's tables");
        let mut insert = connection
            .prepare("INSERT INTO dirty (filename, peername) VALUES (?1, ?2)")
            .expect("the columns are there");
        for name in 0..names {
            for peer in 0..peers {
                insert
                    .execute([format!("/srv/{name:05}"), format!("node{peer}")])
                    .expect("memory takes everything");
            }
        }
        drop(insert);
        connection
    }

    fn listed(connection: &Connection, sql: &str) -> Vec<String> {
        let mut select = connection.prepare(sql).expect("a statement");
        let rows = select.query_map([], |row| row.get(0)).expect("a list");
        let mut rows: Vec<String> = rows.map(|row| row.expect("a text")).collect();
        rows.sort();
        rows
    }

    #[test]
    fn many_marks_for_many_peers_are_many() {
        for (peers, rows, expected) in
            [(16, 10_000, true), (15, 100_000, false), (16, 9_999, false), (64, 64_000, true)]
        {
            let mut marked = Marked::default();
            (0..rows).for_each(|row| marked.mark(&format!("n{}", row % peers)));
            assert_eq!(marked.are_many(), expected, "{rows} to {peers}");
        }
    }

    #[test]
    fn peers_are_the_same_with_the_index_and_without() {
        for peers in [0, 1, 12] {
            let connection = owing(peers, 3);
            let all = listed(&connection, PEERS_OF_ALL_ROWS);
            assert_eq!(all.len(), peers);
            connection.execute_batch(MAKE).expect("an index");
            assert_eq!(listed(&connection, PEERS), all);
        }
    }

    #[test]
    fn with_the_index_the_number_of_rows_does_not_matter() {
        let steps = |names| {
            let connection = owing(4, names);
            connection.execute_batch(MAKE).expect("an index");
            let mut select = connection.prepare(PEERS).expect("a statement");
            let mut rows = select.query([]).expect("a list");
            while rows.next().expect("rows").is_some() {}
            drop(rows);
            select.get_status(rusqlite::StatementStatus::VmStep)
        };
        assert_eq!(steps(10), steps(1_000));
    }
}
