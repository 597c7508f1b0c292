//! Puts changes into waves: what is in one wave touches different rows, so it can be written in bulk
//! and in any order.
//!
//! A change comes as early as its rows allow; changes of one row keep their order.
use crate::row::{Change, Mark};
use csync3_core::path::ClusterPath;
use csync3_core::wire::escape;
use std::collections::HashMap;

/// A row: its table and its key.
type Key = (Table, Vec<u8>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Table {
    File,
    Dirty,
    Action,
    Hint,
    Peer,
    Pin,
}

/// The changes of these lists, each with the number of its list, wave by wave.
pub(crate) fn of_lists(lists: &[Vec<Change>]) -> Vec<Vec<(usize, &Change)>> {
    let changes: Vec<(usize, &Change)> = lists
        .iter()
        .enumerate()
        .flat_map(|(list, changes)| changes.iter().map(move |change| (list, change)))
        .collect();
    let only: Vec<&Change> = changes.iter().map(|(_, change)| *change).collect();
    let mut all: Vec<Vec<(usize, &Change)>> = Vec::new();
    for (wave, change) in waves(&only).into_iter().zip(changes) {
        all.resize_with(all.len().max(wave + 1), Vec::new);
        all[wave].push(change);
    }
    all
}

/// The wave of each change.
fn waves(changes: &[&Change]) -> Vec<usize> {
    let mut next: HashMap<Key, usize> = HashMap::new();
    let (mut floor, mut hint_floor, mut last) = (0, 0, 0);
    let mut wave_of = |change: &&Change| {
        let keys = keys(change);
        let earliest = keys.iter().filter_map(|key| next.get(key).copied()).max();
        let mut wave = earliest.unwrap_or_default().max(floor);
        match change {
            Change::Force(_) => {
                wave = last;
                floor = wave + 1;
            }
            // Hints are numbered in the order in which they come.
            Change::AddHint(_) | Change::DropHint(_) => {
                wave = wave.max(hint_floor);
                hint_floor = wave;
            }
            _ => {}
        }
        last = last.max(wave + 1);
        next.extend(keys.into_iter().map(|key| (key, wave + 1)));
        wave
    };
    changes.iter().map(&mut wave_of).collect()
}

fn keys(change: &Change) -> Vec<Key> {
    match change {
        Change::Checked { name, marks, actions, .. } => {
            let file = (Table::File, name.encoded().to_vec());
            let marks = marks.iter().map(|Mark { peer, .. }| pair(Table::Dirty, name, peer));
            let actions = actions.iter().map(|it| pair(Table::Action, &it.name, &it.command));
            std::iter::once(file).chain(marks).chain(actions).collect()
        }
        Change::PutFile(row) => vec![(Table::File, row.name.encoded().to_vec())],
        Change::DropFile(name) => vec![(Table::File, name.encoded().to_vec())],
        Change::Mark { name, mark } => vec![pair(Table::Dirty, name, &mark.peer)],
        Change::PutDirty(row) => vec![pair(Table::Dirty, &row.name, &row.peer)],
        Change::Clear { name, peer, .. }
        | Change::Overrule { name, peer, .. }
        | Change::Conflict { name, peer, .. } => vec![pair(Table::Dirty, name, peer)],
        Change::Force(_) => vec![],
        Change::Pushed { peer, .. } | Change::PutPushes { peer, .. } => {
            vec![(Table::Peer, peer.clone().into())]
        }
        Change::AddHint(hint) => vec![(Table::Hint, hint.path.as_bytes().to_vec())],
        Change::DropHint(row) => vec![(Table::Hint, row.hint.path.as_bytes().to_vec())],
        Change::AddAction(row) | Change::DropAction(row) => {
            vec![pair(Table::Action, &row.name, &row.command)]
        }
        Change::AddPin(pin) | Change::PutPin(pin) => vec![(Table::Pin, pin.peer.clone().into())],
        Change::DropPin { peer } => vec![(Table::Pin, peer.clone().into())],
    }
}

/// A name and something else; the zero byte is in no name.
fn pair(table: Table, name: &ClusterPath, with: impl AsRef<[u8]>) -> Key {
    (table, [name.encoded(), b"\0", &escape::encode(with.as_ref())].concat())
}

#[cfg(test)]
mod tests {
    use super::waves;
    use crate::row::{Change, Hint, Mark, Scope};
    use csync3_core::path::{ClusterPath, LocalPath};

    fn mark(name: &str, peer: &str) -> Change {
        let mark = Mark { peer: peer.into(), myname: "me".into(), forced: false, replaces: None };
        Change::Mark { name: ClusterPath::from_stored(name.as_bytes()), mark }
    }

    fn drop_file(name: &str) -> Change {
        Change::DropFile(ClusterPath::from_stored(name.as_bytes()))
    }

    fn add_hint(path: &str) -> Change {
        Change::AddHint(Hint { path: LocalPath::new(path.as_bytes()), recursive: false })
    }

    fn of(changes: &[Change]) -> Vec<usize> {
        waves(&changes.iter().collect::<Vec<_>>())
    }

    #[test]
    fn different_rows_share_a_wave_and_the_same_row_needs_another() {
        let changes = [mark("/a", "p"), drop_file("/a"), mark("/a", "q"), mark("/a", "p")];
        assert_eq!(of(&changes), [0, 0, 0, 1]);
        assert_eq!(of(&[drop_file("/a"), drop_file("/a"), drop_file("/b")]), [0, 1, 0]);
    }

    #[test]
    fn what_reaches_many_rows_stands_between_the_waves() {
        let changes = [mark("/a", "p"), Change::Force(Scope::All), mark("/b", "p")];
        assert_eq!(of(&changes), [0, 1, 2]);
        assert_eq!(of(&[Change::Force(Scope::All), mark("/b", "p")]), [0, 1]);
    }

    #[test]
    fn hints_keep_their_order() {
        let hints = [add_hint("/a"), add_hint("/b"), add_hint("/a"), add_hint("/c")];
        assert_eq!(of(&hints), [0, 0, 1, 1]);
    }
}
