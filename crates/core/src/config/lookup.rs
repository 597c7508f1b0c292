//! The questions that the rest of csync3 asks a configuration.
//!
//! Groups are asked in *search order*: the active ones, last defined first. All names are decoded
//! ([`crate::path::ClusterPath::decoded`]).
use crate::config::group::{Auto, Backup, Group, Membership, Place, Side};
use crate::config::host::HostName;
use crate::config::key::Key;
use crate::config::{Config, Purpose};

/// What a name is to this host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing: neither recorded nor entered.
    No,
    /// A directory on the way to something: entered, not recorded.
    Way,
    /// A name of an active group: recorded and pushed.
    Yes,
}

/// To whom a change of a name is owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The peer.
    pub peer: HostName,
    /// The name that this host uses towards it.
    pub myname: HostName,
}

/// What a peer may do with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// Everything.
    Granted,
    /// Only receive.
    Slave,
    /// Nothing.
    Denied,
}

/// Why a peer may not do something, for this host's log; peers only learn [`Permission`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denial {
    /// No active group covers the name.
    PathNotIncluded,
    /// Groups cover the name, but none lists the peer.
    NotInGroup,
    /// Groups cover the name and list the peer, but have another key.
    WrongKey,
    /// The peer is a slave there.
    SlaveOnly,
}

/// What triggers an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// This host found the change.
    Local,
    /// A peer sent it.
    Remote,
}

/// How a conflict about a name is settled with a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TieRule {
    /// This host is no slave in a matching group in which the peer is one.
    pub master_over_slave: bool,
    /// The method of the first matching group with the peer.
    pub auto: Auto,
    /// Where the peer stands in that group.
    pub side: Option<Side>,
}

impl Config {
    /// The active groups in search order.
    pub(super) fn active(&self) -> impl Iterator<Item = (&Group, &Membership)> {
        self.groups.iter().rev().filter_map(|group| Some((group, group.membership.as_ref()?)))
    }

    /// The active groups that count for a purpose: for comparisons only those with an asked peer.
    fn counting(&self, purpose: Purpose) -> impl Iterator<Item = (&Group, &Membership)> {
        let asked = self.wanted_peers.as_ref();
        let asked = asked.filter(|_| purpose == Purpose::Compare);
        self.active().filter(move |(group, _)| {
            asked.is_none_or(|asked| group.peers.iter().any(|peer| asked.contains(&peer.name)))
        })
    }

    /// The groups that count and cover `name`, in search order.
    pub(super) fn matching(
        &self,
        name: &[u8],
        purpose: Purpose,
    ) -> impl Iterator<Item = (&Group, &Membership)> {
        self.counting(purpose).filter(move |(group, _)| group.matches(name, purpose))
    }

    /// Says whether any active group contains this host.
    #[must_use]
    pub fn is_member(&self) -> bool {
        self.active().next().is_some()
    }

    /// What a name is to this host.
    ///
    /// # Source
    /// `spec/config.md` 5, `spec/sync.md` 1.
    #[must_use]
    pub fn level(&self, name: &[u8], purpose: Purpose) -> Level {
        if self.matching(name, purpose).next().is_some() {
            return Level::Yes;
        }
        let way = name == b"/"
            || self.counting(purpose).any(|(group, _)| group.on_the_way(name, purpose))
            || self.leads_to_a_prefix(name);
        if way { Level::Way } else { Level::No }
    }

    /// Says whether a prefix root lies below this absolute name.
    fn leads_to_a_prefix(&self, name: &[u8]) -> bool {
        self.prefix_paths.iter().any(|root| {
            let below = root.as_bytes().strip_prefix(name);
            below.is_some_and(|rest| rest.len() > 1 && (name == b"/" || rest[0] == b'/'))
        })
    }

    /// Says whether anything below the directory `name` can belong to a group.
    ///
    /// `false` only if that is certain: such a directory need not be opened.
    #[must_use]
    pub fn may_hold_matches(&self, directory: &[u8], purpose: Purpose) -> bool {
        self.leads_to_a_prefix(directory)
            || self.counting(purpose).any(|(group, _)| group.may_match_below(directory, purpose))
    }

    /// To whom a change of `name` is owed: each peer once, with the name of the first group.
    #[must_use]
    pub fn targets(&self, name: &[u8]) -> Vec<Target> {
        self.targets_in(name, |_| true)
    }

    /// As [`Self::targets`], but only for groups that contain `caller`.
    #[must_use]
    pub fn targets_with(&self, name: &[u8], caller: &HostName) -> Vec<Target> {
        self.targets_in(name, |group| group.peer(caller).is_some())
    }

    fn targets_in(&self, name: &[u8], wanted: impl Fn(&Group) -> bool) -> Vec<Target> {
        let mut targets: Vec<Target> = Vec::new();
        for (group, membership) in self.matching(name, Purpose::Sync) {
            if !wanted(group) {
                continue;
            }
            for peer in &group.peers {
                if targets.iter().all(|known| known.peer != peer.name) {
                    targets.push(Target {
                        peer: peer.name.clone(),
                        myname: membership.myname.clone(),
                    });
                }
            }
        }
        targets
    }

    /// The key to show `peer` for `name`.
    ///
    /// A group in which this host is no slave comes first, for its key is the one that is accepted.
    #[must_use]
    pub fn key_for(&self, name: &[u8], peer: &HostName) -> Option<&Key> {
        let shared =
            || self.matching(name, Purpose::Sync).filter(|(group, _)| group.peer(peer).is_some());
        shared()
            .find(|(_, membership)| !membership.slave)
            .or_else(|| shared().next())
            .map(|(group, _)| &group.key)
    }

