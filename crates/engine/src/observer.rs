//! What the verbs tell about their work, as values; the app decides what a person sees.
//!
//! A verb never prints. It reports [`Event`]s while it works and returns a summary at its end. A
//! [`Problem`] concerns one path or one peer: it is counted, the run goes on, the exit code says so.
use csync3_core::path::ClusterPath;
use std::error::Error;

/// Receives the events of a run; called from any thread.
pub trait Observer: Send + Sync {
    /// Takes note of one event.
    fn notice(&self, event: &Event<'_>);
}

/// One path or one peer could not be served; the rest of the run goes on.
#[derive(Debug, thiserror::Error)]
#[error("{object}: {what}")]
pub struct Problem {
    /// The path or peer it concerns, for people.
    pub object: String,
    /// The peer it happened with, if one was involved.
    pub peer: Option<String>,
    /// The operation that failed: "cannot replace", "cannot connect".
    pub what: String,
    /// Why.
    #[source]
    pub cause: Option<Box<dyn Error + Send + Sync>>,
    /// What to do next, where that is known.
    pub hint: Option<String>,
}

impl Problem {
    /// A problem of one object.
    #[must_use]
    pub fn new(object: impl ToString, what: impl Into<String>) -> Self {
        Self { object: object.to_string(), peer: None, what: what.into(), cause: None, hint: None }
    }

    /// Adds the peer.
    #[must_use]
    pub fn with_peer(mut self, peer: impl ToString) -> Self {
        self.peer = Some(peer.to_string());
        self
    }

    /// Adds the reason.
    #[must_use]
    pub fn because(mut self, cause: impl Error + Send + Sync + 'static) -> Self {
        self.cause = Some(Box::new(cause));
        self
    }

    /// Adds the remedy.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Why a checked object is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// It was not recorded.
    New,
    /// Its state differs from the recorded one.
    Changed,
    /// It is recorded but no longer there.
    Gone,
}

/// How a dry run classifies a row (`spec/cli.md` 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DryRun {
    /// `?S`: the peer has it already.
    Same,
    /// `?M` or `!M`: it would be created or modified.
    Modify {
        /// The row is forced, the peer was not asked.
        forced: bool,
    },
    /// `?D` or `!D`: it would be removed.
    Delete {
        /// The row is forced, the peer was not asked.
        forced: bool,
    },
}

/// What happened, as far as somebody may want to see it.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// One error was counted.
    Problem(&'a Problem),
    /// An operand that no group can match (`WARNING: Parameter will be ignored: PATH`).
    OperandIgnored {
        /// The operand.
        path: &'a str,
    },
    /// A check looked at so many more objects (progress).
    Scanned {
        /// Objects since the last event.
        objects: u64,
    },
    /// So many more rows of a database were read (progress).
    Rows {
        /// Rows since the last event.
        rows: u64,
    },
    /// A check found a difference (level 2: `New file`, `File has changed`).
    Found {
        /// The object.
        name: &'a ClusterPath,
        /// What is different.
        found: Found,
    },
    /// An object was marked for its peers (`Marking file as dirty: NAME`).
    Marked {
        /// The object.
        name: &'a ClusterPath,
    },
    /// A row left the file table (`Removing ENCODED from file db.`).
    FileRowRemoved {
        /// The object.
        name: &'a ClusterPath,
    },
    /// A row left the dirty table without a push (`Removing ENCODED (PEER) from dirty db.`).
    DirtyRowRemoved {
        /// The object.
        name: &'a ClusterPath,
        /// The peer.
        peer: &'a str,
    },
    /// Something works, but somebody should see to it (`WARNING: ...`).
    Warning {
        /// What, and what to do.
        text: String,
    },
    /// A push to a peer begins (`Connecting to host PEER (SSL) ...`).
    Connecting {
        /// The peer.
        peer: &'a str,
        /// Under TLS.
        tls: bool,
    },
    /// The peer was reached (`Connect to ADDR:PORT (PEER).`).
    Connected {
        /// The peer.
        peer: &'a str,
        /// Its address.
        address: String,
        /// Port.
        port: u16,
    },
    /// A peer could not be served now (`Host stays in dirty state. Try again later...`).
    PeerStaysDirty {
        /// The peer.
        peer: &'a str,
    },
    /// So many rows are to be pushed to a peer (progress).
    PushPlanned {
        /// The peer.
        peer: &'a str,
        /// Rows, as far as they are known now.
        rows: u64,
    },
    /// An object was sent (`Updating NAME on PEER ...`).
    Updated {
        /// The peer.
        peer: &'a str,
        /// The object.
        name: &'a ClusterPath,
        /// Content bytes that went over the wire.
        bytes: u64,
    },
    /// An object was removed on the peer (`Deleting NAME on PEER ...`).
    Deleted {
        /// The peer.
        peer: &'a str,
        /// The object.
        name: &'a ClusterPath,
    },
    /// The peer had the object already (`File is already up to date on peer.`).
    UpToDate {
        /// The peer.
        peer: &'a str,
        /// The object.
        name: &'a ClusterPath,
    },
    /// An object could not be served now (`File stays in dirty state. Try again later...`).
    StaysDirty {
        /// The peer.
        peer: &'a str,
        /// The object.
        name: &'a ClusterPath,
        /// The object changed on the peer, too.
        conflict: bool,
    },
    /// The peer lacks the directory of an object (`missing parent dir : NAME`).
    ParentMissing {
        /// The peer.
        peer: &'a str,
        /// The object.
        name: &'a ClusterPath,
    },
    /// A conflict was won (`Auto-resolving conflict: Won 'METHOD' test.`).
    TieWon {
        /// The peer.
        peer: &'a str,
        /// The object.
        name: &'a ClusterPath,
        /// `first`, `left/right`, `younger/older`, `bigger/smaller`, `master/slave`.
        method: &'static str,
    },
    /// A conflict was lost (`Do not auto-resolve conflict: Lost 'METHOD' test.`).
    TieLost {
        /// The peer.
        peer: &'a str,
        /// The object.
        name: &'a ClusterPath,
        /// As above; `None`: it is a removal, which no method may win.
        method: Option<&'static str>,
    },
    /// What a dry run would do; a line on stdout.
    WouldDo {
        /// The peer.
        peer: &'a str,
        /// The object.
        name: &'a ClusterPath,
        /// What.
        what: DryRun,
    },
    /// The push to a peer is over (`Connection closed.`).
    PeerDone {
        /// The peer.
        peer: &'a str,
    },
    /// A client was accepted (`New connection from ADDR:PORT.`).
    Accepted {
        /// Its address and port.
        address: String,
    },
    /// A peer's change was applied here (`Updated NAME from PEER.`).
    Received {
        /// The object.
        name: &'a ClusterPath,
        /// The peer.
        peer: &'a str,
    },
    /// A request was refused here; the exact reason, for this host's log.
    Refused {
        /// Who asked: a peer's name, or an address before identification.
        peer: &'a str,
        /// For what: the command and its object, if it was a command on one.
        what: Option<String>,
        /// Why. The same cause has the same words, so that an observer can count it.
        why: String,
    },
    /// An action is run (`Running 'COMMAND' ...`).
    ActionStarted {
        /// The command as the shell gets it.
        command: String,
    },
    /// Anything that helps only the curious (level 2 and above).
    Detail {
        /// The `-v` level at which it is shown.
        level: u8,
        /// The text.
        text: String,
    },
}

/// An observer that looks away, for tests.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {
    fn notice(&self, _event: &Event<'_>) {}
}
