//! Rows as offers.
use super::super::content::{self, ContentError};
use super::super::link::LinkError;
use super::super::pipeline::Ended;
use super::super::report::Served;
use super::super::rows::Candidate;
use super::super::shared::Small;
use super::{Active, Stream};
use csync3_core::checktxt::{self, Times};
use csync3_core::decide::local::Recorded;
use csync3_core::entry::{ContentHash, Kind, Observed};
use csync3_core::lineage::{self, Claim, Known};
use csync3_core::native::message::{Message, Offer, Offers};
use csync3_core::native::offer::{self, Names};
use csync3_core::path::ClusterPath;
use csync3_store::row::Change;
use std::collections::HashMap;

/// Files of up to this size are read before they are offered, if nobody knows their hash yet.
const SMALL: u64 = 64 * 1024;

/// Files of up to this size are read whenever they are offered: that takes no longer than to look up
/// or to remember a hash.
const TINY: u64 = 16 * 1024;

/// Bytes of offers in one frame, about.
const FRAME: usize = 64 * 1024;

/// How often an object that changes while it is sent is offered in one run.
const TRIES: u8 = 3;

/// A row that is offered once more.
pub(super) struct Again {
    pub(super) candidate: Candidate,
    pub(super) overrule: bool,
    pub(super) won: Option<&'static str>,
    pub(super) tries: u8,
    /// There was an object when it was offered before.
    pub(super) was_there: bool,
    /// The receiver wants the hash of the content.
    pub(super) with_hash: bool,
}

impl Active {
    fn new(row: Again, object: Option<Observed>) -> Self {
        let Again { candidate, overrule, won, tries, .. } = row;
        Self {
            candidate,
            object,
            recorded: None,
            hash: None,
            content: None,
            overrule,
            won,
            tries,
            bytes: 0,
            signature: None,
        }
    }
}

/// Offers on their way into one frame.
#[derive(Default)]
struct Batch {
    first: Option<u64>,
    names: Names,
    offers: Vec<Offer>,
    bytes: usize,
}

