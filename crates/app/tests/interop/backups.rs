//! Versions that are kept when a peer replaces them.
use crate::pairing::{
    Pairing, assert_same_below, dirty_names, in_every_pairing, serving, when_csync3_pushes,
    when_csync3_receives,
};
use csync3_testkit::{Cluster, Node};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

in_every_pairing!(the_version_before_is_kept);
when_csync3_receives!(
    generations_move_up_and_the_oldest_goes,
    every_replacement_keeps_what_was_there,
    what_cannot_be_backed_up_is_not_replaced,
);
when_csync3_pushes!(a_backup_that_fails_there_is_an_error_here);

fn keeping(pairing: Pairing, generations: u32) -> Cluster {
    let statement = format!("backup-directory $NODE/backup; backup-generations {generations};");
    serving(pairing.builder().statement(&statement))
}

/// Where a node keeps versions of an object.
fn kept(node: &Node, rel: &str) -> PathBuf {
    let original = node.path(rel);
    let below = original.strip_prefix("/").expect("paths of nodes are absolute");
    node.dir().join("backup").join(below)
}

#[track_caller]
fn content(path: PathBuf) -> String {
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("read {path:?}: {error}"))
}

fn the_version_before_is_kept(pairing: Pairing) {
    let cluster = keeping(pairing, 3);
    let (here, there) = (cluster.node(0), cluster.node(1));
    here.write("dir/edited", "first");
    here.write("dir/removed", "first and last");
    here.run(&["-x"]).success();
    assert!(!kept(there, "dir/edited").exists(), "nothing was replaced yet");
    here.edit("dir/edited", "second");
    here.remove("dir/removed");
    here.run(&["-x"]).success();
    assert_eq!(content(kept(there, "dir/edited")), "first");
    assert_eq!(content(kept(there, "dir/removed")), "first and last");
    assert_same_below(here, there);
}

/// csync2 keeps the newest and the oldest only (D5).
fn generations_move_up_and_the_oldest_goes(pairing: Pairing) {
    let cluster = keeping(pairing, 3);
    let (here, there) = (cluster.node(0), cluster.node(1));
    here.write("f", "version 0");
    here.chmod("f", 0o640);
    here.run(&["-x"]).success();
    for version in 1..=5 {
        here.edit("f", format!("version {version}"));
        here.run(&["-x"]).success();
    }
    assert_eq!(content(kept(there, "f")), "version 4");
    assert_eq!(content(kept(there, "f.1")), "version 3");
    assert_eq!(content(kept(there, "f.2")), "version 2");
    assert!(!kept(there, "f.3").exists());
    let mode = kept(there, "f").metadata().expect("it was just read").permissions().mode();
    assert_eq!(mode & 0o7777, 0o640);
}

/// csync2 keeps nothing for other types, follows links, and hangs on a pipe (D5).
fn every_replacement_keeps_what_was_there(pairing: Pairing) {
    let cluster = keeping(pairing, 2);
    let (here, there) = (cluster.node(0), cluster.node(1));
    for file in ["to-link", "to-fifo", "to-dir"] {
        here.write(file, file);
    }
    here.symlink("the/target", "link-to-file");
    here.symlink("the/target", "link-removed");
    here.mkfifo("fifo-to-file");
    here.run(&["-x"]).success();
    for rel in ["to-link", "to-fifo", "to-dir", "link-to-file", "link-removed", "fifo-to-file"] {
        here.remove(rel);
    }
    here.symlink("elsewhere", "to-link");
    here.mkfifo("to-fifo");
    here.mkdir("to-dir");
    here.write("link-to-file", "a file now");
    here.write("fifo-to-file", "a file now");
    here.run(&["-x"]).success();
    assert_same_below(here, there);
    for file in ["to-link", "to-fifo", "to-dir"] {
        assert_eq!(content(kept(there, file)), file);
    }
    for link in ["link-to-file", "link-removed"] {
        let target = std::fs::read_link(kept(there, link)).expect("a link is kept as a link");
        assert_eq!(target.to_str(), Some("the/target"));
    }
}

/// csync2 answers a removal with OK and forgets it (D5).
fn what_cannot_be_backed_up_is_not_replaced(pairing: Pairing) {
    let cluster = keeping(pairing, 3);
    let (here, there) = (cluster.node(0), cluster.node(1));
    for file in ["edited", "removed", "to-link"] {
        here.write(file, "first");
    }
    here.run(&["-x"]).success();
    std::fs::write(there.dir().join("backup"), "no directory").expect("the node's own directory");
    here.edit("edited", "second");
    here.remove("removed");
    here.remove("to-link");
    here.symlink("x", "to-link");
    here.run(&["-x"]).exits(1);
    for file in ["edited", "removed", "to-link"] {
        assert_eq!(there.read(file), b"first", "{file}");
    }
    let owed = ["%tree%/edited", "%tree%/removed", "%tree%/to-link"];
    assert_eq!(dirty_names(here), owed);
    std::fs::remove_file(there.dir().join("backup")).expect("the node's own directory");
    here.run(&["-u"]).success();
    assert_same_below(here, there);
    assert_eq!(content(kept(there, "removed")), "first");
}

/// With csync2 on both sides they wait for each other for ever (D5).
fn a_backup_that_fails_there_is_an_error_here(pairing: Pairing) {
    let cluster = keeping(pairing, 3);
    let (here, there) = (cluster.node(0), cluster.node(1));
    here.write("f", "first");
    here.run(&["-x"]).success();
    std::fs::write(there.dir().join("backup"), "no directory").expect("the node's own directory");
    here.edit("f", "second");
    // csync2 backs nothing up for it.
    here.mkdir("other");
    here.run(&["-x"]).exits(1);
    assert_eq!(there.read("f"), b"first");
    assert!(there.exists("other"), "the rest goes on");
    assert_eq!(dirty_names(here), ["%tree%/f"]);
}
