//! Who reads which directory, and how far ahead of the consumer.
//!
//! # Invariants
//! * Directories are taken in the order of the walk, so what the consumer needs next is read first.
//! * A directory is waiting, being read by one thread, ready, or consumed.
//! * Nobody waits for a directory that is waiting: the consumer reads it itself.
use crate::scan::Context;
use crate::scan::directory::Job;
use crate::scan::listing::Listing;
use crate::scan::read::Reader;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

/// The directories of one walk, and the threads that read them.
#[derive(Debug)]
pub(super) struct Pool {
    shared: Arc<Shared>,
    reader: Reader,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    queue: Mutex<Queue>,
    /// There may be something to read.
    work: Condvar,
    /// There may be what the consumer waits for.
    ready: Condvar,
    context: Arc<Context>,
    /// How many directories are held open for their subdirectories.
    open: Arc<AtomicUsize>,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: BTreeMap<Box<[u32]>, Job>,
    ready: HashMap<Box<[u32]>, Listing>,
    /// Entries in `ready`.
    held: usize,
    /// Whether the threads stopped because enough is held.
    is_full: bool,
    /// Whether the walk ended, or a thread did by panicking.
    is_closed: bool,
    awaited: Option<Box<[u32]>>,
}

impl Pool {
    pub(super) fn new(context: Arc<Context>) -> Self {
        let open = Arc::default();
        Self {
            reader: Reader::new(Arc::clone(&context), Arc::clone(&open)),
            shared: Arc::new(Shared {
                queue: Mutex::default(),
                work: Condvar::new(),
                ready: Condvar::new(),
                context,
                open,
            }),
            threads: Vec::new(),
        }
    }

    /// Lets directories be read.
    pub(super) fn add(&mut self, jobs: Vec<Job>) {
        let waiting = self.shared.add(jobs);
        if waiting > 1 && self.threads.is_empty() {
            self.spawn();
        }
    }

    /// The listing of a directory that was added.
    ///
    /// # Panics
    /// If a thread panicked, which only the patterns can make it do.
    pub(super) fn obtain(&mut self, key: &[u32]) -> Listing {
        let shared = Arc::clone(&self.shared);
        let mut queue = shared.lock();
        loop {
            if let Some(listing) = queue.ready.remove(key) {
                shared.consume(queue, &listing);
                return listing;
            }
            if let Some(job) = queue.waiting.remove(key) {
                drop(queue);
                let (listing, jobs) = self.reader.read(&job);
                self.add(jobs);
                return listing;
            }
            assert!(!queue.is_closed, "a thread of the scan panicked");
            queue = self.wait_or_read(queue, &shared, key);
        }
    }

    /// Reads something else while another thread reads what is needed, or waits for it.
    fn wait_or_read<'a>(
        &mut self,
        mut queue: MutexGuard<'a, Queue>,
        shared: &'a Shared,
        key: &[u32],
    ) -> MutexGuard<'a, Queue> {
        if let Some(job) = shared.take(&mut queue) {
            drop(queue);
            let (listing, jobs) = self.reader.read(&job);
            shared.deliver(job.key, listing, jobs);
            return shared.lock();
        }
        queue.awaited = Some(key.into());
        let mut queue = shared.ready.wait(queue).unwrap_or_else(PoisonError::into_inner);
        queue.awaited = None;
        queue
    }

    /// Starts the threads; if the system has none to give, the consumer reads all.
    fn spawn(&mut self) {
        for _ in 0..self.shared.context.options.threads {
            let shared = Arc::clone(&self.shared);
            let builder = thread::Builder::new().name("csync3-scan".to_owned());
            self.threads.extend(builder.spawn(move || shared.serve()));
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.close();
        for thread in self.threads.drain(..) {
            // A panic was already met by the consumer, or nobody waits for its listing.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        // Nothing that can panic is done under the lock.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The work of one thread.
    fn serve(&self) {
        let mut reader = Reader::new(Arc::clone(&self.context), Arc::clone(&self.open));
        let _closes = CloseOnPanic(self);
        let mut queue = self.lock();
        while !queue.is_closed {
            if let Some(job) = self.take(&mut queue) {
                drop(queue);
                let (listing, jobs) = reader.read(&job);
                self.deliver(job.key, listing, jobs);
                queue = self.lock();
            } else {
                queue = self.work.wait(queue).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    /// The first waiting directory, unless enough is held already.
    fn take(&self, queue: &mut Queue) -> Option<Job> {
        if queue.held >= self.context.options.look_ahead {
            queue.is_full = true;
        }
        if queue.is_full {
            return None;
        }
        queue.waiting.pop_first().map(|(_, job)| job)
    }

    fn add(&self, jobs: Vec<Job>) -> usize {
        let mut queue = self.lock();
        self.add_to(&mut queue, jobs);
        queue.waiting.len()
    }

    fn add_to(&self, queue: &mut Queue, jobs: Vec<Job>) {
        match jobs.len() {
            0 => {}
            1 => self.work.notify_one(),
            _ => self.work.notify_all(),
        }
        queue.waiting.extend(jobs.into_iter().map(|job| (job.key.clone(), job)));
    }

    fn deliver(&self, key: Box<[u32]>, listing: Listing, jobs: Vec<Job>) {
        let mut queue = self.lock();
        self.add_to(&mut queue, jobs);
        queue.held += listing.len();
        if queue.awaited.as_ref() == Some(&key) {
            self.ready.notify_one();
        }
        queue.ready.insert(key, listing);
    }

    /// Takes note that the consumer has a listing; half of what may be held lets the threads go on.
    fn consume(&self, mut queue: MutexGuard<'_, Queue>, listing: &Listing) {
        queue.held -= listing.len();
        if queue.is_full && queue.held <= self.context.options.look_ahead / 2 {
            queue.is_full = false;
            self.work.notify_all();
        }
    }

    fn close(&self) {
        self.lock().is_closed = true;
        self.work.notify_all();
        self.ready.notify_all();
    }
}

/// Wakes the consumer if a thread ends while the walk does not.
struct CloseOnPanic<'a>(&'a Shared);

impl Drop for CloseOnPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.close();
        }
    }
}
