//! Pages and completions work with the programs that read them.
use crate::{kept, root};
use std::path::Path;
use std::process::Command;

/// Whether a program succeeded, and all that it said.
fn run(program: &str, arguments: &[&str]) -> (bool, String) {
    let output = Command::new(program).args(arguments).current_dir(root()).output();
    let output = output.unwrap_or_else(|error| {
        panic!("{program} is one of the test packages (`make packages`): {error}")
    });
    let told = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&told).into_owned())
}

fn pages() -> Vec<String> {
    let mut pages: Vec<_> =
        kept().iter().filter(|path| path.starts_with("man")).map(|path| shown(path)).collect();
    pages.sort();
    assert!(pages.len() > 15, "{pages:?}");
    pages
}

fn shown(path: &Path) -> String {
    path.to_str().expect("our own names").to_owned()
}

#[test]
fn every_page_is_formatted_without_a_warning() {
    for page in pages() {
        let (success, told) = run("groff", &["-mandoc", "-Tutf8", "-ww", "-z", &page]);
        assert!(success && told.is_empty(), "{page}: {told}");
        let (_, told) = run("mandoc", &["-Tlint", "-Wwarning", &page]);
        assert_eq!(told, "", "{page}");
    }
}

/// What bash offers for a line whose last word is begun.
fn offered(line: &str) -> Vec<String> {
    let last = line.split(' ').count() - 1;
    let script = format!(
        "source completions/csync3.bash; COMP_WORDS=({line}); COMP_CWORD={last}; \
         COMP_LINE='{line}'; COMP_POINT=${{#COMP_LINE}}; \
         _csync3 csync3 \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD-1]}}\"; \
         printf '%s\\n' \"${{COMPREPLY[@]}}\""
    );
    let (success, told) = run("bash", &["--norc", "-c", &script]);
    assert!(success, "{line}: {told}");
    told.lines().map(str::to_owned).collect()
}

#[test]
fn bash_completes_words_options_and_the_parts_of_list() {
    for (line, expected) in [
        ("csync3 st", "status"),
        ("csync3 push --dr", "--dry-run"),
        ("csync3 list d", "dirty"),
        ("csync3 list dirty --js", "--json"),
        ("csync3 resolve --th", "--theirs"),
    ] {
        assert_eq!(offered(line), [expected], "{line}");
    }
}

#[test]
fn zsh_and_fish_read_their_completions() {
    for (shell, arguments) in [
        ("zsh", ["-n", "completions/_csync3"]),
        ("fish", ["--no-execute", "completions/csync3.fish"]),
    ] {
        let (success, told) = run(shell, &arguments);
        assert!(success && told.is_empty(), "{shell}: {told}");
    }
    let ask = "source completions/csync3.fish; complete -C 'csync3 list d'";
    let (_, told) = run("fish", &["--private", "-c", ask]);
    assert!(told.lines().any(|line| line.starts_with("dirty")), "{told}");
}
