//! What is under each name of a tree, and whether every name has its old or its new state.
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// One object, as far as an interrupted update could leave it halfway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// A file; mode and time come with the content between two csync3 hosts.
    File {
        /// All of it.
        content: Vec<u8>,
        /// Permission bits.
        mode: u32,
        /// Modification time in whole seconds since the epoch.
        mtime: i64,
    },
    /// A directory.
    Directory,
    /// A symbolic link and its target.
    Symlink(Vec<u8>),
    /// Anything else: its type as in `st_mode`. Its permissions always come later.
    Special(u32),
}

/// Whether the mode and time of a file belong to its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metadata {
    /// They arrive with the content, in one step.
    WithContent,
    /// csync2 sets them after the content.
    Later,
}

/// Everything below a root, by relative path; temporaries are left out.
pub type States = BTreeMap<Vec<u8>, State>;

/// Looks at everything below `root`. What vanishes meanwhile is absent.
#[must_use]
pub fn states(root: &Path) -> States {
    let mut found = States::new();
    let mut waiting = vec![root.to_owned()];
    while let Some(directory) = waiting.pop() {
        for entry in fs::read_dir(&directory).into_iter().flatten().flatten() {
            let path = entry.path();
            let Some(state) = state(&path) else {
                continue;
            };
            if is_temporary(entry.file_name().as_bytes()) {
                continue;
            }
            if state == State::Directory {
                waiting.push(path.clone());
            }
            let name = path.strip_prefix(root).expect("it lies below the root");
            found.insert(name.as_os_str().as_bytes().to_vec(), state);
        }
    }
    found
}

/// csync3's `.csync3-…` and csync2's `.NAME.XXXXXX`; the trees here have no other hidden names.
fn is_temporary(name: &[u8]) -> bool {
    name.starts_with(b".")
}

fn state(path: &Path) -> Option<State> {
    let meta = path.symlink_metadata().ok()?;
    Some(if meta.is_file() {
        let content = fs::read(path).ok()?;
        State::File { content, mode: meta.mode() & 0o7777, mtime: meta.mtime() }
    } else if meta.is_dir() {
        State::Directory
    } else if meta.is_symlink() {
        State::Symlink(fs::read_link(path).ok()?.as_os_str().as_bytes().to_vec())
    } else {
        State::Special(meta.mode() & 0o170_000)
    })
}

/// Demands that every name has its old or its new state, absence included.
///
/// # Panics
/// With the first name that has neither.
#[track_caller]
pub fn assert_old_or_new(now: &States, old: &States, new: &States, metadata: Metadata) {
    let names = now.keys().chain(old.keys()).chain(new.keys());
    for name in names {
        let (seen, before, after) = (now.get(name), old.get(name), new.get(name));
        let is = |wanted: Option<&State>| match (seen, wanted, metadata) {
            (
                Some(State::File { content, .. }),
                Some(State::File { content: wanted, .. }),
                Metadata::Later,
            ) => content == wanted,
            _ => seen == wanted,
        };
        // Where a file and a directory take each other's place, the name is free in between; csync2
        // removes whatever is of another type.
        let type_changes = before.zip(after).is_some_and(|(before, after)| {
            let is_dir = |state: &State| *state == State::Directory;
            let is_other = std::mem::discriminant(before) != std::mem::discriminant(after);
            is_other && (is_dir(before) || is_dir(after) || metadata == Metadata::Later)
        });
        assert!(
            is(before) || is(after) || (type_changes && seen.is_none()),
            "{} is neither old nor new\n  old: {}\n  new: {}\n  now: {}",
            name.escape_ascii(),
            shown(before),
            shown(after),
            shown(seen),
        );
    }
}

fn shown(state: Option<&State>) -> String {
    match state {
        None => "absent".to_owned(),
        Some(State::File { content, mode, mtime }) => {
            let beginning = content[..content.len().min(40)].escape_ascii();
            format!("{} bytes \"{beginning}\", mode {mode:o}, mtime {mtime}", content.len())
        }
        Some(other) => format!("{other:?}"),
    }
}
