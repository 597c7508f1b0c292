//! A receiver that dies at the very end of putting an object in place.
use super::lab::Lab;
use csync3_core::decide::local::Also;
use csync3_core::path::ClusterPath;
use csync3_disk::{Disk, Look};
use csync3_engine::host::Host;
use csync3_store::row::{Change, FileRow};
use csync3_testkit::leftovers;
use std::fs::{self, File};
use std::path::PathBuf;

const LINK: &[u8] = b"%25tree%25/link";

/// A host with a link that its row announces, and what stood beside the link while it was made.
fn scene() -> (Lab, PathBuf) {
    let lab = Lab::new(2, "");
    let node = lab.node(1);
    node.symlink("target", "link");
    lab.check(1, &Disk::new(), true);
    let host = lab.host(1, &Disk::new());
    announce(&host);
    let guard = guard(&host, &lab);
    fs::write(&guard, "").expect("the tree is writable");
    (lab, guard)
}

/// Lets the row of the link say that it was put there, or was about to be.
fn announce(host: &Host) {
    let name = ClusterPath::from_stored(LINK);
    let facts = host.store.facts(std::slice::from_ref(&name)).expect("a memory store");
    let mut recorded = facts[0].recorded.clone().expect("the check has seen it");
    recorded.also = Some(Also::Absent);
    let row = FileRow { name, recorded };
    host.store.commit(vec![Change::PutFile(row)]).expect("a memory store");
}

/// What a process has beside the link while it makes it anew.
fn guard(host: &Host, lab: &Lab) -> PathBuf {
    let at = host.config.prefixes.locate(&ClusterPath::from_stored(LINK));
    let at = at.expect("it has a place");
    let staged = host.disk.stage_symlink(&at, b"target", Look::default()).expect("the tree works");
    let left = leftovers(lab.node(1).root());
    drop(staged);
    left.into_iter().find(|path| path.extension().is_none()).expect("it is made beside")
}

#[test]
fn a_check_clears_at_once_beside_an_object_that_was_announced() {
    let (lab, guard) = scene();
    let checked = lab.check(1, &Disk::new(), false);
    assert_eq!((checked.problems, checked.differences), (0, 0));
    assert!(!guard.exists());
    assert!(lab.node(1).path("link").is_symlink());
}

#[test]
fn what_a_living_process_holds_beside_an_announced_object_stays() {
    let (lab, guard) = scene();
    let holder = File::open(&guard).expect("it is there");
    holder.lock().expect("nobody holds it");
    lab.check(1, &Disk::new(), false);
    assert!(guard.exists());
}
