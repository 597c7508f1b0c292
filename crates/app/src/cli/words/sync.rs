//! `sync`: `-x`.
use super::common::{Checking, Common, Output, Pushing};
use crate::cli::invocation::{Invocation, Verb};
use clap::ValueHint;
use std::ffi::OsString;

/// Check and push in one go
///
/// Without FILE everything that the configuration covers is checked, then everything that is dirty
/// is pushed. Hints are not looked at.
#[derive(Debug, clap::Args)]
pub(super) struct Sync {
    /// Check and push these only
    #[arg(value_name = "FILE", value_hint = ValueHint::AnyPath)]
    files: Vec<OsString>,
    /// Include what is below the files
    #[arg(short, long)]
    recursive: bool,
    /// Say what the push would do, and send nothing; the check marks what changed
    #[arg(short, long)]
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

impl Sync {
    pub(super) fn invocation(self) -> Invocation {
        let call = self.common.invocation(Verb::Sync(self.files));
        let call = self.pushing.apply(self.checking.apply(call));
        let (recursive, dry_run) = (self.recursive, self.dry_run);
        Invocation { recursive, dry_run, format: self.output.format(), ..call }
    }
}
