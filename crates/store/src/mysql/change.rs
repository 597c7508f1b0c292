//! Writes the lists of a group inside a transaction that the caller has begun.
//!
//! The number of statements grows with the waves ([`crate::waves`]), not with the changes.
use super::bulk::{Bulk, Kind};
use super::connect::{COMMIT, Connection, all_rows};
use super::read::{by_key, condition};
use super::value::{digest, encoded, file_row, literal, of_host, optional};
use crate::columns::{Columns, generation, hexadecimal, nanoseconds};
use crate::host;
use crate::row::{
    ActionRow, Applied, Change, DirtyRow, FileRow, Generation, Mark, Pin, Scope, is_same_row,
    merged,
};
use crate::waves;
use csync3_core::decide::local::Recorded;
use csync3_core::entry::Timestamp;
use csync3_core::lineage::{self, Version};
use csync3_core::path::ClusterPath;
use csync3_core::wire::escape;
use mysql_async::Error;
use std::collections::{HashMap, HashSet};

/// What begins the transaction; it travels with the first statement of the group.
const BEGIN: &str = "START TRANSACTION";

/// Applies the lists in order, in a transaction of its own; tells what came of each.
pub(super) async fn apply(
    connection: &mut Connection,
    lists: &[Vec<Change>],
) -> Result<Vec<Applied>, Error> {
    let mut applied = vec![Applied::default(); lists.len()];
    let mut waves = waves::of_lists(lists);
    let last = waves.pop().unwrap_or_default();
    let mut before = vec![BEGIN.to_owned()];
    for wave in waves {
        write_wave(connection, &wave, &mut applied, &mut before, None).await?;
    }
    write_wave(connection, &last, &mut applied, &mut before, Some(COMMIT)).await?;
    Ok(applied)
}

async fn write_wave(
    connection: &mut Connection,
    wave: &[(usize, &Change)],
    applied: &mut [Applied],
    before: &mut Vec<String>,
    end: Option<&str>,
) -> Result<(), Error> {
    let stale = stale(connection, wave, before).await?;
    let mut bulk = Bulk::default();
    for (list, change) in wave {
        match change {
            Change::Force(scope) => before.push(force(scope)),
            Change::Checked { name, .. } if stale.contains(name) => {
                applied[*list].stale.push(name.clone());
            }
            change => add(&mut bulk, change),
        }
    }
    let before = std::mem::take(before);
    bulk.write(connection, before, end).await
}

/// Locks the rows of all [`Change::Checked`] and says which are not what they were decided on. A row
/// that appears between this and its own insertion is a duplicate key, and the group is made again.
async fn stale(
    connection: &mut Connection,
    wave: &[(usize, &Change)],
    before: &mut Vec<String>,
) -> Result<HashSet<ClusterPath>, Error> {
    let names: Vec<&ClusterPath> = wave.iter().filter_map(|it| checked(it.1)).collect();
    let mut there = HashMap::with_capacity(names.len());
    for sql in by_key(&names) {
        before.push(format!("{sql} FOR UPDATE"));
        let answers = all_rows(&mut connection.link, &before.join("; ")).await?;
        before.clear();
        for row in answers.iter().flatten() {
            let FileRow { name, recorded } = file_row(row)?;
            there.insert(name, recorded);
        }
    }
    let mut stale = HashSet::new();
    for (_, change) in wave {
        if let Change::Checked { name, was, .. } = change
            && !is_same_row(there.get(name), was.as_ref())
        {
            stale.insert(name.clone());
        }
    }
    Ok(stale)
}

fn checked(change: &Change) -> Option<&ClusterPath> {
    match change {
        Change::Checked { name, .. } => Some(name),
        _ => None,
    }
}

