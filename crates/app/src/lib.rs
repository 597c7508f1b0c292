//! csync3 keeps a set of files the same on every host of a group.
//!
//! The host where a file changed marks it *dirty* for each peer and pushes it until each peer has
//! confirmed it. A peer that changed the same file refuses, which is a *conflict*: the configuration
//! or a person decides. csync3 takes csync2's configuration, database, command line and protocol.
//!
//! This crate is the program: it reads the command line, tells people what happens, and leaves the
//! work to [`csync3_engine`].
//!
//! * [`cli`]: argv to an [`cli::Invocation`]
//! * [`start`], [`exit`]: what comes first, and with which code the run ends
//! * [`verbs`]: what each mode does
//! * [`render`]: lines, lists, bars, errors
//! * [`doctor`]: what is wrong, and what to do
//! * [`key`]: new group keys · [`cert`]: certificates, this host's and its peers'
//!
//! # Glossary
//! * **group**: hosts that share names, with one key
//! * **dirty**: a peer is owed a change
//! * **hint**: a path to be checked by the next `-c`
//! * **checktxt**: csync2's text for the state of an object
//! * **slave**: a host that may receive, but whose pushes are refused
//! * **auto**: the rule that settles conflicts
#![forbid(unsafe_code)]

pub mod cert;
pub mod cli;
pub mod daemon;
pub mod doctor;
pub mod exit;
pub mod key;
pub mod render;
pub mod site;
mod stamp;
pub mod start;
pub mod verbs;

use cli::{Invocation, UsageError, Verb};
use render::console::Terminal;
use render::{Console, Setup, errors};
use start::{Start, StartError, Step};
use std::env;
use std::error::Error;
use std::ffi::{OsStr, OsString};
use std::io::{self, IsTerminal, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// Does what a command line (without the name of the program) asks for.
#[must_use]
pub fn run(words: &[OsString]) -> ExitCode {
    let system_dir = start::system_dir(env::var_os(start::SYSTEM_DIR_VARIABLE));
    let lock = Some(start::lock_file(&system_dir)).filter(|file| file.exists());
    ExitCode::from(match start::first_step(cli::args::parse(words), lock) {
        Step::WriteKey(file) => write_key(&file),
        Step::ShowHelp => print(cli::usage::TEXT, exit::SUCCESS),
        Step::Show(text) => print(&text, exit::SUCCESS),
        Step::ShowVersion => {
            print(concat!("csync3 ", env!("CARGO_PKG_VERSION"), "\n"), exit::SUCCESS)
        }
        Step::Refuse(refusal) => print(&format!("{refusal}\n"), exit::FAILURE),
        Step::Explain(error) => explain(&error),
        Step::Go(invocation) => carry_out(&invocation, system_dir),
    })
}

/// Runs the verb and tells how it went.
fn carry_out(invocation: &Invocation, system_dir: PathBuf) -> u8 {
    let console = Arc::new(Console::new(Setup::of(invocation, terminal())));
    if let Some(file) = &invocation.full_log {
        match render::full_log::create(file) {
            Ok(log) => console.log_fully(log),
            Err(error) => {
                console.fatal(&error);
                return exit::FAILURE;
            }
        }
    }
    match begin(invocation, system_dir, &console) {
        Ok(outcome) => {
            console.finish();
            exit::code(&invocation.verb, outcome, console.problems())
        }
        Err(error) => {
            console.fatal(&*error);
            exit::FAILURE
        }
    }
}

fn begin(
    invocation: &Invocation,
    system_dir: PathBuf,
    console: &Arc<Console>,
) -> Result<exit::Outcome, Box<dyn Error>> {
    console.begin(invocation.stamp_file.as_deref())?;
    let start = host(invocation, system_dir)?;
    console.say(2, &format!("My hostname is {}.", start.host));
    if let Verb::Cert(command) = &invocation.verb {
        cert::run(command, invocation, &start, console)?;
        return Ok(exit::Outcome::default());
    }
    verbs::run(invocation, &start, console)
}

fn host(invocation: &Invocation, system_dir: PathBuf) -> Result<Start, StartError> {
    let name = rustix::system::uname();
    Start::new(system_dir, invocation, OsStr::from_bytes(name.nodename().to_bytes()))
}

fn terminal() -> Terminal {
    Terminal {
        is_terminal: io::stderr().is_terminal(),
        is_dumb: env::var_os("TERM").is_none_or(|kind| kind == "dumb"),
        no_color: wants_no_color(),
    }
}

/// The person wants no colors, wherever they would be.
pub(crate) fn wants_no_color() -> bool {
    env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

fn write_key(file: &Path) -> u8 {
    match key::create(file) {
        Ok(()) => exit::SUCCESS,
        Err(error) => complain(&format!("{}\n", errors::chain(&error))),
    }
}

fn explain(error: &UsageError) -> u8 {
    if !error.wants_usage() {
        return complain(&format!("{error}\n"));
    }
    complain(&format!("csync3: {error}\n"));
    print(cli::usage::TEXT, exit::FAILURE)
}

/// Writes to standard output; a reader that has gone does not matter.
fn print(text: &str, code: u8) -> u8 {
    drop(io::stdout().write_all(text.as_bytes()));
    code
}

/// Writes to standard error.
fn complain(text: &str) -> u8 {
    drop(io::stderr().write_all(text.as_bytes()));
    exit::FAILURE
}
