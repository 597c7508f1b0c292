//! What is wrong with rows of the database, as far as a row and the configuration can tell.
use crate::checktxt::{self, Checktxt};
use crate::config::{Config, Level, Purpose};
use crate::doctor::{Check, Finding, Severity};
use crate::path::{ClusterPath, PathError};
use crate::wire::escape;
use std::collections::BTreeMap;

/// Something that is wrong with a row. Rows with the same fault are told together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowFault {
    /// The name is no name: nobody can sync it.
    NoName,
    /// The name is written in another way than csync2 and csync3 do, so neither finds the row.
    Encoding,
    /// The text for the state is none.
    NoState,
    /// The name has a prefix that leads nowhere on this host.
    Prefix(String),
    /// No active group covers the name.
    Uncovered,
    /// The row is owed to a host that the configuration does not have.
    Stranger(String),
    /// No group has this host by this name, the peer and the object.
    OtherPair(String),
}

/// What is wrong with a name.
#[must_use]
pub fn name(config: &Config, name: &ClusterPath) -> Option<RowFault> {
    let decoded = name.decoded();
    if ClusterPath::from_decoded(&decoded).is_err() {
        return Some(RowFault::NoName);
    }
    if *escape::encode(&decoded) != *name.encoded() {
        return Some(RowFault::Encoding);
    }
    if let Err(PathError::UndefinedPrefix { prefix }) = config.prefixes.locate(name) {
        return Some(RowFault::Prefix(prefix));
    }
    None
}

/// What is wrong with a `file` row.
#[must_use]
pub fn file(config: &Config, of: &ClusterPath, checktxt: &[u8]) -> Option<RowFault> {
    if let Some(fault) = name(config, of) {
        return Some(fault);
    }
    if config.level(&of.decoded(), Purpose::Sync) != Level::Yes {
        return Some(RowFault::Uncovered);
    }
    let is_state = matches!(checktxt::parse(checktxt), Checktxt::Known(_));
    (!is_state).then_some(RowFault::NoState)
}

/// What is wrong with a `dirty` row.
#[must_use]
pub fn dirty(config: &Config, of: &ClusterPath, myname: &str, peer: &str) -> Option<RowFault> {
    if !is_peer(config, peer) {
        return Some(RowFault::Stranger(peer.to_owned()));
    }
    if let Some(fault) = name(config, of) {
        return Some(fault);
    }
    let is_owed = config.pair_matches(&of.decoded(), myname, peer);
    (!is_owed).then(|| RowFault::OtherPair(peer.to_owned()))
}

/// Says whether the configuration has a peer.
#[must_use]
pub fn is_peer(config: &Config, peer: &str) -> bool {
    config.peers().iter().any(|known| known.as_str() == peer)
}