fn add(bulk: &mut Bulk, change: &Change) {
    match change {
        Change::Checked { name, was, now, marks, actions } => {
            match (was, now) {
                (Some(_), Some(now)) => put_file(bulk, Kind::PutFile, name, now),
                (None, Some(now)) => put_file(bulk, Kind::NewFile, name, now),
                (Some(_), None) => drop_file(bulk, name),
                (None, None) => {}
            }
            merged(marks).iter().for_each(|it| mark(bulk, name, it));
            actions.iter().for_each(|action| add_action(bulk, action));
        }
        Change::PutFile(row) => put_file(bulk, Kind::PutFile, &row.name, &row.recorded),
        Change::DropFile(name) => drop_file(bulk, name),
        Change::Mark { name, mark: it } => mark(bulk, name, it),
        Change::PutDirty(row) => put_dirty(bulk, row),
        Change::Clear { name, peer, generation } => {
            of_generation(bulk, Kind::Clear, dirty_key(name, peer), *generation);
        }
        Change::Overrule { name, peer, generation } => {
            of_generation(bulk, Kind::Overrule, dirty_key(name, peer), *generation);
        }
        Change::Conflict { name, peer, at } => {
            let (key, at) = (dirty_key(name, peer), at.map(|at| at.as_nanos()));
            let item = literal(&key);
            match at {
                Some(at) => {
                    bulk.push(Kind::Conflict, key, vec![item.clone(), at.to_string(), item]);
                }
                None => bulk.push(Kind::Settled, key, vec![item]),
            }
        }
        // Written by itself, before.
        Change::Force(_) => {}
        Change::Pushed { peer, at, complete } => {
            let at = |when| optional(Some(at.as_nanos()).filter(|_| *complete == when));
            let row = format!("({}, {}, {})", of_host(peer), at(true), at(false));
            bulk.push(Kind::Pushed, peer_key(peer), vec![row]);
        }
        Change::PutPushes { peer, success: None, failure: None } => {
            let key = peer_key(peer);
            let items = vec![literal(&key)];
            bulk.push(Kind::DropPushes, key, items);
        }
        Change::PutPushes { peer, success, failure } => {
            let at = |at: &Option<Timestamp>| optional(at.map(|at| at.as_nanos()));
            let row = format!("({}, {}, {})", of_host(peer), at(success), at(failure));
            bulk.push(Kind::PutPushes, peer_key(peer), vec![row]);
        }
        Change::AddHint(hint) => {
            let path = escape::encode(hint.path.as_bytes());
            let (key, recursive) = (digest(&[&path]), u8::from(hint.recursive));
            let both = [&*key, recursive.to_string().as_bytes()].concat();
            bulk.push(Kind::ForgetHint, key.clone(), vec![literal(&key), literal(&both)]);
            bulk.push(Kind::AddHint, key, vec![format!("({}, {recursive})", literal(&path))]);
        }
        Change::DropHint(row) => {
            let number = row.number.to_string();
            bulk.push(Kind::DropHint, row.number.to_be_bytes().to_vec(), vec![number]);
        }
        Change::AddAction(action) => add_action(bulk, action),
        Change::DropAction(action) => {
            let key = action_key(action);
            let both = [&*key, &escape::encode(&action.logfile)].concat();
            let items = vec![literal(&key), literal(&both)];
            bulk.push(Kind::DropAction, key, items);
        }
        Change::AddPin(pin) => put_pin(bulk, Kind::AddPin, pin),
        Change::PutPin(pin) => put_pin(bulk, Kind::PutPin, pin),
        Change::DropPin { peer } => {
            let key = peer_key(peer);
            let items = vec![literal(&key)];
            bulk.push(Kind::DropPin, key, items);
        }
    }
}

fn put_file(bulk: &mut Bulk, kind: Kind, name: &ClusterPath, recorded: &Recorded) {
    let Columns { checktxt, mtime, ctime, inode, hash, also, lineage } = Columns::of(recorded);
    let row = [
        literal(name.encoded()),
        literal(&checktxt),
        optional(mtime),
        optional(ctime),
        optional(inode),
        optional(hash.map(literal)),
        optional(also.map(|text| literal(&text))),
        optional(lineage.map(|bytes| literal(&bytes))),
    ];
    bulk.push(kind, digest(&[name.encoded()]), vec![format!("({})", row.join(", "))]);
}

fn drop_file(bulk: &mut Bulk, name: &ClusterPath) {
    let key = digest(&[name.encoded()]);
    let items = vec![literal(&key)];
    bulk.push(Kind::DropFile, key, items);
}

fn mark(bulk: &mut Bulk, name: &ClusterPath, mark: &Mark) {
    let row = [
        literal(name.encoded()),
        of_host(&mark.peer),
        u8::from(mark.forced).to_string(),
        of_host(&mark.myname),
        generation().to_string(),
        nanoseconds().to_string(),
        versions(mark.replaces.as_deref()),
    ];
    let row = format!("({})", row.join(", "));
    bulk.push(Kind::Mark, dirty_key(name, &mark.peer), vec![row]);
}

fn put_dirty(bulk: &mut Bulk, row: &DirtyRow) {
    let at = |at: Option<Timestamp>| optional(at.map(|at| at.as_nanos()));
    let cells = [
        literal(row.name.encoded()),
        of_host(&row.peer),
        u8::from(row.forced).to_string(),
        of_host(&row.myname),
        optional(row.generation.0),
        at(row.since),
        at(row.conflict),
        versions(row.replaces.as_deref()),
    ];
    let cells = format!("({})", cells.join(", "));
    bulk.push(Kind::PutDirty, dirty_key(&row.name, &row.peer), vec![cells]);
}

fn versions(replaces: Option<&[Version]>) -> String {
    optional(replaces.map(|versions| literal(&lineage::encode(versions))))
}

fn of_generation(bulk: &mut Bulk, kind: Kind, key: Vec<u8>, generation: Generation) {
    let number = generation.0.map(|number| number.to_string()).unwrap_or_default();
    let items = vec![literal(&key), literal(&[&key, number.as_bytes()].concat())];
    bulk.push(kind, key, items);
}

fn add_action(bulk: &mut Bulk, action: &ActionRow) {
    let key = action_key(action);
    let row = [
        literal(action.name.encoded()),
        encoded(&action.command),
        encoded(&action.logfile),
        literal(&key),
    ];
    bulk.push(Kind::AddAction, key, vec![format!("({})", row.join(", "))]);
}

fn put_pin(bulk: &mut Bulk, kind: Kind, pin: &Pin) {
    let certificate = literal(&hexadecimal(&pin.certificate));
    let row = format!("({}, {certificate})", of_host(&pin.peer));
    bulk.push(kind, peer_key(&pin.peer), vec![row]);
}

fn dirty_key(name: &ClusterPath, peer: &str) -> Vec<u8> {
    digest(&[name.encoded(), &host::stored(peer)])
}

fn action_key(action: &ActionRow) -> Vec<u8> {
    digest(&[action.name.encoded(), &escape::encode(&action.command)])
}

fn peer_key(peer: &str) -> Vec<u8> {
    digest(&[&host::stored(peer)])
}

fn force(scope: &Scope) -> String {
    format!("UPDATE dirty SET forced = 1 WHERE {}", condition(scope))
}
