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
/// A problem was counted, or nothing could be done at all.
pub const FAILURE: u8 = 1;
/// A listing had nothing to show.
pub const NOTHING: u8 = 2;

/// The exit code of a verb that came to its end with so many problems.
#[must_use]
pub const fn code(verb: &Verb, outcome: Outcome, problems: u64) -> u8 {
    match outcome.printed_rows {
        _ if problems > 0 => FAILURE,
        Some(0) if lists_rows(verb) => NOTHING,
        _ => SUCCESS,
    }
}

/// Says whether an empty answer of this verb has an exit code of its own; `-o` has none.
const fn lists_rows(verb: &Verb) -> bool {
    matches!(
        verb,
        Verb::ListHints
            | Verb::ListFiles
            | Verb::ListDirty
            | Verb::ListPair { .. }
            | Verb::Resolve { side: None, .. }
    )
}

#[cfg(test)]
mod tests {
    use super::{Outcome, code};
    use crate::cli::{Side, Verb};

    #[test]
    fn exit_codes_are_those_of_csync() {
        let pair = Verb::ListPair { myname: "a".into(), peer: "b".into() };
        let table = [
            (Verb::ListHints, Some(0), 0, 2),
            (Verb::ListFiles, Some(0), 0, 2),
            (Verb::ListDirty, Some(0), 0, 2),
            (pair, Some(0), 0, 2),
            (Verb::ListDirty, Some(1), 0, 0),
            (Verb::ListDirty, Some(0), 1, 1),
            (Verb::ListDirty, Some(1), 1, 1),
            (Verb::Compare(vec![]), Some(0), 0, 0),
            (Verb::Check(vec![]), None, 0, 0),
            (Verb::Update(vec![]), None, 3, 1),
            (Verb::CleanUp, None, 0, 0),
            (Verb::Status, None, 0, 0),
            (Verb::Resolve { files: vec![], side: None }, Some(0), 0, 2),
            (Verb::Resolve { files: vec![], side: Some(Side::Mine) }, None, 0, 0),
        ];
        for (verb, printed_rows, problems, expected) in table {
            let found = code(&verb, Outcome { printed_rows }, problems);
            assert_eq!(found, expected, "{verb:?}, {printed_rows:?}, {problems}");
        }
    }
}
