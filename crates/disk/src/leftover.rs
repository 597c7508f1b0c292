//! Temporaries that nobody holds any more, and their removal.
//!
//! The rules by which one may be removed are those of [`temporary`](crate::temporary).
use crate::error::DiskError;
use crate::resolve::{Place, Reached};
use crate::session::DiskSession;
use crate::temporary::{OBJECT, PART, RIVALS, guard_name, is_temporary, object_name, part_name};
use csync3_core::path::Located;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{
    AtFlags, Dir, FileType, FlockOperation, Mode, OFlags, RenameFlags, Stat, flock, fstat, openat,
    renameat_with, statat, unlinkat,
};
use rustix::io::{self, Errno};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How old a temporary must be before a scan takes it for a leftover.
pub(crate) const STALE: Duration = Duration::from_secs(60);

/// How old a part must be before it is one.
const PART_STALE: Duration = Duration::from_secs(24 * 60 * 60);

/// How old a temporary must be before somebody is told of it.
pub(crate) const NOTABLE: Duration = Duration::from_secs(2);

/// Removes a guard that no living process holds, and its object; `false` if it may be held.
pub(crate) fn reclaim(directory: BorrowedFd<'_>, name: &[u8], age: Duration) -> io::Result<bool> {
    let guard = match open_guard(directory, name) {
        Ok(guard) => guard,
        Err(Errno::NOENT) => return Ok(true),
        Err(_) => return Ok(false),
    };
    let stat = fstat(&guard)?;
    if !is_nobodys(&guard, &stat, age) {
        return Ok(false);
    }
    // Otherwise it was published or replaced before it was locked here.
    if has_name(directory, name, &stat)? {
        unlink(directory, &object_name(name))?;
        unlink(directory, name)?;
    }
    Ok(true)
}

