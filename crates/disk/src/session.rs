//! A user of the disk that remembers the directories it works in.
use crate::disk::Disk;
use crate::error::DiskError;
use crate::resolve::{Place, Reached, open_parent, parent_of, require_plain};
use csync3_core::path::{LocalPath, Located};
use rustix::fd::OwnedFd;
use rustix::fs::fstat;
use std::cell::RefCell;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a handle stands for its path.
const TRUSTED: Duration = Duration::from_millis(200);

/// How many directories are held open.
const HELD: usize = 8;

/// All operations on single objects, with the last few parent directories held open.
///
/// A handle stands for its path for at most 200 ms, and no longer than the directory exists. Within
/// that time a directory that others move away is still worked in where it went. Sessions are
/// cheap to make; they are not shared between threads.
#[derive(Debug)]
pub struct DiskSession {
    disk: Disk,
    held: RefCell<Vec<Held>>,
}

/// One directory, and the way that led to it.
#[derive(Debug)]
struct Held {
    root: LocalPath,
    /// `None` is the directory that holds the root.
    parent: Option<Box<[u8]>>,
    directory: Arc<OwnedFd>,
    since: Instant,
}

impl Held {
    fn leads_to(&self, at: &Located) -> bool {
        (&self.root, self.parent.as_deref()) == directory_of(at)
    }

    /// A removed directory has no name left.
    fn is_alive(&self) -> bool {
        self.since.elapsed() < TRUSTED
            && fstat(&*self.directory).is_ok_and(|stat| stat.st_nlink > 0)
    }
}

/// What tells the directory of an object from others: the root, and the way below it. Without one it is
/// the directory that holds the root.
pub(crate) fn directory_of(at: &Located) -> (&LocalPath, Option<&[u8]>) {
    (&at.root, (!at.relative.is_empty()).then(|| parent_of(&at.relative)))
}

impl DiskSession {
    pub(crate) fn new(disk: Disk) -> Self {
        Self { disk, held: RefCell::default() }
    }

    /// The disk that this session works on.
    #[must_use]
    pub fn disk(&self) -> &Disk {
        &self.disk
    }

    /// Closes all remembered directories.
    pub fn forget(&self) {
        self.held.borrow_mut().clear();
    }

    /// Goes to the directory of an object.
    pub(crate) fn reach(&self, at: &Located) -> Result<Reached<Place>, DiskError> {
        let path = at.path();
        let reached = self.disk.run("reach", &path, || {
            if !at.relative.is_empty() {
                require_plain(&at.relative)?;
            }
            match self.recall(at) {
                Some(directory) => Ok(Reached::There(directory)),
                None => Ok(open_parent(at, self.disk.resolves_in_one_call())?
                    .map(|directory| self.remember(at, directory))),
            }
        })?;
        Ok(reached.map(|directory| Place { disk: self.disk.clone(), directory, path }))
    }

    /// As [`Self::reach`], for operations that need the directory.
    pub(crate) fn place(&self, at: &Located) -> Result<Place, DiskError> {
        self.reach(at)?.or_errno().map_err(|errno| DiskError::new("reach", at.path(), errno))
    }

    fn recall(&self, at: &Located) -> Option<Arc<OwnedFd>> {
        let mut held = self.held.borrow_mut();
        let found = held.iter().rposition(|one| one.leads_to(at))?;
        if held[found].is_alive() {
            return Some(Arc::clone(&held[found].directory));
        }
        held.remove(found);
        None
    }

    fn remember(&self, at: &Located, directory: OwnedFd) -> Arc<OwnedFd> {
        let directory = Arc::new(directory);
        let mut held = self.held.borrow_mut();
        if held.len() == HELD {
            held.remove(0);
        }
        held.push(Held {
            root: at.root.clone(),
            parent: directory_of(at).1.map(Into::into),
            directory: Arc::clone(&directory),
            since: Instant::now(),
        });
        directory
    }
}
