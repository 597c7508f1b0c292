//! A database on a server as a whole: its keys, its upgrade as SQL, `VACUUM`.
use super::connect::{Link, Target};
use super::failure::store_error;
use super::{PostgresStore, runtime, schema};
use crate::credentials::Environment;
use crate::upkeep::{Fault, Upkeep};
use crate::url::ServerUrl;
use crate::{Store, StoreError};
use tokio::runtime::Runtime;
use tokio_postgres::{Client, Error};

/// A database on a server, to be looked at as a whole.
pub(crate) struct PostgresUpkeep {
    runtime: Runtime,
    link: Link,
    server: ServerUrl,
    environment: Environment,
}

impl PostgresUpkeep {
    pub(crate) fn open(server: &ServerUrl, environment: &Environment) -> Result<Self, StoreError> {
        let target = Target::new(server, environment)?;
        let runtime = runtime(&target)?;
        let link = runtime.block_on(Link::open(target))?;
        Ok(Self { runtime, link, server: server.clone(), environment: environment.clone() })
    }

    fn run<T>(
        &mut self,
        action: &'static str,
        work: impl AsyncFn(&Client) -> Result<T, Error>,
    ) -> Result<T, StoreError> {
        self.runtime.block_on(self.link.retrying(action, work))
    }
}

impl Upkeep for PostgresUpkeep {
    fn missing(&mut self) -> Result<Vec<String>, StoreError> {
        self.run("read", schema::missing)
    }

    fn faults(&mut self) -> Result<Vec<Fault>, StoreError> {
        self.run("check", schema::faults)
    }

    fn vacuum(&mut self) -> Result<(), StoreError> {
        let Self { runtime, link, .. } = self;
        let shown = link.target.shown.clone();
        runtime.block_on(async {
            let failed = |error| store_error(&shown, "vacuum", error);
            let client = link.client().await.map_err(failed)?;
            for table in schema::tables() {
                // Each by itself: it is allowed in no transaction.
                let done = client.batch_execute(&format!("VACUUM ANALYZE {table}")).await;
                match done {
                    Err(error) if schema::is_missing_table(&error) => {}
                    done => done.map_err(failed)?,
                }
            }
            Ok(())
        })
    }

    fn listing(&mut self) -> Result<Option<Box<dyn Store>>, StoreError> {
        if !self.missing()?.is_empty() {
            return Ok(None);
        }
        Ok(Some(Box::new(PostgresStore::open(&self.server, &self.environment)?)))
    }
}
