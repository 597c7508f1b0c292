//! Why a store could not do what was asked.
//!
//! One error may be told to several callers, because their changes shared a transaction; so errors
//! are cheap to clone. None of them asks for a mere retry: waiting for other programs has been done.
use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

/// What the driver or the operating system said.
pub type Cause = Arc<dyn Error + Send + Sync + 'static>;

/// Why the database could not do what was asked.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The directory that should hold the database is not there.
    #[error(
        "cannot open database {}: there is no directory {} (create it, or name another with -D \
         or `database`){hint}",
        database.display(), directory.display()
    )]
    NoDirectory {
        /// The database file.
        database: PathBuf,
        /// The directory that is missing.
        directory: PathBuf,
        /// What may be wrong with the URL; empty or in brackets with a leading space.
        hint: &'static str,
    },
    /// The file cannot be opened at all.
    #[error("cannot open database {}{hint}", database.display())]
    Open {
        /// The database file.
        database: PathBuf,
        /// What may be wrong with the URL; empty or in brackets with a leading space.
        hint: &'static str,
        /// What the system said.
        source: Cause,
    },
    /// The file is something else than a SQLite 3 database.
    #[error(
        "cannot use {}: it is not a SQLite 3 database, or its beginning is damaged (if it was one, \
         run `csync3 db rebuild`; move it away to start with an empty one)",
        database.display()
    )]
    NotADatabase {
        /// The file.
        database: PathBuf,
    },
    /// Parts of the file are not what they should be.
    #[error(
        "cannot {action} database {}: the file is damaged (stop csync3 and csync2 on this host and \
         run `csync3 db rebuild`, which keeps the file and saves what can be read)",
        database.display()
    )]
    Corrupt {
        /// The file.
        database: PathBuf,
        /// What was tried.
        action: &'static str,
        /// What SQLite said.
        source: Cause,
    },
    /// Other programs have the file open.
    #[error(
        "cannot rebuild database {}: other programs have it open (stop csync3 and csync2 on this \
         host; `fuser -v {}` shows them)",
        database.display(), database.display()
    )]
    InUse {
        /// The file.
        database: PathBuf,
    },
    /// There is no file that could be rebuilt.
    #[error(
        "cannot rebuild database {}: it is on a server, whose administrator has to restore it",
        database.display()
    )]
    NoFile {
        /// The URL without its password.
        database: PathBuf,
    },
    /// There is no room.
    #[error(
        "cannot {action} database {}: the disk is full (nothing that was recorded before \
         is lost; make room and run csync3 again)",
        database.display()
    )]
    Full {
        /// The database file.
        database: PathBuf,
        /// What was tried.
        action: &'static str,
        /// What the system said.
        source: Cause,
    },
    /// The file is where several hosts may see it.
    #[error(
        "cannot use database {}: it is on {kind}, where SQLite can neither share memory between \
         processes nor rely on locks (put it on a local disk, with -D or `database`)",
        database.display()
    )]
    OnNetwork {
        /// The database file.
        database: PathBuf,
        /// The file system.
        kind: &'static str,
    },
    /// The file system cannot share memory between processes, which SQLite needs.
    #[error(
        "cannot use database {}: its file system has no shared memory (put it on a local disk, \
         with -D or `database`)",
        database.display()
    )]
    NoSharedMemory {
        /// The database file.
        database: PathBuf,
    },
    /// The file or its directory may not be written.
    #[error(
        "cannot write database {}: it is read-only here (check owner and mode of the file and of \
         its directory)",
        database.display()
    )]
    ReadOnly {
        /// The database file.
        database: PathBuf,
    },
    /// Other programs did not let go of the database in all the time that was waited.
    #[error(
        "cannot {action} database {}: other programs kept it for {waited_seconds} seconds (see \
         `fuser -v {}`)",
        database.display(), database.display()
    )]
    Occupied {
        /// The database file.
        database: PathBuf,
        /// What was tried.
        action: &'static str,
        /// How long it was tried, in seconds.
        waited_seconds: u64,
    },
    /// A statement failed.
    #[error("cannot {action} database {}", database.display())]
    Failed {
        /// The database file.
        database: PathBuf,
        /// What was tried.
        action: &'static str,
        /// What the driver said.
        source: Cause,
    },
    /// The thread that owns the connection is gone.
    #[error("cannot use database {}: it has been closed", database.display())]
    Closed {
        /// The database file.
        database: PathBuf,
    },
    /// The credentials of a server cannot be had.
    #[error("cannot open database {}: cannot use {} {}", database.display(), what, file.display())]
    Secret {
        /// The URL without its password.
        database: PathBuf,
        /// What the file is.
        what: &'static str,
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: Cause,
    },
    /// A database server cannot be talked to.
    #[error("cannot connect to database {}{hint}", database.display())]
    Connect {
        /// The URL without its password.
        database: PathBuf,
        /// What to do, in brackets with a leading space.
        hint: String,
        /// What the driver said.
        source: Cause,
    },
    /// A database server did not do it in all the time that it was tried.
    #[error(
        "cannot {action} database {}: the server was tried for {tried_seconds} seconds (see that it \
         runs and answers, then run csync3 again: what was not done is still marked)",
        database.display()
    )]
    Unreachable {
        /// The URL without its password.
        database: PathBuf,
        /// What was tried.
        action: &'static str,
        /// How long it was tried, in seconds.
        tried_seconds: u64,
        /// What the driver said at last.
        source: Cause,
    },
    /// A database server would not do it.
    #[error("cannot {action} database {}{hint}", database.display())]
    Server {
        /// The URL without its password.
        database: PathBuf,
        /// What was tried.
        action: &'static str,
        /// What to do, in brackets with a leading space.
        hint: String,
        /// What the server said.
        source: Cause,
    },
}
