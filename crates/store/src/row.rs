//! The rows of csync2's tables, and the changes that may be made to them.
use csync3_core::decide::local::Recorded;
use csync3_core::entry::{Fingerprint, Timestamp};
use csync3_core::lineage::{self, Lineage, Version};
use csync3_core::path::{ClusterPath, LocalPath};

/// One row of `file`: the state of an object that this host has seen and marked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRow {
    /// The object.
    pub name: ClusterPath,
    /// Its remembered state.
    pub recorded: Recorded,
}

/// Tells one mark of a dirty row from a later mark of the same row, so that clearing what has been
/// sent never clears a newer change.
///
/// `None` in a row that csync2 wrote and that may only be read; where it may be written, the row is
/// given a generation before it is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Generation(pub Option<i64>);

/// One row of `dirty`: a peer is owed an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirtyRow {
    /// The object.
    pub name: ClusterPath,
    /// The peer that is owed it.
    pub peer: String,
    /// What this host calls itself towards that peer.
    pub myname: String,
    /// The peer's own changes are overruled.
    pub forced: bool,
    /// Which mark this is.
    pub generation: Generation,
    /// Whether the name has a `file` row, too. An object without one that is there, or one with a row
    /// that is not, has changed since this host last looked.
    pub recorded: bool,
    /// Which version is recorded, where that is known.
    pub held: Option<Lineage>,
    /// The versions that the peer may have, the newest first: those that were replaced here since it
    /// had everything. `None` if nobody knows: a mark that somebody has asked for, or csync2's.
    pub replaces: Option<Vec<Version>>,
    /// Since when the peer is owed it; `None` in a row that csync2 wrote.
    pub since: Option<Timestamp>,
    /// When the peer last answered that the object changed there, too; `None` unless the last push
    /// ended so.
    pub conflict: Option<Timestamp>,
}

/// One row of `hint`: a path to be checked by the next `-c`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Hint {
    /// The local path, as it was given.
    pub path: LocalPath,
    /// Check below it, too.
    pub recursive: bool,
}

/// A hint as it stands in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HintRow {
    /// Tells this row from a later one of the same hint; rows are ordered by it.
    pub number: i64,
    /// The hint.
    pub hint: Hint,
}

/// One row of `action`: a command to be run because of a change.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ActionRow {
    /// The object that caused it.
    pub name: ClusterPath,
    /// The shell command of the configuration, decoded.
    pub command: Vec<u8>,
    /// Where its output goes, decoded.
    pub logfile: Vec<u8>,
}

/// One row of `x509_cert`: the certificate that a peer has shown, and has to show again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// The peer.
    pub peer: String,
    /// The certificate as DER. What stands in the table but is no hexadecimal text is given as it
    /// is, and thus equals no certificate.
    pub certificate: Vec<u8>,
}

/// A peer to be owed an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The peer.
    pub peer: String,
    /// What this host calls itself towards it.
    pub myname: String,
    /// Overrule the peer. A row that is forced already stays forced.
    pub forced: bool,
    /// The versions that this change replaces, the newest first; put before those of the row that is
    /// there ([`csync3_core::lineage::marked_again`]). `None`: not known, and so it stays.
    pub replaces: Option<Vec<Version>>,
}

/// A set of names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Just this one.
    One(ClusterPath),
    /// This one and everything below it; for `/` every absolute name.
    Tree(ClusterPath),
    /// Every name.
    All,
}

/// One change; a list of them is one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// What a check found, or what came of a state that was announced. Made only if the row still
    /// is `was` in all its parts (`None`: there is no row); otherwise the name is reported in
    /// [`Applied::stale`] and nothing of it is written.
    Checked {
        /// The object.
        name: ClusterPath,
        /// The row that the decision was based on.
        was: Option<Recorded>,
        /// The new state; `None` drops the row.
        now: Option<Recorded>,
        /// Peers that are owed it now.
        marks: Vec<Mark>,
        /// Actions to be scheduled.
        actions: Vec<ActionRow>,
    },
    /// Inserts or replaces a `file` row.
    PutFile(FileRow),
    /// Removes a `file` row, if there is one.
    DropFile(ClusterPath),
    /// Owes an object to a peer: inserts the row, or gives it a new generation.
    Mark {
        /// The object.
        name: ClusterPath,
        /// Who is owed it.
        mark: Mark,
    },
    /// Inserts or replaces a dirty row as it is, with its generation and times; what is recorded of the
    /// name is not part of it. For rows that come from another database.
    PutDirty(DirtyRow),
    /// Removes a dirty row if it still is of this generation.
    Clear {
        /// The object.
        name: ClusterPath,
        /// Who has got it.
        peer: String,
        /// The mark that was served.
        generation: Generation,
    },
    /// Forces the dirty rows of these names, all peers. They keep their generation.
    Force(Scope),
    /// Forces one dirty row if it still is of this generation, which it keeps.
    Overrule {
        /// The object.
        name: ClusterPath,
        /// The peer that is overruled.
        peer: String,
        /// The mark that somebody decided about.
        generation: Generation,
    },
    /// Notes on a dirty row, of whatever generation, whether the last push ended in a conflict.
    Conflict {
        /// The object.
        name: ClusterPath,
        /// The peer that refused it.
        peer: String,
        /// When; `None`: it did not end in a conflict.
        at: Option<Timestamp>,
    },
    /// Notes that a push to a peer is over.
    Pushed {
        /// The peer.
        peer: String,
        /// When.
        at: Timestamp,
        /// Nothing went wrong.
        complete: bool,
    },
    /// Notes how the last pushes to a peer ended, in the place of what was noted; nothing if neither
    /// is known.
    PutPushes {
        /// The peer.
        peer: String,
        /// The end of the last one in which nothing went wrong.
        success: Option<Timestamp>,
        /// The end of the last one in which something did.
        failure: Option<Timestamp>,
    },
    /// Inserts a hint as a new row, in the place of an equal one.
    AddHint(Hint),
    /// Removes a hint, unless it has been given again since the row was read.
    DropHint(HintRow),
    /// Schedules an action; an equal (name, command) stays.
    AddAction(ActionRow),
    /// Removes a scheduled action that is equal in all three.
    DropAction(ActionRow),
    /// Remembers a certificate, unless there is one for the peer already.
    AddPin(Pin),
    /// Remembers a certificate in the place of what there was.
    PutPin(Pin),
    /// Forgets the certificate of a peer.
    DropPin {
        /// The peer.
        peer: String,
    },
}

