//! Directories on the way to an object.
use crate::error::DiskError;
use crate::session::DiskSession;
use csync3_core::path::Located;

impl DiskSession {
    /// Creates the missing directories above an object with mode 0755 (less the umask).
    ///
    /// A missing prefix root is created too if the directory that holds it exists; nothing above it.
    ///
    /// # Errors
    /// [`DiskError`]; `ELOOP` if a parent is a symlink, `ENOTDIR` if it is another object.
    pub fn make_parents(&self, at: &Located) -> Result<(), DiskError> {
        todo!("{at:?}")
    }
}
