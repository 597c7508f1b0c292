//! Serves the peer at the other end of standard input and output, as under inetd or ssh.
use crate::connection::{Connection, Reader, Writer};
use crate::error::NetError;
use rustix::fs::FileType;
use rustix::net::AddressFamily;
use std::io;
use std::net::IpAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream as StdUnixStream;
use std::time::Duration;
use tokio::net::unix::pipe;
use tokio::net::{TcpStream, UnixStream};

/// What a standard stream is.
enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
    Pipe(OwnedFd),
}

/// The connection over standard input and output, each a socket or a pipe.
///
/// The peer's address is that of the socket; a pipe has none. Must be called within a runtime.
///
/// # Errors
/// [`NetError::NotASocket`] for a terminal or a file, [`NetError::Stdio`].
pub fn stdio(idle: Duration) -> Result<Connection, NetError> {
    connect(io::stdin().as_fd(), io::stdout().as_fd(), idle)
}

fn connect(
    input: BorrowedFd<'_>,
    output: BorrowedFd<'_>,
    idle: Duration,
) -> Result<Connection, NetError> {
    let failed = |descriptor| move |source| NetError::Stdio { descriptor, source };
    let input = Stream::open(input, 0)?;
    let peer = input.peer();
    let reader: Reader = match input {
        Stream::Tcp(stream) => Box::new(stream),
        Stream::Unix(stream) => Box::new(stream),
        Stream::Pipe(end) => Box::new(pipe::Receiver::from_owned_fd(end).map_err(failed(0))?),
    };
    let writer: Writer = match Stream::open(output, 1)? {
        Stream::Tcp(stream) => {
            stream.set_nodelay(true).map_err(failed(1))?;
            Box::new(stream)
        }
        Stream::Unix(stream) => Box::new(stream),
        Stream::Pipe(end) => Box::new(pipe::Sender::from_owned_fd(end).map_err(failed(1))?),
    };
    Ok(Connection::from_streams(reader, writer, peer, idle))
}

impl Stream {
    fn open(borrowed: BorrowedFd<'_>, descriptor: u8) -> Result<Self, NetError> {
        let failed = |source: io::Error| NetError::Stdio { descriptor, source };
        let owned = borrowed.try_clone_to_owned().map_err(failed)?;
        let stat = rustix::fs::fstat(&owned).map_err(|errno| failed(errno.into()))?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::Fifo => Ok(Self::Pipe(owned)),
            FileType::Socket => Self::socket(owned).map_err(failed),
            _ => Err(NetError::NotASocket { descriptor }),
        }
    }

    fn socket(owned: OwnedFd) -> io::Result<Self> {
        rustix::io::ioctl_fionbio(&owned, true)?;
        match rustix::net::sockopt::socket_domain(&owned)? {
            AddressFamily::UNIX => UnixStream::from_std(StdUnixStream::from(owned)).map(Self::Unix),
            _ => TcpStream::from_std(owned.into()).map(Self::Tcp),
        }
    }

    fn peer(&self) -> Option<IpAddr> {
        match self {
            Self::Tcp(stream) => Some(stream.peer_addr().ok()?.ip().to_canonical()),
            Self::Unix(_) | Self::Pipe(_) => None,
        }
    }
}
