//! What was put in place outlives a power loss.
//!
//! One `syncfs` for each file system, however many objects: it writes their contents, metadata and
//! names.
use crate::error::DiskError;
use crate::session::{DiskSession, directory_of};
use csync3_core::path::Located;
use rustix::fs::{fstat, syncfs};
use std::collections::HashSet;

impl DiskSession {
    /// Makes the file systems of these objects' directories durable, each once.
    ///
    /// Blocks until that is done. A directory that is not there any more is left out: whoever removed
    /// it has removed the object, too.
    ///
    /// # Errors
    /// [`DiskError`] of a directory that cannot be opened or of the system's write.
    pub fn make_durable<'a>(
        &self,
        objects: impl IntoIterator<Item = &'a Located>,
    ) -> Result<(), DiskError> {
        let (mut seen, mut done) = (HashSet::new(), HashSet::new());
        for at in objects.into_iter().filter(|at| seen.insert(directory_of(at))) {
            let place = match self.place(at) {
                Err(error) if error.is_not_found() => continue,
                place => place?,
            };
            let device = place.run("look at", || fstat(place.directory()))?.st_dev;
            if done.insert(device) {
                place.run("make durable", || syncfs(place.open_directory()?))?;
            }
        }
        Ok(())
    }
}
