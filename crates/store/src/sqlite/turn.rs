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
//!   the turnstile within the [`usher`]'s patience goes on without it.
//! * The turnstile is a `flock` of the `-wal` file: SQLite locks other files and in another way, and
//!   nobody removes the file while a connection is open. No file is left behind.
//! * A busy database is waited for, [`LONGEST_WAIT`] at least: csync2 may keep its lock for 10 s.
//!
//! # Measured
//! `examples/store_contention.rs` on two busy cores, eight runs of each in turn: ten processes commit
//! 20 rows at a time beside one that never pauses. The longest wait of any commit of the ten, and
//! the time of the whole, as medians (and range) of the runs:
//! * SQLite's own `busy_timeout`: 980 ms (430 to 1,440), 2.3 s
//! * polling as closely as here, without the turnstile: 215 ms (70 to 380), 2.4 s
//! * with the turnstile: 32 ms (28 to 311), 3.3 s
//!
//! So fairness is bought with about a third more time under full contention.
mod usher;

use rusqlite::{Connection, ErrorCode, Result};
use std::cell::RefCell;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};
use usher::Usher;

/// How long a busy database is waited for before giving up.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(600);

/// The queue before one database.
pub(super) struct Turn {
    turnstile: PathBuf,
    usher: RefCell<Option<Usher>>,
}

impl Turn {
    /// The queue before the database of this `-wal` file.
    pub(super) fn new(wal: &Path) -> Self {
        Self { turnstile: wal.into(), usher: RefCell::default() }
    }

    /// Waits for this process's turn.
    pub(super) fn take(&self) -> Held {
        let free = self.try_pass();
        let is_wanted = free.is_none();
        Held { _turnstile: free.or_else(|| self.queue()), is_wanted }
    }

    /// Begins a write transaction when it is this process's turn.
    pub(super) fn begin(&self, connection: &Connection) -> Result<()> {
        self.take().begin(connection)
    }

    /// As [`Self::begin`], if nobody waits for a turn; says whether it has begun.
    pub(super) fn begin_if_free(&self, connection: &Connection) -> Result<bool> {
        match self.try_pass() {
            Some(turnstile) => Held { _turnstile: Some(turnstile), is_wanted: false }
                .begin(connection)
                .map(|()| true),
            None => Ok(false),
        }
    }

    /// Does something while no other csync3 begins to write.
    pub(super) fn hold<T>(&self, work: impl FnOnce() -> T) -> T {
        let _held = self.take();
        work()
    }

    fn try_pass(&self) -> Option<File> {
        File::open(&self.turnstile).ok().filter(|file| file.try_lock().is_ok())
    }

    fn queue(&self) -> Option<File> {
        let mut usher = self.usher.borrow_mut();
        if usher.is_none() {
            *usher = Usher::start(&self.turnstile).ok();
        }
        usher.as_ref()?.wait()
    }
}

/// The turn of this process, until it is dropped.
pub(super) struct Held {
    /// Dropping the file lets go of the lock.
    _turnstile: Option<File>,
    is_wanted: bool,
}

impl Held {
    /// Whether others were before this process: then others are behind it, too, as a rule.
    pub(super) fn is_wanted(&self) -> bool {
        self.is_wanted
    }

    /// Begins a write transaction, and lets go of the turn.
    pub(super) fn begin(self, connection: &Connection) -> Result<()> {
        connection.prepare_cached("BEGIN IMMEDIATE")?.execute([]).map(|_| ())
    }
}

/// How long to sleep before the next attempt; attempts are counted from 0.
fn pause(attempt: i32) -> Duration {
    Duration::from_micros(match attempt {
        ..100 => 50,
        100..1_000 => 1_000,
        _ => 5_000,
    })
}

/// SQLite's busy handler: sleeps and says whether to try again.
pub(super) fn wait(attempt: i32) -> bool {
    let again = Duration::from_millis(5).saturating_mul(attempt.unsigned_abs()) < LONGEST_WAIT;
    sleep(pause(attempt));
    again
}

/// Repeats what SQLite may find busy without asking its busy handler, as when several processes
/// open a new file or the last one closes it.
pub(super) fn patiently<T>(operation: impl Fn() -> Result<T>) -> Result<T> {
    let since = Instant::now();
    let mut attempt = 0;
    loop {
        match operation() {
            Err(error) if is_busy(&error) && since.elapsed() < LONGEST_WAIT => {
                sleep(pause(attempt));
                attempt += 1;
            }
            other => return other,
        }
    }
}

