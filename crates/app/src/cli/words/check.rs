//! `check`: `-c`, and with `--push` `-cu`.
use super::common::{Checking, Common, Output, Pushing};
use crate::cli::invocation::{Invocation, Verb};
use clap::ValueHint;
use std::ffi::OsString;

/// Mark what changed as dirty
///
/// Compares files with what this host remembers, and marks what changed as dirty for each peer.
/// Without FILE all hints are checked, and each hint is forgotten after its check.
#[derive(Debug, clap::Args)]
pub(super) struct Check {
    /// Files to check; without them, all hints
    #[arg(value_name = "FILE", value_hint = ValueHint::AnyPath)]
    files: Vec<OsString>,
    /// Include what is below the files
    #[arg(short, long)]
    recursive: bool,
    /// Push the same files afterwards
    #[arg(short = 'u', long)]
    push: bool,
    /// With --push: say what the push would do, and send nothing
    #[arg(short, long, requires = "push")]
    dry_run: bool,
    #[command(flatten)]
    checking: Checking,
    #[command(flatten)]
    pushing: Pushing,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    common: Common,
}

impl Check {
    pub(super) fn invocation(self) -> Invocation {
        let verb = if self.push { Verb::CheckUpdate(self.files) } else { Verb::Check(self.files) };
        let call = self.pushing.apply(self.checking.apply(self.common.invocation(verb)));
        let (recursive, dry_run) = (self.recursive, self.dry_run);
        Invocation { recursive, dry_run, format: self.output.format(), ..call }
    }
}
