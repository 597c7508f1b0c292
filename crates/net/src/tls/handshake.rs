//! From a plain connection to a secured one.
use super::identity::Identity;
use crate::connection::Connection;
use crate::error::NetError;
use crate::stream::{Plain, Stream};
use csync3_core::decide::pin::Protection;
use rustls::pki_types::ServerName;
use rustls::{ConnectionCommon, ProtocolVersion};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use tokio_rustls::{TlsAcceptor, TlsConnector, TlsStream};

/// The name in the client's hello. It is not sent, and no certificate is compared with it.
const NAME: &str = "csync2";

/// What the binding of a connection is derived for.
const BINDING: &[u8] = b"EXPORTER-csync3-binding";

/// What is known of the peer of a secured connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secured {
    /// Its certificate, as DER. The peer has the key to it.
    pub certificate: Vec<u8>,
    /// How well the connection is protected.
    pub protection: Protection,
    /// What only the two ends of this connection know, for proofs that nobody between two
    /// connections can pass on.
    pub binding: [u8; 32],
}

impl Connection {
    /// Secures the connection as the one who called, after the peer has agreed to TLS.
    ///
    /// # Errors
    /// [`NetError::EarlyBytes`] if the peer sent more than its agreement, [`NetError::Handshake`]
    /// and [`NetError::HandshakeTimeout`].
    pub async fn secure_as_client(
        mut self,
        identity: &Identity,
        limit: Duration,
    ) -> Result<Self, NetError> {
        self.flush().await?;
        let connector = TlsConnector::from(Arc::clone(&identity.client));
        let name = ServerName::try_from(NAME).map_err(|error| failed(io::Error::other(error)))?;
        self.secure(limit, async |plain| {
            connector.connect(name, plain).await.map(TlsStream::Client)
        })
        .await
    }

    /// Secures the connection as the one who was called; what is queued is sent before, in plain.
    ///
    /// # Errors
    /// As [`Self::secure_as_client`].
    pub async fn secure_as_server(
        mut self,
        identity: &Identity,
        limit: Duration,
    ) -> Result<Self, NetError> {
        self.flush().await?;
        let acceptor = TlsAcceptor::from(Arc::clone(&identity.server));
        self.secure(limit, async |plain| acceptor.accept(plain).await.map(TlsStream::Server)).await
    }

    async fn secure(
        self,
        limit: Duration,
        handshake: impl AsyncFnOnce(Plain) -> io::Result<TlsStream<Plain>>,
    ) -> Result<Self, NetError> {
        self.secured_by(async |stream| {
            let Stream::Plain(plain) = stream else {
                return Err(failed(io::ErrorKind::AlreadyExists.into()));
            };
            let tls = timeout(limit, handshake(plain))
                .await
                .map_err(|_| NetError::HandshakeTimeout { after: limit })?
                .map_err(failed)?;
            let secured = known(&tls)?;
            Ok((Stream::Tls(Box::new(tls)), secured))
        })
        .await
    }
}

fn known(tls: &TlsStream<Plain>) -> Result<Secured, NetError> {
    let (_, session) = tls.get_ref();
    // Both sides demand a certificate, so a handshake without one fails before this.
    let shown = session.peer_certificates().and_then(<[_]>::first);
    let certificate = shown.ok_or_else(|| failed(io::ErrorKind::PermissionDenied.into()))?.to_vec();
    let protection = match session.protocol_version() {
        Some(ProtocolVersion::TLSv1_3) => Protection::Tls13,
        _ => Protection::OldTls,
    };
    let binding = match tls {
        TlsStream::Client(stream) => exported(stream.get_ref().1),
        TlsStream::Server(stream) => exported(stream.get_ref().1),
    };
    let binding = binding.map_err(|error| failed(io::Error::other(error)))?;
    Ok(Secured { certificate, protection, binding })
}

fn exported<D>(session: &ConnectionCommon<D>) -> Result<[u8; 32], rustls::Error> {
    session.export_keying_material([0; 32], BINDING, None)
}

fn failed(source: io::Error) -> NetError {
    NetError::Handshake { source }
}
