//! A connection to a database server that is made anew when it is lost, and what is tried again.
//!
//! Each kind of server has its [`Server`]; the policy is here, once.
use crate::{Cause, StoreError};
use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};

/// The first pause between two tries; each is twice the one before, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// What to do about a list that ended with its connection.
pub(crate) const LOST: &str =
    ": the connection was lost (see that the server runs and answers, then run csync3 again)";

/// How to go on after an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// The same again on this connection: two transactions stood in each other's way.
    Again,
    /// The same again on a new connection.
    Reconnect,
    /// None.
    Tell,
}

/// A database on a server of one kind.
pub(crate) trait Server {
    /// What statements are sent over.
    type Connection;
    /// What the driver says.
    type Error: Error + Send + Sync + 'static;
    /// The URL without its password.
    fn shown(&self) -> &Path;
    /// How long something is tried again before giving up.
    fn patience(&self) -> Duration;
    /// Connects, and makes the connection ready for statements.
    async fn connect(&self) -> Result<Self::Connection, Self::Error>;
    /// Whether the connection seems to be there.
    fn is_alive(connection: &Self::Connection) -> bool;
    /// How to go on after this error.
    fn remedy(error: &Self::Error) -> Remedy;
    /// Whether the server itself has answered that it will be ready later.
    fn is_asked_to_wait(error: &Self::Error) -> bool;
    /// What the error says, as the source of another.
    fn cause(error: Self::Error) -> Cause {
        Arc::new(error)
    }
    /// The error of an `action` (a verb) that has no remedy.
    fn told(&self, action: &'static str, error: Self::Error) -> StoreError;
}

/// Connects for the first time. A server that is not there is told at once; one that says itself that
/// it will be ready later (it starts, it has too many connections) is waited for.
pub(crate) async fn connect<S: Server>(server: &S) -> Result<S::Connection, S::Error> {
    let (since, mut pause) = (Instant::now(), FIRST_PAUSE);
    loop {
        match server.connect().await {
            Err(error) if S::is_asked_to_wait(&error) && since.elapsed() < server.patience() => {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            connected => return connected,
        }
    }
}

/// A connection that is made anew when it is lost.
pub(crate) struct Link<S: Server> {
    pub(crate) server: S,
    connection: Option<S::Connection>,
}

impl<S: Server> Link<S> {
    /// A link that is connected already.
    pub(crate) fn new(server: S, connection: S::Connection) -> Self {
        Self { server, connection: Some(connection) }
    }

    /// Does something, again and again while it fails for a reason that passes.
    pub(crate) async fn retrying<T>(
        &mut self,
        action: &'static str,
        work: impl AsyncFn(&mut S::Connection) -> Result<T, S::Error>,
    ) -> Result<T, StoreError> {
        let (since, mut pause) = (Instant::now(), FIRST_PAUSE);
        loop {
            let error = match self.attempt(&work).await {
                Ok(done) => return Ok(done),
                Err(error) => error,
            };
            match S::remedy(&error) {
                Remedy::Tell => return Err(self.server.told(action, error)),
                Remedy::Reconnect => self.connection = None,
                Remedy::Again => {}
            }
            if since.elapsed() >= self.server.patience() {
                return Err(StoreError::Unreachable {
                    database: self.server.shown().to_path_buf(),
                    action,
                    tried_seconds: since.elapsed().as_secs(),
                    source: S::cause(error),
                });
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn attempt<T>(
        &mut self,
        work: &impl AsyncFn(&mut S::Connection) -> Result<T, S::Error>,
    ) -> Result<T, S::Error> {
        work(self.connection().await?).await
    }

    /// The connection, made anew if it is lost.
    async fn connection(&mut self) -> Result<&mut S::Connection, S::Error> {
        let connection = match self.connection.take().filter(S::is_alive) {
            Some(connection) => connection,
            None => self.server.connect().await?,
        };
        Ok(self.connection.insert(connection))
    }

    /// The connection as it is, which leaves the link without one.
    pub(crate) fn take(&mut self) -> Option<S::Connection> {
        self.connection.take()
    }
}

/// What drives the connections of one thread.
pub(crate) fn runtime(database: &Path) -> Result<Runtime, StoreError> {
    Builder::new_current_thread().enable_all().build().map_err(|error| StoreError::Open {
        database: database.to_path_buf(),
        hint: "",
        source: Arc::new(error),
    })
}
