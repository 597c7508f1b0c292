//! `diff`: `-T`, and with `--unified` `-TT`.
use super::common::{Common, Output, Patience};
use crate::cli::invocation::Invocation;
use crate::cli::mode::Mode;
use crate::cli::usage::UsageError;
use std::ffi::OsString;

/// Test whether a peer has the same files
///
/// Compares what this host and a peer remember: nothing for all pairs of hosts, FILE, MYNAME PEER, or
/// MYNAME PEER FILE.
#[derive(Debug, clap::Args)]
#[command(override_usage = "csync3 diff [OPTIONS] [MYNAME PEER] [FILE]")]
pub(super) struct Diff {
    /// Which pair and which file
    #[arg(value_name = "MYNAME PEER FILE", num_args = 0..=3)]
    what: Vec<OsString>,
    /// Show the differences of text files in unified form
    #[arg(short, long)]
    unified: bool,
    /// Mark what differs as dirty
    #[arg(short = 'I', long)]
    init: bool,
    #[command(flatten)]
    patience: Patience,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    common: Common,
}

impl Diff {
    pub(super) fn invocation(self) -> Result<Invocation, UsageError> {
        let mode = if self.unified { Mode::Diff } else { Mode::InSync };
        Ok(Invocation {
            init: self.init,
            timeouts: self.patience.timeouts(),
            format: self.output.format(),
            ..self.common.invocation(mode.with(self.what)?)
        })
    }
}
