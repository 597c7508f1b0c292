//! A network of bad quality between clients and a node's daemon.
//!
//! The proxy connects onward from the client's own address, since csync2 tells peers apart by it.
use crate::peer::Acceptor;
use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, connect, socket_with};
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

/// How good the network is. The default is perfect.
#[derive(Debug, Clone, Copy, Default)]
pub struct Link {
    /// One-way latency, added in both directions; bytes in flight overlap as on a real line.
    pub delay: Duration,
    /// Most bytes per second, for each direction of each connection.
    pub bytes_per_second: Option<u64>,
    /// Each connection is cut after this many bytes from the client.
    pub cut_after: Option<u64>,
}

impl Link {
    /// A line with this one-way latency.
    #[must_use]
    pub fn delayed(delay: Duration) -> Self {
        Self { delay, ..Self::default() }
    }

    /// How many pieces the line holds: one that is slow lets the sender wait, as a real one does.
    fn pieces_in_flight(self) -> usize {
        let held = |rate: u64| {
            let bytes = self.delay.as_secs_f64() * rate as f64;
            8 + (bytes / PIECE as f64) as usize
        };
        self.bytes_per_second.map_or(1_024, held)
    }

    /// A line that breaks after `bytes` from the client.
    #[must_use]
    pub fn cut_after(bytes: u64) -> Self {
        Self { cut_after: Some(bytes), ..Self::default() }
    }
}

/// The running proxy. Dropping it cuts all connections.
#[derive(Debug)]
pub struct Proxy {
    acceptor: Acceptor,
    traffic: Arc<Traffic>,
}

#[derive(Debug, Default)]
struct Traffic {
    to_server: AtomicU64,
    to_client: AtomicU64,
    turns: AtomicUsize,
    /// The first bytes of either side, as they passed.
    overheard: Mutex<Vec<u8>>,
    /// 0: nothing yet, 1: the client spoke last, 2: the server did.
    last: AtomicUsize,
}

impl Traffic {
    fn count(&self, direction: usize, passed: &[u8]) {
        let bytes = passed.len() as u64;
        let mut overheard = self.overheard.lock().expect("nobody panics while holding it");
        let room = OVERHEARD.saturating_sub(overheard.len()).min(passed.len());
        overheard.extend_from_slice(&passed[..room]);
        drop(overheard);
        let total = match direction {
            CLIENT => &self.to_server,
            _ => &self.to_client,
        };
        total.fetch_add(bytes, Ordering::Relaxed);
        if self.last.swap(direction, Ordering::SeqCst) != direction {
            self.turns.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Bytes that are passed on together.
const PIECE: usize = 64 * 1024;

/// Bytes that are kept of what passes.
const OVERHEARD: usize = 1 << 20;

const CLIENT: usize = 1;
const SERVER: usize = 2;

impl Proxy {
    /// Listens on `listen` and passes everything on to `server`.
    ///
    /// # Panics
    /// When `listen` is taken.
    #[must_use]
    pub fn start(listen: SocketAddr, server: SocketAddr, link: Link) -> Self {
        let traffic = Arc::new(Traffic::default());
        let shared = Arc::clone(&traffic);
        let acceptor = Acceptor::start(listen, move |client| {
            // A server that is down is a connection that ends at once.
            match dial_from(&client, server) {
                Ok(server) => join(client, server, link, &shared),
                Err(_) => hang_up(&client),
            }
        });
        Self { acceptor, traffic }
    }

    /// Cuts all open connections; new ones are served.
    pub fn cut(&self) {
        self.acceptor.cut();
    }

    /// How many connections were made.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.acceptor.connections()
    }

    /// Bytes passed so far: from clients to the server, and back.
    #[must_use]
    pub fn bytes(&self) -> (u64, u64) {
        let load = |total: &AtomicU64| total.load(Ordering::Relaxed);
        (load(&self.traffic.to_server), load(&self.traffic.to_client))
    }

    /// The first MiB of what has passed, both sides as they spoke.
    ///
    /// # Panics
    /// Never.
    #[must_use]
    pub fn overheard(&self) -> Vec<u8> {
        self.traffic.overheard.lock().expect("nobody panics while holding it").clone()
    }

    /// How often the speaking side changed: twice the round trips of a lockstep conversation.
    /// Only meaningful with one connection at a time.
    #[must_use]
    pub fn turns(&self) -> usize {
        self.traffic.turns.load(Ordering::Relaxed)
    }
}

/// Connects to the server from the address that the client has.
fn dial_from(client: &TcpStream, server: SocketAddr) -> std::io::Result<TcpStream> {
    let from = SocketAddr::new(client.peer_addr()?.ip(), 0);
    let socket = socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    bind(&socket, &from)?;
    connect(&socket, &server)?;
    let stream = TcpStream::from(socket);
    stream.set_nodelay(true)?;
    client.set_nodelay(true)?;
    Ok(stream)
}

fn join(client: TcpStream, server: TcpStream, link: Link, traffic: &Arc<Traffic>) {
    let (Ok(client_out), Ok(server_out)) = (client.try_clone(), server.try_clone()) else {
        return hang_up(&client);
    };
    let counted = Arc::clone(traffic);
    let back = Link { cut_after: None, ..link };
    let answers = std::thread::spawn(move || {
        pump(server, &client_out, back, |bytes| {
            counted.count(SERVER, bytes);
        });
    });
    pump(client, &server_out, link, |bytes| {
        traffic.count(CLIENT, bytes);
    });
    let _ = answers.join();
}

/// Copies one direction; returns when it is over and everything is delivered.
fn pump(mut from: TcpStream, to: &TcpStream, link: Link, count: impl Fn(&[u8])) {
    let (send, receive) = mpsc::sync_channel::<(Instant, Vec<u8>)>(link.pieces_in_flight());
    let mut left = link.cut_after.unwrap_or(u64::MAX);
    std::thread::scope(|scope| {
        scope.spawn(move || deliver(&receive, to, link.bytes_per_second));
        let mut buffer = vec![0; PIECE];
        while let Ok(read @ 1..) = from.read(&mut buffer) {
            let allowed = usize::try_from(left).unwrap_or(usize::MAX).min(read);
            let bytes = u64::try_from(allowed).expect("a length fits 64 bits");
            left -= bytes;
            count(&buffer[..allowed]);
            let due = Instant::now() + link.delay;
            let gone = send.send((due, buffer[..allowed].to_vec())).is_err();
            if gone || left == 0 {
                break;
            }
        }
        drop(send);
    });
    if left == 0 {
        hang_up(&from);
        hang_up(to);
    }
}

/// Writes each piece when its time has come, then says that no more will come.
fn deliver(pieces: &mpsc::Receiver<(Instant, Vec<u8>)>, mut to: &TcpStream, rate: Option<u64>) {
    for (due, piece) in pieces {
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        if to.write_all(&piece).is_err() {
            break;
        }
        if let Some(rate) = rate {
            let bytes = u64::try_from(piece.len()).expect("a length fits 64 bits");
            std::thread::sleep(Duration::from_micros(bytes * 1_000_000 / rate.max(1)));
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

fn hang_up(stream: &TcpStream) {
    // One that is closed already is what was wanted.
    let _ = stream.shutdown(Shutdown::Both);
}
