//! The tree on which the cost per file shows.
use crate::files::set_times;
use crate::random::Random;
use std::path::Path;

/// Files per directory.
const PER_DIRECTORY: usize = 100;
/// 2024-01-01, in seconds since the epoch: old enough that no clock takes it for a recent change.
const OLD: i64 = 1_704_067_200;

/// Makes `count` files of 1 to 4,096 bytes below `root`, a hundred to a directory.
///
/// Content, names and times depend on `count` alone.
///
/// # Panics
/// When the tree cannot be written.
pub fn many_small_files(root: &Path, count: usize) {
    let mut random = Random::new(0x5EED);
    for index in 0..count {
        let dir = root.join(format!("d{:05}", index / PER_DIRECTORY));
        if index % PER_DIRECTORY == 0 {
            std::fs::create_dir_all(&dir).unwrap_or_else(|error| panic!("mkdir {dir:?}: {error}"));
        }
        let length = 1 + random.index(4_096);
        let path = dir.join(format!("f{index:06}.conf"));
        std::fs::write(&path, random.bytes(length, true))
            .unwrap_or_else(|error| panic!("write {path:?}: {error}"));
        let age = i64::try_from(random.between(0..=1_000_000)).expect("a million");
        set_times(&path, OLD + age, 0).unwrap_or_else(|error| panic!("utime {path:?}: {error}"));
    }
}
