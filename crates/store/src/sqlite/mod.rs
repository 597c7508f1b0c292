//! csync2's SQLite file, shared by any number of csync3 processes, and by csync2.
//!
//! [`SqliteStore`] is a handle; one worker thread per store owns the connection, so that many callers
//! share few transactions. Streams of `file` rows run beside it on connections of their own.
//!
//! * `place`: where a file may be · `open`: connections and their settings, durability · `schema`: tables · `turn`: fair waiting
//! * `worker`: groups as transactions · `change`: writing · `read`, `stream`, `totals`: listing
//! * `peers`: an index for hosts with many
//! * `value`, `scope`: our types as columns and conditions · `failure`: the driver's errors as ours
//! * `upkeep`: a file as a whole · `rebuild`: a new one in the place of a damaged one
//!
//! # Invariants
//! * Write transactions never span anything but database work.
//! * No caller ever sees that another process writes, except by waiting.
mod change;
mod failure;
mod keys;
mod open;
mod peers;
mod place;
mod read;
mod rebuild;
mod schema;
mod scope;
mod stream;
mod totals;
mod turn;
mod upkeep;
mod value;
mod worker;

pub use rebuild::{Rebuilding, Rebuilt, Saved, rebuild};
pub(crate) use upkeep::SqliteUpkeep;

use crate::row::{
    ActionRow, Applied, Change, DirtyPage, DirtyRow, Facts, HintRow, Pin, Scope, Totals,
};
use crate::url::DatabaseUrl;
use crate::worker::Handle;
use crate::{FileRows, Store, StoreError};
use csync3_core::path::ClusterPath;
use failure::store_error;
use open::{Access, Session};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A SQLite database. Dropping it commits what was submitted and closes the file.
pub struct SqliteStore {
    worker: Handle<Session>,
    database: PathBuf,
    access: Access,
}

impl SqliteStore {
    /// Opens a database; makes it, or adds to csync2's tables what csync3 needs.
    ///
    /// What may not be written is opened to be listed; changes then fail with
    /// [`StoreError::ReadOnly`].
    ///
    /// # Errors
    /// [`StoreError::NoDirectory`], [`StoreError::Open`], [`StoreError::OnNetwork`],
    /// [`StoreError::NotADatabase`], [`StoreError::Corrupt`].
    pub fn open(url: &DatabaseUrl) -> Result<Self, StoreError> {
        let since = Instant::now();
        let database = url.file(Path::is_dir);
        let store = Self::start(Session::open(&database, url.hint(), url.presence())?)?;
        store.worker.longest().note("opening", since.elapsed());
        Ok(store)
    }

    /// Serves a session.
    fn start(session: Session) -> Result<Self, StoreError> {
        let (database, access) = (session.database.clone(), session.access);
        let worker = Handle::start(database.clone(), move || Ok(session))?;
        Ok(Self { worker, database, access })
    }

    /// The database file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.database
    }

    fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Session) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.worker
            .read(move |session| read(session).map_err(|error| session.failed("read", error)))
    }

    fn check_writable(&self) -> Result<(), StoreError> {
        match self.access {
            Access::Write => Ok(()),
            Access::Read => Err(StoreError::ReadOnly { database: self.database.clone() }),
        }
    }
}

impl Store for SqliteStore {
    fn files(&self, scope: &Scope) -> Result<FileRows, StoreError> {
        if matches!(scope, Scope::One(_)) {
            let scope = scope.clone();
            let rows = self.read(move |session| read::files(&session.connection, &scope))?;
            return Ok(Box::new(rows.into_iter().map(Ok)));
        }
        self.worker.settle()?;
        let database = self.database.clone();
        let failed = move |error| store_error(&database, "read", error);
        self.worker
            .longest()
            .of("a listing", || stream::start(&self.database, self.access, scope, failed))
    }

    fn facts(&self, names: &[ClusterPath]) -> Result<Vec<Facts>, StoreError> {
        let names = names.to_vec();
        self.read(move |session| session.facts(&names))
    }

    fn dirty(&self, page: &DirtyPage) -> Result<Vec<DirtyRow>, StoreError> {
        let page = page.clone();
        self.read(move |session| session.dirty(&page))
    }

    fn dirty_peers(&self) -> Result<Vec<String>, StoreError> {
        self.read(Session::dirty_peers)
    }

    fn conflicts(&self) -> Result<Vec<DirtyRow>, StoreError> {
        self.read(Session::conflicts)
    }

    fn totals(&self) -> Result<Totals, StoreError> {
        self.read(Session::totals)
    }

    fn version(&self) -> Result<i64, StoreError> {
        self.read(Session::version)
    }

    fn hints(&self) -> Result<Vec<HintRow>, StoreError> {
        self.read(|session| read::hints(&session.connection))
    }

    fn actions(&self) -> Result<Vec<ActionRow>, StoreError> {
        self.read(|session| read::actions(&session.connection))
    }

    fn pin(&self, peer: &str) -> Result<Option<Pin>, StoreError> {
        let peer = peer.to_owned();
        self.read(move |session| read::pin(&session.connection, &peer))
    }

    fn pins(&self) -> Result<Vec<Pin>, StoreError> {
        self.read(|session| read::pins(&session.connection))
    }

    fn commit(&self, changes: Vec<Change>) -> Result<Applied, StoreError> {
        self.check_writable()?;
        self.worker.commit(changes)
    }

    fn submit(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        self.check_writable()?;
        self.worker.submit(changes)
    }

    fn flush(&self) -> Result<(), StoreError> {
        self.worker.flush()
    }

    fn longest_statement(&self) -> Option<(Duration, &'static str)> {
        Some(self.worker.longest().get())
    }
}
