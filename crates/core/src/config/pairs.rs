//! What comparisons with peers ask: which pairs there are, which keys they share, who may read what.
//!
//! A *pair* is a name that this host uses and a peer that is listed beside it in an active group.
//!
//! # Source
//! `spec/cli.md` 4, `spec/wire.md` 7; the order of pairs is what csync2 visits.
use crate::config::group::{Group, Membership};
use crate::config::host::HostName;
use crate::config::key::Key;
use crate::config::lookup::Target;
use crate::config::{Config, Purpose};

impl Config {
    /// All pairs of active groups, each once, in csync2's order: those that the search finds last
    /// come first.
    #[must_use]
    pub fn pairs(&self) -> Vec<Target> {
        let mut pairs = pairs_of(self.active());
        pairs.reverse();
        pairs
    }

    /// The pairs whose groups cover `name`, `compare` patterns included, in search order.
    #[must_use]
    pub fn pairs_to_compare(&self, name: &[u8]) -> Vec<Target> {
        pairs_of(self.matching(name, Purpose::Compare))
    }

    /// The keys of the groups with this pair in search order, each once.
    #[must_use]
    pub fn keys_of_pair(&self, pair: &Target) -> Vec<&Key> {
        keys_of(self.active().filter(|(group, own)| is_pair(group, own, pair)))
    }

    /// The keys of the active groups that list `peer`, in search order, each once.
    #[must_use]
    pub fn keys_with(&self, peer: &HostName) -> Vec<&Key> {
        keys_of(self.active().filter(|(group, _)| group.peer(peer).is_some()))
    }

    /// The key by which this pair may compare `name`: of a group in which this host is no slave, if
    /// there is one.
    #[must_use]
    pub fn key_to_compare(&self, name: &[u8], pair: &Target) -> Option<&Key> {
        let shared = || {
            let covering = self.matching(name, Purpose::Compare);
            covering.filter(|(group, own)| is_pair(group, own, pair))
        };
        let key = shared().find(|(_, own)| !own.slave).or_else(|| shared().next());
        key.map(|(group, _)| &group.key)
    }

    /// Says whether a caller that knows this host as `myname` and shows `keys` may learn the row of
    /// `name`: one group must allow all of it. Slaves may.
    #[must_use]
    pub fn may_list(&self, name: &[u8], myname: &str, caller: &HostName, keys: &[Vec<u8>]) -> bool {
        self.matching(name, Purpose::Sync).any(|(group, own)| {
            own.myname.as_str() == myname
                && group.peer(caller).is_some()
                && keys.iter().any(|key| group.key.matches(key))
        })
    }
}

fn is_pair(group: &Group, own: &Membership, pair: &Target) -> bool {
    own.myname == pair.myname && group.peer(&pair.peer).is_some()
}

/// The keys of groups, each once.
fn keys_of<'a>(groups: impl Iterator<Item = (&'a Group, &'a Membership)>) -> Vec<&'a Key> {
    let mut keys: Vec<&Key> = Vec::new();
    for (group, _) in groups {
        if keys.iter().all(|key| key.as_bytes() != group.key.as_bytes()) {
            keys.push(&group.key);
        }
    }
    keys
}

fn pairs_of<'a>(groups: impl Iterator<Item = (&'a Group, &'a Membership)>) -> Vec<Target> {
    let mut pairs: Vec<Target> = Vec::new();
    for (group, own) in groups {
        for peer in &group.peers {
            let pair = Target { peer: peer.name.clone(), myname: own.myname.clone() };
            if !pairs.contains(&pair) {
                pairs.push(pair);
            }
        }
    }
    pairs
}
