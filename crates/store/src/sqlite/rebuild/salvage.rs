//! Reads what can be read of a damaged file.
//!
//! A table is read from both ends up to the damage. What is left is looked for by the entries of the
//! table's unique key, which SQLite keeps elsewhere in the file: each names a row, which is asked for
//! by itself. Where the row is gone the entry still says what was owed to whom.
//!
//! If the first page, which says where everything is, cannot be used, that of a new database is taken
//! in its place: csync2 and csync3 make the same tables in the same order, so they begin on the same
//! pages. What does not look like a row of csync2's is passed over then, as everywhere.
use super::super::value::Text;
use super::{Saved, create};
use crate::StoreError;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OpenFlags, Result, Row, params_from_iter};
use std::collections::HashSet;
use std::fs;
use std::path::Path;

/// The bytes of a page, as csync2 and csync3 make their files.
const PAGE: usize = 4_096;

/// A table to be saved.
struct Table {
    name: &'static str,
    columns: &'static [&'static str],
    /// The columns of its unique key, the first ones of an entry.
    key: &'static [&'static str],
    /// A row can be made of an entry of the key alone.
    by_key: bool,
    /// Holds for what can be a row, given a class for each of csync2's columns.
    fits: fn(&[Kind]) -> bool,
}

/// The class of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    Other,
}

const TABLES: [Table; 6] = [
    Table {
        name: "dirty",
        columns: &[
            "filename",
            "forced",
            "myname",
            "peername",
            "generation",
            "since_ns",
            "conflict_ns",
            "lineage",
        ],
        key: &["filename", "peername"],
        by_key: true,
        fits: |kinds| {
            matches!(kinds, [Kind::Text, Kind::Text | Kind::Number, Kind::Text, Kind::Text, ..])
        },
    },
    Table {
        name: "x509_cert",
        columns: &["peername", "certdata"],
        key: &["peername"],
        by_key: false,
        fits: |kinds| matches!(kinds, [Kind::Text, Kind::Text]),
    },
    Table {
        name: "hint",
        columns: &["filename", "recursive"],
        key: &["filename", "recursive"],
        by_key: true,
        fits: |kinds| matches!(kinds, [Kind::Text, Kind::Text | Kind::Number]),
    },
    Table {
        name: "action",
        columns: &["filename", "command", "logfile"],
        key: &["filename", "command"],
        by_key: false,
        fits: |kinds| matches!(kinds, [Kind::Text, Kind::Text, Kind::Text]),
    },
    Table {
        name: "csync3_peer",
        columns: &["peername", "success_ns", "failure_ns"],
        key: &["peername"],
        by_key: false,
        fits: |kinds| matches!(kinds, [Kind::Text, ..]),
    },
    Table {
        name: "file",
        columns: &[
            "filename", "checktxt", "mtime_ns", "ctime_ns", "inode", "hash", "also", "lineage",
        ],
        key: &["filename"],
        by_key: false,
        fits: |kinds| matches!(kinds, [Kind::Text, Kind::Text, ..]),
    },
];

/// Says whether a file is a whole database.
pub(super) fn is_sound(file: &Path) -> bool {
    let asked = open(file).and_then(|connection| {
        connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get::<_, String>(0))
    });
    asked.is_ok_and(|told| told == "ok")
}

/// Opens a copy. It may be written, which SQLite needs to take the `-wal` file into account.
fn open(file: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    // Cells are checked, so that garbage is an error and no row.
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get::<_, i64>(0))?;
    Ok(connection)
}

/// A copy of a damaged file that is read.
pub(super) struct Salvage {
    connection: Option<Connection>,
}

impl Salvage {
    /// Opens a copy; `patched` is a name for one with another first page.
    pub(super) fn of(copy: &Path, patched: &Path) -> Self {
        let usable = |connection: &Connection| {
            let tables = "SELECT count(*) FROM sqlite_master WHERE name IN ('file', 'dirty')";
            connection.query_row(tables, [], |row| row.get::<_, i64>(0)).is_ok_and(|it| it == 2)
        };
        let as_it_is = open(copy).ok().filter(usable);
        Self { connection: as_it_is.or_else(|| open_patched(copy, patched)) }
    }

