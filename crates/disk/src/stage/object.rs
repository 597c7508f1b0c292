//! Directories, symlinks, fifos and device nodes in the making.
use crate::attributes::{Look, Wanted, chmod, chown, set_mtime};
use crate::error::DiskError;
use crate::observe::look;
use crate::session::DiskSession;
use crate::stage::publish::Staged;
use crate::temporary::Guard;
use csync3_core::entry::{Kind, Observed};
use csync3_core::path::Located;
use rustix::fd::BorrowedFd;
use rustix::fs::{FileType, Mode, mkdirat, mknodat, symlinkat};
use rustix::io::{self, Errno};

/// The class and number (`st_rdev`) of a device node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Device {
    /// A character device.
    Char(u64),
    /// A block device.
    Block(u64),
}

impl DiskSession {
    /// Makes a directory.
    ///
    /// # Errors
    /// As [`Self::stage_file`].
    pub fn stage_dir(&self, at: &Located, look: Look) -> Result<Staged, DiskError> {
        self.stage_object(at, &Kind::Dir, look)
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
        let target = target.to_vec();
        self.stage_object(at, &Kind::Symlink { target }, look)
    }

    /// Makes a named pipe.
    ///
    /// # Errors
    /// As [`Self::stage_file`].
    pub fn stage_fifo(&self, at: &Located, look: Look) -> Result<Staged, DiskError> {
        self.stage_object(at, &Kind::Fifo, look)
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
        let kind = match device {
            Device::Char(dev) => Kind::CharDevice { dev },
            Device::Block(dev) => Kind::BlockDevice { dev },
        };
        self.stage_object(at, &kind, look)
    }

    fn stage_object(&self, at: &Located, kind: &Kind, look: Look) -> Result<Staged, DiskError> {
        let place = self.place(at)?.entry()?;
        let replaced = place.look()?;
        let wanted = Wanted::resolve(look, kind, replaced.as_ref());
        let mut guard = Guard::take(place)?;
        guard.make_object(|directory, name| make(directory, name, kind))?;
        let observed = dress(&guard, wanted)?;
        Ok(Staged::new(guard, observed, None))
    }
}

/// Makes an object that is no regular file, for this user alone.
pub(crate) fn make(directory: BorrowedFd<'_>, name: &[u8], kind: &Kind) -> io::Result<()> {
    let private = Mode::RUSR | Mode::WUSR;
    match kind {
        Kind::Dir => mkdirat(directory, name, private | Mode::XUSR),
        Kind::Symlink { target } => symlinkat(target.as_slice(), directory, name),
        Kind::Fifo => mknodat(directory, name, FileType::Fifo, private, 0),
        Kind::CharDevice { dev } => {
            mknodat(directory, name, FileType::CharacterDevice, private, *dev)
        }
        Kind::BlockDevice { dev } => mknodat(directory, name, FileType::BlockDevice, private, *dev),
        Kind::File { .. } | Kind::Socket => Err(Errno::OPNOTSUPP),
    }
}

/// Sets owner, then mode (which a change of owner may alter), then time.
pub(crate) fn dress(guard: &Guard, mut wanted: Wanted) -> Result<Observed, DiskError> {
    let place = &guard.place;
    let (directory, name) = (place.directory(), guard.hidden());
    let made = place.run("look at", || look(directory, name))?;
    if let Some((uid, gid)) = wanted.owner_unless(made.uid, made.gid) {
        place
            .run("set the owner of", || chown(directory, name, uid, gid))
            .or_else(|error| wanted.forgive(error))?;
    }
    if let Some(permissions) = wanted.permissions
        && permissions != made.permissions
        && !matches!(made.kind, Kind::Symlink { .. })
    {
        place.run("set the mode of", || chmod(directory, name, permissions))?;
    }
    if let Some(mtime) = wanted.mtime {
        place.run("set the time of", || set_mtime(directory, name, mtime))?;
    }
    place.run("look at", || look(directory, name))
}
