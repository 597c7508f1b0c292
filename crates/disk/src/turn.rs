//! One at a time puts objects in place in a directory.
//!
//! Between the look at an object and the rename that replaces it nobody else of csync3 may replace
//! it, in this process or another. An advisory lock of the parent directory says so. It is a courtesy,
//! not a proof: a foreign program may hold the lock, and some network file systems have none. Who
//! does not get it in time goes on without; the comparison at the rename still protects the object.
use crate::resolve::Place;
use crate::session::{DiskSession, directory_of};
use csync3_core::path::Located;
use rustix::fd::OwnedFd;
use rustix::fs::{FlockOperation, Mode, OFlags, flock, fstat, openat};
use rustix::io::{self, Errno};
use std::collections::HashSet;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long the directories of one turn are waited for, all together.
const PATIENCE: Duration = Duration::from_secs(2);

/// The pause between two attempts: a turn takes about as long as a transaction.
const PAUSE: Duration = Duration::from_micros(500);

/// Ends when it is dropped.
#[derive(Debug)]
#[must_use = "the turn ends when it is dropped"]
pub struct Turn {
    _locked: Vec<OwnedFd>,
}

/// A directory to be locked; the order of device and inode is the same for everybody, so two that
/// need the same directories never wait for each other.
struct Wanted {
    device: u64,
    inode: u64,
    /// Something in it.
    place: Place,
}

impl DiskSession {
    /// Waits for the turn to put these objects in place.
    ///
    /// Blocks for at most 2 s. A directory that is not there, cannot be opened or stays locked is left
    /// out.
    pub fn turn<'a>(&self, objects: impl IntoIterator<Item = &'a Located>) -> Turn {
        let mut seen = HashSet::new();
        let of_each = objects.into_iter().filter(|at| seen.insert(directory_of(at)));
        let mut wanted: Vec<_> = of_each.filter_map(|at| self.wanted(at)).collect();
        wanted.sort_unstable_by_key(|one| (one.device, one.inode));
        wanted.dedup_by_key(|one| (one.device, one.inode));
        let deadline = Instant::now() + PATIENCE;
        let opened = wanted.iter().filter_map(|one| one.place.open_directory().ok());
        Turn { _locked: opened.filter(|directory| lock(directory, deadline)).collect() }
    }

    fn wanted(&self, at: &Located) -> Option<Wanted> {
        let place = self.place(at).ok()?;
        let stat = fstat(place.directory()).ok()?;
        Some(Wanted { device: stat.st_dev, inode: stat.st_ino, place })
    }
}

impl Place {
    /// Opens the directory: the handle of a session only names it, which is not enough for a lock.
    pub(crate) fn open_directory(&self) -> io::Result<OwnedFd> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        openat(self.directory(), c".", flags, Mode::empty())
    }
}

/// Says whether the directory was locked in time.
fn lock(directory: &OwnedFd, deadline: Instant) -> bool {
    loop {
        match flock(directory, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return true,
            Err(Errno::INTR) => {}
            Err(Errno::WOULDBLOCK) if Instant::now() < deadline => sleep(PAUSE),
            Err(_) => return false,
        }
    }
}
