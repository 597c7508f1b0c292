//! csync2's tables on a MySQL or MariaDB server.
//!
//! [`MysqlStore`] is a handle; one worker thread per store owns the connection and drives it.
//! Streams of `file` rows run beside it on connections of their own.
//!
//! * `connect`: connections, their settings, TLS · `tables`: how they have to be · `schema`: makes them so
//! * `change`, `bulk`: writing many rows at once · `read`, `dirty`: listing · `value`: literals and columns
//! * `upkeep`: a database as a whole · `failure`: the driver's errors as ours
//!
//! # Invariants
//! * A group is one transaction. If it fails for a reason that passes (a lost connection, a deadlock, a
//!   row that appeared meanwhile) the whole group is written again. A commit whose answer was lost may
//!   thus be made twice, which is harmless: marks are made anew, and a check finds its row written.
//! * Texts are columns of bytes, and values stand in a statement as hexadecimal literals, so neither
//!   character sets nor collations nor the server's mode have a say.
//! * Nothing outlives a call: no prepared statements, temporary tables, locks or variables.
mod bulk;
mod change;
mod connect;
mod dirty;
mod failure;
mod read;
mod schema;
mod tables;
mod upkeep;
mod value;

pub(crate) use upkeep::MysqlUpkeep;

use crate::credentials::Environment;
use crate::link::{self, Link, runtime};
use crate::row::{
    ActionRow, Applied, Change, DirtyPage, DirtyRow, Facts, FileRow, HintRow, Pin, Scope, Totals,
};
use crate::stream::{self, Sink};
use crate::url::ServerUrl;
use crate::worker::{Backend, Handle};
use crate::{FileRows, Store, StoreError};
use connect::{Connection, Target, transaction, unconnected, within};
use crossbeam_channel::Sender;
use csync3_core::path::ClusterPath;
use failure::{store_error, upgrade_error};
use mysql_async::prelude::Queryable;
use mysql_async::{Error, Row};
use read::Ordered;
use schema::Tables;
use tokio::runtime::Runtime;

/// A snapshot for several statements.
const SNAPSHOT: &str = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; \
    START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY";

/// A database on a server. Dropping it commits what was submitted and closes the connection.
pub struct MysqlStore {
    worker: Handle<Session>,
    target: Target,
}

/// What the worker owns.
struct Session {
    runtime: Runtime,
    link: Link<Target>,
    /// The lists of the open group.
    lists: Vec<Vec<Change>>,
}

impl MysqlStore {
    /// Opens a database; makes it, or adds to csync2's tables what csync3 needs.
    ///
    /// # Errors
    /// [`StoreError::Connect`], [`StoreError::Server`], [`StoreError::Secret`].
    pub fn open(server: &ServerUrl, environment: &Environment) -> Result<Self, StoreError> {
        let target = Target::new(server, environment)?;
        let theirs = target.clone();
        let worker = Handle::start(target.shown.clone(), move || Session::open(theirs))?;
        Ok(Self { worker, target })
    }

    fn read<T: Send + 'static>(
        &self,
        read: impl AsyncFn(&mut Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.worker.read(move |session| {
            let Session { runtime, link, .. } = session;
            runtime.block_on(link.retrying("read", read))
        })
    }
}

impl Session {
    fn open(target: Target) -> Result<Self, StoreError> {
        let runtime = runtime(&target.shown)?;
        let link = runtime.block_on(async {
            let mut link = connect::open(target).await?;
            match link.retrying("upgrade", schema::ensure).await? {
                Tables::Ready => Ok(link),
                Tables::Refused(sql, error) => Err(upgrade_error(&link.server.shown, &sql, error)),
            }
        })?;
        Ok(Self { runtime, link, lists: Vec::new() })
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(connection) = self.link.take() {
            // The server notices by itself if the farewell does not arrive.
            let _ = self.runtime.block_on(connection.link.disconnect());
        }
    }
}

impl Backend for Session {
    const READS_JOIN: bool = false;
    /// As many as the queue has: a server far away is reached by large groups.
    const AHEAD: usize = usize::MAX;

    fn begin(&mut self) -> Result<(), StoreError> {
        self.lists.clear();
        Ok(())
    }

    fn add(&mut self, changes: Vec<Change>) -> Result<(), StoreError> {
        self.lists.push(changes);
        Ok(())
    }

