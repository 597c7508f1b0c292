//! The strong sum of a block: MD4, which csync2's signatures use.
//!
//! MD4 does not resist an adversary; it tells blocks of one file apart. What a file finally holds
//! is checked elsewhere, by a hash of the whole.
//!
//! One MD4 is a chain of steps that each wait for the one before, so a processor is mostly idle
//! during it. [`sums`] therefore works on several blocks at once, by vector instructions.
//!
//! # Source
//! RFC 1320.
use md4::{Digest, Md4};
use std::array::from_fn;
use wide::u32x4;

/// Bytes of a whole strong sum.
pub(super) const LENGTH: usize = 16;
/// Blocks that [`sums`] takes.
pub(super) const LANES: usize = 8;
/// MD4 works on pieces of this many bytes.
pub(super) const PIECE: usize = 64;

/// Lanes of one vector.
const WIDTH: usize = 4;
/// One number of each lane. Two vectors, as each step on one leaves the processor time for another.
type Lanes = [u32x4; LANES / WIDTH];
type State = [Lanes; 4];

const START: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
const ROUND_2: u32 = 0x5a82_7999;
const ROUND_3: u32 = 0x6ed9_eba1;

/// The strong sum of a block.
pub(super) fn sum(block: &[u8]) -> [u8; LENGTH] {
    Md4::digest(block).into()
}

/// The strong sums of several blocks of one length, which must be a multiple of 64.
pub(super) fn sums(blocks: [&[u8]; LANES]) -> [[u8; LENGTH]; LANES] {
    let length = blocks[0].len();
    debug_assert!(length.is_multiple_of(PIECE));
    debug_assert!(blocks.iter().all(|block| block.len() == length));
    let mut state: State = START.map(same);
    for at in (0..length).step_by(PIECE) {
        let pieces = blocks.map(|block| {
            let piece = block[at..].first_chunk::<PIECE>();
            piece.expect("blocks are whole pieces")
        });
        absorb(&mut state, &transposed(pieces));
    }
    absorb(&mut state, &padding(length));
    let words = state.map(|lanes| lanes.map(u32x4::to_array));
    from_fn(|lane| {
        let mut sum = [0; LENGTH];
        for (word, place) in words.iter().zip(sum.chunks_exact_mut(4)) {
            place.copy_from_slice(&word[lane / WIDTH][lane % WIDTH].to_le_bytes());
        }
        sum
    })
}

/// The same number in each lane.
fn same(number: u32) -> Lanes {
    [u32x4::splat(number); LANES / WIDTH]
}

/// The words of one piece of each lane, word by word.
fn transposed(pieces: [&[u8; PIECE]; LANES]) -> [Lanes; 16] {
    let mut words = [same(0); 16];
    let (groups, _) = pieces.as_chunks::<WIDTH>();
    for (half, group) in groups.iter().enumerate() {
        for first in (0..16).step_by(WIDTH) {
            let rows = group.map(|piece| four_words(piece, first));
            for (column, word) in u32x4::transpose(rows).into_iter().enumerate() {
                words[first + column][half] = word;
            }
        }
    }
    words
}

/// Four words of one lane's piece.
fn four_words(piece: &[u8; PIECE], first: usize) -> u32x4 {
    let (words, _) = piece.as_chunks::<4>();
    u32x4::new(from_fn(|at| u32::from_le_bytes(words[first + at])))
}

/// The last piece of a message whose own pieces are all whole: a mark, and its length in bits.
fn padding(length: usize) -> [Lanes; 16] {
    let mut words = [same(0); 16];
    let bits = (length as u64) << 3;
    words[0] = same(0x80);
    words[14] = same(bits as u32);
    words[15] = same((bits >> 32) as u32);
    words
}

/// MD4's compression of one piece of each lane.
fn absorb(state: &mut State, words: &[Lanes; 16]) {
    let choose = |x: u32x4, y: u32x4, z: u32x4| z ^ (x & (y ^ z));
    let majority = |x: u32x4, y: u32x4, z: u32x4| (x & y) | (z & (x | y));
    let parity = |x: u32x4, y: u32x4, z: u32x4| x ^ y ^ z;
    let mut mixed = *state;
    for first in [0, 4, 8, 12] {
        let four = [first, first + 1, first + 2, first + 3].map(|at| words[at]);
        mixed = four_steps::<3, 7, 11, 19>(mixed, four, choose);
    }
    for first in [0, 1, 2, 3] {
        let four = [first, first + 4, first + 8, first + 12].map(|at| add(words[at], ROUND_2));
        mixed = four_steps::<3, 5, 9, 13>(mixed, four, majority);
    }
    for first in [0, 2, 1, 3] {
        let four = [first, first + 8, first + 4, first + 12].map(|at| add(words[at], ROUND_3));
        mixed = four_steps::<3, 9, 11, 15>(mixed, four, parity);
    }
    for (word, mixed) in state.iter_mut().zip(mixed) {
        *word = from_fn(|half| word[half] + mixed[half]);
    }
}

#[inline(always)]
fn add(lanes: Lanes, number: u32) -> Lanes {
    lanes.map(|lane| lane + u32x4::splat(number))
}

/// Replaces each word of the state once, in MD4's order.
#[inline(always)]
fn four_steps<const R: u32, const S: u32, const T: u32, const U: u32>(
    [a, b, c, d]: State,
    [first, second, third, fourth]: [Lanes; 4],
    function: impl Fn(u32x4, u32x4, u32x4) -> u32x4 + Copy,
) -> State {
    let a = step::<R>(a, [b, c, d], first, function);
    let d = step::<S>(d, [a, b, c], second, function);
    let c = step::<T>(c, [d, a, b], third, function);
    let b = step::<U>(b, [c, d, a], fourth, function);
    [a, b, c, d]
}

#[inline(always)]
fn step<const SHIFT: u32>(
    replaced: Lanes,
    [x, y, z]: [Lanes; 3],
    word: Lanes,
    function: impl Fn(u32x4, u32x4, u32x4) -> u32x4,
) -> Lanes {
    from_fn(|half| {
        let sum = function(x[half], y[half], z[half]) + replaced[half] + word[half];
        (sum << SHIFT) | (sum >> (32 - SHIFT))
    })
}

#[cfg(test)]
mod tests {
    use super::{LANES, sum, sums};
    use proptest::prelude::*;

    #[test]
    fn the_sum_is_that_of_the_rfc() {
        let expected = *b"\xa4\x48\x01\x7a\xaf\x21\xd8\x52\x5f\xc1\x0a\xe8\x7a\xa6\x72\x9d";
        assert_eq!(sum(b"abc"), expected);
    }

    proptest! {
        #[test]
        fn blocks_summed_together_have_the_sums_of_each(
            pieces in 1usize..40,
            seed in any::<[u8; 32]>(),
        ) {
            let length = pieces * 64;
            let bytes: Vec<u8> = (0..length * LANES)
                .map(|at| seed[at % 32] ^ ((at * at) >> 7) as u8)
                .collect();
            let blocks: [&[u8]; LANES] = std::array::from_fn(|lane| &bytes[lane * length..][..length]);
            prop_assert_eq!(sums(blocks), blocks.map(sum));
        }
    }
}
