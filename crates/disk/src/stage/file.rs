//! Regular files in the making.
use crate::attributes::{Look, Wanted, times};
use crate::error::DiskError;
use crate::observe::observed;
use crate::session::DiskSession;
use crate::source::{Run, Source, Stretches, in_blocks, read_at};
use crate::spare::Spare;
use crate::stage::publish::Staged;
use crate::temporary::Guard;
use csync3_core::entry::{ContentHash, ContentHasher, Kind, Observed};
use csync3_core::path::Located;
use rustix::fd::{AsFd, BorrowedFd};
use rustix::fs::{
    Gid, Mode, SeekFrom, Stat, Uid, fchmod, fchown, fstat, ftruncate, futimens, ioctl_ficlone, seek,
};
use rustix::io::Errno;
use std::io;

/// A regular file in the making; dropping it removes what was written.
#[derive(Debug)]
pub struct StagedFile {
    guard: Guard,
    /// Some 2 KiB, so not held in place.
    hasher: Box<ContentHasher>,
    written: u64,
    /// The last bytes are a hole, which the file system has not heard of.
    ends_in_hole: bool,
    replaces: Option<Observed>,
    basis: Option<Source>,
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
        let place = self.place(at)?.entry()?;
        let replaces = place.look()?;
        let is_file = |seen: &Observed| matches!(seen.kind, Kind::File { .. });
        let basis = if keep_open_basis && replaces.as_ref().is_some_and(is_file) {
            Some(place.open()?)
        } else {
            None
        };
        Ok(StagedFile {
            guard: Guard::take(place)?,
            hasher: Box::default(),
            written: 0,
            ends_in_hole: false,
            replaces,
            basis,
        })
    }
}

