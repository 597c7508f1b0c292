//! Compares [`csync3_core::pattern`] with the C library's `fnmatch`, through a small C program.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the bans keep effects out of the crate; this test needs a compiler and a process"
)]

use csync3_core::pattern::Glob;
use csync3_core::pattern::glob::Flags;
use proptest::prelude::{Just, ProptestConfig, Strategy, prop_oneof};
use proptest::test_runner::TestRunner;
use std::cell::RefCell;
use std::fmt;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

/// Reads lines of flags, pattern and name, the latter two in hexadecimal, and prints 1 or 0.
const ORACLE: &str = r#"
#define _GNU_SOURCE
#include <fnmatch.h>
#include <stdio.h>
static void unhex(const char *in, char *out) {
    unsigned byte;
    for (; sscanf(in, "%2x", &byte) == 1; in += 2) *out++ = (char)byte;
    *out = 0;
}
int main(void) {
    static char line[65536], pattern[4096], name[4096], a[2048], b[2048];
    int pathname, leading;
    while (fgets(line, sizeof line, stdin)) {
        if (sscanf(line, "%d %d p%4095s n%4095s", &pathname, &leading, pattern, name) != 4) return 1;
        unhex(pattern, a);
        unhex(name, b);
        int flags = (pathname ? FNM_PATHNAME : 0) | (leading ? FNM_LEADING_DIR : 0);
        puts(fnmatch(a, b, flags) == 0 ? "1" : "0");
    }
    return 0;
}
"#;

/// The running C program.
struct Oracle {
    child: Child,
    _directory: tempfile::TempDir,
}

impl Oracle {
    fn start() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let source = directory.path().join("oracle.c");
        let program = directory.path().join("oracle");
        std::fs::write(&source, ORACLE).expect("the source is written");
        let status = Command::new("cc")
            .arg("-o")
            .arg(&program)
            .arg(&source)
            .status()
            .expect("cc runs: install a C compiler");
        assert!(status.success(), "the oracle compiles");
        let child = Command::new(&program)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the oracle runs");
        Self { child, _directory: directory }
    }

    /// Asks all questions at once and returns the answers in their order.
    fn answers(mut self, questions: &[Question]) -> Vec<bool> {
        let mut input = self.child.stdin.take().expect("stdin is piped");
        let output = BufReader::new(self.child.stdout.take().expect("stdout is piped"));
        let lines: Vec<String> = questions.iter().map(Question::line).collect();
        let writer = std::thread::spawn(move || {
            for line in lines {
                input.write_all(line.as_bytes()).expect("the oracle reads");
            }
        });
        let answers = output.lines().map(|line| line.expect("a line") == "1").collect();
        writer.join().expect("all questions are written");
        assert!(self.child.wait().expect("the oracle ends").success());
        answers
    }
}

#[derive(Clone)]
struct Question {
    flags: Flags,
    pattern: Vec<u8>,
    name: Vec<u8>,
}

impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (pattern, name) = (self.pattern.escape_ascii(), self.name.escape_ascii());
        write!(f, "{pattern} on {name} with {:?}", self.flags)
    }
}

impl Question {
    fn line(&self) -> String {
        let hex =
            |bytes: &[u8]| -> String { bytes.iter().map(|byte| format!("{byte:02x}")).collect() };
        format!(
            "{} {} p{}. n{}.\n",
            u8::from(self.flags.pathname),
            u8::from(self.flags.leading_dir),
            hex(&self.pattern),
            hex(&self.name)
        )
    }

    fn ours(&self) -> bool {
        Glob::compile(&self.pattern, self.flags).matches(&self.name)
    }
}

fn flags() -> impl Strategy<Value = Flags> {
    (proptest::bool::ANY, proptest::bool::ANY)
        .prop_map(|(pathname, leading_dir)| Flags { pathname, leading_dir })
}

/// A piece of a pattern, mostly of bytes that mean something, and what it might match.
fn piece() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    let byte = proptest::sample::select(&b"ab*?[]!^-/\\.:=z\xe4"[..]).prop_map(|byte| vec![byte]);
    let whole = proptest::sample::select(vec![
        "[a-b]",
        "[!a]",
        "[^/]",
        "[]a]",
        "[[:alpha:]]",
        "[[:space:]-b]",
        "[[=a=]b]",
        "[a-[.b.]]",
        "**",
        "*/",
        "[[:",
        ":]",
        "[=",
        "=]",
        "[.",
        ".]",
        "[[.a.]-b]",
        "[[:punct:]",
        "[[:xdigit:]]",
        "[a/b]",
        "[",
        "]",
    ])
    .prop_map(|text| text.as_bytes().to_vec());
    let pattern = prop_oneof![4 => byte, 2 => whole];
    (pattern, name(3)).prop_map(|(pattern, name)| match pattern[0] {
        b'?' | b'*' | b'[' => (pattern, name),
        _ => (pattern.clone(), pattern),
    })
}

fn name(longest: usize) -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        8 => proptest::sample::select(&b"ab/"[..]),
        2 => proptest::sample::select(&b"[]-\\.:=!^z \xe4"[..]),
        1 => 1u8..,
    ];
    proptest::collection::vec(byte, 0..=longest)
}

fn question() -> impl Strategy<Value = Question> {
    let tail = prop_oneof![Just(Vec::new()), name(4)];
    (flags(), proptest::collection::vec(piece(), 0..7), tail).prop_map(|(flags, pieces, tail)| {
        let (patterns, names): (Vec<_>, Vec<_>) = pieces.into_iter().unzip();
        Question { flags, pattern: patterns.concat(), name: [names.concat(), tail].concat() }
    })
}

fn questions(count: u32) -> Vec<Question> {
    let questions = RefCell::new(Vec::new());
    let config =
        ProptestConfig { cases: count, failure_persistence: None, ..ProptestConfig::default() };
    TestRunner::new(config)
        .run(&question(), |question| {
            questions.borrow_mut().push(question);
            Ok(())
        })
        .expect("collecting cannot fail");
    questions.into_inner()
}

#[test]
fn every_answer_is_that_of_the_c_library() {
    let questions = questions(60_000);
    let theirs = Oracle::start().answers(&questions);
    assert_eq!(theirs.len(), questions.len());
    let matched = theirs.iter().filter(|&&yes| yes).count();
    assert!(matched * 10 > questions.len(), "too few to tell: {matched}");
    for (question, theirs) in questions.iter().zip(theirs) {
        assert_eq!(question.ours(), theirs, "{question:?}");
    }
}
