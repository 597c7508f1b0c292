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

const ADDED: [(&str, &str); 5] = [
    ("file", "mtime_ns BIGINT"),
    ("file", "ctime_ns BIGINT, inode BIGINT, hash BYTEA, also TEXT"),
    ("dirty", "generation BIGINT"),
    ("dirty", "since_ns BIGINT, conflict_ns BIGINT"),
    ("hint", "number BIGINT"),
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
    for key in &KEYS {
        ensure_key(client, key).await?;
    }
    let bytewise = is_bytewise(client).await?;
    let order = ORDER[usize::from(bytewise)];
    let index = "CREATE INDEX IF NOT EXISTS";
    let mut sql = format!("{index} csync3_dirty_peer ON dirty (peername{order}, filename{order});");
    if !bytewise {
        sql.push_str(&format!(
            "{index} csync3_file_order ON file (filename{order}); \
             {index} csync3_dirty_order ON dirty (filename{order}, peername{order})"
        ));
    }
    client.batch_execute(&sql).await?;
    Ok(bytewise)
}

/// Asks for every column that is needed.
async fn complete(client: &Client) -> bool {
    let sql = "SELECT filename, checktxt, mtime_ns, ctime_ns, inode, hash, also FROM file LIMIT 0; \
        SELECT filename, forced, myname, peername, generation, since_ns, conflict_ns FROM dirty \
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

/// Adds a key if there is none: writing nothing already needs it.
async fn ensure_key(client: &Client, key: &Key) -> Result<(), Error> {
    let Key { table, columns, worse } = key;
    let probe = format!(
        "INSERT INTO {table} SELECT * FROM {table} WHERE false ON CONFLICT ({columns}) DO NOTHING"
    );
    match client.batch_execute(&probe).await {
        Err(error) if error.code().is_some_and(|code| code.code() == "42P10") => {}
        there => return there,
    }
    // Of equal rows the one that was written last stays; a forced mark stays forced.
    let forced = match *table {
        "dirty" => {
            "UPDATE dirty a SET forced = 1 WHERE EXISTS (SELECT 1 FROM dirty b WHERE \
             a.filename = b.filename AND a.peername = b.peername AND b.forced <> 0);"
        }
        _ => "",
    };
    let sql = format!(
        "BEGIN; LOCK TABLE {table}; {forced} DELETE FROM {table} a USING {table} b \
         WHERE {worse} AND a.ctid < b.ctid; \
         CREATE UNIQUE INDEX csync3_{table}_key ON {table} ({columns}); COMMIT"
    );
    let made = client.batch_execute(&sql).await;
    if made.is_err() {
        // It may be over already.
        let _ = client.batch_execute("ROLLBACK").await;
    }
    made
}

/// Whether the database orders texts by their bytes.
async fn is_bytewise(client: &Client) -> Result<bool, Error> {
    let answer = client.simple_query("SELECT 'B' < 'a' AND 'a b' < 'a#' AND 'a-c' < 'ab'").await?;
    Ok(answer.iter().any(|message| match message {
        SimpleQueryMessage::Row(row) => matches!(row.get(0), Some("t" | "true")),
        _ => false,
    }))
}
