//! Writes changes, inside a transaction that the caller has begun.
//!
//! csync2's tables carry conflict clauses of their own (`REPLACE`, `IGNORE`); every statement here
//! says itself what happens to a row that is there.
use super::scope::Names;
use super::value::{RECORDED, Text, encoded, of_host, recorded};
use crate::columns::{Columns, hexadecimal, nanoseconds};
use crate::row::{
    ActionRow, Applied, Change, DirtyRow, FileRow, Generation, Hint, HintRow, Mark, Pin, Scope,
    is_same_row,
};
use csync3_core::decide::local::Recorded;
use csync3_core::lineage;
use csync3_core::path::ClusterPath;
use rusqlite::{Connection, OptionalExtension, Result, ToSql, params, params_from_iter};

const INSERT_FILE: &str = "INSERT INTO file \
    (filename, checktxt, mtime_ns, ctime_ns, inode, hash, also, lineage) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) \
    ON CONFLICT (filename) DO NOTHING";

const PUT_FILE: &str = "INSERT INTO file \
    (filename, checktxt, mtime_ns, ctime_ns, inode, hash, also, lineage) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) \
    ON CONFLICT (filename) DO UPDATE SET checktxt = excluded.checktxt, \
    mtime_ns = excluded.mtime_ns, ctime_ns = excluded.ctime_ns, inode = excluded.inode, \
    hash = excluded.hash, also = excluded.also, lineage = excluded.lineage";

/// A row that is marked again is owed since its first mark. Its versions are 32 of 16 bytes at most;
/// what SQLite joins is a text until it is cast, of whatever bytes, and a part of no bytes is NULL.
const MARK: &str = "INSERT INTO dirty \
    (filename, forced, myname, peername, generation, since_ns, lineage) \
    VALUES (?1, ?2, ?3, ?4, random() & 9223372036854775807, ?5, ?6) \
    ON CONFLICT (filename, peername) DO UPDATE SET forced = forced IS TRUE OR excluded.forced, \
    myname = excluded.myname, generation = excluded.generation, since_ns = coalesce(since_ns, excluded.since_ns), \
    lineage = CASE WHEN excluded.lineage || lineage IS NULL THEN NULL \
    ELSE coalesce(substr(CAST(excluded.lineage || lineage AS BLOB), 1, 512), x'') END";

/// The conflict clause of csync2's table would keep the row that is there.
const PUT_DIRTY: &str = "INSERT OR REPLACE INTO dirty \
    (filename, forced, myname, peername, generation, since_ns, conflict_ns, lineage) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

const PUT_PUSHES: &str = "INSERT OR REPLACE INTO csync3_peer (peername, success_ns, failure_ns) \
    VALUES (?1, ?2, ?3)";

const PUSHED: &str = "INSERT INTO csync3_peer (peername, success_ns, failure_ns) \
    VALUES (?1, iif(?3, ?2, NULL), iif(?3, NULL, ?2)) ON CONFLICT (peername) DO UPDATE SET \
    success_ns = coalesce(excluded.success_ns, success_ns), \
    failure_ns = coalesce(excluded.failure_ns, failure_ns)";

/// Its number is greater than that of every other hint. No number is given twice, even if the table
/// has been empty in between, because it is not less than the time in nanoseconds.
const ADD_HINT: &str = "INSERT OR REPLACE INTO hint (rowid, filename, recursive) VALUES \
    (max(?3, 1 + (SELECT coalesce(max(rowid), 0) FROM hint)), ?1, ?2)";

const ADD_PIN: &str = "INSERT INTO x509_cert (peername, certdata) VALUES (?1, ?2) \
    ON CONFLICT (peername) DO NOTHING";

const PUT_PIN: &str = "INSERT INTO x509_cert (peername, certdata) VALUES (?1, ?2) \
    ON CONFLICT (peername) DO UPDATE SET certdata = excluded.certdata";

/// Makes one change.
pub(super) fn apply(connection: &Connection, change: &Change, applied: &mut Applied) -> Result<()> {
    let run = |sql: &str, values: &[&dyn ToSql]| {
        connection.prepare_cached(sql)?.execute(values).map(|_| ())
    };
    match change {
        Change::Checked { name, was, now, marks, actions } => {
            if !replace_file(connection, name, was.as_ref(), now.as_ref())? {
                applied.stale.push(name.clone());
                return Ok(());
            }
            marks.iter().try_for_each(|mark| add_mark(connection, name, mark))?;
            actions.iter().try_for_each(|action| add_action(connection, action))
        }
        Change::PutFile(FileRow { name, recorded }) => {
            write_file(connection, PUT_FILE, name, recorded).map(|_| ())
        }
        Change::DropFile(name) => drop_file(connection, name),
        Change::Mark { name, mark } => add_mark(connection, name, mark),
        Change::PutDirty(row) => put_dirty(connection, row),
        Change::Clear { name, peer, generation: Generation(number) } => run(
            "DELETE FROM dirty WHERE filename = ?1 AND peername = ?2 AND generation IS ?3",
            params![Text(name.encoded()), of_host(peer), number],
        ),
        Change::Force(scope) => force(connection, scope),
        Change::Overrule { name, peer, generation: Generation(number) } => run(
            "UPDATE dirty SET forced = 1 \
             WHERE filename = ?1 AND peername = ?2 AND generation IS ?3",
            params![Text(name.encoded()), of_host(peer), number],
        ),
        Change::Conflict { name, peer, at } => run(
            "UPDATE dirty SET conflict_ns = ?3 WHERE filename = ?1 AND peername = ?2",
            params![Text(name.encoded()), of_host(peer), at.map(|at| at.as_nanos())],
        ),
        Change::Pushed { peer, at, complete } => {
            run(PUSHED, params![of_host(peer), at.as_nanos(), complete])
        }
        Change::PutPushes { peer, success: None, failure: None } => {
            run("DELETE FROM csync3_peer WHERE peername = ?1", params![of_host(peer)])
        }
        Change::PutPushes { peer, success, failure } => {
            let (success, failure) =
                (success.map(|at| at.as_nanos()), failure.map(|at| at.as_nanos()));
            run(PUT_PUSHES, params![of_host(peer), success, failure])
        }
        Change::AddHint(Hint { path, recursive }) => {
            run(ADD_HINT, params![encoded(path.as_bytes()), recursive, nanoseconds()])
        }
        Change::DropHint(HintRow { number, hint: Hint { path, recursive } }) => run(
            "DELETE FROM hint WHERE rowid = ?1 AND filename = ?2 AND (recursive IS TRUE) = ?3",
            params![number, encoded(path.as_bytes()), recursive],
        ),
        Change::AddAction(action) => add_action(connection, action),
        Change::DropAction(ActionRow { name, command, logfile }) => run(
            "DELETE FROM action WHERE filename = ?1 AND command = ?2 AND logfile = ?3",
            params![Text(name.encoded()), encoded(command), encoded(logfile)],
        ),
        Change::AddPin(pin) => write_pin(connection, ADD_PIN, pin),
        Change::PutPin(pin) => write_pin(connection, PUT_PIN, pin),
        Change::DropPin { peer } => {
            run("DELETE FROM x509_cert WHERE peername = ?1", params![of_host(peer)])
        }
    }
}

