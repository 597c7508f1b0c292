//! `csync3 doctor`: gathers what can be gathered even where a run could not begin, and tells what is
//! wrong.
//!
//! `text`: findings for people
mod text;

use crate::cli::{Format, Invocation};
use crate::exit::Outcome;
use crate::render::Console;
use crate::render::json::Line;
use crate::render::list::Rows;
use crate::site::{Diagnosed, Sites};
use crate::start::Start;
use crate::verbs::{paths, plain, push};
use csync3_core::doctor::local::{WatchLimits, not_a_member};
use csync3_core::doctor::{Check, Finding, Severity};
use csync3_engine::doctor::{DoctorOptions, Peers};
use std::error::Error;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// Where the kernel shows its limits.
const LIMITS: &str = "/proc/sys/fs/inotify";

/// Examines this host and, if asked to, its peers.
///
/// # Errors
/// A configuration with mistakes, and what keeps the findings from being written.
pub fn run(
    invocation: &Invocation,
    start: &Start,
    console: &Console,
    files: &[OsString],
    ask_peers: bool,
) -> Result<Outcome, Box<dyn Error>> {
    // What the parts would say by themselves is found and told by the findings.
    let sites = Sites::new(invocation, start, &Arc::new(Console::silent()));
    let diagnosed = sites.diagnose().map_err(plain)?;
    let mut found = key_files(&diagnosed);
    if diagnosed.host.config.is_member() {
        let peers = match (ask_peers, &invocation.peers) {
            (false, _) => Peers::None,
            (true, None) => Peers::All,
            (true, Some(names)) => Peers::Named(names.clone()),
        };
        let options = DoctorOptions {
            peers,
            database: diagnosed.database.clone(),
            limits: limits(Path::new(LIMITS)),
            is_restricted: invocation.groups.is_some(),
            operands: paths::local(files)?,
            calls: push::calls(invocation)?,
        };
        let runtime = push::runtime(&options.calls)?;
        let examined = csync3_engine::doctor::doctor(&diagnosed.host, options);
        found.extend(runtime.block_on(examined));
    } else {
        let host = &diagnosed.host.config.host;
        found.push(not_a_member(host, &diagnosed.listed, &diagnosed.leading_here));
    }
    sites.flush().ok();
    tell(&found, invocation.format, console)?;
    let problems = found.iter().filter(|finding| finding.severity == Severity::Problem).count();
    Ok(Outcome { printed_rows: Some(problems as u64) })
}

fn key_files(diagnosed: &Diagnosed) -> Vec<Finding> {
    let open = diagnosed.key_files.iter().filter(|file| crate::key::is_open_to_others(file));
    let finding = |file: &std::path::PathBuf| {
        let file = file.display();
        Finding::warning(Check::KeyFile, &file, "other users of this host can read or write it")
            .remedy(format!("chmod 600 {file}"))
    };
    open.map(finding).collect()
}

/// The limits of the kernel; what cannot be read is no limit.
fn limits(directory: &Path) -> WatchLimits {
    let read = |name| fs::read_to_string(directory.join(name)).ok()?.trim().parse().ok();
    WatchLimits { watches: read("max_user_watches"), instances: read("max_user_instances") }
}

fn tell(found: &[Finding], format: Format, console: &Console) -> Result<(), Box<dyn Error>> {
    if format != Format::Json {
        console.print(&text::findings(found));
        return Ok(());
    }
    let mut rows = Rows::stdout(Format::Json);
    for finding in found {
        rows.line(&Line::of_finding(finding))?;
    }
    rows.finish()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::limits;
    use csync3_core::doctor::local::WatchLimits;
    use std::fs;

    #[test]
    fn limits_are_read_where_they_are_and_missed_where_they_are_not() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        assert_eq!(limits(directory.path()), WatchLimits::default());
        fs::write(directory.path().join("max_user_watches"), "8192\n").expect("writable");
        let expected = WatchLimits { watches: Some(8_192), instances: None };
        assert_eq!(limits(directory.path()), expected);
    }
}
