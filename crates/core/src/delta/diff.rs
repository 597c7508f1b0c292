//! Finds the blocks of a signature in a new file.
//!
//! A window of one block slides over the new file byte by byte. Where it equals a block the other
//! side has, the plan gets a copy and the window jumps behind it.
use crate::delta::index::{Index, Window};
use crate::delta::plan::Plan;
use crate::delta::rolling::Rolling;
use crate::delta::signature::Signature;
use crate::delta::strong::LANES;
use std::array::from_fn;

/// Compares a new file, fed in pieces, with the signature of the old one.
///
/// Keeps less than a block and a piece of the file, and the plan: at most two steps per block.
#[derive(Debug)]
pub struct Differ<'a> {
    index: &'a Index,
    block_len: usize,
    /// Bytes of the file that are not planned yet.
    buffer: Vec<u8>,
    /// The sum of the window at the start of the buffer, when it is known to equal no block.
    tested: Option<Rolling>,
    /// The block after the one found last.
    expected: u32,
    plan: Plan,
}

impl<'a> Differ<'a> {
    /// A comparison at the start of the new file.
    #[must_use]
    pub fn new(signature: &'a Signature) -> Self {
        Self {
            index: signature.index(),
            block_len: signature.block_len(),
            buffer: Vec::new(),
            tested: None,
            expected: 0,
            plan: Plan::default(),
        }
    }

    /// Takes the next bytes of the new file.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.index.len() == 0 {
            self.plan.literal(bytes.len() as u64);
            return;
        }
        self.buffer.extend_from_slice(bytes);
        let buffer = std::mem::take(&mut self.buffer);
        let done = self.scan(&buffer);
        self.buffer = buffer;
        self.buffer.drain(..done);
    }

    /// Ends the new file and gives the plan.
    #[must_use]
    pub fn finish(mut self) -> Plan {
        let tail = std::mem::take(&mut self.buffer);
        let mut window = &tail[..];
        let found = self.index.last().and_then(|last| {
            let mut sum = Rolling::of(window);
            while !window.is_empty() {
                if self.index.is(last, sum.digest(), &mut Window::new(window)) {
                    return Some(last);
                }
                sum.roll_out(window[0]);
                window = &window[1..];
            }
            None
        });
        self.plan.literal((tail.len() - window.len()) as u64);
        match found {
            Some(last) => self.plan.copy(self.offset(last), window.len() as u64),
            None => self.plan.literal(window.len() as u64),
        }
        self.plan
    }

    /// Plans as much of the buffer as whole windows tell; returns how many bytes that is.
    fn scan(&mut self, buffer: &[u8]) -> usize {
        let mut at = 0;
        // A sum here means: the window at `at` equals no block and has to move first.
        let mut tested = self.tested.take();
        while let Some(window) = buffer.get(at..at + self.block_len) {
            let Some(mut sum) = tested.take() else {
                let run = self.take_run(&buffer[at..]);
                if run > 0 {
                    at += run;
                    continue;
                }
                let sum = Rolling::of(window);
                if self.take_block(sum.digest(), window) {
                    at += self.block_len;
                } else {
                    tested = Some(sum);
                }
                continue;
            };
            let (moved, candidate) = self.slide(&mut sum, &buffer[at..]);
            self.plan.literal(moved as u64);
            at += moved;
            let window = &buffer[at..at + self.block_len];
            if candidate && self.take_block(sum.digest(), window) {
                at += self.block_len;
                continue;
            }
            tested = Some(sum);
            if !candidate {
                break;
            }
        }
        self.tested = tested;
        at
    }

    /// Moves the window at the start of `bytes` on, to the first that may equal a block.
    ///
    /// Returns how far it moved, and `false` if it came to the end of the bytes instead.
    fn slide(&self, sum: &mut Rolling, bytes: &[u8]) -> (usize, bool) {
        let entering = &bytes[self.block_len..];
        match self.index.slide(sum, bytes, entering) {
            Some(moves) => (moves, true),
            None => (entering.len(), false),
        }
    }

    /// Plans a copy of several blocks if they are what is expected next; returns their length.
    ///
    /// Nothing is found here that [`Self::take_block`] would not find: it only takes longer.
    fn take_run(&mut self, bytes: &[u8]) -> usize {
        let length = self.block_len * LANES;
        if bytes.len() < length || !self.block_len.is_multiple_of(64) {
            return 0;
        }
        let windows = from_fn(|lane| &bytes[lane * self.block_len..][..self.block_len]);
        if !self.index.is_run(self.expected, windows) {
            return 0;
        }
        self.plan.copy(self.offset(self.expected), length as u64);
        self.expected += LANES as u32;
        length
    }

    /// Plans a copy if the window equals a block.
    fn take_block(&mut self, weak: u32, window: &[u8]) -> bool {
        let mut window = Window::new(window);
        let expected = self.expected;
        let found = if self.index.is(expected, weak, &mut window) {
            Some(expected)
        } else if self.index.has(weak) {
            self.index.find(weak, &mut window)
        } else {
            None
        };
        if let Some(block) = found {
            self.plan.copy(self.offset(block), self.block_len as u64);
            self.expected = block + 1;
        }
        found.is_some()
    }

    /// Where a block is in the old file.
    fn offset(&self, block: u32) -> u64 {
        u64::from(block) * self.block_len as u64
    }
}

#[cfg(test)]
mod tests;
