//! One at a time puts objects in place in a directory.
use super::fixture::Tree;
use csync3_disk::Disk;
use std::fs::File;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn only_one_session_has_the_turn_in_a_directory() {
    let tree = Tree::new();
    tree.dir("a").dir("b");
    let (inside, rounds) = (AtomicU32::new(0), AtomicU32::new(0));
    thread::scope(|scope| {
        for order in [["a/x", "b/x"], ["b/y", "a/y"], ["a/z", "b/z"]] {
            let (tree, inside, rounds) = (&tree, &inside, &rounds);
            scope.spawn(move || {
                let session = Disk::new().session();
                for _ in 0..20 {
                    let objects = order.map(|name| tree.at(name));
                    let _turn = session.turn(&objects);
                    assert_eq!(inside.fetch_add(1, SeqCst), 0, "two at once");
                    thread::sleep(Duration::from_micros(200));
                    inside.fetch_sub(1, SeqCst);
                    rounds.fetch_add(1, SeqCst);
                }
            });
        }
    });
    assert_eq!(rounds.load(SeqCst), 60);
}

#[test]
fn many_objects_of_a_directory_are_one_turn() {
    let tree = Tree::new();
    tree.dir("a");
    let session = Disk::new().session();
    let objects = ["a/x", "a/y", "missing/x", "a/x"].map(|name| tree.at(name));
    let started = Instant::now();
    for _ in 0..3 {
        drop(session.turn(&objects));
    }
    assert!(started.elapsed() < Duration::from_secs(1), "it waited for itself");
}

#[test]
fn a_lock_of_a_stranger_delays_a_turn_and_does_not_prevent_it() {
    let tree = Tree::new();
    tree.dir("a");
    let stranger = File::open(tree.real("a")).unwrap();
    stranger.lock().unwrap();
    let session = Disk::new().session();
    let at = tree.at("a/x");
    let started = Instant::now();
    let _turn = session.turn([&at]);
    assert!(started.elapsed() >= Duration::from_secs(1), "nobody was waited for");
}
