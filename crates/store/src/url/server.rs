//! The URL of a database server: `SCHEME://[user[:password]@]host[:port]/[database][?options]`, where
//! the scheme is `pgsql` or `mysql`.
//!
//! As csync2 reads it: the first `@` ends the credentials, nothing is percent-decoded. The options
//! are csync3's own.
use super::{Presence, UrlError, without_password};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// How long a server that is away is tried, unless the URL says otherwise.
const PATIENCE: Duration = Duration::from_secs(60);

/// The kind of a database server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerKind {
    /// PostgreSQL, or what speaks its protocol.
    Postgres,
    /// MySQL or MariaDB.
    Mysql,
}

impl ServerKind {
    /// The kind of a scheme.
    pub(super) fn of(scheme: &str) -> Option<Self> {
        match scheme {
            "pgsql" => Some(Self::Postgres),
            "mysql" => Some(Self::Mysql),
            _ => None,
        }
    }

    fn scheme(self) -> &'static str {
        match self {
            Self::Postgres => "pgsql",
            Self::Mysql => "mysql",
        }
    }

    fn port(self) -> u16 {
        match self {
            Self::Postgres => 5432,
            Self::Mysql => 3306,
        }
    }

    /// Who logs in if nobody is named: as in csync2, which leaves it to MySQL's library, and that takes
    /// whoever runs it.
    fn user(self) -> &'static str {
        match self {
            Self::Postgres => "csync2",
            Self::Mysql => "root",
        }
    }

    /// What the options for TLS are called: the mode, and the CA's certificate.
    pub(crate) fn tls_options(self) -> [&'static str; 2] {
        match self {
            Self::Postgres => ["sslmode", "sslrootcert"],
            Self::Mysql => ["ssl-mode", "ssl-ca"],
        }
    }
}

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub(crate) String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// How far a server is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsMode {
    /// Never TLS.
    Disable,
    /// TLS if the server offers it; its certificate is not verified.
    Prefer,
    /// TLS or nothing; its certificate is verified only if there is a CA file.
    Require,
    /// The certificate must come from the CA.
    VerifyCa,
    /// As before, and must be that of the host.
    VerifyFull,
}

impl TlsMode {
    /// The mode of a word, as the own programs of this kind of server call it.
    #[must_use]
    pub fn parse(kind: ServerKind, word: &str) -> Option<Self> {
        Some(match (kind, word) {
            (ServerKind::Postgres, "disable") | (ServerKind::Mysql, "disabled") => Self::Disable,
            (ServerKind::Postgres, "allow" | "prefer") | (ServerKind::Mysql, "preferred") => {
                Self::Prefer
            }
            (ServerKind::Postgres, "require") | (ServerKind::Mysql, "required") => Self::Require,
            (_, "verify-ca") => Self::VerifyCa,
            (ServerKind::Postgres, "verify-full") | (ServerKind::Mysql, "verify-identity") => {
                Self::VerifyFull
            }
            _ => return None,
        })
    }
}

/// A database on a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerUrl {
    /// What kind of server it is.
    pub kind: ServerKind,
    /// Who logs in.
    pub user: String,
    /// The password of the URL.
    pub password: Option<Secret>,
    /// The host.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The name of the database.
    pub database: String,
    /// A file whose first line is the password.
    pub password_file: Option<PathBuf>,
    /// The server's Unix socket, which is used in the place of the host: with PostgreSQL its directory,
    /// with MySQL the socket itself.
    pub socket: Option<PathBuf>,
    /// What `sslmode` or `ssl-mode` says.
    pub tls: Option<TlsMode>,
    /// A file of CA certificates.
    pub root_certificate: Option<PathBuf>,
    /// How long what fails for a reason that passes is tried again.
    pub patience: Duration,
    /// What becomes of the database if it is not there.
    pub presence: Presence,
}

impl ServerUrl {
    /// Reads what follows `://`; `name` is the database if none is named.
    pub(super) fn parse(
        kind: ServerKind,
        url: &str,
        rest: &str,
        name: String,
    ) -> Result<Self, UrlError> {
        let malformed =
            |what: &str| UrlError::Malformed { url: without_password(url), what: what.to_owned() };
        let (credentials, place) = match rest.split_once('@') {
            Some((credentials, place)) => (Some(credentials), place),
            None => (None, rest),
        };
        let (user, password) = match credentials.map(|it| (it, it.split_once(':'))) {
            Some((_, Some((user, password)))) => (user, Some(password)),
            Some((user, None)) => (user, None),
            None => ("", None),
        };
        let (place, options) = place.split_once('?').unwrap_or((place, ""));
        let (host, database) = place.split_once('/').unwrap_or((place, ""));
        let (host, port) = split_port(host);
        let port = match port {
            None | Some("") => kind.port(),
            Some(port) => port.parse().map_err(|_| malformed("the port is no number"))?,
        };
        let or = |word: &str, otherwise: &str| {
            if word.is_empty() { otherwise.to_owned() } else { word.to_owned() }
        };
        let mut server = Self {
            kind,
            user: or(user, kind.user()),
            password: password.filter(|it| !it.is_empty()).map(|it| Secret(it.to_owned())),
            host: or(host, "localhost"),
            port,
            database: plain(&or(database, &name)),
            password_file: None,
            socket: None,
            tls: None,
            root_certificate: None,
            patience: PATIENCE,
            presence: Presence::Made,
        };
        for option in options.split('&').filter(|option| !option.is_empty()) {
            server.set(option).map_err(|what| malformed(&what))?;
        }
        Ok(server)
    }

