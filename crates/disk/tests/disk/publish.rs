use crate::fixture::{Tree, disks, look, put};
use csync3_core::entry::{Kind, Observed};
use csync3_disk::{Disk, Presence, PublishError, Staged};
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// Makes an object of each type ready for `name`.
fn stage(disk: &Disk, tree: &Tree, kind: &str, name: &str) -> Staged {
    let at = tree.at(name);
    let look = look(0o700, 5);
    let staged = match kind {
        "file" => disk.stage_file(&at, false).and_then(|staged| staged.finish(look)),
        "dir" => disk.stage_dir(&at, look),
        "link" => disk.stage_symlink(&at, b"target", look),
        _ => disk.stage_fifo(&at, look),
    };
    staged.unwrap()
}

const TYPES: [&str; 4] = ["file", "dir", "link", "fifo"];

#[test]
fn every_type_takes_the_place_of_every_type() {
    for disk in disks() {
        for old in TYPES {
            for new in TYPES {
                let tree = Tree::new();
                let before = stage(&disk, &tree, old, "x").publish(None).unwrap();
                let staged = stage(&disk, &tree, new, "x");
                let wanted = staged.observed().kind.clone();
                let after = staged.publish(Some(&before)).unwrap();
                assert_eq!(after.kind, wanted, "{old} to {new}");
                assert_eq!(tree.seen("x"), after, "{old} to {new}");
                assert_eq!(tree.names(""), ["x"], "{old} to {new}");
            }
        }
    }
}

#[test]
fn a_directory_that_is_not_empty_is_not_replaced() {
    let disk = Disk::new();
    for new in TYPES {
        let tree = Tree::new();
        tree.dir("x").file("x/inner", b"precious");
        let before = tree.seen("x");
        let refused = stage(&disk, &tree, new, "x").publish(Some(&before));
        match refused {
            Err(PublishError::Disk(error)) => {
                assert!(error.is_not_empty(), "{new}: {error:?}");
                assert_eq!(error.reply_text(), "Directory not empty", "{new}");
            }
            other => panic!("{new}: {other:?}"),
        }
        assert_eq!(tree.read("x/inner"), b"precious", "{new}");
        assert_eq!(tree.names(""), ["x"], "{new}");
    }
}

type Change = fn(&Tree);

/// What may happen to a file between the decision and the step that it allowed.
const CHANGES: [(&str, Change); 5] = [
    ("content", |tree| {
        tree.file("x", b"other");
    }),
    ("mode", |tree| {
        fs::set_permissions(tree.real("x"), fs::Permissions::from_mode(0o606)).unwrap();
    }),
    ("replacement", |tree| {
        tree.file("y", b"old");
        fs::rename(tree.real("y"), tree.real("x")).unwrap();
    }),
    ("removal", |tree| fs::remove_file(tree.real("x")).unwrap()),
    ("type", |tree| {
        fs::remove_file(tree.real("x")).unwrap();
        tree.dir("x");
    }),
];

#[test]
fn a_target_that_changed_meanwhile_is_left_alone() {
    let disk = Disk::new();
    for (what, change) in CHANGES {
        let tree = Tree::new();
        put(&disk, &tree.at("x"), b"old").unwrap();
        let decided_upon = tree.seen("x");
        let staged = stage(&disk, &tree, "file", "x");
        change(&tree);
        let now = disk.observe(&tree.at("x")).unwrap();
        match staged.publish(Some(&decided_upon)) {
            Err(PublishError::ChangedMeanwhile(found)) => assert_eq!(found, now, "{what}"),
            other => panic!("{what}: {other:?}"),
        }
        match disk.remove(&tree.at("x"), &decided_upon) {
            Err(PublishError::ChangedMeanwhile(found)) => assert_eq!(found, now, "{what}"),
            other => panic!("{what}: {other:?}"),
        }
        assert_eq!(disk.observe(&tree.at("x")).unwrap(), now, "{what}");
        assert!(tree.names("").iter().all(|name| name == "x"), "{what}");
    }
}

#[test]
fn an_object_that_appeared_meanwhile_is_left_alone() {
    let disk = Disk::new();
    for new in TYPES {
        let tree = Tree::new();
        let staged = stage(&disk, &tree, new, "x");
        tree.file("x", b"appeared");
        match staged.publish(None) {
            Err(PublishError::ChangedMeanwhile(Presence::There(found))) => {
                assert_eq!(found, tree.seen("x"), "{new}");
            }
            other => panic!("{new}: {other:?}"),
        }
        assert_eq!(tree.read("x"), b"appeared", "{new}");
        assert_eq!(tree.names(""), ["x"], "{new}");
    }
}

#[test]
fn an_object_that_appears_after_the_last_check_is_left_alone() {
    let tree = Tree::new();
    let path = tree.real("x");
    let disk = Disk::with_faults(csync3_disk::Faults::hook(move |operation, at| {
        if operation == "create"
            && at.as_path() == path
            && path.parent().unwrap().join("go").exists()
        {
            fs::write(&path, "appeared")?;
        }
        Ok(())
    }));
    let staged = stage(&disk, &tree, "file", "x");
    tree.file("go", b"");
    let refused = staged.publish(None);
    assert!(matches!(refused, Err(PublishError::ChangedMeanwhile(Presence::There(_)))));
    assert_eq!(tree.read("x"), b"appeared");
    assert_eq!(tree.names(""), ["go", "x"]);
}

#[test]
fn work_inside_an_expected_directory_is_no_change_of_it() {
    let tree = Tree::new();
    tree.dir("d").file("d/x", b"");
    let disk = Disk::new();
    let decided_upon: Observed = tree.seen("d");
    fs::remove_file(tree.real("d/x")).unwrap();
    disk.remove(&tree.at("d"), &decided_upon).unwrap();
    tree.dir("d").file("d/x", b"");
    let decided_upon = tree.seen("d");
    fs::remove_file(tree.real("d/x")).unwrap();
    let staged = stage(&disk, &tree, "file", "d");
    let published = staged.publish(Some(&decided_upon)).unwrap();
    assert_eq!(published.kind, Kind::File { size: 0 });
}

#[test]
fn a_reader_of_the_old_file_keeps_it() {
    use std::io::Read;
    let tree = Tree::new();
    let disk = Disk::new();
    let old = put(&disk, &tree.at("x"), b"old").unwrap();
    let mut reader = disk.open(&tree.at("x")).unwrap();
    let new = put(&disk, &tree.at("x"), b"new").unwrap();
    assert_ne!(old.fingerprint.inode, new.fingerprint.inode);
    let mut content = String::new();
    reader.read_to_string(&mut content).unwrap();
    assert_eq!(content, "old");
    assert_eq!(tree.read("x"), b"new");
}
