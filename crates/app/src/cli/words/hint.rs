//! `hint`: `-h`.
use super::common::{Common, Output};
use crate::cli::invocation::{Invocation, Verb};
use clap::ValueHint;
use std::ffi::OsString;

/// Remember files for the next check
#[derive(Debug, clap::Args)]
pub(super) struct Hint {
    /// The files
    #[arg(value_name = "FILE", required = true, value_hint = ValueHint::AnyPath)]
    files: Vec<OsString>,
    /// Include what is below the files
    #[arg(short, long)]
    recursive: bool,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    common: Common,
}

impl Hint {
    pub(super) fn invocation(self) -> Invocation {
        let (recursive, format) = (self.recursive, self.output.format());
        Invocation { recursive, format, ..self.common.invocation(Verb::Hint(self.files)) }
    }
}
