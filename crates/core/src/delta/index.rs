//! Finds a block of a signature by its sums.
//!
//! A bit set answers "surely not" for nearly every window of a file without touching the table; the
//! table is open-addressed with a bounded number of probes. A signature made to collide therefore
//! costs only blocks that are not found.
use crate::delta::strong;

/// Slots looked at for one weak sum before giving up.
const PROBES: usize = 32;
/// Marks an empty slot; block numbers stay below.
const EMPTY: u32 = u32::MAX;
const LARGEST_FILTER_BITS: u32 = 24;
const SMALLEST_FILTER_BITS: u32 = 14;

/// The sums of all known blocks.
#[derive(Debug)]
pub(super) struct Index {
    strong_len: usize,
    weak: Vec<u32>,
    strong: Vec<u8>,
    /// Block numbers, at the place of their weak sum or shortly after.
    slots: Vec<u32>,
    slot_bits: u32,
    filter: Vec<u64>,
    filter_bits: u32,
    /// Whether the last block here is the last one of the file, and so may be short.
    complete: bool,
}

/// A window whose strong sum is made when it is first needed.
pub(super) struct Window<'a> {
    bytes: &'a [u8],
    strong: Option<[u8; strong::LENGTH]>,
}

impl<'a> Window<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            strong: None,
        }
    }

    fn strong(&mut self) -> &[u8; strong::LENGTH] {
        self.strong.get_or_insert_with(|| strong::sum(self.bytes))
    }
}

/// Spreads a weak sum, whose low half varies little, over all 32 bits.
#[inline]
const fn spread(weak: u32) -> u32 {
    weak.wrapping_mul(0x9e37_79b1)
}

impl Index {
    /// An index of no blocks.
    pub(super) const fn new(strong_len: usize) -> Self {
        Self {
            strong_len,
            weak: Vec::new(),
            strong: Vec::new(),
            slots: Vec::new(),
            slot_bits: 0,
            filter: Vec::new(),
            filter_bits: 0,
            complete: false,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.weak.len()
    }

    /// Adds the next block; it is found after [`Self::build`].
    pub(super) fn push(&mut self, weak: u32, strong: &[u8]) {
        self.weak.push(weak);
        self.strong.extend_from_slice(&strong[..self.strong_len]);
    }

    /// Makes all added blocks findable; `complete` says that none was left out.
    pub(super) fn build(&mut self, complete: bool) {
        self.complete = complete;
        if self.weak.is_empty() {
            return;
        }
        let bits = (self.weak.len() * 2).next_power_of_two().ilog2().max(4);
        self.slot_bits = bits;
        self.slots = vec![EMPTY; 1 << bits];
        self.filter_bits = (bits + 3).clamp(SMALLEST_FILTER_BITS, LARGEST_FILTER_BITS);
        self.filter = vec![0; 1 << (self.filter_bits - 6)];
        for block in 0..u32::try_from(self.weak.len()).unwrap_or(EMPTY) {
            self.insert(block);
        }
    }

    fn insert(&mut self, block: u32) {
        let weak = self.weak[block as usize];
        let start = self.slot(weak);
        for probe in 0..PROBES {
            let at = (start + probe) & (self.slots.len() - 1);
            let other = self.slots[at];
            if other == EMPTY {
                self.slots[at] = block;
                let bit = spread(weak) >> (32 - self.filter_bits);
                self.filter[(bit >> 6) as usize] |= 1 << (bit & 63);
                return;
            }
            // The first of equal blocks stands for all of them.
            if self.weak[other as usize] == weak && self.strong(other) == self.strong(block) {
                return;
            }
        }
    }

    fn slot(&self, weak: u32) -> usize {
        (spread(weak) >> (32 - self.slot_bits)) as usize
    }

    fn strong(&self, block: u32) -> &[u8] {
        let start = block as usize * self.strong_len;
        &self.strong[start..start + self.strong_len]
    }

    /// Says that no block has this weak sum (`false`), or that one may have it.
    #[inline]
    pub(super) fn may_have(&self, weak: u32) -> bool {
        let bit = spread(weak) >> (32 - self.filter_bits);
        self.filter[(bit >> 6) as usize] >> (bit & 63) & 1 == 1
    }

    /// The block that equals a window.
    pub(super) fn find(&self, weak: u32, window: &mut Window<'_>) -> Option<u32> {
        let start = self.slot(weak);
        (0..PROBES)
            .map(|probe| self.slots[(start + probe) & (self.slots.len() - 1)])
            .take_while(|&block| block != EMPTY)
            .find(|&block| self.is(block, weak, window))
    }

    /// Says whether a window equals this block.
    pub(super) fn is(&self, block: u32, weak: u32, window: &mut Window<'_>) -> bool {
        self.weak.get(block as usize) == Some(&weak)
            && self.strong(block) == &window.strong()[..self.strong_len]
    }

    /// The last block of the file, which alone may be shorter than the others.
    pub(super) fn last(&self) -> Option<u32> {
        let last = self.weak.len().checked_sub(1)?;
        u32::try_from(last).ok().filter(|_| self.complete)
    }
}
