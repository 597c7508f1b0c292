//! Directories that are to be read, and the way to open them.
use crate::resolve::open_directory;
use crate::scan::Context;
use csync3_core::path::{LocalPath, Located};
use rustix::fd::OwnedFd;
use rustix::fs::{Mode, OFlags, openat};
use rustix::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many directories are held open for their subdirectories; further ones are found by path.
const HANDLES: usize = 96;

const DIRECTORY: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// The root that a directory was found from.
#[derive(Debug)]
pub(super) struct Origin {
    /// Decoded, without a slash at its end: empty for `/`.
    pub(super) name: Box<[u8]>,
    pub(super) at: Located,
}

/// A directory that is to be read.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) origin: Arc<Origin>,
    /// Decoded name, without a slash at its end: empty for `/`.
    pub(super) name: Box<[u8]>,
    /// The directory that holds it, if that is still open.
    pub(super) parent: Option<Arc<Handle>>,
    /// Its place in the walk: the index of the step at each level.
    pub(super) key: Box<[u32]>,
}

impl Job {
    /// The path below the root of the origin.
    fn relative(&self) -> Vec<u8> {
        let below = &self.name[self.origin.name.len()..];
        let start = &self.origin.at.relative;
        match below {
            [b'/', below @ ..] if start.is_empty() => below.to_vec(),
            below => [start, below].concat(),
        }
    }

    pub(super) fn path(&self) -> LocalPath {
        self.origin.at.root.join(&self.relative())
    }

    fn last_component(&self) -> &[u8] {
        let start = self.name.iter().rposition(|&byte| byte == b'/').map_or(0, |at| at + 1);
        &self.name[start..]
    }

    /// Opens the directory relative to its parent, or by its path if that was closed.
    pub(super) fn open(&self, context: &Context) -> io::Result<OwnedFd> {
        if let Some(parent) = &self.parent {
            return openat(&parent.file, self.last_component(), DIRECTORY, Mode::empty());
        }
        let one_call = context.disk.resolves_in_one_call();
        let found = open_directory(&self.origin.at.root, &self.relative(), one_call)?.or_errno()?;
        openat(found, c".", DIRECTORY, Mode::empty())
    }
}

/// A directory that is kept open for its subdirectories, and counts as such.
#[derive(Debug)]
pub(super) struct Handle {
    file: OwnedFd,
    open: Arc<AtomicUsize>,
}

impl Handle {
    /// Keeps a directory open, unless there are enough already.
    pub(super) fn keep(file: OwnedFd, open: &Arc<AtomicUsize>) -> Option<Arc<Self>> {
        let before = open.fetch_add(1, Ordering::Relaxed);
        // Dropping it gives the count back, whether it is kept or not.
        let handle = Self { file, open: Arc::clone(open) };
        (before < HANDLES).then(|| Arc::new(handle))
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }
}