impl StagedFile {
    /// Appends `bytes`; they are hashed on the way.
    ///
    /// # Errors
    /// [`DiskError`] of the write.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), DiskError> {
        let file = self.guard.file.as_fd();
        self.guard.place.run("write", || write_all(file, bytes))?;
        self.hasher.feed(bytes);
        self.written += bytes.len() as u64;
        self.ends_in_hole &= bytes.is_empty();
        Ok(())
    }

    /// Appends `length` zero bytes that take no space; they are hashed on the way.
    ///
    /// # Errors
    /// [`DiskError`] if no file can be as long.
    pub fn write_zeros(&mut self, length: u64) -> Result<(), DiskError> {
        let file = self.guard.file.as_fd();
        let ahead = i64::try_from(length);
        let ahead = ahead.map_err(|_| self.guard.place.error("write", Errno::FBIG))?;
        self.guard.place.run("write", || seek(file, SeekFrom::Current(ahead)))?;
        self.hasher.feed_zeros(length);
        self.written += length;
        self.ends_in_hole |= length > 0;
        Ok(())
    }

    /// Appends `length` bytes at `offset` of the basis; they are hashed on the way.
    ///
    /// # Errors
    /// [`DiskError`] of the copy; `EINVAL` if there is no basis, or if it ends before that.
    pub fn copy_from_basis(&mut self, offset: u64, length: u64) -> Result<(), DiskError> {
        let basis =
            self.basis.take().ok_or_else(|| self.guard.place.error("read", Errno::INVAL))?;
        let copied = self.copy_from(&basis, offset, length);
        self.basis = Some(basis);
        copied
    }

    /// Appends `length` bytes at `offset` of a file that is open already.
    ///
    /// # Errors
    /// As [`Self::copy_from_basis`].
    pub fn copy_from(&mut self, basis: &Source, offset: u64, length: u64) -> Result<(), DiskError> {
        let run = |at, most| basis.run_at(at, most);
        self.copy(offset, length, run, |buffer, at| basis.fill(buffer, at))
    }

    /// Appends all of a content that was kept; it is hashed on the way. Where the file system can, the
    /// content is shared and only read.
    ///
    /// # Errors
    /// [`DiskError`] of the copy; `EINVAL` if the content has become shorter.
    pub fn copy_spare(&mut self, spare: &Spare) -> Result<(), DiskError> {
        let place = self.guard.place.clone();
        let fill = |buffer: &mut [u8], at| place.run("read", || read_at(&spare.file, buffer, at));
        if self.written > 0 || ioctl_ficlone(&self.guard.file, &spare.file).is_err() {
            let stretches = Stretches::default();
            let run = |at, most| stretches.run_at(&spare.file, at, most);
            return self.copy(0, spare.size(), run, fill);
        }
        let hasher = &mut self.hasher;
        in_blocks(0, spare.size(), fill, |block| {
            hasher.feed(block);
            Ok(())
        })?
        .then_some(())
        .ok_or_else(|| place.error("read", Errno::INVAL))?;
        self.written = spare.size();
        Ok(())
    }

    /// Copies a part of a file, which `fill` reads: what `run` says is a hole there becomes one here.
    fn copy(
        &mut self,
        mut offset: u64,
        length: u64,
        run: impl Fn(u64, u64) -> Run,
        fill: impl Fn(&mut [u8], u64) -> Result<usize, DiskError>,
    ) -> Result<(), DiskError> {
        let mut rest = length;
        while rest > 0 {
            let run = run(offset, rest);
            let (Run::Data(copied) | Run::Hole(copied)) = run;
            match run {
                Run::Hole(length) => self.write_zeros(length)?,
                Run::Data(length) => {
                    if !in_blocks(offset, length, &fill, |block| self.write(block))? {
                        return Err(self.guard.place.error("read", Errno::INVAL));
                    }
                }
            }
            (offset, rest) = (offset + copied, rest - copied);
        }
        Ok(())
    }

    /// From now on a part stays behind if this file does not come to its end.
    pub fn keep_part(&mut self) {
        self.guard.keep_part(true);
    }

    /// Removes what was written, also if a part was to stay behind.
    pub fn discard(mut self) {
        self.guard.keep_part(false);
    }

    /// Takes another file for [`Self::copy_from_basis`].
    pub fn set_basis(&mut self, basis: Source) {
        self.basis = Some(basis);
    }

    /// The regular file that was there when this one was begun, if it was to be kept open.
    #[must_use]
    pub fn basis(&self) -> Option<&Source> {
        self.basis.as_ref()
    }

    /// What was there when this file was begun.
    #[must_use]
    pub fn replaces(&self) -> Option<&Observed> {
        self.replaces.as_ref()
    }

    /// How many bytes were written.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.written
    }

    /// The hash of what was written so far.
    #[must_use]
    pub fn hash(&self) -> ContentHash {
        self.hasher.finish()
    }

    /// Gives the file its metadata; it is then ready to be published.
    ///
    /// # Errors
    /// [`DiskError`] of the system calls.
    pub fn finish(mut self, look: Look) -> Result<Staged, DiskError> {
        self.guard.keep_part(false);
        if self.ends_in_hole {
            let file = &self.guard.file;
            self.guard.place.run("write", || ftruncate(file, self.written))?;
        }
        let hash = self.hash();
        let kind = Kind::File { size: self.written };
        let wanted = Wanted::resolve(look, &kind, self.replaces.as_ref());
        let stat = dress(&self.guard, wanted)?;
        // A write that failed in part is not undone, and its caller may not have given up.
        if u64::try_from(stat.st_size) != Ok(self.written) {
            return Err(self.guard.place.error("write", Errno::IO));
        }
        Ok(Staged::new(self.guard, observed(&stat, Vec::new()), Some(hash)))
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

fn write_all(file: BorrowedFd<'_>, mut bytes: &[u8]) -> rustix::io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::write(file, bytes) {
            Ok(0) => return Err(Errno::IO),
            Ok(written) => bytes = &bytes[written..],
            Err(Errno::INTR) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Sets owner, then mode (which a change of owner may alter), then time.
pub(crate) fn dress(guard: &Guard, mut wanted: Wanted) -> Result<Stat, DiskError> {
    let place = &guard.place;
    let file = &guard.file;
    if let Some((uid, gid)) = wanted.owner_unless(guard.made.st_uid, guard.made.st_gid) {
        let (uid, gid) = (uid.map(Uid::from_raw), gid.map(Gid::from_raw));
        place
            .run("set the owner of", || fchown(file, uid, gid))
            .or_else(|error| wanted.forgive(error))?;
    }
    if let Some(permissions) = wanted.permissions
        && permissions != guard.made.st_mode & 0o7777
    {
        let mode = Mode::from_raw_mode(permissions);
        place.run("set the mode of", || fchmod(file, mode))?;
    }
    if let Some(mtime) = wanted.mtime {
        place.run("set the time of", || futimens(file, &times(mtime)))?;
    }
    place.run("look at", || fstat(file))
}
