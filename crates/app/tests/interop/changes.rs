//! Edits, and changes of nothing but metadata.
use crate::pairing::{
    Pairing, assert_clean, assert_same_below, dirty_names, in_every_pairing, when_csync3_pushes,
};
use csync3_testkit::{Link, Node, Random};
use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, utimensat};
use std::os::unix::fs::{MetadataExt, chown, lchown};

in_every_pairing!(
    an_edit_inside_a_large_file_moves_little,
    a_change_of_metadata_alone_arrives,
    small_edits_arrive_both_ways,
);
when_csync3_pushes!(an_edit_that_keeps_size_and_time_is_found, one_file_under_a_prefix_is_pushed);

pub(crate) fn an_edit_inside_a_large_file_moves_little(pairing: Pairing) {
    let cluster = pairing.builder().build();
    let here = cluster.node(0);
    let proxy = cluster.node(1).serve_behind(Link::default());
    let mut content = Random::new(2).bytes(4_000_000, false);
    here.write("large", &content);
    here.run(&["-x"]).success();
    let first = proxy.bytes().0;
    assert!(first > 3_900_000);
    content[2_000_000..2_000_005].copy_from_slice(b"edit!");
    content.splice(1_000_000..1_000_000, *b"inserted");
    content.truncate(3_990_000);
    here.edit("large", &content);
    here.run(&["-x"]).success();
    assert!(cluster.node(1).read("large") == content, "the contents differ");
    let moved = proxy.bytes().0 - first;
    assert!(moved < 20_000, "{moved} bytes for an edit of a few");
}

fn a_change_of_metadata_alone_arrives(pairing: Pairing) {
    let cluster = pairing.pair();
    let (here, there) = (cluster.node(0), cluster.node(1));
    for file in ["mode", "owner", "group", "time", "all"] {
        here.write(file, "unchanged content");
    }
    here.mkdir("dir-mode");
    here.mkdir("dir-owner");
    here.symlink("mode", "link-owner");
    here.mkfifo("fifo-mode");
    here.run(&["-x"]).success();
    assert_same_below(here, there);
    let inode = |file: &str| there.path(file).metadata().expect("it was synced").ino();
    let time_before = inode("time");

    here.chmod("mode", 0o4711);
    chown(here.path("owner"), Some(1234), None).expect("root may");
    chown(here.path("group"), None, Some(4321)).expect("root may");
    here.set_mtime("time", 1_234_567_890);
    here.chmod("all", 0o600);
    here.set_mtime("all", 1_000_000_000);
    chown(here.path("all"), Some(7), Some(8)).expect("root may");
    here.chmod("dir-mode", 0o2750);
    chown(here.path("dir-owner"), Some(9), Some(10)).expect("root may");
    lchown(here.path("link-owner"), Some(11), Some(12)).expect("root may");
    here.chmod("fifo-mode", 0o600);
    here.run(&["-x"]).success();
    assert_same_below(here, there);
    assert_eq!(there.mode("mode"), 0o4711);
    assert_eq!(there.mtime("time"), 1_234_567_890);
    assert_eq!(inode("time"), time_before, "a time alone moves no content");
    assert_clean(&cluster);
}

pub(crate) fn small_edits_arrive_both_ways(pairing: Pairing) {
    let cluster = pairing.pair();
    let (here, there) = (cluster.node(0), cluster.node(1));
    here.write("dir/f", "0");
    here.run(&["-x"]).success();
    for round in 1..=3 {
        let (from, to) = if round % 2 == 0 { (here, there) } else { (there, here) };
        from.edit("dir/f", format!("round {round}"));
        from.write(format!("dir/new{round}"), "new");
        from.run(&["-x"]).success();
        assert_eq!(to.read("dir/f"), format!("round {round}").as_bytes());
        assert_same_below(here, there);
        assert_clean(&cluster);
    }
}

/// csync2 cannot: it looks at size and whole seconds (D2).
fn an_edit_that_keeps_size_and_time_is_found(pairing: Pairing) {
    let cluster = pairing.pair();
    let (here, there) = (cluster.node(0), cluster.node(1));
    here.write("f", "one");
    here.set_mtime("f", 1_500_000_000);
    here.run(&["-x"]).success();
    for content in ["two", "six"] {
        here.write("f", content);
        set_exact(here, "f", 1_500_000_000);
        here.run(&["-x"]).success();
        assert_eq!(there.read("f"), content.as_bytes());
        assert_clean(&cluster);
    }
}

fn set_exact(node: &Node, rel: &str, seconds: i64) {
    let time = Timespec { tv_sec: seconds, tv_nsec: 0 };
    let times = Timestamps { last_access: time, last_modification: time };
    utimensat(CWD, node.path(rel), &times, AtFlags::empty()).expect("the owner may");
}

/// csync2 cannot: it compares the operand with the name (D20).
fn one_file_under_a_prefix_is_pushed(pairing: Pairing) {
    let cluster = pairing.pair();
    let (here, there) = (cluster.node(0), cluster.node(1));
    here.write("a/one", "1");
    here.write("a/two", "2");
    here.write("b", "3");
    here.run(&["-x"]).success();
    here.edit("a/one", "11");
    here.edit("a/two", "22");
    here.edit("b", "33");
    here.run(&["-cr", "/"]).success();
    here.run(&["-u".as_ref(), here.path("a/one").as_os_str()]).success();
    assert_eq!(dirty_names(here), ["%tree%/a/two", "%tree%/b"]);
    assert_eq!(there.read("a/one"), b"11");
    assert_eq!(there.read("a/two"), b"2");
    here.run(&["-u".as_ref(), here.path("a").as_os_str()]).success();
    assert_eq!(dirty_names(here), ["%tree%/a/two", "%tree%/b"], "without -r only the directory");
    here.run(&["-ur".as_ref(), here.path("a").as_os_str()]).success();
    assert_eq!(dirty_names(here), ["%tree%/b"]);
    here.edit("b", "333");
    here.run(&["-x".as_ref(), here.path("b").as_os_str()]).success();
    assert_same_below(here, there);
    assert_clean(&cluster);
}
