//! The values of options, and the long names of modifiers.
use crate::cli::invocation::ColorChoice;
use csync3_core::push::Preference;
use std::num::NonZeroUsize;
use std::time::Duration;

/// The letter of the modifier that a long option stands for.
pub(super) fn letter(long: &str) -> Option<char> {
    Some(match long {
        "recursive" => 'r',
        "dry-run" => 'd',
        "verbose" => 'v',
        "syslog" => 'l',
        "host" => 'N',
        "port" => 'p',
        "config" => 'C',
        "database" => 'D',
        "groups" => 'G',
        "peers" => 'P',
        "force" => 'F',
        "init" => 'I',
        "dump-dirs" => 'W',
        "no-sync" => 'A',
        "single-statements" => 'B',
        "null" => '0',
        "full-log" => 'O',
        "time-stamps" => 't',
        "stamp-file" => 's',
        "only-there" => 'X',
        "only-this-peer" => 'U',
        _ => return None,
    })
}

/// A comma list; empty parts name nothing.
pub(super) fn list(text: &str) -> Vec<String> {
    text.split(',').filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// A file descriptor.
///
/// # Errors
/// What is expected; the same holds for the other values.
pub(super) fn descriptor(text: &str) -> Result<i32, &'static str> {
    let number = text.parse().ok().filter(|&number: &i32| number >= 0);
    number.ok_or("the number of an open file descriptor")
}

/// A number of peers or sessions.
pub(super) fn count(text: &str) -> Result<NonZeroUsize, &'static str> {
    text.parse().map_err(|_| "a number from 1")
}

/// When to color.
pub(super) fn color(text: &str) -> Result<ColorChoice, &'static str> {
    match text {
        "auto" => Ok(ColorChoice::Auto),
        "always" => Ok(ColorChoice::Always),
        "never" => Ok(ColorChoice::Never),
        _ => Err("auto, always or never"),
    }
}

/// Which dialect to speak.
pub(super) fn dialect(text: &str) -> Result<Preference, &'static str> {
    match text {
        "auto" => Ok(Preference::Auto),
        "classic" => Ok(Preference::Classic),
        "native" => Ok(Preference::Native),
        _ => Err("auto, classic or native"),
    }
}

/// A time in seconds, longer than nothing; fractions are fine.
pub(super) fn seconds(text: &str) -> Result<Duration, &'static str> {
    let time = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    time.filter(|time| !time.is_zero()).ok_or("a number of seconds above 0")
}
