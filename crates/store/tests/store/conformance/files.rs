//! What is remembered of objects, and how it is listed.
use crate::rows::{
    action, checked, commit, dirty, file_names, files, mark, name, owed, put, recorded, to, version,
};
use csync3_core::decide::local::{Also, Recorded};
use csync3_core::entry::{ContentHash, Fingerprint, Timestamp};
use csync3_core::lineage::{Lineage, Origin};
use csync3_core::path::ClusterPath;
use csync3_store::Store;
use csync3_store::row::{Change, FileRow, Scope};

rules! {
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
    what_was_announced_is_concluded_unless_another_has_written_since,
}

fn rows_are_listed_in_the_order_of_their_encoded_bytes(store: &dyn Store) {
    // `%` begins every escape, so a space (%20) sorts behind `#` and before `&`.
    let ordered = ["%p%/x", "/a#", "/a b", "/a&", "/a-b", "/a/b", "/a0", "/b"];
    commit(store, ordered.iter().rev().map(|name| put(name, "v1")).collect::<Vec<_>>());
    assert_eq!(file_names(store, &Scope::All), ordered);
}

fn names_need_not_be_text_and_case_matters(store: &dyn Store) {
    let names: Vec<_> = [&b"/A"[..], b"/a", b"/\xc3\xa4", b"/\xfe\xff"]
        .map(|bytes| ClusterPath::from_decoded(bytes).unwrap())
        .into();
    for name in &names {
        let row = FileRow { name: name.clone(), recorded: recorded(&format!("{name:?}")) };
        commit(store, [Change::PutFile(row), Change::Mark { name: name.clone(), mark: to("p") }]);
    }
    let listed: Vec<_> = files(store, &Scope::All).into_iter().map(|row| row.name).collect();
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
    commit(store, [put(&long, "v1"), put(&longer, "v1"), mark(&longer, "p")]);
    assert_eq!(file_names(store, &Scope::All), [&*long, &*longer]);
    assert_eq!(dirty(store)[0].name, name(&longer));
}

fn everything_that_is_recorded_comes_back(store: &dyn Store) {
    let time = |seconds, nanos| Timestamp { seconds, nanos };
    let print = |inode| Fingerprint { mtime: time(-2, 7), ctime: time(9_000_000_000, 1), inode };
    let text = b"v1:mode=41471:uid=0:gid=0:type=lnk:target=/a%20b".to_vec();
    let full = Recorded {
        checktxt: text.clone(),
        fingerprint: Some(print(u64::MAX)),
        hash: Some(ContentHash([0xfe; 32])),
        also: Some(Also::Text(text)),
        lineage: Some(Lineage::new(Some(Origin::of("n1")), version(2), [version(1)])),
    };
    for (at, row) in [
        full.clone(),
        Recorded { also: Some(Also::Absent), ..full.clone() },
        Recorded { also: Some(Also::Text(b"-".to_vec())), ..full.clone() },
        Recorded { also: Some(Also::Text(vec![])), hash: None, ..full.clone() },
        Recorded { lineage: Some(Lineage::new(None, version(0), [])), ..full.clone() },
        Recorded { lineage: None, ..full.clone() },
        Recorded { fingerprint: None, also: None, ..full },
        Recorded { checktxt: b"\xff\x01%".to_vec(), ..Recorded::default() },
        Recorded::default(),
    ]
    .into_iter()
    .enumerate()
    {
        let name = name(&format!("/{at}"));
        commit(store, [Change::PutFile(FileRow { name: name.clone(), recorded: row.clone() })]);
        assert_eq!(
            store.facts(std::slice::from_ref(&name)).unwrap()[0].recorded,
            Some(row.clone())
        );
        let listed = files(store, &Scope::One(name.clone()));
        assert_eq!(listed, vec![FileRow { name, recorded: row }]);
    }
}

