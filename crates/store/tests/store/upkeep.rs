//! A database as a whole: what is wrong with it, what it lacks, and how it gets smaller.
use crate::rows::{commit, dirty, files, hint, hints, mark, owed, put};
use crate::server::{Mysql, Postgres, Server};
use csync3_store::credentials::Environment;
use csync3_store::row::{Change, Scope};
use csync3_store::upkeep::{Fault, Upkeep, upkeep};
use csync3_store::url::DatabaseUrl;
use csync3_store::{SqliteStore, Store, StoreError};
use std::fs;
use std::path::{Path, PathBuf};

/// What csync2 makes.
const OLD: &str = "
    CREATE TABLE file (\tfilename, checktxt,\tUNIQUE ( filename ) ON CONFLICT REPLACE);
    CREATE TABLE dirty (\tfilename, forced, myname, peername,\tUNIQUE ( filename, peername ) ON CONFLICT IGNORE);
    CREATE TABLE hint (\tfilename, recursive,\tUNIQUE ( filename, recursive ) ON CONFLICT IGNORE);
    CREATE TABLE action (\tfilename, command, logfile,\tUNIQUE ( filename, command ) ON CONFLICT IGNORE);
    CREATE TABLE x509_cert (\tpeername, certdata,\tUNIQUE ( peername ) ON CONFLICT IGNORE);
    INSERT INTO file VALUES ('/a', 'v1'); INSERT INTO dirty VALUES ('/a', 0, 'me', 'p');";

fn of(file: &Path) -> Box<dyn Upkeep> {
    upkeep(&DatabaseUrl::of_file(file), &Environment::default()).unwrap()
}

fn raw(file: &Path, sql: &str) {
    rusqlite::Connection::open(file).unwrap().execute_batch(sql).unwrap();
}

fn old(directory: &Path) -> PathBuf {
    let file = directory.join("x.db3");
    raw(&file, OLD);
    file
}

#[test]
fn an_upgrade_is_shown_before_it_is_made_and_listing_needs_none() {
    let directory = tempfile::tempdir().unwrap();
    let file = old(directory.path());
    let before = fs::read(&file).unwrap();
    let mut upkeep = of(&file);
    let statements = upkeep.missing().unwrap();
    assert!(statements.contains(&"ALTER TABLE dirty ADD COLUMN generation INTEGER".to_owned()));
    assert!(statements.contains(&"PRAGMA journal_mode=WAL".to_owned()), "{statements:?}");
    assert_eq!(statements.len(), 12, "{statements:?}");
    assert_eq!(upkeep.faults().unwrap(), []);
    let store = upkeep.listing().unwrap().unwrap();
    assert_eq!(
        (files(&*store, &Scope::All).len(), owed(&dirty(&*store))),
        (1, vec!["/a>p".into()])
    );
    assert!(dirty(&*store)[0].generation.0.is_none(), "it is not written");
    assert!(store.commit(vec![mark("/b", "p")]).is_err());
    drop(store);
    assert_eq!(fs::read(&file).unwrap(), before);
    drop(SqliteStore::open(&DatabaseUrl::of_file(&file)).unwrap());
    assert_eq!(of(&file).missing().unwrap(), Vec::<String>::new());
}

#[test]
fn what_nobody_should_have_written_is_found() {
    let directory = tempfile::tempdir().unwrap();
    let file = old(directory.path());
    raw(
        &file,
        "INSERT INTO file VALUES (NULL, 'v1'), (NULL, 'v1'), (7, 'v1'), (x'61', 'v1');
         INSERT INTO dirty VALUES ('/c', 'yes', 'me', 'p');
         DROP TABLE action; CREATE TABLE action (filename, command, logfile);
         INSERT INTO action VALUES ('/a', 'x', ''), ('/a', 'x', '');
         DROP TABLE x509_cert; CREATE TABLE x509_cert (peername, certdata);",
    );
    let faults = of(&file).faults().unwrap();
    let equal = |table, columns| Fault::Duplicates { table, columns, rows: 2 };
    let bad = |table, column, expected, rows, example: &str| Fault::BadValues {
        table,
        column,
        expected,
        rows,
        example: example.into(),
    };
    assert_eq!(
        faults,
        [
            equal("file", "filename"),
            equal("action", "filename, command"),
            Fault::NoKey { table: "x509_cert", columns: "peername" },
            bad("file", "filename", "a text", 4, "7"),
            bad("dirty", "forced", "0 or 1", 1, "'/c'"),
        ]
    );
}

