//! What can go wrong with an object on this disk.
use crate::observe::Presence;
use csync3_core::path::LocalPath;
use rustix::io::Errno;
use std::io;

/// One operation on one path that the system refused.
#[derive(Debug, thiserror::Error)]
#[error("cannot {operation} {path}")]
pub struct DiskError {
    /// What was tried, as a verb phrase (`open`, `set the owner of`).
    pub operation: &'static str,
    /// The real path.
    pub path: LocalPath,
    /// What the system answered.
    pub source: io::Error,
}

impl DiskError {
    pub(crate) fn new(
        operation: &'static str,
        path: LocalPath,
        source: impl Into<io::Error>,
    ) -> Self {
        Self { operation, path, source: source.into() }
    }

    /// The system's text alone, in English: what csync2 answers a peer with.
    #[must_use]
    pub fn reply_text(&self) -> String {
        let text = self.source.to_string();
        match text.rfind(" (os error ") {
            Some(end) => text[..end].to_owned(),
            None => text,
        }
    }

    /// The system's error number, if the error came from the system.
    #[must_use]
    pub fn errno(&self) -> Option<i32> {
        self.source.raw_os_error()
    }

    /// Says whether the object or a directory on the way to it is missing.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.is(Errno::NOENT)
    }

    /// Says whether this process may not do that.
    #[must_use]
    pub fn is_permission_denied(&self) -> bool {
        self.is(Errno::ACCESS) || self.is(Errno::PERM)
    }

    /// Says whether a directory could not be removed or replaced because something is in it.
    #[must_use]
    pub fn is_not_empty(&self) -> bool {
        self.is(Errno::NOTEMPTY)
    }

    /// Says whether the file system is full, or the owner's quota is.
    #[must_use]
    pub fn is_no_space(&self) -> bool {
        self.is(Errno::NOSPC) || self.is(Errno::DQUOT)
    }

    pub(crate) fn is(&self, errno: Errno) -> bool {
        self.errno() == Some(errno.raw_os_error())
    }
}

/// Why a staged object was not published, or an object not removed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// The target is no longer what the decision was based on; it was left as it is.
    #[error("the target changed meanwhile")]
    ChangedMeanwhile(Presence),
    /// The system refused.
    #[error(transparent)]
    Disk(#[from] DiskError),
}
