//! Whose turn it is to write: a fair queue of processes before SQLite's write lock.
//!
//! SQLite's lock has no queue: whoever polls at the right moment has it, so a process that writes
//! without pause starves the others. Here a process that wants to write first takes the *turnstile*,
//! an advisory lock, keeps it while it waits for SQLite's lock, and lets go of it when its transaction
//! begins. So only one process polls SQLite's lock, it polls closely, and the process that has just
//! committed finds the turnstile taken.
//!
//! # Invariants
//! * The turnstile is a courtesy. SQLite's own lock protects the data; a process that does not get
//!   the turnstile in [`PATIENCE`] (its holder may have been stopped) goes on without it.
//! * The turnstile is a `flock` of the `-wal` file: SQLite locks other files and in another way, and
//!   nobody removes the file while a connection is open. No file is left behind.
//! * A busy database is waited for, about [`LONGEST_WAIT_SECONDS`]: csync2 may keep its lock for 10 s.
use rusqlite::{Connection, Result};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long a busy database is waited for before giving up, in seconds.
pub(super) const LONGEST_WAIT_SECONDS: u64 = 600;

/// How long the turnstile is waited for before going on without it.
const PATIENCE: Duration = Duration::from_secs(5);

/// The queue before one database.
pub(super) struct Turn {
    turnstile: PathBuf,
}

impl Turn {
    /// The queue before the database of this `-wal` file.
    pub(super) fn new(wal: &Path) -> Self {
        Self {
            turnstile: wal.into(),
        }
    }

    /// Begins a write transaction when it is this process's turn.
    pub(super) fn begin(&self, connection: &Connection) -> Result<()> {
        // Dropping the file lets go of the lock, also on an error.
        let _held = self.pass();
        connection
            .prepare_cached("BEGIN IMMEDIATE")?
            .execute([])
            .map(|_| ())
    }

    fn pass(&self) -> Option<File> {
        let file = File::open(&self.turnstile).ok()?;
        let since = Instant::now();
        for attempt in 0.. {
            match file.try_lock() {
                Ok(()) => return Some(file),
                Err(std::fs::TryLockError::WouldBlock) if since.elapsed() < PATIENCE => {
                    sleep(pause(attempt));
                }
                Err(_) => return None,
            }
        }
        None
    }
}

/// How long to sleep before the next attempt; attempts are counted from 0.
fn pause(attempt: i32) -> Duration {
    Duration::from_micros(match attempt {
        ..50 => 200,
        50..1_000 => 1_000,
        _ => 5_000,
    })
}

/// SQLite's busy handler: sleeps and says whether to try again.
pub(super) fn wait(attempt: i32) -> bool {
    // 1.0 s for the first thousand attempts, then 5 ms each.
    let attempts = i32::try_from(1_000 + (LONGEST_WAIT_SECONDS - 1) * 200).unwrap_or(i32::MAX);
    sleep(pause(attempt));
    attempt < attempts
}
