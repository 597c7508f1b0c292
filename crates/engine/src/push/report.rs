//! Outcomes of conversations: rows cleared, events, problems, and what has to be tried again.
use super::PushSummary;
use super::content::ContentError;
use super::pipeline::Ended;
use super::rows::Candidate;
use crate::host::{Host, ProblemCount, now};
use crate::observer::{DryRun, Event, Problem};
use csync3_core::config::HostName;
use csync3_core::entry::Kind;
use csync3_core::entry::Observed;
use csync3_core::path::ClusterPath;
use csync3_core::push::{Conversation, Outcome};
use csync3_core::wire::reply::Reply;
use csync3_store::StoreError;
use csync3_store::row::{Change, DirtyRow};
use std::collections::HashSet;

/// Changes of rows that are handed to the store together.
const BATCH: usize = 64;

/// What was served, as far as it matters for what is told about it.
pub(super) struct Served {
    /// The rule by which a conflict was won.
    pub(super) won: Option<&'static str>,
    /// The local object; `None` for a removal.
    pub(super) object: Option<Observed>,
    /// The peer had no such object.
    pub(super) was_absent: bool,
    /// Content bytes that were sent.
    pub(super) bytes: u64,
}

impl Served {
    pub(super) fn by(conversation: &Conversation, bytes: u64) -> Self {
        Self {
            won: conversation.won(),
            object: conversation.object().cloned(),
            was_absent: conversation.was_absent(),
            bytes,
        }
    }
}

/// The account of one peer's run.
pub(super) struct Report {
    host: Host,
    peer: HostName,
    dry_run: bool,
    problems: ProblemCount,
    settled: u64,
    bytes: u64,
    /// What is to be written about rows that were served.
    written: Vec<Change>,
    /// Rows that this run will not settle; a later pass leaves them alone.
    pub(super) given_up: HashSet<ClusterPath>,
    /// Objects whose directory the peer lacks.
    pub(super) orphans: Vec<ClusterPath>,
    /// Directories made on the peer that were not there.
    pub(super) made: Vec<ClusterPath>,
    /// Objects that vanished here while they were pushed: they are removals now.
    pub(super) vanished: bool,
}

impl Report {
    pub(super) fn new(host: &Host, peer: &HostName, dry_run: bool) -> Self {
        Self {
            host: host.clone(),
            peer: peer.clone(),
            dry_run,
            problems: ProblemCount::default(),
            settled: 0,
            bytes: 0,
            written: Vec::new(),
            given_up: HashSet::new(),
            orphans: Vec::new(),
            made: Vec::new(),
            vanished: false,
        }
    }

    /// Takes over what another account of the same run has noted.
    pub(super) fn absorb(&mut self, other: Self) {
        self.problems.add(other.problems.get());
        self.given_up.extend(other.given_up);
        self.written.extend(other.written);
    }

    /// Reports a problem with the peer or one of its rows.
    pub(super) fn problem(&self, problem: &Problem) {
        self.problems.report(&self.host, problem);
    }

    /// Hands what is to be written about rows to the store.
    pub(super) fn flush(&mut self) -> Result<(), StoreError> {
        let written = std::mem::take(&mut self.written);
        if written.is_empty() { Ok(()) } else { self.host.store.submit(written) }
    }

    /// Remembers how the push to the peer went, once it is over.
    pub(super) fn remember(&mut self, complete: bool) {
        if !self.dry_run {
            let peer = self.peer.as_str().to_owned();
            self.written.push(Change::Pushed { peer, at: now(), complete });
        }
    }

    pub(super) fn summary(&self) -> PushSummary {
        PushSummary { settled: self.settled, problems: self.problems.get(), bytes: self.bytes }
    }

    /// Takes the end of a row.
    pub(super) fn ended(&mut self, candidate: Candidate, served: &Served, ended: Ended) {
        let outcome = match ended {
            Ended::Outcome(outcome) => outcome,
            Ended::Local(error) => return self.unreadable(candidate, error),
        };
        self.bytes += served.bytes;
        let name = &candidate.row.name;
        if let Some(method) = served.won {
            self.notice(&Event::TieWon { peer: self.peer.as_str(), name, method });
        }
        self.tell(&candidate, served, &outcome);
        if outcome.is_settled() && !self.dry_run {
            self.settle(candidate, served, &outcome);
        } else if outcome == Outcome::ParentMissing {
            self.orphans.push(candidate.row.name);
        } else {
            self.note_conflict(&candidate.row, matches!(outcome, Outcome::Conflict { .. }));
            self.given_up.insert(candidate.row.name);
        }
    }

    /// Lets the row say whether this push found a conflict; most say so already.
    fn note_conflict(&mut self, row: &DirtyRow, found: bool) {
        if !self.dry_run && (found || row.conflict.is_some()) {
            let (name, peer) = (row.name.clone(), row.peer.clone());
            self.write(Change::Conflict { name, peer, at: found.then(now) });
        }
    }

