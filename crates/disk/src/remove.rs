//! Removal of objects.
use crate::error::{DiskError, PublishError};
use crate::leftover;
use crate::observe::Presence;
use crate::resolve::{Place, Reached};
use crate::session::DiskSession;
use csync3_core::entry::{Kind, Observed};
use csync3_core::path::Located;
use rustix::fs::{AtFlags, Mode, OFlags, openat, unlinkat};

impl DiskSession {
    /// Removes an object if it still is `expected`; a directory only when it is empty.
    ///
    /// Of a directory only type, owner, mode and inode are compared, as removing what was in it
    /// changes its times. Leftovers of attempts to replace the object go with it.
    ///
    /// # Errors
    /// [`PublishError::ChangedMeanwhile`] if something else or nothing is there now.
    pub fn remove(&self, at: &Located, expected: &Observed) -> Result<(), PublishError> {
        let place = match self.reach(at)? {
            Reached::There(place) => place.entry()?,
            Reached::Missing => return Err(PublishError::ChangedMeanwhile(Presence::NoParent)),
            Reached::Symlink => return Err(PublishError::ChangedMeanwhile(Presence::Impure)),
        };
        leftover::clear(&place)?;
        place.require(Some(expected))?;
        match expected.kind {
            Kind::Dir => place.remove_directory("remove")?,
            _ => place
                .run("remove", || unlinkat(place.directory(), place.name(), AtFlags::empty()))?,
        }
        Ok(())
    }
}

impl Place {
    /// Removes a directory that holds nothing, or only what a crash left of our own.
    pub(crate) fn remove_directory(&self, operation: &'static str) -> Result<(), DiskError> {
        let (directory, name) = (self.directory(), self.name());
        let remove = || unlinkat(directory, name, AtFlags::REMOVEDIR);
        match self.run(operation, remove) {
            Err(error) if error.is_not_empty() => {}
            done => return done,
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        self.run(operation, || {
            leftover::clear_all(&openat(directory, name, flags, Mode::empty())?)?;
            remove()
        })
    }
}
