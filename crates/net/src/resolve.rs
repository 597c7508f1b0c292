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
        Ok(Err(source)) => Err(NetError::Resolve { name: name.to_owned(), source }),
        Err(_) => Err(NetError::ResolveTimeout { name: name.to_owned(), after: limit }),
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
    Ok(found.iter().any(|found| found.ip().to_canonical() == wanted))
}

#[cfg(test)]
mod tests {
    use super::resolves_to;
    use crate::error::NetError;
    use std::net::{IpAddr, Ipv4Addr};
    use std::time::Duration;

    const LIMIT: Duration = Duration::from_secs(10);

    async fn localhost_is(address: IpAddr) -> bool {
        let answer = resolves_to("localhost", address, LIMIT).await;
        answer.expect("every host knows its own name")
    }

    #[tokio::test]
    async fn a_name_leads_to_its_addresses_only() {
        assert!(localhost_is(Ipv4Addr::LOCALHOST.into()).await);
        assert!(!localhost_is(Ipv4Addr::new(127, 0, 0, 99).into()).await);
    }

    #[tokio::test]
    async fn a_mapped_address_counts_as_what_it_maps() {
        assert!(localhost_is(Ipv4Addr::LOCALHOST.to_ipv6_mapped().into()).await);
    }

    #[tokio::test]
    async fn an_address_is_a_name_of_itself() {
        let address = Ipv4Addr::new(127, 0, 0, 7);
        assert!(matches!(resolves_to("127.0.0.7", address.into(), LIMIT).await, Ok(true)));
    }

    #[tokio::test]
    async fn a_name_that_cannot_be_looked_up_is_an_error_that_says_it() {
        let refused = resolves_to("no such name", Ipv4Addr::LOCALHOST.into(), LIMIT).await;
        let refused = refused.expect_err("blanks are in no name");
        assert!(matches!(refused, NetError::Resolve { .. }), "{refused:?}");
        assert_eq!(refused.to_string(), "cannot resolve host no such name");
    }
}
