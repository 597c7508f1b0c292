//! `diff`: `-T`, and with `--unified` `-TT`.
use super::common::{Common, Output, Patience};
use crate::cli::invocation::{ColorChoice, Invocation};
use crate::cli::mode::Mode;
use crate::cli::usage::UsageError;
use crate::cli::values;
use std::ffi::OsString;
use std::num::NonZeroUsize;

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
    /// With --init, mark also what only the peer has: the next push removes it there
    #[arg(short = 'X', long, requires = "init")]
    only_there: bool,
    /// With --init, mark for the tested peer only
    #[arg(short = 'U', long, requires = "init")]
    only_this_peer: bool,
    /// With --init, force what is marked: the next push overrules the peers
    #[arg(short = 'F', long, requires = "init")]
    force: bool,
    /// Color differences: auto, always or never
    #[arg(
        long,
        value_name = "WHEN",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "auto",
        value_parser = values::color
    )]
    color: Option<ColorChoice>,
    /// Ask at most so many peers at once
    #[arg(long, value_name = "N", value_parser = values::count)]
    jobs: Option<NonZeroUsize>,
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
            only_there: self.only_there,
            only_this_peer: self.only_this_peer,
            force: self.force,
            color: self.color.unwrap_or_default(),
            jobs: self.jobs,
            timeouts: self.patience.timeouts(),
            format: self.output.format(),
            ..self.common.invocation(mode.with(self.what)?)
        })
    }
}
