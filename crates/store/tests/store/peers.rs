//! The index by peer: there while it saves time, and never to be noticed otherwise.
use crate::interop::Host;
use crate::rows::{clear, commit, dirty, mark, owed, page};
use crate::sqlite::open;
use csync3_store::row::{Direction, DirtyRow};
use csync3_store::{SqliteStore, Store};

/// Peers and names with which one page steps over more than it may.
const MANY: u32 = 40;
const NAMES: u32 = 400;

/// A store in which each of some peers is owed some names; many small processes have marked them.
fn owing(directory: &std::path::Path, peers: u32, names: u32) -> SqliteStore {
    let store = open(directory);
    for number in 0..names {
        let marks = (0..peers).map(|peer| mark(&format!("/srv/{number:04}"), &format!("n{peer}")));
        store.submit(marks.collect()).unwrap();
        if number % 100 == 0 {
            store.flush().unwrap();
        }
    }
    store.flush().unwrap();
    store
}

/// What a peer is owed, page by page.
fn listed(store: &dyn Store, peer: &str, direction: Direction) -> Vec<DirtyRow> {
    let (mut all, mut page) = (Vec::new(), page(Some(peer), direction, 350));
    loop {
        let rows = store.dirty(&page).unwrap();
        let Some(last) = rows.last() else { return all };
        page.after = Some((last.name.clone(), last.peer.clone()));
        all.extend(rows);
    }
}

fn is_indexed(store: &SqliteStore) -> bool {
    let database = rusqlite::Connection::open(store.path()).unwrap();
    let sql = "SELECT count(*) FROM sqlite_master WHERE name = 'csync3_dirty_peer'";
    database.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap() == 1
}

#[test]
fn a_listing_is_the_same_before_and_after_it_has_made_an_index() {
    let directory = tempfile::tempdir().unwrap();
    let store = owing(directory.path(), MANY, NAMES);
    let all = dirty(&store);
    assert!(!is_indexed(&store), "no page of a peer was read yet");
    for direction in [Direction::Ascending, Direction::Descending, Direction::Ascending] {
        let rows = listed(&store, "n7", direction);
        let mut expected: Vec<_> = all.iter().filter(|row| row.peer == "n7").cloned().collect();
        if direction == Direction::Descending {
            expected.reverse();
        }
        assert_eq!(rows, expected);
        assert!(is_indexed(&store));
    }
    assert_eq!(dirty(&store), all);
}

#[test]
fn the_list_of_many_peers_is_the_same_before_and_after_it_has_made_an_index() {
    let directory = tempfile::tempdir().unwrap();
    let store = owing(directory.path(), MANY, NAMES);
    let peers = store.dirty_peers().unwrap();
    assert_eq!(peers.len(), MANY as usize);
    assert!(is_indexed(&store));
    assert_eq!(store.dirty_peers().unwrap(), peers);
}

#[test]
fn who_has_marked_much_for_many_peers_makes_the_index_in_the_end() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    for number in 0..NAMES {
        let name = format!("/srv/{number:04}");
        store.submit((0..MANY).map(|peer| mark(&name, &format!("n{peer}"))).collect()).unwrap();
    }
    assert!(!is_indexed(&store));
    store.flush().unwrap();
    assert!(is_indexed(&store));
}

#[test]
fn where_somebody_else_writes_no_index_is_waited_for() {
    let directory = tempfile::tempdir().unwrap();
    let store = owing(directory.path(), MANY, NAMES);
    let log = format!("{}-wal", store.path().display());
    let queue = std::fs::File::open(log).unwrap();
    queue.lock().unwrap();
    assert_eq!(store.dirty_peers().unwrap().len(), MANY as usize);
    assert!(!is_indexed(&store));
    queue.unlock().unwrap();
    assert_eq!(listed(&store, "n1", Direction::Descending).len(), NAMES as usize);
    assert!(is_indexed(&store), "the next one makes it");
}

#[test]
fn few_peers_make_no_index() {
    let directory = tempfile::tempdir().unwrap();
    let store = owing(directory.path(), 8, NAMES);
    for peer in 0..8 {
        assert_eq!(listed(&store, &format!("n{peer}"), Direction::Ascending).len(), 400);
        assert_eq!(store.dirty_peers().unwrap().len(), 8);
    }
    assert!(!is_indexed(&store));
}

#[test]
fn the_index_stays_while_something_is_owed_and_then_goes() {
    let directory = tempfile::tempdir().unwrap();
    let store = owing(directory.path(), MANY, NAMES);
    listed(&store, "n3", Direction::Ascending);
    let mut clears: Vec<_> = dirty(&store).iter().map(clear).collect();
    let last = clears.pop().unwrap();
    commit(&store, clears);
    drop(store);
    let store = open(directory.path());
    assert!(is_indexed(&store));
    assert_eq!(owed(&listed(&store, "n9", Direction::Descending)), ["/srv/0399>n9"]);
    commit(&store, [last]);
    assert_eq!(store.dirty_peers().unwrap(), [""; 0]);
    drop(store);
    assert!(!is_indexed(&open(directory.path())));
}

#[test]
fn a_list_of_all_peers_makes_no_index() {
    let directory = tempfile::tempdir().unwrap();
    let store = owing(directory.path(), MANY, NAMES);
    assert_eq!(dirty(&store).len(), (MANY * NAMES) as usize);
    assert!(!is_indexed(&store));
}

#[test]
fn csync2_keeps_the_index_up_to_date() {
    let host = Host::new();
    host.fill();
    let store = host.open();
    for number in 0..NAMES {
        let name = format!("{}/{number:04}", host.shown("tree"));
        store.submit((0..MANY).map(|peer| mark(&name, &format!("n{peer}"))).collect()).unwrap();
    }
    store.flush().unwrap();
    assert_eq!(listed(&store, "n3", Direction::Ascending).len(), NAMES as usize);
    assert!(is_indexed(&store));
    // It marks for its own peers, again and again by DELETE and INSERT.
    for _ in 0..2 {
        host.csync2(&["-cr", "/"]);
        host.csync2(&["-mr", &host.shown("tree/sub")]);
    }
    let by_peer = listed(&store, "node2", Direction::Ascending);
    let expected: Vec<_> = dirty(&store).into_iter().filter(|row| row.peer == "node2").collect();
    assert!(expected.len() > 3, "{expected:?}");
    assert_eq!(by_peer, expected);
    let database = rusqlite::Connection::open(store.path()).unwrap();
    let sound: String = database.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
}
