//! `-m` and `-f`: owe objects to the peers because somebody says so.
use crate::check::{actions, mark as mark_for};
use crate::host::Host;
use crate::observer::Event;
use csync3_core::config::{HostName, Trigger};
use csync3_core::path::ClusterPath;
use csync3_store::StoreError;
use csync3_store::row::{Change, Scope};

/// Rows in one transaction.
const BATCH: usize = 500;

/// Marks a name dirty for all its peers, whether or not it exists; `recursive` adds all names below
/// it that the store knows. `forced` marks overrule the peers.
///
/// # Errors
/// The store's.
pub fn mark(
    host: &Host,
    name: &ClusterPath,
    recursive: bool,
    forced: bool,
) -> Result<(), StoreError> {
    let mut changes = changes_for(host, name, forced, |_| true);
    if recursive {
        for row in host.store.files(&scope(name.clone(), recursive))? {
            let row = row?;
            if row.name != *name {
                changes.extend(changes_for(host, &row.name, forced, |_| true));
            }
            if changes.len() >= BATCH {
                host.store.commit(std::mem::take(&mut changes))?;
            }
        }
    }
    host.store.commit(changes)?;
    host.store.flush()
}

/// The rows that an operand of `-m` and `-f` selects. `/` and all below it is everything, whatever
/// prefix it lies under.
#[must_use]
pub fn scope(name: ClusterPath, recursive: bool) -> Scope {
    match recursive {
        false => Scope::One(name),
        true if name.encoded() == b"/" => Scope::All,
        true => Scope::Tree(name),
    }
}

/// The changes that owe a name to those of its peers that are `wanted`, and schedule its actions.
pub(crate) fn changes_for(
    host: &Host,
    name: &ClusterPath,
    forced: bool,
    wanted: impl Fn(&HostName) -> bool,
) -> Vec<Change> {
    host.notice(&Event::Marked { name });
    let targets = host.config.targets(&name.decoded());
    if targets.is_empty() {
        host.detail(2, || format!("Not in one of my groups: {name}"));
    }
    let marks = targets.into_iter().filter(|target| wanted(&target.peer)).map(|target| {
        let mark = mark_for(target, forced, None);
        Change::Mark { name: name.clone(), mark }
    });
    let actions = actions(host, name, Trigger::Local).into_iter().map(Change::AddAction);
    marks.chain(actions).collect()
}

/// Forces the dirty rows of these names: their next push overrules the peer.
///
/// # Errors
/// The store's.
pub fn force(host: &Host, scope: Scope) -> Result<(), StoreError> {
    host.store.commit(vec![Change::Force(scope)])?;
    host.store.flush()
}
