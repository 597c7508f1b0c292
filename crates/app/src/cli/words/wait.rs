//! `wait`.
use super::common::{Common, Output};
use crate::cli::invocation::{Invocation, Verb};
use crate::cli::values;
use std::time::Duration;

/// Wait until the peers are owed nothing
///
/// Ends with 0 as soon as nothing is dirty for the peers, and with 1 at the time-out, with what is
/// missing. It pushes nothing itself, and does not know what has not been checked yet.
#[derive(Debug, clap::Args)]
pub(super) struct Wait {
    /// Wait for these peers only; without them, for all
    #[arg(value_name = "PEER")]
    peers: Vec<String>,
    /// Wait until nothing is dirty; this is the default
    #[arg(long)]
    synced: bool,
    /// Give up after so many seconds
    #[arg(long, value_name = "SECONDS", value_parser = values::seconds)]
    timeout: Option<Duration>,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    common: Common,
}

impl Wait {
    pub(super) fn invocation(self) -> Invocation {
        let format = self.output.format();
        let verb = Verb::Wait { peers: self.peers, timeout: self.timeout };
        Invocation { format, ..self.common.invocation(verb) }
    }
}
