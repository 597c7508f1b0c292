//! Hidden names: how they are made, and whose they are. [`leftover`](crate::leftover) removes what
//! nobody holds any more.
//!
//! The name follows from the target's last component, so that the next attempt for the same object
//! finds what a crash left. A *guard* is a regular file of that name whose maker holds an exclusive
//! `flock` on it: for a file it is the new content itself, for anything else it stands beside the
//! object, whose name ends in `.new`.
//!
//! A *part* is a large content that did not come to its end; its name ends in `.part`, and the next
//! attempt may take from it what it has. Nobody holds it.
//!
//! # Invariants
//! * Only who holds the lock of a guard removes or renames it or its object. A lock that could be
//!   taken means that the maker is gone, or has not locked it yet: that maker then finds its file
//!   without a name and starts over.
//! * A guard outlives its object, so an object without a guard is nobody's.
use crate::error::DiskError;
use crate::leftover::{reclaim, unlink};
use crate::resolve::Place;
use rustix::fd::{BorrowedFd, OwnedFd};
use rustix::fs::{
    AtFlags, FlockOperation, Mode, OFlags, Stat, flock, fstat, openat, renameat, statat, unlinkat,
};
use rustix::io::{self, Errno};
use std::fs::File;
use std::time::Duration;

const PREFIX: &[u8] = b".csync3-";
const DIGITS: usize = 16;

/// What ends the name of an object that a guard stands beside.
pub(crate) const OBJECT: &[u8] = b".new";

/// What ends the name of a part.
pub(crate) const PART: &[u8] = b".part";

/// How many processes may make the same object at once.
pub(crate) const RIVALS: u32 = 64;

/// How often a name is tried while others come and go.
const TRIES: u32 = 1_000;

/// Says whether a name's last component is one that this crate makes for objects in the making.
///
/// Exactly `.csync3-` and 16 lower-case hexadecimal digits, then optionally `-` and a number, then
/// optionally `.new` or `.part`.
#[must_use]
pub fn is_temporary(component: &[u8]) -> bool {
    let Some(rest) = component.strip_prefix(PREFIX) else {
        return false;
    };
    let rest = rest.strip_suffix(OBJECT).or_else(|| rest.strip_suffix(PART)).unwrap_or(rest);
    let Some((hash, rival)) = rest.split_at_checked(DIGITS) else {
        return false;
    };
    let is_hash = hash.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    is_hash && (rival.is_empty() || is_rival(rival))
}

fn is_rival(suffix: &[u8]) -> bool {
    suffix
        .strip_prefix(b"-")
        .is_some_and(|digits| !digits.is_empty() && digits.iter().all(u8::is_ascii_digit))
}

/// The name of the guard for a last component; `rival` 0 is the usual one.
pub(crate) fn guard_name(component: &[u8], rival: u32) -> Vec<u8> {
    let hash = blake3::hash(component).to_hex();
    let mut name = [PREFIX, &hash.as_bytes()[..DIGITS]].concat();
    if rival > 0 {
        name.extend_from_slice(format!("-{rival}").as_bytes());
    }
    name
}

/// The name of the part for a last component.
pub(crate) fn part_name(component: &[u8]) -> Vec<u8> {
    [&guard_name(component, 0), PART].concat()
}

/// The name of the object that a guard stands for.
pub(crate) fn object_name(guard: &[u8]) -> Vec<u8> {
    [guard, OBJECT].concat()
}

/// The right to a hidden name beside a place; dropping it removes what has that name.
#[derive(Debug)]
pub(crate) struct Guard {
    pub(crate) place: Place,
    pub(crate) file: File,
    /// What the file looked like when it was made.
    pub(crate) made: Stat,
    name: Vec<u8>,
    /// Name of the object that the guard stands for, once it may exist.
    object: Option<Vec<u8>>,
    /// Whether the guard's own name still is its own.
    is_named: bool,
    /// What is in the file becomes a part if it gets no other name.
    is_part: bool,
}

impl Guard {
    /// Takes the first name that no living process holds, and removes leftovers on the way.
    pub(crate) fn take(place: Place) -> Result<Self, DiskError> {
        let taken = place.run("create", || {
            for rival in 0..RIVALS {
                let name = guard_name(place.name(), rival);
                if let Some((file, made)) = take_name(place.directory(), &name)? {
                    return Ok((name, file, made));
                }
            }
            Err(Errno::EXIST)
        });
        let (name, file, made) = taken?;
        Ok(Self { place, file, made, name, object: None, is_named: true, is_part: false })
    }

