//! The events of a run as lines, and what they sum up to.
use super::Line;
use super::name::Name;
use csync3_engine::observer::{DryRun, Event, Found, Problem};
use serde::Serialize;
use std::collections::BTreeMap;
use std::error::Error;
use std::iter::successors;

/// What was done with one peer, or with all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Sums {
    /// Objects sent.
    pub updated: u64,
    /// Objects removed on the peer.
    pub deleted: u64,
    /// Objects that the peer had already.
    pub same: u64,
    /// Objects that stay dirty because they changed on both sides.
    pub conflicts: u64,
    /// Objects that stay dirty for another reason.
    pub refused: u64,
    /// Bytes of content that were sent.
    pub bytes: u64,
}

/// Sums up a run.
#[derive(Debug, Default)]
pub struct Run {
    found: u64,
    marked: u64,
    problems: u64,
    all: Sums,
    peers: BTreeMap<String, (Sums, u64)>,
}

impl Run {
    /// Takes note of an event; its line, if it has one.
    pub fn take(&mut self, event: &Event<'_>) -> Option<Line> {
        match event {
            Event::Found { .. } => self.found += 1,
            Event::Marked { .. } => self.marked += 1,
            Event::Problem(problem) => {
                self.problems += 1;
                if let Some(peer) = &problem.peer {
                    self.peers.entry(peer.clone()).or_default().1 += 1;
                }
            }
            Event::PeerDone { peer } => {
                let (sums, problems) = self.peers.remove(*peer).unwrap_or_default();
                return Some(Line::Push {
                    peer: (*peer).to_owned(),
                    complete: problems == 0,
                    sums,
                });
            }
            _ => {}
        }
        let line = of_this_host(event).or_else(|| of_a_push(event));
        if let Some(Line::Result { peer, result, bytes, .. }) = &line {
            let of_peer = &mut self.peers.entry(peer.clone()).or_default().0;
            for sums in [of_peer, &mut self.all] {
                sums.add(result, bytes.unwrap_or_default());
            }
        }
        line
    }

    /// The last line of a run.
    #[must_use]
    pub const fn summary(&self) -> Line {
        let Self { problems, found, marked, all, .. } = *self;
        Line::Summary { problems, found, marked, sums: all }
    }
}

impl Sums {
    fn add(&mut self, result: &str, bytes: u64) {
        self.bytes += bytes;
        match result {
            "updated" => self.updated += 1,
            "deleted" => self.deleted += 1,
            "same" => self.same += 1,
            "conflict" => self.conflicts += 1,
            "refused" => self.refused += 1,
            // It is tried again, and comes to something else then.
            _ => {}
        }
    }
}

fn of_this_host(event: &Event<'_>) -> Option<Line> {
    Some(match event {
        Event::Found { name, found } => {
            Line::Found { name: Name::of(name), change: change(*found) }
        }
        Event::Marked { name } => Line::Marked { name: Name::of(name) },
        Event::FileRowRemoved { name } => {
            Line::Forgotten { name: Name::of(name), table: "file", peer: None }
        }
        Event::DirtyRowRemoved { name, peer } => {
            let peer = Some((*peer).to_owned());
            Line::Forgotten { name: Name::of(name), table: "dirty", peer }
        }
        Event::ActionStarted { command } => Line::Action { command: command.clone() },
        Event::Problem(problem) => of_a_problem(problem),
        _ => return None,
    })
}

fn of_a_push(event: &Event<'_>) -> Option<Line> {
    let (peer, name, result, bytes) = match event {
        Event::Updated { peer, name, bytes } => (peer, name, "updated", Some(*bytes)),
        Event::Deleted { peer, name } => (peer, name, "deleted", None),
        Event::UpToDate { peer, name } => (peer, name, "same", None),
        Event::StaysDirty { peer, name, conflict: true } => (peer, name, "conflict", None),
        Event::StaysDirty { peer, name, conflict: false } => (peer, name, "refused", None),
        Event::ParentMissing { peer, name } => (peer, name, "no-parent", None),
        Event::WouldDo { peer, name, what } => {
            let (action, forced) = action(*what);
            let peer = (*peer).to_owned();
            return Some(Line::Would { name: Name::of(name), peer, action, forced });
        }
        Event::TieWon { peer, name, method } => {
            let (name, peer) = (Name::of(name), (*peer).to_owned());
            return Some(Line::Tie { name, peer, won: true, method: Some(method) });
        }
        Event::TieLost { peer, name, method } => {
            let (name, peer) = (Name::of(name), (*peer).to_owned());
            return Some(Line::Tie { name, peer, won: false, method: *method });
        }
        _ => return None,
    };
    Some(Line::Result { name: Name::of(name), peer: (*peer).to_owned(), result, bytes })
}

fn of_a_problem(problem: &Problem) -> Line {
    let first = problem.cause.as_deref().map(|cause| cause as &(dyn Error + 'static));
    let causes = successors(first, |&cause| cause.source()).map(ToString::to_string).collect();
    Line::Problem {
        object: problem.object.clone(),
        peer: problem.peer.clone(),
        message: problem.what.clone(),
        causes,
        hint: problem.hint.clone(),
    }
}

const fn change(found: Found) -> &'static str {
    match found {
        Found::New => "new",
        Found::Changed => "changed",
        Found::Gone => "gone",
    }
}

const fn action(what: DryRun) -> (&'static str, bool) {
    match what {
        DryRun::Same => ("same", false),
        DryRun::Modify { forced } => ("modify", forced),
        DryRun::Delete { forced } => ("delete", forced),
    }
}
