//! Unified diffs compared with those of GNU diff.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the tool to compare with is a process that works on files; the core itself has neither"
)]
use csync3_core::unified::{Unified, unified};
use proptest::prelude::*;
use std::fs;
use std::process::Command;
use tempfile::TempDir;

/// The hunks that `diff -u` prints; nothing for equal contents.
fn by_diff(old: &[u8], new: &[u8]) -> Vec<u8> {
    let directory = TempDir::new().expect("a temporary directory");
    let path = |name: &str| directory.path().join(name);
    fs::write(path("old"), old).expect("a writable file");
    fs::write(path("new"), new).expect("a writable file");
    let output = Command::new("diff")
        .args(["-u", "--label", "old", "--label", "new"])
        .args([path("old"), path("new")])
        .env("LC_ALL", "C")
        .output()
        .expect("cannot run diff: install the package `diffutils`");
    let header = b"--- old\n+++ new\n";
    output.stdout.strip_prefix(header).unwrap_or(&output.stdout).to_vec()
}

fn by_us(old: &[u8], new: &[u8]) -> Vec<u8> {
    match unified(old, new) {
        Unified::Identical => Vec::new(),
        Unified::Binary => b"Binary files old and new differ\n".to_vec(),
        Unified::Hunks(hunks) => hunks,
    }
}

/// The lines of one side of some hunks, with the number of the first, counted from 0.
fn side(hunks: &[u8], other: u8, at: usize) -> Vec<(usize, Vec<u8>)> {
    let mut sides: Vec<(usize, Vec<u8>)> = Vec::new();
    let mut kept = false;
    for line in hunks.split_inclusive(|byte| *byte == b'\n') {
        match line {
            [b'@', ..] => sides.push((first(line, at), Vec::new())),
            [b'\\', ..] if kept => {
                let (_, lines) = sides.last_mut().expect("a hunk begins with @@");
                assert_eq!(lines.pop(), Some(b'\n'));
            }
            [mark, rest @ ..] => {
                kept = *mark != other && *mark != b'\\';
                if kept {
                    let (_, lines) = sides.last_mut().expect("a hunk begins with @@");
                    lines.extend_from_slice(rest);
                }
            }
            [] => {}
        }
    }
    sides
}

/// The first line that an `@@` line names for one side, counted from 0.
fn first(line: &[u8], at: usize) -> usize {
    let line = std::str::from_utf8(line).expect("digits");
    let range = line.split(' ').nth(at).expect("two ranges")[1..].to_owned();
    let (start, count) = range.split_once(',').unwrap_or((&range, "1"));
    let start: usize = start.parse().expect("a number");
    if count == "0" { start } else { start - 1 }
}

/// What the hunks make of the old content.
fn patched(old: &[u8], hunks: &[u8]) -> Vec<u8> {
    let lines: Vec<&[u8]> = old.split_inclusive(|byte| *byte == b'\n').collect();
    let (from, to) = (side(hunks, b'+', 1), side(hunks, b'-', 2));
    let mut made = Vec::new();
    let mut at = 0;
    for ((start, removed), (_, added)) in from.into_iter().zip(to) {
        made.extend(lines[at..start].concat());
        at = start + removed.split_inclusive(|byte| *byte == b'\n').count();
        assert_eq!(lines[start..at].concat(), removed, "the old side of a hunk");
        made.extend(added);
    }
    made.extend(lines[at..].concat());
    made
}

fn text(lines: &[String], ended: bool) -> Vec<u8> {
    let mut text = lines.join("\n").into_bytes();
    if ended && !lines.is_empty() {
        text.push(b'\n');
    }
    text
}

/// An edit of a file whose lines are all different: which line, how many go, how many come.
fn edits() -> impl Strategy<Value = Vec<(usize, usize, usize)>> {
    proptest::collection::vec((0..60_usize, 0..4_usize, 0..4_usize), 0..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn an_edit_is_shown_as_diff_shows_it(length in 0..60_usize, edits in edits(), ended: [bool; 2]) {
        let old: Vec<String> = (0..length).map(|number| format!("line {number}")).collect();
        let mut new = old.clone();
        for (count, (at, gone, come)) in edits.into_iter().enumerate() {
            let at = at.min(new.len());
            let end = (at + gone).min(new.len());
            new.splice(at..end, (0..come).map(|number| format!("new {count} {number}")));
        }
        let (old, new) = (text(&old, ended[0]), text(&new, ended[1]));
        let (ours, theirs) = (by_us(&old, &new), by_diff(&old, &new));
        prop_assert_eq!(String::from_utf8_lossy(&ours), String::from_utf8_lossy(&theirs));
    }

    #[test]
    fn where_lines_repeat_the_diff_may_be_another_and_is_right(
        old in proptest::collection::vec("[ab{}]?", 0..25),
        new in proptest::collection::vec("[ab{}]?", 0..25),
        ended: [bool; 2],
    ) {
        let (old, new) = (text(&old, ended[0]), text(&new, ended[1]));
        let (ours, theirs) = (by_us(&old, &new), by_diff(&old, &new));
        prop_assert_eq!(&patched(&old, &ours), &new, "ours");
        prop_assert_eq!(&patched(&old, &theirs), &new, "theirs");
    }
}

#[test]
fn large_files_are_patched_right_too() {
    let line = |number: usize| format!("{}\n", number * 7919 % 1_009);
    let old: String = (0..20_000).map(line).collect();
    let new: String =
        (0..20_000).filter(|number| number % 13 != 0).map(|n| line(n + n % 17 / 16)).collect();
    let ours = by_us(old.as_bytes(), new.as_bytes());
    assert_eq!(patched(old.as_bytes(), &ours), new.as_bytes());
}
