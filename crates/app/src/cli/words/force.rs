//! `force`: `-f`.
use super::common::{Common, Output};
use crate::cli::invocation::{Invocation, Verb};
use clap::ValueHint;
use std::ffi::OsString;

/// Let dirty files win the next conflict
#[derive(Debug, clap::Args)]
pub(super) struct Force {
    /// The files
    #[arg(value_name = "FILE", required = true, value_hint = ValueHint::AnyPath)]
    files: Vec<OsString>,
    /// Include what is below the files; `/` is everything that is dirty
    #[arg(short, long)]
    recursive: bool,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    common: Common,
}

impl Force {
    pub(super) fn invocation(self) -> Invocation {
        let (recursive, format) = (self.recursive, self.output.format());
        Invocation { recursive, format, ..self.common.invocation(Verb::Force(self.files)) }
    }
}
