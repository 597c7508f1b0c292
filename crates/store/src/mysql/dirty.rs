//! Lists dirty rows.
//!
//! They come in the order of the first bytes of their names, which stand in an index; the rest of the
//! order is made here. Rows of csync2 have no generation; before they are listed they are given one, so
//! that clearing such a row never clears one that csync2 makes afterwards.
use super::connect::Connection;
use super::value::{PEER_HEAD, bytes, count, head, host, literal, name, number, stored, time};
use crate::columns;
use crate::host as host_names;
use crate::row::{Direction, DirtyPage, DirtyRow, Generation};
use csync3_core::path::ClusterPath;
use mysql_async::prelude::Queryable;
use mysql_async::{Error, Row};

/// The columns of [`dirty_row`].
const DIRTY: &str = "filename, peername, myname, forced <> 0, generation, \
    (SELECT COALESCE(file.lineage, '') FROM file \
    WHERE file.csync3_key = UNHEX(SHA2(dirty.filename, 256))), since_ns, conflict_ns, lineage";

pub(super) fn dirty_row(row: &Row) -> Result<DirtyRow, Error> {
    Ok(DirtyRow {
        name: name(row, 0),
        peer: host(row, 1),
        myname: host(row, 2),
        forced: count(row, 3)? != 0,
        generation: Generation(number(row, 4)?),
        recorded: bytes(row, 5).is_some(),
        held: columns::held(bytes(row, 5)),
        replaces: columns::replaces(bytes(row, 8)),
        since: time(row, 6)?,
        conflict: time(row, 7)?,
    })
}

/// The statement that lists dirty rows, without an order.
pub(super) fn listing(rest: &str) -> String {
    format!("SELECT {DIRTY} FROM dirty {rest}")
}

/// Runs a listing of dirty rows; gives csync2's rows a generation first if there are any in it.
pub(super) async fn rows(connection: &mut Connection, rest: &str) -> Result<Vec<DirtyRow>, Error> {
    let rows: Vec<Row> = connection.link.query(listing(rest)).await?;
    let rows = rows.iter().map(dirty_row).collect::<Result<_, _>>()?;
    numbered(connection, rows, &[rest.to_owned()]).await
}

/// Dirty rows that all have a generation: these, or what the listings give once they have.
pub(super) async fn numbered(
    connection: &mut Connection,
    mut found: Vec<DirtyRow>,
    listings: &[String],
) -> Result<Vec<DirtyRow>, Error> {
    while found.iter().any(|row| row.generation.0.is_none()) {
        let number = "UPDATE dirty SET generation = FLOOR(RAND() * 9007199254740992) \
            WHERE generation IS NULL";
        connection.link.query_drop(number).await?;
        found.clear();
        for rest in listings {
            let rows: Vec<Row> = connection.link.query(listing(rest)).await?;
            let rows = rows.iter().map(dirty_row).collect::<Result<Vec<_>, _>>()?;
            found.extend(rows);
        }
    }
    Ok(found)
}

/// Where a dirty row stands: name and encoded peer.
pub(super) fn position(row: &DirtyRow) -> (Vec<u8>, Vec<u8>) {
    at(&row.name, &row.peer)
}

fn at(name: &ClusterPath, peer: &str) -> (Vec<u8>, Vec<u8>) {
    (name.encoded().to_vec(), host_names::stored(peer).into_owned())
}

/// A page of dirty rows. Rows of equal first bytes are taken together, whatever the limit.
pub(super) async fn page(
    connection: &mut Connection,
    page: &DirtyPage,
) -> Result<Vec<DirtyRow>, Error> {
    let mut found = Vec::new();
    let mut after = None;
    if let Some((name, peer)) = &page.after {
        let first = head(name.encoded()).to_vec();
        let position = at(name, peer);
        let beyond = |row: &DirtyRow| match page.direction {
            Direction::Ascending => self::position(row) > position,
            Direction::Descending => self::position(row) < position,
        };
        let rows = together(connection, page, &first).await?;
        found.extend(rows.into_iter().filter(beyond));
        after = Some(first);
    }
    while found.len() < page.limit {
        let wanted = page.limit - found.len();
        let mut rows = further(connection, page, after.as_deref(), wanted).await?;
        let is_last = rows.len() < wanted;
        let Some(last) = rows.last().map(|row| head(row.name.encoded()).to_vec()) else {
            break;
        };
        if !is_last {
            // The limit may have parted what is to be ordered here.
            rows.retain(|row| head(row.name.encoded()) != last);
            rows.extend(together(connection, page, &last).await?);
        }
        sort(&mut rows, page.direction);
        found.extend(rows);
        after = Some(last);
        if is_last {
            break;
        }
    }
    found.truncate(page.limit);
    Ok(found)
}

fn sort(rows: &mut [DirtyRow], direction: Direction) {
    rows.sort_by_cached_key(position);
    if direction == Direction::Descending {
        rows.reverse();
    }
}

/// The condition that a row is of the page's peer.
fn of_peer(page: &DirtyPage) -> String {
    page.peer.as_ref().map_or_else(String::new, |peer| {
        let peer = host_names::stored(peer);
        let first = &peer[..peer.len().min(PEER_HEAD)];
        format!(" AND csync3_peer = {} AND peername = {}", literal(first), literal(&peer))
    })
}

/// The rows of a page whose names begin with these bytes, and are no longer if these are few.
async fn together(
    connection: &mut Connection,
    page: &DirtyPage,
    first: &[u8],
) -> Result<Vec<DirtyRow>, Error> {
    let rest = format!("WHERE csync3_head = {}{}", literal(first), of_peer(page));
    let mut rows = rows(connection, &rest).await?;
    sort(&mut rows, page.direction);
    Ok(rows)
}

/// The rows of a page behind these first bytes, in the order of the first bytes.
async fn further(
    connection: &mut Connection,
    page: &DirtyPage,
    after: Option<&[u8]>,
    limit: usize,
) -> Result<Vec<DirtyRow>, Error> {
    let (way, beyond) = match page.direction {
        Direction::Ascending => ("ASC", ">"),
        Direction::Descending => ("DESC", "<"),
    };
    let index = if page.peer.is_some() { "csync3_peer_order" } else { "csync3_order" };
    let after = after.map(|after| format!(" AND csync3_head {beyond} {}", literal(after)));
    let rest = format!(
        "FORCE INDEX ({index}) WHERE TRUE{}{} ORDER BY csync3_head {way} LIMIT {limit}",
        of_peer(page),
        after.unwrap_or_default()
    );
    rows(connection, &rest).await
}

/// The dirty rows that ended in a conflict.
pub(super) async fn conflicts(connection: &mut Connection) -> Result<Vec<DirtyRow>, Error> {
    let mut rows = rows(connection, "WHERE conflict_ns IS NOT NULL").await?;
    sort(&mut rows, Direction::Ascending);
    Ok(rows)
}

/// The peers that are owed something.
pub(super) async fn peers(connection: &mut Connection) -> Result<Vec<String>, Error> {
    let sql = "SELECT DISTINCT csync3_peer FROM dirty";
    let mut rows: Vec<Row> = connection.link.query(sql).await?;
    if rows.iter().any(|row| stored(row, 0).len() == PEER_HEAD) {
        rows = connection.link.query("SELECT DISTINCT peername FROM dirty").await?;
    }
    rows.sort_by(|a, b| stored(a, 0).cmp(stored(b, 0)));
    Ok(rows.iter().map(|row| host(row, 0)).collect())
}
