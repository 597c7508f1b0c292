//! Content that the receiver has under another name is not sent.
use crate::pairing::{assert_clean, assert_same_below, csync3};
use csync3_testkit::{Cluster, Link, Node, Program, Proxy, Random};
use std::path::{Path, PathBuf};

fn pair(client: &Program) -> Cluster {
    Cluster::builder().node(client).node(&csync3()).build()
}

fn noise(number: usize, length: usize) -> Vec<u8> {
    Random::new(number as u64).bytes(length, false)
}

/// Small, middle and large files, some of them equal in length and time; their bytes.
fn furnish(node: &Node) -> usize {
    let mut bytes = 0;
    for number in 0..120 {
        let length = match number % 12 {
            0 => 1_500_000,
            1..4 => 100_000,
            _ => 7_000,
        };
        let name = format!("old/d{}/f{number}", number % 5);
        node.write(&name, noise(number, length));
        node.set_mtime(&name, 1_700_000_000 + (number as i64) % 3);
        bytes += length;
    }
    bytes
}

/// Pushes; the bytes that went to the receiver.
fn cost(node: &Node, proxy: &Proxy) -> u64 {
    let (before, _) = proxy.bytes();
    node.run(&["-x"]).success();
    proxy.bytes().0 - before
}

#[test]
fn a_renamed_directory_costs_a_hundredth_of_its_bytes() {
    let cluster = pair(&csync3());
    let (here, there) = (cluster.node(0), cluster.node(1));
    let proxy = there.serve_behind(Link::default());
    let bytes = furnish(here) as u64;
    assert!(cost(here, &proxy) > bytes);
    here.rename("old", "new");
    let renamed = cost(here, &proxy);
    assert!(!there.exists("old"));
    assert_same_below(here, there);
    assert_clean(&cluster);
    assert!(renamed * 100 <= bytes, "{renamed} bytes for {bytes}");
}

#[test]
fn hashes_that_are_asked_for_find_room_among_many_small_contents() {
    let cluster = pair(&csync3());
    let (here, there) = (cluster.node(0), cluster.node(1));
    there.serve();
    for number in 0..300 {
        here.write(format!("old/a{number}"), noise(number, 70_000));
        here.write(format!("old/b{number}"), noise(number, 60_000));
    }
    here.run(&["-x"]).success();
    here.rename("old", "new");
    here.run(&["-x"]).success();
    assert_same_below(here, there);
    assert_clean(&cluster);
}

#[test]
fn what_came_in_csync2s_dialect_is_found_too() {
    let classic = Program::Csync3Classic(env!("CARGO_BIN_EXE_csync3").into());
    let mut cluster = pair(&classic);
    cluster.node(1).serve();
    let bytes = furnish(cluster.node(0)) as u64;
    cluster.node(0).run(&["-x"]).success();
    cluster.node(1).stop();
    cluster.replace_program(0, &csync3());
    let (here, there) = (cluster.node(0), cluster.node(1));
    let proxy = there.serve_behind(Link::default());
    here.rename("old", "new");
    let renamed = cost(here, &proxy);
    assert_same_below(here, there);
    assert!(renamed * 100 <= bytes, "{renamed} bytes for {bytes}");
}

#[test]
fn a_content_of_the_same_length_and_time_is_not_taken_for_another() {
    let cluster = pair(&csync3());
    let (here, there) = (cluster.node(0), cluster.node(1));
    there.serve();
    for (number, length) in [(0, 5_000), (1, 200_000)] {
        let name = format!("old{number}");
        here.write(&name, noise(number, length));
        here.set_mtime(&name, 1_700_000_000);
    }
    here.run(&["-x"]).success();
    for (number, length) in [(0, 5_000), (1, 200_000)] {
        here.remove(format!("old{number}"));
        let name = format!("new{number}");
        here.write(&name, noise(7 + number, length));
        here.set_mtime(&name, 1_700_000_000);
    }
    here.run(&["-x"]).success();
    assert_same_below(here, there);
    assert_clean(&cluster);
}

#[test]
fn a_file_that_must_stay_lends_its_content_to_nobody_and_a_backup_is_made_first() {
    let builder = Cluster::builder().node(&csync3()).node(&csync3());
    let cluster = builder.statement("backup-directory $NODE/backup;").build();
    let (here, there) = (cluster.node(0), cluster.node(1));
    there.serve();
    for name in ["kept", "moved"] {
        here.write(name, noise(name.len(), 100_000));
    }
    here.run(&["-x"]).success();
    there.edit("kept", "a change of its own");
    here.rename("kept", "new");
    here.rename("moved", "other");
    here.run(&["-x"]).exits(1);
    assert_eq!(there.read("kept"), b"a change of its own");
    for name in ["new", "other"] {
        assert_eq!(there.read(name), here.read(name));
    }
    assert!(!there.exists("moved"));
    let backups = walk(&there.dir().join("backup"));
    assert!(backups.iter().any(|path| std::fs::read(path).ok() == Some(here.read("other"))));
}

/// All files below a directory.
fn walk(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).expect("a directory");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}
