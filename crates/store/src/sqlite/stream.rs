//! Streams `file` rows beside the worker: a thread and a connection of its own, one snapshot.
//!
//! The thread is at most [`AHEAD`] batches ahead of the reader and ends when the reader is dropped.
use super::open::{Access, beside};
use super::read::select_files;
use super::{turn, value};
use crate::row::{FileRow, Scope};
use crate::{FileRows, StoreError};
use crossbeam_channel::{Receiver, Sender, bounded};
use rusqlite::{Connection, Result, params_from_iter};
use std::thread::JoinHandle;
use std::vec;

/// Rows that travel together.
const BATCH: usize = 256;
/// Batches that wait for the reader.
const AHEAD: usize = 4;

type Batch = std::result::Result<Vec<FileRow>, rusqlite::Error>;

/// Starts a stream. The snapshot is taken before this returns.
pub(super) fn start(
    database: &std::path::Path,
    access: Access,
    scope: &Scope,
    failed: impl Fn(rusqlite::Error) -> StoreError + Send + 'static,
) -> std::result::Result<FileRows, StoreError> {
    let connection = turn::patiently(|| {
        let connection = beside(database, access)?;
        take_snapshot(&connection)?;
        Ok(connection)
    })
    .map_err(&failed)?;
    let (sender, batches) = bounded(AHEAD);
    let scope = scope.clone();
    let thread = std::thread::Builder::new()
        .name("store-stream".into())
        .spawn(move || {
            if let Err(error) = send_rows(&connection, &scope, &sender) {
                // Nobody is left to tell when the reader has been dropped.
                let _ = sender.send(Err(error));
            }
        })
        .map_err(|error| failed(rusqlite::Error::ToSqlConversionFailure(Box::new(error))))?;
    let stream = Stream { batches, thread: Some(thread), rows: Vec::new().into_iter() };
    Ok(Box::new(stream.map(move |row| row.map_err(&failed))))
}

/// In WAL mode a transaction's first read decides what it sees.
fn take_snapshot(connection: &Connection) -> Result<()> {
    connection.execute_batch("BEGIN")?;
    connection.query_row("SELECT count(*) FROM (SELECT 1 FROM file LIMIT 1)", [], |_| Ok(()))
}

fn send_rows(connection: &Connection, scope: &Scope, sender: &Sender<Batch>) -> Result<()> {
    let (sql, names) = select_files(scope);
    let mut select = connection.prepare(&sql)?;
    let mut rows = select.query(params_from_iter(names.values))?;
    let mut batch = Vec::with_capacity(BATCH);
    while let Some(row) = rows.next()? {
        batch.push(value::file_row(row)?);
        if batch.len() == BATCH {
            let full = std::mem::replace(&mut batch, Vec::with_capacity(BATCH));
            if sender.send(Ok(full)).is_err() {
                return Ok(());
            }
        }
    }
    // As above: no reader, nobody to tell.
    let _ = sender.send(Ok(batch));
    Ok(())
}

struct Stream {
    batches: Receiver<Batch>,
    thread: Option<JoinHandle<()>>,
    rows: vec::IntoIter<FileRow>,
}

impl Iterator for Stream {
    type Item = Result<FileRow>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(row) = self.rows.next() {
                return Some(Ok(row));
            }
            match self.batches.recv() {
                Ok(Ok(batch)) => self.rows = batch.into_iter(),
                Ok(Err(error)) => return Some(Err(error)),
                Err(_) => return None,
            }
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // With no receiver the thread's next send fails and it ends; the connection is closed by then.
        self.batches = crossbeam_channel::never();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
