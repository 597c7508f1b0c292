//! `serve`: `-ii`, with `--inetd` `-i`, with `--once` `-iii`.
use super::common::{Common, Patience};
use crate::cli::invocation::{Invocation, ServeMode, SessionLimits, Verb};
use crate::cli::values;
use std::num::NonZeroUsize;

/// Serve peers
///
/// Listens in the foreground and takes what peers push.
#[derive(Debug, clap::Args)]
pub(super) struct Serve {
    /// Serve one peer on standard input and output, for a super-server; messages go to syslog
    #[arg(short, long)]
    inetd: bool,
    /// Serve one connection, then exit
    #[arg(long, conflicts_with = "inetd")]
    once: bool,
    /// At most so many sessions at once, 512 if not given
    #[arg(long, value_name = "N", value_parser = values::count)]
    max_sessions: Option<NonZeroUsize>,
    /// At most so many sessions of one address, 64 if not given
    #[arg(long, value_name = "N", value_parser = values::count)]
    max_sessions_per_address: Option<NonZeroUsize>,
    #[command(flatten)]
    patience: Patience,
    #[command(flatten)]
    common: Common,
}

impl Serve {
    pub(super) fn invocation(self) -> Invocation {
        let mode = match (self.inetd, self.once) {
            (true, _) => ServeMode::Inetd,
            (false, true) => ServeMode::Once,
            (false, false) => ServeMode::Daemon,
        };
        let call = self.common.invocation(Verb::Serve(mode));
        let sessions =
            SessionLimits { total: self.max_sessions, per_address: self.max_sessions_per_address };
        Invocation { timeouts: self.patience.timeouts(), sessions, ..call }
    }
}
