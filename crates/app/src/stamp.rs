//! Whether a file that was read once has to be read again.
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How old a change must be when the file is read; file systems count time in steps up to this.
const SETTLED: Duration = Duration::from_secs(2);

/// One state of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    /// No program can set this time, so it says when the file was last touched in any way.
    changed: (i64, i64),
}

impl Stamp {
    pub(crate) fn of(meta: &fs::Metadata) -> Self {
        Self {
            device: meta.dev(),
            inode: meta.ino(),
            size: meta.len(),
            modified: (meta.mtime(), meta.mtime_nsec()),
            changed: (meta.ctime(), meta.ctime_nsec()),
        }
    }

    /// Says whether a change after the present look would show.
    pub(crate) fn is_settled(&self) -> bool {
        self.is_settled_at(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
    }

    /// Says whether a change after this look at `now` (since the epoch) would show.
    fn is_settled_at(&self, now: Duration) -> bool {
        let changed = Duration::new(
            u64::try_from(self.changed.0).unwrap_or(0),
            u32::try_from(self.changed.1).unwrap_or(0),
        );
        now.checked_sub(changed).is_some_and(|age| age >= SETTLED)
    }
}

#[cfg(test)]
mod tests {
    use super::Stamp;
    use std::time::Duration;

    #[test]
    fn a_file_is_settled_once_its_last_change_is_two_seconds_old() {
        let mut stamp = Stamp { device: 1, inode: 1, size: 1, modified: (0, 0), changed: (100, 5) };
        for (seconds, nanos, settled) in
            [(99, 0, false), (100, 5, false), (102, 4, false), (102, 5, true), (200, 0, true)]
        {
            assert_eq!(stamp.is_settled_at(Duration::new(seconds, nanos)), settled);
        }
        stamp.changed = (-1, 0);
        assert!(stamp.is_settled_at(Duration::new(9, 0)));
    }
}
