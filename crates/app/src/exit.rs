//! Exit codes.
//!
//! # Source
//! `spec/cli.md` 4.
use crate::cli::{InSync, ServeMode, Test, Verb};

/// What a verb has done, as far as the exit code depends on it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Rows that a listing printed, differences that an in-sync test found, or problems that a doctor
    /// found; `None` if the verb does none of it.
    pub printed_rows: Option<u64>,
}

/// Everything went well.
pub const SUCCESS: u8 = 0;
/// A problem was counted, or nothing could be done at all.
pub const FAILURE: u8 = 1;
/// A listing had nothing to show, or all that was tested is in sync.
pub const NOTHING: u8 = 2;

/// The exit code of a verb that came to its end with so many problems.
#[must_use]
pub const fn code(verb: &Verb, outcome: Outcome, problems: u64) -> u8 {
    if problems == 0
        && let Some(code) = code_of_one_content(verb)
    {
        return code;
    }
    match outcome.printed_rows {
        // It was told to stop; what went wrong in a session was that session's, and was told.
        _ if matches!(verb, Verb::Serve(ServeMode::Daemon)) => SUCCESS,
        _ if problems > 0 => FAILURE,
        // Its rows are problems.
        Some(1..) if matches!(verb, Verb::Doctor { .. } | Verb::Db(_)) => FAILURE,
        Some(0) if lists_rows(verb) => NOTHING,
        _ => SUCCESS,
    }
}

/// The code of `-TT FILE` and of `-TT MYNAME PEER FILE`, which say nothing of what was found.
const fn code_of_one_content(verb: &Verb) -> Option<u8> {
    match verb {
        Verb::InSync(InSync { test: Test::Contents, pair: Some(_), file: Some(_) }) => {
            Some(SUCCESS)
        }
        Verb::InSync(InSync { test: Test::Contents, pair: None, file: Some(_) }) => Some(NOTHING),
        _ => None,
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
            | Verb::InSync(_)
            | Verb::Resolve { side: None, .. }
    )
}

#[cfg(test)]
mod tests {
    use super::{Outcome, code};
    use crate::cli::{DbCommand, InSync, ServeMode, Side, Test, Verb};

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
            (Verb::Serve(ServeMode::Inetd), None, 1, 1),
            (Verb::Serve(ServeMode::Once), None, 1, 1),
            (Verb::Serve(ServeMode::Daemon), None, 1, 0),
            (Verb::Status, None, 0, 0),
            (Verb::Doctor { files: vec![], ask_peers: true }, Some(0), 0, 0),
            (Verb::Doctor { files: vec![], ask_peers: true }, Some(2), 0, 1),
            (Verb::Db(DbCommand::Check { url: None }), Some(0), 0, 0),
            (Verb::Db(DbCommand::Check { url: None }), Some(1), 0, 1),
            (Verb::Db(DbCommand::Vacuum { url: None }), None, 0, 0),
            (Verb::Resolve { files: vec![], side: None }, Some(0), 0, 2),
            (Verb::Resolve { files: vec![], side: Some(Side::Mine) }, None, 0, 0),
        ];
        let in_sync = |test, pair: bool, file: bool| {
            let pair = pair.then(|| ("a".into(), "b".into()));
            Verb::InSync(InSync { test, pair, file: file.then(|| "/f".into()) })
        };
        let tests = [
            (in_sync(Test::Rows, false, false), [2, 0, 1]),
            (in_sync(Test::Rows, true, true), [2, 0, 1]),
            (in_sync(Test::Contents, false, false), [2, 0, 1]),
            (in_sync(Test::Contents, true, false), [2, 0, 1]),
            (in_sync(Test::Contents, false, true), [2, 2, 1]),
            (in_sync(Test::Contents, true, true), [0, 0, 1]),
        ];
        let tests = tests.into_iter().flat_map(|(verb, [same, different, failed])| {
            [(0, 0, same), (7, 0, different), (7, 1, failed)]
                .map(|(rows, problems, code)| (verb.clone(), Some(rows), problems, code))
        });
        for (verb, printed_rows, problems, expected) in table.into_iter().chain(tests) {
            let found = code(&verb, Outcome { printed_rows }, problems);
            assert_eq!(found, expected, "{verb:?}, {printed_rows:?}, {problems}");
        }
    }
}
