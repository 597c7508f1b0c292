use crate::fixture::{Tree, disks, look, seen};
use csync3_disk::{Disk, Presence, PublishError};
use std::fs;

#[test]
fn every_type_is_removed() {
    for disk in disks() {
        let tree = Tree::new();
        tree.dir("d").file("f", b"1").link("l", "f").link("dangling", "none");
        disk.stage_fifo(&tree.at("p"), look(0o600, 1)).unwrap().publish(None).unwrap();
        for name in ["l", "dangling", "p", "d", "f"] {
            let expected = seen(&disk, &tree.at(name)).unwrap();
            disk.remove(&tree.at(name), &expected).unwrap();
        }
        assert!(tree.names("").is_empty());
    }
}

#[test]
fn a_directory_that_holds_something_stays() {
    let tree = Tree::new();
    tree.dir("d").file("d/x", b"1");
    let refused = Disk::new().remove(&tree.at("d"), &tree.seen("d"));
    match refused {
        Err(PublishError::Disk(error)) => {
            assert!(error.is_not_empty());
            assert_eq!(error.to_string(), format!("cannot remove {}", tree.real("d").display()));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(tree.names("d"), ["x"]);
}

#[test]
fn a_directory_that_holds_only_leftovers_is_empty() {
    let tree = Tree::new();
    tree.dir("d").file("d/.csync3-0123456789abcdef", b"left by a crash");
    tree.dir("d/.csync3-0123456789abcdef.new").link("d/.csync3-0000000000000000-3.new", "x");
    Disk::new().remove(&tree.at("d"), &tree.seen("d")).unwrap();
    assert!(tree.names("").is_empty());
}

#[test]
fn a_directory_in_which_something_is_being_made_is_not_empty() {
    let tree = Tree::new();
    let disk = Disk::new();
    tree.dir("d");
    let expected = tree.seen("d");
    let mut staged = disk.stage_file(&tree.at("d/x"), false).unwrap();
    staged.write(b"content").unwrap();
    assert!(disk.remove(&tree.at("d"), &expected).is_err());
    staged.finish(look(0o600, 1)).unwrap().publish(None).unwrap();
    assert_eq!(tree.read("d/x"), b"content");
}

#[test]
fn removal_of_what_is_gone_tells_what_is_there_instead() {
    let tree = Tree::new();
    tree.dir("d").file("d/x", b"1");
    let expected = tree.seen("d/x");
    let disk = Disk::new();
    let remove = || match disk.remove(&tree.at("d/x"), &expected) {
        Err(PublishError::ChangedMeanwhile(found)) => found,
        other => panic!("{other:?}"),
    };
    fs::remove_file(tree.real("d/x")).unwrap();
    assert_eq!(remove(), Presence::Absent);
    fs::remove_dir(tree.real("d")).unwrap();
    assert_eq!(remove(), Presence::NoParent);
    tree.dir("e").link("d", "e").file("e/x", b"1");
    assert_eq!(remove(), Presence::Impure);
    assert_eq!(tree.names("e"), ["x"]);
}
