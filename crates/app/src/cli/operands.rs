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
    let start: &[u8] =
        if operand.as_bytes().starts_with(b"/") { b"" } else { directory.as_os_str().as_bytes() };
    let components = start.split(is_slash).chain(operand.as_bytes().split(is_slash));
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

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that split() calls")]
fn is_slash(byte: &u8) -> bool {
    *byte == b'/'
}

#[cfg(test)]
mod tests {
    use super::{absolute, canonical};
    use proptest::prelude::*;
    use std::ffi::OsStr;
    use std::fs;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;
    use std::path::Path;

    #[test]
    fn text_alone_makes_an_operand_absolute() {
        for (operand, expected) in [
            ("/a/b", "/a/b"),
            ("b", "/work/dir/b"),
            ("./b", "/work/dir/b"),
            ("../b", "/work/b"),
            ("../../../b", "/b"),
            ("", "/work/dir"),
            (".", "/work/dir"),
            ("/", "/"),
            ("//", "/"),
            ("/..", "/"),
            ("/tmp/..", "/"),
            ("/a/", "/a"),
            ("/a//", "/a"),
            ("/a//b", "/a/b"),
            ("/a/./b/.", "/a/b"),
            ("/a/b/../c", "/a/c"),
            ("/a/..b/...", "/a/..b/..."),
            ("/a b\n", "/a b\n"),
        ] {
            let found = absolute(OsStr::new(operand), Path::new("/work/dir"));
            assert_eq!(found.as_bytes(), expected.as_bytes(), "{operand:?}");
        }
    }

    #[test]
    fn parents_are_resolved_and_the_last_component_is_not() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let base = fs::canonicalize(directory.path()).expect("it exists");
        fs::create_dir_all(base.join("real/sub")).expect("directories");
        fs::write(base.join("real/file"), "").expect("a file");
        symlink("real", base.join("lnk")).expect("a link");
        symlink("lnk", base.join("far")).expect("a link");
        symlink("nowhere", base.join("dangling")).expect("a link");
        symlink("loop", base.join("loop")).expect("a link");
        for (operand, expected) in [
            ("lnk", "lnk"),
            ("lnk/", "lnk"),
            ("lnk/sub", "real/sub"),
            ("lnk/nope", "real/nope"),
            ("lnk/nope/deeper", "real/nope/deeper"),
            ("lnk/sub/../x", "real/x"),
            ("lnk/../x", "x"),
            ("far/sub/x", "real/sub/x"),
            ("far/file/x", "real/file/x"),
            ("dangling", "dangling"),
            ("dangling/x", "dangling/x"),
            ("loop/x/y", "loop/x/y"),
            ("nope/deeper", "nope/deeper"),
        ] {
            let whole = base.join(expected);
            let relative = canonical(OsStr::new(operand), &base);
            assert_eq!(relative.as_path(), whole, "{operand}");
            let typed = base.as_os_str().as_bytes();
            let typed = [typed, b"/", operand.as_bytes()].concat();
            let full = canonical(OsStr::from_bytes(&typed), Path::new("/"));
            assert_eq!(full.as_path(), whole, "{operand}");
        }
    }

    #[test]
    fn the_root_has_a_canonical_form() {
        for operand in ["/", "/..", "/tmp/..", "/tmp/../..", "//"] {
            let found = canonical(OsStr::new(operand), Path::new("/tmp"));
            assert_eq!(found.as_bytes(), b"/", "{operand}");
        }
    }

    proptest! {
        #[test]
        fn every_operand_has_a_clean_absolute_form(operand in "[./a]{0,12}", start in "(/[.a]{1,3}){0,3}") {
            let found = absolute(OsStr::new(&operand), Path::new(&start));
            let components: Vec<&[u8]> = found.as_bytes()[1..].split(|&byte| byte == b'/').collect();
            prop_assert_eq!(found.as_bytes()[0], b'/');
            let clean = |part: &&[u8]| !matches!(*part, b"" | b"." | b"..");
            prop_assert!(found.as_bytes() == b"/" || components.iter().all(clean), "{:?}", found);
            let again = absolute(found.as_path().as_os_str(), Path::new("/x"));
            prop_assert_eq!(again, found);
        }
    }
}
