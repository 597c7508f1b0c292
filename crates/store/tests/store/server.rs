//! Stores on the servers of the testkit.
use csync3_store::credentials::Environment;
use csync3_store::url::DatabaseUrl;
use csync3_store::{Store, StoreError};
pub(crate) use csync3_testkit::server::{Mysql, PASSWORD, Postgres, Server};
use std::sync::Arc;

pub(crate) fn open(url: &str) -> Result<Arc<dyn Store>, StoreError> {
    let url = DatabaseUrl::decide(Some(url), None, "node1", None).unwrap();
    csync3_store::open(&url, &Environment::default())
}

/// Opens databases of a server.
pub(crate) trait Opener {
    fn open(&self, database: &str) -> Arc<dyn Store>;
}

impl<S: Server> Opener for S {
    fn open(&self, database: &str) -> Arc<dyn Store> {
        open(&self.url(database)).unwrap()
    }
}
