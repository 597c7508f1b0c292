//! Manual pages and shell completions that are made from the program and its documents.
//!
//! They are kept in `man/` and `completions/`, so that a build needs none of the tools. The test says
//! when they are stale; `make man` writes them anew.
mod check;
mod completions;
mod pages;
mod reference;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Set by `make man`: write what differs instead of complaining.
const RENEW: &str = "CSYNC3_RENEW";

/// Files by their path in the repository.
type Files = BTreeMap<PathBuf, Vec<u8>>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).expect("it is part of the repository")
}

/// Everything that is made.
fn all() -> Files {
    let mut files = completions::all();
    files.extend(pages::all());
    let reference = reference::page(&read("docs/config.md"), &pages::date());
    files.insert("man/csync2.cfg.5".into(), reference.into_bytes());
    files
}

/// What there is, without sources and directories.
fn kept() -> Vec<PathBuf> {
    let mut kept = Vec::new();
    for directory in ["man", "completions"] {
        let entries = std::fs::read_dir(root().join(directory)).expect("a directory");
        let names = entries.map(|entry| entry.expect("an entry").file_name());
        kept.extend(names.map(|name| Path::new(directory).join(name)));
    }
    kept.retain(|path| path.extension().is_none_or(|ending| ending != "in"));
    kept
}

#[test]
fn pages_and_completions_are_those_of_this_program() {
    let files = all();
    let renew = std::env::var_os(RENEW).is_some();
    let mut stale = Vec::new();
    for (path, content) in &files {
        let there = std::fs::read(root().join(path)).unwrap_or_default();
        if there != *content {
            stale.push(path);
            if renew {
                std::fs::write(root().join(path), content).expect("the repository is writable");
            }
        }
    }
    assert!(renew || stale.is_empty(), "run `make man`: stale are {stale:?}");
    let left: Vec<_> = kept().into_iter().filter(|path| !files.contains_key(path)).collect();
    assert!(left.is_empty(), "remove {left:?}: nothing makes them any more");
}
