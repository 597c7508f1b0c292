//! Copies of what is about to be replaced or removed.
//!
//! A copy is complete under a hidden name before older generations move and it takes the newest
//! one's name; a backup that is cut short leaves all that were there, perhaps with a gap, which the
//! next one fills.
use crate::attributes::{Look, Wanted, chown};
use crate::error::DiskError;
use crate::resolve::{Place, Reached};
use crate::session::DiskSession;
use crate::stage::{dress_file, dress_object, make};
use crate::temporary::Guard;
use csync3_core::entry::{Kind, Observed};
use csync3_core::path::{LocalPath, Located};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{
    AtFlags, CWD, Mode, OFlags, fchmod, fstat, mkdirat, openat, renameat, statat, unlinkat,
};
use rustix::io::Errno;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::sync::Arc;

const DIRECTORY: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// The longest last component that Linux file systems take.
const NAME_MAX: usize = 255;

impl DiskSession {
    /// Copies the present object to `directory` plus its real path, as the newest generation.
    ///
    /// The generations are `NAME` (newest), `NAME.1` to `NAME.(generations - 1)`; 0 keeps nothing.
    /// A symlink is copied as a symlink, fifos and devices are made anew; of a directory, a socket
    /// and a missing object nothing is kept. `directory` is created if it is missing (0700), and
    /// may be reached through symlinks; directories below it get owner and mode of the originals.
    ///
    /// # Errors
    /// [`DiskError`]; the object is then not backed up and must not be replaced.
    pub fn backup(
        &self,
        at: &Located,
        directory: &LocalPath,
        generations: u32,
    ) -> Result<(), DiskError> {
        let Reached::There(original) = self.reach(at)? else {
            return Ok(());
        };
        let Some(seen) = original.look()? else {
            return Ok(());
        };
        if generations == 0 || matches!(seen.kind, Kind::Dir | Kind::Socket) {
            return Ok(());
        }
        let shelf = self.open_shelf(&original.path, directory, generations)?;
        let mut copy = copy(&original, &seen, shelf)?;
        let place = copy.place.clone();
        make_room(&place, generations)?;
        place.run("rename", || {
            let handle = place.directory();
            renameat(handle, copy.hidden(), handle, place.name())
        })?;
        copy.published();
        Ok(())
    }

    /// Opens the directory below `directory` that keeps copies of `path`.
    fn open_shelf(
        &self,
        path: &LocalPath,
        directory: &LocalPath,
        generations: u32,
    ) -> Result<Place, DiskError> {
        let mut shelf = Place {
            disk: self.disk().clone(),
            directory: Arc::new(self.open_top(directory)?),
            path: directory.clone(),
        };
        let top = LocalPath::new(b"/");
        let follow = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let open = |above: BorrowedFd<'_>, name: &[u8]| openat(above, name, follow, Mode::empty());
        let mut original = self.disk().run("open", &top, || open(CWD, b"/"))?;
        let mut components = path.as_bytes()[1..].split(|&byte| byte == b'/').peekable();
        while let Some(component) = components.next() {
            shelf.path = shelf.path.join(component);
            if components.peek().is_some() {
                original = shelf.run("back up", || open(original.as_fd(), component))?;
                let entered = shelf.enter_like(&original, generations)?;
                shelf.directory = Arc::new(entered);
            }
        }
        Ok(shelf)
    }

    fn open_top(&self, directory: &LocalPath) -> Result<OwnedFd, DiskError> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        self.disk().run("open", directory, || {
            match openat(CWD, directory.as_bytes(), flags, Mode::empty()) {
                Err(Errno::NOENT) => {
                    DirBuilder::new()
                        .recursive(true)
                        .mode(0o700)
                        .create(directory.as_path())
                        .map_err(|error| errno(&error))?;
                    openat(CWD, directory.as_bytes(), flags, Mode::empty())
                }
                done => done,
            }
        })
    }
}

