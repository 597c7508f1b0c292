//! `-o`: the names of all matching objects, for comparison with other hosts.
use crate::host::{Covered, Host, ProblemCount};
use crate::observer::Problem;
use csync3_core::config::Purpose;
use csync3_core::path::{ClusterPath, LocalPath};
use csync3_disk::{Order, ScanItem, ScanOptions, ScanRoot};
use std::cmp::{Ordering, Reverse};
use std::sync::Arc;

/// Hands every matching name at (and, if `recursive`, below) a local path to `print`, parents before
/// children, siblings in descending byte order; a prefix stands where its directory is. With `-P`
/// only names of groups with these peers. Writes nothing. Returns how many problems were reported.
pub fn compare(
    host: &Host,
    path: &LocalPath,
    recursive: bool,
    print: impl FnMut(&ClusterPath),
) -> u64 {
    let mut walk = Walk { host, recursive, problems: ProblemCount::default(), print };
    match roots(host, path, recursive) {
        Ok(roots) => walk.all(roots),
        Err(problem) => walk.problems.report(host, &problem),
    }
    walk.problems.get()
}

/// The absolute name of a path, if it has a place here, and the prefixes at and below it.
struct Roots {
    absolute: Option<ScanRoot>,
    prefixes: Vec<ScanRoot>,
}

fn roots(host: &Host, path: &LocalPath, recursive: bool) -> Result<Roots, Problem> {
    let names = crate::check::scopes(&host.config, path, recursive)
        .map_err(|error| Problem::new(path, "cannot compare").because(error))?;
    let located = names.into_iter().filter_map(|name| {
        let at = host.config.prefixes.locate(&name).ok()?;
        Some(ScanRoot { name, at })
    });
    let (absolute, prefixes): (Vec<_>, Vec<_>) =
        located.partition(|root| root.name.decoded().starts_with(b"/"));
    Ok(Roots { absolute: absolute.into_iter().next(), prefixes })
}

struct Walk<'a, P: FnMut(&ClusterPath)> {
    host: &'a Host,
    recursive: bool,
    problems: ProblemCount,
    print: P,
}

impl<P: FnMut(&ClusterPath)> Walk<'_, P> {
    fn all(&mut self, roots: Roots) {
        let mut prefixes = roots.prefixes;
        prefixes.sort_by(|a, b| walk_order(b.at.path().as_bytes(), a.at.path().as_bytes()));
        if let Some(root) = roots.absolute {
            for item in self.scan(root) {
                if let ScanItem::Entry(entry) = &item {
                    let here = entry.name.decoded();
                    while let Some(prefix) =
                        prefixes.pop_if(|next| walk_order(next.at.path().as_bytes(), &here).is_le())
                    {
                        self.whole(prefix);
                    }
                }
                self.take(item);
            }
        }
        while let Some(prefix) = prefixes.pop() {
            self.whole(prefix);
        }
    }

    fn whole(&mut self, root: ScanRoot) {
        for item in self.scan(root) {
            self.take(item);
        }
    }

    fn scan(&self, root: ScanRoot) -> impl Iterator<Item = ScanItem> + use<P> {
        let purpose = Purpose::Compare;
        let select = Covered { config: Arc::clone(&self.host.config), purpose };
        let recursive = self.recursive;
        let options = ScanOptions { recursive, order: Order::Compare, ..ScanOptions::default() };
        self.host.disk.scan(vec![root], Arc::new(select), options)
    }

    fn take(&mut self, item: ScanItem) {
        match item {
            ScanItem::Entry(entry) => {
                if self.host.config.compare_peers_match(&entry.name.decoded()) {
                    (self.print)(&entry.name);
                }
            }
            ScanItem::Problem(problem) => {
                let report = Problem::new(&problem.name, "cannot look at it");
                self.problems.report(self.host, &report.because(problem.error));
            }
        }
    }
}

/// Which of two paths a walk meets first: parents before children, siblings in descending order.
fn walk_order(a: &[u8], b: &[u8]) -> Ordering {
    let components =
        |path| <[u8]>::split(path, |&byte| byte == b'/').filter(|name| !name.is_empty());
    components(a).map(Reverse).cmp(components(b).map(Reverse))
}
