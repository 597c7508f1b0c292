//! What becomes of one offer.
use super::super::super::alter::Known;
use super::super::super::arrive::{clear, failed, recorded};
use super::super::super::ledger::Ledger;
use super::super::super::permit::{Current, Refusal, Target, conflict, permit, restore};
use super::super::super::receive::{SessionError, look, may_make_parents, stage};
use super::super::{Caller, Session};
use super::Native;
use super::content::{Awaited, Coming};
use super::reuse::Reused;
use crate::host::now;
use csync3_core::decide::local::Recorded;
use csync3_core::decide::offered::{Basis, Differences, Facts, Need, SMALLEST_PART, basis, need};
use csync3_core::entry::{ContentHash, Kind, Observed};
use csync3_core::lineage::{Claim, Lineage, Standing};
use csync3_core::native::message::{Offers, Verdict};
use csync3_core::native::offer::{Names, Offered};
use csync3_core::path::ClusterPath;
use csync3_core::push::BASIS_CHANGED;
use csync3_core::wire::command::{FileCommand, Meta, Request};
use csync3_core::wire::reply::Reply;
use csync3_disk::{Device, Presence, Staged};
use csync3_store::row::{Change, Facts as Stored};
use std::collections::HashMap;

/// An offer that the caller may make, with what is here.
struct Here {
    id: u64,
    target: Target,
    offered: Observed,
    hash: Option<ContentHash>,
    overrule: bool,
    claim: Option<Claim>,
}

impl Session {
    /// Looks at offers in their order.
    pub(super) async fn offers(
        &mut self,
        native: &mut Native,
        offers: Offers,
    ) -> Result<(), SessionError> {
        let ids = native.intake.offered(offers.first, offers.offers.len())?;
        let mut names = Names::default();
        let read = offers.offers.into_iter().map(|offer| names.read(offer));
        let offered: Vec<(u64, Offered)> = ids.zip(read.collect::<Result<Vec<_>, _>>()?).collect();
        let Some(caller) = self.caller.clone() else {
            return Err(SessionError::Untimely);
        };
        let mut stored = Looked::new(&offered);
        for (id, offered) in offered {
            let (object, overrule) = (offered.object, offered.overrule);
            let mut claim = offered.claim;
            if let Some(claim) = claim.as_mut().filter(|_| overrule) {
                // Whoever overrules asks for no place in the order.
                claim.replaces = None;
            }
            let command = FileCommand {
                key: native.keys.get(offered.key).cloned().flatten().unwrap_or_default(),
                name: offered.name,
                request: Request::to_have(object.as_ref()),
            };
            let target = match permit(&self.host, &caller, &command) {
                Ok(target) => target,
                Err(refusal) => {
                    self.not_permitted(native, &caller, id, refusal)?;
                    continue;
                }
            };
            let Some(object) = object else {
                let facts = stored.facts(&mut self.ledger, &target.name)?;
                if overrule {
                    self.alter(&caller, &target, &Request::Flush, None)?;
                }
                self.remove(native, &caller, (id, target), facts, claim.as_ref())?;
                continue;
            };
            let here = Here { id, target, offered: object, hash: offered.hash, overrule, claim };
            self.offer(native, &caller, here, &mut stored).await?;
        }
        Ok(())
    }

    fn not_permitted(
        &mut self,
        native: &mut Native,
        caller: &Caller,
        id: u64,
        refusal: Refusal,
    ) -> Result<(), SessionError> {
        if let Some(name) = refusal.restore {
            self.ledger.later(restore(&self.host, caller, &name, None))?;
        }
        native.refuse(id, &refusal.reply);
        Ok(())
    }

    fn remove(
        &mut self,
        native: &mut Native,
        caller: &Caller,
        (id, target): (u64, Target),
        facts: Stored,
        claim: Option<&Claim>,
    ) -> Result<(), SessionError> {
        self.place_all(native)?;
        let seen = self.disk.observe(&target.at);
        if matches!(seen, Ok(Presence::Absent | Presence::NoParent)) {
            // Both ends have removed it: no conflict, whoever is still owed that.
            self.agreed(caller, &target, None, &Current { seen: None, facts })?;
            native.applied(id, Verdict::AlreadyGone, target.at);
            return Ok(());
        }
        let current = Current { seen: seen.ok().and_then(Presence::observed), facts };
        if current.standing(caller, claim) == Standing::Earlier
            && self.gets_ours(caller, &target, &current)?
        {
            native.applied(id, Verdict::UpToDate, target.at);
            return Ok(());
        }
        let spare = self.spare(native, &target, current.facts.recorded.as_ref());
        let reply = self.alter(caller, &target, &Request::Delete, claim)?;
        if reply.is_ok() {
            native.reuse.keep(spare);
            native.applied(id, Verdict::Deleted, target.at);
        } else {
            native.conflict(id, &reply, self.time_and_size(&target));
        }
        Ok(())
    }

