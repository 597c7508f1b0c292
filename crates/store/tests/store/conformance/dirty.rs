//! What peers are owed.
use crate::rows::{
    clear, commit, dirty, force_mark, mark, name, owed, page, put, recorded, to, version,
};
use csync3_core::decide::local::Recorded;
use csync3_core::lineage::Lineage;
use csync3_store::Store;
use csync3_store::host;
use csync3_store::row::{
    Change, Direction, DirtyPage, DirtyRow, Facts, FileRow, Generation, Mark, Scope,
};

rules! {
    facts_keep_the_order_of_the_question,
    a_mark_is_cleared_only_by_who_served_it,
    a_mark_of_a_forced_row_keeps_the_force,
    force_reaches_all_peers_of_a_scope,
    a_dirty_row_says_whether_its_name_is_recorded,
    a_dirty_row_says_which_versions_it_replaces,
    dirty_rows_are_paged_in_both_directions,
    pages_of_one_peer_pass_over_the_others,
    peers_whose_stored_names_are_odd_are_paged_and_cleared,
}

fn facts_keep_the_order_of_the_question(store: &dyn Store) {
    commit(store, [put("/b", "v1:b"), mark("/b", "q"), mark("/b", "p"), mark("/c", "p")]);
    let facts = store.facts(&[name("/c"), name("/a"), name("/b"), name("/b")]).unwrap();
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
    let unknown =
        Change::Clear { name: name("/a"), peer: "p".into(), generation: Generation(None) };
    commit(store, [unknown]);
    assert_eq!(dirty(store), left);
    commit(store, [clear(&left[0]), mark("/a", "p")]);
    assert_ne!(dirty(store)[0].generation, left[0].generation);
}

fn a_mark_of_a_forced_row_keeps_the_force(store: &dyn Store) {
    commit(store, [mark("/a", "p"), mark("/b", "p"), force_mark("/c", "p")]);
    commit(store, [force_mark("/a", "p")]);
    let renamed = Mark { myname: "alias".into(), ..to("p") };
    commit(store, [mark("/b", "p"), Change::Mark { name: name("/c"), mark: renamed }]);
    assert_eq!(owed(&dirty(store)), ["/a>p!", "/b>p", "/c>p!"]);
    assert_eq!(dirty(store)[2].myname, "alias");
}

fn a_dirty_row_says_which_versions_it_replaces(store: &dyn Store) {
    let replacing = |numbers: std::ops::RangeInclusive<u8>| {
        let replaces = Some(numbers.rev().map(version).collect());
        Change::Mark { name: name("/a"), mark: Mark { replaces, ..to("p") } }
    };
    let told = || {
        let row = &dirty(store)[0];
        (row.held.clone(), row.replaces.clone())
    };
    commit(store, [replacing(1..=2)]);
    assert_eq!(told(), (None, Some(vec![version(2), version(1)])));
    let lineage = Some(Lineage::new(None, version(3), [version(2)]));
    let row = Recorded { lineage: lineage.clone(), ..recorded("v1:a") };
    commit(store, [Change::PutFile(FileRow { name: name("/a"), recorded: row }), replacing(3..=3)]);
    assert_eq!(told(), (lineage, Some([3, 2, 1].map(version).to_vec())));
    // What is served last is the oldest.
    commit(store, [replacing(4..=34)]);
    let newest: Vec<_> = (3..=34).rev().map(version).collect();
    assert_eq!(told().1, Some(newest));
    // A change that nobody knows the versions of makes it unknown, and so it stays.
    commit(store, [mark("/a", "p"), replacing(5..=6)]);
    assert_eq!(told().1, None);
    let nothing =
        Change::Mark { name: name("/b"), mark: Mark { replaces: Some(vec![]), ..to("p") } };
    commit(store, [nothing]);
    assert_eq!(dirty(store)[1].replaces, Some(vec![]));
}

fn a_dirty_row_says_whether_its_name_is_recorded(store: &dyn Store) {
    commit(store, [put("/a", "v1:a"), mark("/a", "p"), mark("/a", "q"), mark("/b", "p")]);
    let told = |rows: Vec<DirtyRow>| rows.iter().map(|row| row.recorded).collect::<Vec<_>>();
    assert_eq!(told(dirty(store)), [true, true, false]);
    commit(store, [Change::DropFile(name("/a")), put("/b", "v1:b")]);
    assert_eq!(told(dirty(store)), [false, false, true]);
    let facts = store.facts(&[name("/b"), name("/a")]).unwrap();
    assert_eq!(
        facts.into_iter().flat_map(|facts| told(facts.dirty)).collect::<Vec<_>>(),
        [true, false, false]
    );
}

fn force_reaches_all_peers_of_a_scope(store: &dyn Store) {
    let names = ["/d", "/d/a", "/d.old", "/e"];
    commit(store, names.map(|name| mark(name, "p")));
    commit(store, [mark("/d", "q")]);
    let before: Vec<_> = dirty(store).into_iter().map(|row| row.generation).collect();
    commit(store, [Change::Force(Scope::Tree(name("/d")))]);
    assert_eq!(owed(&dirty(store)), ["/d>p!", "/d>q!", "/d.old>p", "/d/a>p!", "/e>p"]);
    commit(store, [Change::Force(Scope::One(name("/e")))]);
    commit(store, [Change::Force(Scope::One(name("/none")))]);
    assert_eq!(owed(&dirty(store)), ["/d>p!", "/d>q!", "/d.old>p", "/d/a>p!", "/e>p!"]);
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
        super::name_bytes(row)
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
    assert_eq!(store.dirty(&page(Some("n9"), Direction::Ascending, 9)).unwrap(), vec![]);
    assert_eq!(store.dirty(&page(None, Direction::Ascending, 0)).unwrap(), vec![]);
    assert_eq!(store.dirty_peers().unwrap(), ["n1", "n2"]);
}

/// Neither UTF-8, nor encoded as csync2 encodes.
fn peers_whose_stored_names_are_odd_are_paged_and_cleared(store: &dyn Store) {
    let odd = [&b"p\xff"[..], b"p", b"p%zz", b"p%2b", b"p+", b"p\xef\xbf\xbd", b"p q", b"p%20q"];
    for name in ["/a", "/b"] {
        commit(store, odd.map(|stored| mark(name, &host::text(stored))));
    }
    let mut wanted = odd.map(host::text).to_vec();
    wanted.sort_by_key(|peer| host::stored(peer).into_owned());
    assert_eq!(store.dirty_peers().unwrap(), wanted);
    for direction in [Direction::Ascending, Direction::Descending] {
        assert_eq!(paged(store, page(None, direction, 3)).len(), 2 * odd.len());
        for peer in &wanted {
            assert_eq!(paged(store, page(Some(peer), direction, 1)).len(), 2, "{peer:?}");
        }
    }
    for row in dirty(store) {
        commit(store, [clear(&row)]);
    }
    assert_eq!(dirty(store), vec![]);
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
