//! `db rebuild`: a new file with what can be read of a damaged one, which is set aside.
//!
//! `salvage`: what can be read
//!
//! # Invariants
//! * The damaged file is never written. Everything is read from a copy of it and of its `-wal` file.
//! * Nobody else has the file open, and nobody gets it before both have changed places: a lock of the
//!   whole file, which collides with the one that every SQLite connection holds, is kept all the time.
//! * The damaged file gets its other name before the new one takes its place in one step, so there is
//!   a database at every moment, and both files are there whenever it is interrupted.
mod salvage;

use super::open::{Session, suffixed};
use super::place;
use crate::StoreError;
use crate::url::{DatabaseUrl, Presence};
use rustix::fs::FlockOperation;
use salvage::Salvage;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rebuilding {
    /// The file is sound; nothing was done.
    Sound,
    /// There is a new file.
    Done(Rebuilt),
}

/// A new database in the place of a damaged one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebuilt {
    /// The name that the damaged file has now.
    pub aside: PathBuf,
    /// What was saved of each table, dirty rows first.
    pub tables: Vec<Saved>,
}

/// What was saved of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// The table.
    pub table: &'static str,
    /// Rows that were read whole.
    pub whole: u64,
    /// Rows of which only the key was left: a dirty row then is an unforced mark.
    pub keys: u64,
    /// Rows that are known to have been there and could not be saved.
    pub lost: u64,
    /// Everything was read, so nothing else can be missing.
    pub complete: bool,
}

/// Rebuilds a database file if it is damaged; `stamp` becomes part of the name of the damaged one.
///
/// # Errors
/// [`StoreError::NoFile`] for a database on a server, [`StoreError::InUse`], and the system's.
pub fn rebuild(url: &DatabaseUrl, stamp: &str) -> Result<Rebuilding, StoreError> {
    let database = url.file(Path::is_dir);
    if url.server().is_some() {
        return Err(StoreError::NoFile { database });
    }
    place::check(&database, url.hint(), Presence::Expected)?;
    let failed = |error: io::Error| StoreError::Failed {
        database: database.clone(),
        action: "rebuild",
        source: Arc::new(error),
    };
    let mut damaged = OpenOptions::new().read(true).write(true).open(&database).map_err(failed)?;
    rustix::fs::fcntl_lock(&damaged, FlockOperation::NonBlockingLockExclusive)
        .map_err(|_| StoreError::InUse { database: database.clone() })?;
    let copy = Copied::make(&mut damaged, &database, stamp).map_err(failed)?;
    if salvage::is_sound(&copy.file) {
        return Ok(Rebuilding::Sound);
    }
    let aside = suffixed(&database, &format!(".damaged-{stamp}"));
    if aside.exists() {
        return Err(failed(io::Error::from(io::ErrorKind::AlreadyExists)));
    }
    let tables = Salvage::of(&copy.file, &copy.patched).into(&copy.new)?;
    take_places(&damaged, &database, &copy.new, &aside).map_err(failed)?;
    Ok(Rebuilding::Done(Rebuilt { aside, tables }))
}

/// What stands beside the database meanwhile, and goes when it is dropped.
struct Copied {
    /// A copy to be read.
    file: PathBuf,
    /// The same with another first page, if it comes to that.
    patched: PathBuf,
    /// The new database, as long as it has not taken its place.
    new: PathBuf,
}

impl Copied {
    fn make(damaged: &mut File, database: &Path, stamp: &str) -> io::Result<Self> {
        let file = suffixed(database, &format!(".read-{stamp}"));
        let (patched, new) = (suffixed(&file, "-patched"), suffixed(database, ".new-"));
        let copied = Self { patched, new: suffixed(&new, stamp), file };
        // Through the file that is locked: closing another one of it would let go of the lock.
        let mut out = File::create_new(&copied.file)?;
        io::copy(damaged, &mut out)?;
        // SQLite's file of what is not in the database yet, and csync2's of what must leave it.
        for ending in ["-wal", "-journal"] {
            match fs::copy(suffixed(database, ending), suffixed(&copied.file, ending)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(copied)
    }
}

impl Drop for Copied {
    fn drop(&mut self) {
        for file in [&self.file, &self.patched, &self.new] {
            for ending in ["", "-wal", "-shm", "-journal"] {
                // It need not be there.
                let _ = fs::remove_file(suffixed(file, ending));
            }
        }
    }
}

/// Puts the new file in the place of the damaged one, which keeps another name.
fn take_places(damaged: &File, database: &Path, new: &Path, aside: &Path) -> io::Result<()> {
    let was = damaged.metadata()?;
    fs::set_permissions(new, was.permissions())?;
    std::os::unix::fs::chown(new, Some(was.uid()), Some(was.gid()))?;
    File::open(new)?.sync_all()?;
    // Where there are no second names, there is no database for a moment.
    fs::hard_link(database, aside).or_else(|_| fs::rename(database, aside))?;
    // It goes before: what it holds must not come into the new file.
    for ending in ["-wal", "-journal"] {
        match fs::rename(suffixed(database, ending), suffixed(aside, ending)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    // It says nothing that the others do not, and belongs to nobody now.
    let _ = fs::remove_file(suffixed(database, "-shm"));
    fs::rename(new, database)?;
    File::open(place::directory(database))?.sync_all()
}

/// Makes a new database of csync3's.
fn create(database: &Path) -> Result<Session, StoreError> {
    Session::open(database, "", Presence::Made)
}
