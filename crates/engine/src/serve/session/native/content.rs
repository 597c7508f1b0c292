//! Contents into staged files, many at a time.
use super::super::super::arrive::{Arrival, failed};
use super::super::super::permit::Target;
use super::super::super::receive::{Assembly, SessionError, Wanted, look, stage};
use super::super::Session;
use super::Native;
use crate::host::Host;
use csync3_core::decide::tie::size;
use csync3_core::entry::{ContentHash, Kind};
use csync3_core::lineage::Claim;
use csync3_core::native::NO_CONTENT;
use csync3_core::native::intake::{Intake, Take};
use csync3_core::native::message::{Content, Contents, End, Verdict};
use csync3_core::path::{ClusterPath, Located};
use csync3_core::push::BASIS_CHANGED;
use csync3_core::wire::command::{Meta, Request};
use csync3_core::wire::reply::Reply;
use csync3_disk::{DiskSession, Source, Staged};
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Objects that are staged before they are put in place together; each holds two descriptors.
const BATCH: usize = 64;

/// The longest time that a staged object waits while more comes.
const LATE: Duration = Duration::from_millis(50);

/// Contents that were asked for, that are coming, and that wait to be put in place.
#[derive(Default)]
pub(super) struct Incoming {
    wanted: HashMap<u64, Awaited>,
    streams: HashMap<u64, Assembly>,
    /// In the order of the session's pending arrivals.
    staged: Vec<Waiting>,
    since: Option<Instant>,
}

/// The next part of a content.
#[derive(Clone, Copy)]
pub(super) enum Part<'a> {
    /// The next bytes of its delta.
    Bytes(&'a [u8]),
    /// So many zero bytes.
    Zeros(u64),
}

impl Part<'_> {
    /// How much room it takes on the disk, about.
    const fn room(self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Zeros(_) => 0,
        }
    }
}

/// A content that was asked for.
pub(super) struct Awaited {
    pub(super) target: Target,
    pub(super) meta: Meta,
    /// What the offer said of it.
    pub(super) hash: Option<ContentHash>,
    /// Nothing was there.
    pub(super) is_new: bool,
    /// What the offer said of its version.
    pub(super) claim: Option<Claim>,
    /// What has come of it is worth keeping if the rest does not come.
    pub(super) keeps_part: bool,
    /// What came of it before, if the delta is made against that.
    pub(super) part: Option<Source>,
}

impl Awaited {
    /// Begins the file.
    fn start(&mut self, host: &Host, disk: &DiskSession) -> Assembly {
        let mut assembly = Assembly::start(host, disk, &self.target);
        if self.keeps_part {
            assembly.keep_part();
        }
        if let Some(part) = self.part.take() {
            assembly.set_basis(part);
        }
        assembly
    }

    pub(super) fn coming(self, id: u64) -> Coming {
        let request = Request::Put { meta: self.meta, hash: ContentHash::UNKNOWN };
        Coming { id, is_new: self.is_new, target: self.target, request, claim: self.claim }
    }
}

/// What is to become of a staged object.
pub(super) struct Coming {
    pub(super) id: u64,
    /// Nothing was there.
    pub(super) is_new: bool,
    pub(super) target: Target,
    /// What a csync2 would have asked for.
    pub(super) request: Request,
    /// What the offer said of its version.
    pub(super) claim: Option<Claim>,
}

/// A staged object.
struct Waiting {
    id: u64,
    verdict: Verdict,
    target: Target,
    is_dir: bool,
}

impl Incoming {
    /// Remembers what was asked for.
    pub(super) fn expect(&mut self, id: u64, awaited: Awaited) {
        self.wanted.insert(id, awaited);
    }

    /// Where a content that was asked for is to be put.
    fn place_of(&self, id: u64) -> Option<&Located> {
        self.wanted.get(&id).map(|awaited| &awaited.target.at)
    }

    /// Says whether contents are on their way.
    pub(super) fn is_expecting(&self) -> bool {
        !self.wanted.is_empty()
    }

    /// Takes a part; the answer if it cannot be used.
    fn part(
        &mut self,
        intake: &mut Intake,
        host: &Host,
        disk: &DiskSession,
        (id, part): (u64, Part<'_>),
    ) -> Result<Option<Reply>, SessionError> {
        let take = intake.piece(id)?;
        let (Some(awaited), false) = (self.wanted.get_mut(&id), take == Take::Skip) else {
            return Ok(None);
        };
        let assembly = self.streams.entry(id).or_insert_with(|| awaited.start(host, disk));
        match part {
            Part::Bytes(bytes) => assembly.feed(host, &awaited.target, bytes),
            Part::Zeros(length) => assembly.zeros(host, &awaited.target, length),
        }
        let Some(reply) = assembly.failure() else {
            return Ok(None);
        };
        self.streams.remove(&id);
        self.wanted.remove(&id);
        Ok(Some(reply))
    }
}

impl Native {
    /// A part of a content has come.
    pub(super) fn part(
        &mut self,
        host: &Host,
        disk: &DiskSession,
        id: u64,
        part: Part<'_>,
    ) -> Result<(), SessionError> {
        let Self { incoming, intake, reuse, .. } = self;
        if let Some(at) = incoming.place_of(id) {
            reuse.make_room(disk, at, part.room());
        }
        if let Some(reply) = incoming.part(intake, host, disk, (id, part))? {
            self.refuse(id, &reply);
        }
        Ok(())
    }
}

impl Session {
    /// Whole contents have come.
    pub(super) fn contents(
        &mut self,
        native: &mut Native,
        contents: Contents,
    ) -> Result<(), SessionError> {
        contents.contents.into_iter().try_for_each(|content| self.whole(native, content))
    }

