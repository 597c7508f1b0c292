//! The strong sum of a block: MD4, which csync2's signatures use.
//!
//! MD4 does not resist an adversary; it tells blocks of one file apart. What a file finally holds
//! is checked elsewhere, by a hash of the whole.
use md4::{Digest, Md4};

/// Bytes of a whole strong sum.
pub(super) const LENGTH: usize = 16;

/// The strong sum of a block.
pub(super) fn sum(block: &[u8]) -> [u8; LENGTH] {
    Md4::digest(block).into()
}