/// Faults of rows, counted, each with the first row that has it.
#[derive(Debug, Default)]
pub struct RowFaults(BTreeMap<(RowFault, &'static str), (u64, String)>);

impl RowFaults {
    /// Counts one.
    pub fn add(&mut self, table: &'static str, name: &ClusterPath, fault: RowFault) {
        let counted = self.0.entry((fault, table)).or_insert_with(|| (0, name.display()));
        counted.0 += 1;
    }

    /// One finding for each fault of each table.
    #[must_use]
    pub fn findings(self) -> Vec<Finding> {
        self.0.into_iter().map(|((fault, table), rows)| finding(&fault, table, &rows)).collect()
    }
}

fn finding(fault: &RowFault, table: &str, (count, example): &(u64, String)) -> Finding {
    let rows = format!("{count} of its rows, {example} for one");
    let by_hand = format!(
        "remove them with SQL (DELETE FROM {table} WHERE filename = ..); the next check records the \
         objects anew"
    );
    let clean = "csync3 clean, if the configuration is as it should be";
    let (severity, check, cause, remedy) = match fault {
        RowFault::NoName => {
            (Severity::Problem, Check::Values, format!("{rows}: no name of an object"), &*by_hand)
        }
        RowFault::Encoding => (
            Severity::Problem,
            Check::Encoding,
            format!("{rows}: not encoded as csync2 does, so the row is never found"),
            &*by_hand,
        ),
        RowFault::NoState => (
            Severity::Problem,
            Check::Values,
            format!("{rows}: checktxt says no state that csync2 or csync3 knows"),
            "csync3 check -r /, which marks them for all peers",
        ),
        RowFault::Prefix(prefix) => (
            Severity::Warning,
            Check::Orphan,
            format!("{rows}: prefix {prefix} has no directory on this host"),
            "define the prefix for this host, or forget them with csync3 clean",
        ),
        RowFault::Uncovered => {
            (Severity::Warning, Check::Orphan, format!("{rows}: no group covers them"), clean)
        }
        RowFault::Stranger(peer) => (
            Severity::Warning,
            Check::Orphan,
            format!("{rows}: owed to {peer}, which the configuration does not have"),
            clean,
        ),
        RowFault::OtherPair(peer) => (
            Severity::Warning,
            Check::Orphan,
            format!("{rows}: owed to {peer}, but no group has the object, this host and {peer}"),
            clean,
        ),
    };
    Finding { severity, ..Finding::problem(check, table, cause) }.remedy(remedy)
}

#[cfg(test)]
mod tests {
    use super::{RowFault, RowFaults, dirty, file};
    use crate::doctor::Severity;
    use crate::doctor::statements::tests::config;
    use crate::path::ClusterPath;

    const STATE: &[u8] = b"v1:mtime=1:mode=33188:uid=0:gid=0:type=reg:size=6";

    fn stored(name: &str) -> ClusterPath {
        ClusterPath::from_stored(name.as_bytes())
    }

    #[test]
    fn a_row_is_judged_by_its_name_its_state_and_the_groups() {
        let config = config("a", "group one { host a b; key k; include /data; include %p%; }");
        for (name, state, expected) in [
            ("/data/x%20y", STATE, None),
            ("/data/x", b"none", Some(RowFault::NoState)),
            ("/data/x y", STATE, Some(RowFault::Encoding)),
            ("/data/%2f", STATE, Some(RowFault::NoName)),
            ("data", STATE, Some(RowFault::NoName)),
            ("", STATE, Some(RowFault::NoName)),
            ("/else", STATE, Some(RowFault::Uncovered)),
            ("%25p%25/x", STATE, Some(RowFault::Prefix("p".into()))),
        ] {
            assert_eq!(file(&config, &stored(name), state), expected, "{name}");
        }
    }

    #[test]
    fn a_mark_must_be_of_a_pair_of_a_group() {
        let config = config(
            "a",
            "group one { host a b; key k; include /data; }
             group two { host a c; key k; include /more; }",
        );
        for (name, myname, peer, expected) in [
            ("/data/x", "a", "b", None),
            ("/data/x", "a", "c", Some(RowFault::OtherPair("c".into()))),
            ("/data/x", "z", "b", Some(RowFault::OtherPair("b".into()))),
            ("/data/x", "a", "d", Some(RowFault::Stranger("d".into()))),
            ("/data/x y", "a", "b", Some(RowFault::Encoding)),
        ] {
            assert_eq!(dirty(&config, &stored(name), myname, peer), expected, "{name} {peer}");
        }
    }

    #[test]
    fn rows_with_the_same_fault_are_one_finding() {
        let mut faults = RowFaults::default();
        faults.add("file", &stored("/a%20b"), RowFault::Uncovered);
        faults.add("file", &stored("/c"), RowFault::Uncovered);
        faults.add("dirty", &stored("/c"), RowFault::NoName);
        let found = faults.findings();
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].severity, &*found[0].object), (Severity::Problem, "dirty"));
        assert!(found[1].cause.starts_with("2 of its rows, /a b for one"), "{}", found[1].cause);
        assert!(found.iter().all(|finding| finding.remedy.is_some()));
    }
}
