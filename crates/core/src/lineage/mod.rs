//! Which version of an object came after which: what tells a conflict from a delay.
//!
//! csync2 asks one question: is anybody still owed the object? Two hosts that both pass on what they
//! have can therefore overwrite a third's newer version with an older one, and a host that is down
//! makes the others refuse each other. Here every local change is a new [`Version`], and each host
//! remembers with an object the versions that came before ([`Lineage`]). They travel with it, so
//! whoever receives an offer knows whether the version that it holds is among those that the offered
//! one replaces ([`standing`]).
//!
//! # Invariants
//! * A change that a host finds gets a number that no other change has ([`Version::made`]).
//! * What came over csync2's dialect, and rows of csync2, are known by their state alone
//!   ([`Version::of_state`]); nothing is refused because of such a version that csync2 would accept.
//! * A lineage never names a version that its first one does not contain or overrule. It may leave old
//!   ones out: then a delay may be taken for a conflict, never the other way round.
use crate::entry::Timestamp;
use std::num::NonZeroU64;

mod standing;
#[cfg(test)]
mod tests;

pub use standing::{Claim, Held, Owed, Standing, standing};

/// Versions that are kept of one object, the newest ones.
pub const KEPT: usize = 16;

/// Versions that a mark keeps, the newest ones: those that a peer may still have.
pub const OWED: usize = 32;

/// The bytes of a version as it is stored and sent.
const BYTES: usize = 16;

/// One version of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Version {
    /// A digest of its checktxt.
    state: u64,
    /// Which change made it; the state again if nobody knows.
    id: u64,
}

/// A host that a version came from: a digest of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Origin(NonZeroU64);

impl Origin {
    /// The origin of a host name, whatever its case.
    #[must_use]
    pub fn of(host: &str) -> Self {
        let digest = digest("csync3 lineage, host", &[host.to_ascii_lowercase().as_bytes()]);
        Self(NonZeroU64::new(digest).unwrap_or(NonZeroU64::MAX))
    }
}

impl Version {
    /// A version of which only the checktxt (decoded) is known.
    #[must_use]
    pub fn of_state(checktxt: &[u8]) -> Self {
        let state = state(checktxt);
        Self { state, id: state }
    }

    /// The version that a host has found at a time; one object is found once at a time.
    #[must_use]
    pub fn made(checktxt: &[u8], host: &str, found: Timestamp, after: Option<Self>) -> Self {
        let state = state(checktxt);
        let (found, after) = (found.as_nanos().to_be_bytes(), after.map_or(0, |after| after.id));
        let parts = [&state.to_be_bytes()[..], host.as_bytes(), &found, &after.to_be_bytes()];
        Self { state, id: digest("csync3 lineage, change", &parts) }
    }

    /// The removal of a version; of a removal, itself.
    #[must_use]
    pub fn removal(of: Self) -> Self {
        if of.state == 0 {
            return of;
        }
        let id = digest("csync3 lineage, removal", &[&of.id.to_be_bytes()]);
        Self { state: 0, id }
    }

    /// Says whether only its state is known.
    #[must_use]
    pub const fn is_of_state(self) -> bool {
        self.state == self.id
    }

    /// The version as it is stored and sent.
    #[must_use]
    pub fn encode(self) -> [u8; BYTES] {
        let mut bytes = [0; BYTES];
        bytes[..8].copy_from_slice(&self.state.to_be_bytes());
        bytes[8..].copy_from_slice(&self.id.to_be_bytes());
        bytes
    }

    /// A version that was stored or sent; `None` if these bytes are none.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (state, id) = bytes.split_at_checked(8)?;
        let number = |bytes: &[u8]| bytes.try_into().ok().map(u64::from_be_bytes);
        Some(Self { state: number(state)?, id: number(id)? })
    }
}

/// The version that a host has of an object, and those that it came after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lineage {
    /// Who sent it; `None` if this host has made it.
    from: Option<Origin>,
    /// The newest first; at least one.
    versions: Box<[Version]>,
}

impl Lineage {
    /// A version that came from somewhere, and those that it came after.
    #[must_use]
    pub fn new(
        from: Option<Origin>,
        version: Version,
        before: impl IntoIterator<Item = Version>,
    ) -> Self {
        let versions = distinct(std::iter::once(version).chain(before), KEPT).into();
        Self { from, versions }
    }

    /// What a check has found here in the place of these versions.
    #[must_use]
    pub fn found(version: Version, before: &[Version]) -> Self {
        Self::new(None, version, before.iter().copied())
    }

    /// What has come from a caller in the place of these versions.
    #[must_use]
    pub fn received(claim: &Claim, caller: Origin, held: &[Version]) -> Self {
        let replaced = claim.replaces.iter().flatten().chain(held).copied();
        Self::new(Some(caller), claim.version, replaced)
    }

