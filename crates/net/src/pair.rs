//! Two connected ends in memory, for tests of whatever speaks over a connection.
use crate::connection::Connection;
use std::time::Duration;
use tokio::io::{duplex, split};

/// Bytes that are on their way at most, in each direction.
const IN_FLIGHT: usize = 64 * 1024;

/// Two connections, each the other's peer, without an address.
#[must_use]
pub fn pair(idle: Duration) -> (Connection, Connection) {
    let (left, right) = duplex(IN_FLIGHT);
    let connection = |stream| {
        let (reader, writer) = split(stream);
        Connection::from_streams(reader, writer, None, idle)
    };
    (connection(left), connection(right))
}
