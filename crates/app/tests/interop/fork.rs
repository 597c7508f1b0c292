//! What the fork `erlandl4g/csync2` says, and a csync3 server understands.
use crate::pairing::{csync3, serving};
use crate::raw::{DONE, Raw, block_of};
use csync3_testkit::{Cluster, leftovers};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

/// Owner, group, mode and time that are nobody's default.
const LOOK: &str = "1234 4321 33193 1600000001123456789";

fn cluster(globals: &str) -> Cluster {
    serving(Cluster::builder().node(&csync3()).stand_in().global(globals))
}

fn send(raw: &mut Raw, name: &str, look: &str, content: &[u8]) -> String {
    assert_eq!(raw.on("ATOMICPATCH", name, look), "OK (send_data).");
    raw.block();
    raw.send_content(content);
    raw.answer()
}

/// Mode, owner and time.
fn look(path: &Path) -> (u32, u32, u32, i64, i64) {
    let meta = path.symlink_metadata().expect("it is there");
    (meta.mode(), meta.uid(), meta.gid(), meta.mtime(), meta.mtime_nsec())
}

const LOOKED: (u32, u32, u32, i64, i64) = (0o100_651, 1234, 4321, 1_600_000_001, 123_456_789);

#[test]
fn a_file_comes_with_its_metadata() {
    let cluster = cluster("");
    let node = cluster.node(0);
    node.run(&["-cIr", "/"]).success();
    let mut raw = Raw::greeted(&cluster, 1, 0);
    for content in [&b"first content"[..], b"second"] {
        assert_eq!(send(&mut raw, "%25tree%25/f", LOOK, content), DONE);
        assert_eq!(node.read("f"), content);
        assert_eq!(look(&node.path("f")), LOOKED);
    }
    assert_eq!(raw.ask("BYE"), "OK (cu_later).");
    node.run(&["-cr", "/"]).success();
    assert_eq!(node.dirty(), [], "what a peer sent is no change of this host");
}

#[test]
fn a_file_is_seen_with_its_metadata_or_not_at_all() {
    let cluster = cluster("");
    let path = cluster.node(0).path("f");
    let mut raw = Raw::greeted(&cluster, 1, 0);
    let watched = path.clone();
    let watcher = std::thread::spawn(move || {
        while watched.symlink_metadata().is_err() {
            std::hint::spin_loop();
        }
        look(&watched)
    });
    assert_eq!(raw.on("ATOMICPATCH", "%25tree%25/f", LOOK), "OK (send_data).");
    raw.block();
    let block = block_of(&b"content".repeat(100_000));
    let (most, rest) = block.split_at(block.len() - 1);
    raw.send(most);
    std::thread::sleep(std::time::Duration::from_millis(50));
    assert!(!path.exists(), "the content is not complete");
    raw.send(rest);
    assert_eq!(raw.answer(), DONE);
    assert_eq!(watcher.join().expect("it only looks"), LOOKED);
    assert!(leftovers(cluster.node(0).root()).is_empty());
}

#[test]
fn a_directory_comes_with_its_metadata() {
    let cluster = cluster("");
    let node = cluster.node(0);
    let mut raw = Raw::greeted(&cluster, 1, 0);
    let wanted = "1234 4321 16873 1600000001123456789";
    assert_eq!(raw.on("MKDIR", "%25tree%25/d", wanted), DONE);
    assert_eq!(look(&node.path("d")), (0o40_751, 1234, 4321, 1_600_000_001, 123_456_789));
    // The fork sends the setters as well, with a time in nanoseconds.
    assert_eq!(raw.on("SETOWN", "%25tree%25/d", "7 8"), DONE);
    assert_eq!(raw.on("SETMOD", "%25tree%25/d", "16832"), DONE);
    assert_eq!(raw.on("SETIME", "%25tree%25/d", "1500000000000000001"), DONE);
    assert_eq!(look(&node.path("d")), (0o40_700, 7, 8, 1_500_000_000, 1));
}

#[test]
fn a_time_in_seconds_is_told_from_one_in_nanoseconds() {
    let cluster = cluster("");
    let node = cluster.node(0);
    let mut raw = Raw::greeted(&cluster, 1, 0);
    assert_eq!(send(&mut raw, "%25tree%25/f", "0 0 33188 1600000000", b"x"), DONE);
    assert_eq!(node.mtime("f"), 1_600_000_000);
    assert_eq!(raw.on("SETIME", "%25tree%25/f", "1700000000"), DONE);
    assert_eq!(node.mtime("f"), 1_700_000_000);
    assert_eq!(raw.on("SETIME", "%25tree%25/f", "1800000000000000000"), DONE);
    assert_eq!(node.mtime("f"), 1_800_000_000);
}

#[test]
fn what_is_ignored_is_not_applied() {
    let cluster = cluster("ignore uid gid mod;");
    let node = cluster.node(0);
    node.write("old", "old");
    node.chmod("old", 0o604);
    node.run(&["-cIr", "/"]).success();
    let mut raw = Raw::greeted(&cluster, 1, 0);
    for file in ["old", "new"] {
        assert_eq!(send(&mut raw, &format!("%25tree%25/{file}"), LOOK, b"content"), DONE);
        assert_eq!(node.read(file), b"content");
        let (mode, uid, gid, seconds, nanos) = look(&node.path(file));
        assert_eq!((uid, gid), (0, 0), "{file}");
        assert_ne!(mode & 0o7777, 0o651, "{file}");
        assert_eq!((seconds, nanos), (1_600_000_001, 123_456_789));
    }
    assert_eq!(node.mode("old"), 0o604, "the mode it had");
    assert_eq!(raw.on("SETOWN", "%25tree%25/old", "5 5"), DONE);
    assert_eq!(raw.on("SETMOD", "%25tree%25/old", "33261"), DONE);
    assert_eq!(node.mode("old"), 0o604);
    let meta = node.path("new").metadata().expect("it was made");
    assert_ne!(meta.permissions().mode() & 0o7777, 0, "the owner can use it");
}