fn a_time_that_does_not_fit_is_left_out(store: &dyn Store) {
    let mtime = Timestamp { seconds: 20_000_000_000, nanos: 0 };
    let fingerprint = Some(Fingerprint { mtime, ctime: Timestamp::default(), inode: 1 });
    let row = Recorded { fingerprint, ..recorded("v1") };
    commit(store, [Change::PutFile(FileRow { name: name("/a"), recorded: row })]);
    assert_eq!(files(store, &Scope::All)[0].recorded, recorded("v1"));
}

fn a_tree_is_the_directory_and_what_is_below_it(store: &dyn Store) {
    for text in ["%p%", "%p%/a", "%p%x", "/", "/d", "/d b", "/d.old/x", "/d/a/b", "/d0"] {
        let name = ClusterPath::from_stored(super::name_bytes(text).as_slice());
        commit(store, [Change::PutFile(FileRow { name, recorded: recorded("v1") })]);
    }
    let tree = |text: &str| file_names(store, &Scope::Tree(name(text)));
    assert_eq!(tree("/d"), ["/d", "/d/a/b"]);
    assert_eq!(tree("%p%"), ["%p%", "%p%/a"]);
    assert_eq!(tree("/"), ["/", "/d", "/d b", "/d.old/x", "/d/a/b", "/d0"]);
    assert_eq!(tree("/none"), Vec::<String>::new());
    assert_eq!(file_names(store, &Scope::One(name("/d"))), ["/d"]);
    assert_eq!(file_names(store, &Scope::All).len(), 9);
}

fn a_list_does_not_see_later_writes(store: &dyn Store) {
    let names: Vec<_> = (1_000..4_000).map(|number| format!("/{number}")).collect();
    commit(store, names.iter().map(|name| put(name, "old")).collect::<Vec<_>>());
    let mut rows = store.files(&Scope::All).unwrap();
    let first = rows.next().unwrap().unwrap();
    commit(store, names.iter().map(|name| put(name, "new")).collect::<Vec<_>>());
    commit(store, [put("/9999", "new"), Change::DropFile(name("/3999"))]);
    let rest: Vec<_> = rows.map(|row| row.unwrap()).collect();
    assert_eq!(rest.len(), names.len() - 1);
    assert!(rest.iter().chain([&first]).all(|row| row.recorded == recorded("old")));
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
    let gone = store.commit(vec![checked("/gone", Some("v1:a"), Some("v1:b"))]).unwrap();
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
    commit(store, [checked("/a", Some("v1:a:b"), None), checked("/b", None, None)]);
    assert_eq!(files(store, &Scope::All), vec![]);
    assert_eq!(owed(&dirty(store)), ["/a>peer", "/b>peer"]);
}

fn what_was_announced_is_concluded_unless_another_has_written_since(store: &dyn Store) {
    let state = |hash: u8, also: Option<Also>| Recorded {
        hash: Some(ContentHash([hash; 32])),
        also,
        ..recorded("v1:new")
    };
    let conclude = |announced: &Recorded, now: Option<Recorded>| {
        let (name, was) = (name("/f"), Some(announced.clone()));
        let change = Change::Checked { name, was, now, marks: Vec::new(), actions: Vec::new() };
        store.commit(vec![change]).unwrap().stale.is_empty()
    };
    let there = || store.facts(&[name("/f")]).unwrap().remove(0).recorded;
    let put = |recorded| Change::PutFile(FileRow { name: name("/f"), recorded });
    let announced = state(1, Some(Also::Absent));
    assert!(!conclude(&announced, Some(state(1, None))), "nothing was announced");
    assert_eq!(there(), None);
    commit(store, [put(announced.clone())]);
    assert!(conclude(&announced, Some(state(1, None))));
    assert_eq!(there(), Some(state(1, None)));
    let others = [state(2, Some(Also::Absent)), state(1, Some(Also::Text(b"v1:old".into())))];
    for other in others.into_iter().chain([state(1, None)]) {
        commit(store, [put(other.clone())]);
        assert!(!conclude(&announced, Some(recorded("v1:late"))));
        assert!(!conclude(&announced, None));
        assert_eq!(there(), Some(other));
    }
    commit(store, [put(announced.clone())]);
    assert!(conclude(&announced, None));
    assert_eq!(there(), None);
}
