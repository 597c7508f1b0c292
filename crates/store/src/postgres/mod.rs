//! csync2's tables on a PostgreSQL server, or on one that speaks its protocol.
//!
//! [`PostgresStore`] is a handle; one worker thread per store owns the connection and drives it.
//! Streams of `file` rows run beside it on connections of their own.
//!
//! * `connect`: connections and what is tried again · `tls` · `schema`: tables and keys
//! * `change`, `bulk`: writing many rows at once · `read`: listing · `value`: columns
//! * `upkeep`: a database as a whole · `failure`: the driver's errors as ours
//!
//! # Invariants
//! * A group is one transaction. If it fails for a reason that passes (a lost connection, a deadlock,
//!   a conflict of two transactions) the whole group is written again. A commit whose answer was lost
//!   may thus be made twice, which is harmless: marks are made anew, and a check finds its row written.
//! * Nothing beyond what distributed servers offer is needed: no advisory locks, no notifications, no
//!   prepared statements that outlive a call.
mod bulk;
mod change;
mod connect;
mod failure;
mod read;
mod schema;
mod tls;
mod upkeep;
mod value;

pub(crate) use upkeep::PostgresUpkeep;

use crate::credentials::Environment;
use crate::link::{self, Link, runtime};
use crate::row::{
    ActionRow, Applied, Change, DirtyPage, DirtyRow, Facts, HintRow, Pin, Scope, Totals,
};
use crate::stream::{self, Sink};
use crate::url::ServerUrl;
use crate::worker::{Backend, Handle};
use crate::{FileRows, Store, StoreError};
use connect::{Target, transaction, within};
use crossbeam_channel::{Sender, bounded};
use csync3_core::path::ClusterPath;
use failure::{connect_error, store_error};
use futures_util::TryStreamExt;
use read::{Names, ORDER};
use std::pin::pin;
use tokio::runtime::Runtime;
use tokio_postgres::{Client, Error};

/// A snapshot for several statements.
const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// A database on a server. Dropping it commits what was submitted and closes the connection.
pub struct PostgresStore {
    worker: Handle<Session>,
    target: Target,
    order: &'static str,
}

/// What the worker owns.
struct Session {
    runtime: Runtime,
    link: Link<Target>,
    bytewise: bool,
    /// The lists of the open group.
    lists: Vec<Vec<Change>>,
}

impl PostgresStore {
    /// Opens a database; makes it, or adds to csync2's tables what csync3 needs.
    ///
    /// # Errors
    /// [`StoreError::Connect`], [`StoreError::Server`], [`StoreError::Secret`].
    pub fn open(server: &ServerUrl, environment: &Environment) -> Result<Self, StoreError> {
        let target = Target::new(server, environment)?;
        let theirs = target.clone();
        let (tell, bytewise) = bounded(1);
        let worker = Handle::start(target.shown.clone(), move || {
            let session = Session::open(theirs)?;
            // The opener waits for it.
            let _ = tell.send(session.bytewise);
            Ok(session)
        })?;
        let order = ORDER[usize::from(bytewise.recv().unwrap_or_default())];
        Ok(Self { worker, target, order })
    }

    fn read<T: Send + 'static>(
        &self,
        read: impl AsyncFn(&Client) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.worker.read(move |session| {
            let Session { runtime, link, .. } = session;
            runtime.block_on(link.retrying("read", async |client| read(client).await))
        })
    }
}

