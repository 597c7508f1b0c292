//! Staged objects become visible and recorded, many in one transaction.
//!
//! The new state is committed to the store *before* the object becomes visible, beside the state it
//! replaces. A crash in between leaves an object that is one of the two, so the next look knows that
//! nobody changed it here, and the peer's next attempt is no conflict.
use super::Serving;
use super::greet::Caller;
use super::permit::{Current, Target, conflict, refresh};
use crate::check::{Marking, actions, look};
use crate::host::{Host, now};
use crate::observer::{Event, Problem};
use csync3_core::checktxt::{self, Times};
use csync3_core::config::Trigger;
use csync3_core::decide::local::{self, Also, Recorded};
use csync3_core::decide::remote::Remote;
use csync3_core::entry::{ContentHash, Fingerprint, Kind, Observed, Timestamp};
use csync3_core::lineage::Claim;
use csync3_core::wire::command::Request;
use csync3_core::wire::reply::Reply;
use csync3_disk::{DiskError, DiskSession, PublishError, Staged};
use csync3_store::StoreError;
use csync3_store::row::{Change, FileRow};
use std::time::{Duration, Instant};

/// An object that has arrived and is not visible yet.
pub(super) struct Arrival {
    pub(super) target: Target,
    pub(super) request: Request,
    pub(super) staged: Staged,
    /// What was there when the request was accepted, if that was decided before the content came.
    pub(super) looked: Option<(Current, Instant)>,
    /// What the caller says of its version.
    pub(super) claim: Option<Claim>,
}

/// How long that look counts, if the disk still shows the same.
const FRESH: Duration = Duration::from_secs(1);

/// What came of an arrival.
pub(super) struct Arrived {
    /// The answer to send.
    pub(super) reply: Reply,
    /// The object as it is now and its row, if it was put in place.
    pub(super) placed: Option<(Observed, Recorded)>,
}

impl Arrived {
    fn refused(reply: Reply) -> Self {
        Self { reply, placed: None }
    }
}

/// An accepted arrival on its way.
struct Accepted {
    at: usize,
    arrival: Arrival,
    current: Current,
}

/// Puts arrivals in place, as far as they are no conflicts; the answers are in their order.
pub(super) fn put_in_place(
    serving: &mut Serving<'_>,
    arrivals: Vec<Arrival>,
) -> Result<Vec<Arrived>, StoreError> {
    let Serving { host, caller, .. } = *serving;
    let looked = look_again(serving, &arrivals)?;
    let mut answers: Vec<Option<Arrived>> = Vec::new();
    let mut accepted = Vec::new();
    for (at, (arrival, current)) in arrivals.into_iter().zip(looked).enumerate() {
        let answer = match current {
            Err(reply) => Some(Arrived::refused(reply)),
            Ok(mut current) => match admit(serving, &arrival, &mut current)? {
                Err(reply) => Some(Arrived::refused(reply)),
                Ok(()) => {
                    accepted.push(Accepted { at, arrival, current });
                    None
                }
            },
        };
        answers.push(answer);
    }
    serving.ledger.commit(accepted.iter().map(|accepted| announce(host, accepted)).collect())?;
    let mut changes = Vec::new();
    for Accepted { at, arrival, current } in accepted {
        answers[at] = Some(publish(host, caller, arrival, &current, &mut changes));
    }
    serving.ledger.later(changes)?;
    Ok(answers.into_iter().flatten().collect())
}

/// What is there now, for each arrival.
fn look_again(
    serving: &mut Serving<'_>,
    arrivals: &[Arrival],
) -> Result<Vec<Result<Current, Reply>>, StoreError> {
    if let [Arrival { target, looked: Some((current, since)), .. }] = arrivals
        && since.elapsed() < FRESH
        && serving
            .disk
            .observe(&target.at)
            .is_ok_and(|presence| presence.observed() == current.seen)
    {
        return Ok(vec![Ok(current.clone())]);
    }
    let names: Vec<_> = arrivals.iter().map(|arrival| arrival.target.name.clone()).collect();
    refresh(serving.host, serving.ledger, &names, Marking::default(), serving.turn)
}

