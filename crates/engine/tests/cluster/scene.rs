//! Two hosts in sync, and one change of every kind on the first of them.
use super::lab::Lab;
use csync3_disk::Disk;
use csync3_testkit::{Metadata, Node, Random, States, assert_old_or_new, states};
use std::sync::LazyLock;

/// A file of several blocks.
pub(crate) const SMALL: usize = 20_000;
/// A file that is not read into memory as a whole.
pub(crate) const LARGE: usize = 300_000;

static NOISE: LazyLock<Vec<u8>> = LazyLock::new(|| Random::new(1).bytes(LARGE, false));

/// Two hosts, one push apart.
pub(crate) struct Scene {
    pub(crate) lab: Lab,
    old: States,
}

impl Scene {
    /// Both hosts have the old tree and owe nothing; the first one then has the new tree. The file
    /// that is changed in its middle has `size` bytes.
    pub(crate) fn new(size: usize) -> Self {
        let lab = Lab::new(2, "");
        for host in [0, 1] {
            old_tree(lab.node(host), size);
            lab.check(host, &Disk::new(), true);
        }
        let old = states(lab.node(1).root());
        new_tree(lab.node(0), size);
        Self { lab, old }
    }

    /// Demands that every object of the second host is as before or as it shall be.
    #[track_caller]
    pub(crate) fn assert_whole(&self) {
        let new = states(self.lab.node(0).root());
        let now = states(self.lab.node(1).root());
        assert_old_or_new(&now, &self.old, &new, Metadata::WithContent);
    }
}

fn old_tree(node: &Node, size: usize) {
    for name in ["same", "small", "grown", "gone", "mode", "time", "was-file", "to-link"] {
        put(node, name, name.as_bytes());
    }
    put(node, "parts", &NOISE[..size]);
    put(node, "old/a", b"a");
    put(node, "old/deep/b", b"b");
    put(node, "was-directory/inside", b"inside");
    node.symlink("somewhere", "link");
}

fn new_tree(node: &Node, size: usize) {
    node.edit("small", "SMALL");
    node.edit("grown", b"grown".repeat(100));
    let mut edited = NOISE[..size].to_vec();
    edited[size / 2..size / 2 + 4].copy_from_slice(b"edit");
    node.edit("parts", edited);
    node.remove("gone");
    node.chmod("mode", 0o600);
    node.set_mtime("time", 1_600_000_000);
    node.remove("was-file");
    put(node, "was-file/inside", b"new");
    node.remove("was-directory");
    put(node, "was-directory", b"a file now");
    node.remove("old");
    put(node, "new", b"");
    put(node, "new directory/deep/c", b"c");
    put(node, "new directory/odd\n\"name\"", b"d");
    node.remove("link");
    node.symlink("elsewhere", "link");
    node.remove("to-link");
    node.symlink("x", "to-link");
    node.mkfifo("fifo");
}

fn put(node: &Node, name: &str, content: &[u8]) {
    node.write(name, content);
    node.set_mtime(name, 1_700_000_000);
}
