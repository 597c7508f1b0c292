//! The one thread that owns a connection: takes requests in order, writes them in groups.
//!
//! Every backend has its [`Backend`]; [`Handle`] is what callers hold.
//!
//! # Invariants
//! * A change list is never split over two transactions, and requests are served in order.
//! * A transaction is open only while there are requests to put into it, and no longer than
//!   [`GROUP_TIME`] ([`WANTED_TIME`] while others wait) or [`GROUP_CHANGES`] (a single longer list
//!   excepted).
//! * Who waits is answered after the commit. A failure of changes that nobody waits for is kept, and
//!   the next call returns it.
use crate::StoreError;
use crate::ahead::{Ahead, Ending};
use crate::row::{Applied, Change};
use crossbeam_channel::{Receiver, Sender, bounded};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Changes in one transaction.
const GROUP_CHANGES: usize = 1_000;
/// How long a transaction may take in more requests.
const GROUP_TIME: Duration = Duration::from_millis(20);
/// The same while others wait: so short that 64 processes, each of which commits what it has added, are
/// through in less than a second.
const WANTED_TIME: Duration = Duration::from_millis(2);
/// Requests that wait for the worker before callers have to.
const QUEUE: usize = 64;

/// A connection that the worker thread owns.
pub(crate) trait Backend: Send + Sized + 'static {
    /// Whether a listing may run inside an open group: it then sees what is not committed yet.
    const READS_JOIN: bool;
    /// Changes nobody waits for that may wait for the worker; a longer list waits alone.
    const AHEAD: usize;
    /// Begins a group.
    fn begin(&mut self) -> Result<(), StoreError>;
    /// Whether others wait for the open group to end.
    fn is_wanted(&self) -> bool {
        false
    }
    /// Puts a list into the group.
    fn add(&mut self, changes: Vec<Change>) -> Result<(), StoreError>;
    /// Commits the group; tells what came of each list, in order.
    fn commit(&mut self) -> Result<Vec<Applied>, StoreError>;
    /// Undoes the group after a failure.
    fn abandon(&mut self);
    /// Makes what is committed durable.
    fn flush(&mut self) -> Result<(), StoreError>;
}

/// An answer to one request.
type Answer<T> = Sender<Result<T, StoreError>>;

/// What is run on the connection, or told why it cannot be.
type Reading<B> = dyn FnOnce(Result<&mut B, StoreError>) + Send;

/// What can be asked of the worker.
enum Request<B> {
    /// Make these changes; without an answer nobody waits.
    Change { changes: Vec<Change>, answer: Option<Answer<Applied>> },
    /// Run this on the connection.
    Read(Box<Reading<B>>),
    /// Answer once everything before is committed.
    Settle(Answer<()>),
    /// Answer once everything before would survive a power loss.
    Flush(Answer<()>),
}

impl<B> Request<B> {
    /// What it is for people who wait for it.
    fn what(&self) -> &'static str {
        match self {
            Self::Change { .. } => "a transaction",
            Self::Read(_) => "a listing",
            Self::Settle(_) => "the end of a transaction",
            Self::Flush(_) => "the disk",
        }
    }
}

/// A failure that its caller did not wait for.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Option<StoreError>>>);

impl Kept {
    fn put(&self, error: StoreError) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The first one is the cause of the others.
        kept.get_or_insert(error);
    }

    /// Hands the failure over, once.
    fn take(&self) -> Result<(), StoreError> {
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }
}

