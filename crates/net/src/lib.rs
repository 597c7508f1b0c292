//! csync3-net: moves bytes between hosts.
//!
//! Sockets, buffers, time limits and names of hosts, and nothing of what the bytes mean: no
//! command, no database, no synced file and no policy.
//!
//! * [`connection`]: one conversation: lines and blocks in, queued bytes out
//! * [`dial`], [`listen`], [`mod@stdio`]: the three ways to get a connection, and [`mod@pair`] for tests
//! * [`tls`]: the proof of who is at the other end, and secrecy
//! * [`resolve`], [`here`]: where a name leads to, and whether to this host
//! * [`port`]: ports by number and by name of service
//! * [`error`]: what can go wrong
//!
//! # Invariants
//! * Nothing waits for a peer without a limit of time.
//! * A peer makes us allocate no more than the limits of its connection say.
//! * No byte of one connection is ever seen in another.
#![forbid(unsafe_code)]

mod buffer;
pub mod connection;
pub mod dial;
pub mod error;
pub mod here;
pub mod listen;
pub mod pair;
pub mod port;
pub mod resolve;
pub mod stdio;
mod stream;
pub mod tls;

pub use connection::Connection;
pub use dial::Dialer;
pub use error::NetError;
pub use here::lead_here;
pub use listen::Listener;
pub use pair::pair;
pub use port::parse_port;
pub use resolve::{leads_to, source_towards};
pub use stdio::stdio;
