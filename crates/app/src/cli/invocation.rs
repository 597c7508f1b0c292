//! What one call of csync3 asks for.
//!
//! An [`Invocation`] is complete and consistent: its verb has the operands that it needs, and values
//! of options have their types. Whether names, groups and files exist is not known yet.
use crate::cert::CertCommand;
use csync3_core::push::Preference;
use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

/// The mode of a call, with its operands as they were typed.
///
/// # Source
/// `spec/cli.md` 2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verb {
    /// `-h`: remember these paths for the next check.
    Hint(Vec<OsString>),
    /// `-c`: check these paths, or all hints if there are none.
    Check(Vec<OsString>),
    /// `-u`: push what is dirty, all of it or these paths.
    Update(Vec<OsString>),
    /// `-cu`: check, then push.
    CheckUpdate(Vec<OsString>),
    /// `-x`: check everything or these paths, then push.
    Sync(Vec<OsString>),
    /// `-o`: name the files that the configuration covers.
    Compare(Vec<OsString>),
    /// `-f`: let these paths win the next conflict.
    Force(Vec<OsString>),
    /// `-m`: mark these paths dirty.
    Mark(Vec<OsString>),
    /// `-H`: list the hints.
    ListHints,
    /// `-L`: list the recorded files.
    ListFiles,
    /// `-M`: list what is dirty.
    ListDirty,
    /// `-S MYNAME PEER`: list the recorded files that a pair shares.
    ListPair {
        /// The name of this host in the pair.
        myname: String,
        /// The other host.
        peer: String,
    },
    /// `-T`, `-TT`: compare with peers.
    InSync(InSync),
    /// `-R`: drop rows that the configuration no longer covers.
    CleanUp,
    /// `-i`, `-ii`, `-iii`: serve peers.
    Serve(ServeMode),
    /// `cert`: certificates.
    Cert(CertCommand),
    /// `db`: the database as a whole.
    Db(DbCommand),
    /// `-k FILE`: write a new group key.
    Key(PathBuf),
    /// `status`: what there is and what is owed, in numbers.
    Status,
    /// `wait`: until these peers, or all, are owed nothing.
    Wait {
        /// The peers, as typed.
        peers: Vec<String>,
        /// `--timeout`: give up after this time.
        timeout: Option<Duration>,
    },
    /// `doctor`: what is wrong, and what to do.
    Doctor {
        /// Paths that should belong to a group, as typed.
        files: Vec<OsString>,
        /// `--peers`: ask the peers, too; [`Invocation::peers`] says which.
        ask_peers: bool,
    },
    /// `resolve`: show or settle the conflicts of these paths, or all.
    Resolve {
        /// The paths, as typed.
        files: Vec<OsString>,
        /// Who is right; `None` asks on a terminal.
        side: Option<Side>,
    },
    /// `--help`.
    Help,
    /// `help`, `help WORD`, `WORD --help`: this text.
    HelpOn(String),
    /// `--version`.
    Version,
}

/// What `csync3 db` is to do; a database that is not named is this host's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DbCommand {
    /// Copy all rows from one database to another one.
    Copy {
        /// The source, as typed.
        from: String,
        /// The target, as typed.
        to: String,
        /// Remove what only the target holds.
        replace: bool,
    },
    /// Say what is wrong.
    Check {
        /// The database, as typed.
        url: Option<String>,
    },
    /// Give back space.
    Vacuum {
        /// The database, as typed.
        url: Option<String>,
    },
    /// Add what csync3 needs, or show the SQL for it ([`Invocation::dry_run`]).
    Upgrade {
        /// The database, as typed.
        url: Option<String>,
    },
    /// Put a new file with what can be read in the place of a damaged one.
    Rebuild {
        /// The database, as typed.
        url: Option<String>,
    },
}

/// An in-sync test: `-T [FILE]`, `-T MYNAME PEER [FILE]`, and the same with `-TT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InSync {
    /// What is compared.
    pub test: Test,
    /// Only this name of this host and this peer; all pairs without.
    pub pair: Option<(String, String)>,
    /// Only this path; everything without.
    pub file: Option<OsString>,
}

/// What an in-sync test compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Test {
    /// `-T`: what both hosts have recorded.
    Rows,
    /// `-TT`: contents.
    Contents,
}

/// When differences are colored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ColorChoice {
    /// On a terminal, unless the environment has `NO_COLOR`.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Verb {
    /// Says whether a run of it changes something or talks to peers, so that its sums are of interest:
    /// with `--json` they are its last line.
    #[must_use]
    pub const fn sums_up(&self) -> bool {
        matches!(
            self,
            Self::Hint(_)
                | Self::Check(_)
                | Self::Update(_)
                | Self::CheckUpdate(_)
                | Self::Sync(_)
                | Self::Force(_)
                | Self::Mark(_)
                | Self::CleanUp
                | Self::Resolve { side: Some(_), .. }
        )
    }
}

