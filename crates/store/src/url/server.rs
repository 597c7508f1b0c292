//! The URL of a database server: `pgsql://[user[:password]@]host[:port]/[database][?options]`.
//!
//! As csync2 reads it: the first `@` ends the credentials, nothing is percent-decoded. The options
//! are csync3's own.
use super::{Presence, UrlError, without_password};
use std::fmt;
use std::path::PathBuf;

/// The options that may follow `?`.
const OPTIONS: &str = "password-file, socket, sslmode, sslrootcert";

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
    /// The mode of a word, as PostgreSQL's own programs call it.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "disable" => Self::Disable,
            "allow" | "prefer" => Self::Prefer,
            "require" => Self::Require,
            "verify-ca" => Self::VerifyCa,
            "verify-full" => Self::VerifyFull,
            _ => return None,
        })
    }
}

/// A database on a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerUrl {
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
    /// The directory of the server's Unix socket, which is used in the place of the host.
    pub socket: Option<PathBuf>,
    /// What `sslmode` says.
    pub tls: Option<TlsMode>,
    /// A file of CA certificates.
    pub root_certificate: Option<PathBuf>,
    /// What becomes of the database if it is not there.
    pub presence: Presence,
}

impl ServerUrl {
    /// Reads what follows `pgsql://`; `name` is the database if none is named.
    pub(super) fn parse(url: &str, rest: &str, name: String) -> Result<Self, UrlError> {
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
            None | Some("") => 5432,
            Some(port) => port.parse().map_err(|_| malformed("the port is no number"))?,
        };
        let or = |word: &str, otherwise: &str| {
            if word.is_empty() { otherwise.to_owned() } else { word.to_owned() }
        };
        let mut server = Self {
            user: or(user, "csync2"),
            password: password.filter(|it| !it.is_empty()).map(|it| Secret(it.to_owned())),
            host: or(host, "localhost"),
            port,
            database: or(database, &name),
            password_file: None,
            socket: None,
            tls: None,
            root_certificate: None,
            presence: Presence::Made,
        };
        for option in options.split('&').filter(|option| !option.is_empty()) {
            server.set(option).map_err(|what| malformed(&what))?;
        }
        Ok(server)
    }

    fn set(&mut self, option: &str) -> Result<(), String> {
        let (key, value) = option.split_once('=').unwrap_or((option, ""));
        match key {
            "password-file" => self.password_file = Some(value.into()),
            "socket" => self.socket = Some(value.into()),
            "sslrootcert" => self.root_certificate = Some(value.into()),
            "sslmode" => {
                let mode = TlsMode::parse(value);
                self.tls = Some(mode.ok_or_else(|| format!("there is no sslmode '{value}'"))?);
            }
            _ => return Err(format!("there is no option '{key}' (known: {OPTIONS})")),
        }
        Ok(())
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { user, host, port, database, .. } = self;
        match &self.socket {
            Some(socket) => {
                write!(f, "pgsql://{user}@{host}/{database}?socket={}", socket.display())
            }
            None if host.contains(':') => write!(f, "pgsql://{user}@[{host}]:{port}/{database}"),
            None => write!(f, "pgsql://{user}@{host}:{port}/{database}"),
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

/// csync2's name for a database: what is not a letter or digit becomes `_`.
pub(super) fn database_name(stem: &str) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '_' };
    format!("csync2_{stem}").chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::{ServerUrl, TlsMode};
    use crate::url::DatabaseUrl;

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
        assert_eq!(server("pgsql://db:7/own").to_string(), "pgsql://csync2@db:7/own");
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
    }

    #[test]
    fn a_bad_url_is_refused_without_its_password() {
        for (url, said) in [
            ("pgsql://me:secret@db/x?ssl=1", "no option 'ssl' (known: password-file"),
            ("pgsql://me:secret@db/x?sslmode=on", "no sslmode 'on'"),
            ("pgsql://me:secret@db:x/", "the port is no number"),
        ] {
            let message = refused(url);
            assert!(message.contains(said), "{message}");
            assert!(!message.contains("secret"), "{message}");
        }
    }
}