    /// What has come from a caller that says nothing of versions, in the place of what is here. It says
    /// content, owner, mode and time one after the other; what is in between is no version.
    #[must_use]
    pub fn received_by_state(checktxt: &[u8], caller: Origin, held: Option<&Known<'_>>) -> Self {
        let versions = held.map(Known::versions).unwrap_or_default();
        let is_unfinished = held
            .and_then(|held| held.lineage)
            .is_some_and(|lineage| lineage.from == Some(caller) && lineage.version().is_of_state());
        let before = versions.into_iter().skip(usize::from(is_unfinished));
        Self::new(Some(caller), Version::of_state(checktxt), before)
    }

    /// The version itself.
    #[must_use]
    pub fn version(&self) -> Version {
        self.versions[0]
    }

    /// The version and those that it came after, the newest first.
    #[must_use]
    pub fn versions(&self) -> &[Version] {
        &self.versions
    }

    /// Those that it came after.
    #[must_use]
    pub fn before(&self) -> &[Version] {
        &self.versions[1..]
    }

    /// Who sent it; `None` if this host has made it.
    #[must_use]
    pub fn from(&self) -> Option<Origin> {
        self.from
    }

    /// As it is stored: the origin, if there is one, and the versions.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = encode(&self.versions);
        if let Some(Origin(from)) = self.from {
            bytes.splice(..0, from.get().to_be_bytes());
        }
        bytes
    }

    /// What was stored; `None` if these bytes are no lineage.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (from, versions) = bytes.split_at_checked(bytes.len() % BYTES)?;
        let from = match from.len() {
            0 => None,
            _ => Some(Origin(NonZeroU64::new(u64::from_be_bytes(from.try_into().ok()?))?)),
        };
        let versions = decode(versions)?;
        (!versions.is_empty()).then(|| Self { from, versions: versions.into() })
    }
}

/// What is recorded of an object.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// Its checktxt, decoded.
    pub checktxt: &'a [u8],
    /// Its lineage, where that is known.
    pub lineage: Option<&'a Lineage>,
}

impl Known<'_> {
    /// The version and those before it, the newest first; at least one.
    #[must_use]
    pub fn versions(&self) -> Vec<Version> {
        match self.lineage {
            Some(lineage) => lineage.versions.to_vec(),
            None => vec![Version::of_state(self.checktxt)],
        }
    }
}

/// What a mark for somebody else says, once a removal has come: what was here is gone, and with it what
/// was known of its versions.
#[must_use]
pub fn removed_here(
    claim: &Claim,
    held: &[Version],
    owed: Option<&[Version]>,
) -> Option<Vec<Version>> {
    let replaced = claim.replaces.iter().flatten().chain(held).copied();
    let new: Vec<_> = std::iter::once(claim.version).chain(replaced).collect();
    marked_again(Some(&new), owed)
}

/// What a mark says a peer may have, if the row of an older mark says something, too: the older one is
/// not served yet. Where one of them does not know, nobody does. Databases do the same by themselves.
#[must_use]
pub fn marked_again(new: Option<&[Version]>, old: Option<&[Version]>) -> Option<Vec<Version>> {
    Some(new?.iter().chain(old?).copied().take(OWED).collect())
}

/// What the one who owes an object says of its version: of an object that is here, or of a removal.
///
/// `owed` is what its mark says that the peer may have.
#[must_use]
pub fn claim(held: Option<Known<'_>>, owed: Option<&[Version]>) -> Option<Claim> {
    let Some(Known { checktxt, lineage }) = held else {
        let replaces = owed?.to_vec();
        return Some(Claim {
            version: Version::removal(*replaces.first()?),
            replaces: Some(replaces),
        });
    };
    let version = lineage.map_or_else(|| Version::of_state(checktxt), Lineage::version);
    let before = lineage.map_or(&[][..], Lineage::before);
    let replaces = owed.map(|owed| distinct(before.iter().chain(owed).copied(), KEPT + OWED));
    Some(Claim { version, replaces })
}

/// Versions as they are stored and sent.
#[must_use]
pub fn encode(versions: &[Version]) -> Vec<u8> {
    versions.iter().flat_map(|version| version.encode()).collect()
}

/// Versions that were stored or sent; `None` if these bytes are none.
#[must_use]
pub fn decode(bytes: &[u8]) -> Option<Vec<Version>> {
    let pieces = bytes.chunks_exact(BYTES);
    if !pieces.remainder().is_empty() {
        return None;
    }
    pieces.map(Version::decode).collect()
}

/// The first ones of these versions, each once.
#[must_use]
pub fn distinct(versions: impl IntoIterator<Item = Version>, limit: usize) -> Vec<Version> {
    let mut kept = Vec::new();
    for version in versions {
        if kept.len() < limit && !kept.contains(&version) {
            kept.push(version);
        }
    }
    kept
}

fn state(checktxt: &[u8]) -> u64 {
    digest("csync3 lineage, state", &[checktxt])
}

/// 64 bits of BLAKE3. Versions of one object are compared, so few that none are equal by chance.
fn digest(context: &str, parts: &[&[u8]]) -> u64 {
    let mut hasher = blake3::Hasher::new();
    for part in std::iter::once(&context.as_bytes()).chain(parts) {
        hasher.update(&(part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    let mut bytes = [0; 8];
    hasher.finalize_xof().fill(&mut bytes);
    u64::from_be_bytes(bytes)
}
