//! `-d`: a line for each row, and nothing changes.
use crate::outcome::Outcome;
use crate::scene::{OLD, Scene};

/// A pair with one object for each kind of line, all of them dirty except what a test adds.
fn prepared() -> Scene {
    let scene = Scene::pair();
    let host = scene.host();
    for file in ["changed", "forced-change", "forced-removal", "removed", "dir/removed", "mode"] {
        host.write(file, "base");
        host.set_mtime(file, OLD);
    }
    scene.prepare(&["-x"]);
    host.edit("forced-change", "forced");
    host.remove("forced-removal");
    scene.prepare(&["-cFr", "/"]);
    host.edit("changed", "changed");
    host.write("new", "new");
    host.chmod("mode", 0o600);
    host.remove("removed");
    host.remove("dir");
    scene
}

fn lines(scene: &Scene, lines: &[(&str, &str)]) -> String {
    let peer = scene.peer().name();
    lines.iter().map(|(kind, name)| format!("{kind}: {peer:<15} %tree%/{name}\n")).collect()
}

fn unchanged(before: &Outcome, after: &Outcome) -> bool {
    let mut after = after.clone();
    after.stdout.clone_from(&before.stdout);
    before.differences(&after).is_empty()
}

#[test]
fn changes_and_removals_are_told_in_the_order_of_the_push() {
    let scene = prepared();
    scene.prepare(&["-cr", "/"]);
    let expected = lines(
        &scene,
        &[
            ("?D", "removed"),
            ("!D", "forced-removal"),
            ("?D", "dir/removed"),
            ("?D", "dir"),
            ("?M", "changed"),
            ("!M", "forced-change"),
            ("?M", "mode"),
            ("?M", "new"),
        ],
    );
    let before = scene.alike(&["-M"]);
    let outcome = scene.alike(&["-ud"]);
    outcome.exits(0).prints(&expected);
    assert!(unchanged(&before, &outcome), "{:?}", before.differences(&outcome));
    scene.alike(&["-u", "-d", "/"]).exits(0).prints(&expected);
    scene.alike(&["-ud", "-P", "@peer"]).exits(0).prints(&expected);
    scene.alike(&["-ud", "-P", "nobody"]).exits(0).prints("");
    scene.alike(&["-udv"]).exits(0).prints(&expected);
}

#[test]
fn a_dry_sync_checks_and_marks_and_pushes_nothing() {
    let scene = prepared();
    let outcome = scene.alike(&["-xd"]);
    assert_eq!(outcome.exits(0).stdout.lines().count(), 8, "{}", outcome.stdout);
    outcome.has(8, "dirty");
    scene.host().edit("new", "newer");
    scene.prepare(&["-h", "@tree/new"]);
    scene.alike(&["-cud"]).exits(0).has(0, "hint").has(8, "dirty");
}

#[test]
fn what_is_the_same_on_the_peer_is_told_and_stays_dirty() {
    let scene = prepared();
    scene.prepare(&["-x"]);
    for node in [scene.host(), scene.peer()] {
        node.write("same", "the same on both");
        node.set_mtime("same", OLD);
    }
    scene.prepare(&["-c", "@tree/same"]);
    scene.prepare(&["-m", "@tree/never-was"]);
    let both = scene.differs("D8", &["-ud"]);
    let expected = lines(&scene, &[("?S", "never-was"), ("?S", "same")]);
    both.csync2.exits(0).prints(&expected).has(0, "dirty");
    both.csync3.exits(0).prints(&expected).has(2, "dirty");
}

#[test]
fn the_time_of_an_equal_file_is_not_set() {
    let scene = prepared();
    scene.prepare(&["-x"]);
    for (node, time) in [(scene.host(), OLD), (scene.peer(), OLD + 500)] {
        node.write("same", "the same on both");
        node.set_mtime("same", time);
    }
    scene.prepare(&["-c", "@tree/same"]);
    scene.differs("D8", &["-ud"]);
    assert_eq!(scene.peer().mtime("same"), OLD, "csync2 came last");
    scene.peer().set_mtime("same", OLD + 500);
    scene.prepare(&["-m", "@tree/same"]);
    scene.run(&(&["-ud"]).into(), &crate::scene::csync3()).exits(0);
    assert_eq!(scene.peer().mtime("same"), OLD + 500);
}

#[test]
fn a_file_whose_directory_is_missing_on_the_peer() {
    let scene = prepared();
    scene.prepare(&["-x"]);
    scene.host().write("fresh/file", "x");
    scene.prepare(&["-cIr", "/"]);
    scene.prepare(&["-m", "@tree/fresh/file"]);
    let both = scene.differs("D8", &["-ud"]);
    // csync2 marks the directory, and then tells of it.
    both.csync2.exits(1).prints(&lines(&scene, &[("?M", "fresh")])).has(2, "dirty");
    both.csync3.exits(0).prints(&lines(&scene, &[("?M", "fresh/file")])).has(1, "dirty");
}

#[test]
fn peers_that_are_down_are_told_as_in_any_push() {
    let scene = Scene::alone();
    scene.prepare(&["-c", "@tree/a"]);
    scene.alike(&["-ud"]).exits(1).prints("").has(1, "dirty");
}
