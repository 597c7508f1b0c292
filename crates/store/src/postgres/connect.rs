//! Connects, as whom and where the URL and the environment say.
use super::failure::{connect_error, create, remedy, store_error};
use super::tls::Tls;
use crate::StoreError;
use crate::credentials::{self, Environment};
use crate::link::{self, Link, Remedy, Server};
use crate::url::{Presence, ServerUrl, TlsMode};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio_postgres::config::{Config, SslMode};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error, SimpleQueryMessage};

/// Where to connect, and as whom.
#[derive(Clone)]
pub(super) struct Target {
    config: Config,
    tls: Tls,
    /// The URL without its password.
    pub(super) shown: PathBuf,
    name: String,
    presence: Presence,
    patience: Duration,
}

impl Target {
    /// Puts together what URL and environment say.
    pub(super) fn new(server: &ServerUrl, environment: &Environment) -> Result<Self, StoreError> {
        let shown = PathBuf::from(server.to_string());
        let roots = server.root_certificate.as_ref().or(environment.root_certificate.as_ref());
        let mode = server.tls.or(environment.tls).unwrap_or(TlsMode::Prefer);
        let tls =
            Tls::new(mode, roots.map(PathBuf::as_path)).map_err(|error| StoreError::Secret {
                database: shown.clone(),
                what: "CA file",
                file: roots.cloned().unwrap_or_default(),
                source: Arc::new(error),
            })?;
        let mut config = Config::new();
        config.user(&server.user).dbname(&server.database).port(server.port);
        config.application_name("csync3").connect_timeout(Duration::from_secs(10));
        // A server that is gone without a word is noticed.
        config.keepalives_idle(Duration::from_secs(30)).keepalives_retries(3);
        config.tcp_user_timeout(Duration::from_secs(60));
        if let Some(password) = credentials::password(server, environment)? {
            config.password(&password.0);
        }
        let mode = match (&server.socket, mode) {
            (Some(_), _) | (None, TlsMode::Disable) => SslMode::Disable,
            (None, TlsMode::Prefer) => SslMode::Prefer,
            _ => SslMode::Require,
        };
        config.ssl_mode(mode);
        match &server.socket {
            Some(directory) => config.host_path(directory),
            None => config.host(&server.host),
        };
        let (name, presence) = (server.database.clone(), server.presence);
        Ok(Self { config, tls, shown, name, presence, patience: server.patience })
    }

    /// Makes the database, as csync2 does, but so that it takes every name where the server can.
    async fn create(&self) -> Result<(), Error> {
        let mut config = self.config.clone();
        config.dbname("postgres");
        let (client, connection) = config.connect(self.tls.clone()).await?;
        tokio::spawn(connection);
        let refused = match client.batch_execute(&create(&self.name)).await {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        match refused.code().map(SqlState::code) {
            // Somebody else was faster.
            Some("42P04" | "23505") => Ok(()),
            Some("42501") => Err(refused),
            _ => {
                let name = self.name.replace('"', "\"\"");
                client.batch_execute(&format!("CREATE DATABASE \"{name}\"")).await
            }
        }
    }
}

impl Server for Target {
    type Connection = Client;
    type Error = Error;

    fn shown(&self) -> &Path {
        &self.shown
    }

    fn patience(&self) -> Duration {
        self.patience
    }

    /// Lets names be bytes.
    async fn connect(&self) -> Result<Client, Error> {
        let (client, connection) = self.config.connect(self.tls.clone()).await?;
        let told = connection.parameter("server_encoding").map(str::to_owned);
        // It ends with the connection; what went wrong is told to whoever uses the client.
        tokio::spawn(connection);
        let encoding = match told {
            Some(encoding) => encoding,
            None => server_encoding(&client).await?,
        };
        if encoding == "SQL_ASCII" {
            client.batch_execute("SET client_encoding = 'SQL_ASCII'").await?;
        }
        Ok(client)
    }

    fn is_alive(client: &Client) -> bool {
        !client.is_closed()
    }

    fn remedy(error: &Error) -> Remedy {
        remedy(error)
    }

    fn is_asked_to_wait(error: &Error) -> bool {
        error.code().is_some() && remedy(error) != Remedy::Tell
    }

    fn told(&self, action: &'static str, error: Error) -> StoreError {
        store_error(&self.shown, action, error)
    }
}

/// Asks for the encoding, which most servers tell unasked.
async fn server_encoding(client: &Client) -> Result<String, Error> {
    let answer = client.simple_query("SHOW server_encoding").await?;
    let told = answer.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    });
    Ok(told.unwrap_or_default())
}

/// Connects for the first time; makes the database if there is none.
pub(super) async fn open(target: Target) -> Result<Link<Target>, StoreError> {
    let failed = |error| connect_error(&target.shown, &target.name, error);
    let client = match link::connect(&target).await {
        Err(error)
            if error.code() == Some(&SqlState::INVALID_CATALOG_NAME)
                && target.presence == Presence::Made =>
        {
            target.create().await.map_err(failed)?;
            link::connect(&target).await
        }
        connected => connected,
    };
    let client = client.map_err(failed)?;
    Ok(Link::new(target, client))
}

/// What ends a transaction. Sent behind statements that are not answered yet it commits only if all of
/// them succeed: in a transaction that has failed it is a rollback.
pub(super) const COMMIT: &str = "COMMIT";

/// Does something in a transaction of its own, which is rolled back if it fails.
pub(super) async fn transaction<T>(
    client: &Client,
    begin: &str,
    work: impl AsyncFnOnce(&Client) -> Result<T, Error>,
) -> Result<T, Error> {
    within(client, begin, async |client| {
        let done = work(client).await?;
        // Every statement has succeeded, so this is a commit and not a rollback in disguise.
        client.batch_execute(COMMIT).await.map(|()| done)
    })
    .await
}

/// Does something that begins a transaction and ends with [`COMMIT`]; it is rolled back if it fails.
///
/// The begin and the first statements of the work travel together, and the begin is answered first. So
/// if it fails nothing is done that the work would do after an answer. What travels with it is then a
/// change by itself each, and no list depends on several of those being made at once.
pub(super) async fn within<T>(
    client: &Client,
    begin: &str,
    work: impl AsyncFnOnce(&Client) -> Result<T, Error>,
) -> Result<T, Error> {
    let done = futures_util::future::try_join(client.batch_execute(begin), work(client)).await;
    match done {
        Ok(((), done)) => Ok(done),
        Err(error) => {
            // On a lost connection the server rolls back by itself.
            let _ = client.batch_execute("ROLLBACK").await;
            Err(error)
        }
    }
}