impl Place {
    /// Opens the directory here; makes it, with the owner and mode of `original`, if it is missing.
    ///
    /// A copy that has its name, from when that was no directory, becomes an older generation.
    fn enter_like(&self, original: &OwnedFd, generations: u32) -> Result<OwnedFd, DiskError> {
        let (directory, name) = (self.directory(), self.name());
        match self.run("open", || openat(directory, name, DIRECTORY, Mode::empty())) {
            Err(error) if error.is_not_found() => {}
            Err(error) if error.is(Errno::NOTDIR) || error.is(Errno::LOOP) => {
                make_room(self, generations.max(2))?;
            }
            done => return done,
        }
        self.run("create", || mkdirat(directory, name, Mode::RWXU))?;
        self.run("create", || {
            let made = openat(directory, name, DIRECTORY, Mode::empty())?;
            let model = fstat(original)?;
            chown(directory, name, Some(model.st_uid), Some(model.st_gid))?;
            fchmod(&made, Mode::from_raw_mode(model.st_mode & 0o7777))?;
            Ok(made)
        })
        .inspect_err(|_| {
            // Without its owner and mode it would look like a directory that was there before.
            let _ = unlinkat(directory, name, AtFlags::REMOVEDIR);
        })
    }

    /// The place of an older generation; 0 is this one.
    fn generation(&self, number: u32) -> Self {
        let mut path = self.path.as_bytes().to_vec();
        if number > 0 {
            path.extend_from_slice(format!(".{number}").as_bytes());
        }
        Self { path: LocalPath::new(&path), ..self.clone() }
    }

    fn is_taken(&self) -> Result<bool, DiskError> {
        self.run("look at", || {
            match statat(self.directory(), self.name(), AtFlags::SYMLINK_NOFOLLOW) {
                Ok(_) => Ok(true),
                Err(Errno::NOENT) => Ok(false),
                Err(error) => Err(error),
            }
        })
    }

    /// Drops the oldest generation, which may be a whole directory from earlier times.
    fn drop_oldest(&self) -> Result<(), DiskError> {
        self.run("remove", || match unlinkat(self.directory(), self.name(), AtFlags::empty()) {
            Err(Errno::ISDIR | Errno::PERM) => {
                std::fs::remove_dir_all(self.path.as_path()).map_err(|error| errno(&error))
            }
            done => done,
        })
    }
}

/// Copies the object under a hidden name in `shelf`, with its metadata.
fn copy(original: &Place, seen: &Observed, shelf: Place) -> Result<Guard, DiskError> {
    let wanted = |seen: &Observed| {
        let look = Look {
            owner: Some((Some(seen.uid), Some(seen.gid))),
            permissions: Some(seen.permissions),
            mtime: Some(seen.fingerprint.mtime),
        };
        Wanted::resolve(look, &seen.kind, None)
    };
    let mut guard = Guard::take(shelf)?;
    if let Kind::File { .. } = seen.kind {
        let source = original.open()?;
        original.run("back up", || {
            std::io::copy(&mut source.file(), &mut &guard.file).map_err(|error| errno(&error))
        })?;
        dress_file(&guard, wanted(source.observed()))?;
    } else {
        guard.make_object(|directory, name| make(directory, name, &seen.kind))?;
        dress_object(&guard, wanted(seen))?;
    }
    Ok(guard)
}

/// Moves the generations of `place` up until its own name is free.
///
/// They move no further than the first gap. A name too long for a number has one generation.
fn make_room(place: &Place, generations: u32) -> Result<(), DiskError> {
    let oldest = generations - 1;
    let suffix = oldest.checked_ilog10().map_or(0, |log| log as usize + 2);
    let oldest = if place.name().len() + suffix > NAME_MAX { 0 } else { oldest };
    let mut gap = 0;
    while place.generation(gap).is_taken()? {
        if gap == oldest {
            place.generation(gap).drop_oldest()?;
            break;
        }
        gap += 1;
    }
    for number in (0..gap).rev() {
        let (from, to) = (place.generation(number), place.generation(number + 1));
        from.run("rename", || renameat(from.directory(), from.name(), to.directory(), to.name()))?;
    }
    Ok(())
}

fn errno(error: &std::io::Error) -> Errno {
    Errno::from_io_error(error).unwrap_or(Errno::IO)
}
