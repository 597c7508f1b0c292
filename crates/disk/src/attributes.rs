//! Owner, mode and time of objects.
use crate::error::DiskError;
use crate::resolve::Place;
use crate::session::DiskSession;
use csync3_core::entry::{Kind, Observed, Timestamp};
use csync3_core::path::Located;
use rustix::fd::{AsRawFd, BorrowedFd};
use rustix::fs::{
    AtFlags, CWD, FileType, Gid, Mode, OFlags, Timespec, Timestamps, UTIME_OMIT, Uid, chmodat,
    chownat, fchmod, fstat, openat, utimensat,
};
use rustix::io::{self, Errno};

/// The metadata that a new object gets before it becomes visible.
///
/// `None` keeps owner and mode of the object that is replaced if that is of the same type, else
/// leaves what this process creates (0600 files, 0700 directories, its own user and group).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Look {
    /// User and group id, each `None` to leave it.
    pub owner: Option<(Option<u32>, Option<u32>)>,
    /// Permission bits with set-id and sticky bits (`st_mode & 07777`); not used for symlinks.
    pub permissions: Option<u32>,
    /// Last change of the content; `None` is now.
    pub mtime: Option<Timestamp>,
}

impl DiskSession {
    /// Sets user and group of an object, a symlink's own included; `None` leaves one.
    ///
    /// The kernel clears the set-id bits of an executable file whose owner is set.
    ///
    /// # Errors
    /// [`DiskError`] of the system call.
    pub fn set_owner(
        &self,
        at: &Located,
        uid: Option<u32>,
        gid: Option<u32>,
    ) -> Result<Observed, DiskError> {
        let place = self.place(at)?;
        place.run("set the owner of", || chown(place.directory(), place.name(), uid, gid))?;
        place.look_after_change()
    }

    /// Sets the permission bits of an object that is not a symlink.
    ///
    /// # Errors
    /// [`DiskError`] of the system call; `ELOOP` for a symlink, which has no mode of its own.
    pub fn set_mode(&self, at: &Located, permissions: u32) -> Result<Observed, DiskError> {
        let place = self.place(at)?;
        place.run("set the mode of", || chmod(place.directory(), place.name(), permissions))?;
        place.look_after_change()
    }

    /// Sets the time of last change of an object, a symlink's own included.
    ///
    /// # Errors
    /// [`DiskError`] of the system call.
    pub fn set_times(&self, at: &Located, mtime: Timestamp) -> Result<Observed, DiskError> {
        let place = self.place(at)?;
        place.run("set the time of", || set_mtime(place.directory(), place.name(), mtime))?;
        place.look_after_change()
    }
}

impl Place {
    fn look_after_change(&self) -> Result<Observed, DiskError> {
        self.look()?.ok_or_else(|| self.error("look at", Errno::NOENT))
    }
}

/// What an object in the making is to get, resolved against what it replaces.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    uid: Option<u32>,
    gid: Option<u32>,
    pub(crate) permissions: Option<u32>,
    pub(crate) mtime: Option<Timestamp>,
    /// The owner is that of the replaced object, not one that the caller named.
    keeps_owner: bool,
}

impl Wanted {
    pub(crate) fn resolve(look: Look, kind: &Kind, replaced: Option<&Observed>) -> Self {
        let kept = replaced.filter(|old| old.kind.same_type(kind));
        let (uid, gid) =
            look.owner.or(kept.map(|old| (Some(old.uid), Some(old.gid)))).unwrap_or_default();
        Self {
            uid,
            gid,
            permissions: look.permissions.or(kept.map(|old| old.permissions)),
            mtime: look.mtime,
            keeps_owner: look.owner.is_none(),
        }
    }

    /// The owner to set on an object that has `uid` and `gid` now, if that differs.
    pub(crate) fn owner_unless(&self, uid: u32, gid: u32) -> Option<(Option<u32>, Option<u32>)> {
        let new =
            (self.uid.filter(|&wanted| wanted != uid), self.gid.filter(|&wanted| wanted != gid));
        (new != (None, None)).then_some(new)
    }

    /// Takes note that the owner could not be set.
    ///
    /// An unprivileged process may replace a file of another user, but cannot give the new one
    /// away. If nobody named the owner that is no failure, but then the set-id bits, which would
    /// give this user's rights instead of that one's, are not kept either.
    pub(crate) fn forgive(&mut self, error: DiskError) -> Result<(), DiskError> {
        if !self.keeps_owner || !error.is_permission_denied() {
            return Err(error);
        }
        self.permissions = self.permissions.map(|bits| bits & 0o1777);
        Ok(())
    }
}

/// Sets the owner of a name, itself if it is a symlink.
pub(crate) fn chown(
    directory: BorrowedFd<'_>,
    name: &[u8],
    uid: Option<u32>,
    gid: Option<u32>,
) -> io::Result<()> {
    chownat(
        directory,
        name,
        uid.map(Uid::from_raw),
        gid.map(Gid::from_raw),
        AtFlags::SYMLINK_NOFOLLOW,
    )
}

/// Sets the time of a name, itself if it is a symlink; the access time stays.
pub(crate) fn set_mtime(
    directory: BorrowedFd<'_>,
    name: &[u8],
    mtime: Timestamp,
) -> io::Result<()> {
    utimensat(directory, name, &times(mtime), AtFlags::SYMLINK_NOFOLLOW)
}

pub(crate) fn times(mtime: Timestamp) -> Timestamps {
    Timestamps {
        last_access: Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT },
        last_modification: Timespec { tv_sec: mtime.seconds, tv_nsec: mtime.nanos.into() },
    }
}

/// Sets the permission bits of a name that is not a symlink.
///
/// `chmod` has no way not to follow on the kernels that we support, so the object is pinned by a
/// handle that opens nothing (a device or fifo has effects when opened) and changed through it.
pub(crate) fn chmod(directory: BorrowedFd<'_>, name: &[u8], permissions: u32) -> io::Result<()> {
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let pinned = openat(directory, name, flags, Mode::empty())?;
    let kind = FileType::from_raw_mode(fstat(&pinned)?.st_mode);
    if kind == FileType::Symlink {
        return Err(Errno::LOOP);
    }
    let mode = Mode::from_raw_mode(permissions);
    let path = format!("/proc/self/fd/{}", pinned.as_raw_fd());
    match chmodat(CWD, path, mode, AtFlags::empty()) {
        Err(Errno::NOENT) if matches!(kind, FileType::RegularFile | FileType::Directory) => {
            let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
            fchmod(openat(directory, name, flags, Mode::empty())?, mode)
        }
        done => done,
    }
}
