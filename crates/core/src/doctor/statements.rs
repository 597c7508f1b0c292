//! What two configurations say about a group, compared without showing it.
//!
//! The asking host sends digests of its statements, the asked one answers *same* or *different* and
//! how many there are. A digest is made with the key of the group and a fresh random number of each
//! host.
//!
//! # Invariants
//! * Only groups in which each host lists the other are spoken of.
//! * Whoever does not hold the key of a group can make nothing of its digests, and hears nothing
//!   but that the keys differ.
//! * A digest is of use in one comparison only.
//!
//! # Source
//! `docs/decisions/0013-doctor.md`.
use crate::config::{Config, Effect, Group, HostName, Key, Side, Target};
use crate::path::ClusterPath;
use crate::proof::keyed;
pub use crate::proof::{Nonce, Nonces};
use constant_time_eq::constant_time_eq;
use std::collections::BTreeSet;

/// The first half of a BLAKE3.
pub type Digest = [u8; 16];

/// What sets these digests apart from all others.
const DIGEST_CONTEXT: &str = "csync3 doctor, digest of a statement of a group, version 1";
/// The same for the proof that a host holds a key.
const PROOF_CONTEXT: &str = "csync3 doctor, proof of a group key, version 1";

/// What is compared of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Statement {
    /// The key.
    Key,
    /// The hosts and which of them are slaves.
    Hosts,
    /// Their order.
    HostOrder,
    /// The `include` patterns.
    Include,
    /// The `exclude` patterns.
    Exclude,
    /// The `compare` patterns.
    Compare,
    /// The order of all patterns.
    PatternOrder,
    /// The `auto` rule.
    Auto,
    /// What `ignore` statements name; they hold for all groups.
    Ignore,
    /// The prefixes of the patterns that have a directory on the host.
    Prefixes,
}

impl Statement {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Key,
        Self::Hosts,
        Self::HostOrder,
        Self::Include,
        Self::Exclude,
        Self::Compare,
        Self::PatternOrder,
        Self::Auto,
        Self::Ignore,
        Self::Prefixes,
    ];

    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Hosts => "host",
            Self::HostOrder => "host-order",
            Self::Include => "include",
            Self::Exclude => "exclude",
            Self::Compare => "compare",
            Self::PatternOrder => "pattern-order",
            Self::Auto => "auto",
            Self::Ignore => "ignore",
            Self::Prefixes => "prefix",
        }
    }

    /// The statement of a word.
    #[must_use]
    pub fn of(word: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|statement| statement.word().as_bytes() == word)
    }
}

/// One group as the asking host has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its name.
    pub group: Vec<u8>,
    /// What it says.
    pub digests: Vec<(Statement, Digest)>,
}

/// How the asked host has a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presence {
    /// Under the same name.
    Same,
    /// Under this name, with the same key.
    Renamed(Vec<u8>),
    /// Not, or without the asking host.
    Absent,
}

/// What the asked host says to one statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compared {
    /// Which.
    pub statement: Statement,
    /// Both hosts say the same.
    pub same: bool,
    /// How many entries the asked host has.
    pub count: u64,
}

/// The answer to one [`Section`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// How the asked host has the group.
    pub presence: Presence,
    /// What was compared; only the key if that differs.
    pub compared: Vec<Compared>,
}

/// The answer to all sections.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// One for each section, in their order.
    pub verdicts: Vec<Verdict>,
    /// Groups that the asked host shares with the asking one and was not asked about.
    pub more: u64,
}

/// What a host asks a peer: its groups with it, in the order of the text.
#[must_use]
pub fn question(config: &Config, pair: &Target, nonces: &Nonces) -> Vec<Section> {
    let groups = shared(config, &pair.peer)
        .filter(|group| group.membership.as_ref().is_some_and(|own| own.myname == pair.myname));
    groups
        .map(|group| Section {
            group: group.name.as_bytes().to_vec(),
            digests: Statement::ALL
                .into_iter()
                .map(|statement| {
                    let entries = entries(config, group, statement);
                    (statement, digest(group, statement, nonces, &entries))
                })
                .collect(),
        })
        .collect()
}

/// Answers the question of a caller.
#[must_use]
pub fn answer(config: &Config, caller: &HostName, sections: &[Section], nonces: &Nonces) -> Answer {
    let groups: Vec<(&Group, Digest)> = shared(config, caller)
        .map(|group| (group, digest(group, Statement::Key, nonces, &[])))
        .collect();
    let asked: BTreeSet<&[u8]> = sections.iter().map(|section| &*section.group).collect();
    let mut met = BTreeSet::new();
    let verdicts = sections
        .iter()
        .map(|section| {
            let named = groups.iter().position(|(group, _)| group.name.as_bytes() == section.group);
            let found = named.or_else(|| {
                groups.iter().enumerate().position(|(at, (group, key))| {
                    // A group that is asked about by its own name is not another one renamed.
                    let is_free = !met.contains(&at) && !asked.contains(group.name.as_bytes());
                    is_free && is_told(section, Statement::Key, key)
                })
            });
            let Some(at) = found else {
                return Verdict { presence: Presence::Absent, compared: Vec::new() };
            };
            met.insert(at);
            let (group, key) = &groups[at];
            let presence = match named {
                Some(_) => Presence::Same,
                None => Presence::Renamed(group.name.as_bytes().to_vec()),
            };
            let mut compared = vec![Compared {
                statement: Statement::Key,
                same: is_told(section, Statement::Key, key),
                count: 1,
            }];
            if compared[0].same {
                // Nobody without the key learns anything else of the group.
                compared.extend(compare(config, group, section, nonces));
            }
            Verdict { presence, compared }
        })
        .collect();
    Answer { verdicts, more: (groups.len() - met.len()) as u64 }
}

