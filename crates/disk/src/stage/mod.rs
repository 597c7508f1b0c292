//! New objects, complete under a hidden name before they become visible.
use crate::attributes::Look;
use crate::error::{DiskError, PublishError};
use crate::session::DiskSession;
use crate::source::Source;
use csync3_core::entry::{ContentHash, Observed};
use csync3_core::path::Located;
use std::io;

/// The class and number (`st_rdev`) of a device node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Device {
    /// A character device.
    Char(u64),
    /// A block device.
    Block(u64),
}

/// A regular file in the making; dropping it removes what was written.
#[derive(Debug)]
pub struct StagedFile {
    at: Located,
}

/// A complete object under its hidden name; dropping it removes it.
#[derive(Debug)]
pub struct Staged {
    observed: Observed,
    hash: Option<ContentHash>,
}

impl StagedFile {
    /// Appends `bytes`; they are hashed on the way.
    ///
    /// # Errors
    /// [`DiskError`] of the write.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), DiskError> {
        todo!("{bytes:?}")
    }

    /// Appends `length` bytes at `offset` of the basis; they are hashed on the way.
    ///
    /// # Errors
    /// [`DiskError`] of the copy; `EINVAL` if there is no basis, or if it ends before that.
    pub fn copy_from_basis(&mut self, offset: u64, length: u64) -> Result<(), DiskError> {
        todo!("{offset} {length}")
    }

    /// Appends `length` bytes at `offset` of a file that is open already.
    ///
    /// # Errors
    /// As [`Self::copy_from_basis`].
    pub fn copy_from(&mut self, basis: &Source, offset: u64, length: u64) -> Result<(), DiskError> {
        todo!("{basis:?} {offset} {length}")
    }

    /// The regular file that was there when this one was begun, if it was to be kept open.
    #[must_use]
    pub fn basis(&self) -> Option<&Source> {
        todo!()
    }

    /// What was there when this file was begun.
    #[must_use]
    pub fn replaces(&self) -> Option<&Observed> {
        todo!()
    }

    /// How many bytes were written.
    #[must_use]
    pub fn written(&self) -> u64 {
        todo!()
    }

    /// Gives the file its metadata; it is then ready to be published.
    ///
    /// # Errors
    /// [`DiskError`] of the system calls.
    pub fn finish(self, look: Look) -> Result<Staged, DiskError> {
        todo!("{:?} {look:?}", self.at)
    }
}

impl io::Write for StagedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Self::write(self, bytes).map_err(|error| error.source)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Staged {
    /// The object as it will be once published, but for its ctime.
    #[must_use]
    pub fn observed(&self) -> &Observed {
        &self.observed
    }

    /// The hash of a regular file's content.
    #[must_use]
    pub fn hash(&self) -> Option<ContentHash> {
        self.hash
    }

    /// Makes the object visible if the target still is `expected` (`None`: nothing is there).
    ///
    /// Answers what is there then, with its final ctime. A file takes the place of any object but a
    /// directory that is not empty.
    ///
    /// # Errors
    /// [`PublishError::ChangedMeanwhile`] if the target is something else now.
    pub fn publish(self, expected: Option<&Observed>) -> Result<Observed, PublishError> {
        todo!("{expected:?}")
    }
}

impl DiskSession {
    /// Begins a regular file that will take the place of whatever is at `at`.
    ///
    /// With `keep_open_basis` the present regular file is held open for
    /// [`StagedFile::copy_from_basis`].
    ///
    /// # Errors
    /// [`DiskError`]; `ENOENT` if the directory is missing, `ELOOP` if a parent is a symlink.
    pub fn stage_file(&self, at: &Located, keep_open_basis: bool) -> Result<StagedFile, DiskError> {
        todo!("{at:?} {keep_open_basis}")
    }

    /// Makes a directory.
    ///
    /// # Errors
    /// As [`Self::stage_file`].
    pub fn stage_dir(&self, at: &Located, look: Look) -> Result<Staged, DiskError> {
        todo!("{at:?} {look:?}")
    }

    /// Makes a symlink to `target`.
    ///
    /// # Errors
    /// As [`Self::stage_file`].
    pub fn stage_symlink(
        &self,
        at: &Located,
        target: &[u8],
        look: Look,
    ) -> Result<Staged, DiskError> {
        todo!("{at:?} {target:?} {look:?}")
    }

    /// Makes a named pipe.
    ///
    /// # Errors
    /// As [`Self::stage_file`].
    pub fn stage_fifo(&self, at: &Located, look: Look) -> Result<Staged, DiskError> {
        todo!("{at:?} {look:?}")
    }

    /// Makes a device node.
    ///
    /// # Errors
    /// As [`Self::stage_file`].
    pub fn stage_device(
        &self,
        at: &Located,
        device: Device,
        look: Look,
    ) -> Result<Staged, DiskError> {
        todo!("{at:?} {device:?} {look:?}")
    }
}
