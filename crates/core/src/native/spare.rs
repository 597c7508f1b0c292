//! Contents that are still at hand though their names are gone, and what they may be used for.
//!
//! A rename arrives as a removal and an addition. The receiver keeps the content of what it removes
//! for the rest of the session; this is the account of what is kept. Where a content is, and that it
//! is what it is taken for, is the business of who keeps it.
//!
//! # Invariants
//! * At most so many contents are kept as was said; what saves least makes room.
//! * A content is found by its hash. Length and time only tell whose hash is worth making.
use crate::entry::{ContentHash, Timestamp};
use std::collections::{BTreeSet, HashMap};

/// The length in bytes below which a content is not worth keeping: an offer takes about as much.
pub const SMALLEST: u64 = 256;

/// What is known of a content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spare {
    /// Its length in bytes.
    pub size: u64,
    /// The modification time that its file had.
    pub mtime: Timestamp,
    /// Its hash, as far as it is known.
    pub hash: Option<ContentHash>,
}

/// Tells a kept content from all others.
pub type SpareId = u64;

/// Length, second of the modification time, number: a rename keeps the first two.
type Look = (u64, i64, SpareId);

/// The account of what is kept.
#[derive(Debug)]
pub struct Spares {
    limit: usize,
    next: SpareId,
    kept: HashMap<SpareId, Spare>,
    /// All of them, the shortest first.
    looks: BTreeSet<Look>,
    /// Those whose hash is not known.
    unread: BTreeSet<Look>,
    by_hash: HashMap<ContentHash, Vec<SpareId>>,
}

/// Whether something that is kept is what is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Find {
    /// Nothing is.
    Nothing,
    /// This is, if its recorded hash is right.
    This(SpareId),
    /// This may be: [`Spares::learn`] its hash and ask again.
    Read(SpareId),
    /// Something looks like it: only the hash of what is wanted can tell.
    WantedHash,
}

/// What came of [`Spares::keep`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// The number of the new one.
    pub id: SpareId,
    /// One that is not kept any more.
    pub dropped: Option<SpareId>,
}

fn look(id: SpareId, spare: &Spare) -> Look {
    (spare.size, spare.mtime.seconds, id)
}

/// The numbers of one length and time, in a range of looks.
fn alike(size: u64, mtime: Timestamp) -> std::ops::RangeInclusive<Look> {
    (size, mtime.seconds, SpareId::MIN)..=(size, mtime.seconds, SpareId::MAX)
}

impl Spares {
    /// Keeps at most `limit` contents.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        let (kept, by_hash) = (HashMap::new(), HashMap::new());
        let (looks, unread) = (BTreeSet::new(), BTreeSet::new());
        Self { limit, next: 0, kept, looks, unread, by_hash }
    }

    /// Says whether a content of this length would be kept.
    #[must_use]
    pub fn is_worth_keeping(&self, size: u64) -> bool {
        let has_room = self.kept.len() < self.limit;
        let shortest = self.looks.first().map_or(0, |(size, ..)| *size);
        size >= SMALLEST && self.limit > 0 && (has_room || size > shortest)
    }

    /// Keeps a content; `None` if it is not worth it.
    pub fn keep(&mut self, spare: Spare) -> Option<Kept> {
        if !self.is_worth_keeping(spare.size) {
            return None;
        }
        let dropped = match self.kept.len() < self.limit {
            true => None,
            false => self.looks.first().map(|(.., id)| *id),
        };
        if let Some(id) = dropped {
            self.take(id);
        }
        let id = self.next;
        self.next += 1;
        self.looks.insert(look(id, &spare));
        match spare.hash {
            Some(hash) => self.by_hash.entry(hash).or_default().push(id),
            None => drop(self.unread.insert(look(id, &spare))),
        }
        self.kept.insert(id, spare);
        Some(Kept { id, dropped })
    }

    /// Looks for a content of this length, time and hash, the latter as far as it is known.
    #[must_use]
    pub fn find(&self, size: u64, mtime: Timestamp, hash: Option<ContentHash>) -> Find {
        let first = |of: &BTreeSet<Look>| of.range(alike(size, mtime)).next().map(|(.., id)| *id);
        let Some(hash) = hash else {
            return first(&self.looks).map_or(Find::Nothing, |_| Find::WantedHash);
        };
        let known = self.by_hash.get(&hash).and_then(|ids| ids.last());
        match known.filter(|id| self.kept.get(id).is_some_and(|spare| spare.size == size)) {
            Some(id) => Find::This(*id),
            None => first(&self.unread).map_or(Find::Nothing, Find::Read),
        }
    }

    /// Takes note of a hash that was made.
    pub fn learn(&mut self, id: SpareId, hash: ContentHash) {
        if let Some(spare) = self.kept.get_mut(&id)
            && self.unread.remove(&look(id, spare))
        {
            spare.hash = Some(hash);
            self.by_hash.entry(hash).or_default().push(id);
        }
    }

    /// Keeps it no longer.
    pub fn take(&mut self, id: SpareId) {
        let Some(spare) = self.kept.remove(&id) else {
            return;
        };
        self.looks.remove(&look(id, &spare));
        self.unread.remove(&look(id, &spare));
        if let Some(hash) = spare.hash
            && let Some(ids) = self.by_hash.get_mut(&hash)
        {
            ids.retain(|other| *other != id);
            if ids.is_empty() {
                self.by_hash.remove(&hash);
            }
        }
    }

    /// How many are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Says whether nothing is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }
}

#[cfg(test)]
mod tests;
