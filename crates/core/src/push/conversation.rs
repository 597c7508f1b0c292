//! The states of a conversation and the moves between them.
use super::{Dialect, Event, Facts, OnPeer, Outcome, Step};
use crate::checktxt::{self, Checktxt, Fields};
use crate::decide::compare::{Likeness, likeness};
use crate::decide::tie::{Tie, settle, tie};
use crate::entry::{Kind, Observed};
use crate::wire::command::{Meta, Request};
use crate::wire::reply::Reply;

/// What a `PUT` is answered with when the content it made is not the one it announced: the peer's
/// object was another than the signature had said, so the sender falls back to `ATOMICPATCH`.
pub const BASIS_CHANGED: &[u8] = b"Content differs from its hash.";

/// What csync2 answers when something is made in a missing directory. Only a forced row learns it
/// this way: the others have asked with `SIG`.
const NO_SUCH_FILE: &[u8] = b"No such file or directory";

/// The largest file, in bytes, that is sent ahead of the peer's consent. Larger ones wait for it, so
/// that what both sides have under way stays small.
const PUT_LIMIT: u64 = 1 << 20;

/// The conversation about one dirty row.
#[derive(Debug, Clone)]
pub struct Conversation {
    facts: Facts,
    state: State,
    /// The peer's version is overruled: the row was forced, or a tie was won.
    overrule: bool,
    /// The rule that won a tie. There is no second tie.
    won: Option<&'static str>,
    /// A `PUT` met another object than the signature had described.
    put_failed: bool,
    /// The peer has no such object.
    absent: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    Describe,
    Compare,
    Flush,
    Transfer { request: &'static str },
    AskTie { request: &'static str },
    LearnOwner,
    Owner,
    Time { sent: bool },
    Ended,
}

impl Conversation {
    /// Prepares the conversation; [`Self::begin`] starts it.
    #[must_use]
    pub fn new(facts: Facts) -> Self {
        Self {
            overrule: facts.forced,
            absent: facts.on_peer == OnPeer::Absent,
            facts,
            state: State::Start,
            won: None,
            put_failed: false,
        }
    }

    /// The local object; `None` for a removal.
    #[must_use]
    pub const fn object(&self) -> Option<&Observed> {
        self.facts.object.as_ref()
    }

    /// The rule by which a conflict was won, if there was one.
    #[must_use]
    pub const fn won(&self) -> Option<&'static str> {
        self.won
    }

    /// Owner and group that the peer gives to a new file in this directory, if that is known.
    #[must_use]
    pub const fn fresh_owner(&self) -> Option<(u32, u32)> {
        self.facts.fresh_owner
    }

    /// Takes what the session has learned of [`Facts::fresh_owner`] since the conversation began.
    pub const fn teach_fresh_owner(&mut self, owner: (u32, u32)) {
        self.facts.fresh_owner = Some(owner);
    }

    /// Says whether the peer had no such object when it was asked.
    #[must_use]
    pub const fn was_absent(&self) -> bool {
        self.absent
    }

    /// Says whether the peer has accepted the content, so that objects below it may be sent.
    #[must_use]
    pub const fn content_is_there(&self) -> bool {
        matches!(self.state, State::LearnOwner | State::Owner | State::Time { .. } | State::Ended)
    }

    /// The first step.
    pub fn begin(&mut self) -> Step {
        if self.facts.forced && self.facts.dry_run {
            return self.end(Outcome::WouldChange);
        }
        if self.overrule {
            return self.flush();
        }
        // What is certain to be absent need not be compared; a dry run only reports what the peer
        // has said.
        if self.absent && self.facts.object.is_some() && !self.facts.dry_run {
            return self.transfer();
        }
        self.state = State::Describe;
        Step::Send(Request::Signature)
    }

    /// The next step after `event`, which answers the last one.
    pub fn next(&mut self, event: Event) -> Step {
        match (self.state, event) {
            (State::Describe, Event::Described { reply, checktxt, status }) => {
                self.described(&reply, &checktxt, status)
            }
            (State::Describe, Event::Replied(reply)) => self.not_described(reply),
            (State::Compare, Event::Compared { equal: true }) => self.same(),
            (State::Compare, Event::Compared { equal: false }) => self.different(),
            (State::Flush, Event::Replied(reply)) if reply.is_ok() => self.transfer(),
            (State::Flush, Event::Replied(reply)) => self.refused("FLUSH", reply),
            (State::Transfer { request }, Event::Replied(reply)) => {
                self.transferred(request, reply)
            }
            (State::AskTie { request }, Event::Number(number)) => self.settle(request, number),
            (State::LearnOwner, Event::Described { checktxt, .. }) => self.learned(&checktxt),
            // The file is there; its owner is set without knowing more.
            (State::LearnOwner, Event::Replied(_)) => self.set_all(),
            (State::Owner, Event::Set { refused: None }) => self.set_time(true),
            (State::Time { sent }, Event::Set { refused: None }) => {
                self.end(if sent { Outcome::Updated } else { Outcome::UpToDate })
            }
            (State::AskTie { request }, Event::Replied(reply))
            | (_, Event::Set { refused: Some((request, reply)) }) => self.refused(request, reply),
            // Not an answer to what was asked: the peer's object is in an unknown state.
            (_, _) => self.refused("?", Reply::Other(b"unexpected answer".to_vec())),
        }
    }

    fn described(&mut self, reply: &Reply, checktxt: &[u8], status: Reply) -> Step {
        if !status.is_ok() {
            return self.refused("SIG", status);
        }
        self.absent = matches!(reply, Reply::PathNotFound | Reply::NotFound);
        let Some(object) = &self.facts.object else {
            return if self.absent { self.already_gone() } else { self.different() };
        };
        if self.absent {
            return self.different();
        }
        match likeness(object, self.facts.ignore, checktxt) {
            Likeness::Different => self.different(),
            Likeness::Same => self.same(),
            Likeness::AskContent => {
                self.state = State::Compare;
                Step::Compare
            }
        }
    }

    fn not_described(&mut self, reply: Reply) -> Step {
        match (reply, &self.facts.object) {
            (Reply::ParentMissing, Some(_)) => self.end(Outcome::ParentMissing),
            (Reply::ParentMissing, None) => self.already_gone(),
            (reply, _) => self.refused("SIG", reply),
        }
    }

    fn already_gone(&mut self) -> Step {
        let keep = self.facts.dry_run;
        self.end(if keep { Outcome::WouldKeep } else { Outcome::AlreadyGone })
    }

    fn same(&mut self) -> Step {
        if self.facts.dry_run { self.end(Outcome::WouldKeep) } else { self.set_time(false) }
    }

    fn different(&mut self) -> Step {
        if self.facts.dry_run { self.end(Outcome::WouldChange) } else { self.transfer() }
    }

    fn flush(&mut self) -> Step {
        self.state = State::Flush;
        Step::Send(Request::Flush)
    }

    fn transfer(&mut self) -> Step {
        let step = match self.facts.object.as_ref().map(|object| &object.kind) {
            None => Step::Send(Request::Delete),
            Some(Kind::File { size }) if self.takes_put(*size) => Step::Put,
            Some(Kind::File { .. }) => {
                Step::Patch(self.meta().map_or(Request::Patch, Request::AtomicPatch))
            }
            Some(Kind::Dir) => Step::Send(Request::MakeDir(self.meta())),
            Some(Kind::Symlink { target }) => {
                Step::Send(Request::MakeLink { target: target.clone() })
            }
            Some(Kind::Fifo) => Step::Send(Request::MakeFifo),
            Some(Kind::Socket) => Step::Send(Request::MakeSocket),
            Some(Kind::CharDevice { dev }) => Step::Send(Request::MakeCharDevice { dev: *dev }),
            Some(Kind::BlockDevice { dev }) => Step::Send(Request::MakeBlockDevice { dev: *dev }),
        };
        let request = match &step {
            Step::Send(request) | Step::Patch(request) => request.word(),
            _ => "PUT",
        };
        self.state = State::Transfer { request };
        step
    }

    fn takes_put(&self, size: u64) -> bool {
        self.facts.dialect == Dialect::Csync3 && !self.put_failed && size <= PUT_LIMIT
    }

    /// The metadata to send with an object, where the peer takes it.
    fn meta(&self) -> Option<Meta> {
        let object = self.facts.object.as_ref()?;
        (self.facts.dialect == Dialect::Csync3).then(|| Meta::of(object))
    }

    fn transferred(&mut self, request: &'static str, reply: Reply) -> Step {
        match reply {
            Reply::MarkedDirty if !self.overrule => self.play_tie(request),
            Reply::ParentMissing if self.facts.object.is_some() => self.end(Outcome::ParentMissing),
            Reply::ParentMissing => self.already_gone(),
            Reply::Other(text) if request == "PUT" && text == BASIS_CHANGED => {
                self.put_failed = true;
                self.transfer()
            }
            Reply::Other(text) if text == NO_SUCH_FILE && self.facts.object.is_some() => {
                self.end(Outcome::ParentMissing)
            }
            reply if !reply.is_ok() => self.refused(request, reply),
            _ => self.accepted(request),
        }
    }

    /// The content is there; what of the metadata is still to be said?
    fn accepted(&mut self, request: &'static str) -> Step {
        let Some(object) = &self.facts.object else {
            return self.end(Outcome::Deleted);
        };
        match &object.kind {
            Kind::File { .. } if request == "PUT" || request == "ATOMICPATCH" => {
                self.end(Outcome::Updated)
            }
            // What the peer gives to one new file it gives to all in this directory.
            Kind::File { .. } if self.absent && self.facts.fresh_owner.is_none() => {
                self.state = State::LearnOwner;
                Step::Send(Request::Signature)
            }
            Kind::Dir if self.absent && self.meta().is_some() => self.end(Outcome::Updated),
            // Nothing was made that could have an owner: csync2 does not send sockets.
            Kind::Socket => self.end(Outcome::Updated),
            _ => self.set_all(),
        }
    }

    fn learned(&mut self, checktxt: &[u8]) -> Step {
        if let Checktxt::Known(Fields { uid: Some(uid), gid: Some(gid), .. }) =
            checktxt::parse(checktxt)
        {
            self.facts.fresh_owner = Some((uid, gid));
        }
        self.set_all()
    }

    /// Sets what the new object does not have by itself.
    fn set_all(&mut self) -> Step {
        let Some(object) = &self.facts.object else {
            return self.end(Outcome::Deleted);
        };
        let is_new_file = self.absent && matches!(object.kind, Kind::File { .. });
        let has_owner = is_new_file && self.facts.fresh_owner == Some((object.uid, object.gid));
        let mut requests = Vec::with_capacity(2);
        if !has_owner {
            requests.push(Request::SetOwner { uid: object.uid, gid: object.gid });
        }
        if !matches!(object.kind, Kind::Symlink { .. }) {
            requests.push(Request::SetMode(object.mode()));
        }
        self.state = State::Owner;
        Step::Set(requests)
    }

    fn set_time(&mut self, sent: bool) -> Step {
        match &self.facts.object {
            Some(object) if !matches!(object.kind, Kind::Symlink { .. } | Kind::Socket) => {
                self.state = State::Time { sent };
                Step::Set(vec![Request::SetTime(object.fingerprint.mtime)])
            }
            _ => self.end(if sent { Outcome::Updated } else { Outcome::UpToDate }),
        }
    }

    fn play_tie(&mut self, request: &'static str) -> Step {
        let decision = match &self.facts.tie {
            Some(rule) => tie(rule, self.facts.object.as_ref()),
            None => Tie::Lost(None),
        };
        match decision {
            Tie::AskTime | Tie::AskSize => {
                self.state = State::AskTie { request };
                Step::Send(match decision {
                    Tie::AskTime => Request::ModificationTime,
                    _ => Request::Size,
                })
            }
            decided => self.tied(decided),
        }
    }

    fn settle(&mut self, request: &'static str, number: i64) -> Step {
        match (&self.facts.tie, &self.facts.object) {
            (Some(rule), Some(object)) => {
                let decided = settle(rule, object, number);
                self.tied(decided)
            }
            _ => self.refused(request, Reply::MarkedDirty),
        }
    }

    fn tied(&mut self, decided: Tie) -> Step {
        match decided {
            Tie::Won(rule) => {
                self.overrule = true;
                self.won = Some(rule);
                self.flush()
            }
            Tie::Lost(lost) => self.end(Outcome::Conflict { lost, removal: false }),
            _ => self.end(Outcome::Conflict { lost: None, removal: true }),
        }
    }

    fn refused(&mut self, request: &'static str, reply: Reply) -> Step {
        self.end(match reply {
            Reply::MarkedDirty => Outcome::Conflict { lost: None, removal: false },
            reply => Outcome::Refused { request, reply },
        })
    }

    fn end(&mut self, outcome: Outcome) -> Step {
        self.state = State::Ended;
        Step::End(outcome)
    }
}
