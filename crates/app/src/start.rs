//! The beginning of a run: what comes first, where its files are and who this host is.
//!
//! All of it is computed from facts; [`crate::run`] gathers them and carries out the answer.
//!
//! # Source
//! `spec/cli.md` 1, start-up order.
use crate::cli::{Invocation, UsageError, Verb};
use csync3_core::config::HostName;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Where a run finds things, and the name of this host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// The directory of configuration, keys and certificates.
    pub system_dir: PathBuf,
    /// This host: `-N`, or what the system says.
    pub host: HostName,
    /// The main configuration file.
    pub config_file: PathBuf,
}

/// Why a run cannot begin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The lock file forbids every run.
    #[error("Found {}", file.display())]
    Locked {
        /// The lock file.
        file: PathBuf,
    },
    /// The value of `-C` is no name of a configuration.
    #[error("Config names are limited to [a-z0-9]+.")]
    ConfigName {
        /// What was typed.
        name: String,
    },
    /// The name of this host cannot be used.
    #[error("cannot use '{name}' as the name of this host")]
    HostName {
        /// `-N`, or what the system says.
        name: String,
    },
}

/// The directory of csync2's files if the environment does not say.
pub const DEFAULT_SYSTEM_DIR: &str = "/etc";

/// The variable that names another directory.
pub const SYSTEM_DIR_VARIABLE: &str = "CSYNC2_SYSTEM_DIR";

/// The system directory, given the value of [`SYSTEM_DIR_VARIABLE`].
#[must_use]
pub fn system_dir(variable: Option<OsString>) -> PathBuf {
    PathBuf::from(variable.unwrap_or_else(|| DEFAULT_SYSTEM_DIR.into()))
}

/// The file whose presence forbids every run.
#[must_use]
pub fn lock_file(system_dir: &Path) -> PathBuf {
    system_dir.join("csync2.lock")
}

/// The main configuration file, default or named.
///
/// # Errors
/// [`StartError::ConfigName`] unless the name is of lower case ASCII letters and digits.
pub fn config_file(system_dir: &Path, name: Option<&str>) -> Result<PathBuf, StartError> {
    let Some(name) = name else {
        return Ok(system_dir.join("csync2.cfg"));
    };
    let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    if name.is_empty() || !name.bytes().all(legal) {
        return Err(StartError::ConfigName { name: name.to_owned() });
    }
    Ok(system_dir.join(format!("csync2_{name}.cfg")))
}

impl Start {
    /// Settles where everything is; `system_name` is what the system calls this host.
    ///
    /// # Errors
    /// [`StartError::ConfigName`] and [`StartError::HostName`].
    pub fn new(
        system_dir: PathBuf,
        invocation: &Invocation,
        system_name: &OsStr,
    ) -> Result<Self, StartError> {
        let name = match &invocation.host {
            Some(typed) => typed.as_bytes(),
            None => system_name.as_bytes(),
        };
        let host = HostName::parse(name).ok_or_else(|| StartError::HostName {
            name: String::from_utf8_lossy(name).into_owned(),
        })?;
        Ok(Self {
            config_file: config_file(&system_dir, invocation.config_name.as_deref())?,
            system_dir,
            host,
        })
    }
}

/// What a run does first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Write a new group key: possible even while the lock file exists.
    WriteKey(PathBuf),
    /// Print the usage text, as asked.
    ShowHelp,
    /// Print this text, as asked.
    Show(String),
    /// Print the version.
    ShowVersion,
    /// Refuse because of the lock file, whatever the options say.
    Refuse(StartError),
    /// Explain what is wrong with the command line.
    Explain(UsageError),
    /// Carry out the verb.
    Go(Box<Invocation>),
}

