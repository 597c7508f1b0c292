//! What was measured, and on what.
use crate::place::Place;
use csync3_testkit::Program;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Facts that a reader needs to compare two reports; read once, before anything is measured.
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    /// Pairs of a name and a text, in the order in which they are shown.
    pub(crate) facts: Vec<(&'static str, String)>,
}

impl Machine {
    /// Looks at this machine and at the programs.
    pub(crate) fn look(csync3: &Program, place: &Place) -> Self {
        let system = rustix::system::uname();
        let kernel = format!(
            "{} {}",
            system.sysname().to_string_lossy(),
            system.release().to_string_lossy()
        );
        let facts = vec![
            ("processor", processor()),
            ("memory", memory()),
            ("kernel", kernel),
            ("place", place.describe()),
            ("csync3", line_of(csync3.path(), "--version", "csync3")),
            ("csync2", line_of(Program::Csync2.path(), "-?", "csync2 ")),
            ("rsync", line_of(Path::new("rsync"), "--version", "rsync")),
            ("load at start", load()),
        ];
        Self { facts }
    }
}

/// Finds the csync3 to measure and makes sure that everything else is installed.
pub(crate) fn programs() -> Result<Program, String> {
    let asked = std::env::var_os("CSYNC3");
    let path = asked.map_or_else(|| PathBuf::from("target/release/csync3"), PathBuf::from);
    // Absolute, because nodes run in directories of their own.
    let path = path.canonicalize().map_err(|error| {
        format!("no csync3 at {} ({error}): run make build or set CSYNC3", path.display())
    })?;
    if !Path::new("/usr/sbin/csync2").is_file() {
        return Err("no /usr/sbin/csync2: run make packages".to_owned());
    }
    if Command::new("rsync").arg("--version").output().is_err() {
        return Err("no rsync: run make packages".to_owned());
    }
    Ok(Program::Csync3(path))
}

/// The three load averages.
pub(crate) fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().take(3).collect::<Vec<_>>().join(" ")
}

fn processor() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|line| line.strip_prefix("model name")?.split(':').nth(1));
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!("{} usable of {}", cores, model.unwrap_or("unknown model").trim())
}

fn memory() -> String {
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total = text.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    total.unwrap_or("unknown").trim().to_owned()
}

/// The first line that starts with `start` of what `program option` prints.
fn line_of(program: &Path, option: &str, start: &str) -> String {
    let printed = Command::new(program).arg(option).output();
    let text = printed.map(|output| output.stdout).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let line = text.lines().find(|line| line.starts_with(start));
    line.unwrap_or("unknown version").trim().to_owned()
}
