//! A store that lasts as long as its process: the plainest statement of what a store does.
use crate::host;
use crate::row::{
    ActionRow, Applied, Change, Direction, DirtyPage, DirtyRow, Facts, FileRow, Generation,
    HintRow, Mark, PeerTotals, Pin, Scope, Totals, is_same_row, is_storable,
};
use crate::{FileRows, Store, StoreError};
use csync3_core::checktxt::{self, Checktxt, Fields};
use csync3_core::decide::local::Recorded;
use csync3_core::entry::{Kind, Timestamp};
use csync3_core::lineage;
use csync3_core::path::ClusterPath;
use csync3_core::wire::escape;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// A store without a file.
#[derive(Debug, Default)]
pub struct MemoryStore {
    tables: Mutex<Tables>,
}

/// Where a dirty row stands: name and encoded peer.
type Position = (ClusterPath, Vec<u8>);

#[derive(Debug, Default)]
struct Tables {
    file: BTreeMap<ClusterPath, Recorded>,
    dirty: BTreeMap<Position, DirtyRow>,
    hint: Vec<HintRow>,
    last_hint: i64,
    /// Name and command, and the logfile.
    action: BTreeMap<(ClusterPath, Vec<u8>), Vec<u8>>,
    /// Encoded peer, and the certificate.
    pin: BTreeMap<Vec<u8>, Pin>,
    last_generation: i64,
    /// The last success and the last failure by encoded peer.
    pushes: BTreeMap<Vec<u8>, PeerTotals>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    fn files(&self, scope: &Scope) -> Result<FileRows, StoreError> {
        let tables = self.tables();
        let rows: Vec<_> = tables
            .file
            .iter()
            .filter(|(name, _)| contains(scope, name))
            .map(|(name, recorded)| FileRow { name: name.clone(), recorded: recorded.clone() })
            .collect();
        Ok(Box::new(rows.into_iter().map(Ok)))
    }

    fn facts(&self, names: &[ClusterPath]) -> Result<Vec<Facts>, StoreError> {
        let tables = self.tables();
        Ok(names.iter().map(|name| tables.facts(name)).collect())
    }

    fn dirty(&self, page: &DirtyPage) -> Result<Vec<DirtyRow>, StoreError> {
        Ok(self.tables().dirty(page))
    }

    fn dirty_peers(&self) -> Result<Vec<String>, StoreError> {
        let tables = self.tables();
        let peers: BTreeMap<&[u8], &String> =
            tables.dirty.iter().map(|((_, encoded), row)| (&**encoded, &row.peer)).collect();
        Ok(peers.into_values().cloned().collect())
    }

    fn conflicts(&self) -> Result<Vec<DirtyRow>, StoreError> {
        let tables = self.tables();
        let rows = tables.dirty.values().filter(|row| row.conflict.is_some());
        Ok(rows.map(|row| tables.listed(row)).collect())
    }

    fn totals(&self) -> Result<Totals, StoreError> {
        Ok(self.tables().totals())
    }

    fn version(&self) -> Result<i64, StoreError> {
        // Nobody else can change it.
        Ok(0)
    }

    fn hints(&self) -> Result<Vec<HintRow>, StoreError> {
        Ok(self.tables().hint.clone())
    }

    fn actions(&self) -> Result<Vec<ActionRow>, StoreError> {
        let tables = self.tables();
        let mut rows: Vec<_> = tables.action.iter().map(action_row).collect();
        rows.sort_by_cached_key(|row| {
            let encoded = |bytes| escape::encode(bytes).into_owned();
            (encoded(&row.command), encoded(&row.logfile), row.name.clone())
        });
        Ok(rows)
    }

    fn pin(&self, peer: &str) -> Result<Option<Pin>, StoreError> {
        Ok(self.tables().pin.get(&encoded(peer)).cloned())
    }

    fn pins(&self) -> Result<Vec<Pin>, StoreError> {
        Ok(self.tables().pin.values().cloned().collect())
    }

