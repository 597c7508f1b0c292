//! Which names lead to this host.
use crate::resolve::addresses;
use std::collections::HashSet;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::task::JoinSet;

/// Says of each name whether one of its addresses is one of this host's: of its interfaces, or a
/// loopback address. All names are looked up at once, for at most `limit`; one that cannot be looked
/// up leads nowhere.
pub async fn lead_here(names: &[&str], limit: Duration) -> Vec<bool> {
    let own: HashSet<IpAddr> = if_addrs::get_if_addrs()
        .map(|all| all.iter().map(|one| one.ip().to_canonical()).collect())
        .unwrap_or_default();
    let mut lookups = JoinSet::new();
    for (at, name) in names.iter().enumerate() {
        let name = (*name).to_owned();
        lookups.spawn(async move { (at, addresses(&name, 0, limit).await) });
    }
    let mut lead = vec![false; names.len()];
    while let Some(looked_up) = lookups.join_next().await {
        if let Ok((at, Ok(found))) = looked_up {
            let ips = found.iter().map(SocketAddr::ip);
            lead[at] =
                ips.map(|ip| ip.to_canonical()).any(|ip| ip.is_loopback() || own.contains(&ip));
        }
    }
    lead
}

#[cfg(test)]
mod tests {
    use super::lead_here;
    use std::time::Duration;

    #[tokio::test]
    async fn own_addresses_and_names_lead_here_and_others_do_not() {
        let names = ["localhost", "203.0.113.1", "127.9.9.9", "no such name", "::ffff:127.0.0.1"];
        let lead = lead_here(&names, Duration::from_secs(10)).await;
        assert_eq!(lead, [true, false, true, false, true]);
    }

    #[tokio::test]
    async fn the_address_of_every_interface_leads_here() {
        let all = if_addrs::get_if_addrs().expect("every host has interfaces");
        let names: Vec<String> = all
            .iter()
            .map(|one| one.ip())
            .filter(|ip| ip.is_ipv4())
            .map(|ip| ip.to_string())
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert!(lead_here(&names, Duration::from_secs(10)).await.into_iter().all(|here| here));
    }
}
