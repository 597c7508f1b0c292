//! One conversation with a peer: lines and blocks in, queued bytes out.
//!
//! # Invariants
//! * Whoever waits for the peer first sends what is queued; a forgotten flush cannot hang a session.
//! * While a write cannot go on, what the peer sends is taken in, up to the read-ahead. Two sides
//!   that write at the same time get through as long as *one* of them can take in all that the
//!   other writes.
//! * All waiting ends after the idle limit: reading without a byte, writing without one taken.
//! * A future dropped while it waits loses no byte.
use crate::buffer::{Input, Output};
use crate::error::NetError;
use crate::stream::{Plain, Stream};
use crate::tls::Secured;
use csync3_core::decide::pin::Protection;
use csync3_core::wire::line::{Scan, scan};
use std::future::poll_fn;
use std::io;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Read-ahead of a connection that nobody set.
pub const DEFAULT_READ_AHEAD: usize = 256 * 1024;
/// Bytes of a block that are worked on together.
const CHUNK: usize = 128 * 1024;
/// After this long without a byte a connection holds no buffer.
const QUIET: Duration = Duration::from_secs(1);
/// How long [`Connection::close`] waits for the peer's end.
const LINGER: Duration = Duration::from_secs(2);

/// A stream to a peer with its buffers and limits.
pub struct Connection {
    stream: Stream,
    secured: Option<Secured>,
    input: Input,
    output: Output,
    /// Whether the peer will send nothing more.
    ended: bool,
    peer: Option<IpAddr>,
    idle: Duration,
    read_ahead: usize,
    bytes_in: u64,
    bytes_out: u64,
}

impl Connection {
    /// A connection over two halves of a stream.
    ///
    /// `peer` is who is at the other end, if that is known, and `idle` the longest wait for it.
    #[must_use]
    pub fn from_streams(
        reader: impl AsyncRead + Send + Sync + Unpin + 'static,
        writer: impl AsyncWrite + Send + Sync + Unpin + 'static,
        peer: Option<IpAddr>,
        idle: Duration,
    ) -> Self {
        Self::over(Plain::Halves(Box::new(reader), Box::new(writer)), peer, idle)
    }

    /// A connection over a socket.
    #[must_use]
    pub fn from_tcp(stream: TcpStream, peer: Option<IpAddr>, idle: Duration) -> Self {
        Self::over(Plain::Tcp(stream), peer, idle)
    }

    fn over(stream: Plain, peer: Option<IpAddr>, idle: Duration) -> Self {
        Self {
            stream: Stream::Plain(stream),
            secured: None,
            input: Input::default(),
            output: Output::default(),
            ended: false,
            peer,
            idle,
            read_ahead: DEFAULT_READ_AHEAD,
            bytes_in: 0,
            bytes_out: 0,
        }
    }

    /// Moves the connection to the runtime that calls this, so that its socket wakes that runtime's
    /// thread directly.
    ///
    /// # Errors
    /// [`NetError::Read`]; the connection is lost then.
    pub fn rehome(self) -> Result<Self, NetError> {
        let stream = self.stream.rehome().map_err(|source| NetError::Read { source })?;
        Ok(Self { stream, ..self })
    }

    /// Takes the connection away, and leaves one that is over.
    #[must_use]
    pub fn take(&mut self) -> Self {
        let over = Self::over(Plain::Gone, self.peer, self.idle);
        std::mem::replace(self, over)
    }

    /// Goes on over the stream that a handshake makes of the present one.
    pub(crate) async fn secured_by(
        self,
        handshake: impl AsyncFnOnce(Stream) -> Result<(Stream, Secured), NetError>,
    ) -> Result<Self, NetError> {
        if !self.input.is_empty() {
            return Err(NetError::EarlyBytes);
        }
        let (stream, secured) = handshake(self.stream).await?;
        Ok(Self { stream, secured: Some(secured), ..self })
    }

    /// The peer of a secured connection; `None` for one in plain.
    #[must_use]
    pub const fn secured(&self) -> Option<&Secured> {
        self.secured.as_ref()
    }

    /// What protects the connection.
    #[must_use]
    pub fn protection(&self) -> Protection {
        self.secured.as_ref().map_or(Protection::Plain, |secured| secured.protection)
    }

    /// Says whether the peer has closed its end of the socket: it waits for no answer any more, even
    /// if not all that it has sent was read yet. Of pipes nobody can tell.
    #[must_use]
    pub fn is_closed_there(&self) -> bool {
        self.stream.is_closed_there()
    }

    /// Sets the longest wait for the peer.
    pub fn set_idle(&mut self, idle: Duration) {
        self.idle = idle;
    }

