//! What a peer may ask: `SIG`, `GETTM`, `GETSZ`, `TYPE`.
use super::arrive::failed;
use super::greet::say;
use super::permit::Target;
use super::receive::{SessionError, may_make_parents};
use crate::host::Host;
use csync3_core::checktxt::{self, Times};
use csync3_core::delta::signature::{SignatureWriter, signature_len};
use csync3_core::entry::{Kind, Observed};
use csync3_core::wire::block::BlockHeader;
use csync3_core::wire::command::Request;
use csync3_core::wire::reply::Reply;
use csync3_disk::{DiskError, DiskSession, Presence, Source};
use csync3_net::Connection;
use std::io::Read;

/// Bytes read from a file at a time.
const CHUNK: usize = 128 * 1024;

/// Queued bytes after which the socket is served before more is queued.
const HIGH_WATER: usize = 256 * 1024;

/// Answers `SIG`. Returns what the peer was told of, if there is something.
pub(super) async fn signature(
    connection: &mut Connection,
    host: &Host,
    disk: &DiskSession,
    target: &Target,
) -> Result<Option<Observed>, SessionError> {
    let seen = match disk.observe(&target.at) {
        Ok(Presence::There(seen)) => seen,
        Ok(absent) => {
            say_absent(connection, host, disk, target, &absent);
            return Ok(None);
        }
        Err(error) => {
            say(connection, &failed(host, target, error));
            return Ok(None);
        }
    };
    let source = match seen.kind {
        Kind::File { .. } => Some(disk.open(&target.at)),
        _ => None,
    };
    let seen = match &source {
        Some(Ok(source)) => source.observed().clone(),
        _ => seen,
    };
    say(connection, &Reply::Data);
    let mut line = checktxt::render(&seen, host.config.ignore, Times::Zero);
    line.push(b'\n');
    connection.queue(&line);
    match source {
        None => queue_header(connection, BlockHeader::Data(0)),
        Some(source) => send_signature(connection, host, target, source).await?,
    }
    say(connection, &Reply::Done);
    Ok(Some(seen))
}

fn say_absent(
    connection: &mut Connection,
    host: &Host,
    disk: &DiskSession,
    target: &Target,
    presence: &Presence,
) {
    let first = match presence {
        Presence::Impure => Reply::NotFound,
        // What no group sends is made on demand.
        Presence::NoParent if !may_make_parents(host, disk, target) => {
            return say(connection, &Reply::ParentMissing);
        }
        _ => Reply::PathNotFound,
    };
    say(connection, &first);
    connection.queue(b"---\n");
    queue_header(connection, BlockHeader::Data(0));
    say(connection, &Reply::Done);
}

/// Queues the signature block of the file that is there now; of none, if it is no file.
pub(super) async fn current_signature(
    connection: &mut Connection,
    host: &Host,
    disk: &DiskSession,
    target: &Target,
) -> Result<(), SessionError> {
    let is_file = matches!(
        disk.observe(&target.at),
        Ok(Presence::There(Observed { kind: Kind::File { .. }, .. }))
    );
    if is_file {
        return send_signature(connection, host, target, disk.open(&target.at)).await;
    }
    let none = csync3_core::delta::signature::NO_FILE;
    queue_header(connection, BlockHeader::Data(none.len() as u64));
    connection.queue(&none);
    Ok(())
}