    async fn offer(
        &mut self,
        native: &mut Native,
        caller: &Caller,
        here: Here,
        stored: &mut Looked,
    ) -> Result<(), SessionError> {
        if here.offered.kind == Kind::Socket {
            // Only its owner can make a socket anew; csync2 sends none either.
            native.say(here.id, Verdict::UpToDate);
            return Ok(());
        }
        if native.incoming.depends(&here.target.name) {
            self.place_all(native)?;
        }
        if here.overrule {
            self.alter(caller, &here.target, &Request::Flush, None)?;
        }
        let since = now();
        let seen = match self.seen(&here.target) {
            Ok(seen) => seen,
            Err(reply) => {
                native.refuse(here.id, &reply);
                return Ok(());
            }
        };
        let facts = match &seen {
            Some(_) => stored.facts(&mut self.ledger, &here.target.name)?,
            None => Stored::default(),
        };
        let current = Current { seen, facts };
        let (needed, hash) = match self.needed(caller, &here, &current) {
            Ok(needed) => needed,
            Err(reply) => {
                native.refuse(here.id, &reply);
                return Ok(());
            }
        };
        match needed {
            Need::Nothing => {
                let now = current.seen.as_ref();
                let now = now.map(|seen| recorded(&self.host, seen, hash, since));
                let now = now.map(|row| with_versions(caller, &here, &current, row));
                self.agreed(caller, &here.target, now, &current)?;
                native.applied(here.id, Verdict::UpToDate, here.target.at);
            }
            Need::Metadata(differences)
                if differences.count() > 1 && here.offered.kind != Kind::Dir =>
            {
                self.dress_anew(native, here, current.seen.as_ref()).await?;
            }
            Need::Metadata(differences) => {
                self.dress(native, caller, here, current.seen, differences)?;
            }
            Need::Anew => self.anew(native, here, current.seen.as_ref()).await?,
            Need::PeersHash => native.say(here.id, Verdict::SendHash),
            // A hash that was read is there.
            Need::OwnHash => native.refuse(here.id, &Reply::Other(b"Input/output error".to_vec())),
            Need::Newer if self.gets_ours(caller, &here.target, &current)? => {
                native.applied(here.id, Verdict::UpToDate, here.target.at);
            }
            Need::Newer | Need::Conflict => {
                let request = Request::to_have(Some(&here.offered));
                let reply = conflict(&self.host, caller, &request, &here.target);
                native.conflict(here.id, &reply, self.time_and_size(&here.target));
            }
        }
        Ok(())
    }

    /// What is here; the answer if nothing can be here, or nobody can tell.
    fn seen(&self, target: &Target) -> Result<Option<Observed>, Reply> {
        match self.disk.observe(&target.at) {
            Ok(Presence::There(seen)) => Ok(Some(seen)),
            Ok(Presence::NoParent) if !may_make_parents(&self.host, &self.disk, target) => {
                Err(Reply::ParentMissing)
            }
            Ok(_) => Ok(None),
            Err(error) => Err(failed(&self.host, target, error)),
        }
    }

    /// What an offered object needs, and the hash of what is here as far as it was made.
    fn needed(
        &self,
        caller: &Caller,
        here: &Here,
        current: &Current,
    ) -> Result<(Need, Option<ContentHash>), Reply> {
        let seen = current.seen.as_ref();
        let mut facts = Facts {
            offered: &here.offered,
            offered_hash: here.hash,
            seen,
            seen_hash: seen.and_then(|seen| trusted(current.facts.recorded.as_ref(), seen)),
            stands: match here.overrule {
                true => Standing::Later,
                false => current.standing(caller, here.claim.as_ref()),
            },
            ignore: self.host.config.ignore,
        };
        if need(facts) == Need::OwnHash {
            let hash = self.disk.hash(&here.target.at);
            facts.seen_hash = Some(hash.map_err(|error| failed(&self.host, &here.target, error))?);
        }
        Ok((need(facts), facts.seen_hash))
    }

