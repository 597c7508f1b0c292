//! Exit codes.
//!
//! # Source
//! `spec/cli.md` 4.
use crate::cli::Verb;

/// What a verb has done, as far as the exit code depends on it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Rows that a listing printed; `None` if the verb lists nothing.
    pub printed_rows: Option<u64>,
}

/// Everything went well.
pub const SUCCESS: u8 = 0;
/// Something was counted as a problem, or nothing could be done at all.
pub const FAILURE: u8 = 1;
/// A listing had nothing to show.
pub const NOTHING: u8 = 2;

/// The exit code of a verb that came to its end with so many problems.
#[must_use]
pub const fn code(verb: &Verb, outcome: Outcome, problems: u64) -> u8 {
    let lists = matches!(
        verb,
        Verb::ListHints | Verb::ListFiles | Verb::ListDirty | Verb::ListPair { .. }
    );
    match outcome.printed_rows {
        _ if problems > 0 => FAILURE,
        Some(0) if lists => NOTHING,
        _ => SUCCESS,
    }
}
