//! `-u`: what the peers are owed, to all of them at once.
//!
//! One task per peer; they share the store handle and the configuration and nothing else, so a peer
//! that is dead, slow or talks nonsense costs only its own task. A task owns a thread of the
//! blocking pool: it awaits the socket and works on files in between.
//!
//! * `peer`: one peer from the first connection to the last row
//! * `link`: opening a session and reading answers · `secure`: under TLS
//! * `rows`: which dirty rows, in which order
//! * `pipeline`: many conversations over one session
//! * `native`: the same in the native dialect
//! * `shared`: contents that were read for one peer and go to others, too
//! * `content`: local files as signatures, deltas and blocks
//! * [`ask`]: what a peer has, for people who decide a conflict
//! * `report`: outcomes as events and problems
//!
//! # Source
//! `spec/sync.md` 3 and 4.
pub mod ask;
mod content;
mod link;
mod native;
mod peer;
mod pipeline;
mod report;
mod rows;
mod secure;
mod shared;

pub use link::Calls;
pub(crate) use link::{ABILITY, Link, LinkError, Way};
pub use secure::certificate_of;
pub(crate) use secure::{known, secure};

use crate::host::{Host, thread_runtime};
use csync3_core::config::HostName;
use csync3_core::path::LocalPath;
use csync3_store::StoreError;
use shared::Shared;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// What to push, and how.
#[derive(Debug, Clone)]
pub struct PushOptions {
    /// Only objects at these local paths; empty for everything.
    pub operands: Vec<LocalPath>,
    /// Below the operands, too.
    pub recursive: bool,
    /// `-d`: ask the peers, change nothing anywhere.
    pub dry_run: bool,
    /// `-P`: only these peers, compared without regard to case.
    pub peers: Option<Vec<String>>,
    /// How to call them.
    pub calls: Calls,
    /// Set from outside: start nothing new, end what is running, report as usual.
    pub stop: Arc<AtomicBool>,
}

impl PushOptions {
    fn way(&self) -> Way<'_> {
        self.calls.way(self.dry_run)
    }
}

/// What came of a push.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PushSummary {
    /// Rows that are settled: sent, removed, or found equal.
    pub settled: u64,
    /// Problems that were reported.
    pub problems: u64,
    /// Content bytes sent.
    pub bytes: u64,
}

impl std::ops::AddAssign for PushSummary {
    fn add_assign(&mut self, more: Self) {
        self.settled += more.settled;
        self.problems += more.problems;
        self.bytes += more.bytes;
    }
}

/// Pushes all dirty rows to all their peers at once. Must be called within a tokio runtime.
///
/// # Errors
/// The store's, after every peer's task has ended; what is wrong with single peers or files is
/// reported and counted.
pub async fn push(host: &Host, options: PushOptions) -> Result<PushSummary, StoreError> {
    let options = Arc::new(options);
    let slots = Arc::new(Semaphore::new(options.calls.jobs.max(1)));
    let shared = Arc::new(Shared::default());
    let mut tasks = JoinSet::new();
    for peer in peers(host, &options)? {
        let (host, options, slots) = (host.clone(), Arc::clone(&options), Arc::clone(&slots));
        let shared = Arc::clone(&shared);
        tasks.spawn(async move {
            let slot = slots.acquire_owned().await;
            let served = tokio::task::spawn_blocking(move || {
                thread_runtime().block_on(peer::serve_peer(&host, &options, &shared, peer))
            });
            let result = served.await;
            drop(slot);
            result
        });
    }
    let mut summary = PushSummary::default();
    let mut failure = None;
    while let Some(ended) = tasks.join_next().await {
        match ended.and_then(|served| served) {
            Ok(Ok(served)) => summary += served,
            Ok(Err(error)) => failure = Some(error),
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        }
    }
    failure.map_or(Ok(summary), Err)
}

/// The peers with dirty rows, in descending order of their names as csync2 takes them.
fn peers(host: &Host, options: &PushOptions) -> Result<Vec<HostName>, StoreError> {
    let wanted = |name: &str| {
        options
            .peers
            .as_ref()
            .is_none_or(|peers| peers.iter().any(|peer| peer.eq_ignore_ascii_case(name)))
    };
    let mut dirty = host.store.dirty_peers()?;
    dirty.reverse();
    Ok(dirty
        .into_iter()
        .filter(|name| wanted(name))
        .filter_map(|name| HostName::parse(name.as_bytes()))
        .collect())
}