    /// Gives what is here several new properties in one step: one after the other would show a state
    /// that is neither the old nor the new one.
    async fn dress_anew(
        &mut self,
        native: &mut Native,
        here: Here,
        seen: Option<&Observed>,
    ) -> Result<(), SessionError> {
        let Kind::File { size } = here.offered.kind else {
            return self.anew(native, here, seen).await;
        };
        let Here { id, target, offered, hash, claim, .. } = here;
        let meta = Meta::of(&offered);
        let Self { host, disk, .. } = self;
        let staged = stage(host, disk, &target, || {
            let mut file = disk.stage_file(&target.at, true)?;
            file.copy_from_basis(0, size)?;
            file.finish(look(&meta, host.config.ignore))
        });
        let staged = staged.and_then(|staged| match staged.hash() {
            // It changed since it was compared.
            made if made != hash => Err(Reply::Other(BASIS_CHANGED.to_vec())),
            _ => Ok(staged),
        });
        let request = Request::to_have(Some(&offered));
        self.wait_for_place(native, Coming { id, is_new: false, target, request, claim }, staged)
    }

    /// Gives what is here an offered property, as csync2's setters would.
    fn dress(
        &mut self,
        native: &mut Native,
        caller: &Caller,
        here: Here,
        seen: Option<Observed>,
        differences: Differences,
    ) -> Result<(), SessionError> {
        let Here { id, target, offered, claim, .. } = here;
        let mut requests = Vec::with_capacity(3);
        if differences.owner {
            requests.push(Request::SetOwner { uid: offered.uid, gid: offered.gid });
        }
        if differences.mode {
            requests.push(Request::SetMode(offered.mode()));
        }
        if differences.time {
            requests.push(Request::SetTime(offered.fingerprint.mtime));
        }
        if let ([Request::SetTime(_)], Some(seen)) = (&*requests, seen) {
            // The contents were compared: what is not recorded yet is what the caller has, too.
            self.remember(target.name.clone(), Known { seen, row: None });
        }
        for request in requests {
            let reply = self.alter(caller, &target, &request, claim.as_ref())?;
            if !reply.is_ok() {
                native.conflict(id, &reply, self.time_and_size(&target));
                return Ok(());
            }
        }
        native.applied(id, Verdict::Updated, target.at);
        Ok(())
    }

    /// Makes an object, or asks for its content.
    async fn anew(
        &mut self,
        native: &mut Native,
        here: Here,
        seen: Option<&Observed>,
    ) -> Result<(), SessionError> {
        let reused = self.reuse(native, &here.target, &here.offered, here.hash);
        let Here { id, target, offered, hash, claim, .. } = here;
        let (meta, is_new) = (Meta::of(&offered), seen.is_none());
        let Kind::File { size } = offered.kind else {
            let staged = self.stage_object(&target, &offered);
            let request = Request::to_have(Some(&offered));
            return self.wait_for_place(
                native,
                Coming { id, is_new, target, request, claim },
                staged,
            );
        };
        let keeps_part = size >= SMALLEST_PART;
        let mut awaited = Awaited { target, meta, hash, is_new, keeps_part, part: None, claim };
        match reused {
            Reused::Staged(staged) => {
                return self.wait_for_place(native, awaited.coming(id), Ok(*staged));
            }
            Reused::WantsHash => {
                native.say(id, Verdict::SendHash);
                return Ok(());
            }
            Reused::Nothing => {}
        }
        let length = |seen: &Observed| match seen.kind {
            Kind::File { size } => size,
            _ => 0,
        };
        let part = match keeps_part {
            true => self.disk.part(&awaited.target.at, SMALLEST_PART).ok().flatten(),
            false => None,
        };
        let came = part.as_ref().map_or(0, |part| length(part.observed()));
        match basis(size, seen.map_or(0, length), came) {
            Basis::Nothing => {}
            Basis::Here => return self.delta(native, id, awaited).await,
            Basis::Part => {
                awaited.part = part;
                return self.delta(native, id, awaited).await;
            }
        }
        native.intake.want(id);
        native.incoming.expect(id, awaited);
        native.say(id, Verdict::Send);
        Ok(())
    }

