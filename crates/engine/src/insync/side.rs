//! What the peer has of a name, before its content is asked for.
//!
//! `TYPE` answers with bytes alone: nothing tells a file that is empty from one that is not there,
//! nor where a broken connection cut the content; and a csync2 server waits for ever at a pipe. So
//! `SIG` goes first.
use crate::host::Host;
use crate::observer::Problem;
use crate::push::{Link, LinkError};
use csync3_core::checktxt::{self, Checktxt};
use csync3_core::config::{Level, Purpose, Target};
use csync3_core::entry::Kind;
use csync3_core::path::ClusterPath;
use csync3_core::wire::block::BlockHeader;
use csync3_core::wire::command::Request;
use csync3_core::wire::line::CHECKTXT_LIMIT;
use csync3_core::wire::reply::Reply;

/// The peer's side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Theirs {
    /// It has no such object.
    Absent,
    /// It has one of this kind.
    Object(Kind),
    /// It cannot be asked: names that are only compared have no `SIG`. Most are files.
    Unknown,
}

impl Theirs {
    /// Its kind; what is not known is taken for a file.
    pub(super) fn kind(&self) -> Option<Kind> {
        match self {
            Self::Absent => None,
            Self::Object(kind) => Some(kind.clone()),
            Self::Unknown => Some(Kind::File { size: 0 }),
        }
    }

    /// The size of a file, as far as it is known.
    pub(super) const fn size(&self) -> Option<u64> {
        match self {
            Self::Absent => Some(0),
            Self::Object(Kind::File { size }) => Some(*size),
            Self::Object(_) | Self::Unknown => None,
        }
    }
}

/// Asks what the peer has.
///
/// Of a file with a size that `is_enough` takes, nothing more is read: the session is of no use then.
pub(super) async fn theirs(
    host: &Host,
    link: &mut Link,
    pair: &Target,
    name: &ClusterPath,
    is_enough: impl Fn(u64) -> bool,
) -> Result<Result<Theirs, Problem>, LinkError> {
    let decoded = name.decoded();
    let key = host.config.key_for(&decoded, &pair.peer);
    let Some(key) = key.filter(|_| host.config.level(&decoded, Purpose::Sync) == Level::Yes) else {
        return Ok(Ok(Theirs::Unknown));
    };
    link.request(key.as_bytes(), name, Request::Signature);
    let reply = link.reply().await?;
    if reply == Reply::ParentMissing {
        return Ok(Ok(Theirs::Absent));
    }
    if !reply.is_ok() {
        return Ok(Err(refusal(name, "SIG", &reply)));
    }
    let text = link.line(CHECKTXT_LIMIT).await?;
    let found = match (reply, checktxt::parse(&text)) {
        (Reply::PathNotFound | Reply::NotFound, _) => Theirs::Absent,
        (_, Checktxt::Known(fields)) => Theirs::Object(fields.kind),
        (_, Checktxt::Foreign(_)) => return Err(LinkError::nonsense(&text)),
    };
    if !found.size().is_some_and(is_enough) {
        if let BlockHeader::Data(length) = link.header().await? {
            link.block(length, |_| {}).await?;
        }
        let status = link.reply().await?;
        if !status.is_ok() {
            return Ok(Err(refusal(name, "SIG", &status)));
        }
    }
    Ok(Ok(found))
}

/// Explains why the peer does not show an object.
pub(super) fn refusal(name: &ClusterPath, request: &str, reply: &Reply) -> Problem {
    let text = String::from_utf8_lossy(&reply.text()).into_owned();
    let problem = Problem::new(name, format!("cannot compare: {request} refused: {text}"));
    match reply {
        Reply::DeniedForSlave => {
            problem.hint("this host is a slave there, so it may not read: compare on the peer")
        }
        Reply::Denied | Reply::DeniedBecause(_) => problem
            .hint("compare csync2.cfg and the key file of both hosts: they grant different things"),
        _ => problem,
    }
}
