//! What to say to a peer about one dirty row: csync2's per-file conversation as a state machine.
//!
//! A [`Conversation`] is asked by [`Conversation::next`] what to do; the caller does it and comes
//! back with the [`Event`] that came of it. It knows no socket and no file: contents and
//! signatures are the caller's. Any number of conversations can share a session, because each
//! answer is handed to the conversation that asked.
//!
//! # Invariants
//! * Every conversation ends after a bounded number of steps, whatever the peer answers.
//! * The peer's version is overruled only for a forced row or after a won tie, and then `FLUSH`
//!   says so first.
//! * Owner, mode and time are sent only after the content has been accepted, and the time (which
//!   makes csync2 forget its own mark) only after owner and mode have been.
//!
//! # Source
//! `spec/sync.md` 4 and 6.
mod conversation;
#[cfg(test)]
mod tests;

pub use conversation::{BASIS_CHANGED, Conversation};

use crate::checktxt::Ignore;
use crate::config::TieRule;
use crate::entry::Observed;
use crate::wire::command::Request;
use crate::wire::reply::Reply;

/// Which dialect a user wants spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Preference {
    /// The native one with whoever knows it.
    #[default]
    Auto,
    /// csync2's, with everybody.
    Classic,
    /// The native one; with whoever does not know it, nothing.
    Native,
}

/// What the peer understands beyond csync2's protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// csync2's own commands only.
    Csync2,
    /// csync3's additions: `PUT`, and metadata with `MKDIR`.
    Csync3,
}

/// What is known of the object on the peer before it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnPeer {
    /// Nothing.
    Unknown,
    /// It is not there: this session has just made its directory.
    Absent,
}

/// Everything a conversation depends on.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The local object; `None` if it is gone, so that the row is a removal.
    pub object: Option<Observed>,
    /// The row is forced.
    pub forced: bool,
    /// Only find out; change nothing anywhere.
    pub dry_run: bool,
    /// Which additions the peer takes.
    pub dialect: Dialect,
    /// What is known of the peer's object.
    pub on_peer: OnPeer,
    /// Owner and group that a csync2 peer gives to a new file in this directory, where this session
    /// has seen it: what is right already need not be set.
    pub fresh_owner: Option<(u32, u32)>,
    /// How a conflict is settled; `None` loses it.
    pub tie: Option<TieRule>,
    /// Properties that are not compared.
    pub ignore: Ignore,
}

/// What the caller has to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Send one request; come back with [`Event::Replied`], [`Event::Described`] for
    /// [`Request::Signature`], or [`Event::Number`] for a number that follows [`Reply::Data`].
    Send(Request),
    /// Send these requests together; come back with [`Event::Set`] once all are answered.
    Set(Vec<Request>),
    /// Compare the content with the signature of the last [`Event::Described`]; come back with
    /// [`Event::Compared`].
    Compare,
    /// Send this request ([`Request::Patch`] or [`Request::AtomicPatch`]) and nothing else until its
    /// answer is there; come back with [`Event::Replied`] unless it was [`Reply::SendData`], else
    /// send the delta against the signature that follows and come back with the
    /// [`Event::Replied`] of that.
    Patch(Request),
    /// Send [`Request::Put`] with a delta against the signature of the last [`Event::Described`]
    /// (nothing, if there was none); come back with [`Event::Replied`].
    Put,
    /// The conversation is over.
    End(Outcome),
}

/// What came of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The peer answered with one line.
    Replied(Reply),
    /// All requests of a [`Step::Set`] are answered.
    Set {
        /// The first that was refused, with the answer.
        refused: Option<(&'static str, Reply)>,
    },
    /// The peer answered `SIG` with success.
    Described {
        /// Its first line.
        reply: Reply,
        /// Its checktxt, decoded; `---` if there is no object.
        checktxt: Vec<u8>,
        /// Its last line.
        status: Reply,
    },
    /// Both contents are equal, or not.
    Compared {
        /// Whether they are.
        equal: bool,
    },
    /// The peer's time or size of the object.
    Number(i64),
}

/// How a conversation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The peer has the object now; it was sent.
    Updated,
    /// The peer had it already.
    UpToDate,
    /// The peer has removed it.
    Deleted,
    /// The peer had no such object.
    AlreadyGone,
    /// Dry run: the peer has it already, or has none for a removal.
    WouldKeep,
    /// Dry run: it would be sent or removed.
    WouldChange,
    /// The peer lacks the directory it belongs in.
    ParentMissing,
    /// The row stays: the peer changed the object too.
    Conflict {
        /// The rule that lost; `None` if there is none.
        lost: Option<&'static str>,
        /// No rule may win for a removal.
        removal: bool,
    },
    /// The row stays: the peer refused.
    Refused {
        /// The request it refused.
        request: &'static str,
        /// Its answer.
        reply: Reply,
    },
}

impl Outcome {
    /// Says whether the peer is owed nothing any more, so that the dirty row may go.
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        matches!(self, Self::Updated | Self::UpToDate | Self::Deleted | Self::AlreadyGone)
    }
}
