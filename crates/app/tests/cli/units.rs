//! The units for systemd: well formed, and closed as far as they can be.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

fn packaging() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packaging/systemd")
}

/// The units as they are installed, with the program of this test.
fn installed() -> (TempDir, Vec<PathBuf>) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut units = Vec::new();
    for entry in fs::read_dir(packaging()).expect("the units are part of the repository") {
        let unit = entry.expect("an entry").path();
        let text = fs::read_to_string(&unit).expect("text");
        let text = text.replace("/usr/local/sbin/csync3", env!("CARGO_BIN_EXE_csync3"));
        let copy = directory.path().join(unit.file_name().expect("a name"));
        fs::write(&copy, text).expect("a fresh file");
        units.push(copy);
    }
    units.sort();
    (directory, units)
}

fn analyze(words: &[&str], unit: &Path) -> Output {
    let output = Command::new("systemd-analyze").args(words).arg(unit).output();
    output.expect("systemd-analyze, of the Debian package systemd, is there")
}

#[test]
fn systemd_finds_nothing_wrong_with_the_units() {
    let (_directory, units) = installed();
    assert_eq!(units.len(), 4);
    for unit in units {
        let output = analyze(&["verify", "--man=no"], &unit);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && told.is_empty(), "{}: {told}", unit.display());
    }
}

#[test]
fn systemd_calls_the_security_of_the_services_ok() {
    let (_directory, units) = installed();
    let services = units.iter().filter(|unit| unit.extension().is_some_and(|e| e == "service"));
    let mut seen = 0;
    for service in services {
        // Below 5.0 of 10.0 it says "OK"; the threshold is in tenths.
        let output =
            analyze(&["security", "--no-pager", "--offline=true", "--threshold=49"], service);
        let told = String::from_utf8_lossy(&output.stdout);
        let last = told.lines().last().unwrap_or_default();
        assert!(output.status.success() && last.contains(" OK "), "{}", last);
        seen += 1;
    }
    assert_eq!(seen, 2);
}

#[test]
fn the_two_ways_to_serve_exclude_each_other() {
    let unit = |name: &str| fs::read_to_string(packaging().join(name)).expect("a unit");
    let conflicts = |name: &str, other: &str| {
        let text = unit(name);
        let line = text.lines().find(|line| line.starts_with("Conflicts=")).unwrap_or_default();
        line.contains(other)
    };
    assert!(conflicts("csync3.socket", "csync3.service"));
    assert!(conflicts("csync3.socket", "csync3-listen.socket"));
    assert!(conflicts("csync3.service", "csync3.socket"));
    assert!(conflicts("csync3-listen.socket", "csync3.socket"));
    // What both services close and leave open is the same.
    let rules = |name: &str| {
        let text = unit(name);
        let begin = text.find("# What is closed").expect("the rules begin with their reasons");
        text[begin..].split("\n\n[").next().unwrap_or_default().trim_end().to_owned()
    };
    assert_eq!(rules("csync3.service"), rules("csync3@.service"));
}
