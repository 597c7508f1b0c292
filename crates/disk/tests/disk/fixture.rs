//! A tree in a temporary directory, and ways to look at it that do not go through the crate.
use csync3_core::entry::{Kind, Observed, Timestamp};
use csync3_core::path::{LocalPath, Located};
use csync3_disk::{Disk, DiskError, Look, Presence, PublishError};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A root of its own; names are relative to it.
pub(crate) struct Tree {
    directory: TempDir,
}

impl Tree {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("root")).unwrap();
        Self { directory }
    }

    /// The root.
    pub(crate) fn path(&self) -> PathBuf {
        self.directory.path().join("root")
    }

    /// A path beside the root, where nothing may ever be written.
    pub(crate) fn outside(&self) -> PathBuf {
        self.directory.path().join("outside")
    }

    pub(crate) fn real(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub(crate) fn at(&self, name: &str) -> Located {
        located(&self.path(), name.as_bytes())
    }

    pub(crate) fn dir(&self, name: &str) -> &Self {
        fs::create_dir_all(self.real(name)).unwrap();
        self
    }

    pub(crate) fn file(&self, name: &str, content: &[u8]) -> &Self {
        fs::write(self.real(name), content).unwrap();
        self
    }

    pub(crate) fn link(&self, name: &str, target: impl AsRef<Path>) -> &Self {
        std::os::unix::fs::symlink(target, self.real(name)).unwrap();
        self
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.real(name)).unwrap()
    }

    /// What is at a name, which must be something.
    pub(crate) fn seen(&self, name: &str) -> Observed {
        seen(&Disk::new(), &self.at(name)).unwrap()
    }

    /// All names below a directory, hidden ones too, in order.
    pub(crate) fn names(&self, below: &str) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(self.real(below))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

pub(crate) fn local(path: &Path) -> LocalPath {
    LocalPath::new(path.as_os_str().as_bytes())
}

pub(crate) fn located(root: &Path, relative: &[u8]) -> Located {
    Located { root: local(root), relative: relative.into() }
}

/// Both ways to resolve a path.
pub(crate) fn disks() -> [Disk; 2] {
    [Disk::new(), Disk::without_openat2()]
}

pub(crate) fn seen(disk: &Disk, at: &Located) -> Option<Observed> {
    match disk.observe(at).unwrap() {
        Presence::There(seen) => Some(seen),
        _ => None,
    }
}

/// Puts a file of this content in the place of whatever is there.
pub(crate) fn put(disk: &Disk, at: &Located, content: &[u8]) -> Result<Observed, PublishError> {
    let session = disk.session();
    let expected = session.observe(at)?.observed();
    let mut staged = session.stage_file(at, false)?;
    staged.write(content)?;
    staged.finish(look(0o640, 1_000))?.publish(expected.as_ref())
}

/// A mode and a time, whatever the owner.
pub(crate) fn look(permissions: u32, seconds: i64) -> Look {
    Look { owner: None, permissions: Some(permissions), mtime: Some(at_second(seconds)) }
}

pub(crate) fn at_second(seconds: i64) -> Timestamp {
    Timestamp { seconds, nanos: 42 }
}

/// What the standard library tells of an object, for comparison.
pub(crate) fn independent(path: &Path) -> Observed {
    use std::os::unix::fs::FileTypeExt;
    let meta = fs::symlink_metadata(path).unwrap();
    let kind = match meta.file_type() {
        kind if kind.is_dir() => Kind::Dir,
        kind if kind.is_symlink() => {
            Kind::Symlink { target: fs::read_link(path).unwrap().as_os_str().as_bytes().to_vec() }
        }
        kind if kind.is_fifo() => Kind::Fifo,
        kind if kind.is_socket() => Kind::Socket,
        kind if kind.is_char_device() => Kind::CharDevice { dev: meta.rdev() },
        kind if kind.is_block_device() => Kind::BlockDevice { dev: meta.rdev() },
        _ => Kind::File { size: meta.len() },
    };
    let time = |seconds, nanos: i64| Timestamp { seconds, nanos: u32::try_from(nanos).unwrap() };
    Observed {
        kind,
        permissions: meta.mode() & 0o7777,
        uid: meta.uid(),
        gid: meta.gid(),
        fingerprint: csync3_core::entry::Fingerprint {
            mtime: time(meta.mtime(), meta.mtime_nsec()),
            ctime: time(meta.ctime(), meta.ctime_nsec()),
            inode: meta.ino(),
        },
    }
}

/// The error number of a refusal.
pub(crate) fn errno<T: std::fmt::Debug>(refused: Result<T, DiskError>) -> i32 {
    refused.unwrap_err().errno().unwrap()
}

pub(crate) const ENOENT: i32 = 2;
pub(crate) const EIO: i32 = 5;
pub(crate) const EBUSY: i32 = 16;
pub(crate) const ENOTDIR: i32 = 20;
pub(crate) const EISDIR: i32 = 21;
pub(crate) const EINVAL: i32 = 22;
pub(crate) const ENOSPC: i32 = 28;
pub(crate) const ELOOP: i32 = 40;

pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// An owner that this process may give to a file, other than its own if it may.
pub(crate) fn an_owner() -> (u32, u32) {
    if is_root() {
        (1234, 5678)
    } else {
        (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw())
    }
}
