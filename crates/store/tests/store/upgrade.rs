//! A database of csync3 0.1, which lacks the columns and the table that came later.
use crate::rows::{commit, dirty, mark, put};
use csync3_core::entry::Timestamp;
use csync3_store::row::{Change, PeerTotals};
use csync3_store::url::DatabaseUrl;
use csync3_store::{SqliteStore, Store};
use std::path::{Path, PathBuf};

/// What the first version of csync3 made of csync2's tables.
const FIRST: &str = "
    CREATE TABLE file (\tfilename, checktxt,\tUNIQUE ( filename ) ON CONFLICT REPLACE);
    CREATE TABLE dirty (\tfilename, forced, myname, peername,\tUNIQUE ( filename, peername ) ON CONFLICT IGNORE);
    CREATE TABLE hint (\tfilename, recursive,\tUNIQUE ( filename, recursive ) ON CONFLICT IGNORE);
    CREATE TABLE action (\tfilename, command, logfile,\tUNIQUE ( filename, command ) ON CONFLICT IGNORE);
    CREATE TABLE x509_cert (\tpeername, certdata,\tUNIQUE ( peername ) ON CONFLICT IGNORE);
    ALTER TABLE file ADD COLUMN mtime_ns INTEGER;
    ALTER TABLE file ADD COLUMN ctime_ns INTEGER;
    ALTER TABLE file ADD COLUMN inode INTEGER;
    ALTER TABLE file ADD COLUMN hash BLOB;
    ALTER TABLE file ADD COLUMN also TEXT;
    ALTER TABLE dirty ADD COLUMN generation INTEGER;
    INSERT INTO file VALUES ('/a', 'v1%3Amtime=1%3Atype=reg%3Asize=5', 1, 2, 3, NULL, NULL);
    INSERT INTO dirty VALUES ('/a', 1, 'me', 'n1', 77);
    INSERT INTO dirty VALUES ('/b', 0, 'me', 'n1', NULL);";

fn first_version(directory: &Path) -> PathBuf {
    let file = directory.join("node1.db3");
    rusqlite::Connection::open(&file).unwrap().execute_batch(FIRST).unwrap();
    file
}

fn open(file: &Path) -> SqliteStore {
    SqliteStore::open(&DatabaseUrl::of_file(file)).unwrap()
}

#[test]
fn a_database_of_the_first_version_is_upgraded_in_place() {
    let directory = tempfile::tempdir().unwrap();
    let file = first_version(directory.path());
    let store = open(&file);
    let rows = dirty(&store);
    assert_eq!((rows[0].generation.0, rows[0].forced), (Some(77), true));
    assert!(rows.iter().all(|row| row.since.is_none() && row.conflict.is_none()));
    let totals = store.totals().unwrap();
    assert_eq!((totals.objects, totals.files, totals.bytes), (1, 1, 5));
    let expected = PeerTotals { peer: "n1".into(), dirty: 2, forced: 1, ..PeerTotals::default() };
    assert_eq!(totals.peers, [expected]);
    let at = Timestamp { seconds: 5, nanos: 0 };
    let pushed = Change::Pushed { peer: "n1".into(), at, complete: true };
    commit(&store, [mark("/a", "n1"), pushed]);
    drop(store);
    let store = open(&file);
    assert!(dirty(&store)[0].since.is_some(), "what is marked from now on has an age");
    assert_eq!(store.totals().unwrap().peers[0].last_success, Some(at));
}

#[test]
fn the_first_version_can_go_on_with_an_upgraded_database() {
    let directory = tempfile::tempdir().unwrap();
    let file = first_version(directory.path());
    commit(&open(&file), [mark("/c", "n2")]);
    let older = rusqlite::Connection::open(&file).unwrap();
    let marked = older.execute(
        "INSERT INTO dirty (filename, forced, myname, peername, generation) \
         VALUES ('/c', 0, 'me', 'n2', 5) ON CONFLICT (filename, peername) DO UPDATE SET \
         generation = excluded.generation",
        [],
    );
    assert_eq!(marked, Ok(1));
    drop(older);
    let rows = dirty(&open(&file));
    assert_eq!(rows[2].generation.0, Some(5));
}

#[test]
fn the_version_is_another_one_once_somebody_else_has_written() {
    let directory = tempfile::tempdir().unwrap();
    let (ours, theirs) =
        (open(&directory.path().join("x.db3")), open(&directory.path().join("x.db3")));
    let first = ours.version().unwrap();
    assert_eq!(ours.version().unwrap(), first);
    commit(&theirs, [put("/a", "v1")]);
    let second = ours.version().unwrap();
    assert_ne!(second, first);
    assert_eq!(ours.version().unwrap(), second);
}