/// Which version of a file is the right one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// This host's.
    Mine,
    /// The peer's.
    Theirs,
}

/// The form of what goes to standard output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// csync2's rows, each ended by a line feed.
    #[default]
    Lines,
    /// `-0`, `--null`: the same rows, each ended by NUL.
    Null,
    /// `--json`: one object per line.
    Json,
}

/// Where the peers of a server come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServeMode {
    /// `-i`: one session on standard input and output.
    Inetd,
    /// `-ii`: a listening daemon in the foreground.
    Daemon,
    /// `-iii`: one accepted connection, then exit.
    Once,
}

/// How long a peer is waited for; `None` leaves the built-in time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timeouts {
    /// `--connect-timeout`: until a connection is made.
    pub connect: Option<Duration>,
    /// `--handshake-timeout`: until the peers know each other.
    pub handshake: Option<Duration>,
    /// `--idle-timeout`: without any progress afterwards.
    pub idle: Option<Duration>,
}

/// How many sessions a server has at a time; `None` leaves the built-in number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SessionLimits {
    /// `--max-sessions`: in all.
    pub total: Option<NonZeroUsize>,
    /// `--max-sessions-per-address`: from one address.
    pub per_address: Option<NonZeroUsize>,
}

/// One call: the mode, and everything that modifies it.
///
/// # Source
/// `spec/cli.md` 3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// The mode.
    pub verb: Verb,
    /// `-r`: include what is below.
    pub recursive: bool,
    /// `-d`: say what a push would do, and change nothing.
    pub dry_run: bool,
    /// `-v`, counted.
    pub verbosity: u8,
    /// `-l`, or implied by `-i`: messages go to syslog.
    pub syslog: bool,
    /// `-t`: messages begin with the time.
    pub time_stamps: bool,
    /// `-s`: the file that time stamps are added to.
    pub stamp_file: Option<PathBuf>,
    /// `-N`: the name of this host, as typed.
    pub host: Option<String>,
    /// `-p`: port number or service name.
    pub port: Option<String>,
    /// `-C`: the name of the configuration, as typed.
    pub config_name: Option<String>,
    /// `-D`: database directory, file or URL.
    pub database: Option<String>,
    /// `-G`: only these groups are active.
    pub groups: Option<Vec<String>>,
    /// `-P`: push only to these peers.
    pub peers: Option<Vec<String>>,
    /// `-F`: what is marked in this run is forced.
    pub force: bool,
    /// `-I`: record, but mark nothing; with `-T`: mark what differs.
    pub init: bool,
    /// `-X`: with `-TI` mark also what only the peer has.
    pub only_there: bool,
    /// `-U`: with `-TI` mark for the tested peer only.
    pub only_this_peer: bool,
    /// `--color`: when `-TT` colors what it prints.
    pub color: ColorChoice,
    /// `-W`: the file descriptor to which a check writes directories.
    pub dump_dirs: Option<i32>,
    /// `-A`: do not wait until the database is on the disk.
    pub no_sync: bool,
    /// `-B`: a transaction for every statement.
    pub single_statements: bool,
    /// `-O[FILE]`: where the messages of all levels go, too.
    pub full_log: Option<PathBuf>,
    /// `--dialect`: which dialects are spoken.
    pub dialect: Preference,
    /// `--jobs`: peers in flight at once.
    pub jobs: Option<NonZeroUsize>,
    /// `--connect-timeout`, `--handshake-timeout`, `--idle-timeout`.
    pub timeouts: Timeouts,
    /// `--max-sessions`, `--max-sessions-per-address`.
    pub sessions: SessionLimits,
    /// `--json`, `-0`.
    pub format: Format,
}

impl Invocation {
    /// A call of this verb without any modifier.
    #[must_use]
    pub fn of(verb: Verb) -> Self {
        Self {
            syslog: verb == Verb::Serve(ServeMode::Inetd),
            verb,
            recursive: false,
            dry_run: false,
            verbosity: 0,
            time_stamps: false,
            stamp_file: None,
            host: None,
            port: None,
            config_name: None,
            database: None,
            groups: None,
            peers: None,
            force: false,
            init: false,
            only_there: false,
            only_this_peer: false,
            color: ColorChoice::Auto,
            dump_dirs: None,
            no_sync: false,
            single_statements: false,
            full_log: None,
            dialect: Preference::Auto,
            jobs: None,
            timeouts: Timeouts::default(),
            sessions: SessionLimits::default(),
            format: Format::Lines,
        }
    }
}
