//! Where a line ends and how it falls into words.
//!
//! # Source
//! csync2 `daemon.c`, `conn.c`; `spec/wire.md` 2.
use crate::wire::escape;
use std::borrow::Cow;

/// Longest line a csync2 server takes, with its LF: every command must fit.
pub const COMMAND_LIMIT: usize = 16_383;
/// Longest reply a csync2 client takes, with its LF.
pub const REPLY_LIMIT: usize = 4_095;
/// Longest checktxt line a csync2 client takes, with its LF.
pub const CHECKTXT_LIMIT: usize = 16_383;
/// Longest row of a `LIST` answer a csync2 client takes, with its LF.
pub const LIST_ROW_LIMIT: usize = 2_047;
/// Longest data header csync2 takes, with its LF.
pub const BLOCK_HEADER_LIMIT: usize = 99;
/// Words of a command line that csync2 looks at, the command word included.
pub const WORD_LIMIT: usize = 31;

/// What the front of a buffer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scan<'a> {
    /// No end of line yet, and room for more within the limit.
    Incomplete,
    /// A whole line.
    Line {
        /// The line without its LF; a CR before it stays.
        line: &'a [u8],
        /// Bytes the line takes in the buffer, LF included.
        taken: usize,
    },
    /// The line cannot fit the limit.
    TooLong,
}

/// Looks for a line of at most `limit` bytes (with its LF) at the front of `buffer`.
#[must_use]
pub fn scan(buffer: &[u8], limit: usize) -> Scan<'_> {
    let window = &buffer[..buffer.len().min(limit)];
    match memchr::memchr(b'\n', window) {
        Some(end) => Scan::Line { line: &buffer[..end], taken: end + 1 },
        None if buffer.len() >= limit => Scan::TooLong,
        None => Scan::Incomplete,
    }
}

/// The decoded words of a line: split at space, TAB, CR and LF, at most [`WORD_LIMIT`] of them.
///
/// A run of separators counts as one, so no word is empty before decoding.
pub fn words(line: &[u8]) -> impl Iterator<Item = Cow<'_, [u8]>> {
    line.split(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
        .filter(|word| !word.is_empty())
        .take(WORD_LIMIT)
        .map(escape::decode)
}

#[cfg(test)]
mod tests {
    use super::{Scan, WORD_LIMIT, scan, words};

    #[test]
    fn a_line_may_fill_its_limit_but_not_pass_it() {
        assert_eq!(scan(b"", 4), Scan::Incomplete);
        assert_eq!(scan(b"abc", 4), Scan::Incomplete);
        assert_eq!(scan(b"abcd", 4), Scan::TooLong);
        assert_eq!(scan(b"abcd\n", 4), Scan::TooLong);
        let whole = Scan::Line { line: b"abc", taken: 4 };
        assert_eq!(scan(b"abc\nxyz\n", 4), whole);
    }

    #[test]
    fn an_end_of_line_beyond_the_limit_does_not_count() {
        assert_eq!(scan(b"\n", 0), Scan::TooLong);
        assert_eq!(scan(&[b'x'; 100], 100), Scan::TooLong);
    }

    #[test]
    fn words_are_split_at_blanks_and_decoded() {
        let split: Vec<_> = words(b" SIG\t k%20y  /a\r").collect();
        assert_eq!(split, [&b"SIG"[..], b"k y", b"/a"]);
    }

    #[test]
    fn words_beyond_the_limit_are_dropped() {
        let line = "x ".repeat(WORD_LIMIT + 9);
        assert_eq!(words(line.as_bytes()).count(), WORD_LIMIT);
    }
}
