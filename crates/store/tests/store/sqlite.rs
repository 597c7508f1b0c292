//! What only a store with a file can do wrong.
use crate::processes::again;
use crate::rows::{
    checked, commit, dirty, file_names, files, hint, mark, name, owed, put, recorded,
};
use csync3_store::row::{Change, Generation, Scope};
use csync3_store::url::DatabaseUrl;
use csync3_store::{SqliteStore, Store, StoreError};
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

fn file_in(directory: &Path) -> PathBuf {
    directory.join("node1.db3")
}

pub(crate) fn open(directory: &Path) -> SqliteStore {
    SqliteStore::open(&DatabaseUrl::of_file(&file_in(directory))).unwrap()
}

/// Another program on the same database.
fn raw(directory: &Path) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open(file_in(directory)).unwrap();
    connection.busy_timeout(Duration::from_secs(5)).unwrap();
    connection
}

fn refused(url: &str) -> StoreError {
    let url = DatabaseUrl::decide(Some(url), None, "node1", None).unwrap();
    SqliteStore::open(&url).map(|_| ()).expect_err("nothing to open")
}

#[test]
fn a_missing_directory_is_named_with_its_remedy() {
    let directory = tempfile::tempdir().unwrap();
    let missing = directory.path().join("no/such").display().to_string();
    let error = refused(&missing);
    assert!(matches!(error, StoreError::NoDirectory { .. }), "{error:?}");
    let message = error.to_string();
    assert!(message.contains(&format!("no directory {missing} (create it")), "{message}");
    let two_slashes = refused("sqlite3://no/such/x.db3").to_string();
    assert!(two_slashes.contains("needs three"), "{two_slashes}");
}

#[test]
fn another_file_is_not_taken_for_a_database() {
    let directory = tempfile::tempdir().unwrap();
    let text = "a configuration\n".repeat(100);
    fs::write(file_in(directory.path()), &text).unwrap();
    let error = refused(&directory.path().display().to_string());
    assert!(matches!(error, StoreError::NotADatabase { .. }), "{error:?}");
    assert_eq!(fs::read_to_string(file_in(directory.path())).unwrap(), text);
}

#[test]
fn a_directory_in_place_of_the_file_is_an_error_of_opening() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(file_in(directory.path())).unwrap();
    let error = refused(&directory.path().display().to_string());
    assert!(matches!(error, StoreError::Open { .. }), "{error:?}");
}

#[test]
fn many_may_open_a_new_file_at_once() {
    for _ in 0..10 {
        let directory = tempfile::tempdir().unwrap();
        thread::scope(|scope| {
            for number in 0..8 {
                let path = directory.path();
                scope.spawn(move || commit(&open(path), [put(&format!("/{number}"), "v1")]));
            }
        });
        assert_eq!(files(&open(directory.path()), &Scope::All).len(), 8);
    }
}

#[test]
fn closing_commits_what_was_submitted_and_leaves_one_file() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    for number in 0..100 {
        store.submit(vec![put(&format!("/{number:02}"), "v1")]).unwrap();
    }
    let rows = store.files(&Scope::All).unwrap();
    drop(store);
    assert_eq!(rows.count(), 100, "a stream may outlive its store");
    let left: Vec<_> = fs::read_dir(directory.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(files(&open(directory.path()), &Scope::All).len(), 100);
}

#[test]
fn a_stream_that_is_not_read_to_its_end_holds_up_nobody() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let names: Vec<_> = (0..5_000).map(|number| format!("/{number:04}")).collect();
    commit(&store, names.iter().map(|name| put(name, "v1")).collect::<Vec<_>>());
    let mut rows = store.files(&Scope::All).unwrap();
    assert_eq!(rows.next().unwrap().unwrap().name, name("/0000"));
    commit(&store, [Change::DropFile(name("/0001"))]);
    assert_eq!(rows.next().unwrap().unwrap().name, name("/0001"));
    drop(rows);
    assert_eq!(files(&store, &Scope::All).len(), 4_999);
}

