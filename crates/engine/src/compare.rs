//! `-o`: the names of all matching objects, for comparison with other hosts.
use crate::host::{Covered, Host, ProblemCount};
use crate::observer::Problem;
use csync3_core::config::Purpose;
use csync3_core::path::{ClusterPath, LocalPath};
use csync3_disk::{Order, ScanItem, ScanOptions, ScanRoot};
use std::sync::Arc;

/// Hands every matching name at (and, if `recursive`, below) a local path to `print`, parents before
/// children, siblings in descending byte order; with `-P` only names of groups with these peers.
/// Writes nothing. Returns how many problems were reported.
pub fn compare(
    host: &Host,
    path: &LocalPath,
    recursive: bool,
    mut print: impl FnMut(&ClusterPath),
) -> u64 {
    let problems = ProblemCount::default();
    let roots = match roots(host, path, recursive) {
        Ok(roots) => roots,
        Err(problem) => {
            problems.report(host, &problem);
            return problems.get();
        }
    };
    let purpose = Purpose::Compare;
    let select = Covered { config: Arc::clone(&host.config), purpose };
    let options = ScanOptions { recursive, order: Order::Compare, ..ScanOptions::default() };
    for item in host.disk.scan(roots, Arc::new(select), options) {
        match item {
            ScanItem::Entry(entry) => {
                if host.config.compare_peers_match(&entry.name.decoded()) {
                    print(&entry.name);
                }
            }
            ScanItem::Problem(problem) => {
                let report = Problem::new(&problem.name, "cannot look at it");
                problems.report(host, &report.because(problem.error));
            }
        }
    }
    problems.get()
}

fn roots(host: &Host, path: &LocalPath, recursive: bool) -> Result<Vec<ScanRoot>, Problem> {
    let names = crate::check::scopes(&host.config, path, recursive)
        .map_err(|error| Problem::new(path, "cannot compare").because(error))?;
    // The absolute name first, then its prefixes, as csync2 walks.
    Ok(names
        .into_iter()
        .rev()
        .filter_map(|name| {
            let at = host.config.prefixes.locate(&name).ok()?;
            Some(ScanRoot { name, at })
        })
        .collect())
}
