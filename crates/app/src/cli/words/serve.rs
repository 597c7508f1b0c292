//! `serve`: `-ii`, with `--inetd` `-i`, with `--once` `-iii`.
use super::common::{Common, Patience};
use crate::cli::invocation::{Invocation, ServeMode, SessionLimits, Verb};
use crate::cli::values;
use csync3_core::push::Preference;
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
    /// Know csync2's dialect only (classic), or csync3's, too (auto, native)
    #[arg(long, value_name = "DIALECT", value_parser = values::dialect)]
    dialect: Option<Preference>,
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
        let dialect = self.dialect.unwrap_or_default();
        Invocation { timeouts: self.patience.timeouts(), sessions, dialect, ..call }
    }
}
