//! What every store must do, backend by backend.
use crate::rows::{
    action, checked, clear, commit, dirty, file_names, files, force_mark, hint, mark, name, owed,
    page, put, recorded, to,
};
use csync3_core::decide::local::{Also, Recorded};
use csync3_core::entry::{ContentHash, Fingerprint, Timestamp};
use csync3_core::path::ClusterPath;
use csync3_store::Store;
use csync3_store::row::{Change, Direction, DirtyPage, Facts, FileRow, Generation, Mark, Scope};

macro_rules! rules {
    ($($rule:ident),+ $(,)?) => {
        mod memory {
            $(#[test]
            fn $rule() {
                super::$rule(&csync3_store::memory::MemoryStore::new());
            })+
        }
        mod sqlite {
            $(#[test]
            fn $rule() {
                let directory = tempfile::tempdir().unwrap();
                super::$rule(&crate::sqlite::open(directory.path()));
            })+
        }
    };
}

rules! {
    a_new_store_is_empty,
    rows_are_listed_in_the_order_of_their_encoded_bytes,
    names_need_not_be_text_and_case_matters,
    long_names_are_kept_whole,
    everything_that_is_recorded_comes_back,
    a_time_that_does_not_fit_is_left_out,
    a_tree_is_the_directory_and_what_is_below_it,
    a_list_does_not_see_later_writes,
    a_checked_row_is_written_only_over_the_state_it_was_decided_on,
    a_check_marks_and_schedules_with_its_row,
    a_check_may_drop_its_row_or_find_none,
    facts_keep_the_order_of_the_question,
    a_mark_is_cleared_only_by_who_served_it,
    a_mark_of_a_forced_row_keeps_the_force,
    force_reaches_all_peers_of_a_scope,
    dirty_rows_are_paged_in_both_directions,
    pages_of_one_peer_pass_over_the_others,
    hints_keep_their_order_and_are_not_doubled,
    actions_are_kept_once_per_command_and_listed_by_command,
    a_call_sees_what_was_submitted_before,
    many_threads_lose_nothing,
    an_empty_list_is_a_transaction_too,
}

fn a_new_store_is_empty(store: &dyn Store) {
    assert_eq!(files(store, &Scope::All), vec![]);
    assert_eq!(dirty(store), vec![]);
    assert_eq!(store.dirty_peers().unwrap(), Vec::<String>::new());
    assert_eq!(store.hints().unwrap(), vec![]);
    assert_eq!(store.actions().unwrap(), vec![]);
    assert_eq!(store.facts(&[name("/a")]).unwrap(), vec![Facts::default()]);
}

fn rows_are_listed_in_the_order_of_their_encoded_bytes(store: &dyn Store) {
    // `%` begins every escape, so a space (%20) sorts behind `#` and before `&`.
    let ordered = ["%p%/x", "/a#", "/a b", "/a&", "/a-b", "/a/b", "/a0", "/b"];
    commit(
        store,
        ordered
            .iter()
            .rev()
            .map(|name| put(name, "v1"))
            .collect::<Vec<_>>(),
    );
    assert_eq!(file_names(store, &Scope::All), ordered);
}

fn names_need_not_be_text_and_case_matters(store: &dyn Store) {
    let names: Vec<_> = [&b"/A"[..], b"/a", b"/\xc3\xa4", b"/\xfe\xff"]
        .map(|bytes| ClusterPath::from_decoded(bytes).unwrap())
        .into();
    for name in &names {
        let row = FileRow {
            name: name.clone(),
            recorded: recorded(&format!("{name:?}")),
        };
        commit(
            store,
            [
                Change::PutFile(row),
                Change::Mark {
                    name: name.clone(),
                    mark: to("p"),
                },
            ],
        );
    }
    let listed: Vec<_> = files(store, &Scope::All)
        .into_iter()
        .map(|row| row.name)
        .collect();
    assert_eq!(listed, names);
    let facts = store.facts(&names).unwrap();
    for (name, facts) in names.iter().zip(facts) {
        assert_eq!(facts.recorded, Some(recorded(&format!("{name:?}"))));
        assert_eq!(facts.dirty.len(), 1);
    }
}

