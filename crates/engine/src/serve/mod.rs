//! `-i`, `-ii`, `-iii`: one peer's session on this host.
//!
//! Before a peer is identified its session is a cheap task that allocates almost nothing; afterwards
//! it owns a thread of the blocking pool, where it awaits the socket and works on files in between.
//!
//! * `greet`: TLS, configuration and identity; [`Seat`]: the session's place in its server
//! * `session`: the commands of an identified peer, in order
//! * `permit`: may this peer do that, and is its request a conflict?
//! * `versions`: which version is here, and which one it brings
//! * `arrive`: staged objects become visible and recorded, many at a time
//! * `ledger`: the session's part of the store
//! * `receive`: contents from the wire into staged files
//! * `alter`: removals and metadata; `describe`: what a peer may ask; `rows`: `LIST`;
//!   `doctor`: what two hosts think of each other
//!
//! # Source
//! `spec/wire.md` 1 and 3, `spec/sync.md` 5; `docs/decisions/0004-accepting-a-change.md`.
mod alter;
mod arrive;
mod describe;
mod doctor;
mod greet;
mod ledger;
mod permit;
mod receive;
mod rows;
mod seat;
mod session;
mod versions;

use crate::credentials::{Credentials, NoCredentials};
use crate::host::{Host, thread_runtime};
use crate::observer::{Event, Problem};
use csync3_core::config::Config;
use csync3_core::doctor::refusal::Refusal;
use csync3_core::lineage::Claim;
use csync3_core::push::Preference;
use csync3_core::wire::reply::Reply;
use csync3_disk::{DiskSession, Turn};
use csync3_net::Connection;
use greet::{Caller, Greeted};
use ledger::Ledger;
use receive::SessionError;
pub use seat::Seat;
use session::Session;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Peers that are turned away politely at the same time; to others the connection is just closed.
static FAREWELLS: Semaphore = Semaphore::const_new(64);

/// Opens this host's state for a session.
pub trait Hosts: Send + Sync {
    /// Reads the named configuration (empty: the server's own) and opens its database.
    ///
    /// # Errors
    /// Whatever makes them unusable; the peer learns nothing of it.
    fn open(&self, config_name: &str) -> Result<Host, Box<dyn Error + Send + Sync>>;

    /// The key and certificate that peers are shown; by default there are none.
    fn credentials(&self) -> Arc<dyn Credentials> {
        Arc::new(NoCredentials)
    }

    /// Reads the named configuration for a caller that has not been believed, also if this host could
    /// not serve with it; `None` if it cannot even be read.
    fn examine(&self, config_name: &str) -> Option<Examined> {
        let host = self.open(config_name).ok()?;
        Some(Examined { config: Arc::clone(&host.config), host: Ok(host) })
    }

    /// The name or address that this host calls from, if it was given one.
    fn calls_from(&self) -> Option<String> {
        None
    }

    /// Takes note of a session that ended before its peer was identified; by default nobody does.
    fn refused(&self, _address: &str, _why: String) {}
}

/// A configuration, and this host with it or why there is none.
pub struct Examined {
    /// The configuration: its keys tell strangers from members.
    pub config: Arc<Config>,
    /// The host.
    pub host: Result<Host, Refusal>,
}

/// Limits of a session.
#[derive(Debug, Clone, Copy)]
pub struct ServeOptions {
    /// The longest time until a peer is identified.
    pub handshake: Duration,
    /// The longest wait for anything to move afterwards.
    pub idle: Duration,
    /// Which dialects are spoken; a server speaks csync2's in any case.
    pub dialect: Preference,
}

/// What came of a session.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ServeSummary {
    /// Changes that were applied.
    pub received: u64,
    /// Problems that were reported.
    pub problems: u64,
}

/// Serves one connection until the peer ends it, or loses its seat. Must be called within a tokio
/// runtime.
///
/// A session that fails is reported as a problem; it never ends the process.
pub async fn serve(
    connection: Connection,
    hosts: Arc<dyn Hosts>,
    options: ServeOptions,
    seat: &Seat,
) -> ServeSummary {
    let Some(greeted) = greet::greet(connection, hosts, options, seat).await else {
        return ServeSummary::default();
    };
    let served = tokio::task::spawn_blocking(move || {
        let host = greeted.host.clone();
        let peer = greeted.caller.name.to_string();
        let summary = thread_runtime().block_on(session(greeted));
        summary.unwrap_or_else(|error| {
            host.problem(&Problem::new(peer, "session ended early").because(error));
            ServeSummary { problems: 1, received: 0 }
        })
    });
    match served.await {
        Ok(summary) => summary,
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    }
}

/// Tells a peer for which there is no seat, briefly, and closes the connection.
pub async fn turn_away(mut connection: Connection) {
    let Ok(_permit) = FAREWELLS.try_acquire() else {
        return;
    };
    greet::say(&mut connection, &Reply::TooManySessions);
    connection.close().await;
}

/// Serves an identified peer to its end, on this thread.
async fn session(greeted: Greeted) -> Result<ServeSummary, SessionError> {
    let connection = greeted.connection.rehome()?;
    let host = greeted.host.clone();
    let mut session = Session::new(Greeted { connection, ..greeted });
    let ended = session.run().await;
    session.hang_up().await;
    let mut summary = session.finish();
    if let Err(error) = ended {
        host.problem(&Problem::new(session.caller(), "session ended early").because(error));
        summary.problems += 1;
    }
    Ok(summary)
}

/// What a request of an identified peer is served with.
struct Serving<'a> {
    host: &'a Host,
    ledger: &'a mut Ledger,
    disk: &'a DiskSession,
    caller: &'a Caller,
    /// Nobody else puts the request's objects in place meanwhile.
    turn: &'a Turn,
    /// What the caller says of the version that it brings; of arrivals each says its own.
    claim: Option<&'a Claim>,
}

/// Logs why something was refused.
fn refused(host: &Host, peer: &str, why: impl Into<String>) {
    host.notice(&Event::Refused { peer, what: None, why: why.into() });
}

/// Logs why a command on an object was refused.
fn refused_for(host: &Host, peer: &str, what: String, why: impl Into<String>) {
    host.notice(&Event::Refused { peer, what: Some(what), why: why.into() });
}
