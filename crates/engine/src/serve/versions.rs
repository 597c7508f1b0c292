//! Which version is here, and which one a caller brings.
use super::greet::Caller;
use super::permit::Current;
use csync3_core::decide::local::Recorded;
use csync3_core::lineage::{
    Claim, Held, Lineage, Origin, Owed, Standing, Version, removed_here, standing,
};
use csync3_store::row::{Change, DirtyRow};

impl Current {
    /// What the caller's version is to the one that is here. A caller that speaks csync2's dialect
    /// claims nothing.
    pub(super) fn standing(&self, caller: &Caller, claim: Option<&Claim>) -> Standing {
        let row = self.facts.recorded.as_ref();
        let held = match self.seen {
            Some(_) => Held::Object(row.and_then(|row| row.lineage.as_ref())),
            None => Held::Nothing,
        };
        let owed = match self.owed_to(caller).map(|row| row.replaces.as_deref()) {
            None => Owed::Nothing,
            Some(Some(versions)) => Owed::Change(versions),
            Some(None) => Owed::Anyway,
        };
        standing(held, owed, claim, origin(caller))
    }

    /// The lineage of what is here, for a row that announces something else.
    pub(super) fn lineage(&self) -> Option<Lineage> {
        self.facts.recorded.as_ref().and_then(|row| row.lineage.clone())
    }

    /// The lineage of what the caller makes of the object, given the checktxt (decoded) of that.
    pub(super) fn received(
        &self,
        caller: &Caller,
        claim: Option<&Claim>,
        checktxt: &[u8],
    ) -> Lineage {
        let held = self.facts.recorded.as_ref();
        match claim {
            Some(claim) => Lineage::received(claim, origin(caller), &versions(held)),
            None => {
                let held = held.and_then(Recorded::known);
                Lineage::received_by_state(checktxt, origin(caller), held.as_ref())
            }
        }
    }

    /// Lets the marks for other peers say what a removal by the caller has replaced: the row that
    /// knew it goes.
    pub(super) fn gone(&self, caller: &Caller, claim: Option<&Claim>) -> Vec<Change> {
        let Some(claim) = claim else {
            return Vec::new();
        };
        let held = versions(self.facts.recorded.as_ref());
        let owed_to_others = self.facts.dirty.iter().filter(|row| row.peer != caller.name.as_str());
        let say = |row: &DirtyRow| {
            let replaces = removed_here(claim, &held, row.replaces.as_deref());
            Change::PutDirty(DirtyRow { replaces, ..row.clone() })
        };
        owed_to_others.map(say).collect()
    }
}

fn versions(held: Option<&Recorded>) -> Vec<Version> {
    held.map_or_else(Vec::new, Recorded::versions)
}

fn origin(caller: &Caller) -> Origin {
    Origin::of(caller.name.as_str())
}