/// What the group says beside its key, as far as it was asked about.
fn compare(config: &Config, group: &Group, section: &Section, nonces: &Nonces) -> Vec<Compared> {
    let is_asked = |statement| section.digests.iter().any(|(told, _)| *told == statement);
    let others = Statement::ALL.into_iter().filter(|statement| *statement != Statement::Key);
    let compare = |statement| {
        let own = entries(config, group, statement);
        let same = is_told(section, statement, &digest(group, statement, nonces, &own));
        Compared { statement, same, count: own.len() as u64 }
    };
    others.filter(|statement| is_asked(*statement)).map(compare).collect()
}

fn is_told(section: &Section, statement: Statement, own: &Digest) -> bool {
    let mut told = section.digests.iter().filter(|(told, _)| *told == statement);
    // A second digest of the same statement would be a second guess.
    told.next().is_some_and(|(_, digest)| constant_time_eq(digest, own))
}

/// The active groups of this host that list `peer`.
fn shared<'a>(config: &'a Config, peer: &'a HostName) -> impl Iterator<Item = &'a Group> {
    config
        .groups
        .iter()
        .filter(move |group| group.membership.is_some() && group.peer(peer).is_some())
}

fn digest(group: &Group, statement: Statement, nonces: &Nonces, entries: &[Vec<u8>]) -> Digest {
    let word = statement.word().as_bytes().to_vec();
    let parts: Vec<_> = std::iter::once(word).chain(entries.iter().cloned()).collect();
    keyed(DIGEST_CONTEXT, &group.key, nonces, parts.iter().map(Vec::as_slice))
}

/// The proof that a caller holds this key, without showing it.
#[must_use]
pub fn proof(key: &Key, caller: &[u8], nonces: &Nonces) -> Digest {
    keyed(PROOF_CONTEXT, key, nonces, [caller])
}

/// Says whether one of the proofs is that of a key of this configuration, of whatever group.
#[must_use]
pub fn is_proved(config: &Config, caller: &[u8], proofs: &[Digest], nonces: &Nonces) -> bool {
    let own = config.groups.iter().map(|group| proof(&group.key, caller, nonces));
    own.fold(false, |proved, own| {
        proofs.iter().fold(proved, |proved, shown| proved | constant_time_eq(&own, shown))
    })
}

/// What a group says, entry by entry, so that equal configurations say equal things on every host.
#[must_use]
pub fn entries(config: &Config, group: &Group, statement: Statement) -> Vec<Vec<u8>> {
    match statement {
        // The key is part of every digest; it is no entry that anything could show.
        Statement::Key => Vec::new(),
        Statement::Hosts => sorted(hosts(group)),
        Statement::HostOrder => hosts(group),
        Statement::Include => sorted(patterns(group, Effect::Include)),
        Statement::Exclude => sorted(patterns(group, Effect::Exclude)),
        Statement::Compare => sorted(patterns(group, Effect::Compare)),
        Statement::PatternOrder => group
            .rules
            .iter()
            .map(|rule| [&[effect_byte(rule.effect)], rule.pattern.text()].concat())
            .collect(),
        Statement::Auto => vec![group.auto.word().into()],
        Statement::Ignore => ignored(config),
        Statement::Prefixes => prefixes(config, group),
    }
}

fn sorted(entries: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    let unique: BTreeSet<_> = entries.into_iter().collect();
    unique.into_iter().collect()
}

/// The names by which the hosts reach each other, in the order of the text.
fn hosts(group: &Group) -> Vec<Vec<u8>> {
    let entry = |name: &HostName, slave| match slave {
        true => format!("({name})").into_bytes(),
        false => name.as_str().into(),
    };
    let on = |side| {
        let peers = group.peers.iter().filter(move |peer| peer.side == side);
        peers.map(|peer| entry(&peer.name, peer.slave))
    };
    let own = group.membership.iter().map(|own| entry(&own.myname, own.slave));
    on(Side::Left).chain(own).chain(on(Side::Right)).collect()
}

fn patterns(group: &Group, effect: Effect) -> Vec<Vec<u8>> {
    let rules = group.rules.iter().filter(|rule| rule.effect == effect);
    rules.map(|rule| rule.pattern.text().to_vec()).collect()
}

const fn effect_byte(effect: Effect) -> u8 {
    match effect {
        Effect::Include => b'+',
        Effect::Exclude => b'-',
        Effect::Compare => b'=',
    }
}

fn ignored(config: &Config) -> Vec<Vec<u8>> {
    let ignore = config.ignore;
    let all = [(ignore.uid, "uid"), (ignore.gid, "gid"), (ignore.mode, "mod")];
    all.into_iter().filter(|(set, _)| *set).map(|(_, word)| word.into()).collect()
}

/// The prefixes that patterns of the group begin with, as far as they have a directory here.
fn prefixes(config: &Config, group: &Group) -> Vec<Vec<u8>> {
    let used = group.rules.iter().filter_map(|rule| {
        let text = rule.pattern.text();
        let end = text.strip_prefix(b"%")?.iter().position(|byte| *byte == b'%')? + 2;
        let root = ClusterPath::from_decoded(&text[..end]).ok()?;
        config.prefixes.locate(&root).ok().map(|_| text[1..end - 1].to_vec())
    });
    sorted(used.collect())
}

#[cfg(test)]
pub(super) mod tests;
