//! Byte queues that grow with what passes through them and shrink when nothing does.

/// First size of an input buffer, enough for commands and replies.
const SMALL: usize = 4 * 1024;
/// Size that a stream of blocks lets it grow to.
const LARGE: usize = 256 * 1024;

/// Bytes that came in and are not taken yet.
#[derive(Debug, Default)]
pub(crate) struct Input {
    bytes: Vec<u8>,
    start: usize,
    /// Whether the last read left no room, so that more may have been waiting.
    was_filled: bool,
}

impl Input {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len() - self.start
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes `length` bytes off the front, or all there are.
    pub(crate) fn take(&mut self, length: usize) -> &[u8] {
        let from = self.start;
        self.start += length.min(self.len());
        &self.bytes[from..self.start]
    }

    /// The buffer to append to, with room for a read.
    pub(crate) fn room(&mut self) -> &mut Vec<u8> {
        if self.is_empty() {
            self.bytes.clear();
            self.start = 0;
        }
        let capacity = self.bytes.capacity();
        let free = capacity - self.bytes.len();
        if self.was_filled || free < SMALL / 2 {
            self.bytes.drain(..self.start);
            self.start = 0;
            let wanted = match capacity {
                0 => SMALL,
                _ if self.was_filled => (capacity * 4).clamp(SMALL, LARGE),
                _ => capacity,
            };
            let least = self.bytes.len() + SMALL;
            let target = wanted.max(least);
            self.bytes.reserve_exact(target - self.bytes.len());
            self.was_filled = false;
        }
        &mut self.bytes
    }

    /// Notes that a read into [`Self::room`] is over.
    pub(crate) fn note_read(&mut self) {
        self.was_filled = self.bytes.len() == self.bytes.capacity();
    }

    /// Gives the memory back if nothing is held in it.
    pub(crate) fn release(&mut self) {
        if self.is_empty() {
            *self = Self::default();
        }
    }
}

/// Bytes to go out.
#[derive(Debug, Default)]
pub(crate) struct Output {
    bytes: Vec<u8>,
    written: usize,
}

impl Output {
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[self.written..]
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len() - self.written
    }

    /// Notes that `length` more bytes are out.
    pub(crate) fn advance(&mut self, length: usize) {
        self.written += length;
        if self.written >= self.bytes.len() {
            self.bytes.clear();
            self.written = 0;
            self.bytes.shrink_to(2 * LARGE);
        }
    }

    /// Gives the memory back if nothing is held in it.
    pub(crate) fn release(&mut self) {
        if self.len() == 0 {
            *self = Self::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Input, LARGE, Output, SMALL};

    fn receive(input: &mut Input, length: usize) {
        let room = input.room();
        assert!(room.capacity() - room.len() >= SMALL / 2, "no room");
        let length = length.min(room.capacity() - room.len());
        room.extend((0..length).map(|byte| byte as u8));
        input.note_read();
    }

    #[test]
    fn a_buffer_is_small_until_it_is_filled() {
        let mut input = Input::default();
        assert_eq!(input.bytes.capacity(), 0);
        for _ in 0..100 {
            receive(&mut input, 100);
            input.take(100);
        }
        assert_eq!(input.bytes.capacity(), SMALL);
    }

    #[test]
    fn a_stream_gets_a_large_buffer_and_no_larger_one() {
        let mut input = Input::default();
        for _ in 0..100 {
            receive(&mut input, usize::MAX);
            input.take(usize::MAX);
        }
        assert_eq!(input.bytes.capacity(), LARGE);
        input.release();
        assert_eq!(input.bytes.capacity(), 0);
    }

    #[test]
    fn bytes_not_taken_are_kept_whatever_comes() {
        let mut input = Input::default();
        receive(&mut input, 3000);
        input.take(10);
        for _ in 0..20 {
            receive(&mut input, usize::MAX);
        }
        input.release();
        assert_eq!(input.bytes()[..3], [10, 11, 12]);
        let length = input.len();
        assert_eq!(input.take(usize::MAX).len(), length);
        assert!(input.is_empty());
    }

    #[test]
    fn what_is_out_is_not_sent_again() {
        let mut output = Output::default();
        output.push(b"abc");
        output.advance(1);
        output.push(b"d");
        assert_eq!(output.bytes(), b"bcd");
        output.advance(3);
        assert_eq!((output.len(), output.written), (0, 0));
    }
}
