//! `-L`, `-M`, `-S`: what this host remembers, as far as the configuration covers it.
use crate::host::Host;
use csync3_core::config::{Level, Purpose};
use csync3_store::StoreError;
use csync3_store::row::{Direction, DirtyPage, DirtyRow, FileRow, Scope};

/// Dirty rows read together.
const PAGE: usize = 1_000;

/// Hands every file row that an active group covers to `print`, in encoded name order, until it
/// says to stop by `false`. Returns how many there were.
///
/// # Errors
/// The store's.
pub fn files(host: &Host, print: impl FnMut(&FileRow) -> bool) -> Result<u64, StoreError> {
    rows(host, |row| host.config.level(&row.name.decoded(), Purpose::Sync) == Level::Yes, print)
}

/// As [`files`], but only rows that a group with this pair of names covers.
///
/// # Errors
/// The store's.
pub fn files_of_pair(
    host: &Host,
    myname: &str,
    peer: &str,
    print: impl FnMut(&FileRow) -> bool,
) -> Result<u64, StoreError> {
    rows(host, |row| host.config.pair_matches(&row.name.decoded(), myname, peer), print)
}

fn rows(
    host: &Host,
    wanted: impl Fn(&FileRow) -> bool,
    mut print: impl FnMut(&FileRow) -> bool,
) -> Result<u64, StoreError> {
    let mut count = 0;
    for row in host.store.files(&Scope::All)? {
        let row = row?;
        if wanted(&row) {
            count += 1;
            if !print(&row) {
                break;
            }
        }
    }
    Ok(count)
}

/// Hands every dirty row that an active group covers to `print`, in encoded name order, until it
/// says to stop by `false`. Returns how many there were.
///
/// # Errors
/// The store's.
pub fn dirty(host: &Host, mut print: impl FnMut(&DirtyRow) -> bool) -> Result<u64, StoreError> {
    let mut count = 0;
    let mut page =
        DirtyPage { peer: None, after: None, direction: Direction::Ascending, limit: PAGE };
    loop {
        let rows = host.store.dirty(&page)?;
        let Some(last) = rows.last() else {
            return Ok(count);
        };
        page.after = Some((last.name.clone(), last.peer.clone()));
        for row in &rows {
            if host.config.level(&row.name.decoded(), Purpose::Sync) == Level::Yes {
                count += 1;
                if !print(row) {
                    return Ok(count);
                }
            }
        }
    }
}
