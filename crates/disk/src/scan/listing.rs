//! One directory, read and sorted.
use crate::error::DiskError;
use crate::observe;
use crate::resolve::open_directory;
use crate::scan::position::Position;
use crate::scan::{Context, Order, Visit};
use crate::temporary::{is_temporary, sweep};
use csync3_core::entry::{Kind, Observed};
use csync3_core::path::{LocalPath, Located};
use csync3_core::wire::escape;
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{FileType, Mode, OFlags, RawDir, openat};
use rustix::io::{self, Errno};
use std::cmp::Ordering;
use std::ffi::CStr;
use std::sync::Arc;
use std::sync::atomic::{self, AtomicUsize};

/// How much of a directory the kernel lists at once.
const BATCH: usize = 64 * 1024;

/// How many directories are held open for their subdirectories; further ones are found by path.
const HANDLES: usize = 96;

const DIRECTORY: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// The root that a directory was found from.
#[derive(Debug)]
pub(super) struct Origin {
    /// Decoded, without a slash at its end: empty for `/`.
    pub(super) name: Box<[u8]>,
    pub(super) at: Located,
}

/// A directory that is to be read.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) origin: Arc<Origin>,
    /// Decoded name, without a slash at its end: empty for `/`.
    pub(super) name: Box<[u8]>,
    /// The directory that holds it, if that is still open.
    pub(super) parent: Option<Arc<Handle>>,
    /// Its place in the walk: the index of the step at each level.
    pub(super) key: Box<[u32]>,
}

impl Job {
    /// The path below the root of the origin.
    fn relative(&self) -> Vec<u8> {
        let below = &self.name[self.origin.name.len()..];
        let start = &self.origin.at.relative;
        match below {
            [b'/', below @ ..] if start.is_empty() => below.to_vec(),
            below => [start, below].concat(),
        }
    }

    fn path(&self) -> LocalPath {
        self.origin.at.root.join(&self.relative())
    }

    fn last_component(&self) -> &[u8] {
        let start = self
            .name
            .iter()
            .rposition(|&byte| byte == b'/')
            .map_or(0, |at| at + 1);
        &self.name[start..]
    }

    /// Opens the directory relative to its parent, or by its path if that was closed.
    fn open(&self, context: &Context) -> io::Result<OwnedFd> {
        if let Some(parent) = &self.parent {
            return openat(
                &parent.file,
                self.last_component(),
                DIRECTORY,
                Mode::empty(),
            );
        }
        let one_call = context.disk.resolves_in_one_call();
        let found = open_directory(&self.origin.at.root, &self.relative(), one_call)?.or_errno()?;
        openat(found, c".", DIRECTORY, Mode::empty())
    }
}

/// A directory that is kept open for its subdirectories, and counts as such.
#[derive(Debug)]
pub(super) struct Handle {
    file: OwnedFd,
    open: Arc<AtomicUsize>,
}

impl Handle {
    /// Keeps a directory open, unless there are enough already.
    fn keep(file: OwnedFd, open: &Arc<AtomicUsize>) -> Option<Arc<Self>> {
        let before = open.fetch_add(1, atomic::Ordering::Relaxed);
        // Dropping it gives the count back, whether it is kept or not.
        let handle = Self {
            file,
            open: Arc::clone(open),
        };
        (before < HANDLES).then(|| Arc::new(handle))
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.open.fetch_sub(1, atomic::Ordering::Relaxed);
    }
}

/// One object of a directory.
#[derive(Debug)]
struct Child {
    /// Where its name starts in the text, ending with NUL.
    raw: u32,
    /// Where its encoded name starts: the same unless something had to be encoded.
    encoded: u32,
    raw_length: u16,
    encoded_length: u16,
    is_reported: bool,
    is_entered: bool,
    kind: FileType,
    inode: u64,
    seen: Option<Result<Observed, DiskError>>,
}

/// One step of the walk through a directory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    child: u32,
    pub(super) is_below: bool,
}

/// A directory that was read: what is in it, in the order of the scan.
#[derive(Debug, Default)]
pub(super) struct Listing {
    text: Vec<u8>,
    children: Vec<Child>,
    pub(super) steps: Vec<Step>,
    /// Why it may not be complete.
    pub(super) problem: Option<DiskError>,
}

impl Listing {
    pub(super) fn len(&self) -> usize {
        self.children.len()
    }

    /// The encoded last component of a step's object.
    pub(super) fn encoded(&self, step: Step) -> &[u8] {
        self.children[step.child as usize].encoded(&self.text)
    }