    /// What a peer that shows `key` may do with `name`.
    ///
    /// # Source
    /// `spec/config.md` 6.
    #[must_use]
    pub fn permission(
        &self,
        name: &[u8],
        key: &[u8],
        caller: &HostName,
        purpose: Purpose,
    ) -> Permission {
        let mut answer = Permission::Denied;
        for (group, _) in self.matching(name, purpose) {
            let Some(peer) = group.peer(caller).filter(|_| group.key.matches(key)) else {
                continue;
            };
            if !peer.slave {
                return Permission::Granted;
            }
            answer = Permission::Slave;
        }
        answer
    }

    /// Why [`Self::permission`] did not grant access.
    #[must_use]
    pub fn explain_denial(&self, name: &[u8], key: &[u8], caller: &HostName) -> Denial {
        match self.permission(name, key, caller, Purpose::Sync) {
            Permission::Slave => return Denial::SlaveOnly,
            Permission::Granted | Permission::Denied => {}
        }
        let mut groups = self.matching(name, Purpose::Sync).peekable();
        if groups.peek().is_none() {
            Denial::PathNotIncluded
        } else if groups.any(|(group, _)| group.peer(caller).is_some()) {
            Denial::WrongKey
        } else {
            Denial::NotInGroup
        }
    }

    /// Says whether a group that covers `name` has this host as `myname` and contains `peer`.
    #[must_use]
    pub fn pair_matches(&self, name: &[u8], myname: &str, peer: &str) -> bool {
        self.matching(name, Purpose::Sync)
            .filter(|(_, membership)| membership.myname.as_str() == myname)
            .any(|(group, _)| group.peers.iter().any(|other| other.name.as_str() == peer))
    }

    /// The commands that a change of `name` triggers, each with its log file, each command once.
    ///
    /// # Source
    /// `spec/sync.md` 8.
    #[must_use]
    pub fn actions_for(&self, name: &[u8], trigger: Trigger) -> Vec<(&[u8], &[u8])> {
        let runs = |place| match trigger {
            Trigger::Local => place != Place::Remote,
            Trigger::Remote => place != Place::LocalOnly,
        };
        let mut found: Vec<(&[u8], &[u8])> = Vec::new();
        for (group, _) in self.matching(name, Purpose::Sync) {
            for action in group.actions.iter().rev() {
                if !runs(action.place) || !action.covers(name) {
                    continue;
                }
                for command in &action.commands {
                    if found.iter().all(|(known, _)| known != command) {
                        found.push((command, &action.logfile));
                    }
                }
            }
        }
        found
    }

    /// The backups that `name` gets before it is replaced.
    #[must_use]
    pub fn backups_for(&self, name: &[u8]) -> Vec<&Backup> {
        self.matching(name, Purpose::Sync).filter_map(|(group, _)| group.backup.as_ref()).collect()
    }

    /// How a conflict about `name` is settled with `peer`; `None` if they share no group for it.
    ///
    /// # Source
    /// `spec/sync.md` 6.
    #[must_use]
    pub fn tie_rule(&self, name: &[u8], peer: &HostName) -> Option<TieRule> {
        let shared = || {
            self.matching(name, Purpose::Sync)
                .filter_map(|(group, membership)| Some((group, membership, group.peer(peer)?)))
        };
        let (group, _, entry) = shared().next()?;
        let slave_there = |group: &Group| {
            let mut listed = group.peers.iter().filter(|other| other.name == *peer);
            listed.any(|other| other.slave)
        };
        Some(TieRule {
            master_over_slave: shared()
                .any(|(group, membership, _)| !membership.slave && slave_there(group)),
            auto: group.auto,
            side: Some(entry.side),
        })
    }

    /// Says whether compare mode shows `name`: a matching group contains a peer that was asked for.
    #[must_use]
    pub fn compare_peers_match(&self, name: &[u8]) -> bool {
        self.wanted_peers.is_none() || self.matching(name, Purpose::Compare).next().is_some()
    }

    /// All peers of active groups, each once, in the order of the text.
    #[must_use]
    pub fn peers(&self) -> Vec<HostName> {
        let mut all: Vec<HostName> = Vec::new();
        let active = self.groups.iter().filter(|group| group.membership.is_some());
        for peer in active.flat_map(|group| &group.peers) {
            if !all.contains(&peer.name) {
                all.push(peer.name.clone());
            }
        }
        all
    }

    /// Says whether this host connects to `peer` without TLS.
    ///
    /// # Source
    /// `spec/config.md` 3, `nossl`.
    #[must_use]
    pub fn plain_to(&self, peer: &HostName) -> bool {
        self.plain.iter().any(|rule| {
            rule.from.matches(self.host.as_str().as_bytes())
                && rule.to.matches(peer.as_str().as_bytes())
        })
    }

    /// Says whether a peer that greets with `hello_name` may do without TLS.
    ///
    /// The left pattern is compared with this host here too: a rule for both directions needs two
    /// statements, or `*`.
    #[must_use]
    pub fn plain_from(&self, hello_name: &HostName) -> bool {
        self.plain_to(hello_name)
    }

    /// The configuration in which only these groups are active.
    #[must_use]
    pub fn restricted_to(&self, groups: &[String]) -> Self {
        let mut restricted = self.clone();
        for group in &mut restricted.groups {
            if !groups.contains(&group.name) {
                group.membership = None;
            }
        }
        restricted
    }
}
