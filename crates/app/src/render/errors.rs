//! Errors for people: the chain of causes in one line, then hints.
//!
//! # Invariants
//! * Each cause is told once, also where a foreign error repeats its source in its own text.
//! * Numbers of the operating system (`os error 13`) are left out: the words say the same.
use crate::daemon::NotServing;
use crate::render::diagnostics::{self, Color};
use crate::render::printable::printable;
use crate::site::NotAMember;
use crate::start::StartError;
use csync3_core::config::ConfigErrors;
use std::error::Error;
use std::fmt;

/// An error, and what to do about it.
#[derive(Debug)]
pub struct Hinted {
    error: Box<dyn Error>,
    hint: String,
}

impl Hinted {
    /// Adds a remedy to an error.
    #[must_use]
    pub fn new(error: impl Into<Box<dyn Error>>, hint: impl Into<String>) -> Self {
        Self { error: error.into(), hint: hint.into() }
    }
}

impl fmt::Display for Hinted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl Error for Hinted {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.error.source()
    }
}

/// The text for an error that ended the run, with a line feed after each line.
///
/// Faults of the configuration and of the start keep the words that csync2 has for them.
#[must_use]
pub fn fatal(error: &(dyn Error + 'static), color: Color) -> String {
    if let Some(faults) = faults_within(error) {
        return diagnostics::faults(faults, color);
    }
    if let Some(Hinted { error, hint }) = error.downcast_ref() {
        return format!("{}  hint: {}\n", fatal(&**error, color), printable(hint));
    }
    let label = if has_known_words(error) { "" } else { "error: " };
    format!("{label}{}\n", chain(error))
}

/// Says whether csync2 has these words at the beginning of a line, where scripts look for them.
fn has_known_words(error: &(dyn Error + 'static)) -> bool {
    error.is::<StartError>() || error.is::<NotAMember>() || error.is::<NotServing>()
}

/// The faults of the configuration that an error consists of, or that caused it.
fn faults_within<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a ConfigErrors> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(faults) = error.downcast_ref() {
            return Some(faults);
        }
        next = error.source();
    }
    None
}

/// An error and its causes in one line, without control characters.
#[must_use]
pub fn chain(error: &dyn Error) -> String {
    let mut line = words(error);
    line.push_str(&causes(&line, error.source()));
    line
}

/// `: cause` for each cause, as far as `told` does not end with it already.
#[must_use]
pub fn causes(told: &str, first: Option<&(dyn Error + 'static)>) -> String {
    let mut line = String::new();
    let mut last = told.to_owned();
    let mut next = first;
    while let Some(cause) = next {
        let text = words(cause);
        if !text.is_empty() && !last.ends_with(&text) {
            line.push_str(": ");
            line.push_str(&text);
            last = text;
        }
        next = cause.source();
    }
    line
}

/// What one error says, without the number of the operating system.
fn words(error: &dyn Error) -> String {
    let text = error.to_string();
    let shown = match text.rsplit_once(" (os error ") {
        Some((words, number)) if number.ends_with(')') => words,
        _ => &text,
    };
    printable(shown).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{Hinted, chain, fatal};
    use crate::render::diagnostics::Color;
    use crate::start::StartError;
    use csync3_core::config::{ConfigErrors, Diagnostic, Span};
    use std::io;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot open database '{path}'")]
    struct Outer {
        path: &'static str,
        source: Middle,
    }

    #[derive(Debug, thiserror::Error)]
    #[error("cannot read header: {source}")]
    struct Middle {
        source: io::Error,
    }

    fn outer() -> Outer {
        Outer {
            path: "/var/lib/csync2/a.db3",
            source: Middle { source: io::Error::from_raw_os_error(13) },
        }
    }

    #[test]
    fn a_chain_tells_each_cause_once() {
        let foreign =
            Outer { path: "a\nb", source: Middle { source: io::Error::other("disk on fire") } };
        let expected = "cannot open database 'a\\nb': cannot read header: disk on fire";
        assert_eq!(chain(&foreign), expected);
    }

    #[test]
    fn the_number_of_a_system_error_is_left_out() {
        let told = chain(&io::Error::from_raw_os_error(13));
        assert_eq!(told, "Permission denied");
    }

    #[test]
    fn hints_follow_the_chain() {
        let hinted = Hinted::new(Hinted::new(outer(), "run as root"), "or use -D");
        let told = fatal(&hinted, Color::Never);
        let lines: Vec<&str> = told.lines().collect();
        assert!(lines[0].starts_with("error: cannot open database '/var/lib/csync2/a.db3': "));
        assert_eq!(lines[1..], ["  hint: run as root", "  hint: or use -D"]);
    }

    #[test]
    fn faults_of_the_configuration_are_found_behind_other_errors() {
        #[derive(Debug, thiserror::Error)]
        #[error("cannot load the configuration")]
        struct Load {
            source: ConfigErrors,
        }
        let fault = Diagnostic::new(Span::default(), "Near line 1: syntax error", "");
        let load = Load { source: ConfigErrors { diagnostics: vec![fault], texts: vec![] } };
        let told = fatal(&load, Color::Never);
        assert_eq!(told, "Near line 1: syntax error\n");
    }

    #[test]
    fn refusals_at_the_start_keep_the_words_of_csync() {
        let refused = StartError::ConfigName { name: "A".into() };
        let told = fatal(&refused, Color::Never);
        assert_eq!(told, "Config names are limited to [a-z0-9]+.\n");
    }
}
