//! Which binary a node runs.
use std::path::{Path, PathBuf};

/// Where the Debian package puts csync2.
const PACKAGED: &str = "/usr/sbin/csync2";

/// The program behind a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Program {
    /// A csync3 binary, usually `env!("CARGO_BIN_EXE_csync3")`.
    Csync3(PathBuf),
    /// The same, told to speak csync2's dialect with everybody.
    Csync3Classic(PathBuf),
    /// The csync2 of the Debian package.
    Csync2,
}

impl Program {
    /// Says whether it is a csync3.
    #[must_use]
    pub const fn is_csync3(&self) -> bool {
        matches!(self, Self::Csync3(_) | Self::Csync3Classic(_))
    }

    /// The file to execute.
    ///
    /// # Panics
    /// When the binary is missing: a test against csync2 that silently did nothing would prove
    /// nothing.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Csync3(path) | Self::Csync3Classic(path) => {
                assert!(path.is_file(), "no csync3 binary at {}", path.display());
                path
            }
            Self::Csync2 => {
                let path = Path::new(PACKAGED);
                assert!(path.is_file(), "{PACKAGED} is missing: install the Debian package csync2");
                path
            }
        }
    }
}
