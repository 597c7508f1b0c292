//! The one thread that owns the connection: takes requests in order, writes them in groups.
//!
//! # Invariants
//! * A change list is never split over two transactions, and requests are served in order.
//! * A transaction is open only while there are requests to put into it, and no longer than
//!   [`GROUP_TIME`] or [`GROUP_CHANGES`] (a single longer list excepted).
//! * Who waits is answered after the commit. A failure of changes that nobody waits for is kept, and
//!   the next call returns it.
use super::change::apply;
use super::open::{Session, wal_path};
use crate::StoreError;
use crate::row::{Applied, Change};
use crossbeam_channel::{Receiver, Sender};
use std::fs::File;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Changes in one transaction.
const GROUP_CHANGES: usize = 1_000;
/// How long a transaction may take in more requests.
const GROUP_TIME: Duration = Duration::from_millis(20);

/// An answer to one request.
pub(super) type Answer<T> = Sender<Result<T, StoreError>>;

/// What is run on the connection, or told why it cannot be.
pub(super) type Reading = dyn FnOnce(Result<&Session, StoreError>) + Send;

/// What can be asked of the worker.
pub(super) enum Request {
    /// Make these changes; without an answer nobody waits.
    Change { changes: Vec<Change>, answer: Option<Answer<Applied>> },
    /// Run this on the connection.
    Read(Box<Reading>),
    /// Answer once everything before is committed.
    Settle(Answer<()>),
    /// Answer once everything before would survive a power loss.
    Flush(Answer<()>),
}

/// A failure that its caller did not wait for.
#[derive(Clone, Default)]
pub(super) struct Kept(Arc<Mutex<Option<StoreError>>>);

impl Kept {
    fn put(&self, error: StoreError) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The first one is the cause of the others.
        kept.get_or_insert(error);
    }

    /// Hands the failure over, once.
    pub(super) fn take(&self) -> Result<(), StoreError> {
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }
}

/// The worker thread's state.
pub(super) struct Worker {
    pub(super) session: Session,
    pub(super) requests: Receiver<Request>,
    pub(super) kept: Kept,
}

/// Who waits for the running transaction.
#[derive(Default)]
struct Group {
    waiting: Vec<(Answer<Applied>, Applied)>,
    unattended: bool,
    changes: usize,
}

impl Worker {
    /// Serves requests until every handle is gone.
    pub(super) fn run(self) {
        while let Ok(request) = self.requests.recv() {
            let mut next = Some(request);
            while let Some(request) = next.take() {
                next = self.serve(request);
            }
        }
    }

    /// Serves one request, or one group of changes; returns the request that ended the group.
    fn serve(&self, request: Request) -> Option<Request> {
        match request {
            Request::Change { .. } => return self.write_group(request),
            Request::Read(read) => read(self.kept.take().map(|()| &self.session)),
            Request::Settle(answer) => reply(&answer, self.kept.take()),
            Request::Flush(answer) => {
                reply(&answer, self.kept.take().and_then(|()| self.make_durable()));
            }
        }
        None
    }

    fn write_group(&self, first: Request) -> Option<Request> {
        let mut group = Group::default();
        let connection = &self.session.connection;
        let begun = self.session.turn.begin(connection);
        let mut rest = Some(first);
        let filled = begun.and_then(|()| self.fill(&mut group, &mut rest));
        let committed = match filled {
            Ok(()) => connection.prepare_cached("COMMIT").and_then(|mut end| end.execute([])),
            Err(error) => Err(error),
        };
        match committed {
            Ok(_) => group.answer(),
            Err(error) => self.give_up(group, &mut rest, error),
        }
        rest
    }

    /// Applies requests until there are none, the group is full, or one must see it committed.
    fn fill(&self, group: &mut Group, rest: &mut Option<Request>) -> rusqlite::Result<()> {
        let (connection, since) = (&self.session.connection, Instant::now());
        while let Some(request) = rest.take() {
            match request {
                Request::Change { changes, answer } => {
                    let mut applied = Applied::default();
                    let made = changes
                        .iter()
                        .try_for_each(|change| apply(connection, change, &mut applied));
                    group.admit(changes.len(), answer, applied);
                    made?;
                }
                // It may see what is not committed yet: that is this process's own work.
                Request::Read(read) => read(self.kept.take().map(|()| &self.session)),
                Request::Settle(_) | Request::Flush(_) => {
                    *rest = Some(request);
                    return Ok(());
                }
            }
            if group.changes >= GROUP_CHANGES || since.elapsed() >= GROUP_TIME {
                return Ok(());
            }
            *rest = self.requests.try_recv().ok();
        }
        Ok(())
    }

    fn give_up(&self, mut group: Group, rest: &mut Option<Request>, error: rusqlite::Error) {
        if !self.session.connection.is_autocommit() {
            // It fails only where SQLite has rolled back by itself.
            let _ = self.session.connection.execute_batch("ROLLBACK");
        }
        // A transaction that could not begin still has its first request.
        if let Some(Request::Change { answer, .. }) = rest.take() {
            group.admit(0, answer, Applied::default());
        }
        let error = self.session.failed("write", error);
        if group.unattended {
            self.kept.put(error.clone());
        }
        for (answer, _) in group.waiting {
            reply(&answer, Err(error.clone()));
        }
    }

    /// A commit in WAL mode reaches the `-wal` file but not yet the disk; syncing that one file is
    /// enough, because SQLite itself syncs it before anything leaves it for the database.
    fn make_durable(&self) -> Result<(), StoreError> {
        let synced = File::open(wal_path(&self.session.database)).and_then(|wal| wal.sync_data());
        match synced {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(StoreError::Failed {
                database: self.session.database.clone(),
                action: "flush",
                source: Arc::new(error),
            }),
            _ => Ok(()),
        }
    }
}

impl Group {
    /// Notes who waits for changes that are in the transaction now, and what came of them.
    fn admit(&mut self, changes: usize, answer: Option<Answer<Applied>>, applied: Applied) {
        self.changes += changes;
        match answer {
            Some(answer) => self.waiting.push((answer, applied)),
            None => self.unattended = true,
        }
    }

    fn answer(self) {
        for (answer, applied) in self.waiting {
            reply(&answer, Ok(applied));
        }
    }
}

fn reply<T>(answer: &Answer<T>, result: Result<T, StoreError>) {
    // Whoever asked may have gone away meanwhile.
    let _ = answer.send(result);
}
