//! `-R`: forget rows that the configuration no longer covers.
use crate::host::Host;
use crate::observer::Event;
use csync3_core::config::{Level, Purpose};
use csync3_store::StoreError;
use csync3_store::row::{Change, Direction, DirtyPage, Scope};

/// Rows looked at or removed together.
const BATCH: usize = 1_000;

/// Removes dirty rows whose (name, my name, peer) no group has, and file rows that no group
/// matches. The disk is not touched. Returns how many rows went.
///
/// # Errors
/// The store's.
pub fn clean_up(host: &Host) -> Result<u64, StoreError> {
    let removed = dirty_rows(host)? + file_rows(host)?;
    host.store.flush()?;
    Ok(removed)
}

fn dirty_rows(host: &Host) -> Result<u64, StoreError> {
    let mut removed = 0;
    let mut page =
        DirtyPage { peer: None, after: None, direction: Direction::Ascending, limit: BATCH };
    loop {
        let rows = host.store.dirty(&page)?;
        let Some(last) = rows.last() else {
            return Ok(removed);
        };
        page.after = Some((last.name.clone(), last.peer.clone()));
        let mut changes = Vec::new();
        for row in rows {
            if host.config.pair_matches(&row.name.decoded(), &row.myname, &row.peer) {
                continue;
            }
            host.notice(&Event::DirtyRowRemoved { name: &row.name, peer: &row.peer });
            changes.push(Change::Clear {
                name: row.name,
                peer: row.peer,
                generation: row.generation,
            });
        }
        removed += commit(host, changes)?;
    }
}

fn file_rows(host: &Host) -> Result<u64, StoreError> {
    let mut removed = 0;
    let mut changes = Vec::new();
    for row in host.store.files(&Scope::All)? {
        let row = row?;
        if host.config.level(&row.name.decoded(), Purpose::Sync) == Level::Yes {
            continue;
        }
        host.notice(&Event::FileRowRemoved { name: &row.name });
        changes.push(Change::DropFile(row.name));
        if changes.len() >= BATCH {
            removed += commit(host, std::mem::take(&mut changes))?;
        }
    }
    Ok(removed + commit(host, changes)?)
}

fn commit(host: &Host, changes: Vec<Change>) -> Result<u64, StoreError> {
    let count = u64::try_from(changes.len()).unwrap_or_default();
    host.store.commit(changes)?;
    Ok(count)
}