/// Says whether another connection is in the way.
pub(super) fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::FileLockingProtocolFailed
        )
    )
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_WAIT, Turn, is_busy, patiently, pause};
    use rusqlite::ffi;
    use std::cell::Cell;
    use std::fs::File;
    use std::time::{Duration, Instant};

    fn memory() -> rusqlite::Connection {
        rusqlite::Connection::open_in_memory().expect("memory")
    }

    fn failure(code: i32) -> rusqlite::Error {
        rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)
    }

    #[test]
    fn the_busy_handler_gives_up_after_the_longest_wait_and_not_before() {
        let attempts = i32::try_from(LONGEST_WAIT.as_millis() / 5).expect("120,000");
        let waited: Duration = (0..attempts).map(pause).sum();
        assert!(waited > LONGEST_WAIT - Duration::from_secs(10), "{waited:?}");
        assert!(super::wait(0));
        assert!(!super::wait(attempts));
    }

    #[test]
    fn what_is_busy_is_repeated_and_other_errors_are_not() {
        let left = Cell::new(5);
        let busy_at_first = || match left.replace(left.get() - 1) {
            0 => Ok("done"),
            _ => Err(failure(ffi::SQLITE_BUSY_RECOVERY)),
        };
        assert_eq!(patiently(busy_at_first), Ok("done"));
        let full = patiently(|| Err::<(), _>(failure(ffi::SQLITE_FULL)));
        assert!(full.is_err_and(|error| !is_busy(&error)));
    }

    #[test]
    fn the_turnstile_lets_one_pass_at_a_time() {
        let turnstile = tempfile::NamedTempFile::new().expect("a temporary file");
        let turn = Turn::new(turnstile.path());
        let first = turn.take()._turnstile.expect("nobody holds it");
        let rival = File::open(turnstile.path()).expect("it is there");
        assert!(rival.try_lock().is_err());
        let release = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(30));
            drop(first);
        });
        let since = Instant::now();
        let second = Turn::new(turnstile.path()).take()._turnstile;
        assert!(second.is_some() && since.elapsed() >= Duration::from_millis(25));
        release.join().expect("it only sleeps");
    }

    #[test]
    fn a_turn_that_comes_too_late_is_kept_from_nobody() {
        let turnstile = tempfile::NamedTempFile::new().expect("a temporary file");
        let [stuck, rival] = [(); 2].map(|()| File::open(turnstile.path()).expect("it is there"));
        stuck.lock().expect("nobody holds it");
        let turn = Turn::new(turnstile.path());
        assert!(turn.take()._turnstile.is_none());
        let since = Instant::now();
        drop(stuck);
        rival.lock().expect("it comes to whoever waits");
        assert!(since.elapsed() < super::usher::PATIENCE / 4, "{:?}", since.elapsed());
    }

    #[test]
    fn who_does_not_want_to_wait_begins_only_if_nobody_else_does() {
        let turnstile = tempfile::NamedTempFile::new().expect("a temporary file");
        let rival = File::open(turnstile.path()).expect("it is there");
        let (turn, connection) = (Turn::new(turnstile.path()), memory());
        rival.lock().expect("nobody holds it");
        assert_eq!(turn.begin_if_free(&connection), Ok(false));
        assert!(connection.is_autocommit());
        rival.unlock().expect("it is held");
        assert_eq!(turn.begin_if_free(&connection), Ok(true));
        assert!(!connection.is_autocommit());
        assert!(rival.try_lock().is_ok(), "it is let go of when the transaction has begun");
    }

    #[test]
    fn a_turnstile_that_is_never_released_is_passed_without_it() {
        let turnstile = tempfile::NamedTempFile::new().expect("a temporary file");
        let stuck = File::open(turnstile.path()).expect("it is there");
        stuck.lock().expect("nobody holds it");
        let turn = Turn::new(turnstile.path());
        assert!(turn.take()._turnstile.is_none());
        let since = Instant::now();
        assert!(turn.take()._turnstile.is_none());
        assert!(since.elapsed() < super::usher::PATIENCE / 2, "the first wait is still going on");
        drop(stuck);
        assert!((0..1000).any(|_| {
            std::thread::sleep(Duration::from_millis(1));
            turn.take()._turnstile.is_some()
        }));
    }
}
