//! Words of the command line to an [`Invocation`].
//!
//! Options are read as getopt reads them for csync2: bundled (`-crvv`), after operands, with values
//! attached or separate, up to `--`. Each modifier has a long option, too.
//!
//! A first argument that is one of the [`words`] makes the line one of that word.
//!
//! # Source
//! `spec/cli.md` 1 to 3.
use crate::cli::invocation::{ColorChoice, Format, Invocation, ServeMode, Verb};
use crate::cli::mode::Mode;
use crate::cli::usage::UsageError;
use crate::cli::{values, words};
use csync3_core::push::Preference;
use lexopt::{Arg, Parser};
use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

/// Where `-O` without a file writes, as with csync2's fork.
const FULL_LOG: &str = "/tmp/csync2_full_log.log";

/// Reads a command line, without the name of the program.
///
/// # Errors
/// The first [`UsageError`] from left to right, then those about the whole line.
pub fn parse(words: &[OsString]) -> Result<Invocation, UsageError> {
    if let Some(read) = words::parse(words) {
        return read;
    }
    if let [first, file] = words
        && first == "-k"
    {
        return Ok(Invocation::of(Verb::Key(PathBuf::from(file))));
    }
    let mut parser = Parser::from_args(words);
    let mut draft = Draft::default();
    while let Some(arg) = parser.next().map_err(malformed)? {
        match arg {
            Arg::Short(letter) => draft.short(letter, &mut parser)?,
            Arg::Long("help") => return Ok(Invocation::of(Verb::Help)),
            Arg::Long("version") => return Ok(Invocation::of(Verb::Version)),
            Arg::Long(name) => {
                let name = name.to_owned();
                draft.long(&name, &mut parser)?;
            }
            Arg::Value(operand) => draft.operands.push(operand),
        }
    }
    draft.finish()
}

/// A command line that is read up to some point.
struct Draft {
    mode: Option<Mode>,
    operands: Vec<OsString>,
    seen: Invocation,
}

impl Default for Draft {
    fn default() -> Self {
        Self { mode: None, operands: Vec::new(), seen: Invocation::of(Verb::Help) }
    }
}

impl Draft {
    fn short(&mut self, letter: char, parser: &mut Parser) -> Result<(), UsageError> {
        if let Some(next) = Mode::of(letter) {
            self.mode = Some(match self.mode {
                None => next,
                Some(mode) => mode.followed_by(next)?,
            });
            return Ok(());
        }
        match letter {
            'N' => self.seen.host = Some(text(parser, "-N")?),
            'p' => self.seen.port = Some(text(parser, "-p")?),
            'C' => self.seen.config_name = Some(text(parser, "-C")?),
            'D' => self.seen.database = Some(text(parser, "-D")?),
            'G' => self.seen.groups = Some(values::list(&text(parser, "-G")?)),
            'P' => self.seen.peers = Some(values::list(&text(parser, "-P")?)),
            'W' => self.seen.dump_dirs = Some(descriptor(parser)?),
            's' => {
                let file = parser.value().map_err(malformed)?;
                self.seen.stamp_file = Some(PathBuf::from(file));
            }
            'O' => {
                let file = parser.optional_value().filter(|file| !file.is_empty());
                self.seen.full_log = Some(file.map_or_else(|| FULL_LOG.into(), PathBuf::from));
            }
            _ => return self.flag(letter),
        }
        Ok(())
    }

    /// An option without a value.
    fn flag(&mut self, letter: char) -> Result<(), UsageError> {
        let seen = &mut self.seen;
        match letter {
            'r' => seen.recursive = true,
            'd' => seen.dry_run = true,
            'v' => seen.verbosity = seen.verbosity.saturating_add(1),
            'l' => seen.syslog = true,
            'F' => seen.force = true,
            'I' => seen.init = true,
            'A' => seen.no_sync = true,
            'B' => seen.single_statements = true,
            't' => seen.time_stamps = true,
            // Of csync2's fork: metadata with the content, rows cleared together. Both are so here.
            'a' | 'b' => {}
            '0' => return self.format(Format::Null),
            // They modify -TI alone; csync2 accepts them with every mode.
            'X' => seen.only_there = true,
            'U' => seen.only_this_peer = true,
            option => return Err(UsageError::InvalidOption { option }),
        }
        Ok(())
    }

