//! Local files as the wire wants them: compared with a signature, or sent as a delta.
//!
//! A file that changes while it is sent is never passed off as either version: a small one is read
//! whole before the first byte goes out, the delta of a large one is spoilt at its end so that the
//! peer rejects it. An unchanged ctime is proof only if a change would have shown in it, so a file
//! that was written just now is read once more, or waited for if it is large.
use super::link::{Link, LinkError};
use super::shared::Small;
use crate::host::now;
use csync3_core::decide::local::{GRANULARITY, shows_changes};
use csync3_core::delta::diff::Differ;
use csync3_core::delta::format;
use csync3_core::delta::plan::{Op, Plan};
use csync3_core::delta::signature::{Signature, SignatureWriter, signature_len};
use csync3_core::entry::{ContentHash, ContentHasher, Kind, Observed};
use csync3_core::native::message::ZEROS;
use csync3_core::path::Located;
use csync3_core::wire::block::BlockHeader;
use csync3_disk::{DiskError, DiskSession, Run, Source};
use std::io::{self, Read, Seek, SeekFrom};

/// Files up to this size are read into memory once; larger ones are read twice.
const SMALL: u64 = 256 * 1024;

/// Bytes moved at a time.
const CHUNK: usize = 128 * 1024;

/// Queued bytes after which the socket is served before more is queued.
const HIGH_WATER: usize = 256 * 1024;

/// A hole of fewer bytes is sent as the zero bytes that it stands for.
const ZEROS_WORTH: u64 = 4 * 1024;

/// How often a large file that was written just now is waited for.
const PATIENCE: usize = 3;

/// A command of a delta that no reader accepts.
const SPOILT: u8 = 0xff;

/// Why a local file could not be sent.
#[derive(Debug, thiserror::Error)]
pub(super) enum ContentError {
    /// It cannot be read.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// Reading it failed halfway.
    #[error("cannot read it")]
    Read(#[from] io::Error),
    /// It changed while it was read.
    #[error("it changes while it is sent")]
    Changing,
}

/// A local file ready to be sent: opened, its delta planned.
pub(super) struct Outgoing {
    source: Source,
    /// The whole content of a small file.
    small: Option<Vec<u8>>,
    plan: Plan,
    /// The hash of the content.
    pub(super) hash: ContentHash,
    /// Any change since would show in the ctime.
    shows_changes: bool,
}

/// Says whether a local file's signature is exactly this one.
pub(super) fn has_signature(
    disk: &DiskSession,
    at: &Located,
    signature: &[u8],
) -> Result<bool, ContentError> {
    let mut source = disk.open(at)?;
    let size = size_of(&source);
    if signature_len(size) != signature.len() as u64 {
        return Ok(false);
    }
    let mut writer = SignatureWriter::new();
    let mut made = Vec::new();
    let mut matched = 0;
    let mut equal = true;
    read_all(&mut source, |chunk| {
        writer.feed(chunk, &mut made);
        equal &= signature[matched..].starts_with(&made);
        matched = (matched + made.len()).min(signature.len());
        made.clear();
        equal
    })?;
    writer.finish(&mut made);
    Ok(equal && signature[matched..] == made[..])
}

/// Opens a file and plans its delta against the peer's signature.
pub(super) fn prepare(
    disk: &DiskSession,
    at: &Located,
    signature: &Signature,
) -> Result<Outgoing, ContentError> {
    let (mut source, shows_changes) = open(disk, at)?;
    let mut differ = (signature.blocks() > 0).then(|| Differ::new(signature));
    let mut hasher = ContentHasher::default();
    let mut size = 0;
    let mut small = (size_of(&source) <= SMALL).then(Vec::new);
    read_all(&mut source, |chunk| {
        hasher.feed(chunk);
        size += chunk.len() as u64;
        if let Some(differ) = &mut differ {
            differ.feed(chunk);
        }
        if let Some(small) = &mut small {
            small.extend_from_slice(chunk);
        }
        true
    })?;
    let read_twice = |small: &Vec<u8>| source.holds(small);
    let is_whole = shows_changes || small.as_ref().map_or(Ok(true), read_twice)?;
    if !is_whole || !source.still_same() {
        return Err(ContentError::Changing);
    }
    let plan = differ.map_or_else(|| Plan::whole(size), Differ::finish);
    Ok(Outgoing { source, small, plan, hash: hasher.finish(), shows_changes })
}

/// Opens a file to be sent, and says whether changes from now on would show in its ctime.
///
/// A large file that was written just now is waited for; one that is written all the time is not.
fn open(disk: &DiskSession, at: &Located) -> Result<(Source, bool), ContentError> {
    for _ in 0..PATIENCE {
        let since = now();
        let source = disk.open(at)?;
        let shows = shows_changes(source.observed().fingerprint, since);
        if shows || size_of(&source) <= SMALL {
            return Ok((source, shows));
        }
        std::thread::sleep(GRANULARITY);
    }
    Ok((disk.open(at)?, false))
}

impl Outgoing {
    /// The file as it was when it was opened.
    pub(super) fn observed(&self) -> &Observed {
        self.source.observed()
    }

