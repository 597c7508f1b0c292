//! csync2's in-sync test asks a csync3 server.
use crate::pairing::{Pairing, name};
use csync3_testkit::{Cluster, many_small_files};

/// A csync2 and a csync3 that have synced a tree, and a csync2's words for the pair.
fn synced() -> Cluster {
    let cluster = Pairing::Csync2ToCsync3.pair();
    let here = cluster.node(0);
    many_small_files(here.root(), 150);
    here.write("changed", "one\ntwo\nthree\n");
    here.write("gone there", "gone\n");
    here.write("sub/same", "same\n");
    here.run(&["-x"]).success();
    cluster
}

#[test]
fn equal_hosts_are_in_sync() {
    let cluster = synced();
    let output = cluster.node(0).run(&["-T"]).exits(2);
    assert_eq!(output.stdout_text(), "");
    let (mine, peer) = (cluster.node(0).name(), cluster.node(1).name());
    assert_eq!(cluster.node(0).run(&["-T", mine, peer]).exits(2).stdout_text(), "");
}

#[test]
fn each_kind_of_difference_is_listed() {
    let cluster = synced();
    let (here, there) = (cluster.node(0), cluster.node(1));
    here.edit("changed", "one\n2\nthree\n");
    there.remove("gone there");
    there.write("added there", "new");
    for node in [here, there] {
        node.run(&["-cr", "/"]).success();
    }
    let line =
        |kind: &str, rel: &str| format!("{kind}\t{}\t{}\t{}", here.name(), there.name(), name(rel));
    let output = here.run(&["-T"]).exits(0);
    let expected = [line("R", "added there"), line("X", "changed"), line("L", "gone there")];
    assert_eq!(output.lines(), expected);
    let file = here.path("changed");
    let one = here.run(&["-T".as_ref(), file.as_os_str()]).exits(0);
    assert_eq!(one.lines(), [line("X", "changed")]);
    let same = here.path("sub/same");
    here.run(&["-T".as_ref(), same.as_os_str()]).exits(2);
}

#[test]
fn the_contents_are_compared_line_by_line() {
    let cluster = synced();
    let (here, there) = (cluster.node(0), cluster.node(1));
    here.edit("changed", "one\n2\nthree\n");
    here.run(&["-cr", "/"]).success();
    let output = here.run(&["-TT"]).exits(0);
    let diff = output.stdout_text();
    let heads = [
        format!("--- {}:{}", there.name(), name("changed")),
        format!("+++ {}:{}", here.name(), name("changed")),
    ];
    for part in heads.iter().map(String::as_str).chain([" one\n-two\n+2\n three\n"]) {
        assert!(diff.contains(part), "no {part:?} in {diff}");
    }
    assert!(!diff.contains("sub/same"), "{diff}");
    let (file, mine) = (here.path("sub/same"), here.name());
    let same = here.run(&["-TT".as_ref(), mine.as_ref(), there.name().as_ref(), file.as_os_str()]);
    assert!(same.exits(0).stdout_text().ends_with("are identical\n"));
}
