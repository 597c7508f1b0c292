//! `list hints`, `files`, `dirty` and `pair`: `-H`, `-L`, `-M` and `-S`.
use super::common::Listing;
use crate::cli::invocation::{Invocation, Verb};

/// List what this host remembers
#[derive(Debug, clap::Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(super) struct List {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Paths to be looked at by the next check
    Hints(Listing),
    /// Recorded files and their state
    Files(Listing),
    /// Files that a peer is owed
    Dirty(Listing),
    /// Recorded files that a pair of hosts shares
    Pair(Pair),
}

#[derive(Debug, clap::Args)]
struct Pair {
    /// The name of this host in the pair
    myname: String,
    /// The other host
    peer: String,
    #[command(flatten)]
    options: Listing,
}

impl List {
    pub(super) fn invocation(self) -> Invocation {
        match self.what {
            What::Hints(options) => options.invocation(Verb::ListHints),
            What::Files(options) => options.invocation(Verb::ListFiles),
            What::Dirty(options) => options.invocation(Verb::ListDirty),
            What::Pair(Pair { myname, peer, options }) => {
                options.invocation(Verb::ListPair { myname, peer })
            }
        }
    }
}
