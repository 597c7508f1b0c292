//! What is wrong with this host and its peers, named with cause and remedy.
//!
//! Effects gather facts; the functions here turn them into [`Finding`]s. A finding names one cause,
//! the object that it concerns and what to do about it.
//!
//! [`statements`]: what two configurations say about a group, compared without showing it ·
//! [`wire`]: what two hosts tell each other about themselves · [`refusal`]: why a host does not
//! accept another · [`local`]: what a host knows of itself · [`peer`]: what it learns of a peer · [`rows`]: what it remembers
//!
//! # Invariants
//! * Same facts, same findings, in the same order.
//! * No key, and no digest of one, is part of a finding.
pub mod local;
pub mod peer;
pub mod refusal;
pub mod rows;
pub mod statements;
pub mod wire;

use std::fmt;

/// What was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// The name of a host against the names of the configuration.
    HostName,
    /// The group keys of two hosts.
    Key,
    /// Who may read a key file.
    KeyFile,
    /// The configurations of two hosts.
    Config,
    /// Whether names lead to the addresses that connections come from.
    Resolution,
    /// Whether somebody listens.
    Port,
    /// Certificates, this host's and the remembered ones.
    Certificate,
    /// Whether a session with a peer comes about, for any other reason.
    Session,
    /// The clocks of two hosts.
    Clock,
    /// Whether a path belongs to a group.
    Path,
    /// Whether the database can be written.
    Database,
    /// Whether the trees can be watched.
    Inotify,
    /// Temporary files that nobody holds.
    Leftovers,
    /// Whether the trees can be read.
    Trees,
    /// Which program and dialect a host has.
    Version,
    /// Whether a database is as it was written.
    Integrity,
    /// Rows that are equal where they must not be.
    Duplicates,
    /// Tables, columns and keys of a database.
    Schema,
    /// Values that neither csync2 nor csync3 writes.
    Values,
    /// Names that are not encoded as csync2 does.
    Encoding,
    /// Rows that the configuration has no use for.
    Orphan,
}

impl Check {
    /// The word for it, in texts and in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::HostName => "host-name",
            Self::Key => "key",
            Self::KeyFile => "key-file",
            Self::Config => "config",
            Self::Resolution => "resolution",
            Self::Port => "port",
            Self::Certificate => "certificate",
            Self::Session => "session",
            Self::Clock => "clock",
            Self::Path => "path",
            Self::Database => "database",
            Self::Inotify => "inotify",
            Self::Leftovers => "leftovers",
            Self::Trees => "trees",
            Self::Version => "version",
            Self::Integrity => "integrity",
            Self::Duplicates => "duplicates",
            Self::Schema => "schema",
            Self::Values => "values",
            Self::Encoding => "encoding",
            Self::Orphan => "orphan",
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing: somebody may want to know.
    Note,
    /// Something works, but not as well or as long as it should.
    Warning,
    /// Something does not work.
    Problem,
}

impl Severity {
    /// The word for it, in texts and in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }
}

/// One cause, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub check: Check,
    /// How bad it is.
    pub severity: Severity,
    /// The peer, if one is involved.
    pub peer: Option<String>,
    /// What it concerns: a group, a file, a name.
    pub object: String,
    /// What is so.
    pub cause: String,
    /// What to do about it.
    pub remedy: Option<String>,
}

impl Finding {
    /// Something does not work.
    #[must_use]
    pub fn problem(check: Check, object: impl fmt::Display, cause: impl Into<String>) -> Self {
        let (object, cause) = (object.to_string(), cause.into());
        Self { check, severity: Severity::Problem, peer: None, object, cause, remedy: None }
    }

    /// Something should be seen to.
    #[must_use]
    pub fn warning(check: Check, object: impl fmt::Display, cause: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::problem(check, object, cause) }
    }

    /// Something is worth knowing.
    #[must_use]
    pub fn note(check: Check, object: impl fmt::Display, cause: impl Into<String>) -> Self {
        Self { severity: Severity::Note, ..Self::problem(check, object, cause) }
    }

    /// The same, with what to do about it.
    #[must_use]
    pub fn remedy(self, remedy: impl Into<String>) -> Self {
        Self { remedy: Some(remedy.into()), ..self }
    }

    /// The same, about a peer.
    #[must_use]
    pub fn with_peer(self, peer: impl fmt::Display) -> Self {
        Self { peer: Some(peer.to_string()), ..self }
    }
}