fn admit(
    serving: &mut Serving<'_>,
    arrival: &Arrival,
    current: &mut Current,
) -> Result<Result<(), Reply>, StoreError> {
    let Serving { host, disk, caller, .. } = *serving;
    if current.decide(&arrival.request, caller, arrival.claim.as_ref()) == Remote::AlsoChangedHere {
        return Ok(Err(conflict(host, caller, &arrival.request, &arrival.target)));
    }
    if let Err(reply) = back_up(host, disk, &arrival.target, current.seen.as_ref()) {
        return Ok(Err(reply));
    }
    let is_dir = |seen: &Observed| seen.kind == Kind::Dir;
    match current.seen.clone().filter(|seen| is_dir(seen) && !is_dir(arrival.staged.observed())) {
        // No rename lets anything else take the name of a directory. With the absence recorded first
        // an interruption in between is no removal by this host.
        Some(directory) => Ok(vacate(serving, &arrival.target, current, &directory)?.map(drop)),
        None => Ok(Ok(())),
    }
}

/// Removes an object. Before that, both "there" and "gone" are recorded as states that nobody here
/// has made. The row that says so, if the object is gone.
pub(super) fn vacate(
    serving: &mut Serving<'_>,
    target: &Target,
    current: &mut Current,
    seen: &Observed,
) -> Result<Result<Recorded, Reply>, StoreError> {
    let Serving { host, disk, .. } = *serving;
    // Times and content stay recorded: what appears in its place later is not taken for it.
    let known = current.facts.recorded.clone().filter(|row| row.checktxt == text(host, seen));
    let known =
        known.unwrap_or_else(|| Recorded { checktxt: text(host, seen), ..Recorded::default() });
    let announced = Recorded { also: Some(Also::Absent), ..known };
    let row = FileRow { name: target.name.clone(), recorded: announced.clone() };
    serving.ledger.commit(vec![Change::PutFile(row)])?;
    if let Err(error) = disk.remove(&target.at, seen) {
        let undone = undo_after(&error, host, target, current, &announced);
        serving.ledger.later(undone.into_iter().collect())?;
        return Ok(Err(not_published(host, target, error)));
    }
    current.seen = None;
    current.facts.recorded = None;
    Ok(Ok(announced))
}

/// Backs an object up before it is replaced or removed, where a group says so.
pub(super) fn back_up(
    host: &Host,
    disk: &DiskSession,
    target: &Target,
    seen: Option<&Observed>,
) -> Result<(), Reply> {
    if seen.is_none_or(|seen| seen.kind == Kind::Dir) {
        return Ok(());
    }
    for backup in host.config.backups_for(&target.name.decoded()) {
        disk.backup(&target.at, &backup.directory, backup.generations).map_err(|error| {
            let text = format!("Backup failed: {}", error.reply_text());
            host.problem(&Problem::new(&target.name, "cannot back up").because(error));
            Reply::Other(text.into_bytes())
        })?;
    }
    Ok(())
}

/// The row of both states.
fn announced(host: &Host, staged: &Staged, current: &Current) -> Recorded {
    Recorded {
        checktxt: text(host, staged.observed()),
        fingerprint: None,
        hash: staged.hash(),
        lineage: current.lineage(),
        also: Some(before(host, current.seen.as_ref())),
    }
}

fn announce(host: &Host, Accepted { arrival, current, .. }: &Accepted) -> Change {
    let recorded = announced(host, &arrival.staged, current);
    Change::PutFile(FileRow { name: arrival.target.name.clone(), recorded })
}

/// The state that is about to be replaced.
pub(super) fn before(host: &Host, seen: Option<&Observed>) -> Also {
    seen.map_or(Also::Absent, |seen| Also::Text(text(host, seen)))
}

/// The checktxt for the store.
pub(super) fn text(host: &Host, seen: &Observed) -> Vec<u8> {
    checktxt::render(seen, host.config.ignore, Times::Stated)
}

fn publish(
    host: &Host,
    caller: &Caller,
    arrival: Arrival,
    current: &Current,
    changes: &mut Vec<Change>,
) -> Arrived {
    let Arrival { target, staged, claim, .. } = arrival;
    let hash = staged.hash();
    let announced = announced(host, &staged, current);
    let lineage = Some(current.received(caller, claim.as_ref(), &announced.checktxt));
    let since = now();
    match staged.publish(current.seen.as_ref()) {
        Ok(seen) => {
            let recorded = Recorded { lineage, ..recorded(host, &seen, hash, since) };
            changes.push(concluded(&target, announced, Some(recorded.clone())));
            changes.extend(settled(host, caller, &target, current));
            Arrived { reply: Reply::Done, placed: Some((seen, recorded)) }
        }
        Err(error) => {
            changes.extend(undo_after(&error, host, &target, current, &announced));
            Arrived::refused(not_published(host, &target, error))
        }
    }
}

