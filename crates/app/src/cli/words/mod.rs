//! Words beside letters: `csync3 push --dry-run` is `csync3 -u -d`.
//!
//! A line is one of words only if its first argument is exactly one of them; everything else is
//! csync2's and goes to [`super::args`]. Both come to the same [`Invocation`], which
//! `docs/commands.md` shows row by row and a test compares.
//!
//! A word is a file of this directory with its options, a variant of `Word` and a line in
//! `Word::invocation`. `common` has the options that several words share.
mod cert;
mod check;
mod clean;
mod common;
mod compare;
mod db;
mod diff;
mod doctor;
mod force;
mod hint;
mod key;
mod list;
mod mark;
mod push;
mod resolve;
mod serve;
mod status;
mod sync;
mod wait;

use super::invocation::{Invocation, Verb};
use super::usage::UsageError;
use clap::error::ErrorKind;
use clap::{Command, CommandFactory, Parser};
use std::ffi::OsString;

/// Keep files the same on every host of a group.
#[derive(Debug, Parser)]
#[command(
    name = "csync3",
    version,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "csync3 also takes the letters of csync2: `csync3 --help` prints them, \
                  docs/commands.md has both side by side."
)]
struct Line {
    #[command(subcommand)]
    word: Word,
}

/// Every word, in the order in which the help shows them.
#[derive(Debug, clap::Subcommand)]
enum Word {
    Check(check::Check),
    Push(push::Push),
    Sync(sync::Sync),
    Status(status::Status),
    Wait(wait::Wait),
    List(list::List),
    Compare(compare::Compare),
    Diff(diff::Diff),
    Doctor(doctor::Doctor),
    Resolve(resolve::Resolve),
    Force(force::Force),
    Mark(mark::Mark),
    Hint(hint::Hint),
    Clean(clean::Clean),
    Serve(serve::Serve),
    Key(key::Key),
    Cert(cert::Cert),
    Db(db::Db),
}

impl Word {
    fn invocation(self) -> Result<Invocation, UsageError> {
        Ok(match self {
            Self::Check(word) => word.invocation(),
            Self::Push(word) => word.invocation(),
            Self::Sync(word) => word.invocation(),
            Self::Status(word) => word.invocation(),
            Self::Wait(word) => word.invocation(),
            Self::List(word) => word.invocation(),
            Self::Compare(word) => word.invocation(),
            Self::Diff(word) => return word.invocation(),
            Self::Doctor(word) => word.invocation(),
            Self::Resolve(word) => word.invocation(),
            Self::Force(word) => word.invocation(),
            Self::Mark(word) => word.invocation(),
            Self::Hint(word) => word.invocation(),
            Self::Clean(word) => return word.invocation(),
            Self::Serve(word) => word.invocation(),
            Self::Key(word) => word.invocation(),
            Self::Cert(word) => word.invocation(),
            Self::Db(word) => word.invocation(),
        })
    }
}

/// The words with their options and help: what help, manual pages and completions are made from.
#[must_use]
pub fn command() -> Command {
    Line::command()
}

/// Reads a line whose first argument is a word; `None` if it is none.
pub(super) fn parse(words: &[OsString]) -> Option<Result<Invocation, UsageError>> {
    let first = words.first()?.to_str().filter(|first| !first.starts_with('-'))?;
    let known = first == "help" || command().get_subcommands().any(|word| word.get_name() == first);
    known.then(|| read(words))
}

fn read(words: &[OsString]) -> Result<Invocation, UsageError> {
    let line = [OsString::from("csync3")].into_iter().chain(words.iter().cloned());
    match Line::try_parse_from(line) {
        Ok(line) => line.word.invocation(),
        Err(error) => {
            let text = error.to_string();
            match error.kind() {
                ErrorKind::DisplayHelp => Ok(Invocation::of(Verb::HelpOn(text))),
                _ => Err(UsageError::Word { text: text.trim_end().to_owned() }),
            }
        }
    }
}