/// Replaces a `file` row if it still is `was`; says whether it was.
fn replace_file(
    connection: &Connection,
    name: &ClusterPath,
    was: Option<&Recorded>,
    now: Option<&Recorded>,
) -> Result<bool> {
    if let (None, Some(now)) = (was, now) {
        return Ok(write_file(connection, INSERT_FILE, name, now)? == 1);
    }
    let same = is_same_row(row_of(connection, name)?.as_ref(), was);
    match now {
        _ if !same => {}
        Some(now) => _ = write_file(connection, PUT_FILE, name, now)?,
        None if was.is_some() => drop_file(connection, name)?,
        None => {}
    }
    Ok(same)
}

fn row_of(connection: &Connection, name: &ClusterPath) -> Result<Option<Recorded>> {
    connection
        .prepare_cached(&format!("SELECT {RECORDED} FROM file WHERE filename = ?1"))?
        .query_row(params![Text(name.encoded())], |row| recorded(row, 0))
        .optional()
}

fn drop_file(connection: &Connection, name: &ClusterPath) -> Result<()> {
    let mut drop = connection.prepare_cached("DELETE FROM file WHERE filename = ?1")?;
    drop.execute(params![Text(name.encoded())]).map(|_| ())
}

fn write_file(
    connection: &Connection,
    sql: &str,
    name: &ClusterPath,
    recorded: &Recorded,
) -> Result<usize> {
    let Columns { checktxt, mtime, ctime, inode, hash, also, lineage } = Columns::of(recorded);
    let mut write = connection.prepare_cached(sql)?;
    let (checktxt, also) = (Text(checktxt), also.map(Text));
    let name = Text(name.encoded());
    write.execute(params![name, checktxt, mtime, ctime, inode, hash, also, lineage.as_deref()])
}

fn add_mark(connection: &Connection, name: &ClusterPath, mark: &Mark) -> Result<()> {
    let (myname, peer) = (of_host(&mark.myname), of_host(&mark.peer));
    let mut insert = connection.prepare_cached(MARK)?;
    let (name, since) = (Text(name.encoded()), nanoseconds());
    let lineage = mark.replaces.as_deref().map(lineage::encode);
    insert.execute(params![name, mark.forced, myname, peer, since, lineage]).map(|_| ())
}

fn put_dirty(connection: &Connection, row: &DirtyRow) -> Result<()> {
    let (myname, peer) = (of_host(&row.myname), of_host(&row.peer));
    let (since, conflict) =
        (row.since.map(|at| at.as_nanos()), row.conflict.map(|at| at.as_nanos()));
    let values = params![
        Text(row.name.encoded()),
        row.forced,
        myname,
        peer,
        row.generation.0,
        since,
        conflict,
        row.replaces.as_deref().map(lineage::encode)
    ];
    connection.prepare_cached(PUT_DIRTY)?.execute(values).map(|_| ())
}

fn add_action(connection: &Connection, action: &ActionRow) -> Result<()> {
    let ActionRow { name, command, logfile } = action;
    let mut insert = connection.prepare_cached(
        "INSERT OR IGNORE INTO action (filename, command, logfile) VALUES (?1, ?2, ?3)",
    )?;
    insert.execute(params![Text(name.encoded()), encoded(command), encoded(logfile)]).map(|_| ())
}

fn write_pin(connection: &Connection, sql: &str, pin: &Pin) -> Result<()> {
    let (peer, certificate) = (of_host(&pin.peer), hexadecimal(&pin.certificate));
    connection.prepare_cached(sql)?.execute(params![peer, Text(certificate)]).map(|_| ())
}

fn force(connection: &Connection, scope: &Scope) -> Result<()> {
    let Names { condition, values } = Names::of(scope);
    connection
        .prepare_cached(&format!("UPDATE dirty SET forced = 1 WHERE {condition}"))?
        .execute(params_from_iter(values))
        .map(|_| ())
}
