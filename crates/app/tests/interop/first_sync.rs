//! A tree that the peer has never seen.
use crate::pairing::{
    Pairing, assert_clean, assert_same_below, in_every_pairing, when_csync3_pushes,
};
use csync3_testkit::{MixedTree, Node, leftovers, many_small_files};
use std::os::unix::fs::{DirEntryExt, MetadataExt};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;

in_every_pairing!(
    a_mixed_tree_arrives_as_it_is,
    what_is_equal_already_is_only_settled,
    the_longest_path_arrives,
);
when_csync3_pushes!(a_socket_is_not_owed_for_ever);

pub(crate) fn a_mixed_tree_arrives_as_it_is(pairing: Pairing) {
    let cluster = pairing.pair();
    let (here, there) = (cluster.node(0), cluster.node(1));
    let tree = MixedTree::new(11).files(90);
    // csync2 sends devices without their numbers (D3).
    let tree = if pairing.csync3_pushes() { tree } else { tree.without_devices() };
    tree.create(here.root());
    here.run(&["-x"]).success();
    assert_same_below(here, there);
    assert!(leftovers(there.root()).is_empty());
    assert_clean(&cluster);
    // Neither side finds anything to do afterwards.
    for node in [here, there] {
        node.run(&["-x"]).success();
    }
    assert_clean(&cluster);
    assert_same_below(here, there);
}

fn what_is_equal_already_is_only_settled(pairing: Pairing) {
    let cluster = pairing.pair();
    let (here, there) = (cluster.node(0), cluster.node(1));
    for node in [here, there] {
        many_small_files(node.root(), 40);
        node.mkdir("empty");
        node.mkfifo("fifo");
        // A csync2 server does not see the targets of links under a prefix (D1), so it has to be
        // sent the link, and refuses what it never recorded.
        if pairing.csync3_receives() {
            node.symlink("target", "link");
        }
    }
    let before = inodes(there);
    here.run(&["-x"]).success();
    assert_clean(&cluster);
    there.run(&["-x"]).success();
    assert_clean(&cluster);
    assert_same_below(here, there);
    assert_eq!(inodes(there), before, "an equal object is not replaced");
}

fn the_longest_path_arrives(pairing: Pairing) {
    let cluster = pairing.pair();
    let (here, there) = (cluster.node(0), cluster.node(1));
    let mut path = PathBuf::new();
    while here.path(&path).as_os_str().len() < 3_840 {
        path.push("ü 'long' name: ".repeat(13));
    }
    here.write(path.join("f"), "at the end");
    here.run(&["-x"]).success();
    assert_eq!(there.read(path.join("f")), b"at the end");
    assert_same_below(here, there);
    assert_clean(&cluster);
    here.remove(path.components().next().expect("it has many"));
    here.run(&["-x"]).success();
    assert_same_below(here, there);
}

/// csync2 cannot send it, and owes it to the peer for ever (D3).
fn a_socket_is_not_owed_for_ever(pairing: Pairing) {
    let cluster = pairing.pair();
    let (here, there) = (cluster.node(0), cluster.node(1));
    let _socket = UnixListener::bind(here.path("socket")).expect("a short path");
    here.write("f", "f");
    here.run(&["-x"]).success();
    assert_clean(&cluster);
    assert!(there.exists("f") && !there.exists("socket"));
}

fn inodes(node: &Node) -> Vec<(PathBuf, u64)> {
    let listed = std::fs::read_dir(node.path("d00000")).expect("the tree is there");
    let entries = listed.flatten().map(|entry| (entry.path(), entry.ino()));
    let mut all: Vec<_> = entries.collect();
    all.sort();
    all
}

#[test]
fn nanoseconds_survive_among_csync3() {
    let cluster = Pairing::AmongCsync3.pair();
    let (here, there) = (cluster.node(0), cluster.node(1));
    MixedTree::new(2).files(10).largest(10_000).create(here.root());
    here.run(&["-x"]).success();
    let time = |path: std::path::PathBuf| {
        let meta = path.symlink_metadata().expect("it was synced");
        (meta.mtime(), meta.mtime_nsec())
    };
    let names = std::fs::read_dir(here.root()).expect("the tree is there");
    let files: Vec<_> = names
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
        .map(|entry| entry.file_name())
        .collect();
    assert!(!files.is_empty());
    for file in files {
        assert_eq!(time(here.path(&file)), time(there.path(&file)), "{file:?}");
    }
}
