//! Random change lists, played on two stores at once: all listings stay equal.
use crate::rows::{action, hint, page, to, without_ages, without_generations};
use csync3_core::decide::local::{Also, Recorded};
use csync3_core::entry::{ContentHash, Fingerprint, Timestamp};
use csync3_core::lineage::{Lineage, Origin, Version};
use csync3_core::path::ClusterPath;
use csync3_store::Store;
use csync3_store::memory::MemoryStore;
use csync3_store::row::{Change, Direction, FileRow, Generation, Mark, Scope};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::cell::RefCell;
use std::sync::Arc;

fn names() -> impl Strategy<Value = ClusterPath> {
    let bytes: [&[u8]; 12] = [
        b"/",
        b"/a",
        b"/A",
        b"/a b",
        b"/a/b",
        b"/a/b/c",
        b"/a.b",
        b"/a0",
        b"/\xff\xfe",
        b"/b'c",
        b"%25p%25",
        b"%25p%25/a",
    ];
    prop::sample::select(bytes.to_vec()).prop_map(ClusterPath::from_stored)
}

fn peers() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["n1", "n2", "n 3"])
}

fn scopes() -> impl Strategy<Value = Scope> {
    prop_oneof![names().prop_map(Scope::One), names().prop_map(Scope::Tree), Just(Scope::All)]
}

fn texts() -> impl Strategy<Value = Vec<u8>> {
    prop::sample::select(vec![
        b"v1:a".to_vec(),
        b"v1:b c".to_vec(),
        b"v1:mtime=5:type=reg:size=170".to_vec(),
        b"v1:type=lnk:target=/type=reg%3Asize=9".to_vec(),
        b"-".to_vec(),
        vec![],
    ])
}

fn states() -> impl Strategy<Value = Recorded> {
    let also = prop_oneof![
        Just(None),
        Just(Some(Also::Absent)),
        texts().prop_map(|text| Some(Also::Text(text)))
    ];
    let time = (any::<i32>(), 0u32..1_000_000_000)
        .prop_map(|(seconds, nanos)| Timestamp { seconds: seconds.into(), nanos });
    let print = (time.clone(), time, any::<u64>()).prop_map(|(mtime, ctime, inode)| Fingerprint {
        mtime,
        ctime,
        inode,
    });
    let hash = proptest::option::of(any::<[u8; 32]>().prop_map(ContentHash));
    (texts(), proptest::option::of(print), hash, also, lineages()).prop_map(
        |(checktxt, fingerprint, hash, also, lineage)| Recorded {
            checktxt,
            fingerprint,
            hash,
            also,
            lineage,
        },
    )
}

fn versions() -> impl Strategy<Value = Vec<Version>> {
    let version = (0..40_u8).prop_map(|number| Version::of_state(&[number]));
    vec(version, 0..20)
}

fn lineages() -> impl Strategy<Value = Option<Lineage>> {
    let from = proptest::option::of(peers().prop_map(Origin::of));
    let lineage = (from, versions()).prop_map(|(from, versions)| {
        let (own, before) = versions.split_first()?;
        Some(Lineage::new(from, *own, before.to_vec()))
    });
    prop_oneof![Just(None), lineage]
}

fn marks() -> impl Strategy<Value = Mark> {
    let replaces = prop_oneof![1 => Just(None), 3 => versions().prop_map(Some)];
    (peers(), any::<bool>(), replaces).prop_map(|(peer, forced, replaces)| Mark {
        forced,
        replaces,
        ..to(peer)
    })
}

fn actions() -> impl Strategy<Value = csync3_store::row::ActionRow> {
    (names(), prop::sample::select(vec!["a", "a b"]), prop::sample::select(vec!["", "/l"]))
        .prop_map(|(name, command, logfile)| csync3_store::row::ActionRow {
            name,
            ..action("/", command, logfile)
        })
}

fn hints() -> impl Strategy<Value = csync3_store::row::Hint> {
    (prop::sample::select(vec!["/a", "/a b", "/"]), any::<bool>())
        .prop_map(|(path, recursive)| hint(path, recursive))
}

/// A change, or the wish to remove the dirty row or hint that comes at this place.
#[derive(Debug, Clone)]
enum Step {
    Change(Box<Change>),
    ClearNth(usize),
    DropNthHint(usize),
    /// A check whose decision was based on the row that is there.
    CheckPresent {
        name: ClusterPath,
        now: Option<Recorded>,
        marks: Vec<Mark>,
    },
}

fn step(change: Change) -> Step {
    Step::Change(Box::new(change))
}