impl Session {
    fn open(target: Target) -> Result<Self, StoreError> {
        let runtime = runtime(&target.shown)?;
        let (link, bytewise) = runtime.block_on(async {
            let mut link = connect::open(target).await?;
            let ensure = async |client: &mut Client| schema::ensure(client).await;
            let bytewise = link.retrying("upgrade", ensure).await?;
            Ok::<_, StoreError>((link, bytewise))
        })?;
        Ok(Self { runtime, link, bytewise, lists: Vec::new() })
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
        let Self { runtime, link, bytewise, lists } = self;
        let (lists, bytewise) = (&*lists, *bytewise);
        runtime.block_on(link.retrying("write", async |client| {
            let begin = "BEGIN ISOLATION LEVEL READ COMMITTED";
            within(client, begin, async |client| change::apply(client, lists, bytewise).await).await
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

impl Store for PostgresStore {
    fn files(&self, scope: &Scope) -> Result<FileRows, StoreError> {
        let sql = |names: &Names| {
            let (columns, order) = (value::RECORDED, self.order);
            let condition = &names.condition;
            format!(
                "SELECT filename, {columns} FROM file WHERE {condition} ORDER BY filename{order}"
            )
        };
        let names = Names::of(scope, self.order);
        let sql = sql(&names);
        if matches!(scope, Scope::One(_)) {
            let rows = self.read(async move |client| {
                let rows = client.query_typed(&sql, &names.values()).await?;
                rows.iter().map(value::file_row).collect::<Result<Vec<_>, _>>()
            })?;
            return Ok(Box::new(rows.into_iter().map(Ok)));
        }
        self.worker.settle()?;
        let target = self.target.clone();
        stream::from_server(&self.target.shown, move |sink, begun| {
            let runtime = runtime(&target.shown)?;
            runtime.block_on(send_rows(&target, &sql, &names, sink, begun))
        })
    }

    fn facts(&self, names: &[ClusterPath]) -> Result<Vec<Facts>, StoreError> {
        let (names, order) = (names.to_vec(), self.order);
        self.read(async move |client| read::facts(client, &names, order).await)
    }

    fn dirty(&self, page: &DirtyPage) -> Result<Vec<DirtyRow>, StoreError> {
        let (page, order) = (page.clone(), self.order);
        self.read(async move |client| read::dirty(client, &page, order).await)
    }

    fn dirty_peers(&self) -> Result<Vec<String>, StoreError> {
        self.read(read::dirty_peers)
    }

    fn conflicts(&self) -> Result<Vec<DirtyRow>, StoreError> {
        let order = self.order;
        self.read(async move |client| read::conflicts(client, order).await)
    }

    fn totals(&self) -> Result<Totals, StoreError> {
        self.read(async |client| transaction(client, SNAPSHOT, read::totals).await)
    }

    fn version(&self) -> Result<i64, StoreError> {
        self.read(read::version)
    }

    fn hints(&self) -> Result<Vec<HintRow>, StoreError> {
        self.read(read::hints)
    }

    fn actions(&self) -> Result<Vec<ActionRow>, StoreError> {
        let order = self.order;
        self.read(async move |client| read::actions(client, order).await)
    }

    fn pin(&self, peer: &str) -> Result<Option<Pin>, StoreError> {
        let (peer, order) = (peer.to_owned(), self.order);
        let found = self.read(async move |client| read::pins(client, Some(&peer), order).await)?;
        Ok(found.into_iter().next())
    }

    fn pins(&self) -> Result<Vec<Pin>, StoreError> {
        let order = self.order;
        self.read(async move |client| read::pins(client, None, order).await)
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
    names: &Names,
    sink: &mut Sink,
    begun: &Sender<()>,
) -> Result<(), StoreError> {
    let client = link::connect(target).await;
    let client = client.map_err(|error| connect_error(&target.shown, "", error))?;
    let failed = |error| store_error(&target.shown, "read", error);
    let rows = client.query_typed_raw(sql, names.values()).await.map_err(failed)?;
    let mut rows = pin!(rows);
    let mut next = rows.try_next().await.map_err(failed)?;
    // Its first row is here: what it sees is decided. The opener may have gone away.
    let _ = begun.send(());
    while let Some(row) = next {
        if !sink.push(value::file_row(&row).map_err(failed)?) {
            return Ok(());
        }
        next = rows.try_next().await.map_err(failed)?;
    }
    Ok(())
}
