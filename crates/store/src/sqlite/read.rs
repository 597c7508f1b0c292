//! Lists rows.
//!
//! Dirty rows that csync2 wrote have no generation. Before they are listed they are given one, so that
//! clearing such a row never clears a mark that csync2 makes afterwards.
use super::open::{Access, Session};
use super::peers;
use super::scope::Names;
use super::value::{self, Text, certificate, decoded, host, name, of_host};
use crate::columns;
use crate::row::{
    ActionRow, Direction, DirtyPage, DirtyRow, Facts, FileRow, Generation, Hint, HintRow, Pin,
    Scope,
};
use csync3_core::entry::Timestamp;
use csync3_core::path::{ClusterPath, LocalPath};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Result, Row, Statement, params, params_from_iter};
use std::cell::Cell;
use std::collections::BTreeMap;

impl Session {
    /// What is known of these names.
    pub(super) fn facts(&self, names: &[ClusterPath]) -> Result<Vec<Facts>> {
        self.with_generations(
            |connection| read_facts(connection, names),
            |facts| facts.iter().flat_map(|of_name| &of_name.dirty).any(lacks_generation),
        )
    }

    /// A page of dirty rows.
    pub(super) fn dirty(&self, page: &DirtyPage) -> Result<Vec<DirtyRow>> {
        let wasteful = Cell::new(false);
        let rows = self.with_generations(
            |connection| read_dirty(connection, page, &wasteful),
            |rows| rows.iter().any(lacks_generation),
        )?;
        if wasteful.get() {
            self.index_peers();
        }
        Ok(rows)
    }

    /// The peers that are owed something, in the order of their encoded bytes.
    pub(super) fn dirty_peers(&self) -> Result<Vec<String>> {
        let mut select = self.connection.prepare_cached(peers::statement(&self.connection)?)?;
        peers::count_anew(&select);
        let named = |row: &Row<'_>| Ok((value::stored(row, 0)?.into_owned(), host(row, 0)?));
        let names: BTreeMap<_, _> = collect(&mut select, params![], named)?.into_iter().collect();
        let many = peers::are_many(&select, names.len());
        drop(select);
        if many {
            self.index_peers();
        }
        Ok(names.into_values().collect())
    }

    /// The dirty rows that ended in a conflict.
    pub(super) fn conflicts(&self) -> Result<Vec<DirtyRow>> {
        let sql = format!(
            "SELECT {DIRTY} FROM dirty WHERE conflict_ns IS NOT NULL ORDER BY filename, peername"
        );
        self.with_generations(
            |connection| collect(&mut *connection.prepare_cached(&sql)?, params![], dirty_row),
            |rows| rows.iter().any(lacks_generation),
        )
    }

    fn with_generations<T>(
        &self,
        read: impl Fn(&Connection) -> Result<T>,
        lacks: impl Fn(&T) -> bool,
    ) -> Result<T> {
        let found = self.unchanged_during(&read)?;
        if self.access == Access::Read || !lacks(&found) {
            return Ok(found);
        }
        self.writing(|connection| {
            connection.execute(
                "UPDATE dirty SET generation = random() & 9223372036854775807 \
                 WHERE generation IS NULL",
                [],
            )?;
            read(connection)
        })
    }

    /// Reads with several statements as if with one.
    pub(super) fn unchanged_during<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T>,
    ) -> Result<T> {
        if !self.connection.is_autocommit() {
            return read(&self.connection);
        }
        self.connection.prepare_cached("BEGIN")?.execute([])?;
        let found = read(&self.connection);
        self.connection.prepare_cached("COMMIT")?.execute([])?;
        found
    }

    fn writing<T>(&self, write: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        if !self.connection.is_autocommit() {
            return write(&self.connection);
        }
        self.turn.begin(&self.connection)?;
        let done = write(&self.connection);
        let end = if done.is_ok() { "COMMIT" } else { "ROLLBACK" };
        self.connection.execute_batch(end)?;
        done
    }
}

/// The columns of [`dirty_row`].
const DIRTY: &str = "filename, peername, myname, forced IS TRUE, generation, \
                     (SELECT coalesce(file.lineage, x'') FROM file \
                     WHERE file.filename = dirty.filename), since_ns, conflict_ns, lineage";

fn lacks_generation(row: &DirtyRow) -> bool {
    row.generation == Generation(None)
}

fn read_facts(connection: &Connection, names: &[ClusterPath]) -> Result<Vec<Facts>> {
    let sql = format!("SELECT {} FROM file WHERE filename = ?1", value::RECORDED);
    let mut file = connection.prepare_cached(&sql)?;
    let sql = format!("SELECT {DIRTY} FROM dirty WHERE filename = ?1 ORDER BY peername");
    let mut dirty = connection.prepare_cached(&sql)?;
    names
        .iter()
        .map(|name| {
            let name = Text(name.encoded());
            let recorded = file.query_row([&name], |row| value::recorded(row, 0)).optional()?;
            Ok(Facts { recorded, dirty: collect(&mut dirty, [&name], dirty_row)? })
        })
        .collect()
}

