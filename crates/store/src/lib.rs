//! csync3-store: what this host remembers.
//!
//! [`row`] has the rows ([`host`] the names of hosts in them) and the [`Change`]s that may be made to them, [`Store`] is what a backend
//! must do. A [`Change`] list is one transaction; nothing here spans network or file work.
//!
//! Backends: [`SqliteStore`], csync2's own file and the default · [`PostgresStore`] and [`MysqlStore`],
//! csync2's tables on a server · [`memory`], for tests and dry runs.
//! All of them pass the same suite (`tests/store`). [`url`] decides which database counts, [`open`]
//! opens it, [`upkeep`](mod@upkeep) does what is done to a database as a whole.
#![forbid(unsafe_code)]

mod ahead;
mod columns;
pub mod credentials;
mod error;
pub mod host;
mod link;
pub mod memory;
mod mysql;
mod postgres;
pub mod row;
mod sqlite;
mod stream;
pub mod upkeep;
pub mod url;
mod waves;
mod worker;

pub use error::{Cause, StoreError};
pub use mysql::MysqlStore;
pub use postgres::PostgresStore;
pub use sqlite::{Rebuilding, Rebuilt, Saved, SqliteStore, rebuild};

use credentials::Environment;
use csync3_core::path::ClusterPath;
use row::{
    ActionRow, Applied, Change, DirtyPage, DirtyRow, Facts, FileRow, HintRow, Pin, Scope, Totals,
};
use std::sync::Arc;
use std::time::Duration;
use url::{DatabaseUrl, ServerKind};

/// Rows of the `file` table in encoded name order, as one snapshot.
pub type FileRows = Box<dyn Iterator<Item = Result<FileRow, StoreError>> + Send>;

/// What csync3 needs from a database.
///
/// Calls are synchronous and may be made from any number of threads; a call sees everything that
/// earlier calls of this process wrote, committed or not.
pub trait Store: Send + Sync {
    /// Streams the rows of a scope, ordered by encoded name; later writes do not show.
    fn files(&self, scope: &Scope) -> Result<FileRows, StoreError>;
    /// What is known of each of these names, in their order.
    fn facts(&self, names: &[ClusterPath]) -> Result<Vec<Facts>, StoreError>;
    /// Dirty rows in encoded name order (or its reverse), a bounded page at a time.
    fn dirty(&self, page: &DirtyPage) -> Result<Vec<DirtyRow>, StoreError>;
    /// The peers that have dirty rows, in ascending order of their encoded bytes.
    fn dirty_peers(&self) -> Result<Vec<String>, StoreError>;
    /// The dirty rows whose last push ended in a conflict, ordered by name, then encoded peer.
    fn conflicts(&self) -> Result<Vec<DirtyRow>, StoreError>;
    /// What there is, in numbers; takes one pass over the tables.
    fn totals(&self) -> Result<Totals, StoreError>;
    /// A number that is another one once somebody else has changed the database. Cheap.
    fn version(&self) -> Result<i64, StoreError>;
    /// All hints, in the order they were inserted.
    fn hints(&self) -> Result<Vec<HintRow>, StoreError>;
    /// All scheduled actions, ordered by encoded command, then logfile, then name.
    fn actions(&self) -> Result<Vec<ActionRow>, StoreError>;
    /// The certificate that is remembered for a peer.
    fn pin(&self, peer: &str) -> Result<Option<Pin>, StoreError>;
    /// All remembered certificates, in ascending order of the encoded peers.
    fn pins(&self) -> Result<Vec<Pin>, StoreError>;
    /// Makes these changes in one transaction and returns once they are committed.
    ///
    /// Lists of a few hundred changes are best: whole lists are put into transactions, and other
    /// processes wait for each.
    fn commit(&self, changes: Vec<Change>) -> Result<Applied, StoreError>;
    /// Makes these changes soon, in order, without waiting; a failure shows at the next call. Nobody
    /// learns which [`Change::Checked`] was stale: use [`Self::commit`] where that matters.
    fn submit(&self, changes: Vec<Change>) -> Result<(), StoreError>;
    /// Waits until everything submitted is committed and would survive a power loss.
    fn flush(&self) -> Result<(), StoreError>;
    /// The longest time that one statement took: a listing, or a transaction together with its wait for
    /// the turn, or opening; and which of these. `None` where nobody looks.
    fn longest_statement(&self) -> Option<(Duration, &'static str)> {
        None
    }
}

/// Opens the database of a URL.
///
/// # Errors
/// [`StoreError`] names the file or the server and what to do about it.
pub fn open(url: &DatabaseUrl, environment: &Environment) -> Result<Arc<dyn Store>, StoreError> {
    let Some(server) = url.server() else {
        return Ok(Arc::new(SqliteStore::open(url)?));
    };
    match server.kind {
        ServerKind::Postgres => Ok(Arc::new(PostgresStore::open(server, environment)?)),
        ServerKind::Mysql => Ok(Arc::new(MysqlStore::open(server, environment)?)),
    }
}