/// The statement that took longest: a listing, or a transaction with its wait for the turn.
#[derive(Debug, Clone, Default)]
pub(crate) struct Longest(Arc<Mutex<(Duration, &'static str)>>);

impl Longest {
    /// Does something and notes how long it takes.
    pub(crate) fn of<T>(&self, what: &'static str, work: impl FnOnce() -> T) -> T {
        let since = Instant::now();
        let done = work();
        self.note(what, since.elapsed());
        done
    }

    /// Notes how long something took.
    pub(crate) fn note(&self, what: &'static str, time: Duration) {
        let mut longest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *longest = (*longest).max((time, what));
    }

    /// The longest so far, and what it was.
    pub(crate) fn get(&self) -> (Duration, &'static str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The callers' end of a worker. Dropping it commits what was submitted and ends the thread.
pub(crate) struct Handle<B> {
    /// `None` only while the handle is dropped.
    requests: Option<Sender<Request<B>>>,
    thread: Option<JoinHandle<()>>,
    kept: Kept,
    ahead: Ahead,
    longest: Longest,
    database: PathBuf,
}

impl<B: Backend> Handle<B> {
    /// Starts a worker; `open` runs in its thread.
    pub(crate) fn start(
        database: PathBuf,
        open: impl FnOnce() -> Result<B, StoreError> + Send + 'static,
    ) -> Result<Self, StoreError> {
        let (sender, requests) = bounded(QUEUE);
        let (opened, result) = bounded(1);
        let kept = Kept::default();
        let (ahead, longest) = (Ahead::default(), Longest::default());
        let (theirs, taken, timed) = (kept.clone(), ahead.clone(), longest.clone());
        let run = move || match open() {
            Ok(backend) => {
                reply(&opened, Ok(()));
                let _ending = Ending(taken.clone());
                Worker { backend, requests, kept: theirs, ahead: taken, longest: timed }.run();
            }
            Err(error) => reply(&opened, Err(error)),
        };
        let thread = std::thread::Builder::new().name("store".into()).spawn(run);
        let thread = thread.map_err(|error| StoreError::Open {
            database: database.clone(),
            hint: "",
            source: Arc::new(error),
        })?;
        let (requests, thread) = (Some(sender), Some(thread));
        let handle = Self { requests, thread, kept, ahead, longest, database };
        result.recv().unwrap_or_else(|_| Err(handle.closed()))?;
        Ok(handle)
    }

    /// The longest time that one statement took.
    pub(crate) fn longest(&self) -> &Longest {
        &self.longest
    }

    fn send(&self, request: Request<B>) -> Result<(), StoreError> {
        let sent = self.requests.as_ref().map(|requests| requests.send(request));
        if matches!(sent, Some(Ok(()))) { Ok(()) } else { Err(self.closed()) }
    }

    fn ask<T>(&self, request: impl FnOnce(Answer<T>) -> Request<B>) -> Result<T, StoreError> {
        let (answer, result): (_, Receiver<Result<T, StoreError>>) = bounded(1);
        self.send(request(answer))?;
        result.recv().unwrap_or_else(|_| Err(self.closed()))
    }

    /// Runs a listing on the connection.
    pub(crate) fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&mut B) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.ask(|answer| Request::Read(Box::new(move |it| reply(&answer, it.and_then(read)))))
    }

    /// Makes changes and waits for their commit.
    pub(crate) fn commit(&self, changes: Vec<Change>) -> Result<Applied, StoreError> {
        self.kept.take()?;
        self.ask(|answer| Request::Change { changes, answer: Some(answer) })
    }

    /// Makes changes without waiting.
    pub(crate) fn submit(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        self.kept.take()?;
        self.ahead.add(changes.len(), B::AHEAD);
        self.send(Request::Change { changes, answer: None })
    }

    /// Waits until everything before is committed.
    pub(crate) fn settle(&self) -> Result<(), StoreError> {
        self.ask(Request::Settle)
    }

    /// Waits until everything before would survive a power loss.
    pub(crate) fn flush(&self) -> Result<(), StoreError> {
        self.ask(Request::Flush)
    }

    fn closed(&self) -> StoreError {
        StoreError::Closed { database: self.database.clone() }
    }
}

impl<B> Drop for Handle<B> {
    fn drop(&mut self) {
        self.requests = None;
        if let Some(thread) = self.thread.take() {
            // A worker that panicked has said so already; its transaction is rolled back.
            let _ = thread.join();
        }
    }
}

/// The worker thread's state.
struct Worker<B> {
    backend: B,
    requests: Receiver<Request<B>>,
    kept: Kept,
    ahead: Ahead,
    longest: Longest,
}

/// Who waits for the running transaction.
#[derive(Default)]
struct Group {
    /// Who is to be told, and of which list.
    waiting: Vec<(Answer<Applied>, usize)>,
    lists: usize,
    unattended: bool,
    changes: usize,
}

impl<B: Backend> Worker<B> {
    /// Serves requests until every handle is gone.
    fn run(mut self) {
        while let Ok(request) = self.requests.recv() {
            let mut next = Some(request);
            while let Some(request) = next.take() {
                let longest = self.longest.clone();
                next = longest.of(request.what(), || self.serve(request));
            }
        }
    }

    /// Serves one request, or one group of changes; returns the request that ended the group.
    fn serve(&mut self, request: Request<B>) -> Option<Request<B>> {
        match request {
            Request::Change { .. } => return self.write_group(request),
            Request::Read(read) => read(self.kept.take().map(|()| &mut self.backend)),
            Request::Settle(answer) => reply(&answer, self.kept.take()),
            Request::Flush(answer) => {
                reply(&answer, self.kept.take().and_then(|()| self.backend.flush()));
            }
        }
        None
    }

    fn write_group(&mut self, first: Request<B>) -> Option<Request<B>> {
        let mut group = Group::default();
        let mut rest = Some(first);
        let begun = self.backend.begin();
        let filled = begun.and_then(|()| self.fill(&mut group, &mut rest));
        match filled.and_then(|()| self.backend.commit()) {
            Ok(applied) => group.answer(&applied),
            Err(error) => self.give_up(group, &mut rest, error),
        }
        rest
    }

    /// Adds requests until there are none, the group is full, or one must see it committed.
    fn fill(&mut self, group: &mut Group, rest: &mut Option<Request<B>>) -> Result<(), StoreError> {
        let since = Instant::now();
        let most = if self.backend.is_wanted() { WANTED_TIME } else { GROUP_TIME };
        while let Some(request) = rest.take() {
            match request {
                Request::Change { changes, answer } => {
                    self.take_up(&changes, answer.as_ref());
                    group.admit(changes.len(), answer);
                    self.backend.add(changes)?;
                }
                // It may see what is not committed yet: that is this process's own work.
                Request::Read(read) if B::READS_JOIN => {
                    read(self.kept.take().map(|()| &mut self.backend));
                }
                Request::Read(_) | Request::Settle(_) | Request::Flush(_) => {
                    *rest = Some(request);
                    return Ok(());
                }
            }
            if group.changes >= GROUP_CHANGES || since.elapsed() >= most {
                return Ok(());
            }
            *rest = self.requests.try_recv().ok();
        }
        Ok(())
    }

    /// Lets callers submit more in the place of what is no more ahead of the worker.
    fn take_up(&self, changes: &[Change], answer: Option<&Answer<Applied>>) {
        if answer.is_none() {
            self.ahead.take(changes.len());
        }
    }

    fn give_up(&mut self, mut group: Group, rest: &mut Option<Request<B>>, error: StoreError) {
        self.backend.abandon();
        // A transaction that could not begin still has its first request.
        if group.lists == 0
            && let Some(Request::Change { changes, answer }) = rest.take()
        {
            self.take_up(&changes, answer.as_ref());
            group.admit(0, answer);
        }
        if group.unattended {
            self.kept.put(error.clone());
        }
        for (answer, _) in group.waiting {
            reply(&answer, Err(error.clone()));
        }
    }
}

impl Group {
    /// Notes who waits for a list that is in the transaction now.
    fn admit(&mut self, changes: usize, answer: Option<Answer<Applied>>) {
        match answer {
            Some(answer) => self.waiting.push((answer, self.lists)),
            None => self.unattended = true,
        }
        self.changes += changes;
        self.lists += 1;
    }

    fn answer(self, applied: &[Applied]) {
        for (answer, list) in self.waiting {
            reply(&answer, Ok(applied.get(list).cloned().unwrap_or_default()));
        }
    }
}

fn reply<T>(answer: &Answer<T>, result: Result<T, StoreError>) {
    // Whoever asked may have gone away meanwhile.
    let _ = answer.send(result);
}
