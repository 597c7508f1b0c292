use crate::fixture::{ELOOP, Tree, an_owner, at_second, disks, errno, independent};
use csync3_disk::Look;
use std::fs;

#[test]
fn owner_mode_and_time_are_set_on_every_type() {
    for disk in disks() {
        let tree = Tree::new();
        tree.dir("dir").file("file", b"1");
        disk.stage_fifo(&tree.at("fifo"), Look::default()).unwrap().publish(None).unwrap();
        let (uid, gid) = an_owner();
        for name in ["dir", "file", "fifo"] {
            let at = tree.at(name);
            disk.set_owner(&at, Some(uid), None).unwrap();
            disk.set_owner(&at, None, Some(gid)).unwrap();
            disk.set_mode(&at, 0o1751).unwrap();
            let seen = disk.set_times(&at, at_second(-7)).unwrap();
            assert_eq!(seen, independent(&tree.real(name)), "{name}");
            assert_eq!((seen.uid, seen.gid, seen.permissions), (uid, gid, 0o1751), "{name}");
            assert_eq!(seen.fingerprint.mtime, at_second(-7), "{name}");
        }
    }
}

#[test]
fn a_final_symlink_is_never_followed() {
    for disk in disks() {
        let tree = Tree::new();
        fs::write(tree.outside(), "secret").unwrap();
        let before = independent(&tree.outside());
        tree.link("link", tree.outside());
        let at = tree.at("link");
        let (uid, gid) = an_owner();
        assert_eq!(errno(disk.set_mode(&at, 0o777)), ELOOP);
        disk.set_owner(&at, Some(uid), Some(gid)).unwrap();
        let link = disk.set_times(&at, at_second(9)).unwrap();
        assert_eq!((link.uid, link.gid, link.fingerprint.mtime), (uid, gid, at_second(9)));
        assert_eq!(independent(&tree.outside()), before);
    }
}

#[test]
fn setting_what_is_missing_says_so() {
    let tree = Tree::new();
    for disk in disks() {
        for name in ["none", "no/none"] {
            let refused = disk.set_mode(&tree.at(name), 0o600).unwrap_err();
            assert!(refused.is_not_found(), "{refused:?}");
            assert_eq!(refused.reply_text(), "No such file or directory");
            assert!(disk.set_owner(&tree.at(name), Some(1), None).unwrap_err().is_not_found());
            assert!(disk.set_times(&tree.at(name), at_second(1)).unwrap_err().is_not_found());
        }
    }
}