/// Says whether a name still is that of the file with this stat.
fn has_name(directory: BorrowedFd<'_>, name: &[u8], stat: &Stat) -> io::Result<bool> {
    match statat(directory, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(now) => Ok(now.st_ino == stat.st_ino && now.st_dev == stat.st_dev),
        Err(Errno::NOENT) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Makes the part of a temporary of at least so many bytes that nobody holds, unless there is a part.
pub(crate) fn adopt(directory: BorrowedFd<'_>, component: &[u8], least: u64) -> io::Result<()> {
    let (name, part) = (guard_name(component, 0), part_name(component));
    let Ok(guard) = open_guard(directory, &name) else {
        return Ok(());
    };
    let stat = fstat(&guard)?;
    let is_enough = u64::try_from(stat.st_size).is_ok_and(|size| size >= least);
    if !is_enough || !is_nobodys(&guard, &stat, Duration::ZERO) {
        return Ok(());
    }
    // As long as the lock is held nobody else gives the name to anything.
    if !has_name(directory, &name, &stat)? {
        return Ok(());
    }
    let flags = RenameFlags::NOREPLACE;
    match renameat_with(directory, name.as_slice(), directory, part.as_slice(), flags) {
        Ok(()) | Err(Errno::EXIST | Errno::INVAL | Errno::NOSYS) => Ok(()),
        failed => failed,
    }
}

fn open_guard(directory: BorrowedFd<'_>, name: &[u8]) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    openat(directory, name, flags, Mode::empty())
}

/// Says whether an object of that age has no guard any more.
fn is_orphan(directory: BorrowedFd<'_>, name: &[u8], guard: &[u8], age: Duration) -> bool {
    let is_guarded = statat(directory, guard, AtFlags::SYMLINK_NOFOLLOW).is_ok();
    let stat = statat(directory, name, AtFlags::SYMLINK_NOFOLLOW);
    !is_guarded && stat.is_ok_and(|stat| is_older(&stat, age))
}

/// Takes the lock of a guard of that age, if no living process has it.
fn is_nobodys(guard: &OwnedFd, stat: &Stat, age: Duration) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile
        && is_older(stat, age)
        && flock(guard, FlockOperation::NonBlockingLockExclusive).is_ok()
}

/// Says whether a temporary that a scan met is nobody's and of that age; it stays. What its guard
/// stands for is not named besides the guard.
pub(crate) fn is_leftover(directory: BorrowedFd<'_>, name: &[u8], age: Duration) -> bool {
    if let Some(guard) = name.strip_suffix(OBJECT) {
        return is_orphan(directory, name, guard, age);
    }
    let age = age_of(name, age);
    // The lock that this takes goes with the descriptor, at once.
    open_guard(directory, name)
        .is_ok_and(|guard| fstat(&guard).is_ok_and(|stat| is_nobodys(&guard, &stat, age)))
}

fn is_older(stat: &Stat, age: Duration) -> bool {
    let seconds = u64::try_from(stat.st_ctime).unwrap_or_default();
    let changed = UNIX_EPOCH + Duration::from_secs(seconds);
    age.is_zero() || SystemTime::now().duration_since(changed).is_ok_and(|passed| passed >= age)
}

/// Removes a name, whatever it is; one that is gone, or a directory that is in use, is no error.
pub(crate) fn unlink(directory: BorrowedFd<'_>, name: &[u8]) -> io::Result<()> {
    let done = match unlinkat(directory, name, AtFlags::empty()) {
        Err(Errno::ISDIR | Errno::PERM) => unlinkat(directory, name, AtFlags::REMOVEDIR),
        done => done,
    };
    match done {
        Err(Errno::NOENT | Errno::NOTEMPTY) => Ok(()),
        done => done,
    }
}

/// From which age on a temporary is a leftover, if others are from `age` on.
fn age_of(name: &[u8], age: Duration) -> Duration {
    if name.ends_with(PART) { age.max(PART_STALE) } else { age }
}

impl DiskSession {
    /// Removes what a crash left beside an object; what a living process holds stays.
    ///
    /// # Errors
    /// The directory cannot be reached, or what is left cannot be removed.
    pub fn clear_beside(&self, at: &Located) -> Result<(), DiskError> {
        match self.reach(at)? {
            Reached::There(place) => clear(&place),
            Reached::Missing | Reached::Symlink => Ok(()),
        }
    }
}

/// Removes what a crash left of attempts for this place, and their part.
pub(crate) fn clear(place: &Place) -> Result<(), DiskError> {
    place.run("clean up beside", || {
        unlink(place.directory(), &part_name(place.name()))?;
        for rival in 0..RIVALS {
            let name = guard_name(place.name(), rival);
            if statat(place.directory(), name.as_slice(), AtFlags::SYMLINK_NOFOLLOW).is_err() {
                return Ok(());
            }
            reclaim(place.directory(), &name, Duration::ZERO)?;
        }
        Ok(())
    })
}

/// Removes what a crash left in a directory, to make it empty.
pub(crate) fn clear_all(directory: &OwnedFd) -> io::Result<()> {
    let mut names = Vec::new();
    for entry in Dir::read_from(directory)? {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if is_temporary(name) {
            names.push(name.to_vec());
        }
    }
    for name in names {
        let guard = name.strip_suffix(OBJECT).unwrap_or(&name);
        if reclaim(directory.as_fd(), guard, Duration::ZERO)? && guard != name {
            unlink(directory.as_fd(), &name)?;
        }
    }
    Ok(())
}

/// Removes a temporary that a scan met, if it is nobody's and of that age.
///
/// What cannot be removed stays for the next scan, and is not reported by this one either.
pub(crate) fn sweep(directory: BorrowedFd<'_>, name: &[u8], age: Duration) {
    let Some(guard) = name.strip_suffix(OBJECT) else {
        let _ = reclaim(directory, name, age_of(name, age));
        return;
    };
    if is_orphan(directory, name, guard, age) {
        let _ = unlink(directory, name);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{STALE, is_leftover, sweep};
    use crate::temporary::{guard_name, part_name};
    use rustix::fd::AsFd;
    use rustix::fs::{FlockOperation, flock};
    use std::fs::{self, File};
    use std::time::Duration;

    /// Sweeps all names of a directory, and tells which are left.
    fn sweep_all(directory: &std::path::Path, age: Duration) -> Vec<String> {
        let handle = File::open(directory).unwrap();
        let names = || {
            let entries = fs::read_dir(directory).unwrap();
            let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name();
            let mut names: Vec<_> =
                entries.map(|entry| name(entry).into_string().unwrap()).collect();
            names.sort();
            names
        };
        for name in names() {
            sweep(handle.as_fd(), name.as_bytes(), age);
        }
        names()
    }

    #[test]
    fn a_sweep_takes_what_is_old_and_nobodys() {
        let directory = tempfile::tempdir().unwrap();
        let name = |component: &[u8]| String::from_utf8(guard_name(component, 0)).unwrap();
        let path = |name: &str| directory.path().join(name);
        let held = File::create(path(&name(b"held"))).unwrap();
        flock(&held, FlockOperation::NonBlockingLockExclusive).unwrap();
        fs::create_dir(path(&format!("{}.new", name(b"held")))).unwrap();
        let left = [name(b"held"), format!("{}.new", name(b"held"))];

        fs::write(path(&name(b"file")), "half").unwrap();
        fs::write(path(&name(b"dir")), "").unwrap();
        fs::create_dir(path(&format!("{}.new", name(b"dir")))).unwrap();
        std::os::unix::fs::symlink("t", path(&format!("{}.new", name(b"orphan")))).unwrap();
        assert_eq!(sweep_all(directory.path(), STALE).len(), 6);
        assert_eq!(sweep_all(directory.path(), Duration::ZERO), left);
        drop(held);
        assert!(sweep_all(directory.path(), Duration::ZERO).is_empty());
    }

    #[test]
    fn a_part_stays_for_a_day() {
        let directory = tempfile::tempdir().unwrap();
        let handle = File::open(directory.path()).unwrap();
        let name = String::from_utf8(part_name(b"file")).unwrap();
        fs::write(directory.path().join(&name), "half").unwrap();
        assert!(!is_leftover(handle.as_fd(), name.as_bytes(), Duration::ZERO));
        assert_eq!(sweep_all(directory.path(), Duration::ZERO), [name]);
    }

    #[test]
    fn what_is_nobodys_is_named_once_and_stays() {
        let directory = tempfile::tempdir().unwrap();
        let handle = File::open(directory.path()).unwrap();
        let name = |component: &[u8]| String::from_utf8(guard_name(component, 0)).unwrap();
        let path = |name: &str| directory.path().join(name);
        let held = File::create(path(&name(b"held"))).unwrap();
        flock(&held, FlockOperation::NonBlockingLockExclusive).unwrap();
        let object = |component| format!("{}.new", name(component));
        fs::write(path(&name(b"left")), "").unwrap();
        fs::write(path(&object(b"left")), "half").unwrap();
        fs::write(path(&object(b"orphan")), "half").unwrap();
        let is_left = |name: &str, age| is_leftover(handle.as_fd(), name.as_bytes(), age);
        for (name, expected) in [
            (name(b"held"), false),
            (name(b"left"), true),
            (object(b"left"), false),
            (object(b"orphan"), true),
        ] {
            assert_eq!(is_left(&name, Duration::ZERO), expected, "{name}");
            assert!(!is_left(&name, STALE), "it is not old enough");
            assert!(path(&name).symlink_metadata().is_ok());
        }
        assert!(is_left(&name(b"left"), Duration::ZERO), "its lock was given back");
    }
}
