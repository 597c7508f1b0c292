//! The trees of this host: how many directories they have, and what was left in them.
use crate::check::scopes;
use crate::host::{Covered, Host};
use csync3_core::config::Purpose;
use csync3_core::doctor::{Check, Finding};
use csync3_core::entry::Kind;
use csync3_core::path::LocalPath;
use csync3_disk::{LeftoverPolicy, ScanItem, ScanOptions, ScanRoot, Select, Visit};
use std::sync::{Arc, Mutex, PoisonError};

/// Problems that are told one by one.
const TOLD: usize = 20;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Survey {
    pub(super) directories: u64,
    /// Paths, in ascending order.
    pub(super) leftovers: Vec<String>,
    pub(super) problems: Vec<Finding>,
}

/// Selects what a check would visit, and removes nothing.
struct Noting {
    covered: Covered,
    leftovers: Mutex<Vec<LocalPath>>,
}

impl Select for Noting {
    fn level(&self, decoded_name: &[u8]) -> Visit {
        self.covered.level(decoded_name)
    }

    fn may_hold(&self, decoded_dir: &[u8]) -> bool {
        self.covered.may_hold(decoded_dir)
    }

    fn leftovers(&self) -> LeftoverPolicy<'_> {
        LeftoverPolicy::Note(&self.leftovers)
    }
}

/// Walks all trees once.
pub(super) fn survey(host: &Host) -> Survey {
    let mut survey = Survey::default();
    let covered = Covered { config: Arc::clone(&host.config), purpose: Purpose::Sync };
    let select = Arc::new(Noting { covered, leftovers: Mutex::default() });
    let names = scopes(&host.config, &LocalPath::new(b"/"), true).unwrap_or_default();
    let roots = names.into_iter().filter_map(|name| {
        let at = host.config.prefixes.locate(&name).ok()?;
        Some(ScanRoot { name, at })
    });
    let scan = host.disk.scan(roots.collect(), Arc::clone(&select) as _, ScanOptions::default());
    let mut more = 0;
    for item in scan {
        match item {
            ScanItem::Entry(entry) => {
                survey.directories += u64::from(entry.seen.kind == Kind::Dir);
            }
            ScanItem::Problem(problem) if survey.problems.len() < TOLD => {
                let cause = super::with_causes(&problem.error);
                let finding = Finding::problem(Check::Trees, problem.name.display(), cause);
                let remedy = "run csync3 as root, or repair the file system";
                survey.problems.push(finding.remedy(remedy));
            }
            ScanItem::Problem(_) => more += 1,
        }
    }
    if more > 0 {
        let cause = format!("{more} more objects cannot be looked at");
        survey.problems.push(Finding::problem(Check::Trees, "trees", cause));
    }
    let leftovers = select.leftovers.lock().unwrap_or_else(PoisonError::into_inner);
    survey.leftovers = leftovers.iter().map(ToString::to_string).collect();
    survey.leftovers.sort();
    survey.leftovers.dedup();
    survey
}