    /// Sends the block with the delta. Returns the number of content bytes that were sent.
    pub(super) async fn send(mut self, link: &mut Link) -> Result<u64, LinkError> {
        let mut head = Vec::with_capacity(64);
        BlockHeader::Data(self.plan.encoded_len()).encode_into(&mut head);
        format::encode_start(&mut head);
        link.connection.queue(&head);
        let mut sound = true;
        for op in self.plan.ops() {
            head.clear();
            match *op {
                Op::Copy { offset, len } => {
                    format::encode_copy(offset, len, &mut head);
                    link.connection.queue(&head);
                }
                Op::Literal { offset, len } => {
                    format::encode_literal_header(len, &mut head);
                    link.connection.queue(&head);
                    match &self.small {
                        Some(content) => link.connection.queue(slice(content, offset, len)),
                        None => sound &= literal(&mut self.source, link, offset, len).await?,
                    }
                }
            }
        }
        // The length is announced, so the last byte decides whether the peer may use the rest.
        let sound = sound && (self.small.is_some() || self.source.still_same());
        let mut end = Vec::with_capacity(1);
        format::encode_end(&mut end);
        link.connection.queue(if sound { &end } else { &[SPOILT] });
        Ok(self.plan.literal_bytes())
    }
}

/// Reads a small file; `None` if it is none any more.
pub(super) fn read_small(disk: &DiskSession, at: &Located) -> Result<Option<Small>, ContentError> {
    let Outgoing { source, small, hash, shows_changes, .. } =
        prepare(disk, at, &Signature::none())?;
    let observed = source.observed().clone();
    Ok(small.map(|content| Small { content: content.into(), hash, observed, shows_changes }))
}

/// The hash of a file as it is now, and what the file looked like.
pub(super) fn hash(
    disk: &DiskSession,
    at: &Located,
) -> Result<(ContentHash, Observed), ContentError> {
    let (source, shows_changes) = open(disk, at)?;
    let hash = source.hash()?;
    // A write to a file that is so new may not show in its times.
    let is_whole = shows_changes || source.hash()? == hash;
    match is_whole && source.still_same() {
        true => Ok((hash, source.observed().clone())),
        false => Err(ContentError::Changing),
    }
}

/// What comes behind a piece of a delta.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Follows {
    /// Another piece.
    More,
    /// So many zero bytes, then another piece.
    Zeros(u64),
    /// Its end.
    Nothing,
}

/// A file that is sent in pieces, as a delta.
pub(super) struct Pieces {
    source: Source,
    plan: Plan,
    /// The operation that is next, and what of it is done.
    at: usize,
    done: u64,
    is_begun: bool,
    /// Content bytes that were read.
    pub(super) bytes: u64,
    /// The hash of the content: known before, or made on the way where all of it is sent.
    hash: Result<ContentHash, ContentHasher>,
    is_sound: bool,
}

impl Pieces {
    /// All of a file; it is read only once.
    pub(super) fn whole(disk: &DiskSession, at: &Located) -> Result<Self, ContentError> {
        let (source, shows_changes) = open(disk, at)?;
        if !shows_changes {
            // What is written all the time is read as a whole before any of it is sent.
            return Self::delta(disk, at, &Signature::none());
        }
        let plan = Plan::whole(size_of(&source));
        Ok(Self::new(source, plan, Err(ContentHasher::default())))
    }

    /// What a file has and the peer's does not.
    pub(super) fn delta(
        disk: &DiskSession,
        at: &Located,
        signature: &Signature,
    ) -> Result<Self, ContentError> {
        let Outgoing { source, plan, hash, .. } = prepare(disk, at, signature)?;
        Ok(Self::new(source, plan, Ok(hash)))
    }

    fn new(source: Source, plan: Plan, hash: Result<ContentHash, ContentHasher>) -> Self {
        let (at, done, is_begun, bytes, is_sound) = (0, 0, false, 0, true);
        Self { source, plan, at, done, is_begun, bytes, hash, is_sound }
    }

