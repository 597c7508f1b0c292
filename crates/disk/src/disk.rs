//! The entry point, and each operation for callers that touch one object only.
use crate::attributes::Look;
use crate::error::{DiskError, PublishError};
use crate::fault::Faults;
use crate::observe::Presence;
use crate::resolve::kernel_has_openat2;
use crate::scan::{Scan, ScanOptions, ScanRoot, Select};
use crate::session::DiskSession;
use crate::source::Source;
use crate::stage::{Device, Staged, StagedFile};
use csync3_core::entry::{ContentHash, Observed, Timestamp};
use csync3_core::path::{LocalPath, Located};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

/// The synced trees of this host; cheap to clone, shared between threads.
///
/// Each operation resolves its path anew. Who works on many objects takes a [`Disk::session`].
#[derive(Debug, Clone)]
pub struct Disk {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    faults: Option<Faults>,
    /// Whether `openat2` may be used if the kernel has it.
    openat2: bool,
    /// How many [`Spare`](crate::Spare)s there are.
    spares: AtomicUsize,
}

impl Default for Disk {
    fn default() -> Self {
        Self::new()
    }
}

impl Disk {
    /// The disk as it is.
    #[must_use]
    pub fn new() -> Self {
        Self::build(None, true)
    }

    /// A disk whose operations ask `faults` first.
    #[must_use]
    pub fn with_faults(faults: Faults) -> Self {
        Self::build(Some(faults), true)
    }

    /// A disk that resolves paths component by component, as on kernels before 5.6.
    #[must_use]
    pub fn without_openat2() -> Self {
        Self::build(None, false)
    }

    fn build(faults: Option<Faults>, openat2: bool) -> Self {
        Self { shared: Arc::new(Shared { faults, openat2, spares: AtomicUsize::new(0) }) }
    }

    /// Does one operation, unless a fault takes its place, and reports its failure.
    pub(crate) fn run<T>(
        &self,
        operation: &'static str,
        path: &LocalPath,
        effect: impl FnOnce() -> rustix::io::Result<T>,
    ) -> Result<T, DiskError> {
        let failed = |source| DiskError::new(operation, path.clone(), source);
        if let Some(faults) = &self.shared.faults {
            faults.ask(operation, path).map_err(failed)?;
        }
        effect().map_err(|errno| failed(errno.into()))
    }

    pub(crate) fn has_faults(&self) -> bool {
        self.shared.faults.is_some()
    }

    pub(crate) fn spares(&self) -> &AtomicUsize {
        &self.shared.spares
    }

    pub(crate) fn resolves_in_one_call(&self) -> bool {
        self.shared.openat2 && kernel_has_openat2()
    }

    /// A user of this disk that remembers the directories it works in.
    #[must_use]
    pub fn session(&self) -> DiskSession {
        DiskSession::new(self.clone())
    }

    /// Walks trees in sorted order; see [`Scan`].
    #[must_use]
    pub fn scan(
        &self,
        roots: Vec<ScanRoot>,
        select: Arc<dyn Select>,
        options: ScanOptions,
    ) -> Scan {
        Scan::start(self, roots, select, options)
    }

    /// [`DiskSession::observe`], once.
    ///
    /// # Errors
    /// As there.
    pub fn observe(&self, at: &Located) -> Result<Presence, DiskError> {
        self.session().observe(at)
    }

    /// [`DiskSession::hash`], once.
    ///
    /// # Errors
    /// As there.
    pub fn hash(&self, at: &Located) -> Result<ContentHash, DiskError> {
        self.session().hash(at)
    }

    /// [`DiskSession::open`], once.
    ///
    /// # Errors
    /// As there.
    pub fn open(&self, at: &Located) -> Result<Source, DiskError> {
        self.session().open(at)
    }

    /// [`DiskSession::stage_file`], once.
    ///
    /// # Errors
    /// As there.
    pub fn stage_file(&self, at: &Located, keep_open_basis: bool) -> Result<StagedFile, DiskError> {
        self.session().stage_file(at, keep_open_basis)
    }

    /// [`DiskSession::stage_dir`], once.
    ///
    /// # Errors
    /// As there.
    pub fn stage_dir(&self, at: &Located, look: Look) -> Result<Staged, DiskError> {
        self.session().stage_dir(at, look)
    }

    /// [`DiskSession::stage_symlink`], once.
    ///
    /// # Errors
    /// As there.
    pub fn stage_symlink(
        &self,
        at: &Located,
        target: &[u8],
        look: Look,
    ) -> Result<Staged, DiskError> {
        self.session().stage_symlink(at, target, look)
    }

    /// [`DiskSession::stage_fifo`], once.
    ///
    /// # Errors
    /// As there.
    pub fn stage_fifo(&self, at: &Located, look: Look) -> Result<Staged, DiskError> {
        self.session().stage_fifo(at, look)
    }

    /// [`DiskSession::stage_device`], once.
    ///
    /// # Errors
    /// As there.
    pub fn stage_device(
        &self,
        at: &Located,
        device: Device,
        look: Look,
    ) -> Result<Staged, DiskError> {
        self.session().stage_device(at, device, look)
    }

    /// [`DiskSession::remove`], once.
    ///
    /// # Errors
    /// As there.
    pub fn remove(&self, at: &Located, expected: &Observed) -> Result<(), PublishError> {
        self.session().remove(at, expected)
    }

    /// [`DiskSession::set_owner`], once.
    ///
    /// # Errors
    /// As there.
    pub fn set_owner(
        &self,
        at: &Located,
        uid: Option<u32>,
        gid: Option<u32>,
    ) -> Result<Observed, DiskError> {
        self.session().set_owner(at, uid, gid)
    }

    /// [`DiskSession::set_mode`], once.
    ///
    /// # Errors
    /// As there.
    pub fn set_mode(&self, at: &Located, permissions: u32) -> Result<Observed, DiskError> {
        self.session().set_mode(at, permissions)
    }

    /// [`DiskSession::set_times`], once.
    ///
    /// # Errors
    /// As there.
    pub fn set_times(&self, at: &Located, mtime: Timestamp) -> Result<Observed, DiskError> {
        self.session().set_times(at, mtime)
    }

    /// [`DiskSession::make_parents`], once.
    ///
    /// # Errors
    /// As there.
    pub fn make_parents(&self, at: &Located) -> Result<(), DiskError> {
        self.session().make_parents(at)
    }

    /// [`DiskSession::backup`], once.
    ///
    /// # Errors
    /// As there.
    pub fn backup(
        &self,
        at: &Located,
        directory: &LocalPath,
        generations: u32,
    ) -> Result<(), DiskError> {
        self.session().backup(at, directory, generations)
    }
}
