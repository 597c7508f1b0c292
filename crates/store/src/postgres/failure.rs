//! What the driver's errors mean: whether to try again, and what to tell people.
use crate::StoreError;
use crate::link::{LOST, Remedy};
use std::error::Error as _;
use std::io;
use std::path::Path;
use std::sync::Arc;
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

/// How to go on after this error.
pub(super) fn remedy(error: &Error) -> Remedy {
    if let Some(code) = error.code() {
        return match code.code() {
            // Serialization failure, deadlock, statement completion unknown, lock not available.
            "40001" | "40P01" | "40003" | "55P03" => Remedy::Again,
            // Shut down, crashed, starting up, too many connections, a standby for now.
            "57P01" | "57P02" | "57P03" | "53300" | "25006" => Remedy::Reconnect,
            code if code.starts_with("08") => Remedy::Reconnect,
            _ => Remedy::Tell,
        };
    }
    let system = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    // What TLS or its setting refuses will be refused again.
    let refused = |system: &io::Error| {
        matches!(system.kind(), io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput)
    };
    if error.is_closed() || system.is_some_and(|system| !refused(system)) {
        Remedy::Reconnect
    } else {
        Remedy::Tell
    }
}

/// The SQL that makes a database which takes every name.
pub(super) fn create(database: &str) -> String {
    let name = database.replace('"', "\"\"");
    format!(
        "CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'SQL_ASCII' \
         LC_COLLATE 'C' LC_CTYPE 'C'"
    )
}

/// The error of an `action` (a verb).
pub(super) fn store_error(database: &Path, action: &'static str, error: Error) -> StoreError {
    let hint = match error.code().map_or("", SqlState::code) {
        "22021" | "22P05" => {
            ": a name is no UTF-8, and this database takes nothing else (use one that was made \
             with ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C')"
        }
        "54000" => {
            ": a name is too long for the server's unique key (about 2,700 bytes after compression)"
        }
        "57014" => ": the server's statement_timeout ended it (give csync3's user a longer one)",
        "53100" => ": the server's disk is full",
        "42501" => ": the user may not do that (make it the owner of csync2's tables)",
        _ if remedy(&error) == Remedy::Reconnect => LOST,
        _ => "",
    };
    let database = database.to_path_buf();
    StoreError::Server { database, action, hint: hint.into(), source: Arc::new(error) }
}

/// The error of connecting.
pub(super) fn connect_error(database: &Path, name: &str, error: Error) -> StoreError {
    let hint = match error.code().map(|code| code.code()) {
        Some("28P01" | "28000") => {
            " (the password comes from the URL, its password-file=FILE, PGPASSWORD or ~/.pgpass)"
                .to_owned()
        }
        Some("42501") => format!(" (let an administrator run: {})", create(name)),
        None => " (is the server running, and are host and port right?)".to_owned(),
        _ => String::new(),
    };
    StoreError::Connect { database: database.to_path_buf(), hint, source: Arc::new(error) }
}
