//! Digests that only a holder of a group key can make.
//!
//! A key is never sent; what is sent is a BLAKE3 of it together with a fresh random number of each
//! host, in the mode for deriving keys. The context sets the digests of one purpose apart from all
//! others, and each part is preceded by its length, so no two lists of parts look alike.
use crate::config::Key;

/// A random number that is used once.
pub type Nonce = [u8; 32];

/// The random numbers of both hosts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nonces {
    /// That of the asking host.
    pub asking: Nonce,
    /// That of the asked host.
    pub asked: Nonce,
}

/// The digest of `parts` that a holder of the key makes for this purpose in this session.
#[must_use]
pub fn keyed<'a, const N: usize>(
    context: &str,
    key: &Key,
    nonces: &Nonces,
    parts: impl IntoIterator<Item = &'a [u8]>,
) -> [u8; N] {
    let mut hasher = blake3::Hasher::new_derive_key(context);
    let mut add = |part: &[u8]| {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    };
    add(&nonces.asking);
    add(&nonces.asked);
    add(key.as_bytes());
    parts.into_iter().for_each(add);
    let mut digest = [0; N];
    hasher.finalize_xof().fill(&mut digest);
    digest
}