/// Reads a page, and says whether that of a peer has stepped over many rows of others.
fn read_dirty(
    connection: &Connection,
    page: &DirtyPage,
    wasteful: &Cell<bool>,
) -> Result<Vec<DirtyRow>> {
    let (order, beyond) = match page.direction {
        Direction::Ascending => ("ASC", ">"),
        Direction::Descending => ("DESC", "<"),
    };
    let mut sql = format!("SELECT {DIRTY} FROM dirty WHERE 1");
    let mut values = Vec::new();
    if let Some(peer) = &page.peer {
        sql.push_str(" AND peername = ?");
        values.push(of_host(peer));
    }
    if let Some((name, peer)) = &page.after {
        sql.push_str(&format!(" AND (filename, peername) {beyond} (?, ?)"));
        values.push(Text(name.encoded().into()));
        values.push(of_host(peer));
    }
    let limit = i64::try_from(page.limit).unwrap_or(i64::MAX);
    sql.push_str(&format!(" ORDER BY filename {order}, peername {order} LIMIT {limit}"));
    let mut select = connection.prepare_cached(&sql)?;
    peers::count_anew(&select);
    let rows = collect(&mut select, params_from_iter(values), dirty_row)?;
    wasteful.set(page.peer.is_some() && peers::is_wasteful(&select));
    Ok(rows)
}

fn dirty_row(row: &Row<'_>) -> Result<DirtyRow> {
    Ok(DirtyRow {
        name: name(row, 0)?,
        peer: host(row, 1)?,
        myname: host(row, 2)?,
        forced: row.get(3)?,
        generation: Generation(row.get_ref(4)?.as_i64_or_null().unwrap_or_default()),
        recorded: row.get_ref(5)? != ValueRef::Null,
        held: columns::held(value::blob(row, 5)?),
        replaces: columns::replaces(value::blob(row, 8)?),
        since: time(row, 6)?,
        conflict: time(row, 7)?,
    })
}

/// A time in nanoseconds; anything else is none.
pub(super) fn time(row: &Row<'_>, column: usize) -> Result<Option<Timestamp>> {
    Ok(value::integer(row, column)?.map(Timestamp::from_nanos))
}

/// The rows of a scope; only for scopes of few names.
pub(super) fn files(connection: &Connection, scope: &Scope) -> Result<Vec<FileRow>> {
    let (sql, names) = select_files(scope);
    collect(&mut *connection.prepare_cached(&sql)?, params_from_iter(names.values), value::file_row)
}

/// The statement that lists a scope, and its values.
pub(super) fn select_files(scope: &Scope) -> (String, Names) {
    let names = Names::of(scope);
    let (recorded, condition) = (value::RECORDED, names.condition);
    (format!("SELECT filename, {recorded} FROM file WHERE {condition} ORDER BY filename"), names)
}

/// All hints.
pub(super) fn hints(connection: &Connection) -> Result<Vec<HintRow>> {
    let sql = "SELECT filename, recursive IS TRUE, rowid FROM hint ORDER BY rowid";
    collect(&mut *connection.prepare_cached(sql)?, params![], |row| {
        let path = LocalPath::new(&decoded(row, 0)?);
        Ok(HintRow { number: row.get(2)?, hint: Hint { path, recursive: row.get(1)? } })
    })
}

/// All actions.
pub(super) fn actions(connection: &Connection) -> Result<Vec<ActionRow>> {
    let sql = "SELECT filename, command, logfile FROM action ORDER BY command, logfile, filename";
    collect(&mut *connection.prepare_cached(sql)?, params![], |row| {
        Ok(ActionRow { name: name(row, 0)?, command: decoded(row, 1)?, logfile: decoded(row, 2)? })
    })
}

/// The certificate of a peer.
pub(super) fn pin(connection: &Connection, peer: &str) -> Result<Option<Pin>> {
    let sql = "SELECT peername, certdata FROM x509_cert WHERE peername = ?1";
    let mut select = connection.prepare_cached(sql)?;
    select.query_row(params![of_host(peer)], pin_row).optional()
}

/// All certificates.
pub(super) fn pins(connection: &Connection) -> Result<Vec<Pin>> {
    let sql = "SELECT peername, certdata FROM x509_cert ORDER BY peername";
    collect(&mut *connection.prepare_cached(sql)?, params![], pin_row)
}

fn pin_row(row: &Row<'_>) -> Result<Pin> {
    Ok(Pin { peer: host(row, 0)?, certificate: certificate(row, 1)? })
}

fn collect<T>(
    statement: &mut Statement<'_>,
    values: impl rusqlite::Params,
    read: impl FnMut(&Row<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    statement.query_map(values, read)?.collect()
}
