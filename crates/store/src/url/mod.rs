//! Which database: csync2's rules for `-D`, the `database` statement and the default.
//!
//! Decides from words alone. Whether a path is a directory is asked when the database is opened
//! ([`DatabaseUrl::file`]).
//!
//! # Source
//! csync2 2.1 `db.c`, `csync2.c`; `spec/state.md` 1, verified.
mod server;

pub use server::{Secret, ServerKind, ServerUrl, TlsMode};

use std::fmt;
use std::path::{Path, PathBuf};

/// Where databases are if nothing else is said.
pub const DEFAULT_DIRECTORY: &str = "/var/lib/csync2";

/// A database that can be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseUrl {
    place: Place,
    /// `HOST[_CFG].db3`, the name inside a directory.
    file_name: String,
    slashes: Slashes,
    presence: Presence,
}

/// What becomes of a database that is not there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Presence {
    /// It is made.
    #[default]
    Made,
    /// That is an error.
    Expected,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Directory(PathBuf),
    FileOrDirectory(PathBuf),
    Server(Box<ServerUrl>),
}

/// How many slashes followed the scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slashes {
    /// No scheme, or three.
    Fine,
    /// Two, which makes the path relative and is seldom meant.
    Two,
}

/// Why a URL leads to no database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlError {
    /// A scheme that csync2 does not know either.
    #[error("cannot use database {url}: unknown scheme '{scheme}' (known: sqlite3, pgsql, mysql)")]
    UnknownScheme {
        /// The whole URL, without a password.
        url: String,
        /// What stands before `://`.
        scheme: String,
    },
    /// A URL of a server that says what cannot be.
    #[error("cannot use database {url}: {what}")]
    Malformed {
        /// The whole URL, without a password.
        url: String,
        /// What is wrong with it.
        what: String,
    },
    /// The format before SQLite 3.
    #[error("cannot use database {url}: SQLite 2 is not supported (use sqlite3:///PATH)")]
    Sqlite2 {
        /// The whole URL.
        url: String,
    },
    /// A configuration name that could lead to another directory.
    #[error("cannot use configuration name '{name}': it must consist of a-z and 0-9")]
    ConfigName {
        /// The name.
        name: String,
    },
}

impl DatabaseUrl {
    /// Decides which database counts: `-D`, else the first `database` statement, else the default.
    ///
    /// `host` is this host's own name (not an alias), `config_name` that of `-C` or of the client.
    ///
    /// # Errors
    /// [`UrlError`] if it cannot be one of ours.
    pub fn decide(
        option: Option<&str>,
        config: Option<&str>,
        host: &str,
        config_name: Option<&str>,
    ) -> Result<Self, UrlError> {
        let file_name = file_name(host, config_name)?;
        let value = option.or(config).unwrap_or_default();
        let (place, slashes) = match value.split_once("://") {
            None if value.is_empty() => (Place::Directory(DEFAULT_DIRECTORY.into()), Slashes::Fine),
            None if value.starts_with('/') => (Place::Directory(value.into()), Slashes::Fine),
            None => (Place::FileOrDirectory(value.into()), Slashes::Fine),
            Some((scheme, path)) => {
                if let Some(kind) = ServerKind::of(scheme) {
                    let name = server::database_name(file_name.trim_end_matches(".db3"));
                    let server = ServerUrl::parse(kind, value, path, name)?;
                    let place = Place::Server(Box::new(server));
                    let (slashes, presence) = (Slashes::Fine, Presence::Made);
                    return Ok(Self { place, file_name, slashes, presence });
                }
                check_scheme(value, scheme)?;
                let slashes = if path.starts_with('/') { Slashes::Fine } else { Slashes::Two };
                (Place::FileOrDirectory(path.into()), slashes)
            }
        };
        Ok(Self { place, file_name, slashes, presence: Presence::Made })
    }

    /// The database of just this file.
    #[must_use]
    pub fn of_file(path: &Path) -> Self {
        let place = Place::FileOrDirectory(path.into());
        let (slashes, presence) = (Slashes::Fine, Presence::Made);
        Self { place, file_name: "csync2.db3".into(), slashes, presence }
    }

    /// The same database, which is never made if it is not there.
    #[must_use]
    pub fn expected(mut self) -> Self {
        self.presence = Presence::Expected;
        if let Place::Server(server) = &mut self.place {
            server.presence = Presence::Expected;
        }
        self
    }

    /// What becomes of the database if it is not there.
    #[must_use]
    pub const fn presence(&self) -> Presence {
        self.presence
    }

    /// The server, if the database is on one.
    #[must_use]
    pub fn server(&self) -> Option<&ServerUrl> {
        match &self.place {
            Place::Server(server) => Some(server),
            Place::Directory(_) | Place::FileOrDirectory(_) => None,
        }
    }

    /// The database file; `is_directory` looks at the disk. A database on a server is named by its
    /// URL, without a password.
    pub fn file(&self, is_directory: impl FnOnce(&Path) -> bool) -> PathBuf {
        match &self.place {
            Place::Directory(directory) => directory.join(&self.file_name),
            Place::FileOrDirectory(path) if is_directory(path) => path.join(&self.file_name),
            Place::FileOrDirectory(path) => path.clone(),
            Place::Server(server) => server.to_string().into(),
        }
    }