#[test]
fn flushed_changes_are_seen_by_other_programs() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    store.submit(vec![put("/a", "v1:x")]).unwrap();
    store.flush().unwrap();
    let seen: String =
        raw(directory.path()).query_row("SELECT checktxt FROM file", [], |row| row.get(0)).unwrap();
    assert_eq!(seen, "v1%3Ax");
}

#[test]
fn another_program_that_keeps_the_database_is_waited_for() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let other = raw(directory.path());
    other.execute_batch("BEGIN IMMEDIATE; INSERT INTO hint VALUES ('/its', 0);").unwrap();
    let since = Instant::now();
    let release = thread::spawn(move || {
        thread::sleep(Duration::from_millis(1_500));
        other.execute_batch("COMMIT").unwrap();
    });
    commit(&store, [Change::AddHint(hint("/ours", true))]);
    assert!(since.elapsed() >= Duration::from_millis(1_400));
    release.join().unwrap();
    assert_eq!(crate::rows::hints(&store), [hint("/its", false), hint("/ours", true)]);
}

/// A store in which the hint `/bad` cannot be written.
fn open_with_a_failing_hint(directory: &Path) -> SqliteStore {
    let store = open(directory);
    let trigger = "CREATE TRIGGER fails BEFORE INSERT ON hint WHEN NEW.filename = '/bad' \
        BEGIN SELECT RAISE(ABORT, 'it is bad'); END";
    raw(directory).execute_batch(trigger).unwrap();
    store
}

#[test]
fn a_failing_list_leaves_nothing_behind_and_the_store_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let store = open_with_a_failing_hint(directory.path());
    let bad = vec![put("/a", "v1"), Change::AddHint(hint("/bad", false)), put("/b", "v1")];
    let error = store.commit(bad).expect_err("the hint fails");
    assert!(matches!(error, StoreError::Failed { action: "write", .. }), "{error:?}");
    assert!(!error.to_string().contains("it is bad"), "the source is printed by itself");
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "it is bad");
    assert_eq!(files(&store, &Scope::All), vec![]);
    commit(&store, [put("/c", "v1")]);
    assert_eq!(file_names(&store, &Scope::All), ["/c"]);
}

#[test]
fn a_failure_that_nobody_waited_for_shows_at_the_next_call_once() {
    let directory = tempfile::tempdir().unwrap();
    let store = open_with_a_failing_hint(directory.path());
    let bad = || vec![Change::AddHint(hint("/bad", false))];
    store.submit(bad()).unwrap();
    store.flush().expect_err("what was submitted failed");
    store.flush().unwrap();
    store.submit(bad()).unwrap();
    store.hints().expect_err("what was submitted failed");
    store.submit(bad()).unwrap();
    assert!(store.files(&Scope::All).is_err());
    assert_eq!(crate::rows::hints(&store), vec![]);
}

#[test]
fn damaged_rows_are_listed_as_they_are() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    raw(directory.path())
        .execute_batch(
            "INSERT INTO file (filename, checktxt, mtime_ns, ctime_ns, hash, also) \
             VALUES ('no%', NULL, 1, 2, x'00', 5), (7, 3.5, 1, 2, 'text', NULL), (NULL, x'61', \
             'a', 'b', 9, NULL), ('/a%zz%2', 'v1', NULL, NULL, NULL, NULL);
             INSERT INTO dirty (filename, forced, myname, peername, generation) \
             VALUES ('/a', 'x', 5, NULL, 'odd'), ('/b', '1', NULL, 'p', 2.5), \
             ('/c', NULL, 'm', x'ff', NULL);
             INSERT INTO hint VALUES (NULL, 'x'), ('%', 2);
             INSERT INTO action VALUES (NULL, NULL, NULL);",
        )
        .unwrap();
    let rows = files(&store, &Scope::All);
    let names: Vec<_> = rows.iter().map(|row| row.name.encoded().to_vec()).collect();
    assert_eq!(names, [&b""[..], b"7", b"/a%zz%2", b"no%"]);
    assert!(rows.iter().all(|row| row.recorded.fingerprint.is_none()));
    assert!(rows.iter().all(|row| row.recorded.hash.is_none()));
    assert_eq!(rows[1].recorded, recorded("3.5"));
    assert_eq!(owed(&dirty(&store)), ["/a>", "/b>p!", "/c>\u{10ffff}"]);
    assert_eq!(crate::rows::hints(&store), [hint("", false), hint("%", true)]);
    assert_eq!(store.actions().unwrap().len(), 1);
    assert_eq!(store.dirty_peers().unwrap(), ["", "p", "\u{10ffff}"]);
    commit(&store, [Change::Force(Scope::All), mark("/b", "p")]);
    assert!(dirty(&store).iter().all(|row| row.forced));
}

