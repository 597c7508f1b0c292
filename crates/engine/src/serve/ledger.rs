//! What a session writes down, in as few transactions as its promises allow.
//!
//! A state is committed *before* the disk shows it ([`Ledger::commit`]); that it has been reached,
//! and what follows from it, may be recorded a little later ([`Ledger::later`]): a crash in between
//! leaves a row that allows for both states. So the second half of one command shares a transaction
//! with the first half of the next.
use csync3_core::path::ClusterPath;
use csync3_store::row::{Change, Facts};
use csync3_store::{Store, StoreError};
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
}

impl Ledger {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self { store, later: Vec::new() }
    }

    /// What is known of these names; what was left for later shows.
    pub(super) fn facts(&mut self, names: &[ClusterPath]) -> Result<Vec<Facts>, StoreError> {
        self.settle()?;
        self.store.facts(names)
    }

    /// Writes down what must be safe before the next step, and what was left for later.
    pub(super) fn commit(&mut self, changes: Vec<Change>) -> Result<(), StoreError> {
        if changes.is_empty() {
            return Ok(());
        }
        let mut all = std::mem::take(&mut self.later);
        all.extend(changes);
        self.store.commit(all).map(drop)
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
        self.store.submit(std::mem::take(&mut self.later))
    }

    /// Hands everything to the store and waits until it is committed.
    pub(super) fn conclude(&mut self) -> Result<(), StoreError> {
        if self.later.is_empty() {
            return Ok(());
        }
        self.store.commit(std::mem::take(&mut self.later)).map(|_| ())
    }
}