fn long_names_are_kept_whole(store: &dyn Store) {
    let long = format!("/{}", vec!["x".repeat(255); 16].join("/"))[..4095].to_owned();
    let longer = format!("{long}/y z");
    commit(
        store,
        [put(&long, "v1"), put(&longer, "v1"), mark(&longer, "p")],
    );
    assert_eq!(file_names(store, &Scope::All), [&*long, &*longer]);
    assert_eq!(dirty(store)[0].name, name(&longer));
}

fn everything_that_is_recorded_comes_back(store: &dyn Store) {
    let time = |seconds, nanos| Timestamp { seconds, nanos };
    let print = |inode| Fingerprint {
        mtime: time(-2, 7),
        ctime: time(9_000_000_000, 1),
        inode,
    };
    let text = b"v1:mode=41471:uid=0:gid=0:type=lnk:target=/a%20b".to_vec();
    let full = Recorded {
        checktxt: text.clone(),
        fingerprint: Some(print(u64::MAX)),
        hash: Some(ContentHash([0xfe; 32])),
        also: Some(Also::Text(text)),
    };
    for (at, row) in [
        full.clone(),
        Recorded {
            also: Some(Also::Absent),
            ..full.clone()
        },
        Recorded {
            also: Some(Also::Text(b"-".to_vec())),
            ..full.clone()
        },
        Recorded {
            also: Some(Also::Text(vec![])),
            hash: None,
            ..full.clone()
        },
        Recorded {
            fingerprint: None,
            also: None,
            ..full
        },
        Recorded {
            checktxt: b"\xff\x01%".to_vec(),
            ..Recorded::default()
        },
        Recorded::default(),
    ]
    .into_iter()
    .enumerate()
    {
        let name = name(&format!("/{at}"));
        commit(
            store,
            [Change::PutFile(FileRow {
                name: name.clone(),
                recorded: row.clone(),
            })],
        );
        assert_eq!(
            store.facts(&[name.clone()]).unwrap()[0].recorded,
            Some(row.clone())
        );
        let listed = files(store, &Scope::One(name.clone()));
        assert_eq!(
            listed,
            vec![FileRow {
                name,
                recorded: row
            }]
        );
    }
}

fn a_time_that_does_not_fit_is_left_out(store: &dyn Store) {
    let mtime = Timestamp {
        seconds: 20_000_000_000,
        nanos: 0,
    };
    let fingerprint = Some(Fingerprint {
        mtime,
        ctime: Timestamp::default(),
        inode: 1,
    });
    let row = Recorded {
        fingerprint,
        ..recorded("v1")
    };
    commit(
        store,
        [Change::PutFile(FileRow {
            name: name("/a"),
            recorded: row,
        })],
    );
    assert_eq!(files(store, &Scope::All)[0].recorded, recorded("v1"));
}

fn a_tree_is_the_directory_and_what_is_below_it(store: &dyn Store) {
    for text in [
        "%p%", "%p%/a", "%p%x", "/", "/d", "/d b", "/d.old/x", "/d/a/b", "/d0",
    ] {
        let name = ClusterPath::from_stored(name_bytes(text).as_slice());
        commit(
            store,
            [Change::PutFile(FileRow {
                name,
                recorded: recorded("v1"),
            })],
        );
    }
    let tree = |text: &str| file_names(store, &Scope::Tree(name(text)));
    assert_eq!(tree("/d"), ["/d", "/d/a/b"]);
    assert_eq!(tree("%p%"), ["%p%", "%p%/a"]);
    assert_eq!(tree("/"), ["/", "/d", "/d b", "/d.old/x", "/d/a/b", "/d0"]);
    assert_eq!(tree("/none"), Vec::<String>::new());
    assert_eq!(file_names(store, &Scope::One(name("/d"))), ["/d"]);
    assert_eq!(file_names(store, &Scope::All).len(), 9);
}

