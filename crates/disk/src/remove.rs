//! Removal of objects.
use crate::error::PublishError;
use crate::session::DiskSession;
use csync3_core::entry::Observed;
use csync3_core::path::Located;

impl DiskSession {
    /// Removes an object if it still is `expected`; a directory only when it is empty.
    ///
    /// Of a directory only type, owner, mode and inode are compared, as removing what was in it
    /// changes its times.
    ///
    /// # Errors
    /// [`PublishError::ChangedMeanwhile`] if something else or nothing is there now.
    pub fn remove(&self, at: &Located, expected: &Observed) -> Result<(), PublishError> {
        todo!("{at:?} {expected:?}")
    }
}