    /// Sets how many bytes are taken in, about, while a write cannot go on.
    pub fn set_read_ahead(&mut self, bytes: usize) {
        self.read_ahead = bytes;
    }

    /// The peer's address, if it is known.
    #[must_use]
    pub const fn peer(&self) -> Option<IpAddr> {
        self.peer
    }

    /// States the peer's address where the stream does not tell it.
    pub fn set_peer(&mut self, peer: Option<IpAddr>) {
        self.peer = peer;
    }

    /// Bytes received so far.
    #[must_use]
    pub const fn bytes_in(&self) -> u64 {
        self.bytes_in
    }

    /// Bytes sent so far.
    #[must_use]
    pub const fn bytes_out(&self) -> u64 {
        self.bytes_out
    }

    /// Bytes received and not taken.
    #[must_use]
    pub fn buffered(&self) -> &[u8] {
        self.input.bytes()
    }

    /// Takes `n` bytes off the front of [`Self::buffered`], or all there are.
    pub fn consume(&mut self, n: usize) {
        self.input.take(n);
    }

    /// Takes a line that is here already; `None` if its end is not.
    ///
    /// The line comes without its LF; a CR before it stays.
    ///
    /// # Errors
    /// [`NetError::LineTooLong`] if it cannot fit `limit` bytes, LF included.
    pub fn take_line(&mut self, limit: usize) -> Result<Option<Vec<u8>>, NetError> {
        match scan(self.input.bytes(), limit) {
            Scan::Incomplete => Ok(None),
            Scan::TooLong => Err(NetError::LineTooLong { limit }),
            Scan::Line { line, taken } => {
                let line = line.to_vec();
                self.input.take(taken);
                Ok(Some(line))
            }
        }
    }

    /// Waits for a line; `None` if the peer closed the connection before it.
    ///
    /// # Errors
    /// As [`Self::take_line`] and [`Self::fill`], and [`NetError::Truncated`] if the peer closed the
    /// connection within the line.
    pub async fn line(&mut self, limit: usize) -> Result<Option<Vec<u8>>, NetError> {
        loop {
            if let Some(line) = self.take_line(limit)? {
                return Ok(Some(line));
            }
            if self.fill().await? == 0 {
                return match self.input.is_empty() {
                    true => Ok(None),
                    false => Err(NetError::Truncated),
                };
            }
        }
    }

    /// Sends what is queued, then waits for more bytes; returns how many came, 0 for the end.
    ///
    /// # Errors
    /// [`NetError::Read`], [`NetError::Write`] and [`NetError::Idle`].
    pub async fn fill(&mut self) -> Result<usize, NetError> {
        let before = self.input.len();
        self.flush().await?;
        match self.input.len() - before {
            0 if self.ended => Ok(0),
            0 => self.wait_for_bytes().await,
            came => Ok(came),
        }
    }

    /// Takes in what is here already, without waiting; returns how many bytes came. Nothing is sent.
    ///
    /// # Errors
    /// [`NetError::Read`].
    pub async fn gather(&mut self) -> Result<usize, NetError> {
        if self.ended {
            return Ok(0);
        }
        // The runtime may not have heard of the bytes yet.
        tokio::task::yield_now().await;
        poll_fn(|cx| match self.poll_receive(cx) {
            Poll::Ready(came) => Poll::Ready(came.map_err(|source| NetError::Read { source })),
            Poll::Pending => Poll::Ready(Ok(0)),
        })
        .await
    }

    /// Takes 1 to `max` bytes of a block, waiting if none is here. Nothing if `max` is 0.
    ///
    /// # Errors
    /// As [`Self::fill`], and [`NetError::Truncated`] if the peer closed the connection.
    pub async fn chunk(&mut self, max: usize) -> Result<&[u8], NetError> {
        if max > 0 && self.input.is_empty() && self.fill().await? == 0 {
            return Err(NetError::Truncated);
        }
        Ok(self.input.take(max))
    }

    /// Hands over the bytes of a block as they come, to its end.
    ///
    /// # Errors
    /// As [`Self::chunk`].
    pub async fn block(
        &mut self,
        length: u64,
        mut take: impl FnMut(&[u8]),
    ) -> Result<(), NetError> {
        let mut left = length;
        while left > 0 {
            let most = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
            let chunk = self.chunk(most).await?;
            left -= chunk.len() as u64;
            take(chunk);
        }
        Ok(())
    }

    /// Adds bytes to what goes out with the next flush, or before the next wait.
    pub fn queue(&mut self, bytes: &[u8]) {
        self.output.push(bytes);
    }

