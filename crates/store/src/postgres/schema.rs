//! The tables: csync2's own, and what csync3 adds to them.
//!
//! # Invariants
//! * csync2's tables are made with csync2's columns and keys; a csync2 that opens the database later
//!   finds what it would have made itself.
//! * Additions are nullable columns without a default, tables whose names begin with `csync3_`, and
//!   indexes.
//! * A key that is missing is added, after rows that are equal in it have been made one.
//!
//! # Source
//! csync2 2.1 `db_postgres.c`; `spec/state.md` 2, verified.
use super::connect::transaction;
use super::read::ORDER;
use crate::upkeep::Fault;
use futures_util::future::{try_join_all, try_join3};
use tokio_postgres::{Client, Error, SimpleQueryMessage};

const TABLES: [(&str, &str); 6] = [
    ("file", "filename TEXT NOT NULL, checktxt TEXT NOT NULL, UNIQUE (filename)"),
    (
        "dirty",
        "filename TEXT NOT NULL, forced INTEGER NOT NULL, myname TEXT NOT NULL, \
         peername TEXT NOT NULL, UNIQUE (filename,peername)",
    ),
    ("hint", "filename TEXT NOT NULL, recursive INTEGER NOT NULL"),
    (
        "action",
        "filename TEXT NOT NULL, command TEXT NOT NULL, logfile TEXT NOT NULL, \
         UNIQUE (filename,command)",
    ),
    ("x509_cert", "peername TEXT NOT NULL, certdata TEXT NOT NULL, UNIQUE (peername)"),
    (
        "csync3_peer",
        "peername TEXT NOT NULL, success_ns BIGINT, failure_ns BIGINT, UNIQUE (peername)",
    ),
];

const ADDED: [(&str, &str); 7] = [
    ("file", "mtime_ns BIGINT"),
    ("file", "ctime_ns BIGINT, inode BIGINT, hash BYTEA, also TEXT"),
    ("dirty", "generation BIGINT"),
    ("dirty", "since_ns BIGINT, conflict_ns BIGINT"),
    ("hint", "number BIGINT"),
    ("file", "lineage BYTEA"),
    ("dirty", "lineage BYTEA"),
];

/// A unique key of csync2's, and how to make rows that are equal in it one.
struct Key {
    table: &'static str,
    columns: &'static str,
    /// What the one row keeps of the others: a condition that holds for `a`, which goes, beside `b`.
    worse: &'static str,
}

const KEYS: [Key; 4] = [
    Key { table: "file", columns: "filename", worse: "a.filename = b.filename" },
    Key {
        table: "dirty",
        columns: "filename, peername",
        worse: "a.filename = b.filename AND a.peername = b.peername",
    },
    Key {
        table: "action",
        columns: "filename, command",
        worse: "a.filename = b.filename AND a.command = b.command",
    },
    Key { table: "x509_cert", columns: "peername", worse: "a.peername = b.peername" },
];

/// The index that has the rows of one peer in order.
const PEERS: &str = "csync3_dirty_peer";

/// The indexes that csync3 adds, each with what it is on, in the order of bytes. Where texts compare
/// so by themselves csync2's own keys do for the last two.
fn indexes(bytewise: bool) -> Vec<(&'static str, String)> {
    let order = ORDER[usize::from(bytewise)];
    let mut indexes = vec![(PEERS, format!("dirty (peername{order}, filename{order})"))];
    if !bytewise {
        indexes.push(("csync3_file_order", format!("file (filename{order})")));
        indexes.push(("csync3_dirty_order", format!("dirty (filename{order}, peername{order})")));
    }
    indexes
}

/// Makes what is missing; says whether texts compare by their bytes without being told.
pub(super) async fn ensure(client: &Client) -> Result<bool, Error> {
    if !complete(client).await {
        let begin = "BEGIN ISOLATION LEVEL SERIALIZABLE";
        match transaction(client, begin, async |client| add(client).await).await {
            // Another process has just done it.
            Err(_) if complete(client).await => {}
            made => made?,
        }
    }
    let keys = try_join_all(KEYS.iter().map(|key| has_key(client, key)));
    // A server that cannot tell makes it again below, which does nothing if it is there.
    let peers = async { Ok(has_index(client, PEERS).await.unwrap_or(false)) };
    let (keys, bytewise, peers) = try_join3(keys, is_bytewise(client), peers).await?;
    for (key, _) in KEYS.iter().zip(keys).filter(|(_, is_there)| !is_there) {
        add_key(client, key).await?;
    }
    if bytewise && peers {
        return Ok(bytewise);
    }
    for (name, on) in indexes(bytewise) {
        // To make it anew would wait for everybody who writes, even if it is there.
        if !has_index(client, name).await.unwrap_or(false) {
            client.batch_execute(&format!("CREATE INDEX IF NOT EXISTS {name} ON {on}")).await?;
        }
    }
    Ok(bytewise)
}

/// Asks for every column that is needed.
async fn complete(client: &Client) -> bool {
    let sql = "SELECT filename, checktxt, mtime_ns, ctime_ns, inode, hash, also, lineage FROM file LIMIT 0; \
        SELECT filename, forced, myname, peername, generation, since_ns, conflict_ns, lineage FROM dirty \
        LIMIT 0; SELECT filename, recursive, number FROM hint LIMIT 0; \
        SELECT filename, command, logfile FROM action LIMIT 0; \
        SELECT peername, certdata FROM x509_cert LIMIT 0; \
        SELECT peername, success_ns, failure_ns FROM csync3_peer LIMIT 0";
    client.batch_execute(sql).await.is_ok()
}

