//! What a session writes down, in as few transactions as its promises allow.
//!
//! A state is committed *before* the disk shows it ([`Ledger::commit`]); that it has been reached,
//! and what follows from it, may be recorded a little later ([`Ledger::later`]): a crash in between
//! leaves a row that allows for both states. So the second half of one command shares a transaction
//! with the first half of the next. At the peer's goodbye all is committed ([`Ledger::conclude`]).
use csync3_core::path::ClusterPath;
use csync3_store::row::{Change, Facts};
use csync3_store::{Store, StoreError};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

/// The longest time that something stays unwritten.
pub(super) const LATER: Duration = Duration::from_millis(5);

/// Changes that are not held back any longer.
const MANY: usize = 128;

/// The store as one session uses it.
pub(super) struct Ledger {
    store: Arc<dyn Store>,
    later: Vec<Change>,
    /// The store has changes that may not be committed yet.
    on_its_way: bool,
}

impl Ledger {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self { store, later: Vec::new(), on_its_way: false }
    }

    /// What is known of these names; what was left for later shows. What is about other names stays
    /// for later, so that it costs no transaction of its own.
    pub(super) fn facts(&mut self, names: &[ClusterPath]) -> Result<Vec<Facts>, StoreError> {
        let asked: HashSet<&ClusterPath> = names.iter().collect();
        if self.later.iter().any(|change| shows(change, &asked)) {
            self.settle()?;
        }
        self.store.facts(names)
    }

    /// Writes down what must be safe before the next step, and what was left for later.
    pub(super) fn commit(&mut self, changes: Vec<Change>) -> Result<(), StoreError> {
        if changes.is_empty() {
            return Ok(());
        }
        let mut all = std::mem::take(&mut self.later);
        all.extend(changes);
        self.on_its_way = false;
        self.store.commit(all).map(drop)
    }

    /// Waits until all is written down.
    pub(super) fn conclude(&mut self) -> Result<(), StoreError> {
        if self.later.is_empty() && !self.on_its_way {
            return Ok(());
        }
        self.on_its_way = false;
        // Changes are made in order, so what was submitted before is committed, too.
        self.store.commit(std::mem::take(&mut self.later)).map(drop)
    }

    /// Writes these changes down soon.
    pub(super) fn later(&mut self, changes: Vec<Change>) -> Result<(), StoreError> {
        self.later.extend(changes);
        if self.later.len() < MANY { Ok(()) } else { self.settle() }
    }

    /// Says whether something is left for later.
    pub(super) fn is_open(&self) -> bool {
        !self.later.is_empty()
    }

    /// Hands everything to the store.
    pub(super) fn settle(&mut self) -> Result<(), StoreError> {
        if self.later.is_empty() {
            return Ok(());
        }
        self.on_its_way = true;
        self.store.submit(std::mem::take(&mut self.later))
    }
}

/// Says whether a change may show in the facts of these names.
fn shows(change: &Change, names: &HashSet<&ClusterPath>) -> bool {
    match change {
        Change::Checked { name, .. } | Change::Mark { name, .. } | Change::Clear { name, .. } => {
            names.contains(name)
        }
        Change::PutFile(row) => names.contains(&row.name),
        Change::AddAction(_) => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::Ledger;
    use csync3_core::decide::local::Recorded;
    use csync3_core::path::ClusterPath;
    use csync3_store::memory::MemoryStore;
    use csync3_store::row::{Change, FileRow};
    use std::sync::Arc;

    #[test]
    fn what_was_left_for_later_shows_and_what_is_about_others_waits() {
        let name = |name: &str| ClusterPath::from_stored(name.as_bytes());
        let mut ledger = Ledger::new(Arc::new(MemoryStore::new()));
        let row = FileRow { name: name("/a"), recorded: Recorded::default() };
        ledger.later(vec![Change::PutFile(row)]).expect("memory does not fail");
        let known = |ledger: &mut Ledger, of: &str| {
            ledger.facts(&[name(of)]).expect("memory does not fail")[0].recorded.is_some()
        };
        assert!(!known(&mut ledger, "/b"));
        assert!(ledger.is_open());
        assert!(known(&mut ledger, "/a"));
        assert!(!ledger.is_open());
    }
}
