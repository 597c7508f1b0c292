//! Forced rows and dry runs.
use crate::pairing::{
    Pairing, assert_clean, assert_same_below, dirty_names, in_every_pairing, name,
    when_csync3_pushes,
};
use csync3_testkit::{Cluster, Node, Snapshot, assert_same};

in_every_pairing!(
    a_forced_mark_overrules_the_peer,
    a_forced_removal_overrules_the_peer,
    a_dry_run_tells_what_would_happen,
);
when_csync3_pushes!(a_dry_run_changes_nothing_anywhere, a_forced_mark_survives_further_edits);

fn a_forced_mark_overrules_the_peer(pairing: Pairing) {
    let cluster = pairing.pair();
    let (here, there) = (cluster.node(0), cluster.node(1));
    here.write("f", "base");
    here.run(&["-x"]).success();
    there.edit("f", "there's version");
    there.run(&["-cr", "/"]).success();
    here.edit("f", "here's");
    here.run(&["-cFr", "/"]).success();
    assert!(here.dirty().iter().all(|row| row.forced));
    here.run(&["-u"]).success();
    assert_eq!(there.read("f"), b"here's");
    assert_same_below(here, there);
    assert_clean(&cluster);
}

fn a_forced_removal_overrules_the_peer(pairing: Pairing) {
    let cluster = pairing.pair();
    let (here, there) = (cluster.node(0), cluster.node(1));
    here.write("dir/f", "base");
    here.run(&["-x"]).success();
    there.edit("dir/f", "there's version");
    here.remove("dir");
    here.run(&["-x"]).exits(1);
    assert_eq!(there.read("dir/f"), b"there's version");
    here.run(&["-fr".as_ref(), here.path("dir").as_os_str()]).success();
    here.run(&["-u"]).success();
    assert!(!there.exists("dir"));
    assert_clean(&cluster);
}

/// One object for each line of a dry run: same, changed, new, removed, removed on both, and the
/// forced ones.
fn prepared(pairing: Pairing) -> Cluster {
    let cluster = pairing.pair();
    let (here, there) = (cluster.node(0), cluster.node(1));
    for file in ["changed", "forced-change", "forced-removal", "gone-both", "removed"] {
        here.write(file, "base");
        here.set_mtime(file, 1_500_000_000);
    }
    here.run(&["-x"]).success();
    here.edit("forced-change", "forced");
    here.remove("forced-removal");
    here.run(&["-cFr", "/"]).success();
    here.edit("changed", "changed");
    here.write("new", "new");
    here.remove("removed");
    for node in [here, there] {
        node.write("same", "the same on both");
        if node.exists("gone-both") {
            node.remove("gone-both");
        }
    }
    here.set_mtime("same", 1_600_000_000);
    there.set_mtime("same", 1_700_000_000);
    here.run(&["-cr", "/"]).success();
    cluster
}

fn expected(peer: &Node) -> Vec<String> {
    let line = |kind: &str, rel: &str| format!("{kind}: {:<15} {}", peer.name(), name(rel));
    let mut lines = vec![
        line("!D", "forced-removal"),
        line("!M", "forced-change"),
        line("?D", "removed"),
        line("?M", "changed"),
        line("?M", "new"),
        line("?S", "gone-both"),
        line("?S", "same"),
    ];
    lines.sort();
    lines
}

fn a_dry_run_tells_what_would_happen(pairing: Pairing) {
    let cluster = prepared(pairing);
    let (here, there) = (cluster.node(0), cluster.node(1));
    let before = Snapshot::of(there.root()).without_times();
    let output = here.run(&["-ud"]).success();
    let mut lines = output.lines();
    lines.sort();
    assert_eq!(lines, expected(there));
    assert_same(&before, &Snapshot::of(there.root()).without_times());
}

/// csync2 sets times and forgets marks even then (D8).
fn a_dry_run_changes_nothing_anywhere(pairing: Pairing) {
    let cluster = prepared(pairing);
    let (here, there) = (cluster.node(0), cluster.node(1));
    let state = || (Snapshot::of(here.root()), Snapshot::of(there.root()), here.dirty());
    let before = state();
    let first = here.run(&["-ud"]).success();
    let again = here.run(&["-ud"]).success();
    assert_eq!(first.stdout, again.stdout);
    assert!(state() == before, "something changed");
    assert_eq!(there.mtime("same"), 1_700_000_000);
}

/// csync2 drops it at the next edit (D18).
fn a_forced_mark_survives_further_edits(pairing: Pairing) {
    let cluster = pairing.pair();
    let (here, there) = (cluster.node(0), cluster.node(1));
    here.write("f", "base");
    here.run(&["-x"]).success();
    there.edit("f", "there's version");
    here.edit("f", "here's");
    here.run(&["-cFr", "/"]).success();
    here.edit("f", "here's second");
    here.run(&["-x"]).success();
    assert_eq!(there.read("f"), b"here's second");
    assert_eq!(dirty_names(here), Vec::<String>::new());
}
