//! Reading one directory.
use crate::error::DiskError;
use crate::leftover::{NOTABLE, STALE, is_leftover, sweep};
use crate::observe;
use crate::scan::directory::{Handle, Job};
use crate::scan::listing::{Child, Listing, Step};
use crate::scan::{Context, LeftoverPolicy, Visit};
use crate::temporary::is_temporary;
use csync3_core::entry::{Kind, Observed};
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{FileType, RawDir};
use rustix::io::{self, Errno};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, PoisonError};

/// How much of a directory the kernel lists at once.
const BATCH: usize = 64 * 1024;

/// Reads directories, one after the other; the buffers are used again.
#[derive(Debug)]
pub(super) struct Reader {
    context: Arc<Context>,
    open: Arc<AtomicUsize>,
    batch: Vec<u8>,
    name: Vec<u8>,
}

impl Reader {
    /// A reader; `open` counts the handles of the whole scan.
    pub(super) fn new(context: Arc<Context>, open: Arc<AtomicUsize>) -> Self {
        Self { context, open, batch: Vec::with_capacity(BATCH), name: Vec::new() }
    }

    /// Reads a directory, and says which of its subdirectories are to be read.
    ///
    /// One that is gone, or no directory any more, is empty.
    pub(super) fn read(&mut self, job: &Job) -> (Listing, Vec<Job>) {
        let mut listing = Listing::default();
        let directory = match self.run(job, "open", || job.open(&self.context)) {
            Ok(directory) => directory,
            Err(error) => {
                listing.problem = Some(error).filter(|error| !is_gone(error));
                return (listing, Vec::new());
            }
        };
        if let Err(error) = self.list(job, &directory, &mut listing) {
            listing.problem = Some(error).filter(|error| !is_gone(error));
        }
        self.look(job, &directory, &mut listing);
        listing.plan(self.context.options.order);
        let jobs = self.jobs(job, directory, &listing);
        (listing, jobs)
    }

    fn run<T>(
        &self,
        job: &Job,
        operation: &'static str,
        effect: impl FnOnce() -> io::Result<T>,
    ) -> Result<T, DiskError> {
        if self.context.disk.has_faults() {
            return self.context.disk.run(operation, &job.path(), effect);
        }
        effect().map_err(|errno| DiskError::new(operation, job.path(), errno))
    }

    /// Collects the names that the patterns want, with what the directory itself tells of them.
    fn list(
        &mut self,
        job: &Job,
        directory: &OwnedFd,
        listing: &mut Listing,
    ) -> Result<(), DiskError> {
        self.run(job, "list", || Ok(()))?;
        self.name.clear();
        self.name.extend_from_slice(&job.name);
        self.name.push(b'/');
        let stem = self.name.len();
        let mut entries = RawDir::new(directory, self.batch.spare_capacity_mut());
        while let Some(entry) = entries.next() {
            let entry = entry.map_err(|errno| DiskError::new("list", job.path(), errno))?;
            let name = entry.file_name();
            let bytes = name.to_bytes();
            if matches!(bytes, b"." | b"..") {
                continue;
            }
            if is_temporary(bytes) {
                match self.context.select.leftovers() {
                    LeftoverPolicy::Sweep => sweep(directory.as_fd(), bytes, STALE),
                    LeftoverPolicy::Note(note) => {
                        if is_leftover(directory.as_fd(), bytes, NOTABLE) {
                            // A panic while it was held leaves whole entries.
                            let mut noted = note.lock().unwrap_or_else(PoisonError::into_inner);
                            noted.push(job.path().join(bytes));
                        }
                    }
                }
                continue;
            }
            self.name.truncate(stem);
            self.name.extend_from_slice(bytes);
            let level = self.context.select.level(&self.name);
            let kind = entry.file_type();
            let may_be_entered = matches!(kind, FileType::Directory | FileType::Unknown);
            let is_wanted = match level {
                Visit::No => false,
                Visit::Way => may_be_entered,
                Visit::Yes => true,
            };
            if is_wanted {
                let is_entered = may_be_entered && self.context.select.may_hold(&self.name);
                listing.push(name, kind, entry.ino(), level, is_entered);
            }
        }
        Ok(())
    }

    /// Looks at the objects that are to be reported, or whose type the directory did not tell.
    ///
    /// In the order of their inodes: that is how they lie on the disk.
    fn look(&self, job: &Job, directory: &OwnedFd, listing: &mut Listing) {
        let text = &listing.text;
        let mut order: Vec<&mut Child> = listing.children.iter_mut().collect();
        order.sort_unstable_by_key(|child| child.inode);
        for child in order {
            if !child.is_reported && child.kind == FileType::Directory {
                continue;
            }
            let looked = self.look_at(job, directory, child, text);
            let is_dir = matches!(&looked, Some(Ok(seen)) if seen.kind == Kind::Dir);
            child.is_entered &= is_dir;
            // What cannot be looked at is a problem even if it is only on the way.
            let is_problem = matches!(looked, Some(Err(_)));
            child.seen = looked.filter(|_| child.is_reported || is_problem);
        }
    }

    /// What an object looks like; `None` if it is gone.
    fn look_at(
        &self,
        job: &Job,
        directory: &OwnedFd,
        child: &Child,
        text: &[u8],
    ) -> Option<Result<Observed, DiskError>> {
        let effect = || observe::look(directory.as_fd(), child.raw_c(text));
        let path = || job.path().join(child.raw(text));
        let looked = if self.context.disk.has_faults() {
            self.context.disk.run("look at", &path(), effect)
        } else {
            effect().map_err(|errno| DiskError::new("look at", path(), errno))
        };
        match looked {
            Err(error) if is_gone(&error) => None,
            looked => Some(looked),
        }
    }

    /// The subdirectories that are to be read, as jobs that share the open directory.
    fn jobs(&self, job: &Job, directory: OwnedFd, listing: &Listing) -> Vec<Job> {
        let mut steps = (0u32..).zip(&listing.steps).filter(|(_, step)| step.is_below).peekable();
        if steps.peek().is_none() {
            return Vec::new();
        }
        let parent = Handle::keep(directory, &self.open);
        let child_of = |index: u32, step: &Step| Job {
            origin: Arc::clone(&job.origin),
            name: { [&*job.name, b"/", listing.raw(*step)].concat().into() },
            parent: parent.clone(),
            key: [&*job.key, &[index]].concat().into(),
        };
        steps.map(|(index, step)| child_of(index, step)).collect()
    }
}

/// Says whether the object vanished, or made way for one that is no directory.
fn is_gone(error: &DiskError) -> bool {
    error.is_not_found() || error.is(Errno::NOTDIR) || error.is(Errno::LOOP)
}