/// What came of a transaction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// Names of [`Change::Checked`] whose row had changed meanwhile: look again.
    pub stale: Vec<ClusterPath>,
}

/// What the store knows of one name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// The `file` row.
    pub recorded: Option<Recorded>,
    /// The `dirty` rows, ordered by encoded peer.
    pub dirty: Vec<DirtyRow>,
}

/// What the store holds, in numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// Rows of `file`.
    pub objects: u64,
    /// Those of regular files.
    pub files: u64,
    /// The recorded sizes of these files together.
    pub bytes: u64,
    /// Rows of `hint`.
    pub hints: u64,
    /// The peers that are owed something or were pushed to, ordered by their encoded bytes.
    pub peers: Vec<PeerTotals>,
}

/// What the store holds about one peer, in numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PeerTotals {
    /// The peer.
    pub peer: String,
    /// Its dirty rows.
    pub dirty: u64,
    /// Those that are forced.
    pub forced: u64,
    /// Those whose last push ended in a conflict.
    pub conflicts: u64,
    /// The earliest [`DirtyRow::since`] of its rows.
    pub oldest: Option<Timestamp>,
    /// The end of the last push in which nothing went wrong.
    pub last_success: Option<Timestamp>,
    /// The end of the last push in which something went wrong.
    pub last_failure: Option<Timestamp>,
}

/// The direction of a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Directories before what is in them.
    Ascending,
    /// What is in a directory before the directory.
    Descending,
}

/// Which dirty rows to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirtyPage {
    /// Only this peer's rows.
    pub peer: Option<String>,
    /// Only rows behind this one, in the given direction. With `peer: None` the rows of one name
    /// stay together: `(name, peer)` is the position, ordered by name, then encoded peer.
    pub after: Option<(ClusterPath, String)>,
    /// Which way.
    pub direction: Direction,
    /// At most so many rows.
    pub limit: usize,
}

/// One mark for each peer, whatever was asked for: the last one, and forced if any of them is.
pub(crate) fn merged(marks: &[Mark]) -> Vec<Mark> {
    let mut merged: Vec<Mark> = Vec::with_capacity(marks.len());
    for mark in marks {
        match merged.iter_mut().find(|there| there.peer == mark.peer) {
            Some(there) => {
                let replaces =
                    lineage::marked_again(mark.replaces.as_deref(), there.replaces.as_deref());
                let forced = mark.forced || there.forced;
                *there = Mark { forced, replaces, ..mark.clone() };
            }
            None => merged.push(mark.clone()),
        }
    }
    merged
}

/// Says whether a row still is the one that a decision was based on.
pub(crate) fn is_same_row(there: Option<&Recorded>, was: Option<&Recorded>) -> bool {
    match (there, was) {
        (Some(there), Some(was)) => {
            let kept = was.fingerprint.filter(|print| is_storable(*print));
            (&there.checktxt, there.hash, &there.also) == (&was.checktxt, was.hash, &was.also)
                && there.lineage == was.lineage
                && there.fingerprint == kept
        }
        (there, was) => there.is_none() && was.is_none(),
    }
}

/// Says whether a fingerprint can be kept: its times must fit 64 bits of nanoseconds.
///
/// One that does not fit (a file dated after 2262) is left out of the row. Kept as the nearest time
/// that fits, it would never again equal what the disk shows.
pub(crate) fn is_storable(fingerprint: Fingerprint) -> bool {
    [fingerprint.mtime, fingerprint.ctime]
        .into_iter()
        .all(|time| Timestamp::from_nanos(time.as_nanos()) == time)
}
