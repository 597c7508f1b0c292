//! `db`: the database as a whole. No letter stands for it.
use super::common::Listing;
use crate::cli::invocation::{DbCommand, Invocation, Verb};

/// Copy, check and repair databases
#[derive(Debug, clap::Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(super) struct Db {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Copy all rows of one database into another one, and verify the copy
    ///
    /// A copy that was interrupted goes on when it is run again. Let neither csync3 nor csync2 use
    /// the databases meanwhile.
    Copy {
        /// The database to copy: a directory, file or URL, as for -D
        from: String,
        /// The database that gets the rows; it is made if it is not there
        to: String,
        /// Remove what the other database holds and this one does not
        #[arg(long)]
        replace: bool,
        #[command(flatten)]
        options: Listing,
    },
    /// Find damage, rows that nobody needs and names that are badly encoded
    ///
    /// Writes nothing. The exit code is 1 if something was found.
    Check {
        /// The database; that of this host if it is not given
        url: Option<String>,
        #[command(flatten)]
        options: Listing,
    },
    /// Give back the space that nothing uses any more
    Vacuum {
        /// The database; that of this host if it is not given
        url: Option<String>,
        #[command(flatten)]
        options: Listing,
    },
    /// Add the tables, columns and keys that csync3 needs to a database of csync2
    ///
    /// csync3 does the same when it opens a database for work. csync2 can go on using it.
    Upgrade {
        /// The database; that of this host if it is not given
        url: Option<String>,
        /// Only show the SQL
        #[arg(short, long)]
        dry_run: bool,
        #[command(flatten)]
        options: Listing,
    },
    /// Set a damaged SQLite file aside and make a new one with what can be read of it
    Rebuild {
        /// The database; that of this host if it is not given
        url: Option<String>,
        #[command(flatten)]
        options: Listing,
    },
}

impl Db {
    pub(super) fn invocation(self) -> Invocation {
        let (command, options, dry_run) = match self.what {
            What::Copy { from, to, replace, options } => {
                (DbCommand::Copy { from, to, replace }, options, false)
            }
            What::Check { url, options } => (DbCommand::Check { url }, options, false),
            What::Vacuum { url, options } => (DbCommand::Vacuum { url }, options, false),
            What::Upgrade { url, dry_run, options } => {
                (DbCommand::Upgrade { url }, options, dry_run)
            }
            What::Rebuild { url, options } => (DbCommand::Rebuild { url }, options, false),
        };
        Invocation { dry_run, ..options.invocation(Verb::Db(command)) }
    }
}
