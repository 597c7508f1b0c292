//! What a tree is, and how two of them differ.
use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

/// How many differences are told before the rest is only counted.
const TOLD: usize = 40;
/// How many bytes of a content are shown.
const SHOWN: usize = 80;

/// Which modification times a snapshot holds, in whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// None.
    Ignored,
    /// Those of everything but directories and symbolic links, which csync2 does not keep.
    OfFiles,
    /// All.
    OfAll,
}

/// Everything that is at and below one directory, by path relative to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    objects: BTreeMap<Vec<u8>, Object>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Object {
    body: Body,
    permissions: Option<u32>,
    owner: Option<(u32, u32)>,
    mtime: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Body {
    File { size: u64, hash: blake3::Hash, beginning: Vec<u8> },
    Symlink { target: Vec<u8> },
    Device { kind: &'static str, number: u64 },
    Plain(&'static str),
}

impl Snapshot {
    /// Looks at `root` and everything below it, with [`Times::OfFiles`].
    ///
    /// # Panics
    /// When something cannot be read.
    #[must_use]
    pub fn of(root: &Path) -> Self {
        Self::with_times(root, Times::OfFiles)
    }

    /// Looks at `root` and everything below it; what vanishes meanwhile is not there.
    ///
    /// # Panics
    /// When something cannot be read, or the root is not there.
    #[must_use]
    pub fn with_times(root: &Path, times: Times) -> Self {
        let mut objects = BTreeMap::new();
        let mut waiting = vec![root.to_owned()];
        while let Some(path) = waiting.pop() {
            let relative = path.strip_prefix(root).expect("found below the root");
            let name = relative.as_os_str().as_bytes().to_vec();
            let Some((object, below)) = look(&path, times) else {
                assert!(path != root, "{path:?} is not there");
                continue;
            };
            objects.insert(name, object);
            waiting.extend(below);
        }
        Self { objects }
    }

    /// The same without owners and groups.
    #[must_use]
    pub fn without_owners(mut self) -> Self {
        for object in self.objects.values_mut() {
            object.owner = None;
        }
        self
    }

    /// The same without modification times.
    #[must_use]
    pub fn without_times(mut self) -> Self {
        for object in self.objects.values_mut() {
            object.mtime = None;
        }
        self
    }

    /// The same without the entry of the root itself.
    #[must_use]
    pub fn below_root(&self) -> Self {
        let mut objects = self.objects.clone();
        objects.remove(&b""[..]);
        Self { objects }
    }

    /// The number of objects, the root included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// Says whether there is nothing, not even the root.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// The number of objects of one type: `file`, `directory`, `symlink`, `fifo`, `socket`,
    /// `character device` or `block device`.
    #[must_use]
    pub fn count(&self, kind: &str) -> usize {
        let same = |object: &&Object| object.body.kind() == kind;
        self.objects.values().filter(same).count()
    }

    /// The total size of all files in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let size = |object: &Object| match object.body {
            Body::File { size, .. } => size,
            _ => 0,
        };
        self.objects.values().map(size).sum()
    }
}

impl Object {
    fn of(path: &Path, meta: &Metadata, times: Times) -> Option<Self> {
        let (is_link, is_dir) = (meta.is_symlink(), meta.is_dir());
        let timed = match times {
            Times::Ignored => false,
            Times::OfFiles => !is_link && !is_dir,
            Times::OfAll => true,
        };
        Some(Self {
            body: Body::of(path, meta)?,
            permissions: (!is_link).then_some(meta.mode() & 0o7777),
            owner: Some((meta.uid(), meta.gid())),
            mtime: timed.then_some(meta.mtime()),
        })
    }
}