fn name_bytes(decoded: &str) -> Vec<u8> {
    csync3_core::wire::escape::encode(decoded.as_bytes()).into_owned()
}

fn a_list_does_not_see_later_writes(store: &dyn Store) {
    let names: Vec<_> = (1_000..4_000).map(|number| format!("/{number}")).collect();
    commit(
        store,
        names
            .iter()
            .map(|name| put(name, "old"))
            .collect::<Vec<_>>(),
    );
    let mut rows = store.files(&Scope::All).unwrap();
    let first = rows.next().unwrap().unwrap();
    commit(
        store,
        names
            .iter()
            .map(|name| put(name, "new"))
            .collect::<Vec<_>>(),
    );
    commit(
        store,
        [put("/9999", "new"), Change::DropFile(name("/3999"))],
    );
    let rest: Vec<_> = rows.map(|row| row.unwrap()).collect();
    assert_eq!(rest.len(), names.len() - 1);
    assert!(
        rest.iter()
            .chain([&first])
            .all(|row| row.recorded == recorded("old"))
    );
}

fn a_checked_row_is_written_only_over_the_state_it_was_decided_on(store: &dyn Store) {
    commit(store, [put("/there", "v1:a")]);
    let stale = |was, now| {
        let there = store.commit(vec![checked("/there", was, now)]).unwrap();
        assert_eq!(there.stale, vec![name("/there")]);
    };
    stale(None, Some("v1:b"));
    stale(None, None);
    stale(Some("v1:other"), Some("v1:b"));
    stale(Some("v1:other"), None);
    let gone = store
        .commit(vec![checked("/gone", Some("v1:a"), Some("v1:b"))])
        .unwrap();
    assert_eq!(gone.stale, vec![name("/gone")]);
    assert_eq!(files(store, &Scope::All)[0].recorded, recorded("v1:a"));
    assert_eq!(file_names(store, &Scope::All), ["/there"]);
    assert_eq!(dirty(store), vec![]);
    assert_eq!(store.actions().unwrap(), vec![]);
}

fn a_check_marks_and_schedules_with_its_row(store: &dyn Store) {
    commit(store, [checked("/a", None, Some("v1:a"))]);
    commit(store, [checked("/a", Some("v1:a"), Some("v1:b"))]);
    assert_eq!(files(store, &Scope::All)[0].recorded, recorded("v1:b"));
    assert_eq!(owed(&dirty(store)), ["/a>peer"]);
    assert_eq!(store.actions().unwrap(), vec![action("/a", "run", "")]);
}

fn a_check_may_drop_its_row_or_find_none(store: &dyn Store) {
    commit(store, [put("/a", "v1:a:b")]);
    commit(
        store,
        [
            checked("/a", Some("v1:a:b"), None),
            checked("/b", None, None),
        ],
    );
    assert_eq!(files(store, &Scope::All), vec![]);
    assert_eq!(owed(&dirty(store)), ["/a>peer", "/b>peer"]);
}

fn facts_keep_the_order_of_the_question(store: &dyn Store) {
    commit(
        store,
        [
            put("/b", "v1:b"),
            mark("/b", "q"),
            mark("/b", "p"),
            mark("/c", "p"),
        ],
    );
    let facts = store
        .facts(&[name("/c"), name("/a"), name("/b"), name("/b")])
        .unwrap();
    let states: Vec<_> = facts.iter().map(|facts| facts.recorded.clone()).collect();
    let there = Some(recorded("v1:b"));
    assert_eq!(states, vec![None, None, there.clone(), there]);
    assert_eq!(owed(&facts[0].dirty), ["/c>p"]);
    assert_eq!(facts[1], Facts::default());
    assert_eq!(owed(&facts[2].dirty), ["/b>p", "/b>q"]);
    assert_eq!(facts[2], facts[3]);
}

