//! A SQLite file as a whole: its own check, its upgrade as SQL, `VACUUM`.
use super::failure::store_error;
use super::keys::{self, KEYS, Key};
use super::open::{Session, look, open_error, wal_path, writer};
use super::turn::{self, Turn};
use super::{SqliteStore, failure, place, schema};
use crate::upkeep::{Fault, Upkeep};
use crate::url::{DatabaseUrl, Presence};
use crate::{Store, StoreError};
use rusqlite::{Connection, Result};
use std::path::{Path, PathBuf};

/// Lines of SQLite's check that are shown.
const SHOWN: usize = 20;

/// What a value must be.
struct Expected {
    table: &'static str,
    column: &'static str,
    what: &'static str,
    /// Holds for values that are something else.
    wrong: &'static str,
}

const fn text(table: &'static str, column: &'static str, wrong: &'static str) -> Expected {
    Expected { table, column, what: "a text", wrong }
}

const fn number(column: &'static str, table: &'static str, wrong: &'static str) -> Expected {
    Expected { table, column, what: "a whole number or nothing", wrong }
}

const VALUES: [Expected; 17] = [
    text("file", "filename", "typeof(filename) <> 'text'"),
    text("file", "checktxt", "typeof(checktxt) <> 'text'"),
    Expected {
        table: "file",
        column: "mtime_ns, ctime_ns, inode",
        what: "three whole numbers or nothing",
        wrong: "typeof(mtime_ns) || typeof(ctime_ns) || typeof(inode) NOT IN \
            ('integerintegerinteger', 'nullnullnull')",
    },
    Expected {
        table: "file",
        column: "hash",
        what: "32 bytes or nothing",
        wrong: "NOT (hash IS NULL OR typeof(hash) = 'blob' AND length(hash) = 32)",
    },
    text("dirty", "filename", "typeof(filename) <> 'text'"),
    text("dirty", "peername", "typeof(peername) <> 'text'"),
    text("dirty", "myname", "typeof(myname) <> 'text'"),
    Expected {
        table: "dirty",
        column: "forced",
        what: "0 or 1",
        wrong: "coalesce(CAST(forced AS TEXT), '') NOT IN ('0', '1')",
    },
    number("generation", "dirty", "typeof(generation) NOT IN ('integer', 'null')"),
    number("since_ns", "dirty", "typeof(since_ns) NOT IN ('integer', 'null')"),
    number("conflict_ns", "dirty", "typeof(conflict_ns) NOT IN ('integer', 'null')"),
    text("hint", "filename", "typeof(filename) <> 'text'"),
    Expected {
        table: "hint",
        column: "recursive",
        what: "0 or 1",
        wrong: "coalesce(CAST(recursive AS TEXT), '') NOT IN ('0', '1')",
    },
    text("action", "filename", "typeof(filename) <> 'text'"),
    text("action", "command", "typeof(command) <> 'text' OR typeof(logfile) <> 'text'"),
    text("x509_cert", "peername", "typeof(peername) <> 'text'"),
    text("x509_cert", "certdata", "typeof(certdata) <> 'text'"),
];

/// A SQLite file to be looked at as a whole.
pub(crate) struct SqliteUpkeep {
    database: PathBuf,
    hint: &'static str,
}

impl SqliteUpkeep {
    pub(crate) fn open(url: &DatabaseUrl) -> std::result::Result<Self, StoreError> {
        let database = url.file(Path::is_dir);
        place::check(&database, url.hint(), url.presence())?;
        Ok(Self { database, hint: url.hint() })
    }

    fn look(&self) -> std::result::Result<Connection, StoreError> {
        look(&self.database).map_err(|error| open_error(&self.database, self.hint, error))
    }

    fn failed(&self, action: &'static str) -> impl Fn(rusqlite::Error) -> StoreError {
        let database = self.database.clone();
        move |error| store_error(&database, action, error)
    }
}

