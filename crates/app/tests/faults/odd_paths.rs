//! Paths at the limits of what a file system takes, and beyond.
use super::csync3;
use csync3_testkit::{Cluster, Node};
use rustix::fs::{Mode, OFlags, mkdirat, openat};
use std::ffi::OsString;
use std::fs::{self, File};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

/// The longest path that a system call takes, without the NUL behind it.
const PATH_MAX: usize = 4_095;
/// The longest component.
const NAME_MAX: usize = 255;

/// A file whose real path has exactly the longest length, of bytes that all have to be encoded.
fn longest(node: &Node) -> PathBuf {
    let mut path = node.root().to_owned();
    let component = |length| OsString::from_vec(b"\n\xff%\x01".repeat(NAME_MAX)[..length].to_vec());
    loop {
        let left = PATH_MAX - path.as_os_str().len() - 1;
        if left <= NAME_MAX {
            path.push(component(left));
            break;
        }
        // The last component needs at least one byte and its slash.
        path.push(component(NAME_MAX.min(left - 2)));
        fs::create_dir(&path).expect("the path is short enough");
    }
    fs::write(&path, "at the end").expect("the path is short enough");
    path
}

#[test]
fn the_longest_path_of_bytes_that_must_be_encoded_is_synced_and_removed() {
    let cluster = Cluster::of(2, &csync3());
    cluster.node(1).serve();
    let path = longest(cluster.node(0));
    assert_eq!(path.as_os_str().as_bytes().len(), PATH_MAX);
    cluster.node(0).run(&["-x"]).success();
    cluster.assert_same_trees();

    fs::write(&path, "another content").expect("it is there");
    cluster.node(0).run(&["-x"]).success();
    cluster.assert_same_trees();

    fs::remove_file(&path).expect("it is there");
    cluster.node(0).run(&["-x"]).success();
    cluster.assert_same_trees();
    assert_eq!(cluster.node(0).dirty(), []);
}

#[test]
fn what_lies_deeper_than_any_path_reaches_costs_at_most_counted_problems() {
    let cluster = Cluster::of(2, &csync3());
    let (sender, receiver) = (cluster.node(0), cluster.node(1));
    receiver.serve();
    sender.write("before", "1");
    sender.write("zz after", "2");
    let name = "n".repeat(NAME_MAX);
    let mut directory = File::open(sender.root()).expect("the root is there");
    for _ in 0..30 {
        mkdirat(&directory, &name, Mode::RWXU).expect("a component is short enough");
        let flags = OFlags::DIRECTORY | OFlags::RDONLY;
        let deeper = openat(&directory, &name, flags, Mode::empty()).expect("it was made");
        directory = File::from(deeper);
    }
    for _ in 0..2 {
        let output = sender.run(&["-x"]);
        assert!(matches!(output.code(), Some(0 | 1)), "{output}");
        assert!(!output.stderr_text().contains("panicked"), "{output}");
        assert_eq!(
            (receiver.read("before"), receiver.read("zz after")),
            (b"1".into(), b"2".into())
        );
    }
}
