use crate::fixture::{Tree, an_owner, disks, independent, local, look, put};
use csync3_core::entry::Kind;
use csync3_core::path::LocalPath;
use csync3_disk::Disk;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

/// A tree and the place where its backups go.
struct Kept {
    tree: Tree,
}

impl Kept {
    fn new() -> Self {
        Self { tree: Tree::new() }
    }

    fn directory(&self) -> LocalPath {
        local(&self.tree.outside())
    }

    /// Where the newest copy of a name is.
    fn copy(&self, name: &str) -> PathBuf {
        let real = self.tree.real(name);
        self.tree.outside().join(real.strip_prefix("/").unwrap())
    }

    fn read(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.copy(name)).ok()
    }

    /// Backs a name up, with three generations.
    fn back_up(&self, disk: &Disk, name: &str) {
        disk.backup(&self.tree.at(name), &self.directory(), 3).unwrap();
    }
}

#[test]
fn generations_move_up_and_the_newest_has_the_plain_name() {
    for disk in disks() {
        let kept = Kept::new();
        kept.tree.dir("d");
        for content in ["one", "two", "three", "four"] {
            put(&disk, &kept.tree.at("d/x"), content.as_bytes()).unwrap();
            kept.back_up(&disk, "d/x");
        }
        assert_eq!(kept.read("d/x").as_deref(), Some("four"));
        assert_eq!(kept.read("d/x.1").as_deref(), Some("three"));
        assert_eq!(kept.read("d/x.2").as_deref(), Some("two"));
        assert_eq!(fs::read_dir(kept.copy("d")).unwrap().count(), 3);
        assert_eq!(kept.tree.read("d/x"), b"four");
    }
}

#[test]
fn one_generation_is_the_last_state_and_none_is_nothing() {
    let kept = Kept::new();
    let disk = Disk::new();
    let at = kept.tree.at("x");
    put(&disk, &at, b"zero").unwrap();
    disk.backup(&at, &kept.directory(), 0).unwrap();
    assert!(!kept.tree.outside().exists());
    for content in ["one", "two"] {
        put(&disk, &at, content.as_bytes()).unwrap();
        disk.backup(&at, &kept.directory(), 1).unwrap();
    }
    assert_eq!(kept.read("x").as_deref(), Some("two"));
    assert_eq!(kept.read("x.1"), None);
}

#[test]
fn a_copy_has_owner_mode_and_time_and_so_have_its_directories() {
    let kept = Kept::new();
    let disk = Disk::new();
    let (uid, gid) = an_owner();
    kept.tree.dir("a/b");
    put(&disk, &kept.tree.at("a/b/x"), b"content").unwrap();
    for name in ["a", "a/b", "a/b/x"] {
        disk.set_owner(&kept.tree.at(name), Some(uid), Some(gid)).unwrap();
    }
    disk.set_mode(&kept.tree.at("a/b"), 0o2751).unwrap();
    disk.set_mode(&kept.tree.at("a/b/x"), 0o4711).unwrap();
    kept.back_up(&disk, "a/b/x");
    for name in ["a", "a/b", "a/b/x"] {
        let (copy, original) = (independent(&kept.copy(name)), independent(&kept.tree.real(name)));
        assert_eq!(copy.permissions, original.permissions, "{name}");
        assert_eq!((copy.uid, copy.gid), (original.uid, original.gid), "{name}");
    }
    let mtime = |path: PathBuf| independent(&path).fingerprint.mtime;
    assert_eq!(mtime(kept.copy("a/b/x")), mtime(kept.tree.real("a/b/x")));
    let top = independent(&kept.tree.outside());
    assert_eq!(top.permissions, 0o700);
}

#[test]
fn what_is_no_file_is_kept_as_what_it_is_without_blocking() {
    for disk in disks() {
        let kept = Kept::new();
        kept.tree.dir("d").link("l", "/etc/passwd");
        disk.stage_fifo(&kept.tree.at("p"), look(0o620, 9)).unwrap().publish(None).unwrap();
        for name in ["d", "l", "p", "missing", "no/missing"] {
            kept.back_up(&disk, name);
        }
        let link = independent(&kept.copy("l"));
        assert_eq!(link.kind, Kind::Symlink { target: b"/etc/passwd".to_vec() });
        let fifo = independent(&kept.copy("p"));
        assert_eq!((fifo.kind, fifo.permissions), (Kind::Fifo, 0o620));
        assert!(!kept.copy("d").exists() && !kept.copy("missing").exists());
        assert_eq!(fs::read_dir(kept.copy("")).unwrap().count(), 2);
    }
}

