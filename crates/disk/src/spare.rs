//! Contents that stay at hand when their files lose their names.
//!
//! An open file keeps its content until it is closed. A program may have so many files open and no
//! more, so spares never take more than half of that.
use crate::disk::Disk;
use crate::error::DiskError;
use crate::session::DiskSession;
use crate::source::{Source, in_blocks, read_at};
use csync3_core::entry::{ContentHash, ContentHasher, Kind, Observed};
use csync3_core::path::Located;
use rustix::fs::fstatvfs;
use rustix::process::{Resource, getrlimit};
use std::fs::File;
use std::io;
use std::sync::atomic::Ordering;

/// The most spares of one [`Disk`], whatever the system allows.
const MOST: usize = 65_536;

/// The content of a regular file, whatever becomes of its name. The space that it takes is free again
/// once this is dropped.
#[derive(Debug)]
pub struct Spare {
    pub(crate) file: File,
    size: u64,
    disk: Disk,
}

impl Spare {
    /// Its length in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Its hash.
    ///
    /// # Errors
    /// The system's, if it cannot be read to its end.
    pub fn hash(&self) -> io::Result<ContentHash> {
        let mut hasher = ContentHasher::default();
        let fill = |buffer: &mut [u8], at| Ok(read_at(&self.file, buffer, at)?);
        in_blocks(0, self.size, fill, |block| {
            hasher.feed(block);
            Ok::<_, io::Error>(())
        })?;
        Ok(hasher.finish())
    }
}

impl Drop for Spare {
    fn drop(&mut self) {
        self.disk.spares().fetch_sub(1, Ordering::Relaxed);
    }
}

impl Source {
    /// Keeps the content; `None` if too many are kept already.
    #[must_use]
    pub fn into_spare(self) -> Option<Spare> {
        let (file, disk, observed) = self.into_parts();
        let Observed { kind: Kind::File { size }, .. } = observed else {
            return None;
        };
        let open_files = getrlimit(Resource::Nofile).current;
        let half = open_files.and_then(|most| usize::try_from(most / 2).ok());
        let most = half.unwrap_or(MOST).min(MOST);
        if disk.spares().fetch_add(1, Ordering::Relaxed) >= most {
            disk.spares().fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        Some(Spare { file, size, disk })
    }
}

impl DiskSession {
    /// How many bytes are free where an object is, or is to be.
    ///
    /// # Errors
    /// [`DiskError`]; `ENOENT` if its directory is missing.
    pub fn free(&self, at: &Located) -> Result<u64, DiskError> {
        let place = self.place(at)?;
        let stat = place.run("look at", || fstatvfs(place.directory()))?;
        Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
    }
}