/// The announced length is that of the file as it was opened. If it shrinks meanwhile the rest is
/// zeros, which match nothing; the peer then sends what is missing.
async fn send_signature(
    connection: &mut Connection,
    host: &Host,
    target: &Target,
    source: Result<Source, DiskError>,
) -> Result<(), SessionError> {
    let mut source = match source {
        Ok(source) => source,
        Err(error) => {
            let _reported = failed(host, target, error);
            queue_header(connection, BlockHeader::Failed);
            return Ok(());
        }
    };
    let Kind::File { size } = source.observed().kind else {
        queue_header(connection, BlockHeader::Failed);
        return Ok(());
    };
    let mut left = signature_len(size);
    queue_header(connection, BlockHeader::Data(left));
    let mut writer = SignatureWriter::new();
    let mut made = Vec::new();
    let wanted = usize::try_from(size).unwrap_or(CHUNK);
    let mut buffer = vec![0; wanted.saturating_add(1).clamp(1, CHUNK)];
    let mut unread = size;
    while unread > 0 {
        let most = usize::try_from(unread).unwrap_or(CHUNK).min(buffer.len());
        let Ok(count) = source.read(&mut buffer[..most]) else {
            break;
        };
        if count == 0 {
            break;
        }
        unread -= count as u64;
        writer.feed(&buffer[..count], &mut made);
        left = queue_at_most(connection, &mut made, left);
        if connection.queued() >= HIGH_WATER {
            connection.flush().await?;
        }
    }
    writer.finish(&mut made);
    left = queue_at_most(connection, &mut made, left);
    while left > 0 {
        made.resize(usize::try_from(left).unwrap_or(CHUNK).min(CHUNK), 0);
        left = queue_at_most(connection, &mut made, left);
    }
    Ok(())
}

fn queue_at_most(connection: &mut Connection, bytes: &mut Vec<u8>, left: u64) -> u64 {
    let count = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
    connection.queue(&bytes[..count]);
    bytes.clear();
    left - count as u64
}

/// Queues the header of a block.
pub(super) fn queue_header(connection: &mut Connection, header: BlockHeader) {
    let mut line = Vec::with_capacity(32);
    header.encode_into(&mut line);
    connection.queue(&line);
}

/// The unit of the time in an answer to `GETTM`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// As csync2 has it.
    Seconds,
    /// As its fork has it.
    Nanoseconds,
}

/// Answers `GETTM` and `GETSZ`: a time or bytes, -1 for what is not there.
pub(super) fn number(
    connection: &mut Connection,
    host: &Host,
    disk: &DiskSession,
    target: &Target,
    request: &Request,
    unit: Unit,
) {
    let seen = match disk.observe(&target.at) {
        Ok(presence) => presence.observed(),
        Err(error) => return say(connection, &failed(host, target, error)),
    };
    let number = match (seen, request) {
        (None, _) => -1,
        (Some(seen), Request::ModificationTime) => match unit {
            Unit::Seconds => seen.fingerprint.mtime.seconds,
            Unit::Nanoseconds => seen.fingerprint.mtime.as_nanos(),
        },
        (Some(seen), _) => match seen.kind {
            Kind::File { size } => i64::try_from(size).unwrap_or(i64::MAX),
            Kind::Symlink { target } => i64::try_from(target.len()).unwrap_or(i64::MAX),
            _ => 0,
        },
    };
    say(connection, &Reply::Data);
    connection.queue(format!("{number}\n").as_bytes());
}

/// Answers `TYPE`: the content, up to the end of the connection. Nothing for what is no file.
pub(super) async fn content(
    connection: &mut Connection,
    disk: &DiskSession,
    target: &Target,
) -> Result<(), SessionError> {
    say(connection, &Reply::Data);
    // The session ends after this, and what is queued ends with it.
    connection.flush().await?;
    let Ok(mut source) = disk.open(&target.at) else {
        return Ok(());
    };
    let mut buffer = vec![0; CHUNK];
    while let Ok(count @ 1..) = source.read(&mut buffer) {
        connection.queue(&buffer[..count]);
        connection.flush().await?;
    }
    Ok(())
}

/// Says whether only csync2's fork and csync3 send this. The fork counts time in nanoseconds, and it
/// sends one of these before it asks for a time.
pub(super) const fn is_of_the_fork(request: &Request) -> bool {
    matches!(request, Request::AtomicPatch(_) | Request::MakeDir(Some(_)))
}
