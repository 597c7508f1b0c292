//! Names of hosts and the addresses they lead to.
use crate::error::NetError;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;
use tokio::net::{UdpSocket, lookup_host};
use tokio::time::timeout;

/// A port that a socket is connected to without sending anything.
const DISCARD: u16 = 9;

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

/// The addresses that a forward look-up of `name` yields, taking at most `limit`, each once.
///
/// An IPv4 address mapped to IPv6 is given as the IPv4 address.
///
/// # Errors
/// [`NetError::Resolve`] for a name that leads nowhere, [`NetError::ResolveTimeout`].
pub async fn leads_to(name: &str, limit: Duration) -> Result<Vec<IpAddr>, NetError> {
    let mut found: Vec<IpAddr> = Vec::new();
    for address in addresses(name, 0, limit).await? {
        let ip = address.ip().to_canonical();
        if !found.contains(&ip) {
            found.push(ip);
        }
    }
    Ok(found)
}

/// The addresses of a name to call from; none if they cannot be told.
pub(crate) async fn sources(bind: Option<&str>, limit: Duration) -> Vec<IpAddr> {
    let Some(name) = bind else {
        return Vec::new();
    };
    let found = addresses(name, 0, limit).await;
    found.map_or_else(|_| Vec::new(), |all| all.iter().map(SocketAddr::ip).collect())
}

/// The first of the sources that can call the target.
pub(crate) fn fitting(sources: &[IpAddr], target: IpAddr) -> Option<IpAddr> {
    sources.iter().copied().find(|ip| ip.is_ipv4() == target.is_ipv4())
}

/// Where calls to `target` come from: the system's choice, or the address of `bind` where this host
/// has it, as [`crate::Dialer`] does it. `None` if there is no way. Nothing is sent.
pub async fn source_towards(target: IpAddr, bind: Option<&str>, limit: Duration) -> Option<IpAddr> {
    let any: IpAddr = match target {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let bound = match fitting(&sources(bind, limit).await, target) {
        Some(ip) => UdpSocket::bind((ip, 0)).await.ok(),
        None => None,
    };
    let socket = match bound {
        Some(socket) => socket,
        None => UdpSocket::bind((any, 0)).await.ok()?,
    };
    // Connecting a datagram socket chooses a way and an address, and sends nothing.
    socket.connect((target, DISCARD)).await.ok()?;
    socket.local_addr().ok().map(|address| address.ip().to_canonical())
}

#[cfg(test)]
mod tests {
    use super::{leads_to, source_towards};
    use crate::error::NetError;
    use std::net::{IpAddr, Ipv4Addr};
    use std::time::Duration;

    const LIMIT: Duration = Duration::from_secs(10);

    async fn localhost_is(address: IpAddr) -> bool {
        let found = leads_to("localhost", LIMIT).await.expect("every host knows its own name");
        found.contains(&address.to_canonical())
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
        assert!(matches!(leads_to("127.0.0.7", LIMIT).await, Ok(found) if found == [address]));
    }

    #[tokio::test]
    async fn calls_come_from_the_address_that_is_wished_for_where_this_host_has_it() {
        let target = IpAddr::from(Ipv4Addr::new(127, 0, 0, 7));
        for (bind, expected) in [
            (None, [127, 0, 0, 1]),
            (Some("127.0.0.9"), [127, 0, 0, 9]),
            (Some("203.0.113.1"), [127, 0, 0, 1]),
            (Some("no such name"), [127, 0, 0, 1]),
        ] {
            let source = source_towards(target, bind, LIMIT).await;
            assert_eq!(source, Some(Ipv4Addr::from(expected).into()), "{bind:?}");
        }
    }

    #[tokio::test]
    async fn a_name_that_cannot_be_looked_up_is_an_error_that_says_it() {
        let refused = leads_to("no such name", LIMIT).await;
        let refused = refused.expect_err("blanks are in no name");
        assert!(matches!(refused, NetError::Resolve { .. }), "{refused:?}");
        assert_eq!(refused.to_string(), "cannot resolve host no such name");
    }
}
