//! What can go wrong between two hosts.
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

/// Why a connection, or the way to one, failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NetError {
    /// The name leads to no address.
    #[error("cannot resolve host {name}")]
    Resolve {
        /// The name.
        name: String,
        /// What the resolver says.
        source: io::Error,
    },
    /// The resolver did not answer in time.
    #[error("cannot resolve host {name}: no answer within {} s", after.as_secs_f32())]
    ResolveTimeout {
        /// The name.
        name: String,
        /// The limit.
        after: Duration,
    },
    /// The host refused the connection or cannot be reached.
    #[error("cannot connect to {address}")]
    Connect {
        /// The address tried last.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The host did not answer the connection in time.
    #[error("cannot connect to {address}: no answer within {} s", after.as_secs_f32())]
    ConnectTimeout {
        /// The address tried last.
        address: SocketAddr,
        /// The limit.
        after: Duration,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Bind {
        /// The address tried first.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// A socket that was passed to this process cannot be used.
    #[error("cannot use passed socket {number}")]
    Passed {
        /// Which one, counted from 1.
        number: usize,
        /// What is wrong with it.
        source: io::Error,
    },
    /// One connection could not be accepted; the next one may be.
    #[error("cannot accept a connection")]
    Accept {
        /// What the system says.
        source: io::Error,
    },
    /// The connection failed while waiting for bytes.
    #[error("cannot read from peer")]
    Read {
        /// What the system says.
        source: io::Error,
    },
    /// The connection failed while sending.
    #[error("cannot write to peer")]
    Write {
        /// What the system says.
        source: io::Error,
    },
    /// The peer neither sent nor took a byte for too long.
    #[error("cannot continue with peer: nothing moved for {} s", after.as_secs_f32())]
    Idle {
        /// The limit.
        after: Duration,
    },
    /// A line does not fit its limit.
    #[error("cannot read line from peer: it is longer than {limit} bytes")]
    LineTooLong {
        /// The limit in bytes, end of line included.
        limit: usize,
    },
    /// The peer closed the connection within a line or a block.
    #[error("cannot read from peer: it closed the connection in the middle of a message")]
    Truncated,
    /// A standard stream is neither a socket nor a pipe.
    #[error("cannot serve on file descriptor {descriptor}: it is neither a socket nor a pipe")]
    NotASocket {
        /// Its number.
        descriptor: u8,
    },
    /// A standard stream cannot be used.
    #[error("cannot serve on file descriptor {descriptor}")]
    Stdio {
        /// Its number.
        descriptor: u8,
        /// What the system says.
        source: io::Error,
    },
    /// The peer sent something between agreeing to TLS and the handshake: an attempt to slip in
    /// commands, or no csync2.
    #[error("cannot start TLS with peer: it sent data before the handshake")]
    EarlyBytes,
    /// The peers could not agree on TLS, or one has no key to the certificate it shows.
    #[error("cannot start TLS with peer")]
    Handshake {
        /// What went wrong.
        source: io::Error,
    },
    /// The peer did not come to the end of the handshake.
    #[error("cannot start TLS with peer: no end of the handshake within {} s", after.as_secs_f32())]
    HandshakeTimeout {
        /// The limit.
        after: Duration,
    },
    /// Neither a number of a port nor a known service.
    #[error("cannot use port '{text}': it is no number below 65536 and no known service")]
    Port {
        /// What was given.
        text: String,
    },
}

impl NetError {
    /// Says whether the one who got this error from a [`crate::Listener`] should go on accepting.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Accept { .. })
    }
}
