//! The step that makes a complete object visible.
use crate::error::{DiskError, PublishError};
use crate::observe::is_same_state;
use crate::resolve::Place;
use crate::temporary::Guard;
use csync3_core::entry::{ContentHash, Kind, Observed};
use rustix::fs::{AtFlags, RenameFlags, renameat, renameat_with, unlinkat};
use rustix::io::{self, Errno};

/// A complete object under its hidden name; dropping it removes it.
#[derive(Debug)]
pub struct Staged {
    guard: Guard,
    observed: Observed,
    hash: Option<ContentHash>,
}

impl Staged {
    pub(crate) fn new(guard: Guard, observed: Observed, hash: Option<ContentHash>) -> Self {
        Self { guard, observed, hash }
    }

    /// The object as it will be once published, but for its ctime.
    #[must_use]
    pub fn observed(&self) -> &Observed {
        &self.observed
    }

    /// The hash of a regular file's content.
    #[must_use]
    pub fn hash(&self) -> Option<ContentHash> {
        self.hash
    }

    /// Makes the object visible if the target still is `expected` (`None`: nothing is there).
    ///
    /// Answers what is there then, with its final ctime. An object takes the place of any other but
    /// a directory that is not empty. Of an expected directory only type, owner, mode and inode are
    /// compared, as work in it changes its times.
    ///
    /// # Errors
    /// [`PublishError::ChangedMeanwhile`] if the target is something else now.
    pub fn publish(mut self, expected: Option<&Observed>) -> Result<Observed, PublishError> {
        let place = self.guard.place.clone();
        place.require(expected)?;
        let is_dir = self.observed.kind == Kind::Dir;
        match expected.map(|old| old.kind == Kind::Dir) {
            None => self.appear(&place)?,
            Some(true) if !is_dir => {
                // Only an empty directory can be removed, so nothing is lost if this is all that
                // gets done.
                place.remove_directory("replace")?;
                self.appear(&place)?;
            }
            Some(false) if is_dir => self.swap(&place)?,
            Some(_) => self.replace(&place)?,
        }
        self.guard.published();
        Ok(self.final_look(&place)?)
    }

    /// Takes a name that nothing has.
    fn appear(&self, place: &Place) -> Result<(), PublishError> {
        let done = place.run("create", || {
            let (directory, hidden, name) = (place.directory(), self.guard.hidden(), place.name());
            match renameat_with(directory, hidden, directory, name, RenameFlags::NOREPLACE) {
                Err(Errno::INVAL | Errno::NOSYS) => renameat(directory, hidden, directory, name),
                done => done,
            }
        });
        match done {
            Err(error) if error.is(Errno::EXIST) => {
                Err(PublishError::ChangedMeanwhile(place.look()?.into()))
            }
            done => Ok(done?),
        }
    }

    /// Takes the name of another object in one step.
    fn replace(&self, place: &Place) -> Result<(), DiskError> {
        place.run("replace", || {
            let directory = place.directory();
            renameat(directory, self.guard.hidden(), directory, place.name())
        })
    }

    /// Lets a directory take the name of an object that is none, which one rename cannot do.
    fn swap(&self, place: &Place) -> Result<(), PublishError> {
        match place.run("replace", || self.exchange(place)) {
            Ok(()) => {}
            Err(error) if error.is(Errno::INVAL) || error.is(Errno::NOSYS) => {
                place.run("replace", || {
                    unlinkat(place.directory(), place.name(), AtFlags::empty())
                })?;
                return self.appear(place);
            }
            Err(error) => return Err(error.into()),
        }
        let removed = place
            .run("replace", || unlinkat(place.directory(), self.guard.hidden(), AtFlags::empty()));
        if let Err(error) = removed {
            place.run("restore", || self.exchange(place))?;
            return Err(error.into());
        }
        Ok(())
    }

    fn exchange(&self, place: &Place) -> io::Result<()> {
        let (directory, hidden, name) = (place.directory(), self.guard.hidden(), place.name());
        renameat_with(directory, hidden, directory, name, RenameFlags::EXCHANGE)
    }

    /// What was published, with the ctime that the rename gave it.
    fn final_look(&self, place: &Place) -> Result<Observed, DiskError> {
        let mut published = self.observed.clone();
        if let Some(now) = place.look()?
            && now.fingerprint.inode == published.fingerprint.inode
        {
            published.fingerprint.ctime = now.fingerprint.ctime;
        }
        Ok(published)
    }
}

impl Place {
    /// Checks that this place is in the state that a decision was based on.
    pub(crate) fn require(&self, expected: Option<&Observed>) -> Result<(), PublishError> {
        let now = self.look()?;
        let is_as_expected = match (&now, expected) {
            (None, None) => true,
            (Some(now), Some(expected)) => is_same_state(now, expected),
            _ => false,
        };
        if is_as_expected { Ok(()) } else { Err(PublishError::ChangedMeanwhile(now.into())) }
    }
}
