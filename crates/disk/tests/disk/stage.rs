use crate::fixture::{
    EINVAL, ENOENT, Tree, an_owner, at_second, disks, errno, independent, is_root, look, put, seen,
};
use csync3_core::entry::{ContentHash, Kind};
use csync3_disk::{Device, Disk, Look, is_temporary};
use std::fs;
use std::os::unix::fs::PermissionsExt;

#[test]
fn a_new_file_appears_complete_with_its_metadata() {
    for disk in disks() {
        let tree = Tree::new();
        let (uid, gid) = an_owner();
        let mut staged = disk.stage_file(&tree.at("f"), false).unwrap();
        staged.write(b"hello ").unwrap();
        staged.write(b"world").unwrap();
        assert_eq!(staged.written(), 11);
        let look = Look {
            owner: Some((Some(uid), Some(gid))),
            permissions: Some(0o4755),
            mtime: Some(at_second(1_000)),
        };
        let staged = staged.finish(look).unwrap();
        assert_eq!(staged.hash(), Some(ContentHash(blake3::hash(b"hello world").into())));
        assert!(seen(&disk, &tree.at("f")).is_none());
        let mut foretold = staged.observed().clone();
        let published = staged.publish(None).unwrap();
        foretold.fingerprint.ctime = published.fingerprint.ctime;
        assert_eq!(foretold, published);
        assert_eq!(published, independent(&tree.real("f")));
        assert_eq!((published.uid, published.gid, published.permissions), (uid, gid, 0o4755));
        assert_eq!(published.fingerprint.mtime, at_second(1_000));
        assert_eq!(tree.read("f"), b"hello world");
        assert_eq!(tree.names(""), ["f"]);
    }
}

#[test]
fn every_other_type_appears_with_its_metadata() {
    for disk in disks() {
        let tree = Tree::new();
        let publish = |name: &str, staged: csync3_disk::Staged| {
            assert!(seen(&disk, &tree.at(name)).is_none());
            let published = staged.publish(None).unwrap();
            assert_eq!(published, independent(&tree.real(name)), "{name}");
            assert_eq!(published.fingerprint.mtime, at_second(77), "{name}");
            published
        };
        let look = look(0o751, 77);
        let dir = publish("d", disk.stage_dir(&tree.at("d"), look).unwrap());
        assert_eq!((dir.kind, dir.permissions), (Kind::Dir, 0o751));
        let fifo = publish("p", disk.stage_fifo(&tree.at("p"), look).unwrap());
        assert_eq!((fifo.kind, fifo.permissions), (Kind::Fifo, 0o751));
        let target = [b"t\xff\n".as_slice(), &[b'x'; 2_000]].concat();
        let link = publish("l", disk.stage_symlink(&tree.at("l"), &target, look).unwrap());
        assert_eq!(link.kind, Kind::Symlink { target });
        assert_eq!(tree.names(""), ["d", "l", "p"]);
    }
}

#[test]
fn a_device_has_the_number_that_was_asked_for() {
    let tree = Tree::new();
    let disk = Disk::new();
    let number = rustix::fs::makedev(1, 3);
    for (name, device) in [("c", Device::Char(number)), ("b", Device::Block(number))] {
        let staged = disk.stage_device(&tree.at(name), device, look(0o620, 5));
        if !is_root() {
            assert!(staged.unwrap_err().is_permission_denied());
            continue;
        }
        let published = staged.unwrap().publish(None).unwrap();
        let expected = match device {
            Device::Char(dev) => Kind::CharDevice { dev },
            Device::Block(dev) => Kind::BlockDevice { dev },
        };
        assert_eq!((published.kind, published.permissions), (expected, 0o620));
    }
}

#[test]
fn what_nobody_names_is_kept_from_an_object_of_the_same_type() {
    let tree = Tree::new();
    let disk = Disk::new();
    let (uid, gid) = an_owner();
    tree.file("f", b"old").dir("d");
    disk.set_owner(&tree.at("f"), Some(uid), Some(gid)).unwrap();
    let old = disk.set_mode(&tree.at("f"), 0o4711).unwrap();
    let stage = |name| disk.stage_file(&tree.at(name), false).unwrap();
    let new = stage("f").finish(Look::default()).unwrap().publish(Some(&old)).unwrap();
    assert_eq!((new.uid, new.gid, new.permissions), (uid, gid, 0o4711));
    fs::set_permissions(tree.real("d"), fs::Permissions::from_mode(0o777)).unwrap();
    let instead_of_dir = stage("d").finish(Look::default()).unwrap();
    assert_eq!(instead_of_dir.observed().permissions, 0o600);
    let fresh = disk.stage_dir(&tree.at("e"), Look::default()).unwrap();
    assert_eq!(fresh.observed().permissions, 0o700);
}

