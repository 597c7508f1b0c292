//! Writes the lists of a group inside a transaction that the caller has begun.
//!
//! The number of statements grows with the waves ([`crate::waves`]), not with the changes.
use super::bulk::{Arrays, Bulk, CONCLUDE, Cell, FILES, Kind};
use super::connect::COMMIT;
use super::read::{Names, ORDER};
use super::value::{RECORDED, Text, file_row, name};
use crate::columns::{Columns, generation, hexadecimal, nanoseconds};
use crate::row::{ActionRow, Applied, Change, DirtyRow, FileRow, Mark, Scope, is_same_row, merged};
use crate::waves;
use csync3_core::decide::local::Recorded;
use csync3_core::entry::Timestamp;
use csync3_core::lineage;
use csync3_core::path::ClusterPath;
use futures_util::future::try_join;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};

/// Applies the lists in order and commits; tells what came of each.
pub(super) async fn apply(
    client: &Client,
    lists: &[Vec<Change>],
    bytewise: bool,
) -> Result<Vec<Applied>, Error> {
    let mut applied = vec![Applied::default(); lists.len()];
    let mut waves = waves::of_lists(lists);
    let last = waves.pop().unwrap_or_default();
    for wave in waves {
        write_wave(client, &wave, &mut applied, bytewise, None).await?;
    }
    write_wave(client, &last, &mut applied, bytewise, Some(COMMIT)).await?;
    Ok(applied)
}

async fn write_wave(
    client: &Client,
    wave: &[(usize, &Change)],
    applied: &mut [Applied],
    bytewise: bool,
    end: Option<&str>,
) -> Result<(), Error> {
    let stale = settle_checked(client, wave).await?;
    let mut concluding = Vec::new();
    let mut bulk = Bulk::default();
    for (at, (list, change)) in wave.iter().enumerate() {
        match change {
            Change::Force(scope) => force(client, scope, bytewise).await?,
            Change::Checked { name, .. } if stale.contains(name) => {
                applied[*list].stale.push(name.clone());
            }
            change if let Some(conclusion) = conclusion(change) => {
                concluding.push((*list, conclusion));
            }
            change => add(&mut bulk, change, at),
        }
    }
    let concluded = conclude(client, &concluding);
    let (concluded, ()) = try_join(concluded, bulk.write(client, end)).await?;
    for (list, Conclusion { name, .. }) in concluding {
        if !concluded.contains(name) {
            applied[list].stale.push(name.clone());
        }
    }
    Ok(())
}

/// The end of what a session has announced. Its row is compared and replaced in one statement, so that
/// the next announcement, which comes with it, need not wait for an answer.
struct Conclusion<'a> {
    name: &'a ClusterPath,
    was: &'a Recorded,
    now: &'a Recorded,
}

/// Takes a change for a conclusion, if nothing but the row depends on it. Only rows of two states are
/// as csync3 writes them for certain, so that their columns can be compared instead of their meaning.
fn conclusion(change: &Change) -> Option<Conclusion<'_>> {
    match change {
        Change::Checked { name, was: Some(was), now: Some(now), marks, actions }
            if was.also.is_some() && marks.is_empty() && actions.is_empty() =>
        {
            Some(Conclusion { name, was, now })
        }
        _ => None,
    }
}

