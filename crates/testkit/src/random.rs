//! A small deterministic generator (`SplitMix64`), so that a seed names a tree for ever.
use std::ops::RangeInclusive;

/// A stream of pseudo-random numbers.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// The stream of `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number of the range.
    pub fn between(&mut self, range: RangeInclusive<u64>) -> u64 {
        let span = range.end() - range.start() + 1;
        range.start() + self.number() % span
    }

    /// True `percent` times out of a hundred.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.between(1..=100) <= percent
    }

    /// An index below `length`.
    ///
    /// # Panics
    /// When `length` is zero.
    pub fn index(&mut self, length: usize) -> usize {
        let last = u64::try_from(length).expect("a length fits 64 bits") - 1;
        usize::try_from(self.between(0..=last)).expect("below a length")
    }

    /// `length` bytes: text-like when `compressible`, noise otherwise.
    pub fn bytes(&mut self, length: usize, compressible: bool) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(length + 8);
        while bytes.len() < length {
            if compressible {
                bytes.extend_from_slice(WORDS[self.index(WORDS.len())]);
            } else {
                bytes.extend_from_slice(&self.number().to_le_bytes());
            }
        }
        bytes.truncate(length);
        bytes
    }
}

/// What compressible content is made of.
const WORDS: [&[u8]; 8] = [
    b"server ",
    b"listen = ",
    b"127.0.0.1",
    b"\n",
    b"# comment ",
    b"true",
    b"\n\n[section]\n",
    b"value ",
];
