//! The list of deliberate differences, as the tests use it.
use std::path::Path;

/// Demands that `docs/differences.md` has a row with this topic, or this D-number in a row.
#[track_caller]
pub(crate) fn assert_documented(why: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/differences.md");
    let text = std::fs::read_to_string(path).expect("the list is part of the repository");
    let mut rows = text.lines().filter(|line| line.starts_with('|'));
    let words = |line: &str| {
        line.split(|letter: char| !letter.is_ascii_alphanumeric()).any(|word| word == why)
    };
    let topic = format!("| {why} |");
    let is_number = why.starts_with('D') && why[1..].bytes().all(|byte| byte.is_ascii_digit());
    let found = rows.any(|line| if is_number { words(line) } else { line.starts_with(&topic) });
    assert!(found, "docs/differences.md does not tell about '{why}'");
}