    fn whole(&mut self, native: &mut Native, content: Content) -> Result<(), SessionError> {
        native.intake.whole(content.id)?;
        let Some(awaited) = native.incoming.wanted.remove(&content.id) else {
            return Err(SessionError::Untimely);
        };
        if native.incoming.depends(&awaited.target.name) {
            self.place_all(native)?;
        }
        let Self { host, disk, .. } = self;
        native.reuse.make_room(disk, &awaited.target.at, content.bytes.len() as u64);
        let staged = stage(host, disk, &awaited.target, || {
            let mut file = disk.stage_file(&awaited.target.at, false)?;
            file.write(&content.bytes)?;
            file.finish(look(&awaited.meta, host.config.ignore))
        });
        let staged = staged.and_then(|staged| match awaited.hash {
            Some(hash) if staged.hash() != Some(hash) => Err(Reply::Other(BASIS_CHANGED.to_vec())),
            _ => Ok(staged),
        });
        self.wait_for_place(native, awaited.coming(content.id), staged)
    }

    /// The end of a content has come, or the news that the caller cannot send it.
    pub(super) async fn end(&mut self, native: &mut Native, end: &End) -> Result<(), SessionError> {
        let take = native.intake.end(end.id)?;
        self.next_delta(native, end.id).await?;
        let assembly = native.incoming.streams.remove(&end.id);
        let (Some(awaited), false) = (native.incoming.wanted.remove(&end.id), take == Take::Skip)
        else {
            return Ok(());
        };
        let hash: Result<[u8; 32], _> = end.hash.as_slice().try_into();
        let (Ok(hash), Some(assembly)) = (hash, assembly) else {
            // The caller knows why, and offers it again if there is still something to offer.
            native.refuse(end.id, &Reply::Other(NO_CONTENT.to_vec()));
            return Ok(());
        };
        let wanted = Wanted {
            look: look(&awaited.meta, self.host.config.ignore),
            hash: Some(ContentHash(hash)),
        };
        let staged = assembly.finish(&self.host, &awaited.target, wanted);
        if awaited.keeps_part {
            // It has served its purpose. What cannot be removed is a leftover.
            drop(self.disk.forget_part(&awaited.target.at));
        }
        self.wait_for_place(native, awaited.coming(end.id), staged)
    }

    /// Keeps a staged object until it is put in place together with others, or says why there is none.
    pub(super) fn wait_for_place(
        &mut self,
        native: &mut Native,
        coming: Coming,
        staged: Result<Staged, Reply>,
    ) -> Result<(), SessionError> {
        let Coming { id, is_new, target, request, claim } = coming;
        let staged = match staged {
            Ok(staged) => staged,
            Err(reply) => {
                native.refuse(id, &reply);
                return Ok(());
            }
        };
        let verdict = if is_new { Verdict::Made } else { Verdict::Updated };
        let is_dir = staged.observed().kind == Kind::Dir;
        native.incoming.since.get_or_insert_with(Instant::now);
        native.incoming.staged.push(Waiting { id, verdict, target: target.clone(), is_dir });
        self.pending.push(Arrival { target, request, staged, looked: None, claim });
        if self.pending.len() >= BATCH { self.place_all(native) } else { Ok(()) }
    }

    /// Puts staged objects in place that have waited too long for it.
    pub(super) fn place_if_late(&mut self, native: &mut Native) -> Result<(), SessionError> {
        let is_late = native.incoming.since.is_some_and(|since| since.elapsed() >= LATE);
        if is_late { self.place_all(native) } else { Ok(()) }
    }

    /// Puts all staged objects in place.
    pub(super) fn place_all(&mut self, native: &mut Native) -> Result<(), SessionError> {
        let replies = self.place()?;
        native.incoming.since = None;
        let staged = std::mem::take(&mut native.incoming.staged);
        for (Waiting { id, verdict, target, .. }, reply) in staged.into_iter().zip(replies) {
            if reply.is_ok() {
                native.applied(id, verdict, target.at);
            } else {
                native.conflict(id, &reply, self.time_and_size(&target));
            }
        }
        Ok(())
    }

    /// What is there, for rules that decide a conflict.
    pub(super) fn time_and_size(&self, target: &Target) -> (i64, i64) {
        let seen = self.disk.observe(&target.at).ok().and_then(|presence| presence.observed());
        seen.map_or((-1, -1), |seen| (seen.fingerprint.mtime.as_nanos(), size(&seen)))
    }

    /// Opens what a delta is made against; the answer if that fails.
    pub(super) fn open_basis(&self, target: &Target) -> Result<Source, Reply> {
        self.disk.open(&target.at).map_err(|error| failed(&self.host, target, error))
    }
}

impl Incoming {
    /// Says whether an object can only be looked at or staged once what waits is in place: it is the
    /// same, or its directory is one of it.
    pub(super) fn depends(&self, name: &ClusterPath) -> bool {
        self.staged.iter().any(|waiting| {
            waiting.target.name == *name || (waiting.is_dir && name.is_below(&waiting.target.name))
        })
    }
}
