//! The byte stream under a connection.
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// The receiving half of a stream.
pub(crate) type Reader = Box<dyn AsyncRead + Send + Sync + Unpin>;
/// The sending half of a stream.
pub(crate) type Writer = Box<dyn AsyncWrite + Send + Sync + Unpin>;

/// A socket, or any two halves.
pub(crate) enum Stream {
    /// A TCP connection, which can be handed to another runtime.
    Tcp(TcpStream),
    /// Pipes, memory, layers over a socket.
    Halves(Reader, Writer),
}

impl Stream {
    /// Registers the socket with the runtime that calls this; what is no socket stays as it is.
    ///
    /// # Errors
    /// What the system says. The stream is lost then.
    pub(crate) fn rehome(self) -> io::Result<Self> {
        match self {
            Self::Tcp(stream) => TcpStream::from_std(stream.into_std()?).map(Self::Tcp),
            halves @ Self::Halves(..) => Ok(halves),
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
            Self::Tcp(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Halves(reader, _) => Pin::new(reader).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Halves(_, writer) => Pin::new(writer).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_flush(cx),
            Self::Halves(_, writer) => Pin::new(writer).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Halves(_, writer) => Pin::new(writer).poll_shutdown(cx),
        }
    }
}