    /// The hidden name of the object: the guard's own, or that beside it.
    pub(crate) fn hidden(&self) -> &[u8] {
        self.object.as_deref().unwrap_or(&self.name)
    }

    /// Makes an object under the name beside the guard.
    pub(crate) fn make_object(
        &mut self,
        make: impl Fn(BorrowedFd<'_>, &[u8]) -> io::Result<()>,
    ) -> Result<(), DiskError> {
        let name = object_name(&self.name);
        let place = self.place.clone();
        self.object = Some(name.clone());
        place.run("create", || match make(place.directory(), &name) {
            Err(Errno::EXIST) => {
                unlink(place.directory(), &name)?;
                make(place.directory(), &name)
            }
            done => done,
        })
    }

    /// Says whether the file is to become a part if it gets no other name.
    pub(crate) fn keep_part(&mut self, keep: bool) {
        self.is_part = keep;
    }

    /// Lets the file become the part, unless the one that is there has more.
    fn leave_part(&self) -> io::Result<()> {
        let directory = self.place.directory();
        let part = part_name(self.place.name());
        let before = statat(directory, part.as_slice(), AtFlags::SYMLINK_NOFOLLOW);
        if before.is_ok_and(|before| fstat(&self.file).is_ok_and(|it| before.st_size >= it.st_size))
        {
            return Err(Errno::EXIST);
        }
        renameat(directory, self.name.as_slice(), directory, part.as_slice())
    }

    /// Takes note that the hidden name was renamed away.
    pub(crate) fn published(&mut self) {
        match self.object {
            Some(_) => self.object = None,
            None => self.is_named = false,
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let directory = self.place.directory();
        // What cannot be removed now is a leftover for the next attempt or scan.
        if let Some(object) = &self.object {
            let _ = unlink(directory, object);
        }
        if self.is_named && !(self.is_part && self.leave_part().is_ok()) {
            let _ = unlinkat(directory, self.name.as_slice(), AtFlags::empty());
        }
    }
}

/// Creates and locks a guard; `None` if a living process holds that name.
fn take_name(directory: BorrowedFd<'_>, name: &[u8]) -> io::Result<Option<(File, Stat)>> {
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    for _ in 0..TRIES {
        match openat(directory, name, flags, Mode::RUSR | Mode::WUSR) {
            Ok(file) => {
                if let Some(made) = claim(&file)? {
                    return Ok(Some((File::from(file), made)));
                }
            }
            Err(Errno::EXIST) => {
                if !reclaim(directory, name, Duration::ZERO)? {
                    return Ok(None);
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// Locks a file that was just made; `None` if somebody took it for a leftover before that.
fn claim(file: &OwnedFd) -> io::Result<Option<Stat>> {
    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Err(Errno::WOULDBLOCK) => return Ok(None),
        Err(Errno::NOLCK | Errno::OPNOTSUPP | Errno::NOSYS) | Ok(()) => {}
        Err(error) => return Err(error),
    }
    let made = fstat(file)?;
    Ok((made.st_nlink > 0).then_some(made))
}

#[cfg(test)]
mod tests {
    use super::{guard_name, is_temporary, object_name};

    #[test]
    fn the_hidden_name_follows_from_the_last_component() {
        let name = guard_name(b"a.conf", 0);
        assert_eq!(name, guard_name(b"a.conf", 0));
        assert_ne!(name, guard_name(b"b.conf", 0));
        assert_eq!(name.len(), 24);
    }

    #[test]
    fn only_names_that_we_make_are_temporary() {
        for rival in [0, 1, 63] {
            let name = guard_name(b"x", rival);
            assert!(is_temporary(&name) && is_temporary(&object_name(&name)));
            assert!(is_temporary(&[&name[..], b".part"].concat()));
        }
        for other in [
            ".csync3-",
            ".csync3-notes",
            ".csync3-0123456789abcde",
            ".csync3-0123456789abcdef0",
            ".csync3-0123456789ABCDEF",
            ".csync3-0123456789abcdef-",
            ".csync3-0123456789abcdef-x",
            ".csync3-0123456789abcdef.bak",
            "x.csync3-0123456789abcdef",
        ] {
            assert!(!is_temporary(other.as_bytes()), "{other}");
        }
    }
}
