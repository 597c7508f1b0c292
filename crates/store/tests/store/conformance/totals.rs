//! Numbers: what there is, what is owed, what ended in a conflict, and how pushes went.
use crate::rows::{clear, commit, dirty, force_mark, hint, mark, name, put, version};
use csync3_core::entry::Timestamp;
use csync3_store::Store;
use csync3_store::row::{Change, DirtyRow, Generation, PeerTotals, Totals};

rules! {
    totals_count_rows_and_recorded_sizes,
    totals_name_peers_that_are_owed_something_or_were_pushed_to,
    a_row_is_owed_since_its_first_mark,
    a_conflict_is_noted_until_a_push_ends_otherwise,
    a_mark_in_between_does_not_hide_a_conflict,
    only_the_mark_that_was_decided_about_is_overruled,
    rows_of_another_database_are_taken_as_they_are,
}

fn at(seconds: i64) -> Timestamp {
    Timestamp { seconds, nanos: 5 }
}

fn conflict(decoded: &str, peer: &str, at: Option<Timestamp>) -> Change {
    Change::Conflict { name: name(decoded), peer: peer.into(), at }
}

fn conflicts(store: &dyn Store) -> Vec<String> {
    store.conflicts().unwrap().iter().map(|row| format!("{}>{}", row.name, row.peer)).collect()
}

fn totals_count_rows_and_recorded_sizes(store: &dyn Store) {
    assert_eq!(store.totals().unwrap(), Totals::default());
    commit(
        store,
        [
            put("/a", "v1:mtime=1:mode=33188:uid=0:gid=0:type=reg:size=1000"),
            put("/b", "v1:mtime=1:mode=33188:uid=0:gid=0:type=reg:size=234"),
            put("/c", "v1:mtime=1:type=reg:size=0"),
            put("/d", "v1:mode=16877:uid=0:gid=0:type=dir"),
            put("/e", "v1:mode=41471:type=lnk:target=/type=reg%3Asize=5"),
            Change::AddHint(hint("/x", false)),
        ],
    );
    let expected = Totals { objects: 5, files: 3, bytes: 1_234, hints: 1, peers: Vec::new() };
    assert_eq!(store.totals().unwrap(), expected);
}

fn totals_name_peers_that_are_owed_something_or_were_pushed_to(store: &dyn Store) {
    let pushed = |peer: &str, seconds, complete| Change::Pushed {
        peer: peer.into(),
        at: at(seconds),
        complete,
    };
    commit(
        store,
        [
            mark("/a", "n2"),
            force_mark("/b", "n2"),
            mark("/a", "n 3"),
            conflict("/a", "n2", Some(at(4))),
            pushed("n1", 1, true),
            pushed("n1", 2, false),
            pushed("n1", 3, true),
            pushed("n2", 9, false),
        ],
    );
    let expected = [
        PeerTotals { peer: "n 3".into(), dirty: 1, ..PeerTotals::default() },
        PeerTotals {
            peer: "n1".into(),
            last_success: Some(at(3)),
            last_failure: Some(at(2)),
            ..PeerTotals::default()
        },
        PeerTotals {
            peer: "n2".into(),
            dirty: 2,
            forced: 1,
            conflicts: 1,
            last_failure: Some(at(9)),
            ..PeerTotals::default()
        },
    ];
    let found = store.totals().unwrap();
    assert!(found.peers[0].oldest.is_some() && found.peers[1].oldest.is_none(), "{found:?}");
    assert_eq!(crate::rows::without_ages(found).peers, expected);
}

fn a_row_is_owed_since_its_first_mark(store: &dyn Store) {
    commit(store, [mark("/a", "n1")]);
    let first = dirty(store)[0].clone();
    assert!(first.since.is_some());
    commit(store, [force_mark("/a", "n1")]);
    let again = dirty(store)[0].clone();
    assert_eq!(again.since, first.since);
    assert_ne!(again.generation, first.generation);
    assert_eq!(store.totals().unwrap().peers[0].oldest, first.since);
    commit(store, [clear(&again), mark("/a", "n1")]);
    assert!(dirty(store)[0].since >= first.since, "it is owed anew");
}

