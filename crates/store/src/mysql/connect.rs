//! Connects, as whom and where the URL and the environment say.
//!
//! Every connection is set up in the same way, whatever the server's defaults are: bytes are bytes,
//! what does not fit is refused, transactions see what is committed.
use super::failure::{
    cause, code, connect_error, create, is_refused, remedy, rustls_error, store_error,
};
use super::value::stored;
use crate::credentials::{self, Environment};
use crate::link::{self, Link, Remedy, Server};
use crate::url::{Presence, ServerUrl, TlsMode};
use crate::{Cause, StoreError};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, DriverError, Error, IoError, Opts, OptsBuilder, Row, SslOpts};
use rustls::CertificateError;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How long a server may take to answer a new connection.
const CONNECTING: Duration = Duration::from_secs(10);

/// Where Debian's servers have their socket, and where csync2's library looks for it.
const LOCAL_SOCKET: &str = "/run/mysqld/mysqld.sock";

/// For every connection. A listing is read as fast as its reader goes, so the server waits a day. Should
/// it sort, then by more than the first bytes of a name that stand in an index.
const SETTINGS: &str = "SET NAMES binary; SET SESSION sql_mode = 'STRICT_ALL_TABLES', \
    time_zone = '+00:00', autocommit = 1, net_write_timeout = 86400, max_sort_length = 1024; \
    SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; SELECT @@max_allowed_packet";

/// What ends a transaction.
pub(super) const COMMIT: &str = "COMMIT";

/// A connection, and the bytes that the server takes at once.
pub(super) struct Connection {
    pub(super) link: Conn,
    pub(super) packet: usize,
}

/// Where to connect, and as whom.
#[derive(Clone)]
pub(super) struct Target {
    options: OptsBuilder,
    tls: Option<SslOpts>,
    mode: TlsMode,
    /// The URL without its password.
    pub(super) shown: PathBuf,
    name: String,
    user: String,
    presence: Presence,
    patience: Duration,
}

impl Target {
    /// Puts together what URL and environment say.
    pub(super) fn new(server: &ServerUrl, environment: &Environment) -> Result<Self, StoreError> {
        let shown = PathBuf::from(server.to_string());
        let password = credentials::password(server, environment)?;
        let options = OptsBuilder::default()
            .user(Some(&server.user))
            .pass(password.map(|it| it.0))
            .db_name(Some(&server.database))
            .ip_or_hostname(&server.host)
            .tcp_port(server.port)
            .tcp_keepalive(Some(Duration::from_secs(30)))
            .stmt_cache_size(0)
            // Asked for below; the driver need not ask as well.
            .max_allowed_packet(Some(1 << 30))
            .wait_timeout(Some(28_800))
            .prefer_socket(false);
        let socket = socket(server, Path::new(LOCAL_SOCKET));
        let mode = match socket {
            Some(_) => TlsMode::Disable,
            None => server.tls.unwrap_or(TlsMode::Prefer),
        };
        let options = options.socket(socket.map(|path| path.display().to_string()));
        let tls =
            tls(mode, server.root_certificate.as_deref()).map_err(|error| StoreError::Secret {
                database: shown.clone(),
                what: "CA file",
                file: server.root_certificate.clone().unwrap_or_default(),
                source: Arc::new(error),
            })?;
        let (name, user) = (server.database.clone(), server.user.clone());
        let (presence, patience) = (server.presence, server.patience);
        Ok(Self { options, tls, mode, shown, name, user, presence, patience })
    }

    /// Logs in; falls back to what the mode of TLS allows.
    async fn log_in(&self, options: OptsBuilder) -> Result<Conn, Error> {
        let error = match connect(options.clone().ssl_opts(self.tls.clone())).await {
            Err(error) => error,
            connected => return connected,
        };
        if self.mode == TlsMode::Prefer
            && matches!(error, Error::Driver(DriverError::NoClientSslFlagFromServer))
        {
            return connect(options).await;
        }
        match (&self.tls, other_name(&error)) {
            // It comes from the CA, and whose it is does not matter: let it be whose it says.
            (Some(tls), Some(name)) if tls.skip_domain_validation() => {
                let tls = tls.clone().with_danger_tls_hostname_override(Some(name));
                connect(options.ssl_opts(tls)).await
            }
            _ => Err(error),
        }
    }