    /// Makes a database of what can be read.
    pub(super) fn into(self, new: &Path) -> std::result::Result<Vec<Saved>, StoreError> {
        let session = create(new)?;
        let failed = |error| session.failed("rebuild", error);
        let mut saved = Vec::new();
        session.connection.execute_batch("BEGIN IMMEDIATE").map_err(failed)?;
        for table in &TABLES {
            let writer =
                Writer { new: &session.connection, table, seen: HashSet::new(), passed_over: 0 };
            saved.push(self.save(writer).map_err(failed)?);
        }
        session.connection.execute_batch("COMMIT").map_err(failed)?;
        session.connection.close().map_err(|(_, error)| failed_at(new, error))?;
        Ok(saved)
    }

    /// Saves a table. An error is one of the new file: those of the damaged one are what is expected.
    fn save(&self, mut writer: Writer<'_>) -> Result<Saved> {
        let table = writer.table;
        let mut saved = Saved { table: table.name, whole: 0, keys: 0, lost: 0, complete: false };
        let Some(damaged) = &self.connection else { return Ok(saved) };
        let list = columns(damaged, table);
        for way in ["ASC", "DESC"] {
            let sql = format!(
                "SELECT rowid, {list} FROM {} NOT INDEXED ORDER BY rowid {way}",
                table.name
            );
            let end = each(damaged, &sql, |row| writer.put(row, &mut saved.whole))?;
            if end {
                saved.lost = writer.passed_over;
                saved.complete = saved.lost == 0;
                return Ok(saved);
            }
        }
        let one = format!("SELECT rowid, {list} FROM {} NOT INDEXED WHERE rowid = ", table.name);
        for (rowid, key) in keys(damaged, table)? {
            if writer.seen.contains(&rowid) {
                continue;
            }
            each(damaged, &format!("{one}{rowid}"), |row| writer.put(row, &mut saved.whole))?;
            if writer.seen.contains(&rowid) {
                continue;
            }
            match writer.put_key(rowid, key)? {
                true => saved.keys += 1,
                false => saved.lost += 1,
            }
        }
        Ok(saved)
    }
}

fn failed_at(database: &Path, error: rusqlite::Error) -> StoreError {
    super::super::failure::store_error(database, "rebuild", error)
}

/// Puts rows into the new database, each once.
struct Writer<'a> {
    new: &'a Connection,
    table: &'a Table,
    seen: HashSet<i64>,
    /// What does not look like a row.
    passed_over: u64,
}

impl Writer<'_> {
    /// Takes a row over as it is, if it looks like one.
    fn put(&mut self, row: &Row<'_>, count: &mut u64) -> Result<()> {
        let Ok(rowid) = row.get::<_, i64>(0) else { return Ok(()) };
        let width = self.table.columns.len();
        let values: Vec<ValueRef<'_>> =
            (1..=width).map(|at| row.get_ref(at).unwrap_or(ValueRef::Null)).collect();
        let kinds: Vec<Kind> = values.iter().map(kind).collect();
        if !(self.table.fits)(&kinds) {
            self.passed_over += 1;
            return Ok(());
        }
        if !self.seen.insert(rowid) {
            return Ok(());
        }
        // A hint is told from a later one by its rowid.
        let columns = self.table.columns;
        let marks: Vec<String> = (1..=width + 1).map(|at| format!("?{at}")).collect();
        let sql = format!(
            "INSERT OR IGNORE INTO {} (rowid, {}) VALUES ({})",
            self.table.name,
            columns.join(", "),
            marks.join(", ")
        );
        let texts = values.iter().map(|value| Raw(*value));
        let all = std::iter::once(Raw(ValueRef::Integer(rowid))).chain(texts);
        let written = self.new.prepare_cached(&sql)?.execute(params_from_iter(all))?;
        *count += written as u64;
        Ok(())
    }

    /// Makes a row of the entry of a key; says whether that can be done.
    fn put_key(&mut self, rowid: i64, key: Vec<Value>) -> Result<bool> {
        self.seen.insert(rowid);
        let is_text = matches!(key.first(), Some(Value::Text(_) | Value::Blob(_)));
        if !self.table.by_key || !is_text {
            return Ok(false);
        }
        let bytes = |value: &Value| match value {
            Value::Text(text) => text.clone().into_bytes(),
            Value::Blob(bytes) => bytes.clone(),
            Value::Integer(number) => number.to_string().into_bytes(),
            Value::Real(_) | Value::Null => Vec::new(),
        };
        let (first, second) = (bytes(&key[0]), bytes(&key[1]));
        // The name of this host towards the peer is that of the peer's other rows.
        let sql = match self.table.name {
            "dirty" => {
                "INSERT OR IGNORE INTO dirty (filename, forced, myname, peername) VALUES (?1, 0, \
                 coalesce((SELECT myname FROM dirty WHERE peername = ?2 LIMIT 1), ''), ?2)"
            }
            _ => {
                "INSERT OR IGNORE INTO hint (filename, recursive) VALUES (?1, CAST(?2 AS INTEGER))"
            }
        };
        let written = self.new.prepare_cached(sql)?.execute([Text(first), Text(second)])?;
        Ok(written == 1)
    }
}

