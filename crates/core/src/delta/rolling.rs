//! The weak sum of librsync's MD4 signatures: cheap to move on by one byte.

/// What librsync adds to each byte, so that a run of zeros has a sum too.
const BYTE_OFFSET: u32 = 31;

/// The weak sum of a window of bytes.
///
/// With `s1` the sum of all bytes (each plus 31) and `s2` the sum of all intermediate values of
/// `s1`, both modulo 2^16, the sum is `s2 * 2^16 + s1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rolling {
    // Both are kept modulo 2^32, of which 2^16 is a divisor.
    s1: u32,
    s2: u32,
    length: u32,
}

/// Bytes summed at once; the weights of one such piece fit a register of the processor.
const PIECE: usize = 32;

impl Rolling {
    /// The sum of a window.
    #[must_use]
    #[allow(clippy::cast_possible_truncation)]
    pub fn of(window: &[u8]) -> Self {
        let mut sum = Self::default();
        let (pieces, rest) = window.as_chunks::<PIECE>();
        for piece in pieces {
            sum.add_piece(piece);
        }
        // Only differences modulo 2^16 matter, so a cut of the length does no harm.
        let whole = (pieces.len() * PIECE) as u32;
        sum.length = whole;
        sum.s1 = sum.s1.wrapping_add(whole.wrapping_mul(BYTE_OFFSET));
        let triangle = (u64::from(whole) * (u64::from(whole) + 1) / 2) as u32;
        sum.s2 = sum.s2.wrapping_add(triangle.wrapping_mul(BYTE_OFFSET));
        for &byte in rest {
            sum.roll_in(byte);
        }
        sum
    }

    /// Adds the plain bytes of one piece, without the offset of each.
    fn add_piece(&mut self, piece: &[u8; PIECE]) {
        let (mut plain, mut weighted) = (0_u32, 0_u32);
        let mut weight = PIECE as u32;
        for &byte in piece {
            plain += u32::from(byte);
            weighted += u32::from(byte) * weight;
            weight -= 1;
        }
        let before = self.s1.wrapping_mul(PIECE as u32);
        self.s2 = self.s2.wrapping_add(before).wrapping_add(weighted);
        self.s1 = self.s1.wrapping_add(plain);
    }

    /// Lets a byte enter at the end: the window grows.
    pub fn roll_in(&mut self, byte: u8) {
        self.s1 = self.s1.wrapping_add(u32::from(byte) + BYTE_OFFSET);
        self.s2 = self.s2.wrapping_add(self.s1);
        self.length = self.length.wrapping_add(1);
    }

    /// Lets the first byte leave: the window shrinks.
    pub fn roll_out(&mut self, byte: u8) {
        let value = u32::from(byte) + BYTE_OFFSET;
        self.s1 = self.s1.wrapping_sub(value);
        self.s2 = self.s2.wrapping_sub(value.wrapping_mul(self.length));
        self.length = self.length.wrapping_sub(1);
    }

    /// Moves the window on by one byte: `first` leaves, `next` enters.
    #[inline]
    pub fn rotate(&mut self, first: u8, next: u8) {
        let left = u32::from(first) + BYTE_OFFSET;
        self.s1 = self.s1.wrapping_add(u32::from(next)).wrapping_sub(u32::from(first));
        self.s2 = self.s2.wrapping_add(self.s1).wrapping_sub(left.wrapping_mul(self.length));
    }

    /// The sum as signatures hold it.
    #[inline]
    #[must_use]
    pub fn digest(self) -> u32 {
        self.s2 << 16 | self.s1 & 0xffff
    }
}

#[cfg(test)]
mod tests {
    use super::Rolling;
    use proptest::prelude::*;

    fn bytewise(window: &[u8]) -> Rolling {
        let mut sum = Rolling::default();
        for &byte in window {
            sum.roll_in(byte);
        }
        sum
    }

    #[test]
    fn the_sum_is_that_of_librsync() {
        // "hello" as `rdiff -R rollsum -H md4 signature` sums it up.
        assert_eq!(Rolling::of(b"hello").digest(), 0x07f8_02af);
        assert_eq!(Rolling::of(b"").digest(), 0);
    }

    proptest! {
        #[test]
        fn a_window_summed_at_once_equals_one_summed_bytewise(
            window in proptest::collection::vec(any::<u8>(), 0..3000),
        ) {
            prop_assert_eq!(Rolling::of(&window), bytewise(&window));
        }

        #[test]
        fn a_moved_window_equals_a_fresh_one(
            bytes in proptest::collection::vec(any::<u8>(), 2..500),
            length in 1usize..100,
        ) {
            let length = length.min(bytes.len() - 1);
            let mut moved = Rolling::of(&bytes[..length]);
            for at in 0..bytes.len() - length {
                moved.rotate(bytes[at], bytes[at + length]);
            }
            let tail = &bytes[bytes.len() - length..];
            prop_assert_eq!(moved, Rolling::of(tail));
            moved.roll_out(tail[0]);
            prop_assert_eq!(moved, Rolling::of(&tail[1..]));
        }
    }
}
