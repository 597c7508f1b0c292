//! Hints, actions, and the order in which calls take effect.
use crate::rows::{action, checked, commit, dirty, files, hint, mark, name, put, recorded};
use csync3_store::Store;
use csync3_store::row::{Change, Facts, Scope};

rules! {
    a_new_store_is_empty,
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
    assert_eq!(crate::rows::hints(store), vec![]);
    assert_eq!(store.actions().unwrap(), vec![]);
    assert_eq!(store.facts(&[name("/a")]).unwrap(), vec![Facts::default()]);
}

fn hints_keep_their_order_and_are_not_doubled(store: &dyn Store) {
    let [b, a, a_below] = [hint("/b c", false), hint("/a", false), hint("/a", true)];
    for hint in [&b, &a_below, &a] {
        commit(store, [Change::AddHint(hint.clone())]);
    }
    let before = store.hints().unwrap();
    assert_eq!(crate::rows::hints(store), [b.clone(), a_below.clone(), a.clone()]);
    commit(store, [Change::AddHint(b.clone())]);
    assert_eq!(crate::rows::hints(store), [a_below.clone(), a, b.clone()]);
    // The row that was read first is another one than that of the hint given again.
    commit(store, [Change::DropHint(before[0].clone()), Change::DropHint(before[2].clone())]);
    assert_eq!(crate::rows::hints(store), [a_below.clone(), b]);
    for row in store.hints().unwrap() {
        commit(store, [Change::DropHint(row)]);
    }
    commit(store, [Change::AddHint(a_below)]);
    let numbers = |rows: &[csync3_store::row::HintRow]| rows.iter().map(|row| row.number).max();
    assert!(numbers(&store.hints().unwrap()) > numbers(&before), "no number comes twice");
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
    commit(store, [Change::DropAction(ignored), Change::DropAction(third)]);
    assert_eq!(store.actions().unwrap(), [fourth, second, first]);
}

fn a_call_sees_what_was_submitted_before(store: &dyn Store) {
    for number in 0..200 {
        let name = format!("/{number}");
        store.submit(vec![put(&name, "v1"), mark(&name, "p")]).unwrap();
        assert_eq!(dirty(store).len(), number + 1);
    }
    store.submit(vec![put("/last", "v1"), put("/0", "v2")]).unwrap();
    assert_eq!(store.files(&Scope::All).unwrap().count(), 201);
    store.submit(vec![Change::DropFile(name("/last"))]).unwrap();
    commit(store, [checked("/last", None, Some("v3"))]);
    store.submit(vec![put("/0", "v3")]).unwrap();
    store.flush().unwrap();
    assert_eq!(store.facts(&[name("/0")]).unwrap()[0].recorded, Some(recorded("v3")));
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