#[test]
fn a_text_in_an_unusual_encoding_is_still_the_same_text() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let other = raw(directory.path());
    let insert = |name: &str| {
        let sql = "INSERT INTO file (filename, checktxt) VALUES (?1, 'v1%3amode=%31')";
        other.execute(sql, [name]).unwrap();
    };
    insert("/a");
    insert("/b");
    commit(&store, [checked("/a", Some("v1:mode=1"), Some("v1:x"))]);
    commit(&store, [checked("/b", Some("v1:mode=1"), None)]);
    let rows = files(&store, &Scope::All);
    assert_eq!(rows.len(), 1);
    assert_eq!((&rows[0].name, &rows[0].recorded), (&name("/a"), &recorded("v1:x")));
}

#[test]
fn a_file_that_may_not_be_written_can_be_listed() {
    if let Ok(directory) = std::env::var("STORE_READ_ONLY") {
        return list_without_the_right_to_write(Path::new(&directory));
    }
    let directory = tempfile::tempdir().unwrap();
    for (case, statements) in [
        ("csync3's own, closed", ""),
        (
            "csync2's",
            "PRAGMA journal_mode=DELETE; ALTER TABLE file DROP COLUMN hash; \
             ALTER TABLE dirty DROP COLUMN generation; ALTER TABLE dirty DROP COLUMN since_ns; \
             ALTER TABLE dirty DROP COLUMN conflict_ns; DROP TABLE csync3_peer; DROP TABLE action;",
        ),
    ] {
        let path = directory.path().join(case.replace(' ', "?"));
        fs::create_dir(&path).unwrap();
        commit(&open(&path), [put("/a", "v1:b"), mark("/a", "p")]);
        raw(&path).execute_batch(statements).unwrap();
        fs::set_permissions(file_in(&path), Permissions::from_mode(0o444)).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o555)).unwrap();
        fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).unwrap();
        let mut child = again("sqlite::a_file_that_may_not_be_written_can_be_listed");
        child.env("STORE_READ_ONLY", &path);
        if fs::metadata("/proc/self").unwrap().uid() == 0 {
            // For root nothing is read-only.
            child.uid(65_534).gid(65_534);
        }
        let told = String::from_utf8(child.output().unwrap().stdout).unwrap();
        assert!(told.contains("test result: ok. 1 passed"), "{case}: {told}");
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    }
}

fn list_without_the_right_to_write(directory: &Path) {
    let store = open(directory);
    assert_eq!(file_names(&store, &Scope::All), ["/a"]);
    assert_eq!(store.facts(&[name("/a")]).unwrap()[0].recorded, Some(recorded("v1:b")));
    let rows = dirty(&store);
    assert_eq!(owed(&rows), ["/a>p"]);
    assert!(store.actions().unwrap().is_empty());
    assert_eq!(store.totals().unwrap().peers[0].dirty, 1);
    assert_eq!(store.conflicts().unwrap(), vec![]);
    assert_eq!(store.version().unwrap(), store.version().unwrap());
    let rewritten = rows[0].generation == Generation(None);
    assert_eq!(rewritten, directory.ends_with("csync2's"));
    let error = store.commit(vec![put("/b", "v1")]).expect_err("it is read-only");
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error:?}");
    assert!(store.submit(vec![]).is_err());
    store.flush().unwrap();
}
