//! What the driver's errors mean: whether to try again, and what to tell people.
use crate::link::{LOST, Remedy};
use crate::{Cause, StoreError};
use mysql_async::{DriverError, Error, IoError};
use std::io;
use std::path::Path;
use std::sync::Arc;

/// The server's number of an error.
pub(super) fn code(error: &Error) -> Option<u16> {
    match error {
        Error::Server(error) => Some(error.code),
        _ => None,
    }
}

/// How to go on after this error.
pub(super) fn remedy(error: &Error) -> Remedy {
    match error {
        Error::Server(error) => of_code(error.code),
        // What TLS or its setting refuses will be refused again.
        Error::Io(IoError::Io(error)) => match error.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => Remedy::Tell,
            _ => Remedy::Reconnect,
        },
        Error::Driver(DriverError::ConnectionClosed | DriverError::PacketOutOfOrder) => {
            Remedy::Reconnect
        }
        _ => Remedy::Tell,
    }
}

fn of_code(code: u16) -> Remedy {
    match code {
        // A row that appeared after it had been looked for, a lock that was not to be had, a deadlock,
        // a row or table that has changed, a commit that a cluster has refused.
        1062 | 1205 | 1213 | 1020 | 1412 | 1180 => Remedy::Again,
        // Shut down, too many connections, killed, not yet in its cluster, the network, idle too long;
        // or read-only for now, until another one takes over.
        1053
        | 1077..=1080
        | 1040
        | 1203
        | 1927
        | 1047
        | 1158..=1161
        | 4031
        | 1290
        | 1792
        | 1836 => Remedy::Reconnect,
        _ => Remedy::Tell,
    }
}

/// Says whether the user lacks the right to do it.
pub(super) fn is_refused(error: &Error) -> bool {
    matches!(code(error), Some(1044 | 1142 | 1143 | 1227 | 1370))
}

/// What the server or the system said: the driver's own errors repeat what they are made of.
pub(super) fn cause(error: Error) -> Cause {
    match error {
        Error::Server(inner) => Arc::new(inner),
        Error::Driver(inner) => Arc::new(inner),
        Error::Io(IoError::Io(inner)) => Arc::new(inner),
        Error::Io(IoError::Tls(inner)) => Arc::new(inner),
        other => Arc::new(other),
    }
}

/// The SQL that makes a database.
pub(super) fn create(database: &str) -> String {
    format!("CREATE DATABASE `{}` CHARACTER SET binary", database.replace('`', "``"))
}

/// The SQL that makes a database and lets a user in.
fn create_for(database: &str, user: &str) -> String {
    // In this statement, and only in it, an underscore stands for any letter.
    let pattern = database.replace('`', "``").replace('_', "\\_");
    let user = user.replace('`', "``");
    format!("{}; GRANT ALL ON `{pattern}`.* TO `{user}`@`%`", create(database))
}

/// The error of an `action` (a verb).
pub(super) fn store_error(database: &Path, action: &'static str, error: Error) -> StoreError {
    let hint = match (&error, code(&error)) {
        (Error::Driver(DriverError::PacketTooLarge), _) | (_, Some(1153)) => {
            ": a row is larger than the server takes (raise its max_allowed_packet)"
        }
        (_, Some(1021 | 1114)) => ": the server's disk or tablespace is full",
        (_, Some(1969 | 3024 | 1907)) => {
            ": the server's max_statement_time or max_execution_time ended it (give csync3's user \
             a longer one)"
        }
        (_, Some(1665)) => ": the server's binlog_format must be ROW or MIXED",
        _ if is_refused(&error) => ": the user may not do that (grant it ALL on the database)",
        _ if remedy(&error) == Remedy::Reconnect => LOST,
        _ => "",
    };
    let database = database.to_path_buf();
    StoreError::Server { database, action, hint: hint.into(), source: cause(error) }
}