    /// The file as it was when it was opened.
    pub(super) fn observed(&self) -> &Observed {
        self.source.observed()
    }

    /// Appends the next bytes of the delta, about `most` of them, and says what follows.
    pub(super) fn next(&mut self, most: usize, out: &mut Vec<u8>) -> Follows {
        if !std::mem::replace(&mut self.is_begun, true) {
            format::encode_start(out);
        }
        while self.is_sound && out.len() < most {
            let Some(op) = self.plan.ops().get(self.at).copied() else {
                format::encode_end(out);
                return Follows::Nothing;
            };
            match op {
                Op::Copy { offset, len } => {
                    format::encode_copy(offset, len, out);
                    self.at += 1;
                }
                Op::Literal { offset, len } => {
                    let zeros = self.literal(offset, len, most, out);
                    if zeros > 0 {
                        return Follows::Zeros(zeros);
                    }
                }
            }
        }
        if self.is_sound { Follows::More } else { Follows::Nothing }
    }

    /// Appends bytes of a literal, or says how many zero bytes there are in their place.
    fn literal(&mut self, offset: u64, len: u64, most: usize, out: &mut Vec<u8>) -> u64 {
        if self.done == 0 {
            format::encode_literal_header(len, out);
        }
        let room = most.saturating_sub(out.len()).max(1);
        let wanted = match self.source.run_at(offset + self.done, len - self.done) {
            Run::Hole(zeros @ ZEROS_WORTH..) => return self.zeros(len, zeros.min(ZEROS)),
            Run::Hole(left) | Run::Data(left) => usize::try_from(left).unwrap_or(room).min(room),
        };
        let start = out.len();
        out.resize(start + wanted, 0);
        let read = self.source.read_at(&mut out[start..], offset + self.done).unwrap_or_default();
        out.truncate(start + read);
        self.is_sound &= read > 0 || wanted == 0;
        if let Err(hasher) = &mut self.hash {
            hasher.feed(&out[start..]);
        }
        self.bytes += read as u64;
        self.advance(len, read as u64);
        0
    }

    fn zeros(&mut self, len: u64, zeros: u64) -> u64 {
        if let Err(hasher) = &mut self.hash {
            hasher.feed_zeros(zeros);
        }
        self.advance(len, zeros);
        zeros
    }

    fn advance(&mut self, len: u64, done: u64) {
        self.done += done;
        if self.done == len {
            (self.at, self.done) = (self.at + 1, 0);
        }
    }

    /// The hash of the content; `None` if the file changed or could not be read to its end.
    pub(super) fn finish(self) -> Option<ContentHash> {
        let is_sound = self.is_sound && self.source.still_same();
        is_sound.then(|| self.hash.unwrap_or_else(|hasher| hasher.finish()))
    }
}

/// Sends a part of a large file. What cannot be read any more is filled up with zeros, and the
/// answer is `false`.
async fn literal(
    source: &mut Source,
    link: &mut Link,
    offset: u64,
    len: u64,
) -> Result<bool, LinkError> {
    let mut sound = source.seek(SeekFrom::Start(offset)).is_ok();
    let mut buffer = vec![0; CHUNK];
    let mut left = len;
    while left > 0 {
        let wanted = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
        let chunk = &mut buffer[..wanted];
        if sound && source.read_exact(chunk).is_err() {
            sound = false;
        }
        link.connection.queue(chunk);
        left -= wanted as u64;
        if link.connection.queued() >= HIGH_WATER {
            link.connection.flush().await?;
        }
    }
    Ok(sound)
}

fn slice(content: &[u8], offset: u64, len: u64) -> &[u8] {
    let start = usize::try_from(offset).unwrap_or(usize::MAX);
    let len = usize::try_from(len).unwrap_or(usize::MAX);
    &content[start..start + len]
}

fn size_of(source: &Source) -> u64 {
    match source.observed().kind {
        Kind::File { size } => size,
        _ => 0,
    }
}

/// Reads a file in chunks until its end or until `take` says that it has seen enough.
fn read_all(source: &mut Source, mut take: impl FnMut(&[u8]) -> bool) -> io::Result<()> {
    let wanted = usize::try_from(size_of(source)).unwrap_or(CHUNK);
    let mut buffer = vec![0; wanted.saturating_add(1).clamp(1, CHUNK)];
    loop {
        match source.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => {
                if !take(&buffer[..count]) {
                    return Ok(());
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