#[test]
fn a_delta_copies_from_the_file_that_it_replaces() {
    let tree = Tree::new();
    let disk = Disk::new();
    let old: Vec<u8> = (0..400_000u32).map(|n| n.to_le_bytes()[0]).collect();
    tree.file("f", &old);
    let mut staged = disk.stage_file(&tree.at("f"), true).unwrap();
    let expected = staged.replaces().cloned();
    // The basis is the old file, whoever replaces it meanwhile.
    fs::remove_file(tree.real("f")).unwrap();
    tree.file("f", b"interloper");
    staged.copy_from_basis(100, 300_000).unwrap();
    staged.write(b"literal").unwrap();
    staged.copy_from_basis(0, 0).unwrap();
    let beyond = staged.copy_from_basis(399_999, 2);
    assert_eq!(errno(beyond), EINVAL);
    let staged = staged.finish(look(0o600, 1)).unwrap();
    let refused = staged.publish(expected.as_ref());
    assert!(refused.is_err());
    assert_eq!(tree.read("f"), b"interloper");

    let session = disk.session();
    let basis = session.open(&tree.at("f")).unwrap();
    let mut staged = session.stage_file(&tree.at("f"), true).unwrap();
    assert_eq!(staged.basis().unwrap().observed(), basis.observed());
    staged.copy_from(&basis, 5, 5).unwrap();
    staged.copy_from_basis(0, 5).unwrap();
    let expected = Some(basis.observed());
    staged.finish(look(0o600, 1)).unwrap().publish(expected).unwrap();
    assert_eq!(tree.read("f"), b"loperinter");
}

#[test]
fn without_a_basis_nothing_can_be_copied() {
    let tree = Tree::new();
    tree.file("f", b"old").dir("d");
    let disk = Disk::new();
    for (name, keep) in [("f", false), ("d", true), ("new", true)] {
        let mut staged = disk.stage_file(&tree.at(name), keep).unwrap();
        assert_eq!(errno(staged.copy_from_basis(0, 1)), EINVAL, "{name}");
    }
}

#[test]
fn what_is_not_published_leaves_nothing() {
    let tree = Tree::new();
    tree.file("f", b"old");
    let disk = Disk::new();
    let at = tree.at("f");
    let mut file = disk.stage_file(&at, true).unwrap();
    file.write(b"half").unwrap();
    assert!(tree.names("").iter().any(|name| is_temporary(name.as_bytes())));
    drop(file);
    drop(disk.stage_file(&at, false).unwrap().finish(Look::default()).unwrap());
    drop(disk.stage_dir(&at, Look::default()).unwrap());
    drop(disk.stage_symlink(&at, b"t", Look::default()).unwrap());
    drop(disk.stage_fifo(&at, Look::default()).unwrap());
    assert_eq!(tree.names(""), ["f"]);
    assert_eq!(tree.read("f"), b"old");
}

#[test]
fn two_attempts_for_one_name_do_not_disturb_each_other() {
    let tree = Tree::new();
    let disk = Disk::new();
    let at = tree.at("f");
    let mut first = disk.stage_file(&at, false).unwrap();
    let mut second = disk.stage_file(&at, false).unwrap();
    let link = disk.stage_symlink(&at, b"target", Look::default()).unwrap();
    first.write(b"first").unwrap();
    second.write(b"second").unwrap();
    let one = first.finish(look(0o600, 1)).unwrap().publish(None).unwrap();
    assert!(second.finish(look(0o600, 1)).unwrap().publish(None).is_err());
    assert_eq!(tree.read("f"), b"first");
    link.publish(Some(&one)).unwrap();
    assert_eq!(tree.names(""), ["f"]);
    assert_eq!(fs::read_link(tree.real("f")).unwrap().to_str(), Some("target"));
}

#[test]
fn a_file_is_never_staged_elsewhere_than_in_its_directory() {
    let tree = Tree::new();
    for disk in disks() {
        assert_eq!(errno(disk.stage_file(&tree.at("no/f"), false)), ENOENT);
        assert_eq!(errno(disk.stage_dir(&tree.at("no/d"), Look::default())), ENOENT);
    }
    assert!(tree.names("").is_empty());
}

#[test]
fn the_longest_component_can_be_staged() {
    let tree = Tree::new();
    let name = "n".repeat(255);
    put(&Disk::new(), &tree.at(&name), b"x").unwrap();
    assert_eq!(tree.names(""), [name]);
}
