//! `-c`: what has changed on this host since it last looked?
//!
//! The sorted walk of the disk is merged with the sorted rows of the store; `judge` decides each
//! name, differences are written back in batches, marks in the same transaction. A row whose object
//! the walk did not show is looked at once more by itself: only what is certainly gone is marked as
//! a removal, never what merely could not be reached.
//!
//! # Source
//! `spec/sync.md` 1.
mod again;
mod dump;
mod judge;
mod merge;
mod note;
mod writer;

pub(crate) use judge::{Finding, Judge, Marking, actions, mark};
pub(crate) use merge::look;
pub(crate) use note::take_note;

use crate::host::{Host, ProblemCount};
use crate::observer::Problem;
use csync3_core::config::{Config, Level, Purpose};
use csync3_core::path::{ClusterPath, LocalPath, PathError};
use csync3_store::StoreError;
use dump::DirectoryDump;
use std::io::Write;

/// How to check.
#[derive(Default)]
pub struct CheckOptions {
    /// Below directories, too.
    pub recursive: bool,
    /// `-I`: remember what is there, owe it to nobody.
    pub init: bool,
    /// `-F`: what is marked overrules the peers.
    pub forced: bool,
    /// `-W`: where the names of directories with matched objects go, each ended by a NUL.
    pub dump_directories: Option<Box<dyn Write + Send>>,
}

/// What a check found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CheckSummary {
    /// Objects that were compared.
    pub objects: u64,
    /// Differences that were recorded.
    pub differences: u64,
    /// Problems that were reported.
    pub problems: u64,
}

impl std::ops::AddAssign for CheckSummary {
    fn add_assign(&mut self, more: Self) {
        self.objects += more.objects;
        self.differences += more.differences;
        self.problems += more.problems;
    }
}

/// Checks one local path (and, if it lies in or above prefixes, its prefix names).
///
/// # Errors
/// Only the store's; whatever is wrong with single objects is reported and counted.
pub fn check(
    host: &Host,
    path: &LocalPath,
    options: &mut CheckOptions,
) -> Result<CheckSummary, StoreError> {
    let marking = Marking { init: options.init, forced: options.forced };
    let wanted = options.recursive && options.dump_directories.is_some();
    let mut dump = wanted.then(DirectoryDump::default);
    let problems = ProblemCount::default();
    let mut summary = CheckSummary::default();
    match scopes(&host.config, path, options.recursive) {
        Ok(scopes) => {
            for scope in scopes {
                let run =
                    merge::Run { host, marking, recursive: options.recursive, problems: &problems };
                summary += run.scope(&scope, dump.as_mut())?;
            }
        }
        Err(why) => problems.report(host, &Problem::new(path, "cannot check").because(why)),
    }
    if let (Some(dump), Some(out)) = (dump, options.dump_directories.as_mut())
        && let Err(error) = dump.write(out)
    {
        problems.report(host, &Problem::new(path, "cannot write directory names").because(error));
    }
    summary.problems = problems.get();
    Ok(summary)
}

/// The names to check for a local path, in encoded order.
pub(crate) fn scopes(
    config: &Config,
    path: &LocalPath,
    recursive: bool,
) -> Result<Vec<ClusterPath>, PathError> {
    let mut names = vec![ClusterPath::from_decoded(path.as_bytes())?];
    names.extend(config.prefixes.prefix_names(path));
    if recursive {
        let below = config.prefixes.roots().filter(|(_, root)| root.is_within(path));
        names.extend(below.map(|(name, _)| name));
    }
    names.sort();
    names.dedup();
    Ok(names)
}

/// Says whether a group could match this path or something at or below it.
///
/// Scripts know the answer "no" as `WARNING: Parameter will be ignored: PATH`.
#[must_use]
pub fn is_covered(config: &Config, path: &LocalPath) -> bool {
    let Ok(names) = scopes(config, path, true) else {
        return false;
    };
    names.iter().any(|name| config.level(&name.decoded(), Purpose::Sync) > Level::No)
}
