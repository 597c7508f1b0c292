//! The sorted walk over synced trees.
//!
//! One directory is the unit of work: it is read, asked about, looked at and sorted as a whole, by a
//! thread of the pool or by the consumer when it comes to one that no thread has. The consumer alone
//! puts the items together, so their order does not depend on who read what.
//!
//! [`directory`]: what is to be read · [`read`]: reading it · [`listing`]: what it holds ·
//! [`position`]: the order of names · [`pool`]: who reads what, and how far ahead · [`walk`]: the
//! consumer's way through the listings · [`merge`]: several roots
mod directory;
mod listing;
mod merge;
mod pool;
mod position;
mod read;
mod walk;

use crate::disk::Disk;
use crate::error::DiskError;
use crate::scan::merge::Merge;
use csync3_core::entry::Observed;
use csync3_core::path::{ClusterPath, LocalPath, Located};
use std::fmt;
use std::sync::{Arc, Mutex};

/// What the patterns say to one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visit {
    /// Neither report it nor, if it is a directory, enter it.
    No,
    /// If it is a directory enter it, but do not report it.
    Way,
    /// Report it, and enter it if it is a directory.
    Yes,
}

/// Which names a scan visits; asked from several threads at once.
pub trait Select: Send + Sync {
    /// What to do with the object of this name (decoded, complete).
    fn level(&self, decoded_name: &[u8]) -> Visit;

    /// Says whether anything below this directory can be visited; if not it is never opened.
    fn may_hold(&self, decoded_dir: &[u8]) -> bool;

    /// What to do about temporaries that nobody holds.
    fn leftovers(&self) -> LeftoverPolicy<'_> {
        LeftoverPolicy::Sweep
    }
}

/// What a scan does about temporaries that nobody holds.
#[derive(Debug, Clone, Copy)]
pub enum LeftoverPolicy<'a> {
    /// Those that are a minute old are removed.
    Sweep,
    /// Those that are 2 seconds old are named here, and stay.
    Note(&'a Mutex<Vec<LocalPath>>),
}

/// One object that a scan starts from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanRoot {
    /// Its name.
    pub name: ClusterPath,
    /// Where that is here.
    pub at: Located,
}

/// The order of the items of a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// Ascending encoded bytes of the whole name: the order of the store. Roots are merged, a name
    /// that several roots lead to comes once.
    #[default]
    Encoded,
    /// Parents before children, siblings in descending byte order, roots as they were given: the
    /// order in which csync2 walks.
    Compare,
}

/// How a scan works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScanOptions {
    /// Threads that read directories ahead of the consumer, which reads too when it has to wait; 0
    /// leaves it all to the consumer.
    pub threads: usize,
    /// The order of the items.
    pub order: Order,
    /// Whether directories are entered; else only the roots themselves are looked at.
    pub recursive: bool,
    /// How many entries may be read ahead of the consumer, give or take one directory per thread.
    pub look_ahead: usize,
}

impl Default for ScanOptions {
    fn default() -> Self {
        Self { threads: 2, order: Order::Encoded, recursive: true, look_ahead: 65_536 }
    }
}

/// An object that the scan found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: ClusterPath,
    /// What it looks like.
    pub seen: Observed,
}

/// How much a [`Problem`] hides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// The object itself could not be looked at: it and all below it is unknown.
    Object,
    /// The directory is there, but what is in it is not, or not all, known.
    Below,
}

/// Something that could not be looked at; the scan goes on.
///
/// Absence of a name that the problem [covers](Self::covers) means nothing.
#[derive(Debug)]
pub struct Problem {
    /// The object or directory.
    pub name: ClusterPath,
    /// How much is unknown.
    pub extent: Extent,
    /// Why.
    pub error: DiskError,
}

impl Problem {
    /// Says whether this problem hides `name`.
    #[must_use]
    pub fn covers(&self, name: &ClusterPath) -> bool {
        name.is_below(&self.name) || (self.extent == Extent::Object && *name == self.name)
    }
}

/// One item of a scan.
#[derive(Debug)]
pub enum ScanItem {
    /// An object that is to be reported.
    Entry(Entry),
    /// Something that could not be looked at.
    Problem(Problem),
}

/// A running scan: the items in order, then the end. Dropping it ends its threads.
///
/// An object that vanishes while it is looked at is not there; that is no problem. What no item
/// shows and no problem covers may still exist if the patterns kept the walk away from it.
#[derive(Debug)]
pub struct Scan(Merge);

impl Scan {
    pub(crate) fn start(
        disk: &Disk,
        roots: Vec<ScanRoot>,
        select: Arc<dyn Select>,
        options: ScanOptions,
    ) -> Self {
        let context = Context { disk: disk.clone(), select, options };
        Self(Merge::start(&Arc::new(context), roots))
    }
}

impl Iterator for Scan {
    type Item = ScanItem;

    fn next(&mut self) -> Option<ScanItem> {
        self.0.next()
    }
}

/// What all parts of one scan share.
struct Context {
    disk: Disk,
    select: Arc<dyn Select>,
    options: ScanOptions,
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("options", &self.options).finish_non_exhaustive()
    }
}
