//! The header in front of a data block: `octet-stream N`.
//!
//! Exactly N bytes follow the header line, and nothing else. Who reads a block states the largest N
//! it takes.
//!
//! # Source
//! csync2 `rsync.c`; `spec/wire.md` 6.
use crate::wire::number;

/// What a header line announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockHeader {
    /// A block of this many bytes follows.
    Data(u64),
    /// The sender could not make the block; nothing follows.
    Failed,
    /// `ERROR`: the sender gives up on the file; nothing follows.
    Error,
}

/// Why a line is not the header of a block.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BlockError {
    /// The line is something else, a reply perhaps.
    #[error("cannot read data block: expected its header, got '{line}'")]
    NotAHeader {
        /// The line, printable.
        line: String,
    },
    /// More than the reader takes.
    #[error("cannot take data block of {length} bytes: the limit is {limit}")]
    TooLarge {
        /// The announced length in bytes.
        length: u64,
        /// The largest length the reader takes.
        limit: u64,
    },
}

const WORD: &[u8] = b"octet-stream ";
const ERROR: &[u8] = b"ERROR";

impl BlockHeader {
    /// Reads a header line (without its LF) of a block of at most `limit` bytes.
    ///
    /// # Errors
    /// [`BlockError`]; after either the stream has no known position any more.
    pub fn parse(line: &[u8], limit: u64) -> Result<Self, BlockError> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line == ERROR {
            return Ok(Self::Error);
        }
        let length = line
            .strip_prefix(WORD)
            .filter(|digits| is_number(digits))
            .map(number::atoll)
            .ok_or_else(|| BlockError::NotAHeader {
                line: String::from_utf8_lossy(line).escape_debug().to_string(),
            })?;
        match u64::try_from(length) {
            Err(_) => Ok(Self::Failed),
            Ok(length) if length > limit => Err(BlockError::TooLarge { length, limit }),
            Ok(length) => Ok(Self::Data(length)),
        }
    }

    /// Appends the header line with its LF to `out`.
    pub fn encode_into(self, out: &mut Vec<u8>) {
        match self {
            Self::Data(length) => {
                out.extend_from_slice(WORD);
                out.extend_from_slice(itoa::Buffer::new().format(length).as_bytes());
            }
            Self::Failed => out.extend_from_slice(b"octet-stream -1"),
            Self::Error => out.extend_from_slice(ERROR),
        }
        out.push(b'\n');
    }
}

fn is_number(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::{BlockError, BlockHeader};
    use proptest::prelude::*;

    #[test]
    fn a_negative_length_means_failure() {
        assert_eq!(BlockHeader::parse(b"octet-stream -1", 9), Ok(BlockHeader::Failed));
        assert_eq!(BlockHeader::parse(b"octet-stream -77\r", 9), Ok(BlockHeader::Failed));
        assert_eq!(BlockHeader::parse(b"ERROR", 9), Ok(BlockHeader::Error));
    }

    #[test]
    fn a_block_beyond_the_readers_limit_is_refused() {
        assert_eq!(BlockHeader::parse(b"octet-stream 9", 9), Ok(BlockHeader::Data(9)));
        let refused = BlockError::TooLarge { length: 10, limit: 9 };
        assert_eq!(BlockHeader::parse(b"octet-stream 10", 9), Err(refused));
    }

    #[test]
    fn anything_else_is_no_header() {
        for line in [
            &b""[..],
            b"OK (cmd_finished).",
            b"octet-stream",
            b"octet-stream ",
            b"octet-stream -",
            b"octet-stream 1x",
            b"octet-stream  1",
            b"ERRORS",
        ] {
            let refused = BlockHeader::parse(line, u64::MAX);
            assert!(matches!(refused, Err(BlockError::NotAHeader { .. })), "{refused:?}");
        }
    }

    proptest! {
        #[test]
        fn parsing_undoes_printing(length in 0..=i64::MAX as u64) {
            let mut line = Vec::new();
            BlockHeader::Data(length).encode_into(&mut line);
            let header = BlockHeader::parse(&line[..line.len() - 1], u64::MAX);
            prop_assert_eq!(header, Ok(BlockHeader::Data(length)));
        }
    }
}
