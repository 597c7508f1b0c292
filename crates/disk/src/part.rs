//! Large contents that did not come to their end, for the next attempt.
//!
//! Their names are those of [`temporary`](crate::temporary), and they end as all
//! [`leftover`](crate::leftover)s do, only later.
use crate::error::DiskError;
use crate::leftover::{adopt, unlink};
use crate::resolve::Place;
use crate::session::DiskSession;
use crate::source::Source;
use crate::temporary::part_name;
use csync3_core::entry::Kind;
use csync3_core::path::{LocalPath, Located};

impl DiskSession {
    /// What an earlier attempt has left of a content for this place; `None` if that is less than
    /// `least` bytes.
    ///
    /// # Errors
    /// [`DiskError`] if it cannot be opened; `ENOENT` if the directory is missing.
    pub fn part(&self, at: &Located, least: u64) -> Result<Option<Source>, DiskError> {
        let place = self.place(at)?.entry()?;
        // Of a process that was killed only the temporary is left.
        place.run("clean up beside", || adopt(place.directory(), place.name(), least))?;
        let part = match place.beside(&part_name(place.name())).open() {
            Err(error) if error.is_not_found() => return Ok(None),
            part => part?,
        };
        let is_enough = matches!(part.observed().kind, Kind::File { size } if size >= least);
        Ok(is_enough.then_some(part))
    }

    /// Removes what an earlier attempt has left.
    ///
    /// # Errors
    /// [`DiskError`] of the system calls.
    pub fn forget_part(&self, at: &Located) -> Result<(), DiskError> {
        let place = self.place(at)?.entry()?;
        place.run("clean up beside", || unlink(place.directory(), &part_name(place.name())))
    }
}

impl Place {
    /// Another name in the same directory.
    fn beside(&self, name: &[u8]) -> Self {
        let path = self.path.as_bytes();
        let directory = path.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
        let path = LocalPath::new(&[&path[..directory], name].concat());
        Self { path, ..self.clone() }
    }
}
