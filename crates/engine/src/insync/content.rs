//! One object of one pair: the contents of both sides.
//!
//! The peer's content is compared with ours as it comes; only what is short enough to be shown is
//! kept. Links are never followed, on either side.
use super::side::{self, Theirs};
use crate::host::Host;
use crate::observer::Problem;
use crate::push::{Link, LinkError, Way};
use csync3_core::config::Target;
use csync3_core::decide::insync::{Approach, approach};
use csync3_core::entry::Kind;
use csync3_core::path::{ClusterPath, Located};
use csync3_core::unified::{Unified, unified};
use csync3_core::wire::command::Request;
use csync3_core::wire::reply::Reply;
use csync3_disk::{DiskSession, Source};
use std::io;

/// The longest file whose differences are shown, in bytes.
pub(super) const SHOWN: u64 = 64 * 1024 * 1024;

/// How one object compares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Compared {
    /// Both contents were read; one that is not there counts as empty.
    Contents(Unified),
    /// The contents differ, and at least one is too long to show in what.
    TooLong {
        /// The longest content that is shown, in bytes.
        limit: u64,
    },
    /// Both are links, to different places.
    Links,
    /// Both are of one kind that has no content.
    NoContent(Kind),
    /// Both are of different kinds; `None`: there is none.
    Kinds {
        /// The peer's.
        theirs: Option<Kind>,
        /// This host's.
        ours: Option<Kind>,
    },
}

/// Compares an object with that of the peer, over a session of its own.
pub(super) async fn compare(
    host: &Host,
    way: Way<'_>,
    pair: &Target,
    name: &ClusterPath,
) -> Result<Result<Compared, Problem>, LinkError> {
    let Some(key) = host.config.key_to_compare(&name.decoded(), pair) else {
        return Ok(Err(Problem::new(name, "cannot compare: no group of the pair covers it")));
    };
    let local = match Local::look(host, name) {
        Ok(local) => local,
        Err(problem) => return Ok(Err(problem)),
    };
    let mut link = Link::connect(host, way, &pair.peer, pair.myname.as_str()).await?;
    let is_enough = |size| local.is_too_long_beside(size);
    let theirs = match side::theirs(host, &mut link, pair, name, is_enough).await? {
        Ok(theirs) => theirs,
        Err(problem) => {
            link.bye().await;
            return Ok(Err(problem));
        }
    };
    if let Some(known) = without_reading(name, &theirs, &local) {
        // After a file that is too long the peer may still be sending.
        if !theirs.size().is_some_and(is_enough) {
            link.bye().await;
        }
        return Ok(known);
    }
    if theirs == Theirs::Absent {
        link.bye().await;
        return Ok(local.against(name, Read::nothing()));
    }
    link.request(key.as_bytes(), name, Request::Content);
    let reply = link.reply().await?;
    if reply != Reply::Data {
        return Ok(Err(side::refusal(name, "TYPE", &reply)));
    }
    let read = match read(&mut link, &local).await? {
        Ok(read) => read,
        Err(error) => return Ok(Err(Problem::new(name, "cannot read").because(error))),
    };
    if let Some(size) = theirs.size().filter(|size| read.total < *size && !read.is_decided()) {
        let what = format!("cannot compare: only {} of {size} bytes came", read.total);
        return Ok(Err(Problem::new(name, what).hint("the connection broke, or the file shrank")));
    }
    Ok(local.against(name, read))
}

/// What can be said before the content is asked for.
fn without_reading(
    name: &ClusterPath,
    theirs: &Theirs,
    local: &Local,
) -> Option<Result<Compared, Problem>> {
    let kind = theirs.kind();
    if let (Theirs::Unknown, Some(ours)) = (theirs, &local.kind)
        && !matches!(ours, Kind::File { .. })
    {
        // What the peer has cannot be asked, and reading a pipe there could wait for ever.
        return Some(Err(Problem::new(name, format!("cannot compare: it is a {ours} here"))));
    }
    let compared = match approach(kind.as_ref(), local.kind.as_ref()) {
        Approach::Read => {
            let too_long = local.is_too_long_beside(theirs.size()?);
            return too_long.then_some(Ok(Compared::TooLong { limit: SHOWN }));
        }
        Approach::Same => Compared::Contents(Unified::Identical),
        Approach::LinksDiffer => Compared::Links,
        Approach::LinkUnknown => {
            let what = "cannot compare: csync2 does not tell where a link under a prefix leads to";
            return Some(Err(Problem::new(name, what).hint("run `ls -l` there")));
        }
        Approach::NoContent => Compared::NoContent(kind?),
        Approach::TypesDiffer => Compared::Kinds { theirs: kind, ours: local.kind.clone() },
    };
    Some(Ok(compared))
}

