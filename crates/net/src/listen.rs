//! Waits for peers to call.
use crate::connection::Connection;
use crate::error::NetError;
use crate::resolve::addresses;
use rustix::io::Errno;
use socket2::{Domain, Protocol, Socket, Type};
use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener as StdTcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

/// Connections that wait to be accepted, at most.
const BACKLOG: i32 = 128;
/// Longest look-up of the name to listen on.
const LOOKUP: Duration = Duration::from_secs(10);
/// Pause after the system had no room for a connection, so that a loop does not spin.
const EXHAUSTED: Duration = Duration::from_millis(100);

/// The sockets that peers call, at least one.
#[derive(Debug)]
pub struct Listener {
    sockets: Vec<TcpListener>,
    /// Which socket is asked first, so that a busy one does not hide the others.
    first: AtomicUsize,
}

impl Listener {
    /// Listens on a name or address; without one on all addresses, of IPv6 and IPv4.
    ///
    /// The first address of the name that can be had is taken. Where there is no IPv6, all addresses
    /// of IPv4 are.
    ///
    /// # Errors
    /// [`NetError::Resolve`] and [`NetError::ResolveTimeout`] for the name, [`NetError::Bind`] for
    /// its first address.
    pub async fn bind(host: Option<&str>, port: u16) -> Result<Self, NetError> {
        let candidates = match host {
            Some(name) => addresses(name, port, LOOKUP).await?,
            None => {
                let all: [IpAddr; 2] = [Ipv6Addr::UNSPECIFIED.into(), Ipv4Addr::UNSPECIFIED.into()];
                all.map(|ip| SocketAddr::new(ip, port)).to_vec()
            }
        };
        let mut failure = None;
        for address in candidates {
            match listen(address) {
                Ok(socket) => {
                    return Ok(Self { sockets: vec![socket], first: AtomicUsize::new(0) });
                }
                Err(source) => {
                    failure.get_or_insert(NetError::Bind { address, source });
                }
            }
        }
        Err(failure.unwrap_or_else(|| NetError::Resolve {
            name: host.unwrap_or_default().to_owned(),
            source: io::ErrorKind::NotFound.into(),
        }))
    }

    /// Takes sockets that somebody else has bound, as a service manager does.
    ///
    /// # Errors
    /// [`NetError::Passed`] for one that does not listen, or if there is none.
    pub fn passed(sockets: Vec<StdTcpListener>) -> Result<Self, NetError> {
        let sockets: Vec<_> = sockets
            .into_iter()
            .enumerate()
            .map(|(number, socket)| {
                take_over(socket).map_err(|source| NetError::Passed { number: number + 1, source })
            })
            .collect::<Result<_, _>>()?;
        if sockets.is_empty() {
            return Err(NetError::Passed { number: 1, source: io::ErrorKind::NotFound.into() });
        }
        Ok(Self { sockets, first: AtomicUsize::new(0) })
    }

    /// Waits for the next peer; `idle` is the idle limit of its connection.
    ///
    /// # Errors
    /// [`NetError::Accept`]: this connection is lost, the listener is not. Call again.
    pub async fn accept(&self, idle: Duration) -> Result<(Connection, SocketAddr), NetError> {
        let accepted = self.next().await;
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(source) => {
                if is_exhaustion(&source) {
                    sleep(EXHAUSTED).await;
                }
                return Err(NetError::Accept { source });
            }
        };
        let nodelay = stream.set_nodelay(true);
        nodelay.map_err(|source| NetError::Accept { source })?;
        let ip = peer.ip().to_canonical();
        let connection = Connection::from_tcp(stream, Some(ip), idle);
        Ok((connection, SocketAddr::new(ip, peer.port())))
    }

    async fn next(&self) -> io::Result<(TcpStream, SocketAddr)> {
        let count = self.sockets.len();
        poll_fn(|cx| {
            let first = self.first.load(Ordering::Relaxed);
            for turn in 0..count {
                let at = (first + turn) % count;
                if let Poll::Ready(accepted) = self.sockets[at].poll_accept(cx) {
                    self.first.store((at + 1) % count, Ordering::Relaxed);
                    return Poll::Ready(accepted);
                }
            }
            Poll::Pending
        })
        .await
    }

    /// The addresses listened on, with the port the system chose if 0 was asked for.
    ///
    /// # Errors
    /// [`NetError::Accept`] if the system does not tell.
    pub fn local_addrs(&self) -> Result<Vec<SocketAddr>, NetError> {
        let addresses = self.sockets.iter().map(TcpListener::local_addr);
        addresses.collect::<Result<_, _>>().map_err(|source| NetError::Accept { source })
    }
}

fn take_over(socket: StdTcpListener) -> io::Result<TcpListener> {
    if !rustix::net::sockopt::socket_acceptconn(&socket)? {
        // What a socket unit with Accept=yes passes is the connection of one peer.
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it does not listen"));
    }
    socket.set_nonblocking(true)?;
    TcpListener::from_std(socket)
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM.nonblocking().cloexec(),
        Some(Protocol::TCP),
    )?;
    if address.is_ipv6() {
        socket.set_only_v6(false)?;
    }
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// Says whether the system lacks file descriptors or memory, which only time can cure.
fn is_exhaustion(error: &io::Error) -> bool {
    matches!(
        Errno::from_io_error(error),
        Some(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM)
    )
}
