//! TLS as the one who calls: agreed upon, and with a peer that is known.
use super::link::{LinkError, refusal};
use crate::host::Host;
use crate::observer::Problem;
use crate::pins::{self, Shown};
use csync3_core::config::HostName;
use csync3_core::wire::line::REPLY_LIMIT;
use csync3_core::wire::reply::Reply;
use csync3_net::tls::{Certificate, Identity};
use csync3_net::{Connection, Dialer, NetError};
use std::time::Duration;

/// Asks for TLS on a fresh connection and secures it.
pub(crate) async fn secure(
    mut connection: Connection,
    identity: &Identity,
    limit: Duration,
) -> Result<Connection, LinkError> {
    connection.set_idle(limit);
    // Nothing may follow before the answer: a csync2 server would lose the begin of the handshake.
    connection.queue(b"SSL\n");
    let line = connection.line(REPLY_LIMIT).await?.ok_or(LinkError::Closed)?;
    match Reply::parse(&line) {
        Reply::ActivatingSsl => Ok(connection.secure_as_client(identity, limit).await?),
        reply => Err(refusal(&reply)),
    }
}

/// Makes sure that the peer is not another one than before.
pub(crate) fn known(
    host: &Host,
    peer: &HostName,
    connection: &Connection,
) -> Result<Shown, LinkError> {
    let secured = connection.secured().ok_or(LinkError::Closed)?;
    let shown = pins::check(host, peer, &secured.certificate)?;
    shown.warn_if_outdated();
    Ok(shown)
}

/// Asks a peer for its certificate, and tells nothing but this host's own.
///
/// # Errors
/// The [`Problem`] says why there is none.
pub async fn certificate_of(
    peer: &str,
    dialer: &Dialer,
    identity: &Identity,
    limit: Duration,
) -> Result<Certificate, Problem> {
    let asked = async {
        let connection = dialer.dial(peer).await?;
        let connection = secure(connection, identity, limit).await?;
        let shown = connection.secured().map(|secured| Certificate::parse(&secured.certificate));
        connection.close().await;
        match shown {
            Some(Ok(certificate)) => Ok(certificate),
            _ => Err(LinkError::from(NetError::Truncated)),
        }
    };
    asked
        .await
        .map_err(|error: LinkError| error.into_problem(peer, "cannot ask for its certificate"))
}
