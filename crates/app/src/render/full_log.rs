//! `-O[FILE]`: the messages of all levels in a file of their own.
//!
//! # Source
//! `spec/fork.md`. The usual file lies in a directory that everybody may write to, so the file must be
//! a plain one of this user and is never reached through a link.
use rustix::fs::OFlags;
use rustix::process::geteuid;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot write messages to {}", file.display())]
pub struct FullLogError {
    /// The file.
    file: PathBuf,
    /// Why.
    source: io::Error,
}

/// Opens the file, readable for this user alone, and empties it.
///
/// # Errors
/// [`FullLogError`], also for a link and for a file of somebody else.
pub fn create(file: &Path) -> Result<File, FullLogError> {
    open(file).map_err(|source| FullLogError { file: file.to_owned(), source })
}

fn open(file: &Path) -> io::Result<File> {
    let careful = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    let log = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(careful.bits().cast_signed())
        .open(file)?;
    let meta = log.metadata()?;
    if !meta.is_file() || meta.uid() != geteuid().as_raw() || meta.nlink() != 1 {
        return Err(io::Error::other("it is not a plain file of this user"));
    }
    log.set_len(0)?;
    Ok(log)
}

#[cfg(test)]
mod tests {
    use super::create;
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn the_file_is_made_anew() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let file = directory.path().join("log");
        fs::write(&file, "of the last run").expect("a writable directory");
        create(&file).expect("a plain file of ours");
        assert_eq!(fs::read(&file).expect("it is there"), b"");
    }

    #[test]
    fn nothing_is_written_through_links() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let (victim, link) = (directory.path().join("victim"), directory.path().join("link"));
        fs::write(&victim, "precious").expect("a writable directory");
        symlink(&victim, &link).expect("a writable directory");
        create(&link).expect_err("a symbolic link");
        fs::remove_file(&link).expect("a writable directory");
        fs::hard_link(&victim, &link).expect("a writable directory");
        create(&link).expect_err("another name of a file");
        create(directory.path()).expect_err("a directory");
        assert_eq!(fs::read(&victim).expect("it is there"), b"precious");
    }
}
