//! Group keys.
use std::fmt;

/// The shared secret of a group.
#[derive(Clone)]
pub struct Key(Box<[u8]>);

/// Why the text of a key file is not a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The file has no first line.
    #[error("cannot find a key in the file")]
    Empty,
    /// The first line has a byte that no key may have.
    #[error("cannot use character {byte:#04x} in a key")]
    Character {
        /// The byte.
        byte: u8,
    },
    /// The first line is shorter than [`Key::SHORTEST`] bytes.
    #[error("cannot use a key of {length} characters")]
    Short {
        /// The length found, in bytes.
        length: usize,
    },
}

impl Key {
    /// The shortest key, in bytes.
    pub const SHORTEST: usize = 32;

    /// The longest part of a first line that is read, in bytes.
    pub const LONGEST: usize = 1023;

    /// Takes the key from the text of a key file: its first line.
    ///
    /// # Errors
    /// [`KeyError`], in the order in which csync2 checks.
    ///
    /// # Source
    /// `spec/config.md` 3: `A-Za-z0-9._`, at least 32 of them; a carriage return is not allowed.
    pub fn parse(text: &[u8]) -> Result<Self, KeyError> {
        let text = &text[..text.len().min(Self::LONGEST)];
        if text.is_empty() {
            return Err(KeyError::Empty);
        }
        let line = memchr::memchr2(b'\n', 0, text).map_or(text, |end| &text[..end]);
        let legal = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_');
        if let Some(&byte) = line.iter().find(|byte| !legal(byte)) {
            return Err(KeyError::Character { byte });
        }
        if line.len() < Self::SHORTEST {
            return Err(KeyError::Short { length: line.len() });
        }
        Ok(Self(line.into()))
    }

    /// Says whether a peer showed this key, in a time that does not depend on where they differ.
    #[must_use]
    pub fn matches(&self, presented: &[u8]) -> bool {
        constant_time_eq::constant_time_eq(&self.0, presented)
    }

    /// The bytes, for the wire.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(hidden)")
    }
}