    fn set(&mut self, option: &str) -> Result<(), String> {
        let (key, value) = option.split_once('=').unwrap_or((option, ""));
        let [mode, roots] = self.kind.tls_options();
        match key {
            "password-file" => self.password_file = Some(value.into()),
            "socket" => self.socket = Some(value.into()),
            "patience" => {
                let seconds = value.parse().map(|seconds: u32| Duration::from_secs(seconds.into()));
                self.patience = seconds.map_err(|_| "patience takes a number of seconds")?;
            }
            _ if key == roots => self.root_certificate = Some(value.into()),
            _ if key == mode => {
                let mode = TlsMode::parse(self.kind, value);
                self.tls = Some(mode.ok_or_else(|| format!("there is no {key} '{value}'"))?);
            }
            _ => {
                let known = format!("known: password-file, socket, patience, {mode}, {roots}");
                return Err(format!("there is no option '{key}' ({known})"));
            }
        }
        Ok(())
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { user, host, port, database, .. } = self;
        let scheme = self.kind.scheme();
        match &self.socket {
            Some(socket) => {
                write!(f, "{scheme}://{user}@{host}/{database}?socket={}", socket.display())
            }
            None if host.contains(':') => {
                write!(f, "{scheme}://{user}@[{host}]:{port}/{database}")
            }
            None => write!(f, "{scheme}://{user}@{host}:{port}/{database}"),
        }
    }
}

/// Splits `host:port`; an IPv6 address stands in brackets.
fn split_port(host: &str) -> (&str, Option<&str>) {
    if let Some((address, rest)) = host.strip_prefix('[').and_then(|it| it.split_once(']')) {
        return (address, rest.strip_prefix(':'));
    }
    match host.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (host, None),
    }
}

/// csync2's name for the database of a host.
pub(super) fn database_name(stem: &str) -> String {
    plain(&format!("csync2_{stem}"))
}

/// A name of a database as csync2 takes it: what is neither letter nor digit becomes `_`.
fn plain(name: &str) -> String {
    let letter = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '_' };
    name.chars().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::{ServerUrl, TlsMode};
    use crate::url::DatabaseUrl;
    use std::time::Duration;

    fn server(url: &str) -> ServerUrl {
        let url = DatabaseUrl::decide(Some(url), None, "1.csync2-Test", Some("x"));
        url.expect("a good URL").server().expect("a server").clone()
    }

    fn refused(url: &str) -> String {
        DatabaseUrl::decide(Some(url), None, "n", None).expect_err("a bad URL").to_string()
    }

    #[test]
    fn what_is_not_said_is_as_in_csync2() {
        let all = server("pgsql://");
        assert_eq!(all.to_string(), "pgsql://csync2@localhost:5432/csync2_1_csync2_test_x");
        assert_eq!(all.password, None);
        assert_eq!(server("pgsql://db/").host, "db");
        assert_eq!(server("pgsql://db:7/Own-1").to_string(), "pgsql://csync2@db:7/Own_1");
        assert_eq!(server("pgsql://[::1]:7/").to_string().matches("[::1]:7").count(), 1);
    }

    #[test]
    fn the_first_at_sign_ends_the_credentials_and_nothing_is_decoded() {
        let url = server("pgsql://me:a%20:/?b@db/x");
        assert_eq!((&*url.user, &*url.host, &*url.database), ("me", "db", "x"));
        assert_eq!(url.password.as_ref().map(|it| &*it.0), Some("a%20:/?b"));
        let shown = format!("{url} {url:?}");
        assert!(!shown.contains("a%20"), "{shown}");
    }

    #[test]
    fn options_follow_a_question_mark() {
        let url = server("pgsql://db/x?sslmode=verify-full&sslrootcert=/ca&password-file=/p");
        assert_eq!(url.tls, Some(TlsMode::VerifyFull));
        assert_eq!(url.root_certificate.as_deref(), Some("/ca".as_ref()));
        assert_eq!(url.password_file.as_deref(), Some("/p".as_ref()));
        assert_eq!(url.patience, Duration::from_secs(60));
        assert_eq!(server("mysql://db/x?patience=5").patience, Duration::from_secs(5));
    }

    #[test]
    fn mysql_has_its_own_port_and_words() {
        let all = server("mysql://");
        assert_eq!(all.to_string(), "mysql://root@localhost:3306/csync2_1_csync2_test_x");
        let url = server("mysql://db/x?ssl-mode=verify-identity&ssl-ca=/ca&socket=/s");
        assert_eq!(url.tls, Some(TlsMode::VerifyFull));
        assert_eq!(url.root_certificate.as_deref(), Some("/ca".as_ref()));
        assert_eq!(url.to_string(), "mysql://root@db/x?socket=/s");
        let refusal = refused("mysql://db/x?sslmode=prefer");
        assert!(
            refusal.contains("(known: password-file, socket, patience, ssl-mode, ssl-ca)"),
            "{refusal}"
        );
        assert!(refused("mysql://db/x?ssl-mode=prefer").contains("no ssl-mode 'prefer'"));
    }

    #[test]
    fn a_bad_url_is_refused_without_its_password() {
        for (url, said) in [
            ("pgsql://me:secret@db/x?ssl=1", "no option 'ssl' (known: password-file"),
            ("pgsql://me:secret@db/x?sslmode=on", "no sslmode 'on'"),
            ("mysql://me:secret@db/x?patience=long", "patience takes a number of seconds"),
            ("pgsql://me:secret@db:x/", "the port is no number"),
        ] {
            let message = refused(url);
            assert!(message.contains(said), "{message}");
            assert!(!message.contains("secret"), "{message}");
        }
    }
}