    fn commit(&mut self) -> Result<Vec<Applied>, StoreError> {
        let Self { runtime, link, lists } = self;
        let lists = &*lists;
        runtime.block_on(link.retrying("write", async |connection| {
            within(connection, async |connection| change::apply(connection, lists).await).await
        }))
    }

    fn abandon(&mut self) {
        self.lists.clear();
    }

    /// The server's commit is durable, as it is set up.
    fn flush(&mut self) -> Result<(), StoreError> {
        Ok(())
    }
}

impl Store for MysqlStore {
    fn files(&self, scope: &Scope) -> Result<FileRows, StoreError> {
        let sql = read::files(scope);
        if matches!(scope, Scope::One(_)) {
            let rows = self.read(async move |connection| {
                let rows: Vec<Row> = connection.link.query(&*sql).await?;
                rows.iter().map(value::file_row).collect::<Result<Vec<_>, _>>()
            })?;
            return Ok(Box::new(rows.into_iter().map(Ok)));
        }
        self.worker.settle()?;
        let target = self.target.clone();
        stream::from_server(&self.target.shown, move |sink, begun| {
            runtime(&target.shown)?.block_on(send_rows(&target, &sql, sink, begun))
        })
    }

    fn facts(&self, names: &[ClusterPath]) -> Result<Vec<Facts>, StoreError> {
        let names = names.to_vec();
        self.read(async move |connection| read::facts(connection, &names).await)
    }

    fn dirty(&self, page: &DirtyPage) -> Result<Vec<DirtyRow>, StoreError> {
        let page = page.clone();
        self.read(async move |connection| dirty::page(connection, &page).await)
    }

    fn dirty_peers(&self) -> Result<Vec<String>, StoreError> {
        self.read(dirty::peers)
    }

    fn conflicts(&self) -> Result<Vec<DirtyRow>, StoreError> {
        self.read(dirty::conflicts)
    }

    fn totals(&self) -> Result<Totals, StoreError> {
        self.read(async |connection| transaction(connection, SNAPSHOT, read::totals).await)
    }

    fn version(&self) -> Result<i64, StoreError> {
        self.read(read::version)
    }

    fn hints(&self) -> Result<Vec<HintRow>, StoreError> {
        self.read(read::hints)
    }

    fn actions(&self) -> Result<Vec<ActionRow>, StoreError> {
        self.read(read::actions)
    }

    fn pin(&self, peer: &str) -> Result<Option<Pin>, StoreError> {
        let peer = peer.to_owned();
        let found = self.read(async move |connection| read::pins(connection, Some(&peer)).await)?;
        Ok(found.into_iter().next())
    }

    fn pins(&self) -> Result<Vec<Pin>, StoreError> {
        self.read(async |connection| read::pins(connection, None).await)
    }

    fn commit(&self, changes: Vec<Change>) -> Result<Applied, StoreError> {
        self.worker.commit(changes)
    }

    fn submit(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        self.worker.submit(changes)
    }

    fn flush(&self) -> Result<(), StoreError> {
        self.worker.flush()
    }
}

/// Sends the rows of one statement, which sees one snapshot.
async fn send_rows(
    target: &Target,
    sql: &str,
    sink: &mut Sink,
    begun: &Sender<()>,
) -> Result<(), StoreError> {
    let failed = |error| store_error(&target.shown, "read", error);
    let connected = link::connect(target).await;
    let mut connection = connected.map_err(|error| unconnected(target, error))?;
    let mut rows = connection.link.query_iter(sql).await.map_err(failed)?;
    let mut next: Option<Row> = rows.next().await.map_err(failed)?;
    // Its first row is here: what it sees is decided. The opener may have gone away.
    let _ = begun.send(());
    let mut ordered = Ordered::default();
    while let Some(row) = next {
        let row = value::file_row(&row).map_err(failed)?;
        if !push_all(sink, ordered.push(row)) {
            // The rest is not read: the connection is closed with it.
            return Ok(());
        }
        next = rows.next().await.map_err(failed)?;
    }
    drop(rows);
    push_all(sink, ordered.finish());
    // The server notices by itself if the farewell does not arrive.
    let _ = connection.link.disconnect().await;
    Ok(())
}

/// Hands rows on; `false` if nobody reads any more.
fn push_all(sink: &mut Sink, rows: Vec<FileRow>) -> bool {
    rows.into_iter().all(|row| sink.push(row))
}
