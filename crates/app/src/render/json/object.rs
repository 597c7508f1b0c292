//! The recorded state of an object, field by field.
use super::name::text_or_base64;
use csync3_core::checktxt::{self, Checktxt, Fields};
use csync3_core::decide::local::Recorded;
use csync3_core::entry::Kind;
use serde::Serialize;

/// What csync2's text says, as far as it is understood.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Object {
    /// `file`, `directory`, `symlink`, `fifo`, `socket`, `char-device`, `block-device`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<&'static str>,
    /// Bytes; of files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Permission bits, as a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<u32>,
    /// Owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uid: Option<u32>,
    /// Group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gid: Option<u32>,
    /// Last change, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mtime: Option<i64>,
    /// The nanoseconds of it, where this host recorded them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mtime_nanos: Option<u32>,
    /// Where a symbolic link leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The same in base64, if it is not UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_bytes: Option<String>,
}

impl Object {
    /// The fields of a recorded state; none if its text is of another version.
    #[must_use]
    pub fn of(recorded: &Recorded) -> Self {
        let Checktxt::Known(fields) = checktxt::parse(&recorded.checktxt) else {
            return Self::default();
        };
        let stated = Self::stated(&fields);
        let exact = recorded.fingerprint.filter(|_| stated.mtime.is_some());
        Self { mtime_nanos: exact.map(|print| print.mtime.nanos), ..stated }
    }

    fn stated(fields: &Fields) -> Self {
        let (target, target_bytes) = match &fields.kind {
            Kind::Symlink { target } => match text_or_base64(target) {
                Ok(text) => (Some(text), None),
                Err(bytes) => (None, Some(bytes)),
            },
            _ => (None, None),
        };
        Self {
            kind: Some(kind(&fields.kind)),
            size: match fields.kind {
                Kind::File { size } => Some(size),
                _ => None,
            },
            mode: fields.mode.map(|mode| mode & 0o7777),
            uid: fields.uid,
            gid: fields.gid,
            mtime: fields.mtime.map(|time| time.seconds),
            mtime_nanos: None,
            target,
            target_bytes,
        }
    }
}

/// The word for a type.
#[must_use]
pub const fn kind(kind: &Kind) -> &'static str {
    match kind {
        Kind::File { .. } => "file",
        Kind::Dir => "directory",
        Kind::Symlink { .. } => "symlink",
        Kind::Fifo => "fifo",
        Kind::Socket => "socket",
        Kind::CharDevice { .. } => "char-device",
        Kind::BlockDevice { .. } => "block-device",
    }
}