/// A value as it is, text that is no UTF-8 included.
struct Raw<'a>(ValueRef<'a>);

impl rusqlite::ToSql for Raw<'_> {
    fn to_sql(&self) -> Result<rusqlite::types::ToSqlOutput<'_>> {
        Ok(rusqlite::types::ToSqlOutput::Borrowed(self.0))
    }
}

fn kind(value: &ValueRef<'_>) -> Kind {
    match value {
        ValueRef::Text(_) => Kind::Text,
        ValueRef::Integer(_) => Kind::Number,
        _ => Kind::Other,
    }
}

/// The columns to select; NULL for those that the table does not have.
fn columns(damaged: &Connection, table: &Table) -> String {
    let there = super::super::schema::columns(damaged, table.name).unwrap_or_default();
    let is_there = |column: &&str| there.iter().any(|it| it.eq_ignore_ascii_case(column));
    let list = table.columns.iter().map(|column| if is_there(column) { *column } else { "NULL" });
    list.collect::<Vec<_>>().join(", ")
}

/// Hands rows over until the damage; says whether there was none.
fn each(
    damaged: &Connection,
    sql: &str,
    mut take: impl FnMut(&Row<'_>) -> Result<()>,
) -> Result<bool> {
    let Ok(mut select) = damaged.prepare(sql) else { return Ok(false) };
    let Ok(mut rows) = select.query([]) else { return Ok(false) };
    loop {
        match rows.next() {
            Ok(Some(row)) => take(row)?,
            Ok(None) => return Ok(true),
            Err(_) => return Ok(false),
        }
    }
}

/// The entries of a table's key, as far as they can be read from either end: rowid and values.
fn keys(damaged: &Connection, table: &Table) -> Result<Vec<(i64, Vec<Value>)>> {
    let (mut found, mut seen) = (Vec::new(), HashSet::new());
    let width = table.key.len();
    for way in ["ASC", "DESC"] {
        let order: Vec<String> = table.key.iter().map(|column| format!("{column} {way}")).collect();
        let sql = format!(
            "SELECT rowid, {} FROM {} INDEXED BY sqlite_autoindex_{}_1 ORDER BY {}",
            table.key.join(", "),
            table.name,
            table.name,
            order.join(", ")
        );
        let end = each(damaged, &sql, |row| {
            let Ok(rowid) = row.get::<_, i64>(0) else { return Ok(()) };
            if seen.insert(rowid) {
                found.push((rowid, (1..=width).map(|at| value(row, at)).collect()));
            }
            Ok(())
        })?;
        if end {
            break;
        }
    }
    Ok(found)
}

/// A value; a text as its bytes, because it need not be UTF-8.
fn value(row: &Row<'_>, column: usize) -> Value {
    match row.get_ref(column) {
        Ok(ValueRef::Text(bytes) | ValueRef::Blob(bytes)) => Value::Blob(bytes.to_vec()),
        Ok(ValueRef::Integer(number)) => Value::Integer(number),
        _ => Value::Null,
    }
}

/// Opens a copy in which the first page is that of a new database.
fn open_patched(copy: &Path, patched: &Path) -> Option<Connection> {
    let mut bytes = fs::read(copy).ok()?;
    let pages = u32::try_from(bytes.len() / PAGE).ok().filter(|pages| *pages > 1)?;
    let session = create(patched).ok()?;
    session.connection.close().ok()?;
    let new = fs::read(patched).ok()?;
    bytes[..PAGE].copy_from_slice(new.get(..PAGE)?);
    // The count of pages, no list of free ones.
    bytes[28..32].copy_from_slice(&pages.to_be_bytes());
    bytes[32..40].fill(0);
    // What the `-wal` file holds belongs to the page that is gone.
    fs::write(patched, bytes).ok()?;
    open(patched).ok()
}
