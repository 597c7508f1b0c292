//! What the driver's errors mean to the people who read ours.
use super::turn;
use crate::StoreError;
use rusqlite::{ErrorCode, ffi};
use std::path::Path;
use std::sync::Arc;

/// The error of an `action` (a verb) on a database.
pub(super) fn store_error(
    database: &Path,
    action: &'static str,
    error: rusqlite::Error,
) -> StoreError {
    let database = database.to_path_buf();
    if turn::is_busy(&error) {
        // The driver's own words would send people to look for a lock file.
        let waited_seconds = turn::LONGEST_WAIT.as_secs();
        return StoreError::Occupied { database, action, waited_seconds };
    }
    if matches!(
        error.sqlite_error().map(|error| error.extended_code),
        Some(ffi::SQLITE_IOERR_SHMOPEN | ffi::SQLITE_IOERR_SHMLOCK | ffi::SQLITE_IOERR_SHMMAP)
    ) {
        return StoreError::NoSharedMemory { database };
    }
    if error.sqlite_error().is_some_and(|it| it.extended_code == ffi::SQLITE_IOERR_SHMSIZE) {
        // The shared memory is a file, too, and could not be made larger.
        return StoreError::Full { database, action, source: Arc::new(error) };
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => StoreError::NotADatabase { database },
        Some(ErrorCode::DatabaseCorrupt) => {
            StoreError::Corrupt { database, action, source: Arc::new(error) }
        }
        Some(ErrorCode::DiskFull) => StoreError::Full { database, action, source: Arc::new(error) },
        Some(ErrorCode::ReadOnly) => StoreError::ReadOnly { database },
        _ => StoreError::Failed { database, action, source: Arc::new(error) },
    }
}

/// Says whether the file is not what SQLite wrote.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error_code();
    matches!(code, Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

#[cfg(test)]
mod tests {
    use super::store_error;
    use rusqlite::{Error, ffi};
    use std::path::Path;

    fn message(code: i32) -> String {
        let said = Some("database is locked".to_owned());
        let error = Error::SqliteFailure(ffi::Error::new(code), said);
        let error = store_error(Path::new("/d/node1.db3"), "write", error);
        let source = std::error::Error::source(&error).map(ToString::to_string);
        format!("{error}: {}", source.unwrap_or_default())
    }

    #[test]
    fn a_busy_database_is_never_called_locked() {
        for code in [ffi::SQLITE_BUSY, ffi::SQLITE_LOCKED, ffi::SQLITE_PROTOCOL] {
            let message = message(code);
            assert!(message.contains("kept it for 600 seconds"), "{message}");
            assert!(!message.contains("lock"), "{message}");
        }
    }

    #[test]
    fn a_message_names_the_file_and_a_remedy() {
        assert!(message(ffi::SQLITE_IOERR_SHMMAP).contains("node1.db3: its file system has no"));
        assert!(message(ffi::SQLITE_NOTADB).contains("node1.db3: it is not a SQLite 3 database"));
        assert!(message(ffi::SQLITE_READONLY_DIRECTORY).contains("check owner and mode"));
        assert!(message(ffi::SQLITE_FULL).contains("node1.db3: the disk is full"));
        assert!(message(ffi::SQLITE_CORRUPT).contains("run `csync3 db rebuild`"));
        assert!(message(ffi::SQLITE_IOERR).starts_with("cannot write database /d/node1.db3: "));
    }
}
