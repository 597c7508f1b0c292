//! Connections that break after some bytes.
use csync3_net::Connection;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// After how many bytes the connections of a server break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    Never,
    AfterReceiving(u64),
    AfterSending(u64),
}

/// The server's end of an accepted connection.
pub(crate) fn accepted(stream: TcpStream, peer: IpAddr, cut: Cut, idle: Duration) -> Connection {
    stream.set_nodelay(true).expect("a TCP socket");
    if cut == Cut::Never {
        return Connection::from_tcp(stream, Some(peer), idle);
    }
    let (reader, writer) = stream.into_split();
    let (received, sent) = match cut {
        Cut::AfterReceiving(bytes) => (bytes, u64::MAX),
        Cut::AfterSending(bytes) => (u64::MAX, bytes),
        Cut::Never => (u64::MAX, u64::MAX),
    };
    let reader = Limited { stream: reader, left: received };
    let writer = Limited { stream: writer, left: sent };
    Connection::from_streams(reader, writer, Some(peer), idle)
}

/// A half of a stream that ends after some bytes.
struct Limited<S> {
    stream: S,
    left: u64,
}

impl<S: AsyncRead + Unpin> AsyncRead for Limited<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let most = usize::try_from(this.left).unwrap_or(usize::MAX).min(buf.remaining());
        let mut part = vec![0; most];
        let mut part = ReadBuf::new(&mut part);
        if most > 0 {
            std::task::ready!(Pin::new(&mut this.stream).poll_read(cx, &mut part))?;
        }
        buf.put_slice(part.filled());
        this.left -= part.filled().len() as u64;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Limited<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let most = usize::try_from(this.left).unwrap_or(usize::MAX).min(bytes.len());
        if most == 0 {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let sent = std::task::ready!(Pin::new(&mut this.stream).poll_write(cx, &bytes[..most]))?;
        this.left -= sent as u64;
        Poll::Ready(Ok(sent))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}