    fn commit(&self, changes: Vec<Change>) -> Result<Applied, StoreError> {
        let mut tables = self.tables();
        let mut applied = Applied::default();
        for change in changes {
            tables.apply(change, &mut applied);
        }
        Ok(applied)
    }

    fn submit(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        self.commit(changes).map(|_| ())
    }

    fn flush(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

impl Tables {
    fn facts(&self, name: &ClusterPath) -> Facts {
        let rows = self.dirty.range((name.clone(), Vec::new())..);
        let dirty = rows.take_while(|((of, _), _)| of == name).map(|(_, row)| self.listed(row));
        Facts { recorded: self.file.get(name).cloned(), dirty: dirty.collect() }
    }

    fn dirty(&self, page: &DirtyPage) -> Vec<DirtyRow> {
        let after = page.after.as_ref().map(|(name, peer)| position(name, peer));
        let wanted = |row: &&DirtyRow| page.peer.as_ref().is_none_or(|peer| row.peer == *peer);
        let beyond = after.map_or(Bound::Unbounded, Bound::Excluded);
        let limited = |rows: &mut dyn Iterator<Item = &DirtyRow>| {
            rows.filter(wanted).take(page.limit).map(|row| self.listed(row)).collect()
        };
        match page.direction {
            Direction::Ascending => {
                let rows = self.dirty.range((beyond, Bound::Unbounded));
                limited(&mut rows.map(|(_, row)| row))
            }
            Direction::Descending => {
                let rows = self.dirty.range((Bound::Unbounded, beyond)).rev();
                limited(&mut rows.map(|(_, row)| row))
            }
        }
    }

    fn apply(&mut self, change: Change, applied: &mut Applied) {
        match change {
            Change::Checked { name, was, now, marks, actions } => {
                if !is_same_row(self.file.get(&name), was.as_ref()) {
                    applied.stale.push(name);
                    return;
                }
                match now {
                    Some(recorded) => self.put(&name, recorded),
                    None => _ = self.file.remove(&name),
                }
                marks.into_iter().for_each(|mark| self.mark(&name, mark));
                actions.into_iter().for_each(|action| self.add_action(action));
            }
            Change::PutFile(FileRow { name, recorded }) => self.put(&name, recorded),
            Change::DropFile(name) => _ = self.file.remove(&name),
            Change::Mark { name, mark } => self.mark(&name, mark),
            Change::PutDirty(row) => _ = self.dirty.insert(position(&row.name, &row.peer), row),
            Change::Clear { name, peer, generation } => {
                self.clear(&position(&name, &peer), generation);
            }
            Change::Force(scope) => {
                let rows = self.dirty.values_mut().filter(|row| contains(&scope, &row.name));
                rows.for_each(|row| row.forced = true);
            }
            Change::Overrule { name, peer, generation } => {
                let row = self.dirty.get_mut(&position(&name, &peer));
                if let Some(row) = row.filter(|row| row.generation == generation) {
                    row.forced = true;
                }
            }
            Change::Conflict { name, peer, at } => {
                if let Some(row) = self.dirty.get_mut(&position(&name, &peer)) {
                    row.conflict = at;
                }
            }
            Change::Pushed { peer, at, complete } => {
                let push = self.pushes.entry(encoded(&peer)).or_default();
                push.peer = peer;
                *(if complete { &mut push.last_success } else { &mut push.last_failure }) =
                    Some(at);
            }
            Change::PutPushes { peer, success: None, failure: None } => {
                self.pushes.remove(&encoded(&peer));
            }
            Change::PutPushes { peer, success, failure } => {
                let push = self.pushes.entry(encoded(&peer)).or_default();
                (push.peer, push.last_success, push.last_failure) = (peer, success, failure);
            }
            Change::AddHint(hint) => {
                self.hint.retain(|there| there.hint != hint);
                self.last_hint += 1;
                self.hint.push(HintRow { number: self.last_hint, hint });
            }
            Change::DropHint(hint) => self.hint.retain(|there| *there != hint),
            Change::AddAction(action) => self.add_action(action),
            Change::DropAction(ActionRow { name, command, logfile }) => {
                let key = (name, command);
                if self.action.get(&key) == Some(&logfile) {
                    self.action.remove(&key);
                }
            }
            Change::AddPin(pin) => _ = self.pin.entry(encoded(&pin.peer)).or_insert(pin),
            Change::PutPin(pin) => _ = self.pin.insert(encoded(&pin.peer), pin),
            Change::DropPin { peer } => _ = self.pin.remove(&encoded(&peer)),
        }
    }

    fn put(&mut self, name: &ClusterPath, recorded: Recorded) {
        let fingerprint = recorded.fingerprint.filter(|print| is_storable(*print));
        self.file.insert(name.clone(), Recorded { fingerprint, ..recorded });
    }

    fn mark(&mut self, name: &ClusterPath, mark: Mark) {
        let Mark { peer, myname, forced, replaces } = mark;
        self.last_generation += 1;
        let generation = Generation(Some(self.last_generation));
        let at = position(name, &peer);
        let there = self.dirty.get(&at);
        let forced = forced || there.is_some_and(|row| row.forced);
        let since = there.and_then(|row| row.since).or_else(|| Some(now()));
        let conflict = there.and_then(|row| row.conflict);
        let replaces = match there {
            Some(there) => lineage::marked_again(replaces.as_deref(), there.replaces.as_deref()),
            None => replaces,
        };
        let row = DirtyRow {
            name: name.clone(),
            peer,
            myname,
            forced,
            generation,
            recorded: false,
            held: None,
            replaces,
            since,
            conflict,
        };
        self.dirty.insert(at, row);
    }

    fn totals(&self) -> Totals {
        let mut peers = self.pushes.clone();
        for ((_, encoded), row) in &self.dirty {
            let of_peer = peers.entry(encoded.clone()).or_default();
            of_peer.peer.clone_from(&row.peer);
            of_peer.dirty += 1;
            of_peer.forced += u64::from(row.forced);
            of_peer.conflicts += u64::from(row.conflict.is_some());
            of_peer.oldest = [of_peer.oldest, row.since].into_iter().flatten().min();
        }
        let sizes: Vec<u64> = self.file.values().filter_map(|row| size(&row.checktxt)).collect();
        Totals {
            objects: self.file.len() as u64,
            files: sizes.len() as u64,
            bytes: sizes.iter().sum(),
            hints: self.hint.len() as u64,
            peers: peers.into_values().collect(),
        }
    }

    /// A row as it is told: what is recorded of its name is looked up now.
    fn listed(&self, row: &DirtyRow) -> DirtyRow {
        let file = self.file.get(&row.name);
        let held = file.and_then(|file| file.lineage.clone());
        DirtyRow { recorded: file.is_some(), held, ..row.clone() }
    }

    fn clear(&mut self, at: &Position, generation: Generation) {
        if self.dirty.get(at).is_some_and(|row| row.generation == generation) {
            self.dirty.remove(at);
        }
    }

    fn add_action(&mut self, ActionRow { name, command, logfile }: ActionRow) {
        self.action.entry((name, command)).or_insert(logfile);
    }
}

fn position(name: &ClusterPath, peer: &str) -> Position {
    (name.clone(), encoded(peer))
}

fn encoded(peer: &str) -> Vec<u8> {
    host::stored(peer).into_owned()
}

/// The size that a checktxt states, if it is that of a regular file.
fn size(checktxt: &[u8]) -> Option<u64> {
    match checktxt::parse(checktxt) {
        Checktxt::Known(Fields { kind: Kind::File { size }, .. }) => Some(size),
        _ => None,
    }
}

fn now() -> Timestamp {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_nanos(i64::try_from(elapsed.as_nanos()).unwrap_or(i64::MAX))
}

fn action_row(((name, command), logfile): (&(ClusterPath, Vec<u8>), &Vec<u8>)) -> ActionRow {
    ActionRow { name: name.clone(), command: command.clone(), logfile: logfile.clone() }
}

fn contains(scope: &Scope, name: &ClusterPath) -> bool {
    match scope {
        Scope::All => true,
        Scope::One(one) => name == one,
        Scope::Tree(root) => name == root || name.is_below(root),
    }
}
