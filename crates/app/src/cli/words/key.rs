//! `key`: `-k`.
use crate::cli::invocation::{Invocation, Verb};
use std::path::PathBuf;

/// Write a new group key
#[derive(Debug, clap::Args)]
pub(super) struct Key {
    /// Where to; the file must not exist
    file: PathBuf,
}

impl Key {
    pub(super) fn invocation(self) -> Invocation {
        Invocation::of(Verb::Key(self.file))
    }
}
