//! What a client asks of a server, as values.
//!
//! One type for both ends and for every dialect of the protocol. Printing a command for people
//! never shows a key.
use crate::entry::{ContentHash, Kind, Observed, Timestamp};
use crate::path::{ClusterPath, PathError};
use std::fmt;

/// One command of a session.
#[derive(Clone, PartialEq, Eq)]
pub enum Command {
    /// `SSL`: start TLS.
    Ssl,
    /// `CONFIG`: use the named configuration; empty for the server's own.
    Config(Vec<u8>),
    /// `GROUP`: restrict the session to a comma list of groups.
    Group(Vec<u8>),
    /// `HELLO`: say who calls.
    Hello {
        /// The caller's name.
        name: Vec<u8>,
        /// Further words, which csync2 ignores and csync3 states its abilities with.
        extras: Vec<Vec<u8>>,
    },
    /// `BYE`: end the session.
    Bye,
    /// A command on one synced object.
    OnFile(FileCommand),
    /// `LIST`: show the file rows that concern the caller.
    List {
        /// The caller's name for the answering host.
        peer: Vec<u8>,
        /// One decoded name; `None` for all.
        name: Option<Vec<u8>>,
        /// The keys of the caller's groups with this peer.
        keys: Vec<Vec<u8>>,
    },
    /// `NATIVE` of csync3: frames of the native dialect follow.
    Native,
    /// `DOCTOR` of csync3: what the hosts think of each other; its further words.
    Doctor(Vec<Vec<u8>>),
    /// Any other line, as it came.
    Unknown(Vec<u8>),
}

/// A command on one synced object.
#[derive(Clone, PartialEq, Eq)]
pub struct FileCommand {
    /// The group key the caller proves its right with.
    pub key: Vec<u8>,
    /// The object, or why the word does not name one.
    pub name: Result<ClusterPath, PathError>,
    /// What is asked.
    pub request: Request,
}

/// What a [`FileCommand`] asks for its object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// `SIG`: its checktxt and the signature of its content.
    Signature,
    /// `TYPE`: its content, up to the end of the connection.
    Content,
    /// `GETTM`: its modification time.
    ModificationTime,
    /// `GETSZ`: its size.
    Size,
    /// `MARK`: mark it dirty on the server.
    Mark,
    /// `FLUSH`: forget that it is dirty on the server.
    Flush,
    /// `DEL`: remove it.
    Delete,
    /// `PATCH`: replace its content by a delta, which follows after the server's signature.
    Patch,
    /// `ATOMICPATCH` of csync2's fork: [`Self::Patch`] with the metadata to go with the content.
    AtomicPatch(Meta),
    /// `PUT` of csync3: content, metadata and hash at once; the delta follows the command without
    /// waiting for an answer.
    Put {
        /// Owner, mode and time of the new state.
        meta: Meta,
        /// The hash of the whole new content.
        hash: ContentHash,
    },
    /// `MKDIR`: make it a directory; the metadata is the fork's addition.
    MakeDir(Option<Meta>),
    /// `MKCHR`: make it a character device.
    MakeCharDevice {
        /// The device number, as `st_rdev` has it.
        dev: u64,
    },
    /// `MKBLK`: make it a block device.
    MakeBlockDevice {
        /// The device number, as `st_rdev` has it.
        dev: u64,
    },
    /// `MKFIFO`: make it a named pipe.
    MakeFifo,
    /// `MKLINK`: make it a symbolic link.
    MakeLink {
        /// The bytes it is to point to, not encoded.
        target: Vec<u8>,
    },
    /// `MKSOCK`: make it a Unix socket.
    MakeSocket,
    /// `SETOWN`: set owner and group.
    SetOwner {
        /// The owner.
        uid: u32,
        /// The group.
        gid: u32,
    },
    /// `SETMOD`: set the mode; the value is a whole `st_mode`.
    SetMode(u32),
    /// `SETIME`: set the modification time; csync2 knows whole seconds.
    SetTime(Timestamp),
}

/// Metadata that travels with content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meta {
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// `st_mode`, type bits included.
    pub mode: u32,
    /// Modification time; nanoseconds are kept.
    pub mtime: Timestamp,
}

impl Meta {
    /// The metadata of an object as the disk shows it.
    #[must_use]
    pub const fn of(object: &Observed) -> Self {
        Self {
            uid: object.uid,
            gid: object.gid,
            mode: object.mode(),
            mtime: object.fingerprint.mtime,
        }
    }
}

