//! Directories on the way to an object.
use crate::error::DiskError;
use crate::resolve::{Place, Reached, open_above, open_component, parent_of, require_plain};
use crate::session::DiskSession;
use csync3_core::path::{LocalPath, Located};
use rustix::fd::OwnedFd;
use rustix::fs::{Mode, mkdirat};
use rustix::io::{self, Errno};
use std::sync::Arc;

impl DiskSession {
    /// Creates the missing directories above an object with mode 0755 (less the umask).
    ///
    /// A missing prefix root is created too if the directory that holds it exists; nothing above it.
    ///
    /// # Errors
    /// [`DiskError`]; `ELOOP` if a parent is a symlink, `ENOTDIR` if it is another object.
    pub fn make_parents(&self, at: &Located) -> Result<(), DiskError> {
        if at.relative.is_empty() || matches!(self.reach(at)?, Reached::There(_)) {
            return Ok(());
        }
        let parent = parent_of(&at.relative);
        let above = self.disk().run("reach", &at.root, || {
            require_plain(&at.relative)?;
            open_above(&at.root)?.or_errno()
        })?;
        let mut place = self.enter(above, at.root.clone())?;
        for component in parent.split(|&byte| byte == b'/') {
            if !component.is_empty() {
                let path = place.path.join(component);
                let directory = Arc::into_inner(place.directory)
                    .expect("the handle was made here and never shared");
                place = self.enter(directory, path)?;
            }
        }
        Ok(())
    }

    /// Opens, or makes and opens, the directory at `path`, whose parent is `directory`.
    fn enter(&self, directory: OwnedFd, path: LocalPath) -> Result<Place, DiskError> {
        let place = Place { disk: self.disk().clone(), directory: Arc::new(directory), path };
        let entered = place.run("create", || open_or_make(&place))?;
        Ok(Place { directory: Arc::new(entered), ..place })
    }
}

/// Opens the directory at a place, making it if nothing is there.
fn open_or_make(place: &Place) -> io::Result<OwnedFd> {
    let (directory, name) = (place.directory(), place.name());
    if let Reached::There(handle) = open_component(directory, name)? {
        return Ok(handle);
    }
    match mkdirat(directory, name, Mode::from_raw_mode(0o755)) {
        Ok(()) | Err(Errno::EXIST) => {}
        Err(error) => return Err(error),
    }
    match open_component(directory, name)? {
        Reached::There(handle) => Ok(handle),
        Reached::Missing => Err(Errno::NOTDIR),
        Reached::Symlink => Err(Errno::LOOP),
    }
}
