//! Edits of a node's tree, by path relative to its root.
use crate::node::Node;
use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, utimensat};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

impl Node {
    /// The path of `rel` below the root of the tree.
    #[must_use]
    pub fn path(&self, rel: impl AsRef<Path>) -> PathBuf {
        self.root().join(rel)
    }

    /// csync2's name of `rel`: `%tree%/rel`.
    #[must_use]
    pub fn cluster_name(&self, rel: impl AsRef<Path>) -> String {
        match rel.as_ref().as_os_str().is_empty() {
            true => "%tree%".to_owned(),
            false => format!("%tree%/{}", rel.as_ref().display()),
        }
    }

    /// Writes a file, and the directories above it.
    ///
    /// # Panics
    /// When it cannot be written; so do all functions here when the tree does not let them.
    #[track_caller]
    pub fn write(&self, rel: impl AsRef<Path>, content: impl AsRef<[u8]>) {
        let path = self.with_parents(rel);
        fs::write(&path, content).unwrap_or_else(|error| panic!("write {path:?}: {error}"));
    }

    /// Rewrites a file and makes its time at least two seconds later than it was, so that csync2
    /// notices even an edit of the same length in the same second.
    #[track_caller]
    pub fn edit(&self, rel: impl AsRef<Path>, content: impl AsRef<[u8]>) {
        let before = self.mtime(rel.as_ref());
        self.write(rel.as_ref(), content);
        let after = self.mtime(rel.as_ref()).max(before + 2);
        self.set_mtime(rel, after);
    }

    /// The content of a file.
    #[track_caller]
    #[must_use]
    pub fn read(&self, rel: impl AsRef<Path>) -> Vec<u8> {
        let path = self.path(rel);
        fs::read(&path).unwrap_or_else(|error| panic!("read {path:?}: {error}"))
    }

    /// Makes a directory, and those above it.
    #[track_caller]
    pub fn mkdir(&self, rel: impl AsRef<Path>) {
        let path = self.path(rel);
        fs::create_dir_all(&path).unwrap_or_else(|error| panic!("mkdir {path:?}: {error}"));
    }

    /// Makes a symbolic link to `target`.
    #[track_caller]
    pub fn symlink(&self, target: impl AsRef<Path>, rel: impl AsRef<Path>) {
        let path = self.with_parents(rel);
        std::os::unix::fs::symlink(target, &path)
            .unwrap_or_else(|error| panic!("symlink {path:?}: {error}"));
    }

    /// Makes a named pipe with mode 0644.
    #[track_caller]
    pub fn mkfifo(&self, rel: impl AsRef<Path>) {
        let path = self.with_parents(rel);
        crate::mixed::make_node(&path, rustix::fs::FileType::Fifo, 0)
            .unwrap_or_else(|error| panic!("mkfifo {path:?}: {error}"));
    }

    /// Removes whatever is there, with everything below it.
    #[track_caller]
    pub fn remove(&self, rel: impl AsRef<Path>) {
        let path = self.path(rel);
        let is_dir = path.symlink_metadata().is_ok_and(|meta| meta.is_dir());
        let done = match is_dir {
            true => fs::remove_dir_all(&path),
            false => fs::remove_file(&path),
        };
        done.unwrap_or_else(|error| panic!("remove {path:?}: {error}"));
    }

    /// Renames within the tree.
    #[track_caller]
    pub fn rename(&self, from: impl AsRef<Path>, to: impl AsRef<Path>) {
        let (from, to) = (self.path(from), self.with_parents(to));
        fs::rename(&from, &to).unwrap_or_else(|error| panic!("rename {from:?}: {error}"));
    }

    /// Says whether anything is there, a dangling link included.
    #[must_use]
    pub fn exists(&self, rel: impl AsRef<Path>) -> bool {
        self.path(rel).symlink_metadata().is_ok()
    }

    /// Sets the permission bits.
    #[track_caller]
    pub fn chmod(&self, rel: impl AsRef<Path>, mode: u32) {
        let path = self.path(rel);
        fs::set_permissions(&path, fs::Permissions::from_mode(mode))
            .unwrap_or_else(|error| panic!("chmod {path:?}: {error}"));
    }

    /// The permission bits.
    #[track_caller]
    #[must_use]
    pub fn mode(&self, rel: impl AsRef<Path>) -> u32 {
        self.metadata(rel.as_ref()).mode() & 0o7777
    }

    /// The modification time in whole seconds since the epoch, links not followed.
    #[track_caller]
    #[must_use]
    pub fn mtime(&self, rel: impl AsRef<Path>) -> i64 {
        self.metadata(rel.as_ref()).mtime()
    }

    /// Sets the modification time in whole seconds since the epoch, links not followed.
    #[track_caller]
    pub fn set_mtime(&self, rel: impl AsRef<Path>, seconds: i64) {
        let path = self.path(rel);
        set_times(&path, seconds, 0).unwrap_or_else(|error| panic!("utime {path:?}: {error}"));
    }

    #[track_caller]
    fn metadata(&self, rel: &Path) -> fs::Metadata {
        let path = self.path(rel);
        path.symlink_metadata().unwrap_or_else(|error| panic!("stat {path:?}: {error}"))
    }

    #[track_caller]
    fn with_parents(&self, rel: impl AsRef<Path>) -> PathBuf {
        let path = self.path(rel);
        let parent = path.parent().expect("a path below the root has a parent");
        fs::create_dir_all(parent).unwrap_or_else(|error| panic!("mkdir {parent:?}: {error}"));
        path
    }
}

/// Sets access and modification time of anything, links not followed.
pub(crate) fn set_times(path: &Path, seconds: i64, nanos: u32) -> rustix::io::Result<()> {
    let time = Timespec { tv_sec: seconds, tv_nsec: i64::from(nanos) };
    let times = Timestamps { last_access: time, last_modification: time };
    utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW)
}
