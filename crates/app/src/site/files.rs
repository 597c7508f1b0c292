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
use csync3_core::config::Sources;
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How old a change must be when the file is read; file systems count time in steps up to this.
const SETTLED: Duration = Duration::from_secs(2);

/// One state of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    /// No program can set this time, so it says when the file was last touched in any way.
    changed: (i64, i64),
}

impl Identity {
    fn of(meta: &fs::Metadata) -> Self {
        Self {
            device: meta.dev(),
            inode: meta.ino(),
            size: meta.len(),
            modified: (meta.mtime(), meta.mtime_nsec()),
            changed: (meta.ctime(), meta.ctime_nsec()),
        }
    }

    /// Says whether a change after this look at `now` (since the epoch) would show.
    fn is_settled(&self, now: Duration) -> bool {
        let changed = Duration::new(
            u64::try_from(self.changed.0).unwrap_or(0),
            u32::try_from(self.changed.1).unwrap_or(0),
        );
        now.checked_sub(changed).is_some_and(|age| age >= SETTLED)
    }
}

/// The files that were looked at, and what they were; `None`: it could not be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Seen {
    files: Vec<(PathBuf, Option<Identity>)>,
    is_settled: bool,
}

impl Seen {
    /// Says whether reading the files again would give the same.
    pub(super) fn is_current(&self) -> bool {
        let now = |path: &Path| fs::metadata(path).ok().map(|meta| Identity::of(&meta));
        self.is_settled && self.files.iter().all(|(path, identity)| now(path) == *identity)
    }

    /// Says whether the files were the same, however long ago their last change was.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.files == other.files
    }

    /// Says whether a file that was read is not there any more.
    pub(super) fn has_lost_a_file(&self) -> bool {
        self.files.iter().any(|(path, identity)| identity.is_some() && fs::metadata(path).is_err())
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

    fn note(&self, path: &Path, identity: Option<Identity>) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.is_settled &= identity.is_none_or(|identity| identity.is_settled(now));
        seen.files.push((path.to_owned(), identity));
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
                self.note(path, Some(Identity::of(&meta)));
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
    use super::{Identity, Seen};
    use std::fs::{self, File};
    use std::path::{Path, PathBuf};
    use std::time::Duration;

    fn seen(path: &Path) -> Seen {
        let identity = fs::metadata(path).ok().map(|meta| Identity::of(&meta));
        Seen { files: vec![(path.to_owned(), identity)], is_settled: true }
    }

    #[test]
    fn a_file_is_settled_once_its_last_change_is_two_seconds_old() {
        let mut identity =
            Identity { device: 1, inode: 1, size: 1, modified: (0, 0), changed: (100, 5) };
        for (seconds, nanos, settled) in
            [(99, 0, false), (100, 5, false), (102, 4, false), (102, 5, true), (200, 0, true)]
        {
            assert_eq!(identity.is_settled(Duration::new(seconds, nanos)), settled);
        }
        identity.changed = (-1, 0);
        assert!(identity.is_settled(Duration::new(9, 0)));
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
