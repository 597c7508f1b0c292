//! The unique keys of csync2's tables, and how a table that has lost its key gets it back.
//!
//! csync2 relies on what its text says about rows that are equal in a key, which an index cannot say.
//! So the table is made anew with that text. Of equal rows the one that was written last stays; a
//! forced mark stays forced. A key sees no two equal rows where there is a NULL, and neither does this.
use rusqlite::{Connection, Result};

/// A table, the columns of its key, and the others that csync2 makes.
pub(super) struct Key {
    pub(super) table: &'static str,
    pub(super) columns: &'static str,
    others: &'static [&'static str],
}

pub(super) const KEYS: [Key; 5] = [
    Key { table: "file", columns: "filename", others: &["checktxt"] },
    Key { table: "dirty", columns: "filename, peername", others: &["forced", "myname"] },
    Key { table: "hint", columns: "filename, recursive", others: &[] },
    Key { table: "action", columns: "filename, command", others: &["logfile"] },
    Key { table: "x509_cert", columns: "peername", others: &["certdata"] },
];

/// A column of a table that is there.
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: String,
}

/// Says whether a table that is there has the key.
pub(super) fn is_there(connection: &Connection, Key { table, columns, .. }: &Key) -> bool {
    let first = columns.split(", ").next().unwrap_or(columns);
    let probe = format!(
        "INSERT INTO main.{table} ({first}) VALUES (NULL) ON CONFLICT ({columns}) DO NOTHING"
    );
    // It is only prepared.
    connection.prepare(&probe).is_ok()
}

/// The statements that make the table of a key anew, as csync2's text `create` has it. It has these
/// columns by then; none of them is lost.
pub(super) fn repair(key: &Key, create: &str, columns: &[Column]) -> Vec<String> {
    let Key { table, columns: of_key, others } = key;
    let own: Vec<&str> = of_key.split(", ").chain(others.iter().copied()).collect();
    let is_own = |name: &str| own.iter().any(|own| own.eq_ignore_ascii_case(name));
    if !own.iter().all(|own| columns.iter().any(|it| it.name.eq_ignore_ascii_case(own))) {
        // It is no table of csync2's.
        return Vec::new();
    }
    let mut statements = Vec::new();
    if *table == "dirty" {
        statements.push(format!(
            "UPDATE dirty SET forced = 1 WHERE ({of_key}) IN (SELECT {of_key} FROM dirty WHERE forced \
             IS TRUE)"
        ));
    }
    statements.push(format!("ALTER TABLE {table} RENAME TO csync3_old_{table}"));
    statements.push(create.to_owned());
    for Column { name, kind } in columns.iter().filter(|it| !is_own(&it.name)) {
        statements.push(format!("ALTER TABLE {table} ADD COLUMN {} {kind}", quoted(name)));
    }
    let all: Vec<String> = columns.iter().map(|it| quoted(&it.name)).collect();
    let all = all.join(", ");
    statements.push(format!(
        "INSERT OR REPLACE INTO {table} ({all}) SELECT {all} FROM csync3_old_{table} ORDER BY rowid"
    ));
    statements.push(format!("DROP TABLE csync3_old_{table}"));
    statements
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The columns of a table of the file itself; none if there is no such table.
pub(super) fn columns(connection: &Connection, table: &str) -> Result<Vec<Column>> {
    connection
        .prepare("SELECT name, type FROM pragma_table_info(?1, 'main')")?
        .query_map([table], |row| Ok(Column { name: row.get(0)?, kind: row.get(1)? }))?
        .collect()
}
