//! Names of hosts and the addresses they lead to.
use crate::error::NetError;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::net::lookup_host;
use tokio::time::timeout;

/// All addresses of a name, with `port`, in the resolver's order; an address leads to itself.
pub(crate) async fn addresses(
    name: &str,
    port: u16,
    limit: Duration,
) -> Result<Vec<SocketAddr>, NetError> {
    match timeout(limit, lookup_host((name, port))).await {
        Ok(Ok(found)) => Ok(found.collect()),
        Ok(Err(source)) => Err(NetError::Resolve {
            name: name.to_owned(),
            source,
        }),
        Err(_) => Err(NetError::ResolveTimeout {
            name: name.to_owned(),
            after: limit,
        }),
    }
}

/// Says whether a forward look-up of `name` yields `address`, taking at most `limit`.
///
/// An IPv4 address mapped to IPv6 counts as the IPv4 address.
///
/// # Errors
/// [`NetError::Resolve`] for a name that leads nowhere, [`NetError::ResolveTimeout`].
pub async fn resolves_to(name: &str, address: IpAddr, limit: Duration) -> Result<bool, NetError> {
    let found = addresses(name, 0, limit).await?;
    let wanted = address.to_canonical();
    Ok(found
        .iter()
        .any(|found| found.ip().to_canonical() == wanted))
}
