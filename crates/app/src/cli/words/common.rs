//! Options that several words share.
use crate::cli::invocation::{Format, Invocation, Timeouts, Verb};
use crate::cli::values;
use clap::{ArgAction, Args};
use csync3_core::push::Preference;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

/// Who this host is, and how much it says: for every word but `key`.
#[derive(Debug, Args)]
#[command(next_help_heading = "This host")]
pub(super) struct Common {
    /// Name of this host as in the configuration; also the address to listen on and to connect from
    #[arg(short = 'N', long, value_name = "NAME")]
    host: Option<String>,
    /// Port number or service name, 30865 if not given
    #[arg(short, long, value_name = "PORT")]
    port: Option<String>,
    /// Use csync2_NAME.cfg and a database of its own
    #[arg(short = 'C', long, value_name = "NAME")]
    config: Option<String>,
    /// Database: directory, file or URL
    #[arg(short = 'D', long, value_name = "PLACE")]
    database: Option<String>,
    /// Use these groups only
    #[arg(short = 'G', long, value_name = "GROUP,..")]
    groups: Option<String>,
    /// Say more; up to four times
    #[arg(short, long, action = ArgAction::Count)]
    verbose: u8,
    /// Send messages to syslog
    #[arg(short = 'l', long)]
    syslog: bool,
    /// Begin each message with the time
    #[arg(short = 't', long)]
    time_stamps: bool,
    /// Add the dates of the run to this file
    #[arg(short = 's', long, value_name = "FILE")]
    stamp_file: Option<PathBuf>,
    /// Write the messages of all levels to this file, too
    #[arg(short = 'O', long, value_name = "FILE")]
    full_log: Option<PathBuf>,
    #[arg(short = 'A', long, hide = true)]
    no_sync: bool,
    #[arg(short = 'B', long, hide = true)]
    single_statements: bool,
}

impl Common {
    /// A call of this verb on this host.
    pub(super) fn invocation(self, verb: Verb) -> Invocation {
        let plain = Invocation::of(verb);
        Invocation {
            host: self.host,
            port: self.port,
            config_name: self.config,
            database: self.database,
            groups: self.groups.as_deref().map(values::list),
            verbosity: self.verbose,
            syslog: self.syslog || plain.syslog,
            time_stamps: self.time_stamps,
            stamp_file: self.stamp_file,
            full_log: self.full_log,
            no_sync: self.no_sync,
            single_statements: self.single_statements,
            ..plain
        }
    }
}

/// The form of what is printed.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct Output {
    /// Print one JSON object per line, as docs/json.md describes
    #[arg(long)]
    json: bool,
    /// End each row by NUL instead of a line feed
    #[arg(short = '0', long, conflicts_with = "json")]
    null: bool,
}

impl Output {
    pub(super) const fn format(&self) -> Format {
        match (self.json, self.null) {
            (true, _) => Format::Json,
            (false, true) => Format::Null,
            (false, false) => Format::Lines,
        }
    }
}

// No documentation comment: it would stand in the place of a subcommand's own help.
#[derive(Debug, Args)]
pub(super) struct Listing {
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    common: Common,
}

impl Listing {
    /// A call of this verb on this host that prints in this form.
    pub(super) fn invocation(self, verb: Verb) -> Invocation {
        let format = self.output.format();
        Invocation { format, ..self.common.invocation(verb) }
    }
}

/// How long a peer is waited for.
#[derive(Debug, Args)]
#[command(next_help_heading = "Peers")]
pub(super) struct Patience {
    /// Give up on a connection after so many seconds
    #[arg(long, value_name = "SECONDS", value_parser = values::seconds)]
    connect_timeout: Option<Duration>,
    /// Give up on a greeting after so many seconds
    #[arg(long, value_name = "SECONDS", value_parser = values::seconds)]
    handshake_timeout: Option<Duration>,
    /// Give up on a silent peer after so many seconds
    #[arg(long, value_name = "SECONDS", value_parser = values::seconds)]
    idle_timeout: Option<Duration>,
}

impl Patience {
    pub(super) const fn timeouts(&self) -> Timeouts {
        Timeouts {
            connect: self.connect_timeout,
            handshake: self.handshake_timeout,
            idle: self.idle_timeout,
        }
    }
}

/// To whom a push goes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Peers")]
pub(super) struct Pushing {
    /// Push to these peers only
    #[arg(short = 'P', long, value_name = "PEER,..")]
    peers: Option<String>,
    /// Push to at most so many peers at once
    #[arg(long, value_name = "N", value_parser = values::count)]
    jobs: Option<NonZeroUsize>,
    /// Speak csync2's dialect (classic), csync3's (native), or whichever the peer knows (auto)
    #[arg(long, value_name = "DIALECT", value_parser = values::dialect)]
    dialect: Option<Preference>,
    #[command(flatten)]
    patience: Patience,
}

impl Pushing {
    pub(super) fn apply(self, to: Invocation) -> Invocation {
        Invocation {
            peers: self.peers.as_deref().map(values::list),
            jobs: self.jobs,
            dialect: self.dialect.unwrap_or_default(),
            timeouts: self.patience.timeouts(),
            ..to
        }
    }
}

/// How a check marks what it finds.
#[derive(Debug, Args)]
pub(super) struct Checking {
    /// Force what is marked: the next push overrules the peers
    #[arg(short = 'F', long)]
    force: bool,
    /// Record files, but mark nothing as dirty
    #[arg(short = 'I', long)]
    init: bool,
    /// Write the directories that a recursive check visits for a match to this file descriptor
    #[arg(short = 'W', long, value_name = "FD", value_parser = values::descriptor)]
    dump_dirs: Option<i32>,
}

impl Checking {
    pub(super) fn apply(self, to: Invocation) -> Invocation {
        Invocation { force: self.force, init: self.init, dump_dirs: self.dump_dirs, ..to }
    }
}
