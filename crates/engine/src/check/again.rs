//! Names whose row somebody else was writing while they were compared.
use super::merge::{Run, look};
use super::{CheckSummary, Judge};
use crate::host::{Host, now};
use crate::observer::Problem;
use csync3_core::path::ClusterPath;
use csync3_disk::Turn;
use csync3_store::StoreError;

/// How often a name is looked at again because another process had written its row meanwhile.
const ATTEMPTS: usize = 8;

/// Names that are looked at in one turn; each may hold a directory.
const BATCH: usize = 32;

/// Waits until nobody else of csync3 puts these objects in place: what their rows announce has then
/// happened, or never will.
pub(super) fn turn<'a>(host: &Host, names: impl IntoIterator<Item = &'a ClusterPath>) -> Turn {
    let prefixes = &host.config.prefixes;
    // A name without a place here has no directory that anybody changes.
    let places: Vec<_> = names.into_iter().filter_map(|name| prefixes.locate(name).ok()).collect();
    host.disk.session().turn(&places)
}

/// What the user has been told of a name already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// That it differs, but the row was another one by then.
    Difference,
    /// Nothing: its row announces a state that may be on its way.
    Nothing,
}

impl Run<'_> {
    /// Looks at these names once more, each while nobody else replaces it.
    pub(super) fn again(
        &self,
        mut names: Vec<ClusterPath>,
        mut told: Told,
        summary: &mut CheckSummary,
    ) -> Result<(), StoreError> {
        for _ in 0..ATTEMPTS {
            let mut stale = Vec::new();
            for batch in names.chunks(BATCH) {
                stale.extend(self.in_turn(batch, told, summary)?);
            }
            if stale.is_empty() {
                return Ok(());
            }
            (names, told) = (stale, Told::Difference);
        }
        for name in names {
            let problem = Problem::new(&name, "cannot record it: it keeps changing")
                .hint("run the check again");
            self.problems.report(self.host, &problem);
        }
        Ok(())
    }

    /// The names whose row was written by somebody else once more.
    fn in_turn(
        &self,
        names: &[ClusterPath],
        told: Told,
        summary: &mut CheckSummary,
    ) -> Result<Vec<ClusterPath>, StoreError> {
        // Held until the findings are committed: a state announced in between could equal the one
        // that they are based on.
        let _turn = turn(self.host, names);
        let mut changes = Vec::new();
        let mut judge = Judge::new(self.host, self.marking, now());
        let disk = self.host.disk.session();
        for (name, facts) in names.iter().zip(self.host.store.facts(names)?) {
            let looked = look(self.host, &disk, name);
            let judged =
                looked.and_then(|seen| judge.judge(name, facts.recorded.as_ref(), seen.as_ref()));
            match judged {
                Ok(Some(finding)) => {
                    if told == Told::Nothing {
                        self.tell(name, &finding);
                        summary.differences += u64::from(finding.found.is_some());
                    }
                    changes.push(finding.change);
                }
                Ok(None) => {}
                Err(problem) => self.problems.report(self.host, &problem),
            }
        }
        Ok(self.host.store.commit(changes)?.stale)
    }
}
