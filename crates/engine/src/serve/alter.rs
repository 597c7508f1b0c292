//! Removals and metadata of what is there: `DEL`, `SETOWN`, `SETMOD`, `SETIME`, `FLUSH`, `MARK`.
use super::Serving;
use super::arrive::{
    back_up, before, clear, concluded, failed, recorded, settled, text, undo_if_unchanged, vacate,
};
use super::permit::{Current, Target, conflict, refresh_one};
use crate::check::{Marking, actions, mark as mark_for};
use crate::host::{Host, now};
use csync3_core::config::Trigger;
use csync3_core::decide::local::Recorded;
use csync3_core::decide::remote::Remote;
use csync3_core::entry::{Kind, Observed};
use csync3_core::lineage::Standing;
use csync3_core::wire::command::Request;
use csync3_core::wire::reply::Reply;
use csync3_disk::{DiskError, DiskSession, Presence};
use csync3_store::StoreError;
use csync3_store::row::{Change, Facts, FileRow};
use std::time::{Duration, Instant};

/// How long the row that this session has written is taken for the present one.
const FRESH: Duration = Duration::from_secs(1);

/// An object as the peer was told of it, or as its last command has left it.
#[derive(Debug, Clone)]
pub(super) struct Known {
    /// The object.
    pub(super) seen: Observed,
    /// The row that this session has written for it, and when.
    pub(super) row: Option<(Recorded, Instant)>,
}

impl Known {
    /// The object together with the row that was just written for it.
    pub(super) fn written(seen: Observed, recorded: Recorded) -> Self {
        Self { seen, row: Some((recorded, Instant::now())) }
    }
}

/// The answer to a request, and the object as it is now if the request set something.
pub(super) struct Altered {
    pub(super) reply: Reply,
    pub(super) known: Option<Known>,
}

impl From<Reply> for Altered {
    fn from(reply: Reply) -> Self {
        Self { reply, known: None }
    }
}

fn current(
    serving: &mut Serving<'_>,
    target: &Target,
    marking: Marking,
) -> Result<Result<Current, Reply>, StoreError> {
    refresh_one(serving.host, serving.ledger, target, marking, serving.turn)
}

/// As [`current`], but without the store if the object still is exactly what this session has just
/// made of it: the setters that follow a content change nothing that a mark could protect.
fn current_or_known(
    serving: &mut Serving<'_>,
    target: &Target,
    request: &Request,
    known: Option<&Known>,
) -> Result<Result<Current, Reply>, StoreError> {
    let seen = match serving.disk.observe(&target.at) {
        Ok(Presence::There(seen)) => Some(seen),
        _ => None,
    };
    let (Some(known), Some(seen)) = (known, seen) else {
        return current(serving, target, Marking::default());
    };
    match &known.row {
        Some((recorded, written)) if written.elapsed() < FRESH && known.seen == seen => {
            let facts = Facts { recorded: Some(recorded.clone()), dirty: Vec::new() };
            Ok(Ok(Current { seen: Some(seen), facts }))
        }
        _ => {
            // Both have it already: what this host had not recorded yet is owed to nobody by it,
            // whoever else lacks it gets it from the caller.
            let init = proves(request, &known.seen, &seen);
            current(serving, target, Marking { init, forced: false })
        }
    }
}

/// Says whether a request tells that the caller has the same version. A time does: csync2 sends it
/// after it has compared, and the object must still be what it has compared with.
fn proves(request: &Request, known: &Observed, seen: &Observed) -> bool {
    matches!(request, Request::SetTime(_)) && same_version(known, seen)
}

/// `DEL`.
pub(super) fn remove(serving: &mut Serving<'_>, target: &Target) -> Result<Reply, StoreError> {
    let mut current = match current(serving, target, Marking::default())? {
        Ok(current) => current,
        Err(reply) => return Ok(reply),
    };
    let Serving { host, disk, caller, claim, .. } = *serving;
    if current.decide(&Request::Delete, caller, claim) == Remote::AlsoChangedHere {
        return Ok(conflict(host, caller, &Request::Delete, target));
    }
    let mut changes = current.gone(caller, claim);
    if let Some(seen) = &current.seen {
        if let Err(reply) = back_up(host, disk, target, Some(seen)) {
            return Ok(reply);
        }
        let seen = seen.clone();
        match vacate(serving, target, &mut current, &seen)? {
            Ok(announced) => changes.push(concluded(target, announced, None)),
            Err(reply) => return Ok(reply),
        }
    } else {
        changes.push(Change::DropFile(target.name.clone()));
    }
    changes.extend(settled(host, caller, target, &current));
    serving.ledger.later(changes)?;
    Ok(Reply::Done)
}

/// The row of the object as it is and as it is wanted.
fn announced(host: &Host, current: &Current, wanted: &Observed) -> Recorded {
    Recorded {
        checktxt: text(host, wanted),
        fingerprint: None,
        lineage: current.lineage(),
        hash: current.facts.recorded.as_ref().and_then(|recorded| recorded.hash),
        also: Some(before(host, current.seen.as_ref())),
    }
}

