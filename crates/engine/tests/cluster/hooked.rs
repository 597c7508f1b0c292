//! A store that says what is about to be done, and may be kept from it.
use csync3_core::path::ClusterPath;
use csync3_store::row::{
    ActionRow, Applied, Change, DirtyPage, DirtyRow, Facts, HintRow, Pin, Scope, Totals,
};
use csync3_store::{FileRows, Store, StoreError};
use std::sync::Arc;

/// What is asked of a store.
#[derive(Debug)]
pub(crate) enum Call<'a> {
    /// To tell something.
    Read,
    /// To write these changes.
    Write(&'a [Change]),
    /// To make everything durable that was written.
    Flush,
}

/// Asks `ask` before each call; an error of it is the call's answer.
pub(crate) struct Hooked<F> {
    pub(crate) inner: Arc<dyn Store>,
    pub(crate) ask: F,
}

impl<F: Fn(Call<'_>) -> Result<(), StoreError>> Hooked<F> {
    fn reading(&self) -> Result<&dyn Store, StoreError> {
        (self.ask)(Call::Read)?;
        Ok(self.inner.as_ref())
    }

    fn writing(&self, changes: &[Change]) -> Result<&dyn Store, StoreError> {
        (self.ask)(Call::Write(changes))?;
        Ok(self.inner.as_ref())
    }
}

impl<F: Fn(Call<'_>) -> Result<(), StoreError> + Send + Sync> Store for Hooked<F> {
    fn files(&self, scope: &Scope) -> Result<FileRows, StoreError> {
        self.reading()?.files(scope)
    }

    fn facts(&self, names: &[ClusterPath]) -> Result<Vec<Facts>, StoreError> {
        self.reading()?.facts(names)
    }

    fn dirty(&self, page: &DirtyPage) -> Result<Vec<DirtyRow>, StoreError> {
        self.reading()?.dirty(page)
    }

    fn dirty_peers(&self) -> Result<Vec<String>, StoreError> {
        self.reading()?.dirty_peers()
    }

    fn hints(&self) -> Result<Vec<HintRow>, StoreError> {
        self.reading()?.hints()
    }

    fn actions(&self) -> Result<Vec<ActionRow>, StoreError> {
        self.reading()?.actions()
    }

    fn pin(&self, peer: &str) -> Result<Option<Pin>, StoreError> {
        self.reading()?.pin(peer)
    }

    fn pins(&self) -> Result<Vec<Pin>, StoreError> {
        self.reading()?.pins()
    }

    fn conflicts(&self) -> Result<Vec<DirtyRow>, StoreError> {
        self.reading()?.conflicts()
    }

    fn totals(&self) -> Result<Totals, StoreError> {
        self.reading()?.totals()
    }

    fn version(&self) -> Result<i64, StoreError> {
        self.reading()?.version()
    }

    fn commit(&self, changes: Vec<Change>) -> Result<Applied, StoreError> {
        self.writing(&changes)?.commit(changes)
    }

    fn submit(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        self.writing(&changes)?.submit(changes)
    }

    fn flush(&self) -> Result<(), StoreError> {
        (self.ask)(Call::Flush)?;
        self.inner.flush()
    }
}
