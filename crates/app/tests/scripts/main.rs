//! The scripts that come with csync3, run as an administrator runs them.
mod compare;
mod locheck;
mod migration;

use csync3_testkit::{Cluster, Node, Output, Program, Running};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The csync3 under test.
fn csync3() -> Program {
    Program::Csync3(env!("CARGO_BIN_EXE_csync3").into())
}

/// A file of the repository.
fn repository(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file)
}

/// Writes a file that can be executed.
fn executable(path: &Path, text: &str) {
    let parent = path.parent().expect("a file lies in a directory");
    fs::create_dir_all(parent).expect("a fresh directory is writable");
    fs::write(path, text).expect("a fresh directory is writable");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("our own file");
}

/// Where the commands of a host are: its program, which calls itself as this host.
fn commands(cluster: &Cluster, node: &Node) -> PathBuf {
    cluster.dir().join(format!("commands-{}", node.name()))
}

/// Installs the program of a host under the name that it has on a real one.
fn install(cluster: &Cluster, node: &Node, program: &Program) {
    let name = match program {
        Program::Csync2 => "csync2",
        Program::Csync3(_) | Program::Csync3Classic(_) => "csync3",
    };
    let options: Vec<_> = node.options().iter().map(|word| word.display().to_string()).collect();
    let text = format!(
        "#!/bin/sh\nexport CSYNC2_SYSTEM_DIR={}\nexec {} {} \"$@\"\n",
        node.system_dir().display(),
        program.path().display(),
        options.join(" ")
    );
    executable(&commands(cluster, node).join(name), &text);
}

/// Runs a script of the repository with these directories before the usual ones of `PATH`.
fn run(script: &str, first: &Path, words: &[&str]) -> Output {
    let path = format!("{}:/usr/bin:/bin", first.display());
    let mut command = Command::new(repository(script));
    Running::start(command.env("PATH", path).env("LC_ALL", "C").args(words)).wait()
}

#[test]
fn every_script_passes_the_shell_and_says_how_it_is_called() {
    for script in
        ["contrib/csync3-compare", "contrib/csync3-locheck.sh", "scripts/try-migration.sh"]
    {
        let mut bash = Command::new("bash");
        Running::start(bash.arg("-n").arg(repository(script))).wait().success();
        let mode = fs::metadata(repository(script)).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o111, 0o111, "{script} can be executed");
    }
    let output = run("contrib/csync3-compare", Path::new("/nonexistent"), &["one", "two"]);
    assert!(output.exits(1).stderr_text().starts_with("Usage: csync3-compare "));
}
