//! Processes that die in the middle of their work.
use super::hooked::Hooked;
use super::lab::Lab;
use csync3_disk::{Disk, Faults};
use csync3_engine::host::Host;
use csync3_store::StoreError;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

impl Lab {
    /// A process of a host that dies at its `last` operation on the disk: none of what it does then
    /// or later is done, on the disk or in the store.
    pub(crate) fn mortal(&self, index: usize, last: u64) -> Host {
        let life = Arc::new(AtomicU64::new(last));
        let inner = self.host(index, &Disk::new()).store;
        let left = life.clone();
        let store = Hooked {
            inner,
            ask: move |_: super::hooked::Call<'_>| match left.load(Ordering::SeqCst) {
                0 => Err(StoreError::ReadOnly { database: "of a dead process".into() }),
                _ => Ok(()),
            },
        };
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
