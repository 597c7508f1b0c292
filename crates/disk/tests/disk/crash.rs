//! What a process that dies at once leaves behind.
use crate::fixture::{Tree, located, look, put};
use csync3_core::path::Located;
use csync3_disk::{Disk, Look, is_temporary};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::{Duration, Instant};

const VICTIM: &str = "CSYNC3_DISK_TEST_VICTIM";

/// Stages an object of each type in `root`, and then waits to be killed.
fn stage_and_wait(root: &Path) -> ! {
    let disk = Disk::new();
    let at = |name: &[u8]| -> Located { located(root, name) };
    let mut file = disk.stage_file(&at(b"file"), true).unwrap();
    file.write(&[b'n'; 100_000]).unwrap();
    let mut unreadable = disk.stage_file(&at(b"finished"), false).unwrap();
    unreadable.write(b"new").unwrap();
    let _held = (
        file,
        unreadable.finish(look(0o200, 1)).unwrap(),
        disk.stage_dir(&at(b"dir"), Look::default()).unwrap(),
        disk.stage_symlink(&at(b"link"), b"t", Look::default()).unwrap(),
        disk.stage_fifo(&at(b"fifo"), Look::default()).unwrap(),
    );
    fs::write(root.join("ready"), "").unwrap();
    loop {
        sleep(Duration::from_secs(1));
    }
}

/// Runs `test` of this program in a process of its own, as a victim that works in `root`.
fn spawn_victim(test: &str, root: &PathBuf) -> Child {
    let mut victim = Command::new(env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(VICTIM, root)
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let patience = Instant::now() + Duration::from_secs(30);
    while !root.join("ready").exists() {
        assert!(victim.try_wait().unwrap().is_none(), "the victim ended by itself");
        assert!(Instant::now() < patience, "the victim never got ready");
        sleep(Duration::from_millis(5));
    }
    fs::remove_file(root.join("ready")).unwrap();
    victim
}

fn temporaries(tree: &Tree) -> usize {
    let names = tree.names("");
    names.iter().filter(|name| is_temporary(name.as_bytes())).count()
}

#[test]
fn the_next_attempt_removes_what_a_killed_one_left() {
    if let Some(root) = env::var_os(VICTIM) {
        stage_and_wait(Path::new(&root));
    }
    let tree = Tree::new();
    tree.file("file", b"old").file("finished", b"old");
    let test = "crash::the_next_attempt_removes_what_a_killed_one_left";
    let mut victim = spawn_victim(test, &tree.path());
    let disk = Disk::new();
    // Two guards that are the content, and three beside their objects.
    assert_eq!(temporaries(&tree), 8);
    put(&disk, &tree.at("file"), b"new").unwrap();
    assert_eq!(temporaries(&tree), 8, "a living process keeps its temporaries");

    victim.kill().unwrap();
    victim.wait().unwrap();
    assert_eq!(temporaries(&tree), 8);
    put(&disk, &tree.at("file"), b"newer").unwrap();
    put(&disk, &tree.at("finished"), b"newer").unwrap();
    let look = Look::default();
    disk.stage_dir(&tree.at("dir"), look).unwrap().publish(None).unwrap();
    disk.stage_symlink(&tree.at("link"), b"t", look).unwrap().publish(None).unwrap();
    // Another type than the killed attempt made finds its leftovers too.
    disk.stage_file(&tree.at("fifo"), false).unwrap().finish(look).unwrap().publish(None).unwrap();
    assert_eq!(tree.names(""), ["dir", "fifo", "file", "finished", "link"]);
    assert_eq!(tree.read("file"), b"newer");
}

#[test]
fn a_removal_removes_what_a_killed_attempt_left() {
    if let Some(root) = env::var_os(VICTIM) {
        stage_and_wait(Path::new(&root));
    }
    let tree = Tree::new();
    tree.file("file", b"old").file("finished", b"old").dir("dir").dir("link").dir("fifo");
    let test = "crash::a_removal_removes_what_a_killed_attempt_left";
    let mut victim = spawn_victim(test, &tree.path());
    victim.kill().unwrap();
    victim.wait().unwrap();
    assert_eq!(tree.read("file"), b"old");
    let disk = Disk::new();
    for name in ["file", "finished", "dir", "link", "fifo"] {
        disk.remove(&tree.at(name), &tree.seen(name)).unwrap();
    }
    assert!(tree.names("").is_empty(), "{:?}", tree.names(""));
}
