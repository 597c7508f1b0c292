//! `file` rows that a thread of their own reads ahead of the caller.
//!
//! The thread is at most [`AHEAD`] batches ahead of the reader and ends when the reader is dropped.
use crate::row::FileRow;
use crate::{FileRows, StoreError};
use crossbeam_channel::{Receiver, Sender, bounded};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::vec;

/// Rows that travel together.
pub(crate) const BATCH: usize = 256;
/// Batches that wait for the reader.
const AHEAD: usize = 4;

/// What the thread sends.
pub(crate) type Batch = Result<Vec<FileRow>, StoreError>;

/// The reader's end.
pub(crate) struct Stream {
    batches: Receiver<Batch>,
    thread: Option<JoinHandle<()>>,
    rows: vec::IntoIter<FileRow>,
}

/// Where the thread puts rows; says whether anybody still reads.
pub(crate) struct Sink {
    sender: Sender<Batch>,
    batch: Vec<FileRow>,
}

impl Stream {
    /// Starts the thread. What `fill` returns as an error is the last thing that the reader gets.
    pub(crate) fn start(
        fill: impl FnOnce(&mut Sink) -> Result<(), StoreError> + Send + 'static,
    ) -> std::io::Result<Self> {
        let (sender, batches) = bounded(AHEAD);
        let thread = std::thread::Builder::new().name("store-stream".into()).spawn(move || {
            let mut sink = Sink { sender, batch: Vec::with_capacity(BATCH) };
            let end = fill(&mut sink).map(|()| std::mem::take(&mut sink.batch));
            // Nobody is left to tell when the reader has been dropped.
            let _ = sink.sender.send(end);
        })?;
        Ok(Self { batches, thread: Some(thread), rows: Vec::new().into_iter() })
    }
}

/// Streams rows of a server. `fill` says through its second argument when it is decided what it sees;
/// then this returns.
pub(crate) fn from_server(
    database: &Path,
    fill: impl FnOnce(&mut Sink, &Sender<()>) -> Result<(), StoreError> + Send + 'static,
) -> Result<FileRows, StoreError> {
    let (begun, started) = bounded(1);
    let stream = Stream::start(move |sink| fill(sink, &begun));
    let stream = stream.map_err(|error| StoreError::Open {
        database: database.to_path_buf(),
        hint: "",
        source: Arc::new(error),
    })?;
    // If it could not begin, the stream itself says why.
    let _ = started.recv();
    Ok(Box::new(stream))
}

impl Sink {
    /// Hands a row on; `false` if nobody reads any more.
    pub(crate) fn push(&mut self, row: FileRow) -> bool {
        self.batch.push(row);
        if self.batch.len() < BATCH {
            return true;
        }
        let full = std::mem::replace(&mut self.batch, Vec::with_capacity(BATCH));
        self.sender.send(Ok(full)).is_ok()
    }
}

impl Iterator for Stream {
    type Item = Result<FileRow, StoreError>;

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
