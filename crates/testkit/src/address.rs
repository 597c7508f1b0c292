//! Loopback addresses that no other cluster on this machine uses at the same time.
//!
//! A cluster owns one block `127.A.B.*`. The claim is a listening socket in the abstract Unix
//! namespace: it has the scope of the loopback network, and the kernel drops it with the process.
use crate::random::Random;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr as UnixAddr, UnixListener};

/// How many nodes fit into one block.
pub(crate) const MOST_NODES: usize = 200;
/// First port tried; below the range that Linux hands out by itself.
const FIRST_PORT: u16 = 30_865;
/// Ports tried before giving up.
const PORTS: u16 = 50;
/// Second bytes of the blocks: `127.64.*` to `127.126.*`.
const SECOND_BYTES: std::ops::RangeInclusive<u64> = 64..=126;

/// One claimed block of addresses, and a port that is free on them.
#[derive(Debug)]
pub(crate) struct Block {
    second: u8,
    third: u8,
    port: u16,
    _claim: UnixListener,
}

impl Block {
    /// Claims a free block.
    pub(crate) fn claim() -> Self {
        let mut random = Random::new(u64::from(std::process::id()));
        for _ in 0..10_000 {
            let second = random.between(SECOND_BYTES);
            let third = random.between(0..=255);
            let name = format!("csync3-testkit-127.{second}.{third}");
            let address =
                UnixAddr::from_abstract_name(name).expect("the name is short and has no NUL");
            let Ok(claim) = UnixListener::bind_addr(&address) else {
                continue;
            };
            let byte = |value: u64| u8::try_from(value).expect("both ranges end below 256");
            let (second, third) = (byte(second), byte(third));
            return Self {
                second,
                third,
                port: free_port(Ipv4Addr::new(127, second, third, 254)),
                _claim: claim,
            };
        }
        panic!("cannot find a block of loopback addresses that no other cluster uses");
    }

    /// The address and port of node `index`, counted from 0.
    pub(crate) fn address(&self, index: usize) -> SocketAddr {
        assert!(index < MOST_NODES, "a cluster has at most {MOST_NODES} nodes");
        let last = u8::try_from(index + 1).expect("at most 200");
        let ip = Ipv4Addr::new(127, self.second, self.third, last);
        SocketAddr::new(IpAddr::V4(ip), self.port)
    }

    /// The port that all nodes of the cluster share.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// A second free port, for a server that hides behind a proxy.
    pub(crate) fn hidden_port(&self) -> u16 {
        self.port + PORTS
    }
}

/// Finds a port on which nothing listens, neither on `ip` nor on the wildcard address.
fn free_port(ip: Ipv4Addr) -> u16 {
    (FIRST_PORT..FIRST_PORT + PORTS)
        .find(|port| {
            TcpListener::bind((ip, *port)).is_ok() && TcpListener::bind((ip, *port + PORTS)).is_ok()
        })
        .expect("one of fifty ports of an unused address is free")
}
