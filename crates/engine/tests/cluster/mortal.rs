//! Processes that die in the middle of their work.
use super::lab::Lab;
use csync3_core::path::ClusterPath;
use csync3_disk::{Disk, Faults};
use csync3_engine::host::Host;
use csync3_store::row::{
    ActionRow, Applied, Change, DirtyPage, DirtyRow, Facts, HintRow, Pin, Scope, Totals,
};
use csync3_store::{FileRows, Store, StoreError};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

impl Lab {
    /// A process of a host that dies at its `last` operation on the disk: none of what it does then
    /// or later is done, on the disk or in the store.
    pub(crate) fn mortal(&self, index: usize, last: u64) -> Host {
        let life = Arc::new(AtomicU64::new(last));
        let store = Mortal { inner: self.host(index, &Disk::new()).store, life: life.clone() };
        let disk = Disk::with_faults(Faults::hook(move |_, _| {
            let left = life.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                Some(left.saturating_sub(1))
            });
            match left {
                Ok(0 | 1) | Err(_) => Err(io::Error::other("the process is dead")),
                Ok(_) => Ok(()),
            }
        }));
        Host { store: Arc::new(store), ..self.host(index, &disk) }
    }
}

/// The store of a process that may die: reading and writing end with it.
struct Mortal {
    inner: Arc<dyn Store>,
    life: Arc<AtomicU64>,
}

impl Mortal {
    fn alive(&self) -> Result<&dyn Store, StoreError> {
        match self.life.load(Ordering::SeqCst) {
            0 => Err(StoreError::ReadOnly { database: "of a dead process".into() }),
            _ => Ok(self.inner.as_ref()),
        }
    }
}

impl Store for Mortal {
    fn files(&self, scope: &Scope) -> Result<FileRows, StoreError> {
        self.alive()?.files(scope)
    }

    fn facts(&self, names: &[ClusterPath]) -> Result<Vec<Facts>, StoreError> {
        self.alive()?.facts(names)
    }

    fn dirty(&self, page: &DirtyPage) -> Result<Vec<DirtyRow>, StoreError> {
        self.alive()?.dirty(page)
    }

    fn dirty_peers(&self) -> Result<Vec<String>, StoreError> {
        self.alive()?.dirty_peers()
    }

    fn hints(&self) -> Result<Vec<HintRow>, StoreError> {
        self.alive()?.hints()
    }

    fn actions(&self) -> Result<Vec<ActionRow>, StoreError> {
        self.alive()?.actions()
    }

    fn pin(&self, peer: &str) -> Result<Option<Pin>, StoreError> {
        self.alive()?.pin(peer)
    }

    fn pins(&self) -> Result<Vec<Pin>, StoreError> {
        self.alive()?.pins()
    }

    fn conflicts(&self) -> Result<Vec<DirtyRow>, StoreError> {
        self.alive()?.conflicts()
    }

    fn totals(&self) -> Result<Totals, StoreError> {
        self.alive()?.totals()
    }

    fn version(&self) -> Result<i64, StoreError> {
        self.alive()?.version()
    }

    fn commit(&self, changes: Vec<Change>) -> Result<Applied, StoreError> {
        self.alive()?.commit(changes)
    }

    fn submit(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        self.alive()?.submit(changes)
    }

    fn flush(&self) -> Result<(), StoreError> {
        self.alive()?.flush()
    }
}
