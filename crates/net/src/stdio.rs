//! Serves the peer at the other end of standard input and output, as under inetd or ssh.
use crate::connection::Connection;
use crate::error::NetError;
use crate::stream::{Reader, Writer};
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
/// The peer's address is that of the socket; a pipe has none. `/dev/null` as input is a peer that has
/// hung up before its first word. Must be called within a runtime.
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
    if is_null_device(input) {
        return hung_up(idle).map_err(failed(0));
    }
    let input = Stream::open(input, 0)?;
    let peer = input.peer();
    let input = match input {
        Stream::Tcp(stream) if is_same(stream.as_fd(), output) => {
            stream.set_nodelay(true).map_err(failed(1))?;
            return Ok(Connection::from_tcp(stream, peer, idle));
        }
        other => other,
    };
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

/// Says whether two descriptors are one socket.
fn is_same(one: BorrowedFd<'_>, other: BorrowedFd<'_>) -> bool {
    match (rustix::fs::fstat(one), rustix::fs::fstat(other)) {
        (Ok(one), Ok(other)) => (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino),
        _ => false,
    }
}

/// Says whether a descriptor is `/dev/null`, which cannot be waited for.
fn is_null_device(descriptor: BorrowedFd<'_>) -> bool {
    let null = rustix::fs::stat("/dev/null").map(|stat| stat.st_rdev);
    rustix::fs::fstat(descriptor).is_ok_and(|stat| {
        FileType::from_raw_mode(stat.st_mode) == FileType::CharacterDevice
            && Ok(stat.st_rdev) == null
    })
}

/// A connection whose other end is gone.
fn hung_up(idle: Duration) -> io::Result<Connection> {
    let ((input, _), (_, output)) = (io::pipe()?, io::pipe()?);
    let reader: Reader = Box::new(pipe::Receiver::from_owned_fd(input.into())?);
    let writer: Writer = Box::new(pipe::Sender::from_owned_fd(output.into())?);
    Ok(Connection::from_streams(reader, writer, None, idle))
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

#[cfg(test)]
mod tests {
    use super::connect;
    use crate::connection::Connection;
    use crate::error::NetError;
    use std::io::pipe;
    use std::net::{Ipv4Addr, TcpListener, TcpStream};
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixStream;
    use std::time::Duration;

    const IDLE: Duration = Duration::from_secs(10);

    async fn echo_one_line(mut ours: Connection) {
        let line = ours.line(100).await.expect("bytes").expect("a line");
        ours.queue(&[&line[..], b"!\n"].concat());
        ours.close().await;
    }

    async fn ask(mut theirs: Connection) -> Vec<u8> {
        theirs.queue(b"hello\n");
        theirs.line(100).await.expect("bytes").expect("a line")
    }

    #[tokio::test]
    async fn two_pipes_are_a_connection_without_an_address() {
        let (our_in, their_out) = pipe().expect("a pipe");
        let (their_in, our_out) = pipe().expect("a pipe");
        let ours = connect(our_in.as_fd(), our_out.as_fd(), IDLE).expect("pipes");
        drop((our_in, our_out));
        let theirs = connect(their_in.as_fd(), their_out.as_fd(), IDLE).expect("pipes");
        drop((their_in, their_out));
        assert_eq!(ours.peer(), None);
        let (answer, ()) = tokio::join!(ask(theirs), echo_one_line(ours));
        assert_eq!(answer, b"hello!");
    }

    #[tokio::test]
    async fn one_tcp_socket_for_both_tells_its_peer() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let caller = TcpStream::connect(address).expect("a connection");
        let (called, _) = listener.accept().expect("a connection");
        let ours = connect(called.as_fd(), called.as_fd(), IDLE).expect("a socket");
        let theirs = connect(caller.as_fd(), caller.as_fd(), IDLE).expect("a socket");
        drop((called, caller));
        assert_eq!(ours.peer(), Some(Ipv4Addr::LOCALHOST.into()));
        let (answer, ()) = tokio::join!(ask(theirs), echo_one_line(ours));
        assert_eq!(answer, b"hello!");
    }

    #[tokio::test]
    async fn a_unix_socket_has_no_address() {
        let (left, right) = UnixStream::pair().expect("a pair");
        let ours = connect(left.as_fd(), left.as_fd(), IDLE).expect("a socket");
        let theirs = connect(right.as_fd(), right.as_fd(), IDLE).expect("a socket");
        drop((left, right));
        assert_eq!(ours.peer(), None);
        let (answer, ()) = tokio::join!(ask(theirs), echo_one_line(ours));
        assert_eq!(answer, b"hello!");
    }

    #[tokio::test]
    async fn the_null_device_is_a_peer_that_has_hung_up() {
        let null = std::fs::File::open("/dev/null").expect("every system has it");
        let mut ours = connect(null.as_fd(), null.as_fd(), IDLE).expect("no error");
        assert_eq!(ours.line(100).await.expect("no error"), None);
    }

    #[tokio::test]
    async fn a_file_is_refused_by_its_number() {
        let file = tempfile::tempfile().expect("a file");
        let (_reader, writer) = pipe().expect("a pipe");
        let refused = connect(file.as_fd(), writer.as_fd(), IDLE).err();
        assert!(matches!(refused, Some(NetError::NotASocket { descriptor: 0 })), "{refused:?}");
        let (reader, _writer) = pipe().expect("a pipe");
        let refused = connect(reader.as_fd(), file.as_fd(), IDLE).err();
        assert!(matches!(refused, Some(NetError::NotASocket { descriptor: 1 })), "{refused:?}");
    }
}
