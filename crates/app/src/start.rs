//! What a run needs to know before it begins: where its files are and who this host is.
//!
//! # Source
//! `spec/cli.md` 1, start-up order.
use crate::cli::Invocation;
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
        return Err(StartError::ConfigName {
            name: name.to_owned(),
        });
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
