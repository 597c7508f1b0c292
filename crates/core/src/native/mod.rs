//! csync3's own dialect: frames, what they say, and the states of both ends, without a socket.
//!
//! * [`frame`]: where a frame ends · [`message`]: what it says
//! * [`pack`]: frames that travel compressed · [`pace`]: whether the line is slow enough for that
//! * [`offer`]: objects as the caller offers them
//! * [`proof`]: who holds the key of a group
//! * [`window`]: the caller's open offers · [`intake`]: the receiver's
//! * [`spare`]: contents that the receiver keeps, as they may come back under another name
//!
//! What becomes of an offered object is decided by [`crate::decide::offered`].
//!
//! # Source
//! `docs/native-protocol.md`.
pub mod frame;
pub mod intake;
pub mod message;
pub mod offer;
pub mod pace;
pub mod pack;
pub mod proof;
pub mod spare;
pub mod window;

use crate::proof::Nonce;

/// The word by which an end of a session says that it knows this dialect, with its random number
/// behind it.
pub const ABILITY: &[u8] = b"native1=";

/// The answer to a content that the caller has announced the end of without sending it.
pub const NO_CONTENT: &[u8] = b"The content did not come.";

/// The word of an end with this random number.
#[must_use]
pub fn ability(nonce: &Nonce) -> Vec<u8> {
    [ABILITY, blake3::Hash::from_bytes(*nonce).to_hex().as_bytes()].concat()
}

/// The random number in a word of [`ability`]; `None` if it is another word.
#[must_use]
pub fn nonce_of(word: &[u8]) -> Option<Nonce> {
    let digits = word.strip_prefix(ABILITY)?;
    blake3::Hash::from_hex(digits).ok().map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::{ability, nonce_of};

    #[test]
    fn the_number_of_an_ability_is_read_as_it_was_written() {
        let nonce = [0xa5; 32];
        let word = ability(&nonce);
        assert_eq!(nonce_of(&word), Some(nonce));
        for other in [&b"native1="[..], b"native2=00", b"csync3", &word[..word.len() - 1]] {
            assert_eq!(nonce_of(other), None);
        }
    }
}
