//! A database on a server as a whole: its keys, its upgrade as SQL, `VACUUM`.
use super::connect::{self, Target};
use super::{PostgresStore, schema};
use crate::credentials::Environment;
use crate::link::{Link, runtime};
use crate::upkeep::{Fault, Upkeep};
use crate::url::ServerUrl;
use crate::{Store, StoreError};
use tokio::runtime::Runtime;
use tokio_postgres::{Client, Error};

/// A database on a server, to be looked at as a whole.
pub(crate) struct PostgresUpkeep {
    runtime: Runtime,
    link: Link<Target>,
    server: ServerUrl,
    environment: Environment,
}

impl PostgresUpkeep {
    pub(crate) fn open(server: &ServerUrl, environment: &Environment) -> Result<Self, StoreError> {
        let target = Target::new(server, environment)?;
        let runtime = runtime(&target.shown)?;
        let link = runtime.block_on(connect::open(target))?;
        Ok(Self { runtime, link, server: server.clone(), environment: environment.clone() })
    }

    fn run<T>(
        &mut self,
        action: &'static str,
        work: impl AsyncFn(&Client) -> Result<T, Error>,
    ) -> Result<T, StoreError> {
        self.runtime.block_on(self.link.retrying(action, async |client| work(client).await))
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
        self.run("vacuum", schema::vacuum)
    }

    fn listing(&mut self) -> Result<Option<Box<dyn Store>>, StoreError> {
        if !self.missing()?.is_empty() {
            return Ok(None);
        }
        Ok(Some(Box::new(PostgresStore::open(&self.server, &self.environment)?)))
    }
}
