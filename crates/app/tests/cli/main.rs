//! The binary from outside: output, exit code, files.
mod certificates;
mod commands;
mod keys;
mod manual;
mod refusals;
mod units;
mod usage;

use std::path::Path;
use std::process::{Command, Output};

/// The binary with a system directory of its own.
fn csync3(system_dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_csync3"));
    command.env("CSYNC2_SYSTEM_DIR", system_dir);
    command.env_remove("RUST_BACKTRACE");
    command
}

/// Exit code, standard output and standard error of a call.
fn call(system_dir: &Path, words: &[&str]) -> (Option<i32>, String, String) {
    let output = csync3(system_dir).args(words).output();
    told(&output.expect("the binary starts"))
}

fn told(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}