/// This host's side.
struct Local {
    kind: Option<Kind>,
    /// Open, if it is a file.
    source: Option<Source>,
}

impl Local {
    fn look(host: &Host, name: &ClusterPath) -> Result<Self, Problem> {
        let failed = |what: &str| Problem::new(name, what.to_owned());
        let located = host.config.prefixes.locate(name);
        let at = located.map_err(|why| failed("cannot compare").because(why))?;
        let disk = host.disk.session();
        let seen = disk.observe(&at).map_err(|why| failed("cannot look at it").because(why))?;
        match seen.observed().map(|seen| seen.kind) {
            Some(Kind::File { .. }) => {
                Self::open(&disk, &at).map_err(|why| failed("cannot read").because(why))
            }
            kind => Ok(Self { kind, source: None }),
        }
    }

    fn open(disk: &DiskSession, at: &Located) -> Result<Self, csync3_disk::DiskError> {
        let source = disk.open(at)?;
        Ok(Self { kind: Some(source.observed().kind.clone()), source: Some(source) })
    }

    const fn size(&self) -> u64 {
        match self.kind {
            Some(Kind::File { size }) => size,
            _ => 0,
        }
    }

    /// Says whether a file of this size differs from ours, and one of them is too long to show in what.
    fn is_too_long_beside(&self, size: u64) -> bool {
        size.max(self.size()) > SHOWN && size != self.size()
    }

    /// Says whether this host has these bytes at this place.
    fn has(&self, bytes: &[u8], offset: u64) -> io::Result<bool> {
        let mut ours = vec![0; bytes.len()];
        Ok(self.fill(&mut ours, offset)? == bytes.len() && ours == bytes)
    }

    /// Reads until the buffer is full or the file ends; how many bytes there were.
    fn fill(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let Some(source) = &self.source else {
            return Ok(0);
        };
        let mut filled = 0;
        while filled < buffer.len() {
            match source.read_at(&mut buffer[filled..], offset + filled as u64) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }

    /// The verdict, once the peer's content is read.
    fn against(&self, name: &ClusterPath, read: Read) -> Result<Compared, Problem> {
        let failed = |error: io::Error| Problem::new(name, "cannot read").because(error);
        if read.alike && read.total == self.size() {
            return Ok(Compared::Contents(Unified::Identical));
        }
        let Some(theirs) = read.kept.filter(|_| self.size() <= SHOWN) else {
            return Ok(Compared::TooLong { limit: SHOWN });
        };
        let mut ours = vec![0; usize::try_from(self.size()).unwrap_or_default()];
        let length = self.fill(&mut ours, 0).map_err(failed)?;
        ours.truncate(length);
        Ok(Compared::Contents(unified(&theirs, &ours)))
    }
}

/// The peer's content.
struct Read {
    /// All of it; `None` if it is too long.
    kept: Option<Vec<u8>>,
    total: u64,
    /// This host has the same bytes in the same places.
    alike: bool,
}

impl Read {
    const fn nothing() -> Self {
        Self { kept: Some(Vec::new()), total: 0, alike: true }
    }

    /// Says that more of it can change nothing.
    const fn is_decided(&self) -> bool {
        self.kept.is_none() && !self.alike
    }

    fn take(&mut self, bytes: &[u8], local: &Local) -> io::Result<()> {
        self.alike = self.alike && local.has(bytes, self.total)?;
        self.total += bytes.len() as u64;
        match &mut self.kept {
            Some(kept) if self.total <= SHOWN => kept.extend_from_slice(bytes),
            kept => *kept = None,
        }
        Ok(())
    }
}

/// Reads content up to the end of the connection; or until more of it can change nothing.
async fn read(link: &mut Link, local: &Local) -> Result<io::Result<Read>, LinkError> {
    let mut read = Read::nothing();
    loop {
        let length = link.connection.buffered().len();
        if length > 0 {
            if let Err(error) = read.take(link.connection.buffered(), local) {
                return Ok(Err(error));
            }
            link.connection.consume(length);
        }
        if read.is_decided() || link.connection.fill().await? == 0 {
            return Ok(Ok(read));
        }
    }
}
