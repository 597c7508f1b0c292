//! From a [`Located`] to a directory handle and a last component.
//!
//! The way down from a root follows no symlink: `openat2` where the kernel has it, else one
//! `openat(O_NOFOLLOW)` per component. Components above a root may be symlinks, the root may not.
use crate::disk::Disk;
use crate::error::DiskError;
use csync3_core::path::{LocalPath, Located};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, ResolveFlags, openat, openat2, statat};
use rustix::io::{self, Errno};
use std::sync::{Arc, OnceLock};

/// Handles that only name a directory; all work goes through `*at` calls relative to them.
const HANDLE: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// Paths below this length are resolved in one call; the kernel refuses 4,096 bytes.
const CHUNK: usize = 4_000;

/// Where a way led.
#[derive(Debug)]
pub(crate) enum Reached<T> {
    /// To what was asked for.
    There(T),
    /// To nothing, or to something that is no directory.
    Missing,
    /// To a symlink.
    Symlink,
}

impl<T> Reached<T> {
    /// The same way, with `next` done at its end.
    pub(crate) fn map<U>(self, next: impl FnOnce(T) -> U) -> Reached<U> {
        match self {
            Self::There(end) => Reached::There(next(end)),
            Self::Missing => Reached::Missing,
            Self::Symlink => Reached::Symlink,
        }
    }

    /// The end of the way, or the error number that csync2 would see.
    pub(crate) fn or_errno(self) -> io::Result<T> {
        match self {
            Self::There(end) => Ok(end),
            Self::Missing => Err(Errno::NOENT),
            Self::Symlink => Err(Errno::LOOP),
        }
    }
}

/// A directory, held open, and one name in it.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) disk: Disk,
    pub(crate) directory: Arc<OwnedFd>,
    pub(crate) path: LocalPath,
}

impl Place {
    /// The last component of the path; `.` for the root of the file system.
    pub(crate) fn name(&self) -> &[u8] {
        let bytes = self.path.as_bytes();
        let start = bytes.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
        match &bytes[start..] {
            b"" => b".",
            name => name,
        }
    }

    /// This place, unless it is the root of the file system, which nothing can replace.
    pub(crate) fn entry(self) -> Result<Self, DiskError> {
        match self.name() {
            b"." => Err(self.error("replace", Errno::BUSY)),
            _ => Ok(self),
        }
    }

    pub(crate) fn directory(&self) -> BorrowedFd<'_> {
        self.directory.as_fd()
    }

    /// Does one operation on this place, or reports it with the whole path.
    pub(crate) fn run<T>(
        &self,
        operation: &'static str,
        effect: impl FnOnce() -> io::Result<T>,
    ) -> Result<T, DiskError> {
        self.disk.run(operation, &self.path, effect)
    }

    /// This place as an error of `operation`.
    pub(crate) fn error(&self, operation: &'static str, source: Errno) -> DiskError {
        DiskError::new(operation, self.path.clone(), source)
    }
}

/// Says whether this kernel has `openat2` and lets us use it; asked once per process.
pub(crate) fn kernel_has_openat2() -> bool {
    static PROBE: OnceLock<bool> = OnceLock::new();
    *PROBE
        .get_or_init(|| openat2(CWD, "/", HANDLE, Mode::empty(), ResolveFlags::NO_SYMLINKS).is_ok())
}

/// Opens the directory that holds the object.
pub(crate) fn open_parent(at: &Located, one_call: bool) -> io::Result<Reached<OwnedFd>> {
    if at.relative.is_empty() {
        return open_above(&at.root);
    }
    open_directory(&at.root, parent_of(&at.relative), one_call)
}

/// The directory part of a relative path; empty for a single component.
pub(crate) fn parent_of(relative: &[u8]) -> &[u8] {
    let end = relative.iter().rposition(|&byte| byte == b'/').unwrap_or(0);
    &relative[..end]
}

/// Opens the directory that holds a root, through whatever symlinks lead there.
pub(crate) fn open_above(root: &LocalPath) -> io::Result<Reached<OwnedFd>> {
    let above = match parent_of(root.as_bytes()) {
        b"" => b"/",
        above => above,
    };
    match openat(CWD, above, HANDLE, Mode::empty()) {
        Ok(handle) => Ok(Reached::There(handle)),
        Err(Errno::NOENT | Errno::NOTDIR) => Ok(Reached::Missing),
        Err(error) => Err(error),
    }
}

/// Opens the directory `relative` below `root`; empty is the root itself.
pub(crate) fn open_directory(
    root: &LocalPath,
    relative: &[u8],
    one_call: bool,
) -> io::Result<Reached<OwnedFd>> {
    let mut reached = open_component(CWD, root.as_bytes())?;
    let mut rest = relative;
    while !rest.is_empty() {
        let Reached::There(directory) = reached else {
            return Ok(reached);
        };
        let (step, later) = split(rest, one_call);
        require_plain(step)?;
        reached = if one_call {
            open_beneath(directory.as_fd(), step)?
        } else {
            open_component(directory.as_fd(), step)?
        };
        rest = later;
    }
    Ok(reached)
}

/// Cuts off what one call resolves: a component, or as many as one path may hold.
fn split(relative: &[u8], one_call: bool) -> (&[u8], &[u8]) {
    let cut = if !one_call {
        relative.iter().position(|&byte| byte == b'/')
    } else if relative.len() <= CHUNK {
        None
    } else {
        relative[..CHUNK].iter().rposition(|&byte| byte == b'/')
    };
    match cut {
        Some(slash) => (&relative[..slash], &relative[slash + 1..]),
        None => (relative, b""),
    }
}

/// Refuses components that are empty, `.` or `..`: nothing may lead up or back.
pub(crate) fn require_plain(relative: &[u8]) -> io::Result<()> {
    let plain = |part: &[u8]| !matches!(part, b"" | b"." | b"..");
    if relative.split(|&byte| byte == b'/').all(plain) { Ok(()) } else { Err(Errno::INVAL) }
}

fn open_beneath(directory: BorrowedFd<'_>, relative: &[u8]) -> io::Result<Reached<OwnedFd>> {
    let flags = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
    match openat2(directory, relative, HANDLE, Mode::empty(), flags) {
        Ok(handle) => Ok(Reached::There(handle)),
        Err(Errno::LOOP) => Ok(Reached::Symlink),
        Err(Errno::NOENT | Errno::NOTDIR) => Ok(Reached::Missing),
        Err(error) => Err(error),
    }
}

/// Opens a directory by its last component, which may not be a symlink.
pub(crate) fn open_component(
    directory: BorrowedFd<'_>,
    name: &[u8],
) -> io::Result<Reached<OwnedFd>> {
    match openat(directory, name, HANDLE | OFlags::NOFOLLOW, Mode::empty()) {
        Ok(handle) => Ok(Reached::There(handle)),
        Err(Errno::NOENT) => Ok(Reached::Missing),
        Err(Errno::NOTDIR | Errno::LOOP) => what_else(directory, name),
        Err(error) => Err(error),
    }
}

/// Tells a symlink from other things that are no directory.
fn what_else(directory: BorrowedFd<'_>, name: &[u8]) -> io::Result<Reached<OwnedFd>> {
    match statat(directory, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) if FileType::from_raw_mode(stat.st_mode) == FileType::Symlink => {
            Ok(Reached::Symlink)
        }
        Ok(_) | Err(Errno::NOENT | Errno::NOTDIR) => Ok(Reached::Missing),
        Err(error) => Err(error),
    }
}
