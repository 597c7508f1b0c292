//! Trees of everything a file system can hold.
use crate::files::set_times;
use crate::names::odd_names;
use crate::random::Random;
use rustix::fs::{CWD, FileType, Mode, mknodat};
use std::fs;
use std::os::unix::fs::{PermissionsExt, lchown};
use std::path::{Path, PathBuf};

/// 2020-09-13, in seconds since the epoch; the trees' times lie in the three years after it.
const OLDEST: i64 = 1_600_000_000;
/// Three years in seconds.
const SPAN: u64 = 94_608_000;
/// Permission bits that files get in turn.
const MODES: [u32; 8] = [0o644, 0o600, 0o755, 0o640, 0o444, 0o400, 0o4755, 0o2711];
/// Permission bits that directories get in turn.
const DIR_MODES: [u32; 5] = [0o755, 0o700, 0o750, 0o1777, 0o2755];
/// File sizes at which block and buffer borders lie.
const BORDERS: [usize; 12] =
    [0, 1, 511, 512, 513, 2_047, 2_048, 2_049, 4_096, 65_535, 65_536, 65_537];

/// Makes trees; the same seed and settings give the same tree, byte for byte.
///
/// Files of 0 bytes to 5 MB, directories, symbolic links, named pipes, odd names, deep paths, many
/// modes, and for root also owners and devices. No sockets: csync2 cannot sync them.
#[derive(Debug, Clone)]
pub struct MixedTree {
    seed: u64,
    directories: usize,
    files: usize,
    largest: usize,
    devices: bool,
    owners: bool,
    fifos: bool,
    odd_names: bool,
    depth: usize,
}

impl MixedTree {
    /// 40 directories, 200 files, 5 MB at most, everything switched on.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let root = rustix::process::geteuid().is_root();
        Self {
            seed,
            directories: 40,
            files: 200,
            largest: 5_000_000,
            devices: root,
            owners: root,
            fifos: true,
            odd_names: true,
            depth: 20,
        }
    }

    /// Another number of files, and of directories (a fifth of it).
    #[must_use]
    pub fn files(mut self, files: usize) -> Self {
        self.files = files;
        self.directories = files / 5 + 1;
        self
    }

    /// Another size of the one largest file, in bytes.
    #[must_use]
    pub fn largest(mut self, bytes: usize) -> Self {
        self.largest = bytes;
        self
    }

    /// No devices: csync2 sends them without their numbers.
    #[must_use]
    pub fn without_devices(mut self) -> Self {
        self.devices = false;
        self
    }

    /// Everything belongs to whoever runs the test.
    #[must_use]
    pub fn without_owners(mut self) -> Self {
        self.owners = false;
        self
    }

    /// No named pipes.
    #[must_use]
    pub fn without_fifos(mut self) -> Self {
        self.fifos = false;
        self
    }

    /// Only names of letters and digits.
    #[must_use]
    pub fn without_odd_names(mut self) -> Self {
        self.odd_names = false;
        self
    }

    /// Makes the tree in the existing directory `root`, and gives the number of objects made.
    ///
    /// # Panics
    /// When something cannot be made.
    pub fn create(&self, root: &Path) -> usize {
        let mut maker =
            Maker { plan: self, random: Random::new(self.seed), made: Vec::new(), turn: 0 };
        let directories = maker.directories(root);
        maker.files(&directories);
        maker.links(&directories);
        maker.specials(&directories);
        maker.odd(root);
        maker.deep(root);
        maker.finish()
    }
}

struct Maker<'a> {
    plan: &'a MixedTree,
    random: Random,
    made: Vec<PathBuf>,
    turn: usize,
}