fn a_mark_is_cleared_only_by_who_served_it(store: &dyn Store) {
    commit(store, [mark("/a", "p"), mark("/a", "q")]);
    let served = dirty(store);
    commit(store, [mark("/a", "p")]);
    commit(store, served.iter().map(clear).collect::<Vec<_>>());
    let left = dirty(store);
    assert_eq!(owed(&left), ["/a>p"]);
    assert_ne!(left[0].generation, served[0].generation);
    let unknown = Change::Clear {
        name: name("/a"),
        peer: "p".into(),
        generation: Generation(None),
    };
    commit(store, [unknown]);
    assert_eq!(dirty(store), left);
    commit(store, [clear(&left[0]), mark("/a", "p")]);
    assert_ne!(dirty(store)[0].generation, left[0].generation);
}

fn a_mark_of_a_forced_row_keeps_the_force(store: &dyn Store) {
    commit(
        store,
        [mark("/a", "p"), mark("/b", "p"), force_mark("/c", "p")],
    );
    commit(store, [force_mark("/a", "p")]);
    let renamed = Mark {
        myname: "alias".into(),
        ..to("p")
    };
    commit(
        store,
        [
            mark("/b", "p"),
            Change::Mark {
                name: name("/c"),
                mark: renamed,
            },
        ],
    );
    assert_eq!(owed(&dirty(store)), ["/a>p!", "/b>p", "/c>p!"]);
    assert_eq!(dirty(store)[2].myname, "alias");
}

fn force_reaches_all_peers_of_a_scope(store: &dyn Store) {
    let names = ["/d", "/d/a", "/d.old", "/e"];
    commit(store, names.map(|name| mark(name, "p")));
    commit(store, [mark("/d", "q")]);
    let before: Vec<_> = dirty(store).into_iter().map(|row| row.generation).collect();
    commit(store, [Change::Force(Scope::Tree(name("/d")))]);
    assert_eq!(
        owed(&dirty(store)),
        ["/d>p!", "/d>q!", "/d.old>p", "/d/a>p!", "/e>p"]
    );
    commit(store, [Change::Force(Scope::One(name("/e")))]);
    commit(store, [Change::Force(Scope::One(name("/none")))]);
    assert_eq!(
        owed(&dirty(store)),
        ["/d>p!", "/d>q!", "/d.old>p", "/d/a>p!", "/e>p!"]
    );
    commit(store, [Change::Force(Scope::All)]);
    assert!(dirty(store).iter().all(|row| row.forced));
    let after: Vec<_> = dirty(store).into_iter().map(|row| row.generation).collect();
    assert_eq!(after, before);
}

fn dirty_rows_are_paged_in_both_directions(store: &dyn Store) {
    let mut wanted = vec![];
    for name in ["/a b", "/a", "/a/b", "/b", "%p%/x"] {
        for peer in ["n2", "n1", "n3"] {
            commit(store, [mark(name, peer)]);
            wanted.push(format!("{name}>{peer}"));
        }
    }
    wanted.sort_by_key(|row| {
        name_bytes(row)
            .into_iter()
            .map(|b| if b == b'>' { 0 } else { b })
            .collect::<Vec<_>>()
    });
    assert_eq!(paged(store, page(None, Direction::Ascending, 2)), wanted);
    wanted.reverse();
    assert_eq!(paged(store, page(None, Direction::Descending, 2)), wanted);
}

fn pages_of_one_peer_pass_over_the_others(store: &dyn Store) {
    for name in ["/c", "/a", "/b"] {
        commit(store, [mark(name, "n1"), mark(name, "n2")]);
    }
    commit(store, [mark("/aa", "n1")]);
    let ascending = page(Some("n2"), Direction::Ascending, 1);
    assert_eq!(paged(store, ascending), ["/a>n2", "/b>n2", "/c>n2"]);
    let descending = page(Some("n2"), Direction::Descending, 1);
    assert_eq!(paged(store, descending), ["/c>n2", "/b>n2", "/a>n2"]);
    assert_eq!(
        store
            .dirty(&page(Some("n9"), Direction::Ascending, 9))
            .unwrap(),
        vec![]
    );
    assert_eq!(
        store.dirty(&page(None, Direction::Ascending, 0)).unwrap(),
        vec![]
    );
    assert_eq!(store.dirty_peers().unwrap(), ["n1", "n2"]);
}

