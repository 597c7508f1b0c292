//! The walk of the disk merged with the rows of the store.
use super::again::Told;
use super::writer::Writer;
use super::{CheckSummary, DirectoryDump, Finding, Judge, Marking};
use crate::host::{Covered, Host, ProblemCount, now};
use crate::observer::{Event, Found, Problem};
use csync3_core::config::{Level, Purpose};
use csync3_core::decide::local::Recorded;
use csync3_core::entry::Observed;
use csync3_core::path::ClusterPath;
use csync3_disk::{DiskSession, Presence};
use csync3_disk::{ScanItem, ScanOptions, ScanRoot};
use csync3_store::StoreError;
use csync3_store::row::{FileRow, Scope};
use std::cmp::Ordering;
use std::sync::Arc;

/// How many objects are looked at between two reports of progress.
const PROGRESS_STEP: u64 = 1_000;

/// A check in progress.
pub(super) struct Run<'a> {
    pub(super) host: &'a Host,
    pub(super) marking: Marking,
    pub(super) recursive: bool,
    pub(super) problems: &'a ProblemCount,
}

/// What comes of the comparison.
struct Compared<'a> {
    judge: Judge<'a>,
    writer: Writer<'a>,
    /// Names to be looked at in their turn: an update of them was under way.
    announced: &'a mut Vec<ClusterPath>,
}

impl Run<'_> {
    /// Checks one name and, if the run is recursive, everything below it.
    pub(super) fn scope(
        &self,
        root: &ClusterPath,
        dump: Option<&mut DirectoryDump>,
    ) -> Result<CheckSummary, StoreError> {
        let mut summary = CheckSummary::default();
        let mut announced = Vec::new();
        let stale = std::thread::scope(|scope| {
            let writer = Writer::start(scope, self.host.store.as_ref());
            let judge = Judge::new(self.host, self.marking, now());
            let mut compared = Compared { judge, writer, announced: &mut announced };
            let merged = self.merge(root, &mut compared, dump, &mut summary);
            let stale = compared.writer.finish();
            merged.and(stale)
        })?;
        self.again(stale, Told::Difference, &mut summary)?;
        self.again(announced, Told::Nothing, &mut summary)?;
        Ok(summary)
    }

    fn merge(
        &self,
        root: &ClusterPath,
        compared: &mut Compared<'_>,
        mut dump: Option<&mut DirectoryDump>,
        summary: &mut CheckSummary,
    ) -> Result<(), StoreError> {
        let scope =
            if self.recursive { Scope::Tree(root.clone()) } else { Scope::One(root.clone()) };
        let mut rows = self.host.store.files(&scope)?;
        let mut row = rows.next().transpose()?;
        let mut seen = 0;
        for item in self.scan(root) {
            let entry = match item {
                ScanItem::Entry(entry) => entry,
                ScanItem::Problem(problem) => {
                    let report = Problem::new(&problem.name, "cannot look at it");
                    self.problems.report(self.host, &report.because(problem.error));
                    continue;
                }
            };
            let mut recorded: Option<Recorded> = None;
            while let Some(next) = row.take() {
                match next.name.cmp(&entry.name) {
                    Ordering::Less => self.unseen(&next, compared)?,
                    Ordering::Equal => recorded = Some(next.recorded),
                    Ordering::Greater => {
                        row = Some(next);
                        break;
                    }
                }
                row = rows.next().transpose()?;
                if recorded.is_some() {
                    break;
                }
            }
            if let Some(dump) = dump.as_deref_mut() {
                dump.see(&entry.name, &entry.seen);
            }
            self.decide(&entry.name, recorded.as_ref(), Some(&entry.seen), compared)?;
            seen += 1;
            if seen % PROGRESS_STEP == 0 {
                self.host.notice(&Event::Scanned { objects: PROGRESS_STEP });
            }
        }
        while let Some(next) = row.take() {
            self.unseen(&next, compared)?;
            row = rows.next().transpose()?;
        }
        self.host.notice(&Event::Scanned { objects: seen % PROGRESS_STEP });
        summary.objects += seen;
        summary.differences += compared.writer.differences();
        Ok(())
    }

    /// Walks the root, if a group can match something there and it has a place here.
    fn scan(&self, root: &ClusterPath) -> impl Iterator<Item = ScanItem> {
        let covered = self.host.config.level(&root.decoded(), Purpose::Sync) > Level::No;
        let at = self.host.config.prefixes.locate(root).ok().filter(|_| covered);
        let purpose = Purpose::Sync;
        let select = Covered { config: Arc::clone(&self.host.config), purpose };
        let options = ScanOptions { recursive: self.recursive, ..ScanOptions::default() };
        at.map(|at| {
            let root = ScanRoot { name: root.clone(), at };
            self.host.disk.scan(vec![root], Arc::new(select), options)
        })
        .into_iter()
        .flatten()
    }

    /// A row whose object the walk did not show: gone, or out of the walk's reach?
    fn unseen(&self, row: &FileRow, compared: &mut Compared<'_>) -> Result<(), StoreError> {
        if self.host.config.level(&row.name.decoded(), Purpose::Sync) == Level::No {
            return Ok(());
        }
        match look(self.host, &self.host.disk.session(), &row.name) {
            Ok(None) => self.decide(&row.name, Some(&row.recorded), None, compared),
            Ok(Some(_)) => Ok(()),
            Err(problem) => {
                self.problems.report(self.host, &problem);
                Ok(())
            }
        }
    }

    fn decide(
        &self,
        name: &ClusterPath,
        recorded: Option<&Recorded>,
        seen: Option<&Observed>,
        compared: &mut Compared<'_>,
    ) -> Result<(), StoreError> {
        if recorded.is_some_and(|row| row.also.is_some()) {
            compared.announced.push(name.clone());
            return Ok(());
        }
        let finding = match compared.judge.judge(name, recorded, seen) {
            Ok(Some(finding)) => finding,
            Ok(None) => return Ok(()),
            Err(problem) => {
                self.problems.report(self.host, &problem);
                return Ok(());
            }
        };
        self.tell(name, &finding);
        compared.writer.push(finding)
    }

    pub(super) fn tell(&self, name: &ClusterPath, finding: &Finding) {
        if let Some(found) = finding.found {
            self.host.notice(&Event::Found { name, found });
            if found == Found::Gone {
                self.host.notice(&Event::FileRowRemoved { name });
            }
            if !self.marking.init {
                self.host.notice(&Event::Marked { name });
            }
        }
    }
}

/// Looks at one name. `Ok(None)`: it certainly is not there, or is reached through a symlink, which
/// counts as absent.
pub(crate) fn look(
    host: &Host,
    disk: &DiskSession,
    name: &ClusterPath,
) -> Result<Option<Observed>, Problem> {
    let cannot = |error: Box<dyn std::error::Error + Send + Sync>| Problem {
        cause: Some(error),
        ..Problem::new(name, "cannot look at it")
    };
    let at = host.config.prefixes.locate(name).map_err(|error| cannot(Box::new(error)))?;
    match disk.observe(&at) {
        Ok(Presence::There(seen)) => Ok(Some(seen)),
        Ok(Presence::Absent | Presence::NoParent | Presence::Impure) => Ok(None),
        Err(error) => Err(cannot(Box::new(error))),
    }
}
