//! What shells complete after `csync3`.
use crate::Files;
use clap_complete::aot::{Bash, Fish, Zsh, generate};
use csync3::cli::words;

pub(crate) fn all() -> Files {
    let mut files = Files::new();
    let mut made = |path: &str, script: Vec<u8>| files.insert(path.into(), script);
    made("completions/csync3.bash", script(Bash));
    made("completions/_csync3", script(Zsh));
    made("completions/csync3.fish", script(Fish));
    files
}

fn script(shell: impl clap_complete::Generator) -> Vec<u8> {
    let mut script = Vec::new();
    generate(shell, &mut words::command(), "csync3", &mut script);
    script
}
