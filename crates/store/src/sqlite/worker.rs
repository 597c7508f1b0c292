//! How the worker of this process writes to SQLite: at once, inside an open transaction.
use super::change::apply;
use super::open::{Session, is_large, patient, wal_path};
use super::turn::is_busy;
use crate::StoreError;
use crate::row::{Applied, Change};
use crate::worker::Backend;
use std::fs::{self, File};
use std::io;
use std::sync::Arc;
use std::time::Duration;

impl Backend for Session {
    const READS_JOIN: bool = true;
    /// What is worked for ahead of a transaction that has to wait takes the processor from those who are
    /// waited for.
    const AHEAD: usize = 128;

    fn begin(&mut self) -> Result<(), StoreError> {
        self.applied.clear();
        let turn = self.turn.take();
        self.is_wanted = turn.is_wanted();
        let begun = self.shorten_wal().and_then(|()| turn.begin(&self.connection));
        begun.map_err(|error| self.failed("write", error))?;
        self.wal_before = self.wal_length();
        Ok(())
    }

    fn is_wanted(&self) -> bool {
        self.is_wanted
    }

    fn add(&mut self, changes: Vec<Change>) -> Result<(), StoreError> {
        changes.iter().for_each(|change| self.marked.note(change));
        let mut applied = Applied::default();
        let made = changes.iter().try_for_each(|it| apply(&self.connection, it, &mut applied));
        self.applied.push(applied);
        made.map_err(|error| self.failed("write", error))
    }

    fn commit(&mut self) -> Result<Vec<Applied>, StoreError> {
        let ended = self.connection.prepare_cached("COMMIT").and_then(|mut end| end.execute([]));
        ended.map_err(|error| self.failed("write", error))?;
        self.is_wal_long |= is_large(self.wal_before, self.wal_length());
        Ok(std::mem::take(&mut self.applied))
    }

    fn abandon(&mut self) {
        if !self.connection.is_autocommit() {
            // It fails only where SQLite has rolled back by itself.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
    }

    /// A commit in WAL mode reaches the `-wal` file but not yet the disk; syncing that one file is
    /// enough, because SQLite itself syncs it before anything leaves it for the database.
    fn flush(&mut self) -> Result<(), StoreError> {
        self.index_marked();
        let synced = File::open(wal_path(&self.database)).and_then(|wal| wal.sync_data());
        match synced {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(StoreError::Failed {
                database: self.database.clone(),
                action: "flush",
                source: Arc::new(error),
            }),
            _ => Ok(()),
        }
    }
}

/// How long readers are waited for, by everybody who wants to write.
const READERS: Duration = Duration::from_millis(200);

impl Session {
    fn wal_length(&self) -> u64 {
        fs::metadata(wal_path(&self.database)).map_or(0, |wal| wal.len())
    }

    /// Copies everything into the database and begins the `-wal` file anew, if this process has seen it
    /// become large and no reader needs it for long. Called in the turn: a wait for one of its own would
    /// be as long as the whole queue, and by then somebody else has done it.
    fn shorten_wal(&mut self) -> rusqlite::Result<()> {
        if !std::mem::take(&mut self.is_wal_long) || !is_large(0, self.wal_length()) {
            return Ok(());
        }
        self.connection.busy_timeout(READERS)?;
        let begun = self
            .connection
            .prepare_cached("PRAGMA wal_checkpoint(TRUNCATE)")
            .and_then(|mut pragma| pragma.query_row([], |_| Ok(())));
        patient(&mut self.connection)?;
        match begun {
            // A reader that stays is waited for again when the file has grown by as much again.
            Err(error) if !is_busy(&error) => Err(error),
            _ => Ok(()),
        }
    }
}
