//! What is there.
use crate::error::DiskError;
use crate::session::DiskSession;
use csync3_core::entry::{ContentHash, Observed};
use csync3_core::path::Located;

/// What a look at one name found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presence {
    /// An object.
    There(Observed),
    /// Nothing, in a directory that exists.
    Absent,
    /// Nothing, and the directory is missing too.
    NoParent,
    /// A parent component is a symlink, which counts as not existing.
    Impure,
}

impl Presence {
    /// The object, if there is one.
    #[must_use]
    pub fn observed(self) -> Option<Observed> {
        match self {
            Self::There(observed) => Some(observed),
            Self::Absent | Self::NoParent | Self::Impure => None,
        }
    }
}

impl DiskSession {
    /// Looks at a name without following any symlink.
    ///
    /// # Errors
    /// [`DiskError`] for anything but absence.
    pub fn observe(&self, at: &Located) -> Result<Presence, DiskError> {
        todo!("{at:?}")
    }

    /// The hash of a regular file's content.
    ///
    /// # Errors
    /// [`DiskError`] if it is not a regular file or cannot be read to its end.
    pub fn hash(&self, at: &Located) -> Result<ContentHash, DiskError> {
        todo!("{at:?}")
    }
}