/// `SETOWN`, `SETMOD` and `SETIME`.
pub(super) fn set(
    serving: &mut Serving<'_>,
    target: &Target,
    request: &Request,
    known: Option<&Known>,
) -> Result<Altered, StoreError> {
    let current = match current_or_known(serving, target, request, known)? {
        Ok(current) => current,
        Err(reply) => return Ok(reply.into()),
    };
    let Some(seen) = &current.seen else {
        return Ok(Reply::Other(b"No such file or directory".to_vec()).into());
    };
    let Serving { host, caller, claim, .. } = *serving;
    // Only then a time may be set over a mark of this host.
    let proved = known.is_some_and(|known| proves(request, &known.seen, seen));
    let is_later = current.standing(caller, claim) == Standing::Later;
    if !(is_later || proved) || current.decide(request, caller, claim) == Remote::AlsoChangedHere {
        return Ok(conflict(host, caller, request, target).into());
    }
    let wanted = with(host, seen, request);
    let row = current.facts.recorded.clone().unwrap_or_default();
    let mut result = Known::written(seen.clone(), row);
    let mut changes = Vec::new();
    if wanted != *seen {
        match change(serving, target, &current, &wanted, request)? {
            Ok(changed) => result = changed,
            Err(error) => {
                let announced = announced(host, &current, &wanted);
                let undone = undo_if_unchanged(host, target, &current, &announced);
                serving.ledger.later(undone.into_iter().collect())?;
                return Ok(failed(host, target, error).into());
            }
        }
        if let Some((done, _)) = &result.row {
            let announced = announced(host, &current, &wanted);
            changes.push(concluded(target, announced, Some(done.clone())));
        }
    }
    changes.extend(clear(caller, target, &current));
    serving.ledger.later(changes)?;
    Ok(Altered { reply: Reply::Done, known: Some(result) })
}

/// Announces the new state, then makes it.
fn change(
    serving: &mut Serving<'_>,
    target: &Target,
    current: &Current,
    wanted: &Observed,
    request: &Request,
) -> Result<Result<Known, DiskError>, StoreError> {
    let Serving { host, caller, claim, .. } = *serving;
    let announced = announced(host, current, wanted);
    let lineage = Some(current.received(caller, claim, &announced.checktxt));
    let hash = announced.hash;
    let row = FileRow { name: target.name.clone(), recorded: announced };
    serving.ledger.commit(vec![Change::PutFile(row)])?;
    let since = now();
    let made = apply(serving.disk, target, current.seen.as_ref(), wanted, request);
    Ok(made.map(|seen| {
        let recorded = Recorded { lineage, ..recorded(host, &seen, hash, since) };
        Known::written(seen, recorded)
    }))
}

/// Says whether an object still is the version that the peer has compared with. What is in a
/// directory changes its times, but is no part of its version.
fn same_version(known: &Observed, seen: &Observed) -> bool {
    let is_file = matches!(seen.kind, Kind::File { .. });
    (known.kind == seen.kind && known.permissions == seen.permissions)
        && (known.uid == seen.uid && known.gid == seen.gid)
        && (!is_file || known.fingerprint == seen.fingerprint)
}

/// The object as the request wants it; what the configuration ignores stays.
fn with(host: &Host, seen: &Observed, request: &Request) -> Observed {
    let ignore = host.config.ignore;
    let mut wanted = seen.clone();
    match request {
        Request::SetOwner { uid, gid } => {
            if !ignore.uid {
                wanted.uid = *uid;
            }
            if !ignore.gid {
                wanted.gid = *gid;
            }
        }
        Request::SetMode(mode) if !ignore.mode && !matches!(seen.kind, Kind::Symlink { .. }) => {
            wanted.permissions = mode & 0o7777;
        }
        // A peer that speaks of seconds knows nothing of the rest.
        Request::SetTime(mtime)
            if mtime.nanos != 0 || mtime.seconds != seen.fingerprint.mtime.seconds =>
        {
            wanted.fingerprint.mtime = *mtime;
        }
        _ => {}
    }
    wanted
}

fn apply(
    disk: &DiskSession,
    target: &Target,
    seen: Option<&Observed>,
    wanted: &Observed,
    request: &Request,
) -> Result<Observed, DiskError> {
    match request {
        Request::SetOwner { .. } => {
            let other = |of: fn(&Observed) -> u32| {
                seen.is_none_or(|seen| of(seen) != of(wanted)).then(|| of(wanted))
            };
            disk.set_owner(&target.at, other(|object| object.uid), other(|object| object.gid))
        }
        Request::SetMode(_) => disk.set_mode(&target.at, wanted.permissions),
        _ => disk.set_times(&target.at, wanted.fingerprint.mtime),
    }
}

/// `FLUSH`: the peer overrules this host, so nobody is owed this host's version any more.
pub(super) fn flush(serving: &mut Serving<'_>, target: &Target) -> Result<Reply, StoreError> {
    let current = match current(serving, target, Marking::default())? {
        Ok(current) => current,
        Err(reply) => return Ok(reply),
    };
    let cleared = current.facts.dirty.into_iter().map(|row| Change::Clear {
        name: row.name,
        peer: row.peer,
        generation: row.generation,
    });
    serving.ledger.later(cleared.collect())?;
    Ok(Reply::Done)
}

/// `MARK`: owe the object to all peers of the groups that the caller is in.
pub(super) fn mark(serving: &mut Serving<'_>, target: &Target) -> Result<Reply, StoreError> {
    let Serving { host, caller, .. } = *serving;
    let targets = host.config.targets_with(&target.name.decoded(), &caller.name);
    let marks = targets
        .into_iter()
        .map(|to| Change::Mark { name: target.name.clone(), mark: mark_for(to, false, None) });
    let actions = actions(host, &target.name, Trigger::Remote).into_iter().map(Change::AddAction);
    serving.ledger.later(marks.chain(actions).collect())?;
    Ok(Reply::Done)
}
