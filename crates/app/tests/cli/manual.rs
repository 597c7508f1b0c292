//! The manual page and the program agree.
use super::call;
use csync3_core::config::{HostName, Setting, Sources, load};
use std::collections::BTreeSet;
use std::path::Path;

fn manual() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../man/csync3.8");
    std::fs::read_to_string(path).expect("the manual is part of the repository")
}

/// The words of the lines that begin an entry.
fn entries(manual: &str) -> BTreeSet<String> {
    let heads = manual.lines().filter_map(|line| line.strip_prefix(".It "));
    let words = heads.flat_map(str::split_whitespace);
    words.map(|word| word.trim_end_matches(',').to_owned()).collect()
}

#[test]
fn every_option_of_the_usage_text_has_an_entry_in_the_manual() {
    let (_, usage, _) = call(Path::new("/nonexistent"), &["--help"]);
    let entries = entries(&manual());
    let mut seen = 0;
    for line in usage.lines().filter(|line| line.starts_with("\t-")) {
        let word = line.split_whitespace().next().unwrap_or_default();
        let bare = word.trim_start_matches('-').trim_end_matches(',');
        let option = bare.split('[').next().unwrap_or_default();
        let option = if word.starts_with("--") { format!("-{option}") } else { option.to_owned() };
        assert!(entries.contains(&option), "{word} is not in the manual");
        seen += 1;
    }
    assert!(seen > 30, "only {seen} options were found");
}

#[test]
fn the_examples_of_the_manual_are_valid_calls() {
    let manual = manual();
    let examples = manual.lines().filter_map(|line| line.strip_prefix(".Dl "));
    let calls: Vec<&str> = examples.flat_map(|line| line.split(" && ")).collect();
    assert!(calls.contains(&"csync3 -N 10.10.10.7 -xv"));
    for words in calls {
        let words: Vec<_> = words.split(' ').skip(1).map(Into::into).collect();
        let read = csync3::cli::args::parse(&words);
        assert!(read.is_ok(), "{words:?}: {read:?}");
    }
}

/// The example of `docs/config.md`, and a key.
struct Example(Vec<u8>);

impl Sources for Example {
    fn read(&self, path: &Path) -> Result<Vec<u8>, String> {
        match path.to_str() {
            Some("/etc/csync2.cfg") => Ok(self.0.clone()),
            Some("/etc/csync2.key_web") => Ok(b"0123456789abcdef0123456789abcdef\n".to_vec()),
            _ => Err("No such file or directory".to_owned()),
        }
    }
}

#[test]
fn the_example_of_the_reference_is_a_valid_configuration() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/config.md");
    let reference = std::fs::read_to_string(path).expect("the reference is part of the repository");
    let example = reference.split("```").nth(1).expect("it begins with an example");
    let setting = Setting {
        host: HostName::parse(b"node1").expect("a host name"),
        system_dir: "/etc".into(),
        groups: None,
        peers: None,
    };
    let sources = Example(example.as_bytes().to_vec());
    let config = load(Path::new("/etc/csync2.cfg"), &setting, &sources).expect("it is valid");
    assert!(config.is_member() && config.warnings.is_empty());
    let peers: Vec<_> = config.peers().iter().map(ToString::to_string).collect();
    assert_eq!(peers, ["10.10.20.2", "mirror"]);
}