    /// Takes what was seen of a step's object; it is there to be taken once.
    pub(super) fn take_seen(&mut self, step: Step) -> Option<Result<Observed, DiskError>> {
        self.children[step.child as usize].seen.take()
    }

    fn sort(&mut self, order: Order) {
        let (children, text) = (&self.children, &self.text);
        let point = |step: &Step| Position {
            name: children[step.child as usize].encoded(text),
            is_below: step.is_below,
        };
        match order {
            Order::Encoded => self.steps.sort_unstable_by(|a, b| point(a).cmp(&point(b))),
            Order::Compare => self.steps.sort_unstable_by(|a, b| {
                let raw = |step: &Step| children[step.child as usize].raw(text);
                match raw(b).cmp(raw(a)) {
                    Ordering::Equal => a.is_below.cmp(&b.is_below),
                    other => other,
                }
            }),
        }
    }
}

impl Child {
    fn raw<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        &text[self.raw as usize..][..usize::from(self.raw_length)]
    }

    fn raw_c<'a>(&self, text: &'a [u8]) -> &'a CStr {
        let with_nul = &text[self.raw as usize..=self.raw as usize + usize::from(self.raw_length)];
        CStr::from_bytes_with_nul(with_nul).expect("it was copied with its NUL from a C string")
    }

    fn encoded<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        &text[self.encoded as usize..][..usize::from(self.encoded_length)]
    }
}

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
        Self {
            context,
            open,
            batch: Vec::with_capacity(BATCH),
            name: Vec::new(),
        }
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
        self.plan(job, &mut listing);
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
                sweep(directory.as_fd(), bytes);
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
                listing.push(name, kind, entry.ino(), level == Visit::Yes);
                let child = listing.children.last_mut().expect("it was just pushed");
                child.is_entered = may_be_entered && self.context.select.may_hold(&self.name);
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

    /// Puts the steps of the walk in order.
    fn plan(&self, job: &Job, listing: &mut Listing) {
        debug_assert!(!job.key.is_empty(), "a directory is found from a root");
        for (index, child) in listing.children.iter().enumerate() {
            let index = u32::try_from(index).expect("fewer entries than 2^32 bytes of text");
            let step = |is_below| Step {
                child: index,
                is_below,
            };
            if child.seen.is_some() {
                listing.steps.push(step(false));
            }
            if child.is_entered {
                listing.steps.push(step(true));
            }
        }
        listing.sort(self.context.options.order);
    }

    /// The subdirectories that are to be read, as jobs that share the open directory.
    fn jobs(&self, job: &Job, directory: OwnedFd, listing: &Listing) -> Vec<Job> {
        let mut steps = (0u32..)
            .zip(&listing.steps)
            .filter(|(_, step)| step.is_below)
            .peekable();
        if steps.peek().is_none() {
            return Vec::new();
        }
        let parent = Handle::keep(directory, &self.open);
        let child_of = |index: u32, step: &Step| Job {
            origin: Arc::clone(&job.origin),
            name: {
                let component = listing.children[step.child as usize].raw(&listing.text);
                [&*job.name, b"/", component].concat().into()
            },
            parent: parent.clone(),
            key: [&*job.key, &[index]].concat().into(),
        };
        steps.map(|(index, step)| child_of(index, step)).collect()
    }
}

impl Listing {
    fn push(&mut self, name: &CStr, kind: FileType, inode: u64, is_reported: bool) {
        let place =
            |length: usize| u32::try_from(length).expect("a directory is smaller than 4 GiB");
        let length = |length: usize| u16::try_from(length).expect("a component has 255 bytes");
        let raw = self.text.len();
        self.text.extend_from_slice(name.to_bytes_with_nul());
        let bytes = name.to_bytes();
        let (mut encoded, mut encoded_length) = (raw, bytes.len());
        if bytes.iter().copied().any(escape::is_special) {
            encoded = self.text.len();
            escape::encode_into(bytes, &mut self.text);
            encoded_length = self.text.len() - encoded;
        }
        self.children.push(Child {
            raw: place(raw),
            encoded: place(encoded),
            raw_length: length(bytes.len()),
            encoded_length: length(encoded_length),
            is_reported,
            is_entered: false,
            kind,
            inode,
            seen: None,
        });
    }
}

/// Says whether the object vanished, or made way for one that is no directory.
fn is_gone(error: &DiskError) -> bool {
    error.is_not_found() || error.is(Errno::NOTDIR) || error.is(Errno::LOOP)
}
