//! What is done to a database as a whole: seen through, upgraded, made smaller.
//!
//! Every backend has its [`Upkeep`]. Nothing here opens a database for work, so it can also be looked
//! at while it still lacks what csync3 needs.
use crate::credentials::Environment;
use crate::mysql::MysqlUpkeep;
use crate::postgres::PostgresUpkeep;
use crate::sqlite::SqliteUpkeep;
use crate::url::{DatabaseUrl, ServerKind};
use crate::{Store, StoreError};

/// Something that is wrong with a database itself.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Its own check finds it damaged.
    Damaged {
        /// What it says, line by line.
        what: Vec<String>,
    },
    /// A table has no unique key where csync3 needs one.
    NoKey {
        /// The table.
        table: &'static str,
        /// The columns of the key.
        columns: &'static str,
    },
    /// Rows are equal where they must not be.
    Duplicates {
        /// The table.
        table: &'static str,
        /// The columns in which they are equal.
        columns: &'static str,
        /// How many rows have others like them.
        rows: u64,
    },
    /// Values are of another type than csync2 and csync3 write.
    BadValues {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// What should stand there.
        expected: &'static str,
        /// How many rows.
        rows: u64,
        /// The key of one of them, as the database quotes it.
        example: String,
    },
}

/// What can be done to a database as a whole.
pub trait Upkeep {
    /// The statements that csync3 runs when it opens the database for work: what is missing, as SQL.
    fn missing(&mut self) -> Result<Vec<String>, StoreError>;
    /// What is wrong with it. Writes nothing.
    fn faults(&mut self) -> Result<Vec<Fault>, StoreError>;
    /// Gives back space that nothing uses any more.
    fn vacuum(&mut self) -> Result<(), StoreError>;
    /// The database to be listed without being upgraded; `None` if it cannot be listed as it is.
    fn listing(&mut self) -> Result<Option<Box<dyn Store>>, StoreError>;
}

/// Takes a database that is there in hand.
///
/// # Errors
/// As [`crate::open`]; a database that is not there is not made.
pub fn upkeep(url: &DatabaseUrl, environment: &Environment) -> Result<Box<dyn Upkeep>, StoreError> {
    let url = url.clone().expected();
    match url.server() {
        Some(server) => match server.kind {
            ServerKind::Postgres => Ok(Box::new(PostgresUpkeep::open(server, environment)?)),
            ServerKind::Mysql => Ok(Box::new(MysqlUpkeep::open(server, environment)?)),
        },
        None => Ok(Box::new(SqliteUpkeep::open(&url)?)),
    }
}