    fn stage_object(&self, target: &Target, offered: &Observed) -> Result<Staged, Reply> {
        let Self { host, disk, .. } = self;
        let look = look(&Meta::of(offered), host.config.ignore);
        let at = &target.at;
        stage(host, disk, target, || match &offered.kind {
            Kind::Dir => disk.stage_dir(at, look),
            Kind::Symlink { target } => disk.stage_symlink(at, target, look),
            Kind::CharDevice { dev } => disk.stage_device(at, Device::Char(*dev), look),
            Kind::BlockDevice { dev } => disk.stage_device(at, Device::Block(*dev), look),
            Kind::Fifo | Kind::File { .. } | Kind::Socket => disk.stage_fifo(at, look),
        })
    }

    /// What is here came after what the caller has: it is owed ours. `false` if no group lets this host
    /// send it.
    fn gets_ours(
        &mut self,
        caller: &Caller,
        target: &Target,
        current: &Current,
    ) -> Result<bool, SessionError> {
        if current.owed_to(caller).is_some() {
            return Ok(true);
        }
        let lineage = current.facts.recorded.as_ref().and_then(|row| row.lineage.as_ref());
        let replaces = lineage.map(Lineage::before);
        let marks = restore(&self.host, caller, &target.name, replaces);
        let is_target = !marks.is_empty();
        self.ledger.later(marks)?;
        Ok(is_target)
    }

    /// Records what both ends have (`None`: nothing) as it was seen, without a mark: whoever lacks it
    /// gets it from the caller. Should it have changed since, the next look will tell.
    fn agreed(
        &mut self,
        caller: &Caller,
        target: &Target,
        now: Option<Recorded>,
        current: &Current,
    ) -> Result<(), SessionError> {
        let mut changes: Vec<Change> = clear(caller, target, current).into_iter().collect();
        let was = current.facts.recorded.clone();
        // An announced state may be on its way; whoever announced it, or a check, will settle it.
        let is_settled = was.as_ref().is_none_or(|was| was.also.is_none());
        if is_settled && was != now {
            let name = target.name.clone();
            let (marks, actions) = (Vec::new(), Vec::new());
            changes.push(Change::Checked { name, was, now, marks, actions });
        }
        Ok(self.ledger.later(changes)?)
    }
}

/// What is known of versions once both ends have the same. A row that knows nothing goes on so: to write
/// all rows of trees that were equal from the start would make nothing clearer.
fn with_versions(caller: &Caller, here: &Here, current: &Current, row: Recorded) -> Recorded {
    let known = current.facts.recorded.as_ref().and_then(|row| row.lineage.as_ref());
    let lineage = match (known, &here.claim) {
        (Some(known), Some(claim)) if known.versions().contains(&claim.version) => {
            Some(known.clone())
        }
        (Some(_), claim @ Some(_)) => Some(current.received(caller, claim.as_ref(), &row.checktxt)),
        (known, _) => known.cloned(),
    };
    Recorded { lineage, ..row }
}

/// The recorded hash, if it certainly is that of the content that is there.
pub(super) fn trusted(recorded: Option<&Recorded>, seen: &Observed) -> Option<ContentHash> {
    let recorded = recorded.filter(|row| row.also.is_none())?;
    recorded.hash.filter(|_| recorded.fingerprint == Some(seen.fingerprint))
}

/// What the store knows of the objects of one frame, read once and only if somebody asks.
struct Looked {
    names: Vec<ClusterPath>,
    facts: HashMap<ClusterPath, Stored>,
}

impl Looked {
    fn new(offered: &[(u64, Offered)]) -> Self {
        let names = offered.iter().filter_map(|(_, offered)| offered.name.clone().ok()).collect();
        Self { names, facts: HashMap::new() }
    }

    fn facts(&mut self, ledger: &mut Ledger, name: &ClusterPath) -> Result<Stored, SessionError> {
        let names = std::mem::take(&mut self.names);
        if !names.is_empty() {
            let facts = ledger.facts(&names)?;
            self.facts = names.into_iter().zip(facts).collect();
        }
        Ok(self.facts.remove(name).unwrap_or_default())
    }
}
