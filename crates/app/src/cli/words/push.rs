//! `push`: `-u`.
use super::common::{Common, Output, Pushing};
use crate::cli::invocation::{Invocation, Verb};
use clap::ValueHint;
use std::ffi::OsString;

/// Push what is dirty to the peers
///
/// Sends files that are marked as dirty, to all their peers at once, and clears each mark when the
/// peer has confirmed the file. What a peer refuses stays dirty.
#[derive(Debug, clap::Args)]
pub(super) struct Push {
    /// Push these only; without them, everything that is dirty
    #[arg(value_name = "FILE", value_hint = ValueHint::AnyPath)]
    files: Vec<OsString>,
    /// Include what is below the files
    #[arg(short, long)]
    recursive: bool,
    /// Say what would be done, and change nothing
    #[arg(short, long)]
    dry_run: bool,
    #[command(flatten)]
    pushing: Pushing,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    common: Common,
}

impl Push {
    pub(super) fn invocation(self) -> Invocation {
        let call = self.pushing.apply(self.common.invocation(Verb::Update(self.files)));
        let (recursive, dry_run) = (self.recursive, self.dry_run);
        Invocation { recursive, dry_run, format: self.output.format(), ..call }
    }
}
