//! What the driver's errors mean to the people who read ours.
use super::turn;
use crate::StoreError;
use rusqlite::ErrorCode;
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
        return StoreError::Occupied {
            database,
            action,
            waited_seconds,
        };
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => StoreError::NotADatabase { database },
        Some(ErrorCode::ReadOnly) => StoreError::ReadOnly { database },
        _ => StoreError::Failed {
            database,
            action,
            source: Arc::new(error),
        },
    }
}
