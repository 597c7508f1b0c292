//! `auto`: who wins a conflict, on both sides and also for removals.
use crate::pairing::{Pairing, dirty_names, in_every_pairing, name, serving};
use csync3_testkit::{Cluster, Group, Node};
use std::collections::BTreeSet;

in_every_pairing!(each_method_decides_as_documented);

const METHODS: [&str; 8] =
    ["none", "first", "younger", "older", "bigger", "smaller", "left", "right"];

/// A conflict: how the versions differ, and which methods let the pushing (left) host win.
struct Case {
    file: &'static str,
    here: Version,
    there: Version,
    won_by: &'static [&'static str],
}

/// Modification time and content of a version; `None`: removed.
type Version = Option<(i64, &'static str)>;

const OLD: i64 = 1_600_000_000;
const NEW: i64 = 1_700_000_000;

const CASES: [Case; 6] = [
    Case {
        file: "here-is-new-and-big",
        here: Some((NEW, "a long version of here")),
        there: Some((OLD, "short there")),
        won_by: &["first", "younger", "bigger", "left"],
    },
    Case {
        file: "there-is-new-and-big",
        here: Some((OLD, "here")),
        there: Some((NEW, "a long version of there")),
        won_by: &["first", "older", "smaller", "left"],
    },
    Case {
        file: "new-and-small",
        here: Some((NEW, "here")),
        there: Some((OLD, "a long version of there")),
        won_by: &["first", "younger", "smaller", "left"],
    },
    Case {
        file: "same-time-and-size",
        here: Some((NEW, "here1")),
        there: Some((NEW, "there")),
        won_by: &["first", "older", "smaller", "left"],
    },
    Case {
        file: "removed-here",
        here: None,
        there: Some((NEW, "changed there")),
        won_by: &["first", "left"],
    },
    Case {
        file: "removed-there",
        here: Some((OLD, "changed here")),
        there: None,
        won_by: &["first", "younger", "older", "bigger", "smaller", "left"],
    },
];

fn cluster(pairing: Pairing) -> Cluster {
    let mut builder = pairing.builder();
    for method in METHODS {
        let group = Group::new(method).include(&format!("%tree%/{method}"));
        builder = builder.group(group.statement(&format!("auto {method};")));
    }
    serving(builder)
}

fn apply(node: &Node, rel: &str, version: Version) {
    match version {
        None => node.remove(rel),
        Some((time, content)) => {
            node.write(rel, content);
            node.set_mtime(rel, time);
        }
    }
}

fn assert_is(node: &Node, rel: &str, version: Version) {
    match version {
        None => assert!(!node.exists(rel), "{rel} was removed, on {}", node.name()),
        Some((time, content)) => {
            let found = String::from_utf8(node.read(rel)).expect("our own text");
            assert_eq!(found, content, "{rel} on {}", node.name());
            assert_eq!(node.mtime(rel), time, "{rel} on {}", node.name());
        }
    }
}

fn each_method_decides_as_documented(pairing: Pairing) {
    let cluster = cluster(pairing);
    let (here, there) = (cluster.node(0), cluster.node(1));
    let conflicts =
        || METHODS.iter().flat_map(|method| CASES.iter().map(move |case| (*method, case)));
    for (method, case) in conflicts() {
        let rel = format!("{method}/{}", case.file);
        here.write(&rel, "the base of both");
        here.set_mtime(&rel, 1_500_000_000);
    }
    here.run(&["-x"]).success();
    for (method, case) in conflicts() {
        let rel = format!("{method}/{}", case.file);
        apply(here, &rel, case.here);
        apply(there, &rel, case.there);
    }
    there.run(&["-cr", "/"]).success();

    here.run(&["-x"]).exits(1);
    let mut lost = BTreeSet::new();
    for (method, case) in conflicts() {
        let rel = format!("{method}/{}", case.file);
        let won = case.won_by.contains(&method);
        assert_is(here, &rel, case.here);
        assert_is(there, &rel, if won { case.here } else { case.there });
        if !won {
            lost.insert(name(&rel));
        }
    }
    for node in [here, there] {
        assert_eq!(dirty_names(node).into_iter().collect::<BTreeSet<_>>(), lost);
    }
    the_other_side_settles_the_rest(here, there);
}

/// What the left host lost the right host wins, but for the method that never decides and for
/// removals and ties that it loses in turn.
fn the_other_side_settles_the_rest(here: &Node, there: &Node) {
    there.run(&["-u"]).exits(1);
    let mut open = BTreeSet::new();
    for case in &CASES {
        for method in METHODS.iter().filter(|method| !case.won_by.contains(method)) {
            let rel = format!("{method}/{}", case.file);
            let is_tie = case.file == "same-time-and-size";
            let wins = match *method {
                "none" => false,
                "younger" | "bigger" if is_tie => false,
                _ => true,
            };
            if wins {
                assert_is(here, &rel, case.there);
            } else {
                assert_is(here, &rel, case.here);
                open.insert(name(&rel));
            }
        }
    }
    for node in [here, there] {
        assert_eq!(dirty_names(node).into_iter().collect::<BTreeSet<_>>(), open);
    }
}