#[test]
fn a_table_that_has_lost_its_key_gets_it_back_and_keeps_the_newest_rows() {
    let directory = tempfile::tempdir().unwrap();
    let file = old(directory.path());
    raw(
        &file,
        "DROP TABLE file; CREATE TABLE file (filename, checktxt, new TEXT);
         INSERT INTO file VALUES ('/b', 'v1', 'x'), ('/a', 'v1', 'x'), ('/b', 'v2', 'y');
         DROP TABLE dirty; CREATE TABLE dirty (filename, forced, myname, peername);
         INSERT INTO dirty VALUES ('/a', 1, 'old', 'p'), ('/a', 0, 'me', 'p'), ('/a', 0, 'me', 'q'),
            ('/b', 0, 'me', 'p');
         DROP TABLE hint; CREATE TABLE hint (filename, recursive);
         INSERT INTO hint VALUES ('/h', 1), ('/g', 0), ('/h', 1);",
    );
    let statements = of(&file).missing().unwrap();
    let told = |part: &str| statements.iter().any(|sql| sql.contains(part));
    assert!(told("INSERT OR REPLACE INTO dirty") && told("UNIQUE ( filename, peername )"));
    assert!(!told("INSERT OR REPLACE INTO action"), "{statements:?}");
    let store = SqliteStore::open(&DatabaseUrl::of_file(&file)).unwrap();
    assert_eq!(owed(&dirty(&store)), ["/a>p!", "/a>q", "/b>p"]);
    assert_eq!(dirty(&store)[0].myname, "me");
    assert_eq!(crate::rows::file_names(&store, &Scope::All), ["/a", "/b"]);
    assert_eq!(files(&store, &Scope::All)[1].recorded.checktxt, b"v2");
    assert_eq!(hints(&store), [hint("/g", false), hint("/h", true)]);
    commit(&store, [put("/a", "v3"), mark("/a", "p"), Change::AddHint(hint("/h", true))]);
    drop(store);
    assert_eq!((of(&file).missing().unwrap(), of(&file).faults().unwrap()), (vec![], vec![]));
    // csync2's own statements do what they did, and nothing that somebody else added is lost.
    raw(
        &file,
        "INSERT INTO hint VALUES ('/h', 1); INSERT INTO file (filename, checktxt, new) VALUES ('/b', 'v4', 'z')",
    );
    let found: i64 = rusqlite::Connection::open(&file)
        .unwrap()
        .query_row("SELECT count(*) FROM file WHERE new IN ('x', 'z')", [], |row| row.get(0))
        .unwrap();
    assert_eq!(found, 2);
}

#[test]
fn a_database_that_is_not_there_is_not_made() {
    let directory = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::of_file(&directory.path().join("none.db3"));
    let error = upkeep(&url, &Environment::default()).map(|_| ()).unwrap_err();
    assert!(matches!(error, StoreError::Open { .. }), "{error:?}");
    assert!(SqliteStore::open(&url.expected()).is_err());
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn a_vacuum_gives_space_back_and_keeps_every_row() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("x.db3");
    let store = SqliteStore::open(&DatabaseUrl::of_file(&file)).unwrap();
    let names: Vec<_> = (0..5_000).map(|number| format!("/{number:04}")).collect();
    commit(&store, names.iter().map(|name| put(name, "v1")).collect::<Vec<_>>());
    let all = [hint("/b", true), hint("/a", false)];
    commit(&store, all.clone().map(Change::AddHint));
    let drops = names[10..].iter().map(|name| Change::DropFile(crate::rows::name(name)));
    commit(&store, drops.collect::<Vec<_>>());
    store.flush().unwrap();
    let before = store.totals().unwrap();
    // Others may have it open.
    of(&file).vacuum().unwrap();
    assert_eq!(store.totals().unwrap(), before);
    assert_eq!(hints(&store), all);
    drop(store);
    assert!(fs::metadata(&file).unwrap().len() < 100_000);
    assert_eq!(of(&file).faults().unwrap(), []);
}

