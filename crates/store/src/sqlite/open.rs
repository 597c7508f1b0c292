//! Opens connections: to write, to stream beside the writer, and to read what may not be written.
//!
//! # Why WAL with `synchronous=NORMAL` is safe here
//! A power loss may take the last transactions that were not flushed, never a part of one, and never
//! the consistency of the file. A lost *mark* is found again by the next check, because the `file`
//! row that hides the change was lost with it; a lost *clear* sends an object again that the peer
//! has. What others are told is durable is flushed before (`Store::flush`).
use super::failure::store_error;
use super::peers::{self, Marked};
use super::turn::{self, Turn};
use super::{place, schema};
use crate::StoreError;
use crate::row::Applied;
use crate::url::Presence;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, ffi};
use std::cell::Cell;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Page cache of a connection, in KiB (negative, as SQLite has it).
const CACHE_KIB: i64 = -4_000;

/// Pages in the `-wal` file from which a commit copies them into the database. Between 1,000 and 8,000
/// no difference was measurable on a disk that syncs fast; 4,000 (16 MiB) syncs a quarter as often as
/// SQLite's 1,000, which matters on one that does not.
const CHECKPOINT_PAGES: i64 = 4_000;

/// Bytes of the `-wal` file that stay when it is begun anew: what a long reader has made it grow by is
/// given back.
const WAL_KEPT: i64 = CHECKPOINT_PAGES * 4_096;

/// Says whether the `-wal` file has just become so large that readers are waited for a moment, so that
/// it can be begun anew: where one reader follows another SQLite never does that by itself.
///
/// It is so for 64 MiB and each further 16, and for the process whose commit has passed that length.
pub(super) const fn is_large(before: u64, now: u64) -> bool {
    let step = WAL_KEPT.unsigned_abs();
    now >= 4 * step && now / step > before / step
}

/// What may be done with a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// All.
    Write,
    /// The file or its directory is read-only.
    Read,
}

/// The connection of the worker, and what belongs to it.
pub(super) struct Session {
    pub(super) connection: Connection,
    pub(super) database: PathBuf,
    pub(super) access: Access,
    pub(super) turn: Turn,
    /// What came of the lists of the open transaction.
    pub(super) applied: Vec<Applied>,
    /// Bytes of the `-wal` file when the open transaction began.
    pub(super) wal_before: u64,
    /// This process has made the `-wal` file so long that it is to be begun anew.
    pub(super) is_wal_long: bool,
    /// Others wait for the open transaction to end.
    pub(super) is_wanted: bool,
    /// What this process has marked.
    pub(super) marked: Marked,
    /// The index by peers is there, or cannot be made.
    pub(super) peers_settled: Cell<bool>,
}

impl Session {
    /// Opens a database to write, or, where that is not possible, to read.
    pub(super) fn open(
        database: &Path,
        hint: &'static str,
        presence: Presence,
    ) -> Result<Self, StoreError> {
        place::check(database, hint, presence)?;
        loop {
            let before = inode(database);
            let opened = Self::open_file(database, hint, presence);
            // While it waited for the file somebody may have put another one in its place.
            if before.is_none() || before == inode(database) {
                return opened;
            }
        }
    }

    /// Opens a database to be listed as it is.
    pub(super) fn look(database: &Path, hint: &'static str) -> Result<Self, StoreError> {
        let turn = Turn::new(&wal_path(database));
        let connection = look(database).map_err(|error| open_error(database, hint, error))?;
        Ok(Self::of(connection, database, Access::Read, turn))
    }

    fn open_file(
        database: &Path,
        hint: &'static str,
        presence: Presence,
    ) -> Result<Self, StoreError> {
        let turn = Turn::new(&wal_path(database));
        let opened = match turn::patiently(|| writer(database, &turn, presence)) {
            Err(error) if cannot_write(&error) && database.exists() => {
                turn::patiently(|| reader(database)).map(|connection| (connection, Access::Read))
            }
            opened => opened.map(|connection| (connection, Access::Write)),
        };
        let (connection, access) = opened.map_err(|error| open_error(database, hint, error))?;
        Ok(Self::of(connection, database, access, turn))
    }

    fn of(connection: Connection, database: &Path, access: Access, turn: Turn) -> Self {
        Self {
            connection,
            database: database.into(),
            access,
            turn,
            applied: Vec::new(),
            wal_before: 0,
            is_wal_long: false,
            is_wanted: false,
            marked: Marked::default(),
            peers_settled: Cell::new(false),
        }
    }

    /// This database's error of an `action` (a verb).
    pub(super) fn failed(&self, action: &'static str, error: rusqlite::Error) -> StoreError {
        store_error(&self.database, action, error)
    }
}

/// Lets a connection wait for others as long as it takes.
pub(super) fn patient(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.busy_handler(Some(turn::wait))
}