    fn long(&mut self, name: &str, parser: &mut Parser) -> Result<(), UsageError> {
        let timeouts = &mut self.seen.timeouts;
        match name {
            "jobs" => self.seen.jobs = Some(count(parser, "--jobs")?),
            "max-sessions" => self.seen.sessions.total = Some(count(parser, "--max-sessions")?),
            "max-sessions-per-address" => {
                self.seen.sessions.per_address = Some(count(parser, "--max-sessions-per-address")?);
            }
            "connect-timeout" => timeouts.connect = Some(seconds(parser, "--connect-timeout")?),
            "handshake-timeout" => {
                timeouts.handshake = Some(seconds(parser, "--handshake-timeout")?);
            }
            "dialect" => self.seen.dialect = dialect(parser)?,
            "color" => self.seen.color = color(parser)?,
            "idle-timeout" => timeouts.idle = Some(seconds(parser, "--idle-timeout")?),
            "json" => return self.format(Format::Json),
            name => {
                return match values::letter(name) {
                    Some(letter) => self.short(letter, parser),
                    None => Err(UsageError::UnrecognizedOption { option: name.to_owned() }),
                };
            }
        }
        Ok(())
    }

    fn format(&mut self, format: Format) -> Result<(), UsageError> {
        if self.seen.format != Format::Lines && self.seen.format != format {
            return Err(UsageError::TwoFormats);
        }
        self.seen.format = format;
        Ok(())
    }

    /// Checks what only the whole line can tell.
    fn finish(self) -> Result<Invocation, UsageError> {
        let mode = self.mode.ok_or(UsageError::NoMode)?;
        let verb = mode.with(self.operands)?;
        if verb == Verb::CleanUp && self.seen.groups.is_some() {
            return Err(UsageError::CleanUpWithGroups);
        }
        Ok(Invocation {
            syslog: self.seen.syslog || verb == Verb::Serve(ServeMode::Inetd),
            verb,
            ..self.seen
        })
    }
}

/// The value of an option as text.
fn text(parser: &mut Parser, option: &'static str) -> Result<String, UsageError> {
    let value = parser.value().map_err(malformed)?;
    value.into_string().map_err(|odd| UsageError::BadValue {
        option,
        value: odd.to_string_lossy().into_owned(),
        expected: "UTF-8 text",
    })
}

fn descriptor(parser: &mut Parser) -> Result<i32, UsageError> {
    let value = text(parser, "-W")?;
    values::descriptor(&value).map_err(|expected| bad("-W", value, expected))
}

fn count(parser: &mut Parser, option: &'static str) -> Result<NonZeroUsize, UsageError> {
    let value = text(parser, option)?;
    values::count(&value).map_err(|expected| bad(option, value, expected))
}

/// When to color; `--color` alone leaves it to the terminal, as with GNU diff.
fn color(parser: &mut Parser) -> Result<ColorChoice, UsageError> {
    let value = parser.optional_value().unwrap_or_else(|| "auto".into());
    let value = value.to_string_lossy().into_owned();
    values::color(&value).map_err(|expected| bad("--color", value, expected))
}

/// Which dialect to speak.
fn dialect(parser: &mut Parser) -> Result<Preference, UsageError> {
    let value = text(parser, "--dialect")?;
    values::dialect(&value).map_err(|expected| bad("--dialect", value, expected))
}

/// A time in seconds, longer than nothing; fractions are fine.
fn seconds(parser: &mut Parser, option: &'static str) -> Result<Duration, UsageError> {
    let value = text(parser, option)?;
    values::seconds(&value).map_err(|expected| bad(option, value, expected))
}

fn bad(option: &'static str, value: String, expected: &'static str) -> UsageError {
    UsageError::BadValue { option, value, expected }
}

/// What the tokenizer rejects, in our words.
fn malformed(error: lexopt::Error) -> UsageError {
    let bare = |option: String| option.trim_start_matches('-').to_owned();
    match error {
        lexopt::Error::MissingValue { option } => {
            UsageError::MissingValue { option: bare(option.unwrap_or_default()) }
        }
        lexopt::Error::UnexpectedValue { option, .. } => {
            UsageError::UnexpectedValue { option: bare(option) }
        }
        other => UsageError::UnrecognizedOption { option: bare(other.to_string()) },
    }
}

#[cfg(test)]
mod tests;
