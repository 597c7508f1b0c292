//! `clean`: `-R`.
use super::common::{Common, Output};
use crate::cli::invocation::{Invocation, Verb};
use crate::cli::usage::UsageError;

/// Forget what the configuration no longer covers
///
/// Removes rows of the database. Files are not touched.
#[derive(Debug, clap::Args)]
pub(super) struct Clean {
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    common: Common,
}

impl Clean {
    pub(super) fn invocation(self) -> Result<Invocation, UsageError> {
        let format = self.output.format();
        let call = Invocation { format, ..self.common.invocation(Verb::CleanUp) };
        if call.groups.is_some() {
            return Err(UsageError::CleanUpWithGroups);
        }
        Ok(call)
    }
}