/// The row of a state that this host has just made, but for its lineage. `since` lies before it was
/// made.
pub(super) fn recorded(
    host: &Host,
    seen: &Observed,
    hash: Option<ContentHash>,
    since: Timestamp,
) -> Recorded {
    let is_file = matches!(seen.kind, Kind::File { .. });
    let trusted = is_file && !(local::is_racy(seen.fingerprint, since) && hash.is_some());
    Recorded {
        checktxt: text(host, seen),
        fingerprint: trusted.then_some(seen.fingerprint),
        hash: hash.filter(|_| is_file),
        ..Recorded::default()
    }
}

/// What an applied change leads to: the caller is owed nothing, actions are due.
pub(super) fn settled(
    host: &Host,
    caller: &Caller,
    target: &Target,
    current: &Current,
) -> Vec<Change> {
    host.notice(&Event::Received { name: &target.name, peer: caller.name.as_str() });
    let cleared = clear(caller, target, current);
    let actions = actions(host, &target.name, Trigger::Remote).into_iter().map(Change::AddAction);
    cleared.into_iter().chain(actions).collect()
}

/// Forgets that the caller is owed the object, if it still is the same mark.
pub(super) fn clear(caller: &Caller, target: &Target, current: &Current) -> Option<Change> {
    current.owed_to(caller).map(|row| Change::Clear {
        name: target.name.clone(),
        peer: row.peer.clone(),
        generation: row.generation,
    })
}

/// The row after a change that was not made.
fn undo_after(
    error: &PublishError,
    host: &Host,
    target: &Target,
    current: &Current,
    announced: &Recorded,
) -> Option<Change> {
    match error {
        PublishError::ChangedMeanwhile(_) => {
            Some(concluded(target, announced.clone(), current.facts.recorded.clone()))
        }
        _ => undo_if_unchanged(host, target, current, announced),
    }
}

/// The row after a change that has failed. If it was made in part, or nobody can tell, the announced
/// row stays, which knows both states: a row of the old one would make this host take the peer's
/// change for its own.
pub(super) fn undo_if_unchanged(
    host: &Host,
    target: &Target,
    current: &Current,
    announced: &Recorded,
) -> Option<Change> {
    let now = look(host, &host.disk.session(), &target.name).ok()?;
    let shown = |seen: &Option<Observed>| seen.as_ref().map(|seen| text(host, seen));
    if shown(&now) != shown(&current.seen) {
        return None;
    }
    let mut undone = current.facts.recorded.clone();
    if let (Some(now), Some(before), Some(row)) = (now, &current.seen, &mut undone)
        && row.fingerprint == Some(before.fingerprint)
        && is_only_moved(before.fingerprint, now.fingerprint)
    {
        row.fingerprint = Some(now.fingerprint);
    }
    Some(concluded(target, announced.clone(), undone))
}

/// Says whether a file is the one it was, apart from the ctime that being renamed away and back has
/// given it.
fn is_only_moved(before: Fingerprint, now: Fingerprint) -> bool {
    Fingerprint { ctime: before.ctime, ..now } == before
}

/// The row after what was announced was done or given up. A row that somebody else has announced
/// since stays: it knows the state that is there now.
pub(super) fn concluded(target: &Target, announced: Recorded, now: Option<Recorded>) -> Change {
    let (was, name) = (Some(announced), target.name.clone());
    Change::Checked { name, was, now, marks: Vec::new(), actions: Vec::new() }
}

/// The answer to a change that the disk did not take.
fn not_published(host: &Host, target: &Target, error: PublishError) -> Reply {
    match error {
        PublishError::ChangedMeanwhile(_) => Reply::MarkedDirty,
        PublishError::Disk(error) => failed(host, target, error),
        other => {
            host.problem(&Problem::new(&target.name, "cannot apply").because(other));
            Reply::Other(b"Input/output error".to_vec())
        }
    }
}

/// The answer to an operation that failed here.
pub(super) fn failed(host: &Host, target: &Target, error: DiskError) -> Reply {
    let reply = Reply::Other(error.reply_text().into_bytes());
    host.problem(&Problem::new(&target.name, "cannot apply").because(error));
    reply
}