impl Body {
    fn of(path: &Path, meta: &Metadata) -> Option<Self> {
        let kind = meta.file_type();
        if kind.is_file() {
            let content = read("read", path, fs::read(path))?;
            return Some(Self::File {
                size: meta.len(),
                hash: blake3::hash(&content),
                beginning: content[..content.len().min(SHOWN)].to_vec(),
            });
        }
        let number = meta.rdev();
        Some(if kind.is_symlink() {
            let target = read("readlink", path, fs::read_link(path))?;
            let target = target.into_os_string().into_vec();
            Self::Symlink { target }
        } else if kind.is_char_device() {
            let kind = "character device";
            Self::Device { kind, number }
        } else if kind.is_block_device() {
            let kind = "block device";
            Self::Device { kind, number }
        } else if kind.is_dir() {
            Self::Plain("directory")
        } else if kind.is_fifo() {
            Self::Plain("fifo")
        } else {
            Self::Plain("socket")
        })
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::File { .. } => "file",
            Self::Symlink { .. } => "symlink",
            Self::Device { kind, .. } | Self::Plain(kind) => kind,
        }
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.body.kind())?;
        match &self.body {
            Body::File { size, beginning, .. } => {
                write!(f, " of {size} bytes \"{}\"", beginning.escape_ascii())?
            }
            Body::Symlink { target } => write!(f, " to \"{}\"", target.escape_ascii())?,
            Body::Device { number, .. } => write!(f, " {number:#x}")?,
            Body::Plain(_) => {}
        }
        if let Some(mode) = self.permissions {
            write!(f, ", mode {mode:04o}")?;
        }
        if let Some((uid, gid)) = self.owner {
            write!(f, ", owner {uid}:{gid}")?;
        }
        self.mtime.map_or(Ok(()), |time| write!(f, ", mtime {time}"))
    }
}

/// How two trees differ, one text per path, in order; empty when they are the same.
#[must_use]
pub fn differences(left: &Snapshot, right: &Snapshot) -> Vec<String> {
    let names: std::collections::BTreeSet<&Vec<u8>> =
        left.objects.keys().chain(right.objects.keys()).collect();
    let tell = |name: &&Vec<u8>| {
        let shown = match name.is_empty() {
            true => "(the root)".to_owned(),
            false => name.escape_ascii().to_string(),
        };
        match (left.objects.get(*name), right.objects.get(*name)) {
            (Some(left), Some(right)) if left == right => None,
            (Some(left), Some(right)) => {
                Some(format!("{shown}\n    left:  {left}\n    right: {right}"))
            }
            (Some(left), None) => Some(format!("{shown}\n    only left: {left}")),
            (None, Some(right)) => Some(format!("{shown}\n    only right: {right}")),
            (None, None) => None,
        }
    };
    names.iter().filter_map(tell).collect()
}

/// Demands that two trees are the same.
///
/// # Panics
/// With the first differences and the number of the rest.
#[track_caller]
pub fn assert_same(left: &Snapshot, right: &Snapshot) {
    let all = differences(left, right);
    let told = all.iter().take(TOLD).cloned().collect::<Vec<_>>().join("\n  ");
    assert!(
        all.is_empty(),
        "{} of {} objects differ:\n  {told}{}",
        all.len(),
        left.len().max(right.len()),
        if all.len() > TOLD { "\n  …" } else { "" }
    );
}

/// One object, and the paths of what is in it; `None` if it is not there.
fn look(path: &Path, times: Times) -> Option<(Object, Vec<PathBuf>)> {
    let meta = read("stat", path, path.symlink_metadata())?;
    let object = Object::of(path, &meta, times)?;
    let mut below = Vec::new();
    if meta.is_dir() {
        for entry in read("list", path, fs::read_dir(path))? {
            below.extend(read("list", path, entry).map(|entry| entry.path()));
        }
    }
    Some((object, below))
}

/// What was read; `None` if the object is not there.
fn read<T>(verb: &str, path: &Path, result: io::Result<T>) -> Option<T> {
    match result {
        Ok(read) => Some(read),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => panic!("{verb} {path:?}: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Snapshot, differences};
    use std::fs;

    #[test]
    fn every_property_that_differs_is_told() {
        let (left, right) = (tempfile::tempdir(), tempfile::tempdir());
        let (left, right) = (left.expect("a directory"), right.expect("a directory"));
        for (dir, content) in [(&left, "one"), (&right, "two")] {
            fs::write(dir.path().join("same"), "").expect("a file");
            fs::write(dir.path().join("other"), content).expect("a file");
        }
        fs::create_dir(left.path().join("gone")).expect("a directory");
        std::os::unix::fs::symlink("x", right.path().join("new\n")).expect("a link");
        let (left, right) = (Snapshot::of(left.path()), Snapshot::of(right.path()));
        let told = differences(&left.without_times(), &right.without_times());
        assert_eq!(told.len(), 3, "{told:#?}");
        assert!(told[0].starts_with("gone\n    only left: directory"), "{}", told[0]);
        assert!(told[1].starts_with("new\\n\n    only right: symlink to \"x\""), "{}", told[1]);
        assert!(told[2].contains("\"one\"") && told[2].contains("\"two\""), "{}", told[2]);
    }
}
