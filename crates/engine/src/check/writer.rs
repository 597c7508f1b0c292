//! Writes findings in batches, beside the comparison.
use super::Finding;
use csync3_core::path::ClusterPath;
use csync3_store::row::Change;
use csync3_store::{Store, StoreError};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{Scope, ScopedJoinHandle};

/// Findings in one transaction.
const BATCH: usize = 500;

/// Batches that may wait to be written.
const WAITING: usize = 4;

type Stale = Result<Vec<ClusterPath>, StoreError>;

/// A thread that commits batches in order.
pub(super) struct Writer<'scope> {
    batch: Vec<Change>,
    differences: u64,
    sender: Option<SyncSender<Vec<Change>>>,
    thread: Option<ScopedJoinHandle<'scope, Stale>>,
}

impl<'scope> Writer<'scope> {
    pub(super) fn start<'env>(scope: &'scope Scope<'scope, 'env>, store: &'env dyn Store) -> Self {
        let (sender, batches) = sync_channel::<Vec<Change>>(WAITING);
        let thread = scope.spawn(move || {
            let mut stale = Vec::new();
            for batch in batches {
                stale.extend(store.commit(batch)?.stale);
            }
            Ok(stale)
        });
        Self { batch: Vec::new(), differences: 0, sender: Some(sender), thread: Some(thread) }
    }

    /// How many findings were real differences.
    pub(super) fn differences(&self) -> u64 {
        self.differences
    }

    /// Takes a finding. An error means that an earlier batch failed.
    pub(super) fn push(&mut self, finding: Finding) -> Result<(), StoreError> {
        self.differences += u64::from(finding.found.is_some());
        self.batch.push(finding.change);
        if self.batch.len() < BATCH { Ok(()) } else { self.send() }
    }

    fn send(&mut self) -> Result<(), StoreError> {
        let batch = std::mem::take(&mut self.batch);
        let accepted = self.sender.as_ref().is_some_and(|sender| sender.send(batch).is_ok());
        // The thread ends early only with the error that it returns.
        if accepted { Ok(()) } else { self.join().map(drop) }
    }

    /// Writes what is left and returns the names that have to be looked at again.
    pub(super) fn finish(mut self) -> Stale {
        self.send()?;
        self.join()
    }

    fn join(&mut self) -> Stale {
        self.sender = None;
        match self.thread.take().map(ScopedJoinHandle::join) {
            Some(Ok(stale)) => stale,
            Some(Err(panic)) => std::panic::resume_unwind(panic),
            None => Ok(Vec::new()),
        }
    }
}
