//! Tests of the configuration, over texts in memory and the frozen ones in `testdata/config`.
mod lexing;
mod lookup;
mod matching;
mod messages;
mod syntax;

use crate::config::{Config, ConfigErrors, HostName, Setting, Sources, load};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The key in the file `k`.
const KEY: &[u8] = b"kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk";
/// The key in the file `other`.
const OTHER: &[u8] = b"oooooooooooooooooooooooooooooooooooooooo";

/// Files in memory: `/etc/main.cfg`, and the keys beside it.
struct Files(BTreeMap<PathBuf, Vec<u8>>);

impl Files {
    fn new(main: impl AsRef<[u8]>) -> Self {
        let files = Self(BTreeMap::new());
        files.with("/etc/main.cfg", main).with("/etc/k", KEY).with("/etc/other", OTHER)
    }

    fn with(mut self, path: &str, text: impl AsRef<[u8]>) -> Self {
        self.0.insert(path.into(), text.as_ref().to_vec());
        self
    }

    fn load(&self, setting: &Setting) -> Result<Config, ConfigErrors> {
        load(Path::new("/etc/main.cfg"), setting, self)
    }
}

impl Sources for Files {
    fn read(&self, path: &Path) -> Result<Vec<u8>, String> {
        let text = self.0.get(path).cloned();
        text.ok_or_else(|| "No such file or directory".to_owned())
    }
}

fn host(name: &str) -> HostName {
    HostName::parse(name.as_bytes()).expect("a host name")
}

/// Host `me`, nothing restricted.
fn setting() -> Setting {
    Setting { host: host("me"), system_dir: "/etc".into(), groups: None, peers: None }
}

/// Loads a text that must be usable.
fn config(text: &str) -> Config {
    Files::new(text).load(&setting()).expect("a usable configuration")
}

/// Loads a group of `me` and `you` with these statements.
fn group(statements: &str) -> Config {
    config(&format!("group g {{ host me you; key k; {statements} }}"))
}

/// The messages of a text that cannot be used.
fn messages(files: &Files) -> Vec<String> {
    let errors = files.load(&setting()).expect_err("an unusable configuration");
    let diagnostics = errors.diagnostics.into_iter();
    diagnostics.map(|diagnostic| diagnostic.message).collect()
}