/// The error of making tables what csync3 needs.
pub(super) fn upgrade_error(database: &Path, sql: &[String], error: Error) -> StoreError {
    let hint = format!(" (let an administrator run in it: {})", sql.join("; "));
    let database = database.to_path_buf();
    StoreError::Server { database, action: "upgrade", hint, source: cause(error) }
}

/// The error of connecting.
pub(super) fn connect_error(shown: &Path, name: &str, user: &str, error: Error) -> StoreError {
    let hint = match code(&error) {
        Some(1045 | 1698) => {
            " (the password comes from the URL, its password-file=FILE, MYSQL_PWD, or [client] in \
             ~/.my.cnf if only its owner may read that)"
                .to_owned()
        }
        Some(1044 | 1049) => {
            format!(" (let an administrator run: {})", create_for(name, user))
        }
        Some(_) => String::new(),
        None if is_tls(&error) => " (see ssl-mode and ssl-ca in the URL)".to_owned(),
        None => " (is the server running, and are host and port right?)".to_owned(),
    };
    StoreError::Connect { database: shown.to_path_buf(), hint, source: cause(error) }
}

fn is_tls(error: &Error) -> bool {
    match error {
        Error::Io(IoError::Tls(_)) | Error::Driver(DriverError::NoClientSslFlagFromServer) => true,
        Error::Io(IoError::Io(error)) => rustls_error(error).is_some(),
        _ => false,
    }
}

/// What TLS has against a connection.
pub(super) fn rustls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref().and_then(|inner| inner.downcast_ref())
}

#[cfg(test)]
mod tests {
    use super::{connect_error, remedy, store_error};
    use crate::link::Remedy;
    use mysql_async::{DriverError, Error, ServerError};
    use std::io;
    use std::path::Path;

    fn server(code: u16) -> Error {
        let (message, state) = ("said".to_owned(), "HY000".to_owned());
        ServerError { code, message, state }.into()
    }

    #[test]
    fn what_passes_is_tried_again_and_the_rest_is_told() {
        for code in [1062, 1205, 1213, 1020] {
            assert_eq!(remedy(&server(code)), Remedy::Again, "{code}");
        }
        for code in [1053, 1040, 1290, 1927] {
            assert_eq!(remedy(&server(code)), Remedy::Reconnect, "{code}");
        }
        for code in [1021, 1114, 1045, 1969, 3024, 1064, 1142] {
            assert_eq!(remedy(&server(code)), Remedy::Tell, "{code}");
        }
        assert_eq!(remedy(&io::Error::from(io::ErrorKind::BrokenPipe).into()), Remedy::Reconnect);
        assert_eq!(remedy(&io::Error::from(io::ErrorKind::InvalidData).into()), Remedy::Tell);
        assert_eq!(remedy(&DriverError::ConnectionClosed.into()), Remedy::Reconnect);
        assert_eq!(remedy(&DriverError::PacketTooLarge.into()), Remedy::Tell);
    }

    #[test]
    fn a_message_says_what_to_do() {
        let said = |error| store_error(Path::new("mysql://h/d"), "write", error).to_string();
        assert!(said(server(1114)).contains("disk or tablespace is full"));
        assert!(said(server(1969)).contains("max_statement_time"));
        assert!(said(server(1142)).contains("grant it ALL"));
        assert!(said(DriverError::PacketTooLarge.into()).contains("max_allowed_packet"));
    }

    #[test]
    fn what_the_server_said_is_said_once() {
        let told = store_error(Path::new("mysql://h/d"), "write", server(1064));
        let source = std::error::Error::source(&told).expect("there is one");
        assert_eq!(source.to_string(), "ERROR 1064 (HY000): said");
        assert!(source.source().is_none());
    }

    #[test]
    fn a_database_that_cannot_be_made_is_told_as_sql() {
        let error = connect_error(Path::new("mysql://h/d_1"), "d_1", "me", server(1044));
        let wanted =
            "CREATE DATABASE `d_1` CHARACTER SET binary; GRANT ALL ON `d\\_1`.* TO `me`@`%`";
        assert!(error.to_string().contains(wanted), "{error}");
    }
}
