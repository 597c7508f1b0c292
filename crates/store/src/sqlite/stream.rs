//! Streams `file` rows beside the worker: a thread and a connection of its own, one snapshot.
use super::open::{Access, beside};
use super::read::select_files;
use super::{turn, value};
use crate::row::Scope;
use crate::stream::{Sink, Stream};
use crate::{FileRows, StoreError};
use rusqlite::{Connection, Result, params_from_iter};

/// Starts a stream. The snapshot is taken before this returns.
pub(super) fn start(
    database: &std::path::Path,
    access: Access,
    scope: &Scope,
    failed: impl Fn(rusqlite::Error) -> StoreError + Send + Clone + 'static,
) -> std::result::Result<FileRows, StoreError> {
    let connection = turn::patiently(|| {
        let connection = beside(database, access)?;
        take_snapshot(&connection)?;
        Ok(connection)
    })
    .map_err(&failed)?;
    let (scope, fails) = (scope.clone(), failed.clone());
    let stream = Stream::start(move |sink| send_rows(&connection, &scope, sink).map_err(fails))
        .map_err(|error| failed(rusqlite::Error::ToSqlConversionFailure(Box::new(error))))?;
    Ok(Box::new(stream))
}

/// In WAL mode a transaction's first read decides what it sees.
fn take_snapshot(connection: &Connection) -> Result<()> {
    connection.execute_batch("BEGIN")?;
    connection.query_row("SELECT count(*) FROM (SELECT 1 FROM file LIMIT 1)", [], |_| Ok(()))
}

fn send_rows(connection: &Connection, scope: &Scope, sink: &mut Sink) -> Result<()> {
    let (sql, names) = select_files(scope);
    let mut select = connection.prepare(&sql)?;
    let mut rows = select.query(params_from_iter(names.values))?;
    while let Some(row) = rows.next()? {
        if !sink.push(value::file_row(row)?) {
            return Ok(());
        }
    }
    Ok(())
}