    /// What to add to the message when the database cannot be opened.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self.slashes {
            Slashes::Fine => "",
            Slashes::Two => {
                " (two slashes after the scheme make the path relative: an absolute path needs \
                 three, as in sqlite3:///var/lib/csync2)"
            }
        }
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Directory(path) => {
                write!(f, "sqlite3://{}/{}", path.display(), self.file_name)
            }
            Place::FileOrDirectory(path) => write!(f, "sqlite3://{}", path.display()),
            Place::Server(server) => server.fmt(f),
        }
    }
}

fn file_name(host: &str, config_name: Option<&str>) -> Result<String, UrlError> {
    let host = host.to_ascii_lowercase();
    let Some(name) = config_name.filter(|name| !name.is_empty()) else {
        return Ok(format!("{host}.db3"));
    };
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    if name.bytes().all(plain) {
        Ok(format!("{host}_{name}.db3"))
    } else {
        Err(UrlError::ConfigName { name: name.into() })
    }
}

fn check_scheme(url: &str, scheme: &str) -> Result<(), UrlError> {
    let shown = || without_password(url);
    match scheme {
        "sqlite" | "sqlite3" => Ok(()),
        "sqlite2" => Err(UrlError::Sqlite2 { url: shown() }),
        _ => Err(UrlError::UnknownScheme { url: shown(), scheme: scheme.into() }),
    }
}

/// Error messages end up in logs; the password of `user:pass@host` must not.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.into();
    };
    match rest.split_once('@') {
        None => url.into(),
        Some((credentials, host)) => {
            let user = credentials.split_once(':').map_or(credentials, |(user, _)| user);
            format!("{scheme}://{user}@{host}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DatabaseUrl, UrlError};
    use std::path::Path;

    fn decided(value: &str) -> DatabaseUrl {
        DatabaseUrl::decide(Some(value), None, "Node1", None).expect("a SQLite database")
    }

    fn file(value: &str, is_directory: bool) -> String {
        decided(value).file(|_| is_directory).display().to_string()
    }

    fn refused(value: &str) -> UrlError {
        DatabaseUrl::decide(Some(value), None, "node1", None).expect_err("not a SQLite database")
    }

    #[test]
    fn the_option_counts_before_the_statement_and_that_before_the_default() {
        let decide = |option, config| {
            DatabaseUrl::decide(option, config, "node1", None).expect("directories").file(|_| false)
        };
        assert_eq!(decide(Some("/a"), Some("/b")), Path::new("/a/node1.db3"));
        assert_eq!(decide(None, Some("/b")), Path::new("/b/node1.db3"));
        assert_eq!(decide(None, None), Path::new("/var/lib/csync2/node1.db3"));
        assert_eq!(decide(None, Some("")), Path::new("/var/lib/csync2/node1.db3"));
    }

    #[test]
    fn the_file_is_named_after_host_and_configuration() {
        let decide = |name| DatabaseUrl::decide(Some("/d"), None, "Node1.Example", Some(name));
        let file = |name| decide(name).expect("a good name").file(|_| false);
        assert_eq!(file("test2"), Path::new("/d/node1.example_test2.db3"));
        assert_eq!(file(""), Path::new("/d/node1.example.db3"));
        for bad in ["../x", "A", "a b", "a_b"] {
            assert_eq!(decide(bad), Err(UrlError::ConfigName { name: bad.into() }));
        }
    }

    #[test]
    fn an_absolute_path_is_a_directory_whether_it_exists_or_not() {
        assert_eq!(file("/dir", false), "/dir/node1.db3");
        assert_eq!(file("/dir", true), "/dir/node1.db3");
    }

    #[test]
    fn a_url_and_a_relative_path_name_a_file_unless_there_is_a_directory() {
        for (value, as_file, as_directory) in [
            ("sqlite:///p", "/p", "/p/node1.db3"),
            ("sqlite3:///p/q.db3", "/p/q.db3", "/p/q.db3/node1.db3"),
            ("p", "p", "p/node1.db3"),
            ("./p/q", "./p/q", "./p/q/node1.db3"),
            ("sqlite3://p", "p", "p/node1.db3"),
        ] {
            assert_eq!(file(value, false), as_file, "{value}");
            assert_eq!(file(value, true), as_directory, "{value}");
        }
    }

    #[test]
    fn two_slashes_are_pointed_out() {
        assert!(decided("sqlite3://var/lib/x.db3").hint().contains("three"));
        for fine in ["sqlite3:///var/lib/x.db3", "/var/lib", "x.db3"] {
            assert_eq!(decided(fine).hint(), "", "{fine}");
        }
    }

    #[test]
    fn other_databases_are_refused_by_name_without_showing_the_password() {
        let message = |value: &str| refused(value).to_string();
        let server = message("oracle://csync2:secret@db/name");
        assert!(server.contains("oracle://csync2@db/name"), "{server}");
        assert!(!server.contains("secret"), "{server}");
        assert!(message("sqlite2:///p").contains("SQLite 2 is not supported"));
        assert!(message("oracle://db").contains("unknown scheme 'oracle'"));
    }

    #[test]
    fn a_url_is_shown_as_csync2_shows_it() {
        assert_eq!(decided("/d").to_string(), "sqlite3:///d/node1.db3");
        assert_eq!(decided("sqlite:///p").to_string(), "sqlite3:///p");
    }
}
