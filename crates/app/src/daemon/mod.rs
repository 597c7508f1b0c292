//! `-i`, `-ii`, `-iii`: accepting peers. What a session does is [`csync3_engine::serve`]'s.
//!
//! `seats`: who may have a session now · `manager`: systemd, its sockets and what it is told
//!
//! # Invariants
//! * Nothing that a peer does keeps the next one from being accepted; nothing here waits for one.
//! * The watchdog is told by the loop that accepts, and by nothing else.
mod manager;
mod seats;

use crate::cli::{Invocation, ServeMode};
use crate::render::Console;
use crate::render::errors;
use crate::site::Sites;
use crate::start::Start;
use crate::verbs::{plain, port};
use csync3_engine::observer::{Event, Observer};
use csync3_engine::serve::{Hosts, Seat, ServeOptions, serve, turn_away};
use csync3_net::{Connection, Listener, NetError};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use seats::{Limits, Seats};
use std::env;
use std::error::Error;
use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

/// Sessions at a time.
const SESSIONS: usize = 512;

/// Sessions at a time from one address.
const PER_ADDRESS: usize = 64;

/// How often there is time for what has no other occasion: counts of refusals, the status line.
const HOUSEKEEPING: Duration = Duration::from_secs(10);

/// The longest time until a peer is identified.
const HANDSHAKE: Duration = Duration::from_secs(30);

/// The longest wait for a peer to go on.
const IDLE: Duration = Duration::from_secs(300);

/// The pause after a connection that could not be accepted, so that a lack of descriptors does not
/// become a busy loop.
const PAUSE: Duration = Duration::from_millis(100);

/// The longest wait for running sessions when the process is told to stop.
const GRACE: Duration = Duration::from_secs(5);

/// Serves peers as `mode` says.
///
/// # Errors
/// What keeps the server from starting. Sessions report their problems to the console.
pub fn run(
    mode: ServeMode,
    invocation: &Invocation,
    start: &Start,
    sites: &Arc<Sites>,
    console: &Arc<Console>,
) -> Result<(), Box<dyn Error>> {
    raise_descriptor_limit();
    // Before there is another thread: it changes the environment.
    let passed = manager::passed_sockets()?;
    let limits = Limits {
        total: invocation.sessions.total.map_or(SESSIONS, NonZeroUsize::get),
        per_address: invocation.sessions.per_address.map_or(PER_ADDRESS, NonZeroUsize::get),
    };
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(limits.total.saturating_add(16))
        .enable_all()
        .build()?;
    let server = Server {
        sites: Arc::clone(sites),
        console: Arc::clone(console),
        seats: Seats::new(limits),
        options: ServeOptions {
            handshake: invocation.timeouts.handshake.unwrap_or(HANDSHAKE),
            idle: invocation.timeouts.idle.unwrap_or(IDLE),
            dialect: invocation.dialect,
        },
    };
    let served = runtime.block_on(async {
        match mode {
            ServeMode::Inetd => server.inetd().await,
            ServeMode::Daemon | ServeMode::Once => {
                let listener = match passed.is_empty() {
                    true => listen(invocation.host.as_deref(), port(invocation)?).await?,
                    false => Listener::passed(passed).map_err(not_listening)?,
                };
                announce(&listener, start, console)?;
                match mode {
                    ServeMode::Once => server.once(&listener).await,
                    _ => server.accept_all(listener).await,
                }
            }
        }
    });
    runtime.shutdown_timeout(GRACE);
    sites.flush().map_err(plain)?;
    served
}

/// No peer can reach this server.
#[derive(Debug, thiserror::Error)]
#[error("Server error: {reason}")]
pub struct NotServing {
    reason: String,
}

async fn listen(host: Option<&str>, port: u16) -> Result<Listener, Box<dyn Error>> {
    Listener::bind(host, port).await.map_err(|error| {
        // csync2 has the reason alone, so it comes before the address.
        let address = error.to_string();
        let whole = errors::chain(&error);
        let cause = whole.strip_prefix(&address).and_then(|rest| rest.strip_prefix(": "));
        let reason = cause.map_or(whole.clone(), |cause| format!("{cause} ({address})"));
        NotServing { reason }.into()
    })
}

fn not_listening(error: NetError) -> Box<dyn Error> {
    let hint = "for a socket unit with Accept=yes the service runs csync3 -i";
    errors::Hinted::new(error, hint).into()
}

