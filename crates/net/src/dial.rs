//! Connects to a peer by name.
use crate::connection::Connection;
use crate::error::NetError;
use crate::resolve::{addresses, fitting, sources};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

/// Read-ahead of the one who asks: all answers to the commands that are on their way must fit.
const READ_AHEAD: usize = 64 * 1024 * 1024;

/// How to connect to peers.
#[derive(Debug, Clone)]
pub struct Dialer {
    /// The port of every peer.
    pub port: u16,
    /// The name or address to call from, if it can be used.
    pub bind: Option<String>,
    /// Longest look-up of a name, and longest wait for each of its addresses.
    pub connect_timeout: Duration,
    /// Idle limit of the connections.
    pub idle: Duration,
}

impl Dialer {
    /// Connects to a host: to the first of its addresses that answers.
    ///
    /// # Errors
    /// [`NetError::Resolve`], [`NetError::ResolveTimeout`], and [`NetError::Connect`] or
    /// [`NetError::ConnectTimeout`] of the last address.
    pub async fn dial(&self, host: &str) -> Result<Connection, NetError> {
        let targets = addresses(host, self.port, self.connect_timeout).await?;
        let sources = sources(self.bind.as_deref(), self.connect_timeout).await;
        let mut failure = None;
        for target in targets {
            match self.connect(target, &sources).await {
                Ok(stream) => return Ok(self.connection(stream, target)),
                Err(error) => failure = Some(error),
            }
        }
        Err(failure.unwrap_or_else(|| NetError::Resolve {
            name: host.to_owned(),
            source: io::ErrorKind::NotFound.into(),
        }))
    }

    fn connection(&self, stream: TcpStream, target: SocketAddr) -> Connection {
        let peer = Some(target.ip().to_canonical());
        let mut connection = Connection::from_tcp(stream, peer, self.idle);
        connection.set_read_ahead(READ_AHEAD);
        connection
    }

    async fn connect(&self, target: SocketAddr, sources: &[IpAddr]) -> Result<TcpStream, NetError> {
        let failed = |source| NetError::Connect { address: target, source };
        let socket = match target {
            SocketAddr::V4(_) => TcpSocket::new_v4(),
            SocketAddr::V6(_) => TcpSocket::new_v6(),
        }
        .map_err(failed)?;
        if let Some(source) = fitting(sources, target.ip()) {
            // A wish: where this host does not have the address, any other does.
            socket.bind(SocketAddr::new(source, 0)).ok();
        }
        let stream = timeout(self.connect_timeout, socket.connect(target))
            .await
            .map_err(|_| NetError::ConnectTimeout { address: target, after: self.connect_timeout })?
            .map_err(failed)?;
        stream.set_nodelay(true).map_err(failed)?;
        Ok(stream)
    }
}
