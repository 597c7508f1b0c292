//! What only a store with a file can do wrong.
use csync3_store::SqliteStore;
use csync3_store::url::DatabaseUrl;
use std::path::Path;

pub(crate) fn open(directory: &Path) -> SqliteStore {
    SqliteStore::open(&DatabaseUrl::of_file(&directory.join("node1.db3"))).unwrap()
}
