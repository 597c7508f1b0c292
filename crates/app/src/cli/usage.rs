//! The usage text, and why a command line cannot be understood.
//!
//! # Source
//! `spec/cli.md` 1: the text goes to standard output and the exit code is 1, the reason to standard
//! error. csync2 gives a reason for options only.
use std::fmt;

/// A command line that asks for nothing csync3 can do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UsageError {
    /// No mode was given.
    #[error("no mode given")]
    NoMode,
    /// Two modes that do not go together.
    #[error("only one mode is possible -- '{second}' after '{first}'")]
    TwoModes {
        /// The mode so far.
        first: Letters,
        /// What came after it.
        second: Letters,
    },
    /// A letter that is no option.
    #[error("invalid option -- '{option}'")]
    InvalidOption {
        /// The letter.
        option: char,
    },
    /// A long option that does not exist.
    #[error("unrecognized option '--{option}'")]
    UnrecognizedOption {
        /// Its name.
        option: String,
    },
    /// An option that needs a value came last.
    #[error("option requires an argument -- '{option}'")]
    MissingValue {
        /// The option, without its dashes.
        option: String,
    },
    /// An option without a value got one.
    #[error("option takes no argument -- '{option}'")]
    UnexpectedValue {
        /// The option, without its dashes.
        option: String,
    },
    /// The value of an option makes no sense.
    #[error("cannot use '{value}' for {option}: {expected} is expected")]
    BadValue {
        /// The option, with its dashes.
        option: &'static str,
        /// What was typed.
        value: String,
        /// What would be right.
        expected: &'static str,
    },
    /// The mode does not take that many operands.
    #[error("wrong number of operands for -{mode}: {expected} expected, {found} given")]
    Operands {
        /// The mode.
        mode: Letters,
        /// How many would be right.
        expected: &'static str,
        /// How many there are.
        found: usize,
    },
    /// `--json` together with `-0`.
    #[error("--json and -0 exclude each other")]
    TwoFormats,
    /// What is wrong with a line of words, in clap's form.
    #[error("{text}")]
    Word {
        /// The whole message.
        text: String,
    },
    /// `-R` together with `-G`, which would drop the rows of all other groups.
    #[error("Never run -R with -G!")]
    CleanUpWithGroups,
}

impl UsageError {
    /// Says whether the usage text helps: not when a form is right and only a value is wrong.
    #[must_use]
    pub const fn wants_usage(&self) -> bool {
        !matches!(
            self,
            Self::BadValue { .. } | Self::CleanUpWithGroups | Self::TwoFormats | Self::Word { .. }
        )
    }
}

/// The letters of a mode, as they are typed after the dash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Letters(pub &'static str);

impl fmt::Display for Letters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// The usage text: csync2's letters and shape, in our words.
pub const TEXT: &str = concat!(
    "\ncsync3 ",
    env!("CARGO_PKG_VERSION"),
    " - cluster synchronization tool, compatible with csync2\n\nVersion: ",
    env!("CARGO_PKG_VERSION"),
    "\n",
    include_str!("usage.txt"),
);