#[test]
fn a_database_on_postgresql_is_looked_at_before_it_is_upgraded() {
    let server = Postgres::start();
    let url = |name: &str| DatabaseUrl::decide(Some(&server.url(name)), None, "n", None).unwrap();
    let none = upkeep(&url("none"), &Environment::default()).map(|_| ()).unwrap_err();
    assert!(matches!(none, StoreError::Connect { .. }), "{none:?}");
    server.sql("", "CREATE DATABASE old").unwrap();
    server
        .sql(
            "old",
            "CREATE TABLE file (filename TEXT NOT NULL, checktxt TEXT NOT NULL); \
             INSERT INTO file VALUES ('/a', 'v1'), ('/a', 'v2'), ('/b', 'v1')",
        )
        .unwrap();
    let mut old = upkeep(&url("old"), &Environment::default()).unwrap();
    let columns = "filename";
    assert_eq!(
        old.faults().unwrap(),
        [
            Fault::NoKey { table: "file", columns },
            Fault::Duplicates { table: "file", columns, rows: 2 }
        ]
    );
    let statements = old.missing().unwrap();
    assert!(statements[0].starts_with("CREATE TABLE dirty"), "{statements:?}");
    assert!(statements.contains(&"ALTER TABLE file ADD COLUMN hash BYTEA".to_owned()));
    let key = "CREATE UNIQUE INDEX csync3_file_key ON file (filename)";
    assert!(statements.iter().any(|sql| sql == key), "{statements:?}");
    assert!(old.listing().unwrap().is_none());
    assert_eq!(server.sql("old", "SELECT count(*) FROM file").unwrap(), "3", "nothing was written");
    // Somebody can run them by hand; then nothing is missing.
    for sql in &statements {
        server.sql("old", sql).unwrap();
    }
    assert_eq!((old.missing().unwrap(), old.faults().unwrap()), (vec![], vec![]));
    assert_eq!(files(&*old.listing().unwrap().unwrap(), &Scope::All).len(), 2);
    old.vacuum().unwrap();
}

#[test]
fn a_database_on_mariadb_is_looked_at_before_it_is_upgraded() {
    let server = Mysql::start();
    let url = |name: &str| DatabaseUrl::decide(Some(&server.url(name)), None, "n", None).unwrap();
    let none = upkeep(&url("none"), &Environment::default()).map(|_| ()).unwrap_err();
    assert!(matches!(none, StoreError::Connect { .. }), "{none:?}");
    server.sql("", "CREATE DATABASE old").unwrap();
    let made = "CREATE TABLE file (filename TEXT NOT NULL, checktxt TEXT NOT NULL); \
        INSERT INTO file VALUES ('/a', 'v1'), ('/a', 'v2'), ('/A', 'v1')";
    server.sql("old", made).unwrap();
    let mut old = upkeep(&url("old"), &Environment::default()).unwrap();
    let columns = "filename";
    assert_eq!(
        old.faults().unwrap(),
        [
            Fault::NoKey { table: "file", columns },
            Fault::Duplicates { table: "file", columns, rows: 2 }
        ]
    );
    let statements = old.missing().unwrap();
    assert!(statements.iter().any(|sql| sql.starts_with("CREATE TABLE dirty")), "{statements:?}");
    assert!(old.listing().unwrap().is_none());
    assert_eq!(server.sql("old", "SELECT count(*) FROM file").unwrap(), "3", "nothing was written");
    for sql in &statements {
        server.sql("old", sql).unwrap();
    }
    assert_eq!((old.missing().unwrap(), old.faults().unwrap()), (vec![], vec![]));
    assert_eq!(files(&*old.listing().unwrap().unwrap(), &Scope::All).len(), 2);
    old.vacuum().unwrap();
}
