//! Regular files, open for reading.
use crate::disk::Disk;
use crate::error::DiskError;
use crate::observe::observed;
use crate::resolve::Place;
use crate::session::DiskSession;
use csync3_core::entry::{ContentHash, ContentHasher, Kind, Observed};
use csync3_core::path::{LocalPath, Located};
use rustix::fs::{FileType, Mode, OFlags, fstat, openat};
use rustix::io::Errno;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::{Mutex, PoisonError};

/// How much is read at once.
const BLOCK: usize = 128 * 1024;

/// A regular file that is open for reading, and what it looked like when it was opened.
#[derive(Debug)]
pub struct Source {
    file: File,
    place: Place,
    observed: Observed,
    stretches: Stretches,
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
        &self.place.path
    }

    /// Says whether size, mtime and ctime still are those of [`Self::observed`].
    ///
    /// `false` also when that cannot be told. Only the open file is looked at; removal of its name
    /// changes its ctime.
    #[must_use]
    pub fn still_same(&self) -> bool {
        fstat(&self.file).is_ok_and(|stat| observed(&stat, Vec::new()) == self.observed)
    }

    /// Reads at `offset`, wherever the reader is; the position is kept.
    ///
    /// # Errors
    /// As [`Read::read`].
    pub fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.file.read_at(buffer, offset)
    }

    /// The stretch at `offset`, up to `most` bytes of it; the position is lost.
    ///
    /// Where the file system does not tell everything is data, and so is what lies beyond the end.
    #[must_use]
    pub fn run_at(&self, offset: u64, most: u64) -> Run {
        self.stretches.run_at(&self.file, offset, most)
    }

    /// The hash of the content from the start, wherever the reader is; the position is kept.
    ///
    /// # Errors
    /// [`DiskError`] if the file cannot be read to its end.
    pub fn hash(&self) -> Result<ContentHash, DiskError> {
        let Kind::File { size } = self.observed.kind else {
            return Err(self.place.error("read", Errno::INVAL));
        };
        let mut hasher = ContentHasher::default();
        let mut buffer = vec![0; BLOCK.min(usize::try_from(size).unwrap_or(BLOCK) + 1)];
        let mut offset = 0;
        loop {
            let length = self.fill(&mut buffer, offset)?;
            if length == 0 {
                return Ok(hasher.finish());
            }
            hasher.feed(&buffer[..length]);
            offset += u64::try_from(length).expect("a buffer is shorter than 2^64");
        }
    }

    /// Says whether the content is exactly this one, wherever the reader is; the position is kept.
    ///
    /// # Errors
    /// [`DiskError`] if the file cannot be read.
    pub fn holds(&self, content: &[u8]) -> Result<bool, DiskError> {
        let mut buffer = vec![0; BLOCK.min(content.len() + 1)];
        let mut rest = content;
        let mut offset = 0;
        loop {
            let length = self.fill(&mut buffer, offset)?;
            let Some(behind) = rest.strip_prefix(&buffer[..length]) else {
                return Ok(false);
            };
            if length == 0 {
                return Ok(rest.is_empty());
            }
            rest = behind;
            offset += u64::try_from(length).expect("a buffer is shorter than 2^64");
        }
    }

    /// Reads once at `offset`, and reports failure with the path.
    pub(crate) fn fill(&self, buffer: &mut [u8], offset: u64) -> Result<usize, DiskError> {
        self.place.run("read", || read_at(&self.file, buffer, offset))
    }

    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    pub(crate) fn into_parts(self) -> (File, Disk, Observed) {
        (self.file, self.place.disk, self.observed)
    }
}

/// Reads once at `offset`.
pub(crate) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> rustix::io::Result<usize> {
    loop {
        match rustix::io::pread(file, &mut *buffer, offset) {
            Err(Errno::INTR) => {}
            done => return done,
        }
    }
}

/// A stretch of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Run {
    /// So many bytes that are stored.
    Data(u64),
    /// So many zero bytes that are not.
    Hole(u64),
}

