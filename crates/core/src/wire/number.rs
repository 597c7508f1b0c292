//! Numbers as C's `atoi` and `atoll` read them, which is how csync2 reads every number of a peer.

/// Reads a decimal number as C's `atoll` does: leading white space, one sign, digits up to the
/// first other byte; 0 without a digit, and the nearest bound when 64 bits do not hold it.
#[must_use]
pub fn atoll(text: &[u8]) -> i64 {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t'..=b'\r');
    let start = text.iter().position(|byte| !blank(byte));
    let text = &text[start.unwrap_or(text.len())..];
    let (negative, digits) = match text.split_first() {
        Some((b'-', digits)) => (true, digits),
        Some((b'+', digits)) => (false, digits),
        _ => (false, text),
    };
    let magnitude =
        digits.iter().take_while(|byte| byte.is_ascii_digit()).fold(0_i64, |sum, byte| {
            let digit = i64::from(byte - b'0');
            // Summed up below zero, where the range is larger by one.
            sum.saturating_mul(10).saturating_sub(digit)
        });
    if negative { magnitude } else { magnitude.saturating_neg() }
}

/// Reads a decimal number as glibc's `atoi` does: [`atoll`], cut to its low 32 bits.
#[must_use]
#[allow(clippy::cast_possible_truncation)]
pub fn atoi(text: &[u8]) -> i32 {
    atoll(text) as i32
}

#[cfg(test)]
mod tests {
    use super::{atoi, atoll};
    use proptest::prelude::*;

    #[test]
    fn numbers_are_read_as_c_reads_them() {
        assert_eq!(atoll(b""), 0);
        assert_eq!(atoll(b"-"), 0);
        assert_eq!(atoll(b"x1"), 0);
        assert_eq!(atoll(b" \t+12x3"), 12);
        assert_eq!(atoll(b"--1"), 0);
        assert_eq!(atoll(b"99999999999999999999"), i64::MAX);
        assert_eq!(atoll(b"-99999999999999999999"), i64::MIN);
        assert_eq!(atoi(b"4294967290"), -6);
        assert_eq!(atoi(b"99999999999999999999"), -1);
    }

    proptest! {
        #[test]
        fn reading_undoes_printing(number: i64) {
            prop_assert_eq!(atoll(number.to_string().as_bytes()), number);
        }
    }
}
