//! Finds temporary files that a run should have removed.
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The temporary files of csync2 (`.NAME.XXXXXX`) and csync3 (`.csync3-*`) at or below `path`.
///
/// # Panics
/// When a directory cannot be read.
#[must_use]
pub fn leftovers(path: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![path.to_owned()];
    while let Some(dir) = waiting.pop() {
        let entries =
            std::fs::read_dir(&dir).unwrap_or_else(|error| panic!("list {dir:?}: {error}"));
        for entry in entries.flatten() {
            if is_temporary(entry.file_name().as_bytes()) {
                found.push(entry.path());
            }
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                waiting.push(entry.path());
            }
        }
    }
    found.sort();
    found
}

fn is_temporary(name: &[u8]) -> bool {
    if name.starts_with(b".csync3-") {
        return true;
    }
    let Some((base, suffix)) = name.split_at_checked(name.len().saturating_sub(7)) else {
        return false;
    };
    base.len() > 1
        && base.starts_with(b".")
        && suffix.starts_with(b".")
        && suffix[1..].iter().all(u8::is_ascii_alphanumeric)
        && suffix.len() == 7
}

#[cfg(test)]
mod tests {
    use super::{is_temporary, leftovers};

    #[test]
    fn temporaries_of_both_programs_are_told_from_ordinary_hidden_files() {
        for name in [&b".a.conf.x1Y2z3"[..], b".csync3-0123456789abcdef.new", b".f.AAAAAA"] {
            assert!(is_temporary(name), "{}", String::from_utf8_lossy(name));
        }
        for name in [&b".profile"[..], b"a.conf.x1Y2z3", b".a.conf", b".x1Y2z3", b"a"] {
            assert!(!is_temporary(name), "{}", String::from_utf8_lossy(name));
        }
    }

    #[test]
    fn a_temporary_deep_in_a_tree_is_found() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        std::fs::create_dir_all(dir.path().join("a/b")).expect("directories");
        let file = dir.path().join("a/b/.c.abcdef");
        std::fs::write(&file, "").expect("a file");
        assert_eq!(leftovers(dir.path()), [file]);
    }
}
