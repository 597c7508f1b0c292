//! Conflicts that a person decides.
//!
//! A conflict is a dirty row whose last push the peer refused because it owes this host the same
//! object. Both hosts keep their version until somebody decides:
//!
//! * *mine*: the row is forced, for this peer alone, and pushed. The peer makes a backup if its group
//!   says so.
//! * *theirs*: the row is dropped. This host's version stays where it is until the peer's next push
//!   replaces it, which then goes the way of every other change: checked, staged, backed up.
//!
//! # Invariants
//! * A decision holds for the mark that was shown. If the object was marked again since, nothing is
//!   done and [`Decided::Changed`] says so.
//! * No synced file is touched here.
use crate::host::Host;
use crate::observer::Problem;
use csync3_core::config::HostName;
use csync3_core::entry::Observed;
use csync3_core::path::LocalPath;
use csync3_store::StoreError;
use csync3_store::row::{Change, DirtyRow};
use std::io::Read;

/// One conflict.
#[derive(Debug, Clone)]
pub struct Conflict {
    /// Its row.
    pub row: DirtyRow,
    /// The peer.
    pub peer: HostName,
    /// The place on this host.
    pub path: LocalPath,
}

/// Whether a decision could be carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decided {
    /// It was.
    Done,
    /// The object was marked again, or got to the peer, since it was shown.
    Changed,
}

/// The conflicts at these local paths (and below, if `recursive`), or all, by name and peer. Rows that
/// no group covers any more are left out.
///
/// # Errors
/// The store's.
pub fn conflicts(
    host: &Host,
    operands: &[LocalPath],
    recursive: bool,
) -> Result<Vec<Conflict>, StoreError> {
    let wanted = |path: &LocalPath| {
        operands.is_empty()
            || operands
                .iter()
                .any(|operand| path == operand || (recursive && path.is_within(operand)))
    };
    let found = host.store.conflicts()?.into_iter().filter_map(|row| located(host, row));
    Ok(found.filter(|conflict| wanted(&conflict.path)).collect())
}

fn located(host: &Host, row: DirtyRow) -> Option<Conflict> {
    let peer = HostName::parse(row.peer.as_bytes())?;
    host.config.key_for(&row.name.decoded(), &peer)?;
    let path = host.config.prefixes.locate(&row.name).ok()?.path();
    Some(Conflict { row, peer, path })
}

/// What this host has; `None` if it is gone.
///
/// # Errors
/// The problem of the object.
pub fn mine(host: &Host, conflict: &Conflict) -> Result<Option<Observed>, Problem> {
    crate::check::look(host, &host.disk.session(), &conflict.row.name)
}

/// The content of this host's file, or its first `limit` bytes and one more; nothing for what is not
/// there.
///
/// # Errors
/// The problem of the object.
pub fn my_content(host: &Host, conflict: &Conflict, limit: u64) -> Result<Vec<u8>, Problem> {
    let name = &conflict.row.name;
    let Ok(at) = host.config.prefixes.locate(name) else {
        return Ok(Vec::new());
    };
    let source = match host.disk.open(&at) {
        Ok(source) => source,
        Err(error) if error.is_not_found() => return Ok(Vec::new()),
        Err(error) => return Err(Problem::new(name, "cannot read").because(error)),
    };
    let mut content = Vec::new();
    let read = source.take(limit.saturating_add(1)).read_to_end(&mut content);
    read.map_err(|error| Problem::new(name, "cannot read").because(error))?;
    Ok(content)
}

/// Lets this host win: the next push of this object to this peer overrules the peer.
///
/// # Errors
/// The store's.
pub fn take_mine(host: &Host, conflict: &Conflict) -> Result<Decided, StoreError> {
    let DirtyRow { name, peer, generation, .. } = conflict.row.clone();
    host.store.commit(vec![Change::Overrule { name, peer, generation }])?;
    let ours = row_of(host, conflict)?.filter(|row| row.generation == generation);
    Ok(if ours.is_some() { Decided::Done } else { Decided::Changed })
}

/// Lets the peer win: this host no longer wants to send its version.
///
/// # Errors
/// The store's.
pub fn take_theirs(host: &Host, conflict: &Conflict) -> Result<Decided, StoreError> {
    if row_of(host, conflict)?.is_none() {
        return Ok(Decided::Changed);
    }
    let DirtyRow { name, peer, generation, .. } = conflict.row.clone();
    host.store.commit(vec![Change::Clear { name, peer, generation }])?;
    let left = row_of(host, conflict)?;
    Ok(if left.is_none() { Decided::Done } else { Decided::Changed })
}

fn row_of(host: &Host, conflict: &Conflict) -> Result<Option<DirtyRow>, StoreError> {
    let facts = host.store.facts(std::slice::from_ref(&conflict.row.name))?;
    let rows = facts.into_iter().flat_map(|facts| facts.dirty);
    Ok(rows.into_iter().find(|row| row.peer == conflict.row.peer))
}
