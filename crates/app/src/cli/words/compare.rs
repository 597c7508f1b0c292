//! `compare`: `-o`.
use super::common::{Common, Output};
use crate::cli::invocation::{Invocation, Verb};
use crate::cli::values;
use clap::ValueHint;
use std::ffi::OsString;

/// Name every file that the configuration covers
///
/// Prints names for a comparison with another host, and changes nothing. `compare` patterns of the
/// configuration count as `include` here.
#[derive(Debug, clap::Args)]
pub(super) struct Compare {
    /// Where to look
    #[arg(value_name = "FILE", required = true, value_hint = ValueHint::AnyPath)]
    files: Vec<OsString>,
    /// Include what is below the files
    #[arg(short, long)]
    recursive: bool,
    /// Only files of groups with one of these peers
    #[arg(short = 'P', long, value_name = "PEER,..")]
    peers: Option<String>,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    common: Common,
}

impl Compare {
    pub(super) fn invocation(self) -> Invocation {
        Invocation {
            recursive: self.recursive,
            peers: self.peers.as_deref().map(values::list),
            format: self.output.format(),
            ..self.common.invocation(Verb::Compare(self.files))
        }
    }
}
