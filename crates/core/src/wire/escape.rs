//! The URL-like encoding of words on the wire and of values in the database.
//!
//! # Source
//! csync2 `urlencode.c`; `spec/wire.md` 2, verified against csync2 2.1.
use std::borrow::Cow;

/// Says whether csync2 encodes this byte: control characters, space, DEL and ``" ' % $ : | \``.
#[must_use]
pub const fn is_special(byte: u8) -> bool {
    matches!(byte, 0x01..=0x20 | 0x7f | b'"' | b'\'' | b'%' | b'$' | b':' | b'|' | b'\\')
}

const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// Appends the encoded form of `raw` to `out`.
pub fn encode_into(raw: &[u8], out: &mut Vec<u8>) {
    for &byte in raw {
        if is_special(byte) {
            out.extend([b'%', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
        } else {
            out.push(byte);
        }
    }
}

/// The encoded form of `raw`; borrowed when nothing needs encoding.
#[must_use]
pub fn encode(raw: &[u8]) -> Cow<'_, [u8]> {
    if !raw.iter().copied().any(is_special) {
        return Cow::Borrowed(raw);
    }
    let mut out = Vec::with_capacity(raw.len() + 16);
    encode_into(raw, &mut out);
    Cow::Owned(out)
}

/// The decoded form of `encoded`; borrowed when it holds no `%`.
///
/// `%` with fewer than two bytes after it stays. A pair that is not hexadecimal decodes as C's
/// `strtol` reads it (one digit: its value, none: 0), and a zero ends the word.
#[must_use]
pub fn decode(encoded: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(b'%', encoded).is_none() {
        return Cow::Borrowed(encoded);
    }
    let mut out = Vec::with_capacity(encoded.len());
    let mut rest = encoded;
    while let Some((&byte, tail)) = rest.split_first() {
        if byte == b'%' && tail.len() >= 2 {
            match hex_pair(tail[0], tail[1]) {
                0 => break,
                value => out.push(value),
            }
            rest = &tail[2..];
        } else {
            out.push(byte);
            rest = tail;
        }
    }
    Cow::Owned(out)
}

/// What `strtol(pair, NULL, 16)` makes of two bytes, for the digits alone.
fn hex_pair(high: u8, low: u8) -> u8 {
    match (hex_digit(high), hex_digit(low)) {
        (Some(high), Some(low)) => high << 4 | low,
        (Some(high), None) => high,
        (None, _) => 0,
    }
}

/// The value of a hexadecimal digit.
pub(crate) fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};
    use proptest::prelude::*;

    #[test]
    fn words_are_encoded_as_csync2_does() {
        assert_eq!(&*encode(b"%demodir%/a b"), b"%25demodir%25/a%20b");
        assert_eq!(&*encode(b"\x7f\"'$:|\\\n"), b"%7F%22%27%24%3A%7C%5C%0A");
        assert_eq!(&*encode(b";&()<>*?[]#!~`{},=+@/\x80\xff"), b";&()<>*?[]#!~`{},=+@/\x80\xff");
    }

    #[test]
    fn a_broken_escape_decodes_as_csync2_reads_it() {
        assert_eq!(&*decode(b"a%2"), b"a%2");
        assert_eq!(&*decode(b"a%"), b"a%");
        assert_eq!(&*decode(b"a%zzb"), b"a");
        assert_eq!(&*decode(b"a%00b"), b"a");
        assert_eq!(&*decode(b"a%4zb"), b"a\x04b");
        assert_eq!(&*decode(b"a%2fb"), b"a/b");
    }

    proptest! {
        #[test]
        fn decoding_undoes_encoding(raw in proptest::collection::vec(1u8.., 0..64)) {
            let encoded = encode(&raw).into_owned();
            prop_assert_eq!(decode(&encoded).into_owned(), raw);
        }
    }
}