impl Upkeep for SqliteUpkeep {
    fn missing(&mut self) -> std::result::Result<Vec<String>, StoreError> {
        let connection = self.look()?;
        let statements = schema::missing(&connection).and_then(|mut statements| {
            let mode: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
            if !mode.eq_ignore_ascii_case("wal") {
                statements.push("PRAGMA journal_mode=WAL".to_owned());
            }
            Ok(statements)
        });
        statements.map_err(self.failed("read"))
    }

    fn faults(&mut self) -> std::result::Result<Vec<Fault>, StoreError> {
        let damaged = |error: &StoreError| Fault::Damaged { what: vec![error.to_string()] };
        let connection = match self.look() {
            Err(error @ (StoreError::Corrupt { .. } | StoreError::NotADatabase { .. })) => {
                return Ok(vec![damaged(&error)]);
            }
            opened => opened?,
        };
        let found = faults(&connection);
        match found {
            Err(error) if failure::is_damage(&error) => {
                Ok(vec![Fault::Damaged { what: vec![error.to_string()] }])
            }
            found => found.map_err(self.failed("check")),
        }
    }

    /// Also empties the `-wal` file. Numbers of hints may change, which at most has one checked twice.
    fn vacuum(&mut self) -> std::result::Result<(), StoreError> {
        let turn = Turn::new(&wal_path(&self.database));
        let vacuumed = turn::patiently(|| {
            let connection = writer(&self.database, &turn, Presence::Expected)?;
            turn.hold(|| connection.execute_batch("VACUUM"))?;
            // Somebody may be reading; then the next checkpoint does it.
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        });
        vacuumed.map_err(self.failed("vacuum"))
    }

    fn listing(&mut self) -> std::result::Result<Option<Box<dyn Store>>, StoreError> {
        let session = Session::look(&self.database, self.hint)?;
        Ok(Some(Box::new(SqliteStore::start(session)?)))
    }
}

fn faults(connection: &Connection) -> Result<Vec<Fault>> {
    let told: Vec<String> = connection
        .prepare(&format!("PRAGMA integrity_check({SHOWN})"))?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_>>()?;
    if told != ["ok"] {
        return Ok(vec![Fault::Damaged { what: told }]);
    }
    let mut found = Vec::new();
    for key in &KEYS {
        found.extend(key_fault(connection, key)?);
    }
    for expected in &VALUES {
        found.extend(value_fault(connection, expected)?);
    }
    Ok(found)
}

fn key_fault(connection: &Connection, key: &Key) -> Result<Option<Fault>> {
    let Key { table, columns, .. } = *key;
    // NULL equals nothing for a key; for csync3 it is an empty text.
    let both = columns.split(", ").map(|it| format!("coalesce({it}, '')")).collect::<Vec<_>>();
    let sql = format!(
        "SELECT coalesce(sum(n), 0) FROM (SELECT count(*) AS n FROM main.{table} GROUP BY {} \
         HAVING n > 1)",
        both.join(", ")
    );
    if !schema::is_there(connection, table)? {
        return Ok(None);
    }
    let rows: i64 = connection.query_row(&sql, [], |row| row.get(0))?;
    if rows > 0 {
        return Ok(Some(Fault::Duplicates { table, columns, rows: rows.unsigned_abs() }));
    }
    Ok((!keys::is_there(connection, key)).then_some(Fault::NoKey { table, columns }))
}

fn value_fault(connection: &Connection, expected: &Expected) -> Result<Option<Fault>> {
    let Expected { table, column, what, wrong } = *expected;
    let key = if table == "x509_cert" { "peername" } else { "filename" };
    let sql =
        format!("SELECT count(*), coalesce(min(quote({key})), '') FROM {table} WHERE {wrong}");
    let (rows, example): (i64, Vec<u8>) = connection
        .query_row(&sql, [], |row| Ok((row.get(0)?, super::value::stored(row, 1)?.into_owned())))?;
    Ok((rows > 0).then(|| Fault::BadValues {
        table,
        column,
        expected: what,
        rows: rows.unsigned_abs(),
        example: String::from_utf8_lossy(&example).into_owned(),
    }))
}
