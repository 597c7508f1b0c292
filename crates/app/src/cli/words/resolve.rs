//! `resolve`.
use super::common::{Common, Output, Pushing};
use crate::cli::invocation::{Invocation, Side, Verb};
use clap::ValueHint;
use std::ffi::OsString;

/// Show conflicts and settle them
///
/// A conflict is a file that a peer refused because it changed there, too. On a terminal each one is
/// shown and a person decides; otherwise they are listed, or all settled by --mine or --theirs.
#[derive(Debug, clap::Args)]
pub(super) struct Resolve {
    /// Only conflicts of these files
    #[arg(value_name = "FILE", value_hint = ValueHint::AnyPath)]
    files: Vec<OsString>,
    /// This host is right: force the file and push it
    #[arg(long)]
    mine: bool,
    /// The peer is right: take its version, and drop this host's mark
    #[arg(long, conflicts_with = "mine")]
    theirs: bool,
    /// Include what is below the files
    #[arg(short, long)]
    recursive: bool,
    #[command(flatten)]
    pushing: Pushing,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    common: Common,
}

impl Resolve {
    pub(super) fn invocation(self) -> Invocation {
        let side = match (self.mine, self.theirs) {
            (true, _) => Some(Side::Mine),
            (false, true) => Some(Side::Theirs),
            (false, false) => None,
        };
        let call = self.common.invocation(Verb::Resolve { files: self.files, side });
        let (recursive, format) = (self.recursive, self.output.format());
        Invocation { recursive, format, ..self.pushing.apply(call) }
    }
}
