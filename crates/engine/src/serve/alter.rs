//! Removals and metadata of what is there: `DEL`, `SETOWN`, `SETMOD`, `SETIME`, `FLUSH`, `MARK`.
use super::arrive::{back_up, before, clear, failed, not_published, recorded, settled, text};
use super::greet::Caller;
use super::permit::{Current, Target, refresh};
use crate::check::{actions, mark as mark_for};
use crate::host::{Host, now};
use csync3_core::config::Trigger;
use csync3_core::decide::local::{Also, Recorded};
use csync3_core::decide::remote::Remote;
use csync3_core::entry::{Kind, Observed};
use csync3_core::wire::command::Request;
use csync3_core::wire::reply::Reply;
use csync3_disk::{DiskError, DiskSession};
use csync3_store::StoreError;
use csync3_store::row::{Change, FileRow};

/// The answer to a request, and the object as it is now if the request set something.
pub(super) struct Altered {
    pub(super) reply: Reply,
    pub(super) seen: Option<Observed>,
}

impl From<Reply> for Altered {
    fn from(reply: Reply) -> Self {
        Self { reply, seen: None }
    }
}

fn current(host: &Host, target: &Target) -> Result<Result<Current, Reply>, StoreError> {
    let looked = refresh(host, std::slice::from_ref(&target.name))?;
    Ok(looked.into_iter().next().unwrap_or(Err(Reply::ParentMissing)))
}

/// `DEL`.
pub(super) fn remove(
    host: &Host,
    disk: &DiskSession,
    caller: &Caller,
    target: &Target,
) -> Result<Reply, StoreError> {
    let current = match current(host, target)? {
        Ok(current) => current,
        Err(reply) => return Ok(reply),
    };
    if current.decide(&Request::Delete, caller) == Remote::AlsoChangedHere {
        return Ok(Reply::MarkedDirty);
    }
    if let Some(seen) = &current.seen {
        if let Err(reply) = back_up(host, disk, target, Some(seen)) {
            return Ok(reply);
        }
        // From here on both "there" and "gone" are states that nobody here has made.
        let announced = Recorded {
            checktxt: text(host, seen),
            also: Some(Also::Absent),
            ..Recorded::default()
        };
        let name = target.name.clone();
        host.store.commit(vec![Change::PutFile(FileRow { name, recorded: announced })])?;
        if let Err(error) = disk.remove(&target.at, seen) {
            let name = target.name.clone();
            let undo = current.facts.recorded.clone().map_or_else(
                || Change::DropFile(name.clone()),
                |recorded| Change::PutFile(FileRow { name: name.clone(), recorded }),
            );
            host.store.submit(vec![undo])?;
            return Ok(not_published(host, target, error));
        }
    }
    let mut changes = vec![Change::DropFile(target.name.clone())];
    changes.extend(settled(host, caller, target, &current));
    host.store.submit(changes)?;
    Ok(Reply::Done)
}

/// `SETOWN`, `SETMOD` and `SETIME`. `known` is the object as the peer was last told of it, or as its
/// last change has left it.
pub(super) fn set(
    host: &Host,
    disk: &DiskSession,
    caller: &Caller,
    target: &Target,
    request: &Request,
    known: Option<&Observed>,
) -> Result<Altered, StoreError> {
    let current = match current(host, target)? {
        Ok(current) => current,
        Err(reply) => return Ok(reply.into()),
    };
    let Some(seen) = &current.seen else {
        return Ok(Reply::Other(b"No such file or directory".to_vec()).into());
    };
    // A time says that both have the same content. It may be set over a mark of this host only if
    // the content is the one that the peer has compared with.
    let proved = matches!(request, Request::SetTime(_))
        && known.is_some_and(|known| same_version(known, seen));
    let owed = current.owed_to(caller).is_some();
    if (owed && !proved) || current.decide(request, caller) == Remote::AlsoChangedHere {
        return Ok(Reply::MarkedDirty.into());
    }
    let wanted = with(host, seen, request);
    let since = now();
    let mut changes = Vec::new();
    let mut result = seen.clone();
    if wanted != *seen {
        announce(host, target, &current, seen, &wanted)?;
        match apply(disk, target, seen, &wanted, request) {
            Ok(now) => result = now,
            Err(error) => {
                let undo = current.facts.recorded.clone().unwrap_or_default();
                let row = FileRow { name: target.name.clone(), recorded: undo };
                host.store.submit(vec![Change::PutFile(row)])?;
                return Ok(failed(host, target, error).into());
            }
        }
        let hash = current.facts.recorded.as_ref().and_then(|recorded| recorded.hash);
        let recorded = recorded(host, &result, hash, since);
        changes.push(Change::PutFile(FileRow { name: target.name.clone(), recorded }));
    }
    changes.extend(clear(caller, target, &current));
    if !changes.is_empty() {
        host.store.submit(changes)?;
    }
    Ok(Altered { reply: Reply::Done, seen: Some(result) })
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

fn announce(
    host: &Host,
    target: &Target,
    current: &Current,
    seen: &Observed,
    wanted: &Observed,
) -> Result<(), StoreError> {
    let hash = current.facts.recorded.as_ref().and_then(|recorded| recorded.hash);
    let recorded = Recorded {
        checktxt: text(host, wanted),
        fingerprint: None,
        hash,
        also: Some(before(host, Some(seen))),
    };
    let row = FileRow { name: target.name.clone(), recorded };
    host.store.commit(vec![Change::PutFile(row)])?;
    Ok(())
}

fn apply(
    disk: &DiskSession,
    target: &Target,
    seen: &Observed,
    wanted: &Observed,
    request: &Request,
) -> Result<Observed, DiskError> {
    match request {
        Request::SetOwner { .. } => {
            let uid = (wanted.uid != seen.uid).then_some(wanted.uid);
            let gid = (wanted.gid != seen.gid).then_some(wanted.gid);
            disk.set_owner(&target.at, uid, gid)
        }
        Request::SetMode(_) => disk.set_mode(&target.at, wanted.permissions),
        _ => disk.set_times(&target.at, wanted.fingerprint.mtime),
    }
}

/// `FLUSH`: the peer overrules this host, so nobody is owed this host's version any more.
pub(super) fn flush(host: &Host, target: &Target) -> Result<Reply, StoreError> {
    let current = match current(host, target)? {
        Ok(current) => current,
        Err(reply) => return Ok(reply),
    };
    let cleared = current.facts.dirty.into_iter().map(|row| Change::Clear {
        name: row.name,
        peer: row.peer,
        generation: row.generation,
    });
    host.store.submit(cleared.collect())?;
    Ok(Reply::Done)
}

/// `MARK`: owe the object to all peers of the groups that the caller is in.
pub(super) fn mark(host: &Host, caller: &Caller, target: &Target) -> Result<Reply, StoreError> {
    let targets = host.config.targets_with(&target.name.decoded(), &caller.name);
    let marks = targets
        .into_iter()
        .map(|to| Change::Mark { name: target.name.clone(), mark: mark_for(to, false) });
    let actions = actions(host, &target.name, Trigger::Remote).into_iter().map(Change::AddAction);
    host.store.submit(marks.chain(actions).collect())?;
    Ok(Reply::Done)
}
