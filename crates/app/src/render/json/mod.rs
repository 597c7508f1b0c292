//! One JSON object per line on standard output: what `--json` prints.
//!
//! Every kind of line is a variant of [`Line`]; `docs/json.md` describes them field by field, and a
//! test reads that description. A field that is not known is left out, never null.
//!
//! [`name`]: names and other bytes that may not be UTF-8 · [`object`]: the state of an object ·
//! [`run`]: events of a run and their sums
pub mod name;
pub mod object;
pub mod run;

use csync3_core::doctor::Finding;
use name::{Bytes, Name, Text};
use object::Object;
use serde::Serialize;

/// A line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Line {
    /// `-H`.
    Hint {
        /// The local path.
        #[serde(flatten)]
        name: Name,
        /// What is below it is checked, too.
        recursive: bool,
    },
    /// `-L`, `-S`.
    File {
        /// The object.
        #[serde(flatten)]
        name: Name,
        /// csync2's text for its state.
        #[serde(flatten)]
        checktxt: Bytes,
        /// What the text says.
        #[serde(flatten)]
        object: Object,
    },
    /// `-M`.
    Dirty {
        /// The object.
        #[serde(flatten)]
        name: Name,
        /// This host.
        myname: String,
        /// Who is owed it.
        peer: String,
        /// The peer is overruled.
        forced: bool,
        /// The last push found that the peer changed it, too.
        conflict: bool,
        /// Since when.
        #[serde(skip_serializing_if = "Option::is_none")]
        since: Option<i64>,
    },
    /// `-o`.
    Name {
        /// The object.
        #[serde(flatten)]
        name: Name,
    },
    /// `-T`.
    Difference {
        /// The object.
        #[serde(flatten)]
        name: Name,
        /// This host.
        myname: String,
        /// The peer.
        peer: String,
        /// `mine`, `theirs`, `both`.
        side: &'static str,
    },
    /// `-TT`.
    Diff {
        /// The object.
        #[serde(flatten)]
        name: Name,
        /// This host.
        myname: String,
        /// The peer.
        peer: String,
        /// What is shown without `--json`.
        #[serde(flatten)]
        diff: Text,
    },
    /// A check found a difference.
    Found {
        /// The object.
        #[serde(flatten)]
        name: Name,
        /// `new`, `changed`, `gone`.
        change: &'static str,
    },
    /// An object was marked for its peers.
    Marked {
        /// The object.
        #[serde(flatten)]
        name: Name,
    },
    /// A row was removed because the configuration does not cover it.
    Forgotten {
        /// The object.
        #[serde(flatten)]
        name: Name,
        /// `file` or `dirty`.
        table: &'static str,
        /// Who was owed it.
        #[serde(skip_serializing_if = "Option::is_none")]
        peer: Option<String>,
    },
    /// A push of one object to one peer came to this.
    Result {
        /// The object.
        #[serde(flatten)]
        name: Name,
        /// The peer.
        peer: String,
        /// `updated`, `deleted`, `same`, `conflict`, `refused`, `no-parent`.
        result: &'static str,
        /// Bytes of content that were sent.
        #[serde(skip_serializing_if = "Option::is_none")]
        bytes: Option<u64>,
    },
    /// What a push would do to one object.
    Would {
        /// The object.
        #[serde(flatten)]
        name: Name,
        /// The peer.
        peer: String,
        /// `same`, `modify`, `delete`.
        action: &'static str,
        /// The peer was not asked.
        forced: bool,
    },
    /// A rule was tried on a conflict.
    Tie {
        /// The object.
        #[serde(flatten)]
        name: Name,
        /// The peer.
        peer: String,
        /// The rule decided for this host.
        won: bool,
        /// The rule; none is tried on a removal.
        #[serde(skip_serializing_if = "Option::is_none")]
        method: Option<&'static str>,
    },
    /// A command of the configuration was started.
    Action {
        /// As the shell gets it.
        command: String,
    },
    /// Something went wrong.
    Problem {
        /// What it concerns: a path or a peer, for people.
        object: String,
        /// The peer, if one was involved.
        #[serde(skip_serializing_if = "Option::is_none")]
        peer: Option<String>,
        /// What could not be done.
        message: String,
        /// Why, from the nearest cause on.
        causes: Vec<String>,
        /// What to do.
        #[serde(skip_serializing_if = "Option::is_none")]
        hint: Option<String>,
    },
    /// The push to a peer is over.
    Push {
        /// The peer.
        peer: String,
        /// Nothing went wrong.
        complete: bool,
        /// What was done.
        #[serde(flatten)]
        sums: run::Sums,
    },
    /// The run is over.
    Summary {
        /// Problems that were told.
        problems: u64,
        /// Differences that a check found.
        found: u64,
        /// Objects that were marked.
        marked: u64,
        /// What was done with all peers.
        #[serde(flatten)]
        sums: run::Sums,
    },
    /// `status`: this host.
    Host {
        /// Its name.
        host: String,
        /// Recorded objects.
        objects: u64,
        /// Recorded regular files.
        files: u64,
        /// Their sizes together.
        bytes: u64,
        /// Hints for the next check.
        hints: u64,
        /// Dirty rows of all peers.
        dirty: u64,
        /// Those in conflict.
        conflicts: u64,
    },
    /// `status`: a peer.
    Peer {
        /// Its name.
        peer: String,
        /// The configuration has it.
        configured: bool,
        /// Its dirty rows.
        dirty: u64,
        /// Those that are forced.
        forced: u64,
        /// Those in conflict.
        conflicts: u64,
        /// Since when it is owed the oldest.
        #[serde(skip_serializing_if = "Option::is_none")]
        oldest: Option<i64>,
        /// The last push in which nothing went wrong.
        #[serde(skip_serializing_if = "Option::is_none")]
        last_success: Option<i64>,
        /// The last push in which something went wrong.
        #[serde(skip_serializing_if = "Option::is_none")]
        last_failure: Option<i64>,
    },
    /// `db copy`: both databases hold the same rows.
    Copied {
        /// The source.
        from: String,
        /// The target.
        to: String,
        /// `file` rows.
        files: u64,
        /// `dirty` rows.
        dirty: u64,
        /// Hints.
        hints: u64,
        /// Scheduled actions.
        actions: u64,
        /// Remembered certificates.
        certificates: u64,
        /// Peers of which is known how pushes ended.
        peers: u64,
        /// Rows that were written now.
        written: u64,
        /// Rows of the target that were removed or replaced.
        replaced: u64,
        /// A digest of all rows.
        digest: String,
    },
    /// `db vacuum`: it is done.
    Vacuumed {
        /// The database.
        database: String,
        /// Its size before, if it is a file.
        #[serde(skip_serializing_if = "Option::is_none")]
        before: Option<u64>,
        /// Its size now.
        #[serde(skip_serializing_if = "Option::is_none")]
        after: Option<u64>,
    },
    /// `db upgrade`: a statement.
    Statement {
        /// Its text.
        sql: String,
        /// It was run.
        done: bool,
    },
    /// `db rebuild`: what was saved of a table.
    Saved {
        /// The table.
        table: &'static str,
        /// The damaged database.
        aside: String,
        /// Rows that were read whole.
        whole: u64,
        /// Rows of which only the key was left.
        keys: u64,
        /// Rows that are known to be lost.
        lost: u64,
        /// Nothing else can be missing.
        complete: bool,
    },
    /// `doctor`, `db check`: something that is wrong or worth knowing.
    Finding {
        /// What was looked at.
        check: &'static str,
        /// `problem`, `warning` or `note`.
        severity: &'static str,
        /// The peer, if one is involved.
        #[serde(skip_serializing_if = "Option::is_none")]
        peer: Option<String>,
        /// What it concerns.
        object: String,
        /// What is so.
        cause: String,
        /// What to do.
        #[serde(skip_serializing_if = "Option::is_none")]
        remedy: Option<String>,
    },
    /// `resolve`: a conflict, and what both sides have.
    Conflict {
        /// The object.
        #[serde(flatten)]
        name: Name,
        /// Who changed it, too.
        peer: String,
        /// The type of this host's object, or `gone`.
        mine: &'static str,
        /// Its size, if it is a file.
        #[serde(skip_serializing_if = "Option::is_none")]
        mine_size: Option<u64>,
        /// Its last change.
        #[serde(skip_serializing_if = "Option::is_none")]
        mine_mtime: Option<i64>,
        /// `there` or `gone`; left out if the peer does not say.
        #[serde(skip_serializing_if = "Option::is_none")]
        theirs: Option<&'static str>,
        /// The size of the peer's object.
        #[serde(skip_serializing_if = "Option::is_none")]
        theirs_size: Option<u64>,
        /// Its last change.
        #[serde(skip_serializing_if = "Option::is_none")]
        theirs_mtime: Option<i64>,
        /// When a push found the conflict.
        #[serde(skip_serializing_if = "Option::is_none")]
        since: Option<i64>,
    },
    /// `resolve`: what was decided.
    Resolved {
        /// The object.
        #[serde(flatten)]
        name: Name,
        /// Who changed it, too.
        peer: String,
        /// `mine` or `theirs`.
        side: &'static str,
    },
    /// `wait`: what a peer is owed at the time-out.
    Owed {
        /// The peer.
        peer: String,
        /// Its dirty rows.
        dirty: u64,
    },
}

impl Line {
    /// A finding of `doctor` or `db check`.
    #[must_use]
    pub fn of_finding(finding: &Finding) -> Self {
        Self::Finding {
            check: finding.check.word(),
            severity: finding.severity.word(),
            peer: finding.peer.clone(),
            object: finding.object.clone(),
            cause: finding.cause.clone(),
            remedy: finding.remedy.clone(),
        }
    }

    /// The line, with its end.
    ///
    /// # Panics
    /// Never: no field can fail to be written.
    #[must_use]
    pub fn text(&self) -> Vec<u8> {
        let mut text = serde_json::to_vec(self).expect("strings, numbers and booleans are JSON");
        text.push(b'\n');
        text
    }
}
