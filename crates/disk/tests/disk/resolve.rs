use crate::fixture::{EINVAL, ELOOP, ENOENT, ENOTDIR, Tree, disks, errno, located, put, seen};
use csync3_disk::{Disk, Faults, Look, Presence, PublishError};
use std::fs;

#[test]
fn nothing_is_reached_through_a_symlinked_parent() {
    for disk in disks() {
        let tree = Tree::new();
        fs::create_dir(tree.outside()).unwrap();
        fs::write(tree.outside().join("x"), "secret").unwrap();
        tree.dir("d").link("link", tree.outside()).link("d/up", "..");
        for name in ["link/x", "d/up/d/x", "link/new"] {
            let at = tree.at(name);
            assert_eq!(disk.observe(&at).unwrap(), Presence::Impure, "{name}");
            assert_eq!(errno(disk.open(&at)), ELOOP, "{name}");
            assert_eq!(errno(disk.set_mode(&at, 0o777)), ELOOP, "{name}");
            assert_eq!(errno(disk.stage_file(&at, true)), ELOOP, "{name}");
            assert_eq!(errno(disk.stage_dir(&at, Look::default())), ELOOP, "{name}");
            assert_eq!(errno(disk.make_parents(&at)), ELOOP, "{name}");
        }
        assert_eq!(fs::read(tree.outside().join("x")).unwrap(), b"secret");
        assert_eq!(fs::read_dir(tree.outside()).unwrap().count(), 1);
    }
}

#[test]
fn a_root_may_be_reached_through_symlinks_but_be_none() {
    for disk in disks() {
        let tree = Tree::new();
        tree.dir("real/sub").file("real/sub/x", b"1").link("alias", "real");
        let through = located(&tree.real("alias/sub"), b"x");
        assert!(seen(&disk, &through).is_some());
        let alias = tree.real("alias");
        assert_eq!(disk.observe(&located(&alias, b"sub/x")).unwrap(), Presence::Impure);
        assert_eq!(errno(disk.make_parents(&located(&alias, b"new/x"))), ELOOP);
        let itself = seen(&disk, &located(&alias, b"")).unwrap();
        assert_eq!(itself.kind.to_string(), "symlink");
    }
}

#[test]
fn a_way_up_or_back_is_refused() {
    for disk in disks() {
        let tree = Tree::new();
        tree.dir("d").file("d/x", b"1");
        for name in ["../root/d/x", "d/../d/x", "d/./x", "d//x", "d/x/", "/d/x", "d/.."] {
            assert_eq!(errno(disk.observe(&tree.at(name))), EINVAL, "{name}");
            assert_eq!(errno(disk.stage_file(&tree.at(name), false)), EINVAL, "{name}");
            assert_eq!(errno(disk.make_parents(&tree.at(name))), EINVAL, "{name}");
        }
        assert_eq!(tree.names("d"), ["x"]);
    }
}

#[test]
fn a_directory_swapped_for_a_symlink_in_midst_of_work_leads_nowhere() {
    let tree = Tree::new();
    fs::create_dir(tree.outside()).unwrap();
    tree.dir("d");
    let (dir, moved, outside) = (tree.real("d"), tree.real("moved"), tree.outside());
    let disk = Disk::with_faults(Faults::hook(move |operation, _| {
        if operation == "write" && !moved.exists() {
            fs::rename(&dir, &moved)?;
            std::os::unix::fs::symlink(&outside, &dir)?;
        }
        Ok(())
    }));
    put(&disk, &tree.at("d/x"), b"content").unwrap();
    assert_eq!(fs::read_dir(tree.outside()).unwrap().count(), 0);
    assert_eq!(tree.read("moved/x"), b"content");
    assert_eq!(disk.observe(&tree.at("d/x")).unwrap(), Presence::Impure);
}

#[test]
fn paths_longer_than_the_kernel_takes_are_reached() {
    for disk in disks() {
        let tree = Tree::new();
        let name = vec!["d".repeat(200); 30].join("/") + "/x";
        disk.make_parents(&tree.at(&name)).unwrap();
        let published = put(&disk, &tree.at(&name), b"deep").unwrap();
        assert_eq!(seen(&disk, &tree.at(&name)), Some(published.clone()));
        disk.remove(&tree.at(&name), &published).unwrap();
        assert_eq!(disk.observe(&tree.at(&name)).unwrap(), Presence::Absent);
    }
}

#[test]
fn missing_parents_are_made_the_missing_root_included_and_nothing_above_it() {
    for disk in disks() {
        let tree = Tree::new();
        let root = tree.real("prefix");
        let at = located(&root, b"a/b/x");
        assert_eq!(disk.observe(&at).unwrap(), Presence::NoParent);
        disk.make_parents(&at).unwrap();
        assert_eq!(disk.observe(&at).unwrap(), Presence::Absent);
        disk.make_parents(&at).unwrap();
        let too_high = located(&tree.real("no/prefix"), b"a/x");
        assert_eq!(errno(disk.make_parents(&too_high)), ENOENT);
        tree.file("prefix/f", b"");
        let through_file = located(&root, b"f/g/x");
        assert_eq!(errno(disk.make_parents(&through_file)), ENOTDIR);
        assert_eq!(disk.observe(&through_file).unwrap(), Presence::NoParent);
    }
}

#[test]
fn a_session_does_not_work_in_a_directory_that_was_removed() {
    for disk in disks() {
        let tree = Tree::new();
        tree.dir("d");
        let session = disk.session();
        let at = tree.at("d/x");
        assert_eq!(session.observe(&at).unwrap(), Presence::Absent);
        fs::remove_dir(tree.real("d")).unwrap();
        assert_eq!(session.observe(&at).unwrap(), Presence::NoParent);
        tree.dir("d");
        session
            .stage_file(&at, false)
            .unwrap()
            .finish(Look::default())
            .unwrap()
            .publish(None)
            .unwrap();
        assert_eq!(tree.names("d"), ["x"]);
    }
}

#[test]
fn a_session_forgets_a_directory_that_was_moved() {
    let tree = Tree::new();
    tree.dir("d");
    let session = Disk::new().session();
    assert_eq!(session.observe(&tree.at("d/x")).unwrap(), Presence::Absent);
    fs::rename(tree.real("d"), tree.real("e")).unwrap();
    session.forget();
    assert_eq!(session.observe(&tree.at("d/x")).unwrap(), Presence::NoParent);
}

#[test]
fn a_session_holds_few_directories_and_still_reaches_all() {
    let tree = Tree::new();
    let session = Disk::new().session();
    for round in 0..3 {
        for number in 0..20 {
            tree.dir(&format!("d{number}")).file(&format!("d{number}/x"), b"1");
            let presence = session.observe(&tree.at(&format!("d{number}/x"))).unwrap();
            assert!(matches!(presence, Presence::There(_)), "{round} {number}");
        }
    }
}

#[test]
fn the_root_of_the_file_system_can_be_looked_at_but_not_replaced() {
    let at = located("/".as_ref(), b"");
    for disk in disks() {
        let root = seen(&disk, &at).unwrap();
        assert_eq!(root, crate::fixture::independent("/".as_ref()));
        assert_eq!(errno(disk.stage_dir(&at, Look::default())), crate::fixture::EBUSY);
        let removed = disk.remove(&at, &root);
        assert!(matches!(removed, Err(PublishError::Disk(error)) if error.errno() == Some(16)));
        disk.make_parents(&at).unwrap();
    }
}
