//! Copies of what is about to be replaced or removed.
use crate::error::DiskError;
use crate::session::DiskSession;
use csync3_core::path::{LocalPath, Located};

impl DiskSession {
    /// Copies the present object to `directory` plus its real path, as the newest generation.
    ///
    /// The generations are `NAME` (newest), `NAME.1` to `NAME.(generations - 1)`. A symlink is
    /// copied as a symlink, fifos and devices are made anew; of a directory and of a missing object
    /// nothing is kept. Directories below `directory` get owner and mode of the originals.
    ///
    /// # Errors
    /// [`DiskError`]; the object is then not backed up and must not be replaced.
    pub fn backup(
        &self,
        at: &Located,
        directory: &LocalPath,
        generations: u32,
    ) -> Result<(), DiskError> {
        todo!("{at:?} {directory:?} {generations}")
    }
}