    /// Number of bytes queued.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.output.len()
    }

    /// Sends what is queued.
    ///
    /// # Errors
    /// [`NetError::Write`], [`NetError::Idle`] if the peer takes nothing, and [`NetError::Read`] if
    /// the connection fails in that direction meanwhile. What the peer sent before is still in
    /// [`Self::buffered`]: its last words, often.
    pub async fn flush(&mut self) -> Result<(), NetError> {
        if self.output.len() == 0 {
            return Ok(());
        }
        let idle = self.idle;
        while self.output.len() > 0 {
            let sent = timeout(idle, poll_fn(|cx| self.poll_send(cx)))
                .await
                .map_err(|_| NetError::Idle { after: idle })??;
            self.output.advance(sent);
            self.bytes_out += sent as u64;
        }
        timeout(idle, poll_fn(|cx| self.poll_flush(cx)))
            .await
            .map_err(|_| NetError::Idle { after: idle })?
    }

    /// Sends what is queued, tells the peer that nothing more comes, and waits for its end briefly.
    ///
    /// Without that wait the last line could be lost: a socket closed with bytes unread is reset.
    pub async fn close(mut self) {
        self.hang_up().await;
    }

    /// As [`Self::close`], for one who keeps the connection a little longer: nothing can be sent any
    /// more.
    pub async fn hang_up(&mut self) {
        let limit = self.idle.min(LINGER);
        let farewell = async {
            self.flush().await?;
            let shut = self.stream.shutdown().await;
            shut.map_err(|source| NetError::Write { source })?;
            self.drain().await
        };
        // Whatever fails now, the connection is over, and all that matters has been answered.
        drop(timeout(limit, farewell).await);
    }

    /// Reads and forgets bytes until the peer's end, up to the read-ahead.
    async fn drain(&mut self) -> Result<(), NetError> {
        let mut left = self.read_ahead;
        while left > 0 && !self.ended {
            self.input.take(usize::MAX);
            let came = poll_fn(|cx| self.poll_receive(cx)).await;
            left = left.saturating_sub(came.map_err(|source| NetError::Read { source })?);
        }
        Ok(())
    }

    /// Waits for bytes; gives the buffers back when none come for a while.
    async fn wait_for_bytes(&mut self) -> Result<usize, NetError> {
        let idle = self.idle;
        let soon = timeout(QUIET.min(idle), poll_fn(|cx| self.poll_receive(cx))).await;
        let came = match soon {
            Ok(came) => came,
            Err(_) => {
                self.input.release();
                self.output.release();
                let rest = idle.saturating_sub(QUIET);
                timeout(rest, poll_fn(|cx| self.poll_receive(cx)))
                    .await
                    .map_err(|_| NetError::Idle { after: idle })?
            }
        };
        came.map_err(|source| NetError::Read { source })
    }

    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let came = {
            let room = self.input.room();
            ready!(pin!(self.stream.read_buf(room)).poll(cx))?
        };
        self.input.note_read();
        self.bytes_in += came as u64;
        self.ended |= came == 0;
        Poll::Ready(Ok(came))
    }

    /// Sends some of what is queued; takes in what the peer sends while that is not possible.
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<Result<usize, NetError>> {
        self.poll_out(cx, |connection, cx| {
            let bytes = connection.output.bytes();
            let sent = ready!(Pin::new(&mut connection.stream).poll_write(cx, bytes));
            Poll::Ready(match sent {
                Ok(0) => Err(io::ErrorKind::WriteZero.into()),
                sent => sent,
            })
        })
    }

    /// Sends what TLS holds back; takes in what the peer sends while that is not possible.
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), NetError>> {
        self.poll_out(cx, |connection, cx| Pin::new(&mut connection.stream).poll_flush(cx))
    }

    fn poll_out<T>(
        &mut self,
        cx: &mut Context<'_>,
        mut write: impl FnMut(&mut Self, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<Result<T, NetError>> {
        loop {
            match write(self, cx) {
                Poll::Ready(Ok(done)) => return Poll::Ready(Ok(done)),
                Poll::Ready(Err(source)) => {
                    self.take_last_words(cx);
                    return Poll::Ready(Err(NetError::Write { source }));
                }
                Poll::Pending => {}
            }
            if self.ended || self.input.len() >= self.read_ahead {
                return Poll::Pending;
            }
            match ready!(self.poll_receive(cx)) {
                Ok(0) => return Poll::Pending,
                Ok(_) => {}
                Err(source) => return Poll::Ready(Err(NetError::Read { source })),
            }
        }
    }

    /// Takes in what is here of a peer that takes nothing more: why, perhaps.
    fn take_last_words(&mut self, cx: &mut Context<'_>) {
        while !self.ended && self.input.len() < self.read_ahead {
            let Poll::Ready(Ok(_)) = self.poll_receive(cx) else {
                return;
            };
        }
    }
}

#[cfg(test)]
mod tests;