fn steps() -> impl Strategy<Value = Step> {
    let checked = (
        names(),
        prop_oneof![Just(None), Just(Some(None)), states().prop_map(|row| Some(Some(row)))],
        proptest::option::of(states()),
        vec(marks(), 0..3),
        vec(actions(), 0..2),
    );
    prop_oneof![
        6 => checked.prop_map(|(name, was, now, marks, actions)| match was {
            Some(was) => step(Change::Checked { name, was, now, marks, actions }),
            None => Step::CheckPresent { name, now, marks },
        }),
        2 => (names(), states()).prop_map(|(name, recorded)| {
            step(Change::PutFile(FileRow { name, recorded }))
        }),
        1 => names().prop_map(|name| step(Change::DropFile(name))),
        3 => (names(), marks()).prop_map(|(name, mark)| step(Change::Mark { name, mark })),
        1 => (names(), peers()).prop_map(|(name, peer)| {
            let generation = Generation(Some(-1));
            step(Change::Clear { name, peer: peer.into(), generation })
        }),
        2 => (0usize..40).prop_map(Step::ClearNth),
        1 => scopes().prop_map(|scope| step(Change::Force(scope))),
        1 => (names(), peers(), any::<bool>()).prop_map(|(name, peer, found)| {
            let at = found.then_some(Timestamp { seconds: 7, nanos: 0 });
            step(Change::Conflict { name, peer: peer.into(), at })
        }),
        1 => (peers(), 0i64..9, any::<bool>()).prop_map(|(peer, seconds, complete)| {
            let at = Timestamp { seconds, nanos: 1 };
            step(Change::Pushed { peer: peer.into(), at, complete })
        }),
        1 => hints().prop_map(|hint| step(Change::AddHint(hint))),
        1 => (0usize..4).prop_map(Step::DropNthHint),
        1 => actions().prop_map(|action| step(Change::AddAction(action))),
        1 => actions().prop_map(|action| step(Change::DropAction(action))),
    ]
}

/// The steps as changes to this store, whose generations are its own.
fn changes(store: &dyn Store, steps: &[Step]) -> Vec<Change> {
    let rows = crate::rows::dirty(store);
    let hints = store.hints().unwrap();
    let change = |step: &Step| match step {
        Step::Change(change) => Some(Change::clone(change)),
        Step::ClearNth(at) => rows.get(*at).map(crate::rows::clear),
        Step::DropNthHint(at) => hints.get(*at).cloned().map(Change::DropHint),
        Step::CheckPresent { name, now, marks } => Some(Change::Checked {
            name: name.clone(),
            was: store.facts(std::slice::from_ref(name)).unwrap().remove(0).recorded,
            now: now.clone(),
            marks: marks.clone(),
            actions: Vec::new(),
        }),
    };
    steps.iter().filter_map(change).collect()
}

fn same_listings(left: &dyn Store, right: &dyn Store, scope: &Scope) -> Result<(), TestCaseError> {
    let both = [left, right];
    let [left, right] = both.map(|store| crate::rows::files(store, &Scope::All));
    prop_assert_eq!(left, right);
    let [left, right] = both.map(|store| crate::rows::files(store, scope));
    prop_assert_eq!(left, right);
    for peer in [None, Some("n1"), Some("n 3")] {
        for direction in [Direction::Ascending, Direction::Descending] {
            let [left, right] = both
                .map(|store| without_generations(store.dirty(&page(peer, direction, 7)).unwrap()));
            prop_assert_eq!(left, right);
        }
    }
    let [left, right] = both.map(|store| {
        (without_ages(store.totals().unwrap()), without_generations(store.conflicts().unwrap()))
    });
    prop_assert_eq!(left, right);
    let [left, right] = both.map(|store| {
        (store.dirty_peers().unwrap(), crate::rows::hints(store), store.actions().unwrap())
    });
    prop_assert_eq!(left, right);
    Ok(())
}

/// Plays random lists on new stores of a server, and on memory.
pub(crate) fn play(cases: u32, mut open: impl FnMut() -> Arc<dyn Store>) {
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let open = RefCell::new(&mut open);
    let played = |(lists, scope): (Vec<Vec<Step>>, Scope)| {
        let (memory, server) = (MemoryStore::new(), open.borrow_mut()());
        for steps in &lists {
            // A server's waves may find them in another order.
            let stale = |store: &dyn Store| {
                let mut stale = store.commit(changes(store, steps)).unwrap().stale;
                stale.sort_unstable();
                stale
            };
            prop_assert_eq!(stale(&memory), stale(&*server));
        }
        same_listings(&memory, &*server, &scope)
    };
    let lists = (vec(vec(steps(), 0..12), 1..10), scopes());
    TestRunner::new(config).run(&lists, played).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn both_stores_list_the_same_after_any_changes(
        lists in vec(vec(steps(), 0..12), 1..10),
        scope in scopes(),
    ) {
        let directory = tempfile::tempdir().unwrap();
        let (memory, sqlite) = (MemoryStore::new(), crate::sqlite::open(directory.path()));
        for steps in &lists {
            let left = memory.commit(changes(&memory, steps)).unwrap();
            let right = sqlite.commit(changes(&sqlite, steps)).unwrap();
            prop_assert_eq!(left, right);
        }
        same_listings(&memory, &sqlite, &scope)?;
        drop(sqlite);
        same_listings(&memory, &crate::sqlite::open(directory.path()), &scope)?;
    }
}
