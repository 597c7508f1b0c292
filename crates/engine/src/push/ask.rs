//! What a peer has, for people who decide a conflict: size and time of its objects, and a content.
//!
//! Nothing is changed on the peer: `GETTM`, `GETSZ` and `TYPE` only look.
use super::PushOptions;
use super::link::{Link, LinkError};
use crate::host::{Host, thread_runtime};
use crate::observer::Problem;
use csync3_core::config::HostName;
use csync3_core::entry::Timestamp;
use csync3_core::wire::command::Request;
use csync3_core::wire::reply::Reply;
use csync3_store::row::DirtyRow;

/// Objects that are asked about before the first answer is read.
const WINDOW: usize = 32;

/// An object on the peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theirs {
    /// It is not there.
    Gone,
    /// It is there.
    There {
        /// Its size in bytes; 0 for what has none.
        size: u64,
        /// Its last change, in whole seconds.
        mtime: Timestamp,
    },
    /// The peer does not tell, perhaps because its configuration does not include the object.
    Untold,
}

/// Asks a peer about the objects of these rows, which are all this peer's.
///
/// Blocks the calling thread.
///
/// # Errors
/// The problem of the peer, if it cannot be asked.
pub fn about(
    host: &Host,
    options: &PushOptions,
    peer: &HostName,
    rows: &[DirtyRow],
) -> Result<Vec<Theirs>, Problem> {
    let asked = thread_runtime().block_on(ask_all(host, options, peer, rows));
    asked.map_err(|error| error.into_problem(peer.as_str(), "cannot ask it"))
}

/// Fetches the content of a file on a peer; bytes beyond `limit` may be missing.
///
/// Blocks the calling thread.
///
/// # Errors
/// The problem of the object.
pub fn content(
    host: &Host,
    options: &PushOptions,
    peer: &HostName,
    row: &DirtyRow,
    limit: usize,
) -> Result<Vec<u8>, Problem> {
    let fetched = thread_runtime().block_on(fetch(host, options, peer, row, limit));
    match fetched {
        Ok(Ok(content)) => Ok(content),
        Ok(Err(reply)) => {
            let answer = String::from_utf8_lossy(&reply.text()).into_owned();
            let problem = Problem::new(&row.name, format!("cannot be fetched: {answer}"));
            Err(problem.with_peer(peer))
        }
        Err(error) => Err(error.into_problem(peer.as_str(), "cannot ask it")),
    }
}

async fn ask_all(
    host: &Host,
    options: &PushOptions,
    peer: &HostName,
    rows: &[DirtyRow],
) -> Result<Vec<Theirs>, LinkError> {
    let mut told = Vec::with_capacity(rows.len());
    let mut link: Option<Link> = None;
    for of_one_name in rows.chunk_by(|a, b| a.myname == b.myname) {
        let myname = &of_one_name[0].myname;
        let mut known = match link.take() {
            None => Link::connect(host, options.way(), peer, myname).await?,
            Some(mut known) => {
                known.identify(myname).await?;
                known
            }
        };
        for window in of_one_name.chunks(WINDOW) {
            let sent: Vec<bool> =
                window.iter().map(|row| request_facts(&mut known, host, peer, row)).collect();
            for asked in sent {
                told.push(if asked { facts(&mut known).await? } else { Theirs::Untold });
            }
        }
        link = Some(known);
    }
    if let Some(link) = link {
        link.bye().await;
    }
    Ok(told)
}

/// Asks for size and time; `false` if no group holds the object any more.
fn request_facts(link: &mut Link, host: &Host, peer: &HostName, row: &DirtyRow) -> bool {
    let Some(key) = host.config.key_for(&row.name.decoded(), peer) else {
        return false;
    };
    link.request(key.as_bytes(), &row.name, Request::Size);
    link.request(key.as_bytes(), &row.name, Request::ModificationTime);
    true
}

async fn facts(link: &mut Link) -> Result<Theirs, LinkError> {
    let size = number(link).await?;
    let mtime = number(link).await?;
    Ok(match (size, mtime) {
        (None, _) | (_, None) => Theirs::Untold,
        (Some(size), Some(_)) if size < 0 => Theirs::Gone,
        (Some(size), Some(mtime)) => {
            Theirs::There { size: size.unsigned_abs(), mtime: Timestamp::from_peer(mtime) }
        }
    })
}

/// The number that answers a question, or `None` for a refusal.
async fn number(link: &mut Link) -> Result<Option<i64>, LinkError> {
    match link.reply().await? {
        Reply::Data => link.number().await.map(Some),
        _ => Ok(None),
    }
}

async fn fetch(
    host: &Host,
    options: &PushOptions,
    peer: &HostName,
    row: &DirtyRow,
    limit: usize,
) -> Result<Result<Vec<u8>, Reply>, LinkError> {
    let Some(key) = host.config.key_for(&row.name.decoded(), peer) else {
        return Ok(Err(Reply::Denied));
    };
    let mut link = Link::connect(host, options.way(), peer, &row.myname).await?;
    link.request(key.as_bytes(), &row.name, Request::Content);
    match link.reply().await? {
        Reply::Data => link.content(limit).await.map(Ok),
        reply => Ok(Err(reply)),
    }
}