/// Writes conclusions; the names of those whose row still was what had been announced.
async fn conclude(
    client: &Client,
    conclusions: &[(usize, Conclusion<'_>)],
) -> Result<HashSet<ClusterPath>, Error> {
    if conclusions.is_empty() {
        return Ok(HashSet::new());
    }
    let cells = |(_, it): &(usize, Conclusion<'_>)| {
        let was = file_cells(it.name, it.was).into_iter().skip(1);
        file_cells(it.name, it.now).into_iter().chain(was).collect()
    };
    let arrays = Arrays::of(conclusions.iter().map(cells).collect());
    let rows = client.query_typed(CONCLUDE, &arrays.values()).await?;
    rows.iter().map(|row| name(row, 0)).collect()
}

/// Locks the rows of all [`Change::Checked`] and says which are not what they were decided on. New
/// rows are inserted here, because only that tells whether somebody else was faster.
async fn settle_checked(
    client: &Client,
    wave: &[(usize, &Change)],
) -> Result<HashSet<ClusterPath>, Error> {
    let mut names: Vec<Text> = wave.iter().filter_map(|it| checked(it.1)).map(Text::name).collect();
    if names.is_empty() {
        return Ok(HashSet::new());
    }
    names.sort_unstable();
    let sql = format!("SELECT filename, {RECORDED} FROM file WHERE filename = ANY($1) FOR UPDATE");
    let rows = client.query_typed(&sql, &[(&names, Type::TEXT_ARRAY)]).await?;
    let mut there = HashMap::with_capacity(rows.len());
    for row in &rows {
        let FileRow { name, recorded } = file_row(row)?;
        there.insert(name, recorded);
    }
    let (mut stale, mut new) = (HashSet::new(), Vec::new());
    for (_, change) in wave {
        let (Some(name), Change::Checked { was, now, .. }) = (checked(change), change) else {
            continue;
        };
        if !is_same_row(there.get(name), was.as_ref()) {
            stale.insert(name.clone());
        } else if let (None, Some(now)) = (was, now) {
            new.push((name, now));
        }
    }
    stale.extend(insert_new(client, new).await?);
    Ok(stale)
}

fn checked(change: &Change) -> Option<&ClusterPath> {
    match change {
        Change::Checked { name, .. } if conclusion(change).is_none() => Some(name),
        _ => None,
    }
}

/// Inserts rows; the names of those that are there already come back.
async fn insert_new(
    client: &Client,
    mut new: Vec<(&ClusterPath, &Recorded)>,
) -> Result<HashSet<ClusterPath>, Error> {
    if new.is_empty() {
        return Ok(HashSet::new());
    }
    new.sort_unstable_by_key(|(name, _)| *name);
    let mut missing: HashSet<ClusterPath> = new.iter().map(|(name, _)| (*name).clone()).collect();
    let arrays = Arrays::of(new.into_iter().map(|(name, now)| file_cells(name, now)).collect());
    let sql = format!("{FILES} ON CONFLICT (filename) DO NOTHING RETURNING filename");
    for row in client.query_typed(&sql, &arrays.values()).await? {
        missing.remove(&name(&row, 0)?);
    }
    Ok(missing)
}

fn add(bulk: &mut Bulk, change: &Change, at: usize) {
    let text = |raw: &[u8]| Cell::from(Text::encoded(raw));
    let stored = |name: &ClusterPath| Cell::from(Text::name(name));
    let host = |peer: &str| Cell::from(Text::host(peer));
    match change {
        Change::Checked { name, was, now, marks, actions } => {
            match (was, now) {
                (Some(_), Some(now)) => bulk.push(Kind::PutFile, file_cells(name, now)),
                (Some(_), None) => bulk.push(Kind::DropFile, vec![stored(name)]),
                // Inserted already, or not there.
                (None, _) => {}
            }
            merged(marks).iter().for_each(|it| bulk.push(Kind::Mark, mark_cells(name, it)));
            actions.iter().for_each(|action| bulk.push(Kind::AddAction, action_cells(action)));
        }
        Change::PutFile(row) => bulk.push(Kind::PutFile, file_cells(&row.name, &row.recorded)),
        Change::DropFile(name) => bulk.push(Kind::DropFile, vec![stored(name)]),
        Change::Mark { name, mark } => bulk.push(Kind::Mark, mark_cells(name, mark)),
        Change::PutDirty(row) => bulk.push(Kind::PutDirty, dirty_cells(row)),
        Change::Clear { name, peer, generation } => {
            bulk.push(Kind::Clear, vec![stored(name), host(peer), generation.0.into()]);
        }
        Change::Overrule { name, peer, generation } => {
            bulk.push(Kind::Overrule, vec![stored(name), host(peer), generation.0.into()]);
        }
        Change::Conflict { name, peer, at } => {
            let at = at.map(|at| at.as_nanos());
            bulk.push(Kind::Conflict, vec![stored(name), host(peer), at.into()]);
        }
        // Written by itself, before.
        Change::Force(_) => {}
        Change::Pushed { peer, at, complete } => {
            let at = |when| Cell::from(Some(at.as_nanos()).filter(|_| *complete == when));
            bulk.push(Kind::Pushed, vec![host(peer), at(true), at(false)]);
        }
        Change::PutPushes { peer, success: None, failure: None } => {
            bulk.push(Kind::DropPushes, vec![host(peer)]);
        }
        Change::PutPushes { peer, success, failure } => {
            let at = |at: &Option<Timestamp>| Cell::from(at.map(|at| at.as_nanos()));
            bulk.push(Kind::PutPushes, vec![host(peer), at(success), at(failure)]);
        }
        Change::AddHint(hint) => {
            let number = nanoseconds() + i64::try_from(at).unwrap_or_default();
            let path = text(hint.path.as_bytes());
            bulk.push(Kind::AddHint, vec![path, hint.recursive.into(), number.into()]);
        }
        Change::DropHint(row) => {
            let path = text(row.hint.path.as_bytes());
            let cells = vec![path, row.hint.recursive.into(), row.number.into()];
            bulk.push(Kind::DropHint, cells);
        }
        Change::AddAction(action) => bulk.push(Kind::AddAction, action_cells(action)),
        Change::DropAction(action) => bulk.push(Kind::DropAction, action_cells(action)),
        Change::AddPin(pin) | Change::PutPin(pin) => {
            let once = matches!(change, Change::AddPin(_));
            let kind = if once { Kind::AddPin } else { Kind::PutPin };
            bulk.push(kind, vec![host(&pin.peer), Text(hexadecimal(&pin.certificate)).into()]);
        }
        Change::DropPin { peer } => bulk.push(Kind::DropPin, vec![host(peer)]),
    }
}

fn file_cells(name: &ClusterPath, recorded: &Recorded) -> Vec<Cell> {
    let Columns { checktxt, mtime, ctime, inode, hash, also, lineage } = Columns::of(recorded);
    vec![
        Text::name(name).into(),
        Text(checktxt.into_owned()).into(),
        mtime.into(),
        ctime.into(),
        inode.into(),
        Cell::Bytes(hash.map(<[u8]>::to_vec)),
        Cell::Text(also.map(|text| Text(text.into_owned()))),
        Cell::Bytes(lineage.map(Cow::into_owned)),
    ]
}

fn mark_cells(name: &ClusterPath, mark: &Mark) -> Vec<Cell> {
    vec![
        Text::name(name).into(),
        Text::host(&mark.peer).into(),
        mark.forced.into(),
        Text::host(&mark.myname).into(),
        generation().into(),
        nanoseconds().into(),
        Cell::Bytes(mark.replaces.as_deref().map(lineage::encode)),
    ]
}

fn dirty_cells(row: &DirtyRow) -> Vec<Cell> {
    let at = |at: Option<Timestamp>| Cell::from(at.map(|at| at.as_nanos()));
    vec![
        Text::name(&row.name).into(),
        Text::host(&row.peer).into(),
        row.forced.into(),
        Text::host(&row.myname).into(),
        row.generation.0.into(),
        at(row.since),
        at(row.conflict),
        Cell::Bytes(row.replaces.as_deref().map(lineage::encode)),
    ]
}

fn action_cells(action: &ActionRow) -> Vec<Cell> {
    vec![
        Text::name(&action.name).into(),
        Text::encoded(&action.command).into(),
        Text::encoded(&action.logfile).into(),
    ]
}

async fn force(client: &Client, scope: &Scope, bytewise: bool) -> Result<(), Error> {
    let names = Names::of(scope, ORDER[usize::from(bytewise)]);
    let sql = format!("UPDATE dirty SET forced = 1 WHERE {}", names.condition);
    client.execute_typed(&sql, &names.values()).await.map(|_| ())
}
