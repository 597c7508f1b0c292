//! The consumer's way through roots that do not overlap, and through the listings below them.
use crate::error::DiskError;
use crate::observe::Presence;
use crate::scan::directory::{Job, Origin};
use crate::scan::listing::Listing;
use crate::scan::pool::Pool;
use crate::scan::{Context, Entry, Extent, Problem, ScanItem, ScanRoot, Visit};
use crate::session::DiskSession;
use csync3_core::entry::{Kind, Observed};
use csync3_core::path::ClusterPath;
use std::collections::VecDeque;
use std::sync::Arc;

/// A walk; its items come in order if its roots do.
#[derive(Debug)]
pub(super) struct Walk {
    context: Arc<Context>,
    session: DiskSession,
    pool: Pool,
    roots: VecDeque<RootStep>,
    /// The directories from a root down to where the walk is.
    frames: Vec<Frame>,
    /// The encoded name of the last frame's directory, without a slash at its end.
    name: Vec<u8>,
}

/// A point among the roots.
#[derive(Debug)]
enum RootStep {
    /// An object that was not looked at yet.
    Look(ScanRoot),
    /// What the look showed.
    Item(ScanItem),
    /// A directory, which is to be entered.
    Below { name: ClusterPath, key: Box<[u32]> },
}

/// A directory that the walk is in.
#[derive(Debug)]
struct Frame {
    listing: Listing,
    key: Box<[u32]>,
    next: u32,
    /// How long the name was before this directory.
    stem: usize,
}

impl Walk {
    /// Starts a walk from roots, each with whether it stands for what is below it.
    ///
    /// All roots of a recursive walk are looked at here, so that they can be read ahead.
    pub(super) fn new(context: &Arc<Context>, steps: Vec<(ScanRoot, bool)>) -> Self {
        let mut walk = Self {
            context: Arc::clone(context),
            session: context.disk.session(),
            pool: Pool::new(Arc::clone(context)),
            roots: VecDeque::new(),
            frames: Vec::new(),
            name: Vec::new(),
        };
        let mut jobs = Vec::new();
        for (index, (root, is_below)) in (0u32..).zip(steps) {
            if !context.options.recursive {
                let look = (!is_below).then_some(RootStep::Look(root));
                walk.roots.extend(look);
            } else if !is_below {
                let item = walk.look_at_root(&root);
                walk.roots.extend(item.map(RootStep::Item));
            } else if walk.is_entered(&root) {
                jobs.push(job(&root, index));
                walk.roots.push_back(RootStep::Below { name: root.name, key: [index].into() });
            }
        }
        walk.pool.add(jobs);
        walk
    }

    /// What there is to report of a root itself.
    fn look_at_root(&self, root: &ScanRoot) -> Option<ScanItem> {
        if self.context.select.level(&root.name.decoded()) != Visit::Yes {
            return None;
        }
        match self.session.observe(&root.at) {
            Ok(Presence::There(seen)) => Some(item(root.name.clone(), Ok(seen))),
            Ok(_) => None,
            Err(error) => Some(item(root.name.clone(), Err(error))),
        }
    }

    /// Says whether a root is a directory that the patterns want entered.
    ///
    /// One that cannot be looked at is: reading it will tell why not.
    fn is_entered(&self, root: &ScanRoot) -> bool {
        let name = root.name.decoded();
        self.context.select.level(&name) != Visit::No
            && self.context.select.may_hold(&name)
            && match self.session.observe(&root.at) {
                Ok(Presence::There(seen)) => seen.kind == Kind::Dir,
                Ok(_) => false,
                Err(_) => true,
            }
    }

    /// Does one step among the roots.
    fn step_of_roots(&mut self, step: RootStep) -> Option<ScanItem> {
        match step {
            RootStep::Item(item) => Some(item),
            RootStep::Look(root) => self.look_at_root(&root),
            RootStep::Below { name, key } => {
                self.name.clear();
                self.name.extend_from_slice(stem(&name));
                self.enter(key, 0)
            }
        }
    }

    /// Does one step in the last directory, or leaves it; `None` if there is nothing to report.
    fn step_of_frames(&mut self) -> Option<ScanItem> {
        let frame = self.frames.last_mut()?;
        let index = frame.next;
        let Some(&step) = frame.listing.steps.get(index as usize) else {
            self.name.truncate(frame.stem);
            self.frames.pop();
            return None;
        };
        frame.next += 1;
        let stem = self.name.len();
        self.name.push(b'/');
        self.name.extend_from_slice(frame.listing.encoded(step));
        if step.is_below {
            let key = [&*frame.key, &[index]].concat().into();
            return self.enter(key, stem);
        }
        let seen = frame.listing.take_seen(step);
        let name = ClusterPath::from_stored(&self.name);
        self.name.truncate(stem);
        seen.map(|seen| item(name, seen))
    }

    /// Enters the directory that has the present name.
    fn enter(&mut self, key: Box<[u32]>, stem: usize) -> Option<ScanItem> {
        let mut listing = self.pool.obtain(&key);
        let problem = listing.problem.take().map(|error| {
            ScanItem::Problem(Problem { name: self.directory_name(), extent: Extent::Below, error })
        });
        self.frames.push(Frame { listing, key, next: 0, stem });
        problem
    }

    fn directory_name(&self) -> ClusterPath {
        match self.name.as_slice() {
            b"" => ClusterPath::from_stored(b"/"),
            name => ClusterPath::from_stored(name),
        }
    }
}

impl Iterator for Walk {
    type Item = ScanItem;

    fn next(&mut self) -> Option<ScanItem> {
        loop {
            let item = if self.frames.is_empty() {
                let step = self.roots.pop_front()?;
                self.step_of_roots(step)
            } else {
                self.step_of_frames()
            };
            if item.is_some() {
                return item;
            }
        }
    }
}

fn item(name: ClusterPath, seen: Result<Observed, DiskError>) -> ScanItem {
    match seen {
        Ok(seen) => ScanItem::Entry(Entry { name, seen }),
        Err(error) => ScanItem::Problem(Problem { name, extent: Extent::Object, error }),
    }
}

/// The name that the names of what is below start with, less their slash.
pub(super) fn stem(name: &ClusterPath) -> &[u8] {
    match name.encoded() {
        b"/" => b"",
        encoded => encoded,
    }
}

/// The reading of a root's own directory.
fn job(root: &ScanRoot, index: u32) -> Job {
    let decoded = root.name.decoded();
    let name: Box<[u8]> = match &*decoded {
        b"/" => b"".as_slice(),
        name => name,
    }
    .into();
    Job {
        origin: Arc::new(Origin { name: name.clone(), at: root.at.clone() }),
        name,
        parent: None,
        key: [index].into(),
    }
}
