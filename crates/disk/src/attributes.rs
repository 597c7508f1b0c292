//! Owner, mode and time of objects.
use crate::error::DiskError;
use crate::session::DiskSession;
use csync3_core::entry::{Observed, Timestamp};
use csync3_core::path::Located;

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
    /// # Errors
    /// [`DiskError`] of the system call.
    pub fn set_owner(
        &self,
        at: &Located,
        uid: Option<u32>,
        gid: Option<u32>,
    ) -> Result<Observed, DiskError> {
        todo!("{at:?} {uid:?} {gid:?}")
    }

    /// Sets the permission bits of an object that is not a symlink.
    ///
    /// # Errors
    /// [`DiskError`] of the system call; `ELOOP` for a symlink, which has no mode of its own.
    pub fn set_mode(&self, at: &Located, permissions: u32) -> Result<Observed, DiskError> {
        todo!("{at:?} {permissions}")
    }

    /// Sets the time of last change of an object, a symlink's own included.
    ///
    /// # Errors
    /// [`DiskError`] of the system call.
    pub fn set_times(&self, at: &Located, mtime: Timestamp) -> Result<Observed, DiskError> {
        todo!("{at:?} {mtime:?}")
    }
}