fn announce(listener: &Listener, start: &Start, console: &Console) -> Result<(), Box<dyn Error>> {
    for at in listener.local_addrs()? {
        let (address, port) = (at.ip(), at.port());
        console.say(1, &format!("Listening on {address}:{port} as {}.", start.host));
    }
    let mut out = io::stdout();
    // Nobody has to read it.
    drop(
        writeln!(out, "Csync2 daemon running. Waiting for connections.").and_then(|()| out.flush()),
    );
    Ok(())
}

#[derive(Clone)]
struct Server {
    sites: Arc<Sites>,
    console: Arc<Console>,
    seats: Arc<Seats>,
    options: ServeOptions,
}

impl Server {
    /// One session on the standard streams.
    async fn inetd(&self) -> Result<(), Box<dyn Error>> {
        let mut connection = csync3_net::stdio(self.options.idle)?;
        if connection.peer().is_none() {
            connection.set_peer(ssh_client());
        }
        self.session(connection, &Seat::default()).await;
        Ok(())
    }

    /// One accepted connection.
    async fn once(&self, listener: &Listener) -> Result<(), Box<dyn Error>> {
        let (connection, address) = loop {
            match listener.accept(self.options.idle).await {
                Ok(accepted) => break accepted,
                Err(error) => self.not_accepted(&error).await,
            }
        };
        self.accepted(address);
        self.session(connection, &Seat::default()).await;
        Ok(())
    }

    /// Every connection, until the process is told to stop.
    async fn accept_all(&self, listener: Listener) -> Result<(), Box<dyn Error>> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut hangup = signal(SignalKind::hangup())?;
        let watched = manager::watchdog();
        let mut heartbeat = interval(watched.unwrap_or(HOUSEKEEPING));
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut housekeeping = interval(HOUSEKEEPING);
        let mut status = self.status();
        let mut reload = tokio::spawn(async {});
        manager::ready(&status);
        loop {
            tokio::select! {
                accepted = listener.accept(self.options.idle) => match accepted {
                    Ok((connection, address)) => self.admit(connection, address),
                    Err(error) => self.not_accepted(&error).await,
                },
                _ = hangup.recv() => reload = self.reload(reload),
                _ = heartbeat.tick(), if watched.is_some() => manager::alive(),
                _ = housekeeping.tick() => {
                    self.console.count_refusals();
                    let now = self.status();
                    if now != status {
                        manager::status(&now);
                        status = now;
                    }
                }
                _ = terminate.recv() => break,
                _ = interrupt.recv() => break,
            }
        }
        manager::stopping();
        Ok(())
    }

    /// Starts a session, if there is a seat for it.
    fn admit(&self, connection: Connection, address: SocketAddr) {
        let taken = match self.seats.take(address.ip()) {
            Ok(taken) => taken,
            Err(full) => {
                self.refused(&address.ip().to_string(), full.to_string());
                tokio::spawn(turn_away(connection));
                return;
            }
        };
        self.accepted(address);
        let server = self.clone();
        tokio::spawn(async move { server.session(connection, &taken.seat).await });
    }

    /// Reads the configurations again, after the reload before.
    fn reload(&self, before: JoinHandle<()>) -> JoinHandle<()> {
        let server = self.clone();
        tokio::spawn(async move {
            // One that panicked has said so, and is over.
            drop(before.await);
            manager::reloading();
            let sites = Arc::clone(&server.sites);
            // As above.
            drop(tokio::task::spawn_blocking(move || sites.reload()).await);
            manager::ready(&server.status());
        })
    }

    fn status(&self) -> String {
        format!("Accepting peers; sessions now: {}.", self.seats.taken())
    }

    async fn session(&self, connection: Connection, seat: &Seat) {
        let hosts = Arc::clone(&self.sites) as Arc<dyn Hosts>;
        serve(connection, hosts, self.options, seat).await;
    }

    fn refused(&self, peer: &str, why: String) {
        self.console.notice(&Event::Refused { peer, what: None, why });
    }

    fn accepted(&self, address: SocketAddr) {
        let address = format!("{}:{}", address.ip().to_canonical(), address.port());
        self.console.notice(&Event::Accepted { address });
    }

    async fn not_accepted(&self, error: &NetError) {
        self.refused("a peer", errors::chain(error));
        tokio::time::sleep(PAUSE).await;
    }
}

/// The address of a peer that came through ssh.
fn ssh_client() -> Option<IpAddr> {
    let client = env::var("SSH_CLIENT").ok()?;
    client.split(' ').next()?.parse().ok()
}

/// Every session needs a few descriptors; the usual soft limit is for programs that use `select`.
fn raise_descriptor_limit() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    // The old limit is no reason not to serve.
    let _ = setrlimit(Resource::Nofile, raised);
}