    /// Hands a change to the store, together with others.
    pub(super) fn write(&mut self, change: Change) {
        self.written.push(change);
        if self.written.len() >= BATCH
            && let Err(error) = self.flush()
        {
            let problem = Problem::new(&self.peer, "cannot record what was sent");
            self.problem(&problem.because(error));
        }
    }

    fn settle(&mut self, candidate: Candidate, served: &Served, outcome: &Outcome) {
        self.settled += 1;
        let row = candidate.row;
        let is_dir = served.object.as_ref().is_some_and(|object| object.kind == Kind::Dir);
        if is_dir && *outcome == Outcome::Updated && served.was_absent {
            self.made.push(row.name.clone());
        }
        let generation = row.generation;
        self.write(Change::Clear { name: row.name, peer: row.peer, generation });
    }

    fn notice(&self, event: &Event<'_>) {
        self.host.notice(event);
    }

    /// Events and problems of one outcome.
    fn tell(&self, candidate: &Candidate, served: &Served, outcome: &Outcome) {
        let (peer, name, bytes) = (self.peer.as_str(), &candidate.row.name, served.bytes);
        let removal = served.object.is_none();
        match outcome {
            Outcome::Updated => self.notice(&Event::Updated { peer, name, bytes }),
            Outcome::UpToDate | Outcome::AlreadyGone => {
                self.notice(&Event::UpToDate { peer, name });
            }
            Outcome::Deleted => self.notice(&Event::Deleted { peer, name }),
            Outcome::WouldKeep => self.would(name, DryRun::Same),
            Outcome::WouldChange => {
                let forced = candidate.row.forced;
                let what =
                    if removal { DryRun::Delete { forced } } else { DryRun::Modify { forced } };
                self.would(name, what);
            }
            Outcome::ParentMissing => self.notice(&Event::ParentMissing { peer, name }),
            Outcome::Conflict { lost, removal: not_for_removals } => {
                if lost.is_some() || *not_for_removals {
                    self.notice(&Event::TieLost { peer, name, method: *lost });
                }
                let has_rule = lost.is_some() || *not_for_removals;
                self.refused(name, &conflict(name, peer, has_rule), true);
            }
            Outcome::Refused { request, reply } => {
                self.refused(name, &refusal(name, peer, request, reply), false);
            }
        }
    }

    pub(super) fn would(&self, name: &ClusterPath, what: DryRun) {
        self.notice(&Event::WouldDo { peer: self.peer.as_str(), name, what });
    }

    fn refused(&self, name: &ClusterPath, problem: &Problem, conflict: bool) {
        self.problem(problem);
        self.notice(&Event::StaysDirty { peer: self.peer.as_str(), name, conflict });
    }

    fn unreadable(&mut self, candidate: Candidate, error: ContentError) {
        let name = candidate.row.name;
        if matches!(&error, ContentError::Disk(error) if error.is_not_found()) {
            self.vanished = true;
            return;
        }
        let problem = Problem::new(&name, "cannot send").with_peer(&self.peer);
        let problem = match error {
            ContentError::Changing => problem.hint("push again when nobody writes to it"),
            _ => problem,
        };
        self.refused(&name, &problem.because(error), false);
        self.given_up.insert(name);
    }
}

fn conflict(name: &ClusterPath, peer: &str, has_rule: bool) -> Problem {
    let force = "push it from the host with the right version, after `csync3 -f NAME` there";
    let problem = Problem::new(name, "cannot replace: peer reports it changed there too");
    let hint = if has_rule {
        format!("the `auto` rule of its group did not decide for this host: {force}")
    } else {
        format!("{force}, or choose a rule with `auto` in its group")
    };
    problem.with_peer(peer).hint(hint)
}

/// Explains a refusal as far as the peer lets us know.
fn refusal(name: &ClusterPath, peer: &str, request: &str, reply: &Reply) -> Problem {
    let text = String::from_utf8_lossy(&reply.text()).into_owned();
    let problem = Problem::new(name, format!("{request} refused: {text}")).with_peer(peer);
    match reply {
        Reply::Denied => problem.hint(
            "on the peer, this host may not be in the group, the key file may differ, or no \
             include of the group may cover the path: compare csync2.cfg and the key file of both",
        ),
        Reply::DeniedBecause(_) => problem
            .hint("the reason is the peer's own: compare csync2.cfg and the key file of both"),
        Reply::DeniedForSlave => problem.hint(
            "this host is a slave of the group there (its name is in parentheses): its changes \
             are not taken, and the master will send its own version",
        ),
        Reply::IdentifyFirst { .. } | Reply::IdentificationFailed => problem.hint(
            "the peer does not resolve this host's name to the address the connection came from",
        ),
        Reply::UnknownCommand => problem.hint("the peer runs a version that does not know this"),
        _ => problem,
    }
}
