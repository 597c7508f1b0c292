//! Finds a block of a signature by its sums.
//!
//! A bit set answers "surely not" for nearly every window of a file without touching the table; the
//! table is open-addressed with a bounded number of probes. A signature made to collide therefore
//! costs only blocks that are not found.
use crate::delta::rolling::Rolling;
use crate::delta::strong;

/// Slots looked at for one weak sum before giving up.
const PROBES: usize = 32;
/// Marks an empty slot; block numbers stay below.
const EMPTY: u32 = u32::MAX;
/// Binary logarithms of the filter's number of words.
const SMALLEST_FILTER: u32 = 8;
const LARGEST_FILTER: u32 = 18;

/// The sums of all known blocks.
#[derive(Debug)]
pub(super) struct Index {
    strong_len: usize,
    weak: Vec<u32>,
    strong: Vec<u8>,
    /// Blocks at the place of their weak sum or shortly after.
    slots: Vec<Slot>,
    slot_bits: u32,
    filter: Vec<u64>,
    /// Whether the last block here is the last one of the file, and so may be short.
    complete: bool,
}

/// A place of the table: a block and, to look nowhere else in vain, its weak sum.
#[derive(Debug, Clone, Copy)]
struct Slot {
    weak: u32,
    block: u32,
}

/// A window whose strong sum is made when it is first needed.
pub(super) struct Window<'a> {
    bytes: &'a [u8],
    strong: Option<[u8; strong::LENGTH]>,
}

impl<'a> Window<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, strong: None }
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
        self.slots = vec![Slot { weak: 0, block: EMPTY }; 1 << bits];
        let word_bits = (bits - 3).clamp(SMALLEST_FILTER, LARGEST_FILTER);
        self.filter = vec![0; 1 << word_bits];
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
            if other.block == EMPTY {
                self.slots[at] = Slot { weak, block };
                let (word, mask) = self.filter_place(weak);
                self.filter[word] |= mask;
                return;
            }
            // The first of equal blocks stands for all of them.
            if other.weak == weak && self.strong(other.block) == self.strong(block) {
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

    /// Where the filter tells of a weak sum: a word, and two bits that are both set if it may be
    /// there.
    #[inline]
    const fn filter_place(&self, weak: u32) -> (usize, u64) {
        let hash = spread(weak);
        let mask = 1 << (hash & 63) | 1 << (hash >> 6 & 63);
        ((hash >> 12) as usize & (self.filter.len() - 1), mask)
    }

    /// Says whether any block has this weak sum.
    #[inline]
    pub(super) fn has(&self, weak: u32) -> bool {
        let (word, mask) = self.filter_place(weak);
        self.filter[word] & mask == mask && self.is_listed(weak)
    }

    #[cold]
    #[inline(never)]
    fn is_listed(&self, weak: u32) -> bool {
        self.probes(weak).any(|slot| slot.weak == weak)
    }

    /// Slides a window until its weak sum is that of a block.
    ///
    /// With each move a byte of `leaving` leaves and one of `entering` enters. Returns the number of
    /// moves, or `None` if they were all made in vain.
    // The loop of all loops: on its own it has the processor's registers for itself.
    #[inline(never)]
    pub(super) fn slide(
        &self,
        sum: &mut Rolling,
        leaving: &[u8],
        entering: &[u8],
    ) -> Option<usize> {
        let mut moved = *sum;
        let found = leaving.iter().zip(entering).position(|(&first, &next)| {
            moved.rotate(first, next);
            self.has(moved.digest())
        });
        *sum = moved;
        found.map(|before| before + 1)
    }

    /// The block that equals a window.
    pub(super) fn find(&self, weak: u32, window: &mut Window<'_>) -> Option<u32> {
        self.probes(weak)
            .filter(|slot| slot.weak == weak)
            .find(|slot| self.is(slot.block, weak, window))
            .map(|slot| slot.block)
    }

    /// The slots where blocks of this weak sum may be.
    fn probes(&self, weak: u32) -> impl Iterator<Item = Slot> {
        let start = self.slot(weak);
        (0..PROBES)
            .map(move |probe| self.slots[(start + probe) & (self.slots.len() - 1)])
            .take_while(|slot| slot.block != EMPTY)
    }

    /// Says whether these windows equal the blocks from `first` on, one by one.
    ///
    /// The windows must be of a length that is a multiple of 64.
    pub(super) fn is_run(&self, first: u32, windows: [&[u8]; strong::LANES]) -> bool {
        let weak = |window: &&[u8]| Rolling::of(window).digest();
        let start = first as usize;
        let expected = self.weak.get(start..start + strong::LANES);
        expected.is_some_and(|expected| expected.iter().copied().eq(windows.iter().map(weak)))
            && (first..)
                .zip(strong::sums(windows))
                .all(|(block, sum)| self.strong(block) == &sum[..self.strong_len])
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
