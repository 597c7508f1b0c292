//! Regular files, open for reading.
use crate::error::DiskError;
use crate::session::DiskSession;
use csync3_core::entry::{ContentHash, Observed};
use csync3_core::path::{LocalPath, Located};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;

/// A regular file that is open for reading, and what it looked like when it was opened.
#[derive(Debug)]
pub struct Source {
    file: File,
    path: LocalPath,
    observed: Observed,
}

impl Source {
    /// What the file looked like when it was opened.
    #[must_use]
    pub fn observed(&self) -> &Observed {
        &self.observed
    }

    /// Its real path.
    #[must_use]
    pub fn path(&self) -> &LocalPath {
        &self.path
    }

    /// Says whether size, mtime and ctime still are those of [`Self::observed`].
    ///
    /// `false` also when that cannot be told. A file that was replaced since is still the same:
    /// this is the old one, read to its end.
    #[must_use]
    pub fn still_same(&self) -> bool {
        todo!()
    }

    /// Reads at `offset`, wherever the reader is; the position is kept.
    ///
    /// # Errors
    /// As [`Read::read`].
    pub fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.file.read_at(buffer, offset)
    }

    /// The hash of the content from the start, wherever the reader is; the position is kept.
    ///
    /// # Errors
    /// [`DiskError`] if the file cannot be read to its end.
    pub fn hash(&self) -> Result<ContentHash, DiskError> {
        todo!()
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read(buffer)
    }
}

impl Seek for Source {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

impl DiskSession {
    /// Opens a regular file for reading; never blocks, never follows a symlink.
    ///
    /// # Errors
    /// [`DiskError`]; `ELOOP` for a symlink, `EISDIR` for a directory and `EINVAL` for anything else
    /// that is not a regular file.
    pub fn open(&self, at: &Located) -> Result<Source, DiskError> {
        todo!("{at:?}")
    }
}
