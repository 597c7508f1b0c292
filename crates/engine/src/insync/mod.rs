//! `-T` and `-TT`: is a peer in sync with this host, and if not, what is different?
//!
//! The rows of both databases are compared, not the disks: a check on both sides goes first. Both
//! sides stream their rows in the order of encoded names, so memory does not grow with their number.
//! `-TT` reads the contents themselves, each over a session of its own, as `TYPE` demands.
//!
//! Pairs are asked side by side, each by a thread of its own; what they find is handed out in the
//! order of the pairs. A pair that is ahead waits once its queue is full. One that cannot be asked is
//! a problem and costs only itself.
//!
//! * `order`: many pairs at once, one after the other in the output
//! * `rows`: the rows of one pair
//! * `content`: one object of one pair
//! * `side`: what the peer has, before its content is read
//!
//! # Source
//! `spec/sync.md` 7 and 10, `spec/cli.md` 4, `spec/wire.md` 3 and 7.
mod content;
mod order;
mod rows;
mod side;

pub use content::Compared;

use crate::host::{Host, ProblemCount, thread_runtime};
use crate::mark::changes_for;
use crate::observer::{Event, Problem};
use crate::push::{Calls, LinkError, Way};
use csync3_core::config::Target;
use csync3_core::decide::insync::Difference;
use csync3_core::path::ClusterPath;
use csync3_store::StoreError;
use csync3_store::row::Change;
use std::sync::mpsc::SyncSender;

/// Rows that a pair may be ahead of the output.
const ROWS_AHEAD: usize = 4_096;

/// Pairs whose contents are compared at the same time: each may hold two files of
/// [`content::SHOWN`] bytes and what they differ in.
const CONTENTS_AT_ONCE: usize = 4;

/// Differences whose marks are made together.
const BATCH: usize = 500;

/// What to compare, and how.
#[derive(Debug, Clone)]
pub struct InSyncOptions {
    /// The pairs to ask, in the order of the output.
    pub pairs: Vec<Target>,
    /// Only this name; everything without one.
    pub name: Option<ClusterPath>,
    /// Leave out what the groups that count do not cover, though the peer shows it: with `-G`.
    pub covered_only: bool,
    /// `-I`: owe what differs to the peers.
    pub marking: Option<Marking>,
    /// How to call the peers.
    pub calls: Calls,
}

impl InSyncOptions {
    fn way(&self) -> Way<'_> {
        // A test changes nothing but the marks that it is asked for.
        self.calls.way(true)
    }
}

/// What `-I` marks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Marking {
    /// `-X`: also what only the peer has. A push removes it there.
    pub only_there: bool,
    /// `-U`: for the peer that was asked, not for all.
    pub only_this_peer: bool,
    /// `-F`: overrule the peers.
    pub forced: bool,
}

/// What came of a comparison.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct InSyncSummary {
    /// Rows that differ.
    pub differences: u64,
    /// Problems that were reported.
    pub problems: u64,
}

/// Compares the rows of all pairs. Hands each difference to `print` until that says to stop by
/// `false`; what is to be marked is marked all the same.
///
/// # Errors
/// The store's; what is wrong with single peers is reported and counted.
pub fn rows(
    host: &Host,
    options: &InSyncOptions,
    mut print: impl FnMut(&Target, Difference, &ClusterPath) -> bool,
) -> Result<InSyncSummary, StoreError> {
    let run = Run::new(host, options);
    let mut marks = Marks::new(host, options.marking);
    let mut reading = true;
    let mut differences = 0;
    order::in_order(
        &options.pairs,
        order::Bounds { at_once: options.calls.jobs, ahead: ROWS_AHEAD },
        |pair, found| run.ask_rows(pair, |difference, name| found.send((difference, name)).is_ok()),
        |pair, (difference, name)| {
            differences += 1;
            reading = reading && print(pair, difference, &name);
            marks.add(pair, difference, &name)?;
            Ok(reading || options.marking.is_some())
        },
    )?;
    marks.commit()?;
    Ok(InSyncSummary { differences, problems: run.problems.get() })
}

/// Compares the contents of what differs in the rows of all pairs: pair by pair, names in descending
/// order. Hands each to `print` until that says to stop by `false`.
///
/// # Errors
/// As [`rows`].
pub fn contents_of_rows(
    host: &Host,
    options: &InSyncOptions,
    mut print: impl FnMut(&Target, &ClusterPath, Compared) -> bool,
) -> Result<InSyncSummary, StoreError> {
    let run = Run::new(host, options);
    let mut marks = Marks::new(host, options.marking);
    let mut differences = 0;
    order::in_order(
        &options.pairs,
        order::Bounds { at_once: options.calls.jobs.min(CONTENTS_AT_ONCE), ahead: 1 },
        |pair, found| {
            let mut names = Vec::new();
            run.ask_rows(pair, |difference, name| {
                names.push(name.clone());
                found.send((name, Found::Row(difference))).is_ok()
            })?;
            names.reverse();
            run.compare_contents(pair, names, found);
            Ok(())
        },
        |pair, (name, found)| match found {
            Found::Row(difference) => {
                differences += 1;
                marks.add(pair, difference, &name)?;
                Ok(true)
            }
            Found::Content(compared) => Ok(print(pair, &name, compared)),
        },
    )?;
    marks.commit()?;
    Ok(InSyncSummary { differences, problems: run.problems.get() })
}

