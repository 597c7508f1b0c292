//! `-W`: the directories that a watcher of the tree has to watch.
use csync3_core::entry::{Kind, Observed};
use csync3_core::path::ClusterPath;
use std::collections::BTreeSet;
use std::io::{self, Write};

/// Collects the matched directories and the directories of matched objects.
#[derive(Debug, Default)]
pub(super) struct DirectoryDump(BTreeSet<ClusterPath>);

impl DirectoryDump {
    /// Takes note of a matched object.
    pub(super) fn see(&mut self, name: &ClusterPath, seen: &Observed) {
        if seen.kind == Kind::Dir {
            self.0.insert(name.clone());
        }
        if let Some(parent) = name.parent()
            && !self.0.contains(&parent)
        {
            self.0.insert(parent);
        }
    }

    /// Writes the decoded names, each ended by a NUL, children before parents.
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        for name in self.0.iter().rev() {
            out.write_all(&name.decoded())?;
            out.write_all(b"\0")?;
        }
        out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::DirectoryDump;
    use csync3_core::entry::{Fingerprint, Kind, Observed, Timestamp};
    use csync3_core::path::ClusterPath;

    #[test]
    fn directories_of_matched_objects_come_children_first() {
        let time = Timestamp::default();
        let fingerprint = Fingerprint { mtime: time, ctime: time, inode: 1 };
        let object = |kind| Observed { kind, permissions: 0, uid: 0, gid: 0, fingerprint };
        let name = |text: &str| ClusterPath::from_decoded(text.as_bytes()).expect("a name");
        let mut dump = DirectoryDump::default();
        dump.see(&name("%p%/a"), &object(Kind::Dir));
        dump.see(&name("%p%/a/f"), &object(Kind::Fifo));
        dump.see(&name("%p%/x/y/z"), &object(Kind::Fifo));
        let mut out = Vec::new();
        dump.write(&mut out).expect("memory");
        assert_eq!(out, b"%p%/x/y\0%p%/a\0%p%\0");
    }
}
