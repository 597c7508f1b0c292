//! Two contents as a unified diff, in the format of `diff -u`.
//!
//! Which lines are taken for the same is `imara_diff`'s work; this module groups the differences
//! into hunks and prints them. Headers with the names of the files are the caller's.
//!
//! # Source
//! POSIX `diff -u`; what GNU diffutils prints for binary files and for a missing last line end.
use imara_diff::sources::byte_lines;
use imara_diff::{Algorithm, Diff, InternedInput, Token};
use std::io::Write;
use std::ops::Range;

/// Unchanged lines around a difference.
const CONTEXT: u32 = 3;

/// A NUL among so many first bytes makes a file a binary one.
const LOOKED_AT: usize = 4096;

/// Lines of both contents for which a short diff is looked for patiently: the time may grow with
/// their square.
const AFFORDABLE: usize = 10_000;

/// How two contents compare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unified {
    /// They are the same.
    Identical,
    /// They differ, and one of them is no text.
    Binary,
    /// The hunks, each with its `@@` line.
    Hunks(Vec<u8>),
}

/// Compares two contents.
///
/// ```
/// use csync3_core::unified::{Unified, unified};
/// let hunks = b"@@ -1,2 +1,2 @@\n a\n-b\n+c\n\\ No newline at end of file\n".to_vec();
/// assert_eq!(unified(b"a\nb\n", b"a\nc"), Unified::Hunks(hunks));
/// ```
#[must_use]
pub fn unified(old: &[u8], new: &[u8]) -> Unified {
    if old == new {
        return Unified::Identical;
    }
    if is_binary(old) || is_binary(new) {
        return Unified::Binary;
    }
    let input = InternedInput::new(byte_lines(old), byte_lines(new));
    let diff = Diff::compute(algorithm(&input), &input);
    let changes = diff.hunks().map(|hunk| Change { old: hunk.before, new: hunk.after }).collect();
    let mut out = Vec::new();
    for hunk in grouped(&slid_down(changes, &input)) {
        print(hunk, &input, &mut out);
    }
    Unified::Hunks(out)
}

/// A patient search where that is affordable, a quick one elsewhere.
fn algorithm(input: &Lines<'_>) -> Algorithm {
    if input.before.len() + input.after.len() <= AFFORDABLE {
        Algorithm::MyersMinimal
    } else {
        Algorithm::Myers
    }
}

fn is_binary(content: &[u8]) -> bool {
    memchr::memchr(0, &content[..content.len().min(LOOKED_AT)]).is_some()
}

type Lines<'a> = InternedInput<&'a [u8]>;

/// Lines of the old content that others of the new content replace.
#[derive(Debug, Clone)]
struct Change {
    old: Range<u32>,
    new: Range<u32>,
}

/// Moves lines that were only added, or only removed, down as far as the diff stays right: where one
/// of several equal lines is new, it is the last. Changes that meet become one.
fn slid_down(changes: Vec<Change>, input: &Lines<'_>) -> Vec<Change> {
    let mut slid: Vec<Change> = Vec::with_capacity(changes.len());
    let mut changes = changes.into_iter().peekable();
    while let Some(mut change) = changes.next() {
        loop {
            while let Some(next) = changes.next_if(|next| {
                next.old.start == change.old.end && next.new.start == change.new.end
            }) {
                change.old.end = next.old.end;
                change.new.end = next.new.end;
            }
            if !can_slide(&change, input) {
                break;
            }
            change = Change {
                old: change.old.start + 1..change.old.end + 1,
                new: change.new.start + 1..change.new.end + 1,
            };
        }
        slid.push(change);
    }
    slid
}

/// Says whether the line behind an addition or removal equals its first line.
fn can_slide(change: &Change, input: &Lines<'_>) -> bool {
    let behind = |lines: &[Token], range: &Range<u32>| {
        lines.get(index(range.end)).is_some_and(|line| *line == lines[index(range.start)])
    };
    match (change.old.is_empty(), change.new.is_empty()) {
        (true, false) => behind(&input.after, &change.new),
        (false, true) => behind(&input.before, &change.old),
        _ => false,
    }
}

/// The changes, those with little between them together.
fn grouped(changes: &[Change]) -> impl Iterator<Item = &[Change]> {
    changes.chunk_by(|one, next| next.old.start - one.old.end <= 2 * CONTEXT)
}

fn print(changes: &[Change], input: &Lines<'_>, out: &mut Vec<u8>) {
    let ([first, ..], [.., last]) = (changes, changes) else {
        return;
    };
    let before = first.old.start.min(CONTEXT);
    let rest = length(&input.before) - last.old.end;
    let after = rest.min(CONTEXT);
    header(
        &(first.old.start - before..last.old.end + after),
        &(first.new.start - before..last.new.end + after),
        out,
    );
    let mut at = first.old.start - before;
    for change in changes {
        lines(b' ', &input.before, at..change.old.start, input, out);
        lines(b'-', &input.before, change.old.clone(), input, out);
        lines(b'+', &input.after, change.new.clone(), input, out);
        at = change.old.end;
    }
    lines(b' ', &input.before, at..at + after, input, out);
}

fn header(old: &Range<u32>, new: &Range<u32>, out: &mut Vec<u8>) {
    let text = format!("@@ -{} +{} @@\n", place(old), place(new));
    out.extend_from_slice(text.as_bytes());
}

/// `FIRST,COUNT`; a count of 1 is left out, and with none FIRST is the line before.
fn place(range: &Range<u32>) -> String {
    match range.end - range.start {
        0 => format!("{},0", range.start),
        1 => format!("{}", range.start + 1),
        count => format!("{},{count}", range.start + 1),
    }
}

fn lines(mark: u8, side: &[Token], range: Range<u32>, input: &Lines<'_>, out: &mut Vec<u8>) {
    for token in &side[index(range.start)..index(range.end)] {
        let line = input.interner[*token];
        out.push(mark);
        out.extend_from_slice(line);
        if !line.ends_with(b"\n") {
            let told = out.write_all(b"\n\\ No newline at end of file\n");
            told.expect("a vector takes all that is written");
        }
    }
}

fn length(lines: &[Token]) -> u32 {
    u32::try_from(lines.len()).expect("the interner counts lines with 32 bits")
}

fn index(line: u32) -> usize {
    line.try_into().expect("an address has at least 32 bits")
}

#[cfg(test)]
mod tests;