impl Request {
    /// The request that makes a peer have this object (`None`: not have it), whatever its content is.
    #[must_use]
    pub fn to_have(object: Option<&Observed>) -> Self {
        let Some(object) = object else {
            return Self::Delete;
        };
        let meta = Meta::of(object);
        match &object.kind {
            Kind::File { .. } => Self::Put { meta, hash: ContentHash::UNKNOWN },
            Kind::Dir => Self::MakeDir(Some(meta)),
            Kind::Symlink { target } => Self::MakeLink { target: target.clone() },
            Kind::Fifo => Self::MakeFifo,
            Kind::Socket => Self::MakeSocket,
            Kind::CharDevice { dev } => Self::MakeCharDevice { dev: *dev },
            Kind::BlockDevice { dev } => Self::MakeBlockDevice { dev: *dev },
        }
    }

    /// The command word.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Signature => "SIG",
            Self::Content => "TYPE",
            Self::ModificationTime => "GETTM",
            Self::Size => "GETSZ",
            Self::Mark => "MARK",
            Self::Flush => "FLUSH",
            Self::Delete => "DEL",
            Self::Patch => "PATCH",
            Self::AtomicPatch(_) => "ATOMICPATCH",
            Self::Put { .. } => "PUT",
            Self::MakeDir(_) => "MKDIR",
            Self::MakeCharDevice { .. } => "MKCHR",
            Self::MakeBlockDevice { .. } => "MKBLK",
            Self::MakeFifo => "MKFIFO",
            Self::MakeLink { .. } => "MKLINK",
            Self::MakeSocket => "MKSOCK",
            Self::SetOwner { .. } => "SETOWN",
            Self::SetMode(_) => "SETMOD",
            Self::SetTime(_) => "SETIME",
        }
    }
}

impl Command {
    /// The command word, for logs and counters; `?` for an unknown command.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Ssl => "SSL",
            Self::Config(_) => "CONFIG",
            Self::Group(_) => "GROUP",
            Self::Hello { .. } => "HELLO",
            Self::Bye => "BYE",
            Self::OnFile(command) => command.request.word(),
            Self::List { .. } => "LIST",
            Self::Native => "NATIVE",
            Self::Doctor(_) => "DOCTOR",
            Self::Unknown(_) => "?",
        }
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // The words are digests, which nobody has to see.
            Self::Ssl | Self::Bye | Self::Native | Self::Doctor(_) => f.write_str(self.word()),
            Self::Config(text) | Self::Group(text) | Self::Hello { name: text, .. } => {
                write!(f, "{} {}", self.word(), Shown(text))
            }
            Self::OnFile(command) => command.fmt(f),
            Self::List { peer, name, keys } => {
                let name = name.as_deref().unwrap_or(b"-");
                let (peer, name) = (Shown(peer), Shown(name));
                write!(f, "LIST {peer} {name} ({} keys)", keys.len())
            }
            // The second word may be a key.
            Self::Unknown(line) => {
                let first = line.split(|&byte| byte == b' ').next();
                write!(f, "? {}", Shown(first.unwrap_or_default()))
            }
        }
    }
}

impl fmt::Display for FileCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Ok(name) => write!(f, "{} {name}", self.request.word()),
            Err(why) => write!(f, "{} ({why})", self.request.word()),
        }
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OnFile(command) => fmt::Debug::fmt(command, f),
            _ => fmt::Display::fmt(self, f),
        }
    }
}

impl fmt::Debug for FileCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileCommand")
            .field("name", &self.name)
            .field("request", &self.request)
            .finish_non_exhaustive()
    }
}

/// Bytes of a peer for people: one line of text, whatever they are.
struct Shown<'a>(&'a [u8]);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", String::from_utf8_lossy(self.0).escape_debug())
    }
}

#[cfg(test)]
mod tests {
    use super::{Command, FileCommand, Request};
    use crate::path::ClusterPath;

    #[test]
    fn printing_a_command_never_shows_a_key() {
        let key = b"topsecret".to_vec();
        let on_file = Command::OnFile(FileCommand {
            key: key.clone(),
            name: ClusterPath::from_decoded(b"/a"),
            request: Request::Delete,
        });
        let list = Command::List { peer: b"p".to_vec(), name: None, keys: vec![key] };
        let unknown = Command::Unknown(b"FOO topsecret /a".to_vec());
        for command in [on_file, list, unknown] {
            let printed = format!("{command} {command:?} {command:#?}");
            assert!(!printed.contains("topsecret"), "{printed}");
        }
    }

    #[test]
    fn printing_a_command_stays_on_one_line() {
        let hello = Command::Hello { name: b"a\nb\x1b[0m".to_vec(), extras: Vec::new() };
        assert_eq!(hello.to_string(), "HELLO a\\nb\\u{1b}[0m");
    }
}
