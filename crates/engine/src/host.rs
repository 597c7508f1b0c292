//! What every verb works on.
use crate::credentials::Credentials;
use crate::observer::{Event, Observer, Problem};
use csync3_core::config::{Config, Level, Purpose};
use csync3_core::entry::Timestamp;
use csync3_disk::Disk;
use csync3_disk::{Select, Visit};
use csync3_store::Store;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::runtime::{Builder, Runtime};

/// One host: its configuration, what it remembers, its trees, and who watches it work.
///
/// Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct Host {
    /// The checked configuration.
    pub config: Arc<Config>,
    /// The database.
    pub store: Arc<dyn Store>,
    /// The synced trees.
    pub disk: Disk,
    /// The key and certificate for TLS.
    pub credentials: Arc<dyn Credentials>,
    /// Where events go.
    pub observer: Arc<dyn Observer>,
}

impl Host {
    pub(crate) fn notice(&self, event: &Event<'_>) {
        self.observer.notice(event);
    }

    pub(crate) fn problem(&self, problem: &Problem) {
        self.notice(&Event::Problem(problem));
    }

    pub(crate) fn detail(&self, level: u8, text: impl FnOnce() -> String) {
        self.notice(&Event::Detail { level, text: text() });
    }
}

/// Counts the problems of one run.
#[derive(Debug, Default)]
pub(crate) struct ProblemCount(AtomicU64);

impl ProblemCount {
    pub(crate) fn report(&self, host: &Host, problem: &Problem) {
        self.0.fetch_add(1, Ordering::Relaxed);
        host.problem(problem);
    }

    /// Adds problems that were counted elsewhere.
    pub(crate) fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The names that the configuration covers, for a scan.
pub(crate) struct Covered {
    pub(crate) config: Arc<Config>,
    pub(crate) purpose: Purpose,
}

impl Select for Covered {
    fn level(&self, decoded_name: &[u8]) -> Visit {
        match self.config.level(decoded_name, self.purpose) {
            Level::No => Visit::No,
            Level::Way => Visit::Way,
            Level::Yes => Visit::Yes,
        }
    }

    fn may_hold(&self, decoded_dir: &[u8]) -> bool {
        self.config.may_hold_matches(decoded_dir, self.purpose)
    }
}

/// The time now, by the clock that stamps files.
#[must_use]
pub fn now() -> Timestamp {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp {
        seconds: i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX),
        nanos: elapsed.subsec_nanos(),
    }
}

/// A runtime for the calling thread alone: its socket wakes it directly, without another thread in
/// between.
pub(crate) fn thread_runtime() -> Runtime {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a process that could make one runtime can make another")
}