/// Compares the content of one name with all pairs, whether or not the rows differ.
///
/// # Errors
/// As [`rows`].
pub fn contents_of_name(
    host: &Host,
    options: &InSyncOptions,
    name: &ClusterPath,
    mut print: impl FnMut(&Target, &ClusterPath, Compared) -> bool,
) -> Result<InSyncSummary, StoreError> {
    let run = Run::new(host, options);
    order::in_order(
        &options.pairs,
        order::Bounds { at_once: options.calls.jobs.min(CONTENTS_AT_ONCE), ahead: 1 },
        |pair, found| {
            run.compare_contents(pair, vec![name.clone()], found);
            Ok(())
        },
        |pair, (name, found)| match found {
            Found::Row(_) => Ok(true),
            Found::Content(compared) => Ok(print(pair, &name, compared)),
        },
    )?;
    Ok(InSyncSummary { differences: 0, problems: run.problems.get() })
}

/// What a thread of `-TT` has found of a name.
enum Found {
    Row(Difference),
    Content(Compared),
}

/// What all pairs share.
struct Run<'a> {
    host: &'a Host,
    options: &'a InSyncOptions,
    problems: ProblemCount,
}

impl<'a> Run<'a> {
    fn new(host: &'a Host, options: &'a InSyncOptions) -> Self {
        Self { host, options, problems: ProblemCount::default() }
    }

    /// Hands the differences of one pair to `take` until that says to stop by `false`.
    fn ask_rows(
        &self,
        pair: &Target,
        take: impl FnMut(Difference, ClusterPath) -> bool,
    ) -> Result<(), StoreError> {
        let Target { peer, myname } = pair;
        self.host.detail(1, || format!("Running in-sync check for {myname} <-> {peer}."));
        let asked = thread_runtime().block_on(rows::rows(self.host, self.options, pair, take));
        self.ended(pair, asked)
    }

    fn ended(&self, pair: &Target, asked: Result<(), LinkError>) -> Result<(), StoreError> {
        let peer = pair.peer.as_str();
        match asked {
            Ok(()) => {}
            Err(LinkError::Store(error)) => return Err(error),
            Err(error) => {
                let problem = error.into_problem(peer, "cannot compare with it");
                self.problems.report(self.host, &problem);
            }
        }
        self.host.notice(&Event::PeerDone { peer });
        Ok(())
    }

    /// Compares contents of one pair. A peer that cannot be reached is not tried again.
    fn compare_contents(
        &self,
        pair: &Target,
        names: Vec<ClusterPath>,
        found: &SyncSender<(ClusterPath, Found)>,
    ) {
        let runtime = thread_runtime();
        for name in names {
            let compared = content::compare(self.host, self.options.way(), pair, &name);
            match runtime.block_on(compared) {
                Ok(Ok(compared)) => {
                    if found.send((name, Found::Content(compared))).is_err() {
                        return;
                    }
                }
                Ok(Err(problem)) => self.problem(problem.with_peer(&pair.peer)),
                Err(error) => {
                    let problem = error.into_problem(pair.peer.as_str(), "cannot compare with it");
                    self.problem(problem);
                    return;
                }
            }
        }
    }

    fn problem(&self, problem: Problem) {
        self.problems.report(self.host, &problem);
    }
}

/// The marks of `-I`.
struct Marks<'a> {
    host: &'a Host,
    marking: Option<Marking>,
    names: usize,
    changes: Vec<Change>,
}

impl<'a> Marks<'a> {
    const fn new(host: &'a Host, marking: Option<Marking>) -> Self {
        Self { host, marking, names: 0, changes: Vec::new() }
    }

    fn add(
        &mut self,
        pair: &Target,
        difference: Difference,
        name: &ClusterPath,
    ) -> Result<(), StoreError> {
        let Some(marking) = self.marking else {
            return Ok(());
        };
        if difference == Difference::OnlyThere && !marking.only_there {
            return Ok(());
        }
        let wanted = |peer: &_| !marking.only_this_peer || *peer == pair.peer;
        self.changes.extend(changes_for(self.host, name, marking.forced, wanted));
        self.names += 1;
        if self.names >= BATCH { self.commit() } else { Ok(()) }
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        self.names = 0;
        let changes = std::mem::take(&mut self.changes);
        if !changes.is_empty() {
            self.host.store.commit(changes)?;
        }
        Ok(())
    }
}
