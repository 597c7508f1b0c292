//! Every operation fails once; then the same work is done again without faults.
use crate::fixture::{EIO, ENOSPC, Tree, local, look, put, seen};
use csync3_disk::{Disk, Faults, Look, PublishError, is_temporary};
use std::fs;

/// Does `work` with its first, second, .. operation failing, until it needs no more operations.
///
/// `check` looks at the tree after each failure and again after the work was repeated; the flag
/// says whether it was repeated.
fn fail_each(
    prepare: impl Fn(&Tree),
    work: impl Fn(&Disk, &Tree) -> Result<(), PublishError>,
    check: impl Fn(&Tree, bool, u64),
) {
    let mut failures = 0;
    for nth in 1.. {
        let tree = Tree::new();
        prepare(&tree);
        let faults = Faults::nth(nth, if nth % 2 == 0 { EIO } else { ENOSPC });
        let done = work(&Disk::with_faults(faults.clone()), &tree);
        check(&tree, false, nth);
        failures += u64::from(done.is_err());
        work(&Disk::new(), &tree).unwrap();
        check(&tree, true, nth);
        if faults.steps() < nth {
            assert!(done.is_ok() && failures > 2, "{done:?} after {failures} failures");
            return;
        }
    }
}

fn has_temporaries(tree: &Tree) -> bool {
    let names = tree.names("");
    names.iter().any(|name| is_temporary(name.as_bytes()))
}

#[test]
fn a_replaced_file_is_the_old_or_the_new_one_whatever_fails() {
    fail_each(
        |tree| {
            put(&Disk::new(), &tree.at("x"), b"old").unwrap();
        },
        |disk, tree| put(disk, &tree.at("x"), b"the new content").map(drop),
        |tree, repeated, nth| {
            let content = tree.read("x");
            assert!(content == b"the new content" || (!repeated && content == b"old"), "{nth}");
            let seen = tree.seen("x");
            assert_eq!(seen.permissions, 0o640, "{nth}");
            assert!(!has_temporaries(tree), "{nth}");
        },
    );
}

#[test]
fn a_delta_is_applied_wholly_or_not_at_all_whatever_fails() {
    let new = [vec![b'b'; 200_000], b"tail".to_vec()].concat();
    fail_each(
        |tree| {
            tree.file("x", &vec![b'b'; 300_000]);
        },
        |disk, tree| {
            if tree.read("x") == new {
                return Ok(());
            }
            let mut staged = disk.stage_file(&tree.at("x"), true)?;
            let expected = staged.replaces().cloned();
            staged.copy_from_basis(1, 200_000)?;
            staged.write(b"tail")?;
            staged.finish(Look::default())?.publish(expected.as_ref())?;
            Ok(())
        },
        |tree, repeated, nth| {
            let content = tree.read("x");
            assert!(content == new || (!repeated && content.len() == 300_000), "{nth}");
            assert!(!has_temporaries(tree), "{nth}");
        },
    );
}

#[test]
fn a_directory_takes_the_place_of_a_file_or_not_whatever_fails() {
    fail_each(
        |tree| {
            tree.file("x", b"old");
        },
        |disk, tree| {
            let session = disk.session();
            let at = tree.at("x");
            let expected = session.observe(&at)?.observed();
            session.stage_dir(&at, look(0o750, 1))?.publish(expected.as_ref())?;
            Ok(())
        },
        |tree, repeated, nth| {
            let is_dir = tree.seen("x").permissions == 0o750 && tree.real("x").is_dir();
            assert!(is_dir || (!repeated && tree.read("x") == b"old"), "{nth}");
            assert!(!has_temporaries(tree), "{nth}");
        },
    );
}

#[test]
fn a_link_takes_the_place_of_a_directory_whatever_fails() {
    fail_each(
        |tree| {
            tree.dir("x").file("x/.csync3-0123456789abcdef", b"left by a crash");
        },
        |disk, tree| {
            let session = disk.session();
            let at = tree.at("x");
            let expected = session.observe(&at)?.observed();
            session.stage_symlink(&at, b"t", look(0, 1))?.publish(expected.as_ref())?;
            Ok(())
        },
        |tree, repeated, nth| {
            let meta = fs::symlink_metadata(tree.real("x"));
            assert!(!repeated || meta.unwrap().is_symlink(), "{nth}");
            assert!(!has_temporaries(tree), "{nth}");
        },
    );
}

#[test]
fn a_removal_removes_or_not_whatever_fails() {
    fail_each(
        |tree| {
            tree.file("x", b"old").dir("d").file("d/.csync3-0123456789abcdef", b"left by a crash");
        },
        |disk, tree| {
            for name in ["x", "d"] {
                if let Some(expected) = seen(&Disk::new(), &tree.at(name)) {
                    disk.remove(&tree.at(name), &expected)?;
                }
            }
            Ok(())
        },
        |tree, repeated, nth| {
            let names = tree.names("");
            assert!(!repeated || names.is_empty(), "{nth}: {names:?}");
            assert!(!names.contains(&"x".to_owned()) || tree.read("x") == b"old", "{nth}");
        },
    );
}

#[test]
fn a_backup_keeps_every_generation_whatever_fails() {
    let contents = |tree: &Tree| -> Vec<String> {
        let shelf = tree.outside().join(tree.real("d").strip_prefix("/").unwrap());
        let Ok(entries) = fs::read_dir(shelf) else {
            return Vec::new();
        };
        let read = |entry: fs::DirEntry| fs::read_to_string(entry.path()).unwrap();
        let mut contents: Vec<_> = entries.map(|entry| read(entry.unwrap())).collect();
        contents.sort();
        contents
    };
    fail_each(
        |tree| {
            tree.dir("d");
            for content in ["1", "2"] {
                tree.file("d/x", content.as_bytes());
                let backup = Disk::new().backup(&tree.at("d/x"), &local(&tree.outside()), 4);
                backup.unwrap();
            }
            tree.file("d/x", b"3");
        },
        |disk, tree| Ok(disk.backup(&tree.at("d/x"), &local(&tree.outside()), 4)?),
        |tree, repeated, nth| {
            let kept = contents(tree);
            assert!(kept.starts_with(&["1".to_owned(), "2".to_owned()]), "{nth}: {kept:?}");
            assert!(!repeated || kept.contains(&"3".to_owned()), "{nth}: {kept:?}");
            assert_eq!(tree.read("d/x"), b"3", "{nth}");
        },
    );
}

#[test]
fn parents_are_made_in_the_end_whatever_fails() {
    fail_each(
        |_| {},
        |disk, tree| Ok(disk.make_parents(&tree.at("a/b/c/x"))?),
        |tree, repeated, nth| assert!(!repeated || tree.real("a/b/c").is_dir(), "{nth}"),
    );
}

#[test]
fn a_full_disk_is_told_by_the_write_that_met_it() {
    let tree = Tree::new();
    let path = local(&tree.real("x"));
    let disk = Disk::with_faults(Faults::at("write", path.clone(), ENOSPC));
    match put(&disk, &tree.at("x"), b"content") {
        Err(PublishError::Disk(error)) => {
            assert!(error.is_no_space());
            assert_eq!((error.operation, &error.path), ("write", &path));
            assert_eq!(error.reply_text(), "No space left on device");
        }
        other => panic!("{other:?}"),
    }
    assert!(tree.names("").is_empty());
}