/// Where the data and the holes of a file are, as far as it was looked at. Some file systems look at
/// every page up to the end of a stretch, so each stretch is asked for once.
#[derive(Debug, Default)]
pub(crate) struct Stretches {
    /// Begin and end of the last one, and whether it is a hole.
    last: Mutex<Option<(Range<u64>, bool)>>,
}

impl Stretches {
    /// The stretch at `offset`, up to `most` bytes of it. The position of the reader is lost.
    ///
    /// Where the file system does not tell everything is data, and so is what lies beyond the end.
    /// What has changed since a stretch was asked for is not noticed.
    pub(crate) fn run_at(&self, file: &File, offset: u64, most: u64) -> Run {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let known = last.take().filter(|(stretch, _)| stretch.contains(&offset));
        let (stretch, is_hole) = known.unwrap_or_else(|| stretch(file, offset));
        let length = most.min(stretch.end - offset);
        *last = Some((stretch, is_hole));
        if is_hole { Run::Hole(length) } else { Run::Data(length) }
    }
}

/// The whole stretch from `offset` on, and whether it is a hole.
fn stretch(file: &File, offset: u64) -> (Range<u64>, bool) {
    use rustix::fs::{SeekFrom, seek};
    let size = || fstat(file).ok().and_then(|stat| u64::try_from(stat.st_size).ok());
    let data_to_no_end = (offset..u64::MAX, false);
    match seek(file, SeekFrom::Data(offset)) {
        Ok(data) if data > offset => (offset..data, true),
        Ok(_) => match seek(file, SeekFrom::Hole(offset)) {
            Ok(end) if end > offset => (offset..end, false),
            _ => data_to_no_end,
        },
        Err(Errno::NXIO) => match size() {
            Some(size) if size > offset => (offset..size, true),
            _ => data_to_no_end,
        },
        Err(_) => data_to_no_end,
    }
}

/// Reads `length` bytes at `offset` in blocks; `false` if there are fewer.
pub(crate) fn in_blocks<E>(
    mut offset: u64,
    length: u64,
    fill: impl Fn(&mut [u8], u64) -> Result<usize, E>,
    mut take: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<bool, E> {
    let mut rest = length;
    let room = |rest: u64| usize::try_from(rest).unwrap_or(BLOCK).min(BLOCK);
    let mut buffer = vec![0; room(rest)];
    while rest > 0 {
        let read = fill(&mut buffer[..room(rest)], offset)?;
        if read == 0 {
            return Ok(false);
        }
        take(&buffer[..read])?;
        offset += read as u64;
        rest -= read as u64;
    }
    Ok(true)
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
        self.place(at)?.open()
    }
}

impl Place {
    /// Opens the regular file that is here.
    ///
    /// It is looked at first: opening a device or a fifo can have effects of its own.
    pub(crate) fn open(&self) -> Result<Source, DiskError> {
        let errno = match self.look()?.map(|seen| seen.kind) {
            Some(Kind::File { .. }) => return self.open_regular(),
            Some(Kind::Dir) => Errno::ISDIR,
            Some(Kind::Symlink { .. }) => Errno::LOOP,
            Some(_) => Errno::INVAL,
            None => Errno::NOENT,
        };
        Err(self.error("open", errno))
    }

    fn open_regular(&self) -> Result<Source, DiskError> {
        let flags =
            OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let (file, stat) = self.run("open", || {
            let file = openat(self.directory(), self.name(), flags, Mode::empty())?;
            let stat = fstat(&file)?;
            match FileType::from_raw_mode(stat.st_mode) {
                FileType::RegularFile => Ok((file, stat)),
                _ => Err(Errno::INVAL),
            }
        })?;
        Ok(Source {
            file: File::from(file),
            place: self.clone(),
            observed: observed(&stat, Vec::new()),
            stretches: Stretches::default(),
        })
    }
}
