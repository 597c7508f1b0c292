//! The byte stream under a connection.
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsStream;

/// The receiving half of a stream.
pub(crate) type Reader = Box<dyn AsyncRead + Send + Sync + Unpin>;
/// The sending half of a stream.
pub(crate) type Writer = Box<dyn AsyncWrite + Send + Sync + Unpin>;

/// A socket, or any two halves.
pub(crate) enum Plain {
    /// A TCP connection, which can be handed to another runtime.
    Tcp(TcpStream),
    /// Pipes or memory.
    Halves(Reader, Writer),
    /// Nothing: the stream is being moved, or was lost by that.
    Gone,
}

/// What a connection reads from and writes to.
pub(crate) enum Stream {
    /// As it is.
    Plain(Plain),
    /// Encrypted; the peer is proved.
    Tls(Box<TlsStream<Plain>>),
}

impl Plain {
    /// The socket, if it is one.
    fn socket(&self) -> Option<BorrowedFd<'_>> {
        match self {
            Self::Tcp(stream) => Some(stream.as_fd()),
            Self::Halves(..) | Self::Gone => None,
        }
    }

    fn rehome(self) -> io::Result<Self> {
        match self {
            Self::Tcp(stream) => TcpStream::from_std(stream.into_std()?).map(Self::Tcp),
            other => Ok(other),
        }
    }
}

impl Stream {
    /// Says whether the other end of a socket is closed, though it may have left bytes to be read.
    pub(crate) fn is_closed_there(&self) -> bool {
        let plain = match self {
            Self::Plain(plain) => plain,
            Self::Tls(tls) => tls.get_ref().0,
        };
        let closed = PollFlags::RDHUP | PollFlags::HUP | PollFlags::ERR;
        plain.socket().is_some_and(|socket| {
            let mut polled = [PollFd::new(&socket, PollFlags::RDHUP)];
            poll(&mut polled, Some(&Timespec::default())).is_ok()
                && polled[0].revents().intersects(closed)
        })
    }

    /// Registers the socket with the runtime that calls this; what is no socket stays as it is.
    ///
    /// # Errors
    /// What the system says. The stream is lost then.
    pub(crate) fn rehome(self) -> io::Result<Self> {
        match self {
            Self::Plain(plain) => plain.rehome().map(Self::Plain),
            Self::Tls(mut tls) => {
                let (below, _) = tls.get_mut();
                *below = std::mem::replace(below, Plain::Gone).rehome()?;
                Ok(Self::Tls(tls))
            }
        }
    }
}

fn gone<T>() -> Poll<io::Result<T>> {
    Poll::Ready(Err(io::ErrorKind::NotConnected.into()))
}

impl AsyncRead for Plain {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Halves(reader, _) => Pin::new(reader).poll_read(cx, buf),
            Self::Gone => gone(),
        }
    }
}

impl AsyncWrite for Plain {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Halves(_, writer) => Pin::new(writer).poll_write(cx, bytes),
            Self::Gone => gone(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_flush(cx),
            Self::Halves(_, writer) => Pin::new(writer).poll_flush(cx),
            Self::Gone => gone(),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Halves(_, writer) => Pin::new(writer).poll_shutdown(cx),
            Self::Gone => gone(),
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(plain) => Pin::new(plain).poll_read(cx, buf),
            Self::Tls(tls) => Pin::new(tls).poll_read(cx, buf).map(end_without_farewell),
        }
    }
}

/// A csync2 server closes its socket without a farewell of TLS. Every message of the protocol states
/// its end, so one that was cut is noticed all the same; `TYPE` alone ends with the connection.
fn end_without_farewell(read: io::Result<()>) -> io::Result<()> {
    match read {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(()),
        read => read,
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(plain) => Pin::new(plain).poll_write(cx, bytes),
            Self::Tls(tls) => Pin::new(tls).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(plain) => Pin::new(plain).poll_flush(cx),
            Self::Tls(tls) => Pin::new(tls).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(plain) => Pin::new(plain).poll_shutdown(cx),
            Self::Tls(tls) => Pin::new(tls).poll_shutdown(cx),
        }
    }
}
