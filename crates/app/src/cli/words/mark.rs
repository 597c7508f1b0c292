//! `mark`: `-m`.
use super::common::{Common, Output};
use crate::cli::invocation::{Invocation, Verb};
use clap::ValueHint;
use std::ffi::OsString;

/// Mark files as dirty, changed or not
#[derive(Debug, clap::Args)]
pub(super) struct Mark {
    /// The files
    #[arg(value_name = "FILE", required = true, value_hint = ValueHint::AnyPath)]
    files: Vec<OsString>,
    /// Include what the database knows below the files
    #[arg(short, long)]
    recursive: bool,
    /// Force them: the next push overrules the peers
    #[arg(short = 'F', long)]
    force: bool,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    common: Common,
}

impl Mark {
    pub(super) fn invocation(self) -> Invocation {
        let (recursive, force, format) = (self.recursive, self.force, self.output.format());
        Invocation { recursive, force, format, ..self.common.invocation(Verb::Mark(self.files)) }
    }
}