fn paged(store: &dyn Store, mut page: DirtyPage) -> Vec<String> {
    let mut listed = vec![];
    loop {
        let rows = store.dirty(&page).unwrap();
        let Some(last) = rows.last() else {
            return listed;
        };
        assert!(rows.len() <= page.limit);
        page.after = Some((last.name.clone(), last.peer.clone()));
        listed.extend(owed(&rows));
    }
}

fn hints_keep_their_order_and_are_not_doubled(store: &dyn Store) {
    let [b, a, a_below] = [hint("/b c", false), hint("/a", false), hint("/a", true)];
    for hint in [&b, &a_below, &a, &b] {
        commit(store, [Change::AddHint(hint.clone())]);
    }
    assert_eq!(
        store.hints().unwrap(),
        [b.clone(), a_below.clone(), a.clone()]
    );
    commit(
        store,
        [
            Change::DropHint(b.clone()),
            Change::DropHint(hint("/none", true)),
        ],
    );
    commit(store, [Change::AddHint(b.clone()), Change::DropHint(a)]);
    assert_eq!(store.hints().unwrap(), [a_below, b]);
}

fn actions_are_kept_once_per_command_and_listed_by_command(store: &dyn Store) {
    let first = action("/z", "a b", "/log");
    let rows = [
        first.clone(),
        action("/b", "a#", "/log2"),
        action("/c", "a#", "/log1"),
        action("/a", "a#", "/log1"),
        action("/z", "a b", "/other log"),
    ];
    commit(store, rows.clone().map(Change::AddAction));
    let [_, second, third, fourth, ignored] = rows;
    // `#` sorts before the `%` of an encoded space.
    assert_eq!(
        store.actions().unwrap(),
        [fourth.clone(), third.clone(), second.clone(), first.clone()]
    );
    commit(
        store,
        [Change::DropAction(ignored), Change::DropAction(third)],
    );
    assert_eq!(store.actions().unwrap(), [fourth, second, first]);
}

fn a_call_sees_what_was_submitted_before(store: &dyn Store) {
    for number in 0..200 {
        let name = format!("/{number}");
        store
            .submit(vec![put(&name, "v1"), mark(&name, "p")])
            .unwrap();
        assert_eq!(dirty(store).len(), number + 1);
    }
    store
        .submit(vec![put("/last", "v1"), put("/0", "v2")])
        .unwrap();
    assert_eq!(store.files(&Scope::All).unwrap().count(), 201);
    store.submit(vec![Change::DropFile(name("/last"))]).unwrap();
    commit(store, [checked("/last", None, Some("v3"))]);
    store.submit(vec![put("/0", "v3")]).unwrap();
    store.flush().unwrap();
    assert_eq!(
        store.facts(&[name("/0")]).unwrap()[0].recorded,
        Some(recorded("v3"))
    );
}

fn many_threads_lose_nothing(store: &dyn Store) {
    std::thread::scope(|scope| {
        for thread in 0..8 {
            scope.spawn(move || {
                for number in 0..100 {
                    let name = format!("/{thread}/{number:03}");
                    let changes = vec![checked(&name, None, Some("v1")), mark(&name, "q")];
                    if number % 3 == 0 {
                        store.submit(changes).unwrap();
                    } else {
                        commit(store, changes);
                    }
                    if number % 10 == 0 {
                        store.flush().unwrap();
                        assert!(files(store, &Scope::All).len() > number);
                    }
                }
            });
        }
    });
    assert_eq!(files(store, &Scope::All).len(), 800);
    assert_eq!(dirty(store).len(), 1_600);
    assert_eq!(store.actions().unwrap().len(), 800);
}

fn an_empty_list_is_a_transaction_too(store: &dyn Store) {
    commit(store, []);
    store.submit(vec![]).unwrap();
    store.flush().unwrap();
    assert_eq!(files(store, &Scope::All), vec![]);
}
