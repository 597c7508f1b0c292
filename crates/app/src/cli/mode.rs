//! The modes of csync2, how they combine, and how many operands each takes.
use crate::cli::invocation::{InSync, ServeMode, Test, Verb};
use crate::cli::usage::{Letters, UsageError};
use std::ffi::OsString;
use std::ops::RangeInclusive;

/// A mode as it is typed, before its operands are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// `-h`
    Hint,
    /// `-c`
    Check,
    /// `-u`
    Update,
    /// `-c` followed by `-u`
    CheckUpdate,
    /// `-x`
    Sync,
    /// `-o`
    Compare,
    /// `-f`
    Force,
    /// `-m`
    Mark,
    /// `-H`
    ListHints,
    /// `-L`
    ListFiles,
    /// `-M`
    ListDirty,
    /// `-S`
    ListPair,
    /// `-R`
    CleanUp,
    /// `-i`, `-ii`, `-iii`
    Serve(ServeMode),
    /// `-T`
    InSync,
    /// `-TT`
    Diff,
}

impl Mode {
    /// The mode that a letter stands for; `None` if it is no mode.
    pub(crate) const fn of(letter: char) -> Option<Self> {
        Some(match letter {
            'h' => Self::Hint,
            'c' => Self::Check,
            'u' => Self::Update,
            'x' => Self::Sync,
            'o' => Self::Compare,
            'f' => Self::Force,
            'm' => Self::Mark,
            'H' => Self::ListHints,
            'L' => Self::ListFiles,
            'M' => Self::ListDirty,
            'S' => Self::ListPair,
            'R' => Self::CleanUp,
            'i' => Self::Serve(ServeMode::Inetd),
            'T' => Self::InSync,
            _ => return None,
        })
    }

    /// The mode when another mode letter follows.
    ///
    /// # Errors
    /// [`UsageError::TwoModes`] unless the letters are one of `-cu`, `-ii`, `-iii` and `-TT`, or
    /// more `T`s.
    ///
    /// # Source
    /// `spec/cli.md` 2; csync2 refuses `-cc`, `-uc`, `-cuu` and `-iiii`, too.
    pub(crate) const fn followed_by(self, next: Self) -> Result<Self, UsageError> {
        Ok(match (self, next) {
            (Self::Check, Self::Update) => Self::CheckUpdate,
            (Self::Serve(ServeMode::Inetd), Self::Serve(_)) => Self::Serve(ServeMode::Daemon),
            (Self::Serve(ServeMode::Daemon), Self::Serve(_)) => Self::Serve(ServeMode::Once),
            (Self::InSync | Self::Diff, Self::InSync) => Self::Diff,
            _ => {
                return Err(UsageError::TwoModes { first: self.letters(), second: next.letters() });
            }
        })
    }

    /// How the mode is typed.
    pub(crate) const fn letters(self) -> Letters {
        Letters(match self {
            Self::Hint => "h",
            Self::Check => "c",
            Self::Update => "u",
            Self::CheckUpdate => "cu",
            Self::Sync => "x",
            Self::Compare => "o",
            Self::Force => "f",
            Self::Mark => "m",
            Self::ListHints => "H",
            Self::ListFiles => "L",
            Self::ListDirty => "M",
            Self::ListPair => "S",
            Self::CleanUp => "R",
            Self::Serve(ServeMode::Inetd) => "i",
            Self::Serve(ServeMode::Daemon) => "ii",
            Self::Serve(ServeMode::Once) => "iii",
            Self::InSync => "T",
            Self::Diff => "TT",
        })
    }

    /// How many operands the mode takes, and how that is said; `None`: any number.
    const fn arity(self) -> Option<(RangeInclusive<usize>, &'static str)> {
        match self {
            Self::ListPair => Some((2..=2, "2")),
            Self::InSync | Self::Diff => Some((0..=3, "0 to 3")),
            Self::ListHints
            | Self::ListFiles
            | Self::ListDirty
            | Self::CleanUp
            | Self::Serve(_) => Some((0..=0, "none")),
            _ => None,
        }
    }

    /// The verb of the mode with these operands.
    ///
    /// # Errors
    /// [`UsageError::Operands`], and [`UsageError::BadValue`] for host names that are not text.
    pub(crate) fn with(self, operands: Vec<OsString>) -> Result<Verb, UsageError> {
        if let Some((range, expected)) = self.arity()
            && !range.contains(&operands.len())
        {
            return Err(UsageError::Operands {
                mode: self.letters(),
                expected,
                found: operands.len(),
            });
        }
        Ok(match self {
            Self::Hint => Verb::Hint(operands),
            Self::Check => Verb::Check(operands),
            Self::Update => Verb::Update(operands),
            Self::CheckUpdate => Verb::CheckUpdate(operands),
            Self::Sync => Verb::Sync(operands),
            Self::Compare => Verb::Compare(operands),
            Self::Force => Verb::Force(operands),
            Self::Mark => Verb::Mark(operands),
            Self::ListHints => Verb::ListHints,
            Self::ListFiles => Verb::ListFiles,
            Self::ListDirty => Verb::ListDirty,
            Self::ListPair => pair(operands)?,
            Self::CleanUp => Verb::CleanUp,
            Self::Serve(mode) => Verb::Serve(mode),
            Self::InSync => Verb::InSync(in_sync(Test::Rows, operands)?),
            Self::Diff => Verb::InSync(in_sync(Test::Contents, operands)?),
        })
    }
}

/// The two names of `-S`; the caller has counted them.
fn pair(operands: Vec<OsString>) -> Result<Verb, UsageError> {
    let (myname, peer) = names(&mut operands.into_iter(), "-S")?;
    Ok(Verb::ListPair { myname, peer })
}

/// The operands of `-T` and `-TT`, at most three: two of them are names, and a path is the last.
fn in_sync(test: Test, operands: Vec<OsString>) -> Result<InSync, UsageError> {
    let count = operands.len();
    let mut operands = operands.into_iter();
    let pair = match count {
        0 | 1 => None,
        _ => Some(names(&mut operands, "-T")?),
    };
    Ok(InSync { test, pair, file: operands.next() })
}

/// The next two operands, which were counted, as names of hosts.
fn names(
    operands: &mut impl Iterator<Item = OsString>,
    option: &'static str,
) -> Result<(String, String), UsageError> {
    let mut next = || {
        let operand = operands.next().expect("two operands were counted");
        operand.into_string().map_err(|odd| UsageError::BadValue {
            option,
            value: odd.to_string_lossy().into_owned(),
            expected: "a host name",
        })
    };
    Ok((next()?, next()?))
}
