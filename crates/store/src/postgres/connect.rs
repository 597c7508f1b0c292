//! Connects, connects again, and does what was lost with a connection once more.
use super::failure::{Remedy, connect_error, create, remedy, store_error};
use super::tls::Tls;
use crate::StoreError;
use crate::credentials::{self, Environment};
use crate::url::{Presence, ServerUrl, TlsMode};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_postgres::config::{Config, SslMode};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error, SimpleQueryMessage};

/// How long something is tried again before giving up.
const PATIENCE: Duration = Duration::from_secs(60);
/// The first pause between two tries; each is twice the one before, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Where to connect, and as whom.
#[derive(Clone)]
pub(super) struct Target {
    config: Config,
    tls: Tls,
    /// The URL without its password.
    pub(super) shown: PathBuf,
    name: String,
    presence: Presence,
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
        Ok(Self { config, tls, shown, name, presence })
    }

    /// Connects, and lets names be bytes.
    pub(super) async fn connect(&self) -> Result<Client, Error> {
        let (client, connection) = self.config.connect(self.tls.clone()).await?;
        // It ends with the connection; what went wrong is told to whoever uses the client.
        tokio::spawn(connection);
        let encoding = client.simple_query("SHOW server_encoding").await?;
        let bytes = encoding.iter().any(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0) == Some("SQL_ASCII"),
            _ => false,
        });
        if bytes {
            client.batch_execute("SET client_encoding = 'SQL_ASCII'").await?;
        }
        Ok(client)
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

/// A connection that is made anew when it is lost.
pub(super) struct Link {
    pub(super) target: Target,
    client: Option<Client>,
}

impl Link {
    /// Connects for the first time; makes the database if there is none.
    pub(super) async fn open(target: Target) -> Result<Self, StoreError> {
        let failed = |error| connect_error(&target.shown, &target.name, error);
        let client = match target.connect().await {
            Err(error)
                if error.code() == Some(&SqlState::INVALID_CATALOG_NAME)
                    && target.presence == Presence::Made =>
            {
                target.create().await.map_err(failed)?;
                target.connect().await
            }
            connected => connected,
        };
        let client = Some(client.map_err(failed)?);
        Ok(Self { target, client })
    }

    /// Does something, again and again while it fails for a reason that passes.
    pub(super) async fn retrying<T>(
        &mut self,
        action: &'static str,
        work: impl AsyncFn(&Client) -> Result<T, Error>,
    ) -> Result<T, StoreError> {
        let (since, mut pause) = (Instant::now(), FIRST_PAUSE);
        loop {
            let error = match self.attempt(&work).await {
                Ok(done) => return Ok(done),
                Err(error) => error,
            };
            match remedy(&error) {
                Remedy::Tell => return Err(store_error(&self.target.shown, action, error)),
                Remedy::Reconnect => self.client = None,
                Remedy::Again => {}
            }
            if since.elapsed() >= PATIENCE {
                return Err(StoreError::Unreachable {
                    database: self.target.shown.clone(),
                    action,
                    tried_seconds: PATIENCE.as_secs(),
                    source: Arc::new(error),
                });
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn attempt<T>(
        &mut self,
        work: &impl AsyncFn(&Client) -> Result<T, Error>,
    ) -> Result<T, Error> {
        work(self.client().await?).await
    }

    /// The connection, made anew if it is lost.
    pub(super) async fn client(&mut self) -> Result<&Client, Error> {
        let client = match self.client.take().filter(|client| !client.is_closed()) {
            Some(client) => client,
            None => self.target.connect().await?,
        };
        Ok(self.client.insert(client))
    }
}

/// Does something in a transaction of its own, which is rolled back if it fails.
pub(super) async fn transaction<T>(
    client: &Client,
    begin: &str,
    work: impl AsyncFnOnce(&Client) -> Result<T, Error>,
) -> Result<T, Error> {
    client.batch_execute(begin).await?;
    match work(client).await {
        // Every statement has succeeded, so this is a commit and not a rollback in disguise.
        Ok(done) => client.batch_execute("COMMIT").await.map(|()| done),
        Err(error) => {
            // On a lost connection the server rolls back by itself.
            let _ = client.batch_execute("ROLLBACK").await;
            Err(error)
        }
    }
}
