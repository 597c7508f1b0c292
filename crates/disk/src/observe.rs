//! What is there.
use crate::error::DiskError;
use crate::resolve::{Place, Reached};
use crate::session::DiskSession;
use csync3_core::entry::{ContentHash, Fingerprint, Kind, Observed, Timestamp};
use csync3_core::path::Located;
use rustix::fd::BorrowedFd;
use rustix::fs::{AtFlags, FileType, Stat, readlinkat, statat};
use rustix::io::{self, Errno};
use rustix::path::Arg;

/// What a look at one name found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presence {
    /// An object.
    There(Observed),
    /// Nothing, in a directory that exists.
    Absent,
    /// Nothing, and the directory is missing too.
    NoParent,
    /// A parent component is a symlink, which counts as not existing.
    Impure,
}

impl Presence {
    /// The object, if there is one.
    #[must_use]
    pub fn observed(self) -> Option<Observed> {
        match self {
            Self::There(observed) => Some(observed),
            Self::Absent | Self::NoParent | Self::Impure => None,
        }
    }
}

impl From<Option<Observed>> for Presence {
    fn from(found: Option<Observed>) -> Self {
        found.map_or(Self::Absent, Self::There)
    }
}

impl DiskSession {
    /// Looks at a name without following any symlink.
    ///
    /// # Errors
    /// [`DiskError`] for anything but absence.
    pub fn observe(&self, at: &Located) -> Result<Presence, DiskError> {
        match self.reach(at)? {
            Reached::There(place) => Ok(place.look()?.into()),
            Reached::Missing => Ok(Presence::NoParent),
            Reached::Symlink => Ok(Presence::Impure),
        }
    }

    /// The hash of a regular file's content.
    ///
    /// # Errors
    /// [`DiskError`] if it is not a regular file or cannot be read to its end.
    pub fn hash(&self, at: &Located) -> Result<ContentHash, DiskError> {
        self.open(at)?.hash()
    }
}

impl Place {
    /// What is here, if anything.
    pub(crate) fn look(&self) -> Result<Option<Observed>, DiskError> {
        self.run("look at", || match look(self.directory(), self.name()) {
            Ok(observed) => Ok(Some(observed)),
            Err(Errno::NOENT | Errno::NOTDIR) => Ok(None),
            Err(error) => Err(error),
        })
    }
}

/// What a name in a directory is, with the target of a symlink.
pub(crate) fn look(directory: BorrowedFd<'_>, name: impl Arg + Copy) -> io::Result<Observed> {
    loop {
        let stat = statat(directory, name, AtFlags::SYMLINK_NOFOLLOW)?;
        let target = if FileType::from_raw_mode(stat.st_mode) == FileType::Symlink {
            match readlinkat(directory, name, Vec::new()) {
                Ok(target) => target.into_bytes(),
                // It was replaced by something else since.
                Err(Errno::INVAL) => continue,
                Err(error) => return Err(error),
            }
        } else {
            Vec::new()
        };
        return Ok(observed(&stat, target));
    }
}

/// What a stat tells; `target` is only used for symlinks.
pub(crate) fn observed(stat: &Stat, target: Vec<u8>) -> Observed {
    Observed {
        kind: kind(stat, target),
        permissions: stat.st_mode & 0o7777,
        uid: stat.st_uid,
        gid: stat.st_gid,
        fingerprint: Fingerprint {
            mtime: time(stat.st_mtime, stat.st_mtime_nsec),
            ctime: time(stat.st_ctime, stat.st_ctime_nsec),
            inode: stat.st_ino,
        },
    }
}

fn kind(stat: &Stat, target: Vec<u8>) -> Kind {
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::Directory => Kind::Dir,
        FileType::Symlink => Kind::Symlink { target },
        FileType::Fifo => Kind::Fifo,
        FileType::Socket => Kind::Socket,
        FileType::CharacterDevice => Kind::CharDevice { dev: stat.st_rdev },
        FileType::BlockDevice => Kind::BlockDevice { dev: stat.st_rdev },
        FileType::RegularFile | FileType::Unknown => {
            Kind::File { size: u64::try_from(stat.st_size).unwrap_or_default() }
        }
    }
}

fn time(seconds: impl TryInto<i64>, nanos: impl TryInto<u32>) -> Timestamp {
    Timestamp {
        seconds: seconds.try_into().unwrap_or_default(),
        nanos: nanos.try_into().unwrap_or_default(),
    }
}

/// Says whether both are one state of one object.
///
/// Of directories the times are left out: they change with what is in them.
pub(crate) fn is_same_state(left: &Observed, right: &Observed) -> bool {
    match (&left.kind, &right.kind) {
        (Kind::Dir, Kind::Dir) => {
            left.permissions == right.permissions
                && left.uid == right.uid
                && left.gid == right.gid
                && left.fingerprint.inode == right.fingerprint.inode
        }
        _ => left == right,
    }
}