    /// Makes the database, as csync2 does, but of bytes. Somebody else may be faster.
    async fn create(&self) -> Result<(), Error> {
        let mut connection = self.log_in(self.options.clone().db_name(None::<String>)).await?;
        let made = connection.query_drop(create(&self.name)).await;
        // Whether the farewell arrives does not matter.
        let _ = connection.disconnect().await;
        match made {
            Err(error) if code(&error) != Some(1007) => Err(error),
            _ => Ok(()),
        }
    }
}

/// The socket that is used in the place of the host, as csync2's library does for the local host.
fn socket(server: &ServerUrl, local: &Path) -> Option<PathBuf> {
    let is_local = server.host == "localhost" && server.port == 3306 && server.tls.is_none();
    server.socket.clone().or_else(|| (is_local && local.exists()).then(|| local.to_path_buf()))
}

fn tls(mode: TlsMode, roots: Option<&Path>) -> io::Result<Option<SslOpts>> {
    let options = SslOpts::default();
    let verified = |roots: &Path| -> io::Result<SslOpts> {
        let roots = vec![fs::read(roots)?.into()];
        Ok(options.clone().with_root_certs(roots).with_disable_built_in_roots(true))
    };
    Ok(Some(match (mode, roots) {
        (TlsMode::Disable, _) => return Ok(None),
        (TlsMode::VerifyFull, Some(roots)) => verified(roots)?,
        (TlsMode::VerifyCa | TlsMode::Require, Some(roots)) => {
            verified(roots)?.with_danger_skip_domain_validation(true)
        }
        (TlsMode::VerifyCa | TlsMode::VerifyFull, None) => {
            let text = "it needs the CA's certificate (add ssl-ca=FILE to the URL)";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        (TlsMode::Prefer, _) | (TlsMode::Require, None) => {
            options.with_danger_accept_invalid_certs(true)
        }
    }))
}

/// A name that the server's certificate is good for, if another name is all that TLS has against it:
/// that it comes from the CA has been verified by then.
fn other_name(error: &Error) -> Option<String> {
    let Error::Io(IoError::Io(error)) = error else { return None };
    let Some(rustls::Error::InvalidCertificate(CertificateError::NotValidForNameContext {
        presented,
        ..
    })) = rustls_error(error)
    else {
        return None;
    };
    presented.iter().find_map(|name| named(name))
}

/// The name in `DnsName("NAME")` or `IpAddress(ADDRESS)`.
fn named(presented: &str) -> Option<String> {
    let (kind, name) = presented.strip_suffix(')')?.split_once('(')?;
    let name = name.trim_matches('"');
    match kind {
        "DnsName" => Some(name.replace('*', "any")),
        "IpAddress" => Some(name.to_owned()),
        _ => None,
    }
}

async fn connect(options: OptsBuilder) -> Result<Conn, Error> {
    let connecting = Conn::new(Opts::from(options));
    match tokio::time::timeout(CONNECTING, connecting).await {
        Ok(connected) => connected,
        Err(late) => Err(io::Error::new(io::ErrorKind::TimedOut, late).into()),
    }
}

impl Server for Target {
    type Connection = Connection;
    type Error = Error;

    fn shown(&self) -> &Path {
        &self.shown
    }

    fn patience(&self) -> Duration {
        self.patience
    }

    async fn connect(&self) -> Result<Connection, Error> {
        let mut link = self.log_in(self.options.clone()).await?;
        let answers = all_rows(&mut link, SETTINGS).await?;
        let packet = answers.last().and_then(|rows| rows.first());
        let packet = packet.map(|row| String::from_utf8_lossy(stored(row, 0)).parse());
        let packet = packet.and_then(Result::ok).unwrap_or(1 << 20);
        Ok(Connection { link, packet })
    }

    fn is_alive(connection: &Connection) -> bool {
        !connection.link.is_disconnected()
    }

    fn remedy(error: &Error) -> Remedy {
        remedy(error)
    }

    fn is_asked_to_wait(error: &Error) -> bool {
        code(error).is_some() && remedy(error) != Remedy::Tell
    }

    fn cause(error: Error) -> Cause {
        cause(error)
    }

    fn told(&self, action: &'static str, error: Error) -> StoreError {
        store_error(&self.shown, action, error)
    }
}

/// Connects for the first time; makes the database if there is none.
pub(super) async fn open(target: Target) -> Result<Link<Target>, StoreError> {
    let failed = |error| connect_error(&target.shown, &target.name, &target.user, error);
    let connection = match link::connect(&target).await {
        // A user who may not even know whether it is there is refused.
        Err(error)
            if matches!(code(&error), Some(1044 | 1049)) && target.presence == Presence::Made =>
        {
            match target.create().await {
                Err(refusal) if is_refused(&refusal) => return Err(failed(error)),
                made => made.map_err(failed)?,
            }
            link::connect(&target).await
        }
        connected => connected,
    };
    let connection = connection.map_err(failed)?;
    Ok(Link::new(target, connection))
}

/// The error of connecting for a listing.
pub(super) fn unconnected(target: &Target, error: Error) -> StoreError {
    connect_error(&target.shown, &target.name, &target.user, error)
}

/// Does something in a transaction of its own, which is rolled back if it fails.
pub(super) async fn transaction<T>(
    connection: &mut Connection,
    begin: &str,
    work: impl AsyncFnOnce(&mut Connection) -> Result<T, Error>,
) -> Result<T, Error> {
    within(connection, async |connection| {
        connection.link.query_drop(begin).await?;
        let done = work(connection).await?;
        connection.link.query_drop(COMMIT).await.map(|()| done)
    })
    .await
}

/// Does something that begins a transaction and ends with [`COMMIT`]; it is rolled back if it fails.
pub(super) async fn within<T>(
    connection: &mut Connection,
    work: impl AsyncFnOnce(&mut Connection) -> Result<T, Error>,
) -> Result<T, Error> {
    let done = work(connection).await;
    if done.is_err() {
        // On a lost connection the server rolls back by itself.
        let _ = connection.link.query_drop("ROLLBACK").await;
    }
    done
}

/// The rows of several statements that travel together, one list for each. The first that fails is the
/// last that is run.
pub(super) async fn all_rows(link: &mut Conn, sql: &str) -> Result<Vec<Vec<Row>>, Error> {
    let mut answers = link.query_iter(sql).await?;
    let mut all = Vec::new();
    loop {
        all.push(answers.collect().await?);
        if answers.is_empty() {
            return Ok(all);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{named, socket, tls};
    use crate::url::{DatabaseUrl, TlsMode};
    use std::path::Path;

    #[test]
    fn the_local_host_is_reached_by_its_socket_if_there_is_one() {
        let found = |url: &str, local: &str| {
            let url = DatabaseUrl::decide(Some(url), None, "n", None).expect("a good URL");
            socket(url.server().expect("a server"), Path::new(local))
        };
        assert_eq!(found("mysql://", "/").as_deref(), Some(Path::new("/")));
        assert_eq!(found("mysql://", "/none"), None);
        for tcp in ["mysql://db/", "mysql://127.0.0.1/", "mysql://localhost:7/"] {
            assert_eq!(found(tcp, "/"), None, "{tcp}");
        }
        assert_eq!(found("mysql://localhost/?ssl-mode=required", "/"), None);
        assert_eq!(found("mysql://db/?socket=/s", "/").as_deref(), Some(Path::new("/s")));
    }

    #[test]
    fn verifying_needs_the_certificate_of_the_ca() {
        assert!(tls(TlsMode::Disable, None).is_ok_and(|tls| tls.is_none()));
        for mode in [TlsMode::VerifyCa, TlsMode::VerifyFull] {
            let error = tls(mode, None).expect_err("no CA").to_string();
            assert!(error.contains("ssl-ca=FILE"), "{error}");
            assert!(tls(mode, Some(Path::new("/none"))).is_err());
        }
        let lenient = tls(TlsMode::Require, None).ok().flatten().expect("TLS");
        assert!(lenient.accept_invalid_certs());
    }

    #[test]
    fn a_certificate_says_whose_it_is() {
        assert_eq!(named("DnsName(\"*.db.example\")").as_deref(), Some("any.db.example"));
        assert_eq!(named("IpAddress(10.0.0.1)").as_deref(), Some("10.0.0.1"));
        assert_eq!(named("DirectoryName"), None);
    }
}
