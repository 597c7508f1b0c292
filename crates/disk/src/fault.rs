//! Makes chosen disk operations fail, so that tests of every crate can see what then happens.
//!
//! Production code never builds one; without faults an operation pays one null check.
use csync3_core::path::LocalPath;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A hook that is asked before every disk operation.
///
/// The operations are those that a [`DiskError`](crate::DiskError) names: `reach` (the parent
/// directory), `look at`, `open`, `read`, `list`, `create` (also the rename to a free name), `write`,
/// `set the owner of`, `set the mode of`, `set the time of`, `replace`, `restore` (undoing that),
/// `remove`, `clean up beside`, and for backups `back up` and `rename`.
#[derive(Clone)]
pub struct Faults(Arc<Inner>);

type Hook = dyn Fn(&'static str, &LocalPath) -> io::Result<()> + Send + Sync;

struct Inner {
    steps: AtomicU64,
    hook: Box<Hook>,
}

impl Faults {
    /// Calls `hook` with the operation and its path; an error makes the operation fail with it.
    #[must_use]
    pub fn hook(
        hook: impl Fn(&'static str, &LocalPath) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(Inner { steps: AtomicU64::new(0), hook: Box::new(hook) }))
    }

    /// Fails the `nth` operation, counted from 1, with `errno`; all others work.
    #[must_use]
    pub fn nth(nth: u64, errno: i32) -> Self {
        let count = AtomicU64::new(0);
        Self::hook(move |_, _| {
            if count.fetch_add(1, Ordering::Relaxed) + 1 == nth {
                Err(io::Error::from_raw_os_error(errno))
            } else {
                Ok(())
            }
        })
    }

    /// Fails every `operation` on exactly `path` with `errno`.
    #[must_use]
    pub fn at(operation: &'static str, path: LocalPath, errno: i32) -> Self {
        Self::hook(move |tried, at| {
            if tried == operation && *at == path {
                Err(io::Error::from_raw_os_error(errno))
            } else {
                Ok(())
            }
        })
    }

    /// How many operations asked so far.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.0.steps.load(Ordering::Relaxed)
    }

    pub(crate) fn ask(&self, operation: &'static str, path: &LocalPath) -> io::Result<()> {
        self.0.steps.fetch_add(1, Ordering::Relaxed);
        (self.0.hook)(operation, path)
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faults").field("steps", &self.steps()).finish_non_exhaustive()
    }
}