impl Maker<'_> {
    fn directories(&mut self, root: &Path) -> Vec<PathBuf> {
        let mut all = vec![root.to_owned()];
        for index in 0..self.plan.directories {
            let parent = all[self.random.index(all.len())].clone();
            let path = parent.join(format!("dir{index}"));
            self.directory(&path);
            all.push(path);
        }
        all
    }

    fn directory(&mut self, path: &Path) {
        done("mkdir", path, fs::create_dir(path));
        self.made.push(path.to_owned());
    }

    fn files(&mut self, directories: &[PathBuf]) {
        for index in 0..self.plan.files {
            let length = match index {
                0 => self.plan.largest,
                1..=12 => BORDERS[index - 1].min(self.plan.largest),
                _ if self.random.chance(5) => self.random.index(self.plan.largest.min(300_000) + 1),
                _ => self.random.index(self.plan.largest.min(8_000) + 1),
            };
            let path = self.place(directories, &format!("file{index}.dat"));
            self.file(&path, length);
        }
    }

    fn file(&mut self, path: &Path, length: usize) {
        let compressible = self.random.chance(50);
        let content = self.random.bytes(length, compressible);
        done("write", path, fs::write(path, content));
        self.made.push(path.to_owned());
    }

    fn links(&mut self, directories: &[PathBuf]) {
        let long = "t/".repeat(500);
        let targets = ["file1.dat", "../elsewhere", "/etc/hostname", ".", "no where%20", &long];
        for index in 0..self.plan.files / 20 + targets.len() {
            let path = self.place(directories, &format!("link{index}"));
            let made = std::os::unix::fs::symlink(targets[index % targets.len()], &path);
            done("symlink", &path, made);
            self.made.push(path);
        }
    }

    fn specials(&mut self, directories: &[PathBuf]) {
        if self.plan.fifos {
            self.special(directories, "fifo", FileType::Fifo, 0);
        }
        if self.plan.devices {
            let (null, disk) = (rustix::fs::makedev(1, 3), rustix::fs::makedev(259, 65_541));
            self.special(directories, "null", FileType::CharacterDevice, null);
            self.special(directories, "disk", FileType::BlockDevice, disk);
        }
    }

    fn special(&mut self, directories: &[PathBuf], name: &str, kind: FileType, number: u64) {
        let path = self.place(directories, name);
        done("mknod", &path, make_node(&path, kind, number).map_err(Into::into));
        self.made.push(path);
    }

    fn odd(&mut self, root: &Path) {
        if !self.plan.odd_names {
            return;
        }
        let dir = root.join("odd names");
        self.directory(&dir);
        for (index, name) in odd_names().iter().enumerate() {
            let path = dir.join(name);
            match index % 3 {
                0 => {
                    self.directory(&path);
                    self.file(&path.join(name), 40 + index);
                }
                1 => self.file(&path, index),
                _ => {
                    done("symlink", &path, std::os::unix::fs::symlink(name, &path));
                    self.made.push(path);
                }
            }
        }
    }

    fn deep(&mut self, root: &Path) {
        let mut path = root.to_owned();
        for level in 0..self.plan.depth {
            path.push(format!("{level:0>60}"));
            self.directory(&path);
        }
        self.file(&path.join("bottom"), 100);
    }

    fn place(&mut self, directories: &[PathBuf], name: &str) -> PathBuf {
        directories[self.random.index(directories.len())].join(name)
    }

    /// Gives owners, modes and times, contents before the directories that hold them.
    fn finish(mut self) -> usize {
        let made = std::mem::take(&mut self.made);
        for path in made.iter().rev() {
            self.adorn(path);
        }
        made.len()
    }

    fn adorn(&mut self, path: &Path) {
        let kind = path.symlink_metadata().expect("it was just made").file_type();
        self.turn += 1;
        if self.plan.owners && self.random.chance(30) {
            let id = |random: &mut Random| {
                u32::try_from(random.between(1..=65_534)).expect("fits 16 bits")
            };
            let (uid, gid) = (id(&mut self.random), id(&mut self.random));
            done("chown", path, lchown(path, Some(uid), Some(gid)));
        }
        if !kind.is_symlink() {
            let mode = match kind.is_dir() {
                true => DIR_MODES[self.turn % DIR_MODES.len()],
                false => MODES[self.turn % MODES.len()],
            };
            let bits = fs::Permissions::from_mode(mode);
            done("chmod", path, fs::set_permissions(path, bits));
        }
        let age = i64::try_from(self.random.between(0..=SPAN)).expect("three years");
        let nanos = u32::try_from(self.random.between(0..=999_999_999)).expect("below a second");
        done("utime", path, set_times(path, OLDEST + age, nanos).map_err(Into::into));
    }
}

fn done(verb: &str, path: &Path, result: std::io::Result<()>) {
    result.unwrap_or_else(|error| panic!("{verb} {path:?}: {error}"));
}

/// Makes a named pipe or device with mode 0644.
pub(crate) fn make_node(path: &Path, kind: FileType, number: u64) -> rustix::io::Result<()> {
    mknodat(CWD, path, kind, Mode::from_raw_mode(0o644), number)
}

#[cfg(test)]
mod tests {
    use super::MixedTree;
    use crate::snapshot::{Snapshot, Times, assert_same, differences};

    #[test]
    fn one_seed_is_one_tree() {
        let make = |seed| {
            let dir = tempfile::tempdir().expect("a temporary directory");
            MixedTree::new(seed).largest(100_000).create(dir.path());
            let snapshot = Snapshot::with_times(dir.path(), Times::OfAll);
            (dir, snapshot)
        };
        let (first, again, other) = (make(7), make(7), make(8));
        let without_root = |snapshot: &Snapshot| snapshot.below_root();
        assert_same(&without_root(&first.1), &without_root(&again.1));
        assert!(!differences(&first.1, &other.1).is_empty());
    }

    #[test]
    fn a_mixed_tree_has_every_type_it_promises() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let made = MixedTree::new(1).create(dir.path());
        let snapshot = Snapshot::of(dir.path());
        assert_eq!(snapshot.len(), made + 1, "the root counts");
        for kind in ["file", "directory", "symlink", "fifo"] {
            assert!(snapshot.count(kind) > 0, "no {kind}");
        }
        if rustix::process::geteuid().is_root() {
            assert_eq!(snapshot.count("character device"), 1);
            assert_eq!(snapshot.count("block device"), 1);
        }
    }
}
