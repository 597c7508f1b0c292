//! Host names of rows as texts, whatever bytes somebody has stored.
//!
//! The text of a usual name is the name. A stored byte that has no place in it (it is no UTF-8, or
//! csync2 would have encoded it otherwise) becomes the character U+10FF00 + byte, of an area that
//! no name uses. So each stored name has a text of its own, and can be paged behind, cleared and
//! copied by it.
use csync3_core::wire::escape;
use std::borrow::Cow;

/// The character of byte 0; those of all bytes are for private use.
const FIRST: u32 = 0x0010_FF00;

/// The text of a stored name.
#[must_use]
pub fn text(stored: &[u8]) -> String {
    let decoded = escape::decode(stored);
    if let Ok(usual) = std::str::from_utf8(&decoded)
        && !usual.chars().any(is_byte)
        && *escape::encode(&decoded) == *stored
    {
        return usual.to_owned();
    }
    let (mut text, mut usual, mut rest) = (String::new(), Vec::new(), stored);
    while let Some(&byte) = rest.first() {
        let length = if let Some(decoded) = escaped(rest) {
            usual.push(decoded);
            3
        } else if escape::is_special(byte) || byte == 0 {
            add_usual(&mut text, &std::mem::take(&mut usual));
            text.push(character(byte));
            1
        } else {
            usual.push(byte);
            1
        };
        rest = &rest[length..];
    }
    add_usual(&mut text, &usual);
    text
}

/// The stored name of a text.
#[must_use]
pub fn stored(text: &str) -> Cow<'_, [u8]> {
    if !text.chars().any(is_byte) {
        return escape::encode(text.as_bytes());
    }
    let mut stored = Vec::with_capacity(text.len());
    for letter in text.chars() {
        match byte(letter) {
            Some(byte) => stored.push(byte),
            None => escape::encode_into(letter.encode_utf8(&mut [0; 4]).as_bytes(), &mut stored),
        }
    }
    Cow::Owned(stored)
}

/// The bytes that csync2 prints for a text.
#[must_use]
pub fn printed(text: &str) -> Cow<'_, [u8]> {
    if !text.chars().any(is_byte) {
        return Cow::Borrowed(text.as_bytes());
    }
    Cow::Owned(escape::decode(&stored(text)).into_owned())
}

/// The byte of an escape at the beginning that csync2 would have written.
fn escaped(stored: &[u8]) -> Option<u8> {
    let escape = stored.get(..3)?;
    let decoded = escape::decode(escape);
    match *decoded {
        [byte] if *escape::encode(&[byte]) == *escape => Some(byte),
        _ => None,
    }
}

/// Adds decoded bytes.
fn add_usual(text: &mut String, usual: &[u8]) {
    for chunk in usual.utf8_chunks() {
        for letter in chunk.valid().chars() {
            match is_byte(letter) {
                true => text.extend(letter.encode_utf8(&mut [0; 4]).bytes().map(character)),
                false => text.push(letter),
            }
        }
        text.extend(chunk.invalid().iter().copied().map(character));
    }
}

fn is_byte(letter: char) -> bool {
    u32::from(letter) >= FIRST
}

fn byte(letter: char) -> Option<u8> {
    u32::from(letter).checked_sub(FIRST).and_then(|byte| u8::try_from(byte).ok())
}

fn character(byte: u8) -> char {
    char::from_u32(FIRST + u32::from(byte)).expect("the last characters that there are")
}

#[cfg(test)]
mod tests {
    use super::{printed, stored, text};
    use proptest::prelude::*;

    #[test]
    fn a_usual_name_is_its_own_text() {
        for name in ["node1.example", "n\u{f6}de", "a b", "%", "\u{10FEFF}"] {
            let kept = stored(name).into_owned();
            assert_eq!(text(&kept), name);
            assert_eq!(*printed(name), *name.as_bytes());
        }
    }

    #[test]
    fn an_odd_name_is_printed_as_csync2_prints_it() {
        for (kept, wanted) in
            [(&b"p\xff"[..], &b"p\xff"[..]), (b"p%2b", b"p+"), (b"p%zz", b"p"), (b"p q%", b"p q%")]
        {
            assert_eq!(*printed(&text(kept)), *wanted);
        }
    }

    proptest! {
        #[test]
        fn each_stored_name_has_a_text_of_its_own(
            kept in prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..20),
                "[%a-fA-F0-9 \u{f6}\u{10FF41}\u{10FFFF}]{0,20}".prop_map(String::into_bytes),
            ],
        ) {
            prop_assert_eq!(stored(&text(&kept)).into_owned(), kept);
        }
    }
}
