//! `doctor`: gathers what is to know about this host and its peers, and lets
//! [`csync3_core::doctor`] name what is wrong.
//!
//! Nothing is changed anywhere, except that the database is written and restored to see whether it
//! can be. No certificate is remembered.
//!
//! `here`: this host · `survey`: its trees · `peer`: a peer, called as a push would · `inquiry`: why a
//! peer does not accept this host
mod here;
mod inquiry;
mod peer;
mod survey;

use crate::host::{Host, thread_runtime};
use crate::observer::{Event, Observer};
use crate::push::Calls;
use csync3_core::config::Target;
use csync3_core::doctor::Finding;
use csync3_core::doctor::local::WatchLimits;
use csync3_core::doctor::statements::Nonce;
use csync3_core::path::LocalPath;
use csync3_store::Store;
use csync3_store::row::{Change, Pin};
use std::error::Error;
use std::net::IpAddr;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// A name that no host can have, for the row that shows whether the database can be written.
const NOBODY: &str = "csync3 doctor";

/// What is to be looked at, and how.
#[derive(Debug, Clone)]
pub struct DoctorOptions {
    /// Paths that should belong to a group.
    pub operands: Vec<LocalPath>,
    /// Ask the peers, too: all, or those with these names.
    pub peers: Peers,
    /// Why the database could not be opened, if [`Host::store`] only stands in for it.
    pub database: Option<String>,
    /// What the kernel lets a program watch.
    pub limits: WatchLimits,
    /// Only some groups are active (`-G`), so groups of the peer that are not here mean nothing.
    pub is_restricted: bool,
    /// How to call the peers.
    pub calls: Calls,
}

/// Which peers are asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Peers {
    /// None.
    None,
    /// All.
    All,
    /// These, compared without regard to case.
    Named(Vec<String>),
}

impl Peers {
    fn contain(&self, pair: &Target) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::Named(names) => {
                names.iter().any(|name| name.eq_ignore_ascii_case(pair.peer.as_str()))
            }
        }
    }
}

/// Nobody hears what the calls of a doctor report: findings say it in its place.
struct Silent;

impl Observer for Silent {
    fn notice(&self, _event: &Event<'_>) {}
}

/// Examines this host and, if asked to, its peers. Must be called within a tokio runtime.
pub async fn doctor(host: &Host, options: DoctorOptions) -> Vec<Finding> {
    let host = Host { observer: Arc::new(Silent), ..host.clone() };
    let mut found = here::examine(&host, &options).await;
    let options = Arc::new(options);
    let slots = Arc::new(Semaphore::new(options.calls.jobs.max(1)));
    let mut tasks = JoinSet::new();
    let pairs = host.config.pairs().into_iter().filter(|pair| options.peers.contain(pair));
    for (at, pair) in pairs.enumerate() {
        let (host, options, slots) = (host.clone(), Arc::clone(&options), Arc::clone(&slots));
        tasks.spawn(async move {
            let slot = slots.acquire_owned().await;
            let asked = tokio::task::spawn_blocking(move || {
                thread_runtime().block_on(peer::ask(&host, &options, &pair))
            });
            let asked = asked.await;
            drop(slot);
            asked.map(|found| (at, found))
        });
    }
    let mut of_peers = Vec::new();
    while let Some(ended) = tasks.join_next().await {
        match ended.and_then(|asked| asked) {
            Ok(asked) => of_peers.push(asked),
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        }
    }
    of_peers.sort_by_key(|(at, _)| *at);
    for finding in of_peers.into_iter().flat_map(|(_, found)| found) {
        // What is so between two hosts is so under each of the names that they have.
        if !found.contains(&finding) {
            found.push(finding);
        }
    }
    found
}

/// Says why the database cannot be written; `None` if it can. What it held it holds afterwards.
pub(crate) fn check_database(store: &dyn Store) -> Option<String> {
    let pin = Pin { peer: NOBODY.to_owned(), certificate: Vec::new() };
    let peer = NOBODY.to_owned();
    let written = store.commit(vec![Change::PutPin(pin), Change::DropPin { peer }]);
    written.and_then(|_| store.flush()).err().map(|error| with_causes(&error))
}

/// A number that nobody has used before; `None` if the system has no randomness.
pub(crate) fn nonce() -> Option<Nonce> {
    let mut nonce = Nonce::default();
    getrandom::fill(&mut nonce).ok().map(|()| nonce)
}

/// An error with all its causes.
fn with_causes(error: &dyn Error) -> String {
    let mut told = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(error) = cause {
        told.push(error.to_string());
        cause = error.source();
    }
    told.dedup();
    told.join(": ")
}

fn address_texts(addresses: &[IpAddr]) -> Vec<String> {
    addresses.iter().map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::check_database;
    use csync3_store::Store;
    use csync3_store::memory::MemoryStore;

    #[test]
    fn a_database_that_was_checked_holds_what_it_held() {
        let store = MemoryStore::new();
        assert_eq!(check_database(&store), None);
        assert_eq!(store.pins().expect("memory"), []);
    }
}
