//! Peers that are up and of no use. (One that refuses needs no code: a stand-in is one.)
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// Accepts every connection and never says a word.
#[derive(Debug)]
pub struct Mute(Acceptor);

impl Mute {
    /// Listens on `address` until dropped.
    ///
    /// # Panics
    /// When the address is taken.
    #[must_use]
    pub fn bind(address: SocketAddr) -> Self {
        Self(Acceptor::start(address, |_stream| {}))
    }

    /// How many connections it has accepted.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.0.connections()
    }
}

/// Accepts every connection, sends the same bytes to each, and reads nothing.
#[derive(Debug)]
pub struct Babbler(Acceptor);

impl Babbler {
    /// Listens on `address` until dropped; sends `bytes` and keeps the connection open.
    ///
    /// # Panics
    /// When the address is taken.
    #[must_use]
    pub fn bind(address: SocketAddr, bytes: &[u8]) -> Self {
        let bytes = bytes.to_vec();
        Self(Acceptor::start(address, move |mut stream| {
            // The other side may hang up on nonsense at any point.
            let _ = std::io::Write::write_all(&mut stream, &bytes);
        }))
    }

    /// How many connections it has accepted.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.0.connections()
    }
}

/// Accepts every connection, reads some bytes of each without an answer, and cuts it.
#[derive(Debug)]
pub struct Cutter(Acceptor);

impl Cutter {
    /// Listens on `address` until dropped; cuts each connection after `bytes` bytes.
    ///
    /// A peer that cuts an answered session short is a [`crate::Link::cut_after`].
    ///
    /// # Panics
    /// When the address is taken.
    #[must_use]
    pub fn bind(address: SocketAddr, bytes: u64) -> Self {
        Self(Acceptor::start(address, move |stream| {
            let mut limited = std::io::Read::take(&stream, bytes);
            // However the reading ends, the connection is cut.
            let _ = std::io::copy(&mut limited, &mut std::io::sink());
            let _ = stream.shutdown(Shutdown::Both);
        }))
    }

    /// How many connections it has accepted.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.0.connections()
    }
}

/// Accepts in a thread of its own and hands each connection to a thread of its own; all
/// connections are cut when it is dropped.
pub(crate) struct Acceptor {
    address: SocketAddr,
    state: Arc<State>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct State {
    stopping: AtomicBool,
    accepted: AtomicUsize,
    open: Mutex<Vec<TcpStream>>,
}

impl Acceptor {
    /// Starts accepting. `serve` may return early: the connection stays open all the same.
    pub(crate) fn start(
        address: SocketAddr,
        serve: impl Fn(TcpStream) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(address)
            .unwrap_or_else(|error| panic!("cannot listen on {address}: {error}"));
        let state = Arc::new(State::default());
        let (shared, serve) = (Arc::clone(&state), Arc::new(serve));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if shared.stopping.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(ours) = stream.try_clone() else {
                    continue;
                };
                shared.accepted.fetch_add(1, Ordering::SeqCst);
                shared.streams().push(stream);
                let serve = Arc::clone(&serve);
                std::thread::spawn(move || serve(ours));
            }
        });
        Self { address, state, thread: Some(thread) }
    }

    pub(crate) fn connections(&self) -> usize {
        self.state.accepted.load(Ordering::SeqCst)
    }

    /// Cuts every connection that is open now.
    pub(crate) fn cut(&self) {
        for stream in self.state.streams().drain(..) {
            // One that is closed already is cut.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl State {
    fn streams(&self) -> std::sync::MutexGuard<'_, Vec<TcpStream>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Acceptor({})", self.address)
    }
}

impl Drop for Acceptor {
    fn drop(&mut self) {
        self.state.stopping.store(true, Ordering::SeqCst);
        // Wakes the thread that waits in accept.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        self.cut();
    }
}
