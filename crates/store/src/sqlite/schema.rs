//! The tables: csync2's own, and what csync3 adds to them.
//!
//! # Invariants
//! * csync2's tables are made with csync2's text, so a csync2 that opens the file later finds what it
//!   would have made itself.
//! * A table of csync3's own has a name that begins with `csync3_`; nothing that csync2 needs is in it.
//! * Additions are nullable columns without a default: csync2 names its columns and replaces rows by
//!   DELETE and INSERT, so a row that it rewrote has NULL there.
//! * A table without csync2's unique key is made anew with it (`keys`): nothing could be written there.
//! * Several processes may open an old file at once: what is missing is looked up again inside the
//!   write transaction that adds it.
//!
//! # Source
//! csync2 2.1 `db_sqlite.c`; `spec/state.md` 2.
use super::keys::{self, Column, KEYS};
use super::turn::Turn;
use rusqlite::{Connection, Result};

/// csync2's tables, as `sqlite_master` shows them.
const TABLES: [(&str, &str); 5] = [
    ("file", "CREATE TABLE file (\tfilename, checktxt,\tUNIQUE ( filename ) ON CONFLICT REPLACE)"),
    (
        "dirty",
        "CREATE TABLE dirty (\tfilename, forced, myname, peername,\tUNIQUE ( filename, peername ) \
         ON CONFLICT IGNORE)",
    ),
    (
        "hint",
        "CREATE TABLE hint (\tfilename, recursive,\tUNIQUE ( filename, recursive ) ON CONFLICT \
         IGNORE)",
    ),
    (
        "action",
        "CREATE TABLE action (\tfilename, command, logfile,\tUNIQUE ( filename, command ) ON \
         CONFLICT IGNORE)",
    ),
    (
        "x509_cert",
        "CREATE TABLE x509_cert (\tpeername, certdata,\tUNIQUE ( peername ) ON CONFLICT IGNORE)",
    ),
];

/// Tables of csync3's own, which csync2 never looks for.
const OWN: [(&str, &str); 1] =
    [("csync3_peer", "CREATE TABLE csync3_peer (peername UNIQUE, success_ns, failure_ns)")];

/// What csync3 adds: table, column, type.
const ADDED: [(&str, &str, &str); 10] = [
    ("file", "mtime_ns", "INTEGER"),
    ("file", "ctime_ns", "INTEGER"),
    ("file", "inode", "INTEGER"),
    ("file", "hash", "BLOB"),
    ("file", "also", "TEXT"),
    ("dirty", "generation", "INTEGER"),
    ("dirty", "since_ns", "INTEGER"),
    ("dirty", "conflict_ns", "INTEGER"),
    ("file", "lineage", "BLOB"),
    ("dirty", "lineage", "BLOB"),
];

/// Makes the tables, columns and keys that are missing.
pub(super) fn ensure(connection: &Connection, turn: &Turn) -> Result<()> {
    if missing(connection)?.is_empty() {
        return Ok(());
    }
    turn.begin(connection)?;
    let added = missing(connection)
        .and_then(|statements| statements.iter().try_for_each(|sql| connection.execute_batch(sql)));
    match added {
        Ok(()) => connection.execute_batch("COMMIT"),
        Err(error) => {
            connection.execute_batch("ROLLBACK")?;
            Err(error)
        }
    }
}

/// Lets a file that cannot be upgraded be read as if it had been: temporary views stand before what
/// has missing tables or columns.
pub(super) fn cover(connection: &Connection) -> Result<()> {
    for (table, sql) in tables() {
        let there = columns(connection, table)?;
        let lacking = ADDED.iter().filter(|(of, column, _)| *of == table && !has(&there, column));
        let nulls: String = lacking.map(|(_, column, _)| format!(", NULL AS {column}")).collect();
        if there.is_empty() {
            let empty = sql.replacen("CREATE TABLE ", "CREATE TEMP TABLE ", 1);
            connection.execute_batch(&empty)?;
            for (_, column, kind) in ADDED.iter().filter(|(of, ..)| *of == table) {
                let add = format!("ALTER TABLE temp.{table} ADD COLUMN {column} {kind}");
                connection.execute_batch(&add)?;
            }
        } else if !nulls.is_empty() {
            let view = format!("CREATE TEMP VIEW {table} AS SELECT *{nulls} FROM main.{table}");
            connection.execute_batch(&view)?;
        }
    }
    Ok(())
}

/// Reads the ends of every table, so that a file with damage there, or a shorter one than it says, is
/// noticed before anything is done.
pub(super) fn touch(connection: &Connection) -> Result<()> {
    for (table, key) in
        [("file", "filename"), ("dirty", "filename"), ("hint", "rowid"), ("action", "filename")]
    {
        for way in ["ASC", "DESC"] {
            let sql = format!("SELECT * FROM {table} ORDER BY {key} {way} LIMIT 1");
            connection.prepare(&sql)?.query([])?.next()?;
        }
    }
    Ok(())
}

/// Says whether the file itself has a table.
pub(super) fn is_there(connection: &Connection, table: &str) -> Result<bool> {
    Ok(!columns(connection, table)?.is_empty())
}

/// The statements that make the tables, columns and keys that are missing.
pub(super) fn missing(connection: &Connection) -> Result<Vec<String>> {
    let mut statements = Vec::new();
    for (table, sql) in tables() {
        let mut there = keys::columns(connection, table)?;
        let is_there = !there.is_empty();
        if !is_there {
            statements.push(sql.to_owned());
        }
        for (_, column, kind) in ADDED.iter().filter(|(of, ..)| *of == table) {
            if !there.iter().any(|it| it.name.eq_ignore_ascii_case(column)) {
                statements.push(format!("ALTER TABLE {table} ADD COLUMN {column} {kind}"));
                there.push(Column { name: (*column).into(), kind: (*kind).into() });
            }
        }
        let key = KEYS.iter().find(|key| is_there && key.table == table);
        if let Some(key) = key.filter(|key| !keys::is_there(connection, key)) {
            statements.extend(keys::repair(key, sql, &there));
        }
    }
    Ok(statements)
}

/// Makes csync2's tables, and ours, with all columns.
#[cfg(test)]
pub(super) fn make(connection: &Connection) -> Result<()> {
    missing(connection)?.iter().try_for_each(|sql| connection.execute_batch(sql))
}

/// csync2's tables, and ours.
fn tables() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLES.into_iter().chain(OWN)
}

/// The columns of a table of the file itself; none if there is no such table.
pub(super) fn columns(connection: &Connection, table: &str) -> Result<Vec<String>> {
    Ok(keys::columns(connection, table)?.into_iter().map(|column| column.name).collect())
}

fn has(columns: &[String], wanted: &str) -> bool {
    columns.iter().any(|column| column.eq_ignore_ascii_case(wanted))
}
