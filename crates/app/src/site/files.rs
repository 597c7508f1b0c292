//! The files of a configuration: read, and recognised as unchanged.
//!
//! A configuration is made of files; [`Seen`] remembers which, and in what state. As long as all of
//! them are as they were, it need not be read again.
//!
//! # Invariants
//! * A file that was changed shortly before it was read proves nothing: a second change within the
//!   same tick of the file system would look the same.
//! * A file that was looked for and not there counts as well: it may be made later.
use crate::key;
use crate::render::{Console, errors};
use crate::stamp::Stamp;
use csync3_core::config::Sources;
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The files that were looked at, and what they were; `None`: it could not be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Seen {
    files: Vec<(PathBuf, Option<Stamp>)>,
    is_settled: bool,
}

impl Seen {
    /// Says whether reading the files again would give the same.
    pub(super) fn is_current(&self) -> bool {
        let now = |path: &Path| fs::metadata(path).ok().map(|meta| Stamp::of(&meta));
        self.is_settled && self.files.iter().all(|(path, stamp)| now(path) == *stamp)
    }

    /// Says whether the files were the same, however long ago their last change was.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.files == other.files
    }

    /// Says whether a file that was read is not there any more.
    pub(super) fn has_lost_a_file(&self) -> bool {
        self.files.iter().any(|(path, stamp)| stamp.is_some() && fs::metadata(path).is_err())
    }
}

/// Key files that were warned of, so that a daemon says it once.
#[derive(Debug, Default)]
pub(super) struct Warned(Mutex<HashSet<PathBuf>>);

/// Reads the files of one configuration, and notes what they are.
pub(super) struct Files<'a> {
    console: &'a Arc<Console>,
    warned: &'a Warned,
    seen: Mutex<Seen>,
}

impl<'a> Files<'a> {
    pub(super) fn new(console: &'a Arc<Console>, warned: &'a Warned) -> Self {
        let seen = Seen { files: Vec::new(), is_settled: true };
        Self { console, warned, seen: Mutex::new(seen) }
    }

    /// What was read.
    pub(super) fn seen(self) -> Seen {
        self.seen.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, path: &Path, stamp: Option<Stamp>) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.is_settled &= stamp.is_none_or(|stamp| stamp.is_settled());
        seen.files.push((path.to_owned(), stamp));
    }

    fn content(&self, path: &Path) -> io::Result<(Vec<u8>, fs::Metadata)> {
        let mut file = File::open(path)?;
        // Before the content: a change while it is read then shows.
        let meta = file.metadata()?;
        let mut content = Vec::new();
        file.read_to_end(&mut content)?;
        Ok((content, meta))
    }
}

impl Sources for Files<'_> {
    fn read(&self, path: &Path) -> Result<Vec<u8>, String> {
        match self.content(path) {
            Ok((content, meta)) => {
                self.note(path, Some(Stamp::of(&meta)));
                Ok(content)
            }
            Err(error) => {
                self.note(path, None);
                Err(errors::chain(&error))
            }
        }
    }

    fn read_key(&self, path: &Path) -> Result<Vec<u8>, String> {
        if let Some(text) = key::open_to_others(path) {
            let mut warned = self.warned.0.lock().unwrap_or_else(PoisonError::into_inner);
            if warned.insert(path.to_owned()) {
                self.console.say(0, &text);
            }
        }
        self.read(path)
    }
}

#[cfg(test)]
mod tests {
    use super::{Seen, Stamp};
    use std::fs::{self, File};
    use std::path::{Path, PathBuf};
    use std::time::Duration;

    fn seen(path: &Path) -> Seen {
        let stamp = fs::metadata(path).ok().map(|meta| Stamp::of(&meta));
        Seen { files: vec![(path.to_owned(), stamp)], is_settled: true }
    }

    #[test]
    fn whatever_is_done_to_a_file_shows() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("csync2.cfg");
        let changes: [&dyn Fn(&Path); 4] = [
            &|path| fs::write(path, "longer").expect("a write"),
            &|path| fs::remove_file(path).expect("a removal"),
            &|path| {
                let old = File::open(path).expect("a file").metadata().expect("its state");
                fs::rename(path, path.with_extension("old")).expect("a rename");
                fs::write(path, "text").expect("a write");
                let file = File::options().write(true).open(path).expect("a file");
                file.set_modified(old.modified().expect("a time")).expect("the same time");
            },
            &|path| {
                let mode = std::os::unix::fs::PermissionsExt::from_mode(0o640);
                std::thread::sleep(Duration::from_millis(20));
                fs::set_permissions(path, mode).expect("a change");
            },
        ];
        for (number, change) in changes.iter().enumerate() {
            fs::write(&path, "text").expect("a fresh file");
            let before = seen(&path);
            assert!(before.is_current());
            change(&path);
            assert!(!before.is_current(), "change {number}");
        }
        assert!(!Seen { is_settled: false, ..seen(&path) }.is_current());
    }

    #[test]
    fn a_file_that_was_not_there_is_missed_until_it_is() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path: PathBuf = directory.path().join("more.cfg");
        let absent = seen(&path);
        assert!(absent.is_current());
        fs::write(&path, "text").expect("a fresh file");
        assert!(!absent.is_current());
        let there = seen(&path);
        assert!(!there.has_lost_a_file());
        fs::remove_file(&path).expect("it is there");
        assert!(there.has_lost_a_file());
        assert!(!absent.has_lost_a_file(), "it was not there before either");
    }
}