/// Opens a second connection to a database that is open already, for a stream of its own.
pub(super) fn beside(database: &Path, access: Access) -> rusqlite::Result<Connection> {
    if access == Access::Read {
        return reader(database);
    }
    // Not read-only: the last connection to close must be able to tidy up the `-wal` file.
    let connection = connect(database, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

/// The file that holds what has not been copied into the database yet.
pub(super) fn wal_path(database: &Path) -> PathBuf {
    suffixed(database, "-wal")
}

/// The name of a file that stands beside another one.
pub(super) fn suffixed(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    name.into()
}

fn inode(database: &Path) -> Option<u64> {
    std::fs::metadata(database).ok().map(|file| file.ino())
}

fn connect(database: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    // A relative name that begins with `file:` would be taken for a URI.
    let path = if database.is_absolute() { database.into() } else { Path::new(".").join(database) };
    let mut connection = Connection::open_with_flags(path, flags)?;
    patient(&mut connection)?;
    connection.set_prepared_statement_cache_capacity(48);
    plan_once(&connection)?;
    connection.pragma_update(None, "cache_size", CACHE_KIB)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(connection)
}

/// Lets a statement keep the plan that it was prepared with. SQLite would otherwise prepare it again
/// for each value that is bound, in case that a table has been analyzed and another index is better.
fn plan_once(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(|_| ())
}

/// Opens a file that is there to be listed, without adding anything to it.
pub(super) fn look(database: &Path) -> rusqlite::Result<Connection> {
    let opened = turn::patiently(|| {
        // Not read-only, as for `beside`.
        let connection = connect(database, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        schema::cover(&connection)?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(connection)
    });
    match opened {
        Err(error) if cannot_write(&error) => turn::patiently(|| reader(database)),
        opened => opened,
    }
}

/// Opens a connection to write; a file that is not there is made if it is not expected.
pub(super) fn writer(
    database: &Path,
    turn: &Turn,
    presence: Presence,
) -> rusqlite::Result<Connection> {
    let flags = match presence {
        Presence::Made => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        Presence::Expected => OpenFlags::SQLITE_OPEN_READ_WRITE,
    };
    let connection = connect(database, flags)?;
    if connection.is_readonly("main")? {
        // SQLite has fallen back by itself; csync3 wants to know.
        return Err(rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_READONLY), None));
    }
    let mode: String = connection.query_row("PRAGMA journal_mode=WAL", [], |row| row.get(0))?;
    if !mode.eq_ignore_ascii_case("wal") {
        return Err(rusqlite::Error::SqliteFailure(
            ffi::Error::new(ffi::SQLITE_IOERR_SHMMAP),
            None,
        ));
    }
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    connection.pragma_update(None, "journal_size_limit", WAL_KEPT)?;
    schema::ensure(&connection, turn)?;
    schema::touch(&connection)?;
    peers::drop_unused(&connection, turn)?;
    Ok(connection)
}

fn reader(database: &Path) -> rusqlite::Result<Connection> {
    let plain = connect(database, OpenFlags::SQLITE_OPEN_READ_ONLY).and_then(|connection| {
        schema::cover(&connection)?;
        Ok(connection)
    });
    match plain {
        // A WAL file needs shared memory beside it. Where that cannot be made and nothing waits to
        // be copied, nobody can be writing here, and the file alone says all.
        Err(error) if cannot_write(&error) && nothing_waits(database) => immutable(database),
        other => other,
    }
}

fn nothing_waits(database: &Path) -> bool {
    std::fs::metadata(wal_path(database)).map_or(true, |wal| wal.len() == 0)
}

fn immutable(database: &Path) -> rusqlite::Result<Connection> {
    let mut uri = String::from("file:");
    if !database.is_absolute() {
        uri.push_str("./");
    }
    for &byte in database.as_os_str().as_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => {
                uri.push(char::from(byte));
            }
            other => write!(uri, "%{other:02X}").expect("a string takes everything"),
        }
    }
    uri.push_str("?immutable=1");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(uri, flags)?;
    plan_once(&connection)?;
    schema::cover(&connection)?;
    Ok(connection)
}

fn cannot_write(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied)
    )
}

pub(super) fn open_error(
    database: &Path,
    hint: &'static str,
    error: rusqlite::Error,
) -> StoreError {
    if error.sqlite_error_code() == Some(ErrorCode::CannotOpen) {
        return StoreError::Open { database: database.into(), hint, source: Arc::new(error) };
    }
    store_error(database, "open", error)
}

#[cfg(test)]
mod tests {
    use super::is_large;

    #[test]
    fn a_log_is_large_each_time_it_has_grown_by_so_much() {
        // A sixteenth of what is copied at once.
        let unit = super::WAL_KEPT.unsigned_abs() / 16;
        for (before, now, expected) in [
            (0, 63, false),
            (63, 64, true),
            (64, 64, false),
            (64, 79, false),
            (79, 81, true),
            (0, 200, true),
            (200, 16, false),
        ] {
            assert_eq!(is_large(before * unit, now * unit), expected, "{before} {now}");
        }
    }
}
