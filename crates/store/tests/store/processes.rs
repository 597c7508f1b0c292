//! Many processes on one database: nobody fails, nothing is lost.
use crate::rows::{commit, dirty, files, hint, mark, name, page, put};
use csync3_store::row::{Change, Direction, Scope};
use csync3_store::{SqliteStore, Store};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const WRITERS: u32 = 8;
const ROWS: u32 = 1_500;
const BULK_ROWS: u32 = 30_000;

/// This test program once more, to run one test in a process of its own.
pub(crate) fn again(test: &str) -> Command {
    // The link leads to the program even for a user who may not see its directory.
    let mut command = Command::new("/proc/self/exe");
    command.args(["--exact", test, "--nocapture", "--test-threads=1"]);
    command
}

#[test]
fn many_processes_lose_nothing_and_never_fail() {
    if let Ok(role) = std::env::var("STORE_ROLE") {
        let directory = std::env::var("STORE_DIRECTORY").unwrap();
        return play(&role, &crate::sqlite::open(Path::new(&directory)));
    }
    let directory = tempfile::tempdir().unwrap();
    let spawn = |role: &str| -> Child {
        again("processes::many_processes_lose_nothing_and_never_fail")
            .env("STORE_ROLE", role)
            .env("STORE_DIRECTORY", directory.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    };
    let mut children: Vec<_> = (0..WRITERS).map(|number| spawn(&format!("w{number}"))).collect();
    children.extend(["bulk", "reader", "short"].map(spawn));
    for child in &mut children {
        assert!(child.wait().unwrap().success());
    }
    let store = crate::sqlite::open(directory.path());
    check_everything(&store);
    drop(store);
    let database = rusqlite::Connection::open(directory.path().join("node1.db3")).unwrap();
    let verdict: String =
        database.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(verdict, "ok");
}

fn play(role: &str, store: &SqliteStore) {
    match role {
        "bulk" => write_in_bulk(store),
        "reader" => read_until_all_is_there(store),
        "short" => open_and_close(store.path()),
        writer => write_one_by_one(store, writer),
    }
}

fn write_one_by_one(store: &SqliteStore, writer: &str) {
    for number in 0..ROWS {
        let file = format!("/{writer}/{number:05}");
        commit(store, [put(&file, "v1"), mark(&file, writer)]);
        let facts = store.facts(&[name(&file)]).unwrap();
        assert_eq!(facts[0].dirty.len(), 1, "a process sees what it has written");
        if number % 2 == 0 {
            store.submit(vec![crate::rows::clear(&facts[0].dirty[0])]).unwrap();
        }
    }
    store.flush().unwrap();
}

fn write_in_bulk(store: &SqliteStore) {
    for first in (0..BULK_ROWS).step_by(500) {
        let row = |number| crate::rows::checked(&format!("/bulk/{number:06}"), None, Some("v1:x"));
        store.submit((first..first + 500).map(row).collect()).unwrap();
    }
    store.flush().unwrap();
}

fn read_until_all_is_there(store: &SqliteStore) {
    let (mut rows, mut before) = (0, 0);
    while rows < (WRITERS * ROWS + BULK_ROWS) as usize {
        let listed = files(store, &Scope::All);
        assert!(listed.is_sorted_by(|a, b| a.name < b.name));
        rows = listed.len();
        assert!(rows >= before, "what was there is still there");
        before = rows;
        let owed = store.dirty(&page(Some("w0"), Direction::Descending, 100)).unwrap();
        assert!(owed.iter().all(|row| row.peer == "w0"));
        assert_eq!(store.hints().unwrap().len() % 2, 0, "a list is seen whole or not at all");
    }
}

/// What a short command line does: open, write a little, close.
fn open_and_close(path: &Path) {
    for number in 0..50 {
        let store = crate::sqlite::open(path.parent().unwrap());
        let hints = [false, true].map(|recursive| hint(&format!("/{number}"), recursive));
        commit(&store, hints.map(Change::AddHint));
    }
}

fn check_everything(store: &SqliteStore) {
    let rows = files(store, &Scope::All);
    assert_eq!(rows.len(), (WRITERS * ROWS + BULK_ROWS) as usize);
    let owed = dirty(store);
    assert_eq!(owed.len(), (WRITERS * ROWS / 2 + BULK_ROWS) as usize);
    let mut generations: Vec<_> = owed.iter().map(|row| row.generation.0.unwrap()).collect();
    generations.sort_unstable();
    generations.dedup();
    assert_eq!(generations.len(), owed.len(), "no two marks are alike, whoever made them");
    assert_eq!(store.actions().unwrap().len(), BULK_ROWS as usize);
    assert_eq!(store.hints().unwrap().len(), 100);
}

const PUSHES: u32 = 64;
const PUSH_ROWS: u32 = 200;
/// Ten times what a call may take on a machine that does nothing else.
const LONGEST_CALL: Duration = Duration::from_secs(20);

#[test]
fn sixty_four_pushes_beside_a_check_and_a_daemon_never_fail_and_never_wait_long() {
    if let Ok(role) = std::env::var("STORE_ROLE") {
        let directory = std::env::var("STORE_DIRECTORY").unwrap();
        return push_check_or_serve(&role, &crate::sqlite::open(Path::new(&directory)));
    }
    let directory = tempfile::tempdir().unwrap();
    let spawn = |role: String| -> Child {
        let test = "sixty_four_pushes_beside_a_check_and_a_daemon_never_fail_and_never_wait_long";
        again(&format!("processes::{test}"))
            .env("STORE_ROLE", role)
            .env("STORE_DIRECTORY", directory.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    };
    let mut others = ["check", "daemon"].map(|role| spawn(role.into()));
    let pushes: Vec<_> = (0..PUSHES).map(|number| spawn(format!("p{number}"))).collect();
    for mut child in pushes {
        assert!(child.wait().unwrap().success());
    }
    commit(&crate::sqlite::open(directory.path()), [Change::AddHint(hint("/done", false))]);
    for child in &mut others {
        assert!(child.wait().unwrap().success());
    }
    let store = crate::sqlite::open(directory.path());
    let owed = dirty(&store).iter().filter(|row| row.peer.starts_with('p')).count();
    assert_eq!(owed, (PUSHES * PUSH_ROWS) as usize);
}

fn push_check_or_serve(role: &str, store: &SqliteStore) {
    let is_over = || !store.hints().unwrap().is_empty();
    match role {
        "check" => {
            while !is_over() {
                let rows = (0..500).map(|number| put(&format!("/{number:03}"), "v1")).collect();
                in_time(|| store.commit(rows).unwrap());
                in_time(|| files(store, &Scope::All));
            }
        }
        "daemon" => {
            while !is_over() {
                in_time(|| store.facts(&[name("/001")]).unwrap());
                in_time(|| commit(store, [mark("/daemon", "daemon")]));
            }
        }
        push => {
            for first in (0..PUSH_ROWS).step_by(20) {
                in_time(|| store.dirty(&page(Some(push), Direction::Ascending, 100)).unwrap());
                let rows = (first..first + 20).map(|row| mark(&format!("/{push}/{row}"), push));
                in_time(|| store.commit(rows.collect()).unwrap());
            }
        }
    }
}

fn in_time<T>(work: impl FnOnce() -> T) -> T {
    let since = Instant::now();
    let done = work();
    assert!(since.elapsed() < LONGEST_CALL, "{:?}", since.elapsed());
    done
}
