//! Short ways to say rows and changes.
use csync3_core::decide::local::Recorded;
use csync3_core::lineage::Version;
use csync3_core::path::{ClusterPath, LocalPath};
use csync3_store::Store;
use csync3_store::row::{
    ActionRow, Change, Direction, DirtyPage, DirtyRow, FileRow, Generation, Hint, Mark, Scope,
    Totals,
};

pub(crate) fn name(decoded: &str) -> ClusterPath {
    ClusterPath::from_decoded(decoded.as_bytes()).unwrap()
}

pub(crate) fn recorded(checktxt: &str) -> Recorded {
    Recorded { checktxt: checktxt.into(), ..Recorded::default() }
}

pub(crate) fn put(decoded: &str, checktxt: &str) -> Change {
    Change::PutFile(FileRow { name: name(decoded), recorded: recorded(checktxt) })
}

pub(crate) fn to(peer: &str) -> Mark {
    Mark { peer: peer.into(), myname: "me".into(), forced: false, replaces: None }
}

/// A version; another number is another version.
pub(crate) fn version(number: u8) -> Version {
    Version::of_state(&[number])
}

pub(crate) fn mark(decoded: &str, peer: &str) -> Change {
    Change::Mark { name: name(decoded), mark: to(peer) }
}

pub(crate) fn force_mark(decoded: &str, peer: &str) -> Change {
    Change::Mark { name: name(decoded), mark: Mark { forced: true, ..to(peer) } }
}

pub(crate) fn clear(row: &DirtyRow) -> Change {
    let DirtyRow { name, peer, generation, .. } = row.clone();
    Change::Clear { name, peer, generation }
}

pub(crate) fn checked(decoded: &str, was: Option<&str>, now: Option<&str>) -> Change {
    Change::Checked {
        name: name(decoded),
        was: was.map(recorded),
        now: now.map(recorded),
        marks: vec![to("peer")],
        actions: vec![action(decoded, "run", "")],
    }
}

pub(crate) fn hint(path: &str, recursive: bool) -> Hint {
    Hint { path: LocalPath::new(path.as_bytes()), recursive }
}

pub(crate) fn action(decoded: &str, command: &str, logfile: &str) -> ActionRow {
    ActionRow { name: name(decoded), command: command.into(), logfile: logfile.into() }
}

pub(crate) fn page(peer: Option<&str>, direction: Direction, limit: usize) -> DirtyPage {
    DirtyPage { peer: peer.map(Into::into), after: None, direction, limit }
}

pub(crate) fn commit(store: &dyn Store, changes: impl Into<Vec<Change>>) {
    let applied = store.commit(changes.into()).unwrap();
    assert_eq!(applied.stale, vec![]);
}

pub(crate) fn files(store: &dyn Store, scope: &Scope) -> Vec<FileRow> {
    store.files(scope).unwrap().collect::<Result<_, _>>().unwrap()
}

pub(crate) fn file_names(store: &dyn Store, scope: &Scope) -> Vec<String> {
    files(store, scope).iter().map(|row| row.name.display()).collect()
}

pub(crate) fn dirty(store: &dyn Store) -> Vec<DirtyRow> {
    store.dirty(&page(None, Direction::Ascending, usize::MAX)).unwrap()
}

/// `NAME>PEER`, with `!` behind it if forced.
pub(crate) fn owed(rows: &[DirtyRow]) -> Vec<String> {
    let shown =
        |row: &DirtyRow| format!("{}>{}{}", row.name, row.peer, if row.forced { "!" } else { "" });
    rows.iter().map(shown).collect()
}

/// The rows without what two stores number or time differently.
pub(crate) fn without_generations(rows: Vec<DirtyRow>) -> Vec<DirtyRow> {
    let same = |row| DirtyRow { generation: Generation(None), since: None, ..row };
    rows.into_iter().map(same).collect()
}

/// The totals without the times of marks, which are the clock's.
pub(crate) fn without_ages(mut totals: Totals) -> Totals {
    totals.peers.iter_mut().for_each(|peer| peer.oldest = None);
    totals
}

/// The hints, without the numbers of their rows.
pub(crate) fn hints(store: &dyn Store) -> Vec<csync3_store::row::Hint> {
    store.hints().unwrap().into_iter().map(|row| row.hint).collect()
}
