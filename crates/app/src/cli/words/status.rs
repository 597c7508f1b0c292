//! `status`.
use super::common::{Common, Output};
use crate::cli::invocation::{Invocation, Verb};

/// Say what is recorded and what each peer is owed
///
/// One line for this host and one for each peer: dirty files, forced ones, conflicts of the last
/// push, the age of the oldest mark, and when a push went well and when one did not. Only the
/// database is asked, no peer.
#[derive(Debug, clap::Args)]
pub(super) struct Status {
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    common: Common,
}

impl Status {
    pub(super) fn invocation(self) -> Invocation {
        let format = self.output.format();
        Invocation { format, ..self.common.invocation(Verb::Status) }
    }
}
