//! Contents from the wire into staged files.
//!
//! A block is always read to its end, whatever becomes of its content, so that the next command is
//! found where it begins.
use super::arrive::failed;
use super::permit::Target;
use crate::host::Host;
use crate::observer::Problem;
use crate::pins::{PinError, Stranger};
use csync3_core::checktxt::Ignore;
use csync3_core::config::{Level, Purpose};
use csync3_core::delta::patch::{PatchError, PatchEvent, PatchReader};
use csync3_core::entry::{ContentHash, Kind};
use csync3_core::native::message::MessageError;
use csync3_core::native::offer::OfferError;
use csync3_core::native::window::Violation;
use csync3_core::push::BASIS_CHANGED;
use csync3_core::wire::block::BlockHeader;
use csync3_core::wire::command::Meta;
use csync3_core::wire::line::BLOCK_HEADER_LIMIT;
use csync3_core::wire::reply::Reply;
use csync3_disk::{DiskError, DiskSession, Look, Presence, Source, Staged, StagedFile};
use csync3_net::{Connection, NetError};

/// The longest file that a delta may make: what a signed offset can address.
const LONGEST: u64 = i64::MAX.cast_unsigned();

/// Why a session cannot go on.
#[derive(Debug, thiserror::Error)]
pub(super) enum SessionError {
    /// The connection failed.
    #[error(transparent)]
    Net(#[from] NetError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] csync3_store::StoreError),
    /// The certificate that the session was begun with is not the peer's.
    #[error(transparent)]
    Stranger(Stranger),
    /// Where a block had to begin the peer said something else.
    #[error("the peer did not send the data that it had announced")]
    NoBlock,
    /// A frame of the native dialect makes no sense.
    #[error(transparent)]
    Frame(#[from] MessageError),
    /// An offer of the native dialect makes no sense.
    #[error(transparent)]
    Offer(#[from] OfferError),
    /// The peer does not keep to the native dialect.
    #[error(transparent)]
    Violation(#[from] Violation),
    /// A frame that does not belong where it came.
    #[error("the peer sent a frame that does not belong there")]
    Untimely,
    /// The peer wants what this version does not have.
    #[error("the peer requires '{feature}', which this version does not know")]
    Requires {
        /// The name of it.
        feature: String,
    },
    /// The peer has ended the native dialect with this.
    #[error("the peer stopped: {reason}")]
    Stopped {
        /// What it said.
        reason: String,
    },
    /// What was put in place could not be made durable.
    #[error(transparent)]
    NotDurable(DiskError),
    /// Nobody waits for the answers any more.
    #[error("the peer has hung up before it had its answers; what was not done yet is left undone")]
    HungUp,
}

impl From<PinError> for SessionError {
    fn from(error: PinError) -> Self {
        match error {
            PinError::Stranger(stranger) => Self::Stranger(stranger),
            PinError::Store(error) => Self::Store(error),
        }
    }
}

/// Owner, mode and time for a new object; what the configuration ignores is left alone.
pub(super) fn look(meta: &Meta, ignore: Ignore) -> Look {
    Look {
        owner: Some(((!ignore.uid).then_some(meta.uid), (!ignore.gid).then_some(meta.gid))),
        permissions: (!ignore.mode).then_some(meta.mode & 0o7777),
        mtime: Some(meta.mtime),
    }
}

/// What is to become of a block.
pub(super) struct Wanted {
    pub(super) look: Look,
    /// The content must have this hash.
    pub(super) hash: Option<ContentHash>,
}

/// Reads a block with a delta and makes a staged file of it.
pub(super) async fn receive(
    connection: &mut Connection,
    host: &Host,
    disk: &DiskSession,
    target: &Target,
    wanted: Wanted,
) -> Result<Result<Staged, Reply>, SessionError> {
    let length = match header(connection).await? {
        BlockHeader::Data(length) => length,
        BlockHeader::Failed | BlockHeader::Error => {
            return Ok(Err(Reply::Other(b"Input/output error".to_vec())));
        }
    };
    let mut assembly = Assembly::start(host, disk, target);
    connection.block(length, |chunk| assembly.feed(host, target, chunk)).await?;
    Ok(assembly.finish(host, target, wanted))
}

/// Reads a block and forgets it.
pub(super) async fn skip(connection: &mut Connection) -> Result<(), SessionError> {
    if let BlockHeader::Data(length) = header(connection).await? {
        connection.block(length, |_| {}).await?;
    }
    Ok(())
}

/// Reads a block to its end, and keeps it unless it is larger than `limit`.
pub(super) async fn text(
    connection: &mut Connection,
    limit: u64,
) -> Result<Option<Vec<u8>>, SessionError> {
    let BlockHeader::Data(length) = header(connection).await? else {
        return Ok(None);
    };
    let is_kept = length <= limit;
    let mut text = Vec::new();
    let keep = |chunk: &[u8]| {
        if is_kept {
            text.extend_from_slice(chunk);
        }
    };
    connection.block(length, keep).await?;
    Ok(is_kept.then_some(text))
}

async fn header(connection: &mut Connection) -> Result<BlockHeader, SessionError> {
    let line = connection.line(BLOCK_HEADER_LIMIT).await?.ok_or(SessionError::NoBlock)?;
    BlockHeader::parse(&line, LONGEST).map_err(|_| SessionError::NoBlock)
}

/// A file that is being put together; once something has failed the rest is only read.
pub(super) struct Assembly {
    delta: PatchReader,
    file: Result<StagedFile, Reply>,
}

impl Assembly {
    pub(super) fn start(host: &Host, disk: &DiskSession, target: &Target) -> Self {
        let file = stage(host, disk, target, || disk.stage_file(&target.at, true));
        Self { delta: PatchReader::new(), file }
    }

    /// From now on what has come stays for the next attempt if the rest does not come.
    pub(super) fn keep_part(&mut self) {
        if let Ok(file) = &mut self.file {
            file.keep_part();
        }
    }

    /// Takes another file than the one that is there for what the delta is made against.
    pub(super) fn set_basis(&mut self, basis: Source) {
        if let Ok(file) = &mut self.file {
            file.set_basis(basis);
        }
    }

    /// Gives up: what has come is of no use, or there is no room for it.
    fn fail(&mut self, reply: Reply) {
        if let Ok(file) = std::mem::replace(&mut self.file, Err(reply)) {
            file.discard();
        }
    }

    /// The answer, if the file cannot be made.
    pub(super) fn failure(&self) -> Option<Reply> {
        self.file.as_ref().err().cloned()
    }

    pub(super) fn feed(&mut self, host: &Host, target: &Target, mut chunk: &[u8]) {
        let Ok(file) = &mut self.file else {
            return;
        };
        loop {
            let done = match self.delta.next_event(&mut chunk) {
                Ok(None) => return,
                Ok(Some(PatchEvent::Literal(bytes))) => file.write(bytes),
                Ok(Some(PatchEvent::Copy { offset, len })) => file.copy_from_basis(offset, len),
                Ok(Some(PatchEvent::End)) => Ok(()),
                Err(error) => {
                    self.fail(unusable(host, target, error));
                    return;
                }
            };
            if let Err(error) = done {
                self.fail(failed(host, target, error));
                return;
            }
        }
    }

    /// Appends zero bytes that the peer has not sent.
    pub(super) fn zeros(&mut self, host: &Host, target: &Target, length: u64) {
        let Ok(file) = &mut self.file else {
            return;
        };
        if let Err(error) = self.delta.zeros(length) {
            self.fail(unusable(host, target, error));
        } else if let Err(error) = file.write_zeros(length) {
            self.fail(failed(host, target, error));
        }
    }

    pub(super) fn finish(
        self,
        host: &Host,
        target: &Target,
        wanted: Wanted,
    ) -> Result<Staged, Reply> {
        let file = self.file?;
        if let Err(error) = self.delta.finish() {
            return Err(unusable(host, target, error));
        }
        let staged = file.finish(wanted.look).map_err(|error| failed(host, target, error))?;
        match wanted.hash {
            Some(hash) if staged.hash() != Some(hash) => Err(Reply::Other(BASIS_CHANGED.to_vec())),
            _ => Ok(staged),
        }
    }
}

/// The answer to a delta that is none.
fn unusable(host: &Host, target: &Target, error: PatchError) -> Reply {
    let problem = Problem::new(&target.name, "cannot use the delta of the peer");
    host.problem(&problem.because(error));
    Reply::Other(b"Input/output error".to_vec())
}

/// Stages something, making the directories above it if no group would send them.
pub(super) fn stage<T>(
    host: &Host,
    disk: &DiskSession,
    target: &Target,
    make: impl Fn() -> Result<T, DiskError>,
) -> Result<T, Reply> {
    match make() {
        Ok(made) => Ok(made),
        Err(error) if error.is_not_found() => {
            if !may_make_parents(host, disk, target) {
                return Err(Reply::ParentMissing);
            }
            disk.make_parents(&target.at)
                .and_then(|()| make())
                .map_err(|error| failed(host, target, error))
        }
        Err(error) => Err(failed(host, target, error)),
    }
}

/// Says whether all missing directories above an object are ones that no peer will ever send: those
/// that no group matches, and what lies above a prefix root.
pub(super) fn may_make_parents(host: &Host, disk: &DiskSession, target: &Target) -> bool {
    let mut parent = target.name.parent();
    while let Some(directory) = parent {
        let at = host.config.prefixes.locate(&directory);
        match at.ok().and_then(|at| disk.observe(&at).ok()) {
            Some(Presence::There(seen)) => return seen.kind == Kind::Dir,
            Some(Presence::Impure) | None => return false,
            Some(Presence::Absent | Presence::NoParent) => {}
        }
        if host.config.level(&directory.decoded(), Purpose::Sync) == Level::Yes {
            return false;
        }
        parent = directory.parent();
    }
    true
}
