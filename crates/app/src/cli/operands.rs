//! Operand paths in their canonical form.
//!
//! Two steps, as csync2's `getrealfn` takes them: [`absolute`] works on the text alone, and
//! [`canonical`] then follows the symlinks of the longest existing directory among the *parents*.
//! The last component is never followed: an operand that is a symlink means the symlink.
//!
//! # Invariants
//! * Every operand has a canonical form: what leads above `/` ends at `/`.
//! * The result starts with `/` and has no empty, `.` or `..` component.
//!
//! # Source
//! `spec/cli.md` 7.
use csync3_core::path::LocalPath;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The absolute form of an operand by text alone: no link is followed, no disk is asked.
///
/// `directory` is what a relative operand starts from.
#[must_use]
pub fn absolute(operand: &OsStr, directory: &Path) -> LocalPath {
    let mut parts: Vec<&[u8]> = Vec::new();
    let start: &[u8] = if operand.as_bytes().starts_with(b"/") {
        b""
    } else {
        directory.as_os_str().as_bytes()
    };
    let components = start
        .split(is_slash)
        .chain(operand.as_bytes().split(is_slash));
    for component in components {
        match component {
            b"" | b"." => {}
            b".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    joined(&parts)
}

/// The canonical form of an operand on this host.
#[must_use]
pub fn canonical(operand: &OsStr, directory: &Path) -> LocalPath {
    let path = absolute(operand, directory);
    let parts: Vec<&[u8]> = path.as_bytes()[1..].split(is_slash).collect();
    let (resolved, depth) = longest_existing(&parts[..parts.len() - 1]);
    resolved.join(&parts[depth..].join(&b'/'))
}

/// The longest existing directory along `parents`, resolved, and how many of them it takes up.
fn longest_existing(parents: &[&[u8]]) -> (LocalPath, usize) {
    for depth in (1..=parents.len()).rev() {
        let candidate = joined(&parents[..depth]);
        if let Ok(real) = fs::canonicalize(candidate.as_path())
            && real.is_dir()
        {
            return (LocalPath::new(real.as_os_str().as_bytes()), depth);
        }
    }
    (LocalPath::new(b"/"), 0)
}

fn joined(parts: &[&[u8]]) -> LocalPath {
    LocalPath::new(&[b"/", &*parts.join(&b'/')].concat())
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the shape that split() calls"
)]
fn is_slash(byte: &u8) -> bool {
    *byte == b'/'
}