/// Decides what a run does first; `lock` is the lock file if it exists.
///
/// # Source
/// `spec/cli.md` 1: key, lock file, options.
#[must_use]
pub fn first_step(parsed: Result<Invocation, UsageError>, lock: Option<PathBuf>) -> Step {
    let invocation = match (parsed, lock) {
        (Ok(invocation), None) => invocation,
        (Err(error), None) => return Step::Explain(error),
        (Ok(invocation), Some(_)) if is_free(&invocation.verb) => invocation,
        (_, Some(file)) => return Step::Refuse(StartError::Locked { file }),
    };
    match invocation.verb {
        Verb::Key(file) => Step::WriteKey(file),
        Verb::Help => Step::ShowHelp,
        Verb::HelpOn(text) => Step::Show(text),
        Verb::Version => Step::ShowVersion,
        _ => Step::Go(Box::new(invocation)),
    }
}

/// Says whether a verb needs nothing that the lock file protects.
const fn is_free(verb: &Verb) -> bool {
    matches!(verb, Verb::Key(_) | Verb::Help | Verb::HelpOn(_) | Verb::Version)
}

#[cfg(test)]
mod tests {
    use super::{Start, StartError, Step, config_file, first_step, lock_file, system_dir};
    use crate::cli::{Invocation, UsageError, Verb};
    use std::ffi::OsStr;
    use std::path::{Path, PathBuf};

    fn locked() -> Option<PathBuf> {
        Some(lock_file(Path::new("/etc")))
    }

    #[test]
    fn the_system_directory_is_etc_unless_the_environment_says_otherwise() {
        assert_eq!(system_dir(None), Path::new("/etc"));
        assert_eq!(system_dir(Some("/x".into())), Path::new("/x"));
        assert_eq!(lock_file(Path::new("/x")), Path::new("/x/csync2.lock"));
    }

    #[test]
    fn the_lock_file_comes_before_errors_in_options() {
        let refused = first_step(Err(UsageError::NoMode), locked());
        let expected = StartError::Locked { file: "/etc/csync2.lock".into() };
        assert_eq!(refused, Step::Refuse(expected.clone()));
        assert_eq!(expected.to_string(), "Found /etc/csync2.lock");
        let verb = Invocation::of(Verb::ListDirty);
        assert_eq!(first_step(Ok(verb), locked()), Step::Refuse(expected));
    }

    #[test]
    fn a_key_can_be_written_while_the_lock_file_exists() {
        for lock in [None, locked()] {
            let key = Invocation::of(Verb::Key("k".into()));
            assert_eq!(first_step(Ok(key), lock), Step::WriteKey("k".into()));
        }
    }

    #[test]
    fn a_verb_is_carried_out_and_a_mistake_explained() {
        let verb = Invocation::of(Verb::CleanUp);
        let go = Step::Go(Box::new(verb.clone()));
        assert_eq!(first_step(Ok(verb), None), go);
        let wrong = first_step(Err(UsageError::NoMode), None);
        assert_eq!(wrong, Step::Explain(UsageError::NoMode));
    }

    #[test]
    fn names_of_configurations_are_lower_case_letters_and_digits() {
        let file = |name| config_file(Path::new("/etc"), name);
        assert_eq!(file(None), Ok("/etc/csync2.cfg".into()));
        assert_eq!(file(Some("web2")), Ok("/etc/csync2_web2.cfg".into()));
        for odd in ["", "A", "a b", "../x", "a-b", "ä"] {
            let name = odd.to_owned();
            assert_eq!(file(Some(odd)), Err(StartError::ConfigName { name }));
        }
    }

    #[test]
    fn the_host_name_is_lower_case_and_typed_names_win() {
        let start = |typed: Option<&str>, system: &str| {
            let invocation =
                Invocation { host: typed.map(str::to_owned), ..Invocation::of(Verb::ListDirty) };
            let start = Start::new("/etc".into(), &invocation, OsStr::new(system))?;
            Ok::<_, StartError>(start.host.as_str().to_owned())
        };
        assert_eq!(start(None, "Node1.Example"), Ok("node1.example".into()));
        assert_eq!(start(Some("10.0.0.7"), "node1"), Ok("10.0.0.7".into()));
        let long = "n".repeat(256);
        for odd in ["", "a b", &long] {
            let name = odd.to_owned();
            assert_eq!(start(Some(odd), "node1"), Err(StartError::HostName { name }));
        }
    }
}