#[test]
fn a_gap_is_filled_before_anything_is_dropped() {
    let kept = Kept::new();
    let disk = Disk::new();
    for content in ["one", "two", "three"] {
        put(&disk, &kept.tree.at("x"), content.as_bytes()).unwrap();
        kept.back_up(&disk, "x");
    }
    fs::remove_file(kept.copy("x.1")).unwrap();
    put(&disk, &kept.tree.at("x"), b"four").unwrap();
    kept.back_up(&disk, "x");
    let kept_now = ["x", "x.1", "x.2"].map(|name| kept.read(name).unwrap());
    assert_eq!(kept_now, ["four", "three", "one"]);
}

#[test]
fn files_and_directories_may_change_places() {
    let kept = Kept::new();
    let disk = Disk::new();
    put(&disk, &kept.tree.at("x"), b"file").unwrap();
    kept.back_up(&disk, "x");
    fs::remove_file(kept.tree.real("x")).unwrap();
    kept.tree.dir("x").file("x/inner", b"inner");
    kept.back_up(&disk, "x/inner");
    assert_eq!(kept.read("x/inner").as_deref(), Some("inner"));
    assert_eq!(kept.read("x.1").as_deref(), Some("file"));
    fs::remove_dir_all(kept.tree.real("x")).unwrap();
    for content in ["a", "b", "c"] {
        put(&disk, &kept.tree.at("x"), content.as_bytes()).unwrap();
        kept.back_up(&disk, "x");
    }
    let kept_now = ["x", "x.1", "x.2"].map(|name| kept.read(name).unwrap());
    assert_eq!(kept_now, ["c", "b", "a"]);
}

#[test]
fn an_unusable_directory_is_an_error() {
    let kept = Kept::new();
    let disk = Disk::new();
    put(&disk, &kept.tree.at("x"), b"content").unwrap();
    fs::write(kept.tree.outside(), "a file").unwrap();
    let refused = disk.backup(&kept.tree.at("x"), &kept.directory(), 3).unwrap_err();
    assert_eq!(refused.reply_text(), "Not a directory");
    assert_eq!(kept.tree.read("x"), b"content");
}

#[test]
fn the_directory_may_be_a_symlink_but_nothing_below_it_is_followed() {
    let kept = Kept::new();
    let disk = Disk::new();
    let (real, elsewhere) = (kept.tree.real("real"), kept.tree.real("elsewhere"));
    kept.tree.dir("real").dir("elsewhere").dir("d");
    std::os::unix::fs::symlink(&real, kept.tree.outside()).unwrap();
    put(&disk, &kept.tree.at("d/x"), b"content").unwrap();
    let shelf = kept.copy("d");
    fs::create_dir_all(shelf.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &shelf).unwrap();
    kept.back_up(&disk, "d/x");
    assert_eq!(kept.read("d/x").as_deref(), Some("content"));
    assert!(fs::symlink_metadata(&shelf).unwrap().is_dir());
    assert_eq!(fs::read_dir(elsewhere).unwrap().count(), 0);
}

#[test]
fn a_name_too_long_for_a_number_keeps_one_generation() {
    let kept = Kept::new();
    let disk = Disk::new();
    let name = "n".repeat(254);
    for content in ["one", "two"] {
        put(&disk, &kept.tree.at(&name), content.as_bytes()).unwrap();
        kept.back_up(&disk, &name);
    }
    assert_eq!(kept.read(&name).as_deref(), Some("two"));
}

#[test]
fn a_mode_that_forbids_reading_is_kept() {
    let kept = Kept::new();
    kept.tree.file("x", b"secret");
    fs::set_permissions(kept.tree.real("x"), fs::Permissions::from_mode(0o400)).unwrap();
    kept.back_up(&Disk::new(), "x");
    assert_eq!(independent(&kept.copy("x")).permissions, 0o400);
}