impl Stream<'_> {
    /// Offers rows with their objects.
    pub(crate) async fn offer(
        &mut self,
        rows: Vec<(Candidate, Option<Observed>)>,
    ) -> Result<(), LinkError> {
        let mut recorded = self.recorded(&rows)?;
        let mut batch = Batch::default();
        for (candidate, object) in rows {
            let recorded = recorded.remove(&candidate.row.name);
            let overrule = candidate.row.forced;
            let was_there = object.is_some();
            let (won, tries, with_hash) = (None, 0, false);
            let row = Again { candidate, overrule, won, tries, was_there, with_hash };
            let recorded = recorded.map(Box::new);
            let active = Active { recorded, ..Active::new(row, object) };
            if let Some(active) = self.identified(active) {
                self.add(&mut batch, active);
            }
        }
        self.send(batch);
        Ok(())
    }

    /// Offers once more what has to be.
    pub(super) fn offer_again(&mut self) {
        let mut batch = Batch::default();
        while self.has_room()
            && let Some(again) = self.again.pop_front()
        {
            let with_hash = again.with_hash;
            let object = match self.away.disk.observe(&again.candidate.at) {
                Ok(presence) => presence.observed(),
                Err(error) => {
                    self.unreadable(again.candidate, error.into());
                    continue;
                }
            };
            if object.is_some() != again.was_there {
                // Nobody has recorded that yet: the next pass does, and takes it for what it is.
                self.report.vanished = true;
                continue;
            }
            let mut active = Active::new(again, object);
            if with_hash {
                match content::hash(self.away.disk, &active.candidate.at) {
                    Ok((hash, observed)) => {
                        (active.hash, active.object) = (Some(hash), Some(observed));
                    }
                    Err(error) => {
                        self.unreadable(active.candidate, error);
                        continue;
                    }
                }
            }
            if let Some(active) = self.identified(active) {
                self.add(&mut batch, active);
            }
        }
        self.send(batch);
    }

    /// What is recorded of the files among these that no other peer's pusher has just read.
    fn recorded(
        &self,
        rows: &[(Candidate, Option<Observed>)],
    ) -> Result<HashMap<ClusterPath, Recorded>, LinkError> {
        let is_wanted = |name: &ClusterPath, object: &Option<Observed>| {
            object.as_ref().is_some_and(|seen| {
                matches!(seen.kind, Kind::File { size } if size > TINY)
                    && self.away.shared.get(name, seen).is_none()
            })
        };
        let wanted = rows.iter().filter(|(row, object)| is_wanted(&row.row.name, object));
        let names: Vec<_> = wanted.map(|(candidate, _)| candidate.row.name.clone()).collect();
        if names.is_empty() {
            return Ok(HashMap::new());
        }
        let facts = self.away.host.store.facts(&names)?;
        let pairs = names.into_iter().zip(facts);
        Ok(pairs.filter_map(|(name, facts)| Some((name, facts.recorded?))).collect())
    }

    /// Finds the hash of a file: remembered, if the file is the one that was recorded, or by reading
    /// it if it is small. Of a large one it is made while it is sent. `None`: it cannot be read.
    fn identified(&mut self, mut active: Active) -> Option<Active> {
        let seen = match &active.object {
            Some(seen) if active.hash.is_none() => seen.clone(),
            _ => return Some(active),
        };
        let Kind::File { size } = seen.kind else {
            return Some(active);
        };
        let name = &active.candidate.row.name;
        if let Some(small) = self.away.shared.get(name, &seen) {
            return Some(self.holding(active, small));
        }
        let print = seen.fingerprint;
        let known = active.recorded.as_ref().filter(|row| row.fingerprint == Some(print));
        if let Some(hash) = known.and_then(|row| row.hash) {
            active.hash = Some(hash);
            return Some(active);
        }
        if size > SMALL {
            return Some(active);
        }
        match content::read_small(self.away.disk, &active.candidate.at) {
            Ok(Some(small)) => {
                self.away.shared.keep(name, &small);
                self.learn(&mut active, &small.observed, small.hash);
                Some(self.holding(active, small))
            }
            // It has grown: it is sent as what it is now.
            Ok(None) => Some(active),
            Err(error) => {
                self.unreadable(active.candidate, error);
                None
            }
        }
    }

    /// Keeps a content until the receiver says whether it needs it.
    fn holding(&mut self, active: Active, small: Small) -> Active {
        let Small { content, hash, observed, .. } = small;
        self.kept += content.len();
        Active { object: Some(observed), hash: Some(hash), content: Some(content), ..active }
    }

    /// Remembers the hash of a recorded state, so that it need not be read again.
    pub(super) fn learn(&mut self, active: &mut Active, seen: &Observed, hash: ContentHash) {
        let is_of_that_state = |row: &Recorded| {
            let is_settled = row.hash.is_none() && row.also.is_none();
            is_settled && row.fingerprint == Some(seen.fingerprint)
        };
        let recorded = active.recorded.take().map(|row| *row);
        if let Some(was) = recorded.filter(is_of_that_state) {
            let now = Some(Recorded { hash: Some(hash), ..was.clone() });
            let (name, was) = (active.candidate.row.name.clone(), Some(was));
            let (marks, actions) = (Vec::new(), Vec::new());
            self.report.write(Change::Checked { name, was, now, marks, actions });
        }
    }

    fn add(&mut self, batch: &mut Batch, active: Active) {
        let keys = &self.native.keys;
        let key = keys.iter().position(|(key, _)| *key == active.candidate.key);
        let name = &active.candidate.row.name;
        // A key that this session has not proved cannot be named, and the receiver refuses.
        let key = key.unwrap_or(keys.len());
        let mut offer = batch.names.write(name, key, active.object.as_ref());
        offer.hash = active.hash.map(|hash| hash.0.to_vec()).unwrap_or_default();
        offer.overrule = active.overrule;
        if let Some(claim) = self.claim(&active) {
            offer::state(&mut offer, &claim);
        }
        batch.bytes += offer.rest.len() + offer.target.len() + 64;
        let id = self.native.window.offer();
        batch.first.get_or_insert(id);
        batch.offers.push(offer);
        self.active.insert(id, active);
        if batch.bytes >= FRAME {
            self.send(std::mem::take(batch));
        }
    }

    /// Which version is offered, and which ones it replaces.
    fn claim(&self, active: &Active) -> Option<Claim> {
        let row = &active.candidate.row;
        let lineage = row.held.as_ref();
        let text =
            active.object.as_ref().filter(|_| lineage.is_none()).map(|object| {
                checktxt::render(object, self.away.host.config.ignore, Times::Stated)
            });
        let checktxt = text.as_deref().unwrap_or_default();
        let held = active.object.as_ref().map(|_| Known { checktxt, lineage });
        lineage::claim(held, row.replaces.as_deref())
    }

    fn send(&mut self, batch: Batch) {
        if let Batch { first: Some(first), offers, .. } = batch {
            self.is_unsettled = true;
            let message = Message::Offers(Offers { first, offers });
            self.native.packing.say_batch(self.link, &message);
        }
    }

    fn unreadable(&mut self, candidate: Candidate, error: ContentError) {
        let served = Served { won: None, object: None, was_absent: false, bytes: 0 };
        self.report.ended(candidate, &served, Ended::Local(error));
    }

    /// Offers a row once more that was not sent as it is now.
    pub(super) fn retry(&mut self, active: Active, with_hash: bool, counts: bool) {
        let tries = active.tries + u8::from(counts);
        if tries >= TRIES {
            return self.unreadable(active.candidate, ContentError::Changing);
        }
        let Active { candidate, overrule, won, object, .. } = active;
        let was_there = object.is_some();
        self.again.push_back(Again { candidate, overrule, won, tries, was_there, with_hash });
    }
}
