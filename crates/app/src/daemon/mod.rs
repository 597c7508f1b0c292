//! `-i`, `-ii`, `-iii`: accepting peers. What a session does is [`csync3_engine::serve`]'s.
use crate::cli::{Invocation, ServeMode};
use crate::render::Console;
use crate::site::Sites;
use crate::start::Start;
use crate::verbs::{plain, port};
use csync3_engine::observer::{Event, Observer, Problem};
use csync3_engine::serve::{Hosts, ServeOptions, serve};
use csync3_net::{Connection, Listener, NetError};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::env;
use std::error::Error;
use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Semaphore;

/// Sessions at a time; further peers wait in the queue of the socket.
const SESSIONS: usize = 512;

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
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(SESSIONS + 16)
        .enable_all()
        .build()?;
    let server = Server {
        sites: Arc::clone(sites),
        console: Arc::clone(console),
        options: ServeOptions {
            handshake: invocation.timeouts.handshake.unwrap_or(HANDSHAKE),
            idle: invocation.timeouts.idle.unwrap_or(IDLE),
        },
    };
    let served = runtime.block_on(async {
        match mode {
            ServeMode::Inetd => server.inetd().await,
            ServeMode::Daemon | ServeMode::Once => {
                let port = port(invocation)?;
                let listener = listen(invocation.host.as_deref(), port).await?;
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

async fn listen(host: Option<&str>, port: u16) -> Result<Listener, Box<dyn Error>> {
    Listener::bind(host, port).await.map_err(|error| {
        // Scripts know this line, on standard output.
        let reason = error.source().map_or_else(|| error.to_string(), ToString::to_string);
        drop(writeln!(io::stdout(), "Server error: {reason}"));
        error.into()
    })
}

fn announce(listener: &Listener, start: &Start, console: &Console) -> Result<(), Box<dyn Error>> {
    let at = listener.local_addr()?;
    let (address, port) = (at.ip(), at.port());
    console.say(1, &format!("Listening on {address}:{port} as {}.", start.host));
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
    options: ServeOptions,
}

impl Server {
    /// One session on the standard streams.
    async fn inetd(&self) -> Result<(), Box<dyn Error>> {
        let mut connection = csync3_net::stdio(self.options.idle)?;
        if connection.peer().is_none() {
            connection.set_peer(ssh_client());
        }
        self.session(connection).await;
        Ok(())
    }

    /// One accepted connection.
    async fn once(&self, listener: &Listener) -> Result<(), Box<dyn Error>> {
        let (connection, address) = loop {
            match listener.accept(self.options.idle).await {
                Ok(accepted) => break accepted,
                Err(error) => self.not_accepted(error).await,
            }
        };
        self.accepted(address);
        self.session(connection).await;
        Ok(())
    }

    /// Every connection, until the process is told to stop.
    async fn accept_all(&self, listener: Listener) -> Result<(), Box<dyn Error>> {
        let slots = Arc::new(Semaphore::new(SESSIONS));
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        loop {
            let Ok(slot) = Arc::clone(&slots).acquire_owned().await else {
                return Ok(());
            };
            let accepted = tokio::select! {
                accepted = listener.accept(self.options.idle) => accepted,
                _ = terminate.recv() => return Ok(()),
                _ = interrupt.recv() => return Ok(()),
            };
            match accepted {
                Ok((connection, address)) => {
                    self.accepted(address);
                    let server = self.clone();
                    tokio::spawn(async move {
                        server.session(connection).await;
                        drop(slot);
                    });
                }
                Err(error) => self.not_accepted(error).await,
            }
        }
    }

    async fn session(&self, connection: Connection) {
        let hosts = Arc::clone(&self.sites) as Arc<dyn Hosts>;
        serve(connection, hosts, self.options).await;
    }

    fn accepted(&self, address: SocketAddr) {
        let address = format!("{}:{}", address.ip().to_canonical(), address.port());
        self.console.notice(&Event::Accepted { address });
    }

    async fn not_accepted(&self, error: NetError) {
        let problem = Problem::new("server", "cannot accept a connection").because(error);
        self.console.notice(&Event::Problem(&problem));
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