async fn add(client: &Client) -> Result<(), Error> {
    for (table, columns) in TABLES {
        client.batch_execute(&format!("CREATE TABLE IF NOT EXISTS {table} ({columns})")).await?;
    }
    for (table, columns) in ADDED {
        for column in columns.split(", ") {
            let sql = format!("ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {column}");
            client.batch_execute(&sql).await?;
        }
    }
    Ok(())
}

async fn has_index(client: &Client, name: &str) -> Result<bool, Error> {
    let asked = format!(
        "SELECT 1 FROM pg_indexes WHERE indexname = '{name}' \
         AND schemaname = ANY(current_schemas(false))"
    );
    let found = client.simple_query(&asked).await?;
    Ok(found.iter().any(|it| matches!(it, SimpleQueryMessage::Row(_))))
}

/// Adds a key that is missing.
async fn add_key(client: &Client, key: &Key) -> Result<(), Error> {
    let table = key.table;
    let sql = format!("BEGIN; LOCK TABLE {table}; {}; COMMIT", repair(key).join("; "));
    let made = client.batch_execute(&sql).await;
    if made.is_err() {
        // It may be over already.
        let _ = client.batch_execute("ROLLBACK").await;
    }
    made
}

/// Says whether there is a key: writing nothing already needs it.
async fn has_key(client: &Client, Key { table, columns, .. }: &Key) -> Result<bool, Error> {
    let probe = format!(
        "INSERT INTO {table} SELECT * FROM {table} WHERE false ON CONFLICT ({columns}) DO NOTHING"
    );
    match client.batch_execute(&probe).await {
        Err(error) if is(&error, "42P10") => Ok(false),
        there => there.map(|()| true),
    }
}

/// The statements that make equal rows one and add the key.
fn repair(Key { table, columns, worse }: &Key) -> Vec<String> {
    let mut statements = Vec::new();
    if *table == "dirty" {
        statements.push(
            "UPDATE dirty a SET forced = 1 WHERE EXISTS (SELECT 1 FROM dirty b WHERE \
             a.filename = b.filename AND a.peername = b.peername AND b.forced <> 0)"
                .to_owned(),
        );
    }
    // Of equal rows the one that was written last stays; a forced mark stays forced.
    statements
        .push(format!("DELETE FROM {table} a USING {table} b WHERE {worse} AND a.ctid < b.ctid"));
    statements.push(format!("CREATE UNIQUE INDEX csync3_{table}_key ON {table} ({columns})"));
    statements
}

/// Gives back what nothing uses any more.
pub(super) async fn vacuum(client: &Client) -> Result<(), Error> {
    for (table, _) in TABLES {
        // Each by itself: it is allowed in no transaction.
        match client.batch_execute(&format!("VACUUM ANALYZE {table}")).await {
            Err(error) if is_missing_table(&error) => {}
            done => done?,
        }
    }
    Ok(())
}

/// Says whether a statement failed because its table is not there.
fn is_missing_table(error: &Error) -> bool {
    is(error, "42P01")
}

fn is(error: &Error, code: &str) -> bool {
    error.code().is_some_and(|told| told.code() == code)
}

/// What [`ensure`] would do, as SQL. Writes nothing.
pub(super) async fn missing(client: &Client) -> Result<Vec<String>, Error> {
    let mut statements = Vec::new();
    let mut there = Vec::new();
    for (table, columns) in TABLES {
        match client.batch_execute(&format!("SELECT 1 FROM {table} LIMIT 0")).await {
            Err(error) if is_missing_table(&error) => {
                statements.push(format!("CREATE TABLE {table} ({columns})"));
            }
            found => {
                found?;
                there.push(table);
            }
        }
    }
    for (table, columns) in ADDED {
        for column in columns.split(", ") {
            let name = column.split(' ').next().unwrap_or(column);
            let asked = client.batch_execute(&format!("SELECT {name} FROM {table} LIMIT 0")).await;
            match asked {
                Err(error) if is(&error, "42703") || is_missing_table(&error) => {
                    statements.push(format!("ALTER TABLE {table} ADD COLUMN {column}"));
                }
                found => found?,
            }
        }
    }
    for key in KEYS.iter().filter(|key| there.contains(&key.table)) {
        if !has_key(client, key).await? {
            statements.extend(repair(key));
        }
    }
    for (name, on) in indexes(is_bytewise(client).await?) {
        if !has_index(client, name).await? {
            statements.push(format!("CREATE INDEX {name} ON {on}"));
        }
    }
    Ok(statements)
}

/// Missing keys, and rows that are equal in one. Writes nothing.
pub(super) async fn faults(client: &Client) -> Result<Vec<Fault>, Error> {
    let mut found = Vec::new();
    for key in &KEYS {
        let Key { table, columns, .. } = key;
        let has = match has_key(client, key).await {
            Err(error) if is_missing_table(&error) => true,
            has => has?,
        };
        if has {
            continue;
        }
        found.push(Fault::NoKey { table, columns });
        let sql = format!(
            "SELECT CAST(coalesce(sum(n), 0) AS BIGINT) FROM (SELECT count(*) AS n FROM {table} \
             GROUP BY {columns} HAVING count(*) > 1) AS equal"
        );
        let rows: i64 = client.query_typed_one(&sql, &[]).await?.try_get(0)?;
        if rows > 0 {
            found.push(Fault::Duplicates { table, columns, rows: rows.unsigned_abs() });
        }
    }
    Ok(found)
}

/// Whether the database orders texts by their bytes.
async fn is_bytewise(client: &Client) -> Result<bool, Error> {
    let answer = client.simple_query("SELECT 'B' < 'a' AND 'a b' < 'a#' AND 'a-c' < 'ab'").await?;
    Ok(answer.iter().any(|message| match message {
        SimpleQueryMessage::Row(row) => matches!(row.get(0), Some("t" | "true")),
        _ => false,
    }))
}
