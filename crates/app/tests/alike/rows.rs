//! What csync2's tables hold, in the columns that csync2 knows.
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use std::collections::BTreeMap;
use std::path::Path;

const TABLES: [(&str, &str); 5] = [
    ("action", "filename, command, logfile"),
    ("dirty", "filename, forced, myname, peername"),
    ("file", "filename, checktxt"),
    ("hint", "filename, recursive"),
    ("x509_cert", "peername, certdata"),
];

/// The rows of each table, sorted; names as they are stored, encoded.
pub(crate) type Rows = BTreeMap<&'static str, Vec<String>>;

/// The rows of a database; `None` if there is no such file.
pub(crate) fn of(file: &Path) -> Option<Rows> {
    if !file.exists() {
        return None;
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
    let database = Connection::open_with_flags(file, flags).expect("a database");
    let table = |&(table, columns): &(&'static str, &str)| {
        (table, rows(&database, &format!("SELECT {columns} FROM {table}")))
    };
    Some(TABLES.iter().map(table).collect())
}

fn rows(database: &Connection, query: &str) -> Vec<String> {
    let mut statement = database.prepare(query).expect("csync2's tables");
    let columns = statement.column_count();
    let line = |row: &rusqlite::Row<'_>| {
        let values = (0..columns).map(|column| row.get_ref(column).map(shown));
        Ok(values.collect::<Result<Vec<_>, _>>()?.join(" "))
    };
    let lines = statement.query_map([], line).expect("a query without parameters");
    let mut lines: Vec<String> = lines.collect::<Result<_, _>>().expect("readable rows");
    lines.sort();
    lines
}

/// A value, its storage class included: csync2 compares text with text.
fn shown(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "NULL".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => format!("real {number}"),
        ValueRef::Text(text) => format!("'{}'", text.escape_ascii()),
        ValueRef::Blob(bytes) => format!("blob '{}'", bytes.escape_ascii()),
    }
}