fn a_conflict_is_noted_until_a_push_ends_otherwise(store: &dyn Store) {
    commit(
        store,
        [
            mark("/b", "n2"),
            mark("/b", "n1"),
            mark("/a", "n1"),
            conflict("/b", "n2", Some(at(1))),
            conflict("/b", "n1", Some(at(2))),
            conflict("/none", "n1", Some(at(2))),
        ],
    );
    assert_eq!(conflicts(store), ["/b>n1", "/b>n2"]);
    let rows = store.conflicts().unwrap();
    assert_eq!(rows[0].conflict, Some(at(2)));
    assert!(rows.iter().all(|row| row.generation.0.is_some()));
    commit(store, [conflict("/b", "n1", None), clear(&rows[1])]);
    assert_eq!(conflicts(store), Vec::<String>::new());
    assert_eq!(dirty(store).len(), 2);
}

fn only_the_mark_that_was_decided_about_is_overruled(store: &dyn Store) {
    commit(store, [mark("/a", "n1"), mark("/a", "n2")]);
    let overrule = |row: &csync3_store::row::DirtyRow| Change::Overrule {
        name: row.name.clone(),
        peer: row.peer.clone(),
        generation: row.generation,
    };
    let shown = dirty(store);
    commit(store, [mark("/a", "n2"), overrule(&shown[0]), overrule(&shown[1])]);
    let rows = dirty(store);
    assert_eq!(crate::rows::owed(&rows), ["/a>n1!", "/a>n2"]);
    assert_eq!(rows[0].generation, shown[0].generation);
}

fn a_mark_in_between_does_not_hide_a_conflict(store: &dyn Store) {
    commit(store, [mark("/a", "n1"), conflict("/a", "n1", Some(at(1))), mark("/a", "n1")]);
    assert_eq!(conflicts(store), ["/a>n1"]);
    assert_eq!(dirty(store)[0].conflict, Some(at(1)));
}

fn rows_of_another_database_are_taken_as_they_are(store: &dyn Store) {
    let row = |decoded: &str, number| DirtyRow {
        name: name(decoded),
        peer: "n 2".into(),
        myname: "me".into(),
        forced: number % 2 == 0,
        generation: Generation(Some(number)),
        recorded: false,
        held: None,
        replaces: (number != 7).then(|| vec![version(8)]),
        since: Some(at(number)),
        conflict: (number > 7).then(|| at(9)),
    };
    commit(store, [force_mark("/a", "n 2"), mark("/a", "n1")]);
    commit(store, [Change::PutDirty(row("/a", 7)), Change::PutDirty(row("/b", 8))]);
    let expected = [row("/a", 7), row("/b", 8)];
    let found = dirty(store).into_iter().filter(|row| row.peer == "n 2");
    assert_eq!(found.collect::<Vec<_>>(), expected);
    commit(store, [Change::PutDirty(DirtyRow { forced: true, ..row("/b", 9) })]);
    commit(store, [clear(&expected[1])]);
    assert_eq!(dirty(store).len(), 3, "another generation is another mark");
    let put = |success, failure| Change::PutPushes { peer: "n 2".into(), success, failure };
    let noted = || store.totals().unwrap().peers.remove(0);
    commit(store, [put(Some(at(5)), Some(at(6)))]);
    assert_eq!((noted().last_success, noted().last_failure), (Some(at(5)), Some(at(6))));
    commit(store, [put(None, Some(at(1)))]);
    assert_eq!((noted().last_success, noted().last_failure), (None, Some(at(1))));
    commit(store, [put(None, None)]);
    assert_eq!((noted().last_success, noted().last_failure), (None, None));
}
