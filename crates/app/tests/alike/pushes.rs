//! The modes that push, towards the same csync2 server.
use crate::scene::{OLD, Scene};

/// A pair with a tree that the peer does not have yet.
fn furnished() -> Scene {
    let scene = Scene::pair();
    let host = scene.host();
    for file in ["a", "dir/c", "dir/sub/d", "two words", "quote'", "per%cent", "latin-ü"] {
        host.write(file, file);
        host.set_mtime(file, OLD);
    }
    host.write("large", vec![b'x'; 300_000]);
    host.mkdir("empty");
    host.mkfifo("pipe");
    for object in ["large", "pipe", "empty", "dir/sub", "dir"] {
        host.set_mtime(object, OLD);
    }
    host.chmod("dir/c", 0o640);
    host.chmod("dir", 0o750);
    scene
}

/// The same, and both hosts have it.
fn synced() -> Scene {
    let scene = furnished();
    scene.prepare(&["-x"]);
    scene
}

#[test]
fn an_update_without_operands_pushes_everything_that_is_dirty() {
    let scene = furnished();
    scene.alike(&["-u"]).exits(0).prints("").has(0, "file");
    scene.prepare(&["-cr", "/"]);
    let outcome = scene.alike(&["-u"]);
    outcome.exits(0).prints("").is_silent().has(0, "dirty").has(13, "file");
    assert_eq!(outcome.table_of_peer("file").len(), 13);
    assert_eq!(scene.peer().read("dir/sub/d"), b"dir/sub/d");
    assert_eq!(scene.peer().mode("dir/c"), 0o640);
    let host = scene.host();
    host.edit("a", "changed");
    host.edit("large", [&vec![b'x'; 300_000][..], b"more"].concat());
    host.chmod("two words", 0o600);
    host.set_mtime("quote'", OLD + 100);
    host.remove("dir");
    host.remove("pipe");
    host.mkdir("pipe");
    scene.prepare(&["-cr", "/"]);
    scene.alike(&["-u"]).exits(0).prints("").has(0, "dirty");
    assert_eq!(scene.peer().read("a"), b"changed");
    assert!(!scene.peer().exists("dir"));
}

#[test]
fn an_update_of_the_root_pushes_everything_with_and_without_recursion() {
    let scene = furnished();
    scene.prepare(&["-cr", "/"]);
    scene.alike(&["-u", "/"]).exits(0).has(0, "dirty");
    scene.host().edit("a", "changed");
    scene.prepare(&["-cr", "/"]);
    scene.alike(&["-ur", "/"]).exits(0).has(0, "dirty");
}

#[test]
fn an_update_of_named_files_pushes_them_alone() {
    let scene = synced();
    for file in ["a", "dir/c", "dir/sub/d"] {
        scene.host().edit(file, "changed");
    }
    scene.prepare(&["-cr", "/"]);
    let both = scene.differs("D20", &["-u", "@tree/a"]);
    both.csync2.exits(0).has(3, "dirty");
    both.csync3.exits(0).has(2, "dirty");
    let both = scene.differs("D20", &["-ur", "@tree/dir"]);
    both.csync2.exits(0).has(3, "dirty");
    both.csync3.exits(0).has(1, "dirty");
    scene.alike(&["-u", "@tree/dir"]).exits(0).has(3, "dirty");
    scene.alike(&["-u", "@tree/missing", "/nowhere"]).exits(0).has(3, "dirty");
}

#[test]
fn an_update_of_names_that_are_absolute_selects_them_alike() {
    // The peer is down, so the exit code tells whether a row was selected.
    let scene = Scene::alone();
    scene.prepare(&["-cr", "/"]);
    scene.alike(&["-u", "@node/abs/f"]).exits(1);
    scene.alike(&["-u", "@node/abs"]).exits(1);
    scene.alike(&["-ur", "@node/abs"]).exits(1);
    scene.alike(&["-ur", "@node/abs/deep", "@node/elsewhere"]).exits(1);
}

#[test]
fn check_and_update_processes_hints_and_then_pushes_everything() {
    let scene = synced();
    scene.alike(&["-cu"]).exits(0).prints("").has(0, "dirty");
    for file in ["a", "dir/c"] {
        scene.host().edit(file, "changed");
    }
    scene.prepare(&["-c", "@tree/dir/c"]);
    scene.prepare(&["-h", "@tree/a"]);
    scene.alike(&["-cu"]).exits(0).has(0, "hint").has(0, "dirty");
    assert_eq!(scene.peer().read("a"), b"changed");
    assert_eq!(scene.peer().read("dir/c"), b"changed");
    scene.host().edit("dir/c", "again");
    scene.alike(&["-cru", "/"]).exits(0).has(0, "dirty");
}

#[test]
fn check_and_update_of_named_files_checks_and_pushes_them() {
    let scene = synced();
    scene.host().edit("a", "changed");
    scene.prepare(&["-h", "@tree/dir"]);
    let both = scene.differs("D20", &["-cu", "@tree/a"]);
    both.csync2.exits(0).has(1, "dirty").has(1, "hint");
    both.csync3.exits(0).has(0, "dirty").has(1, "hint");
}

#[test]
fn a_sync_without_operands_checks_the_root_recursively_and_leaves_hints_alone() {
    let scene = furnished();
    scene.prepare(&["-h", "@tree/a"]);
    scene.alike(&["-x"]).exits(0).prints("").is_silent().has(1, "hint").has(0, "dirty");
    scene.alike(&["-x"]).exits(0).has(13, "file");
    scene.host().edit("dir/sub/d", "changed");
    scene.alike(&["-xr", "/"]).exits(0).has(0, "dirty");
    assert_eq!(scene.peer().read("dir/sub/d"), b"changed");
}

#[test]
fn a_sync_of_named_files_checks_and_pushes_them() {
    let scene = synced();
    scene.host().edit("a", "changed");
    scene.host().edit("dir/c", "changed");
    let both = scene.differs("D20", &["-x", "@tree/a"]);
    both.csync2.exits(0).has(1, "dirty");
    both.csync3.exits(0).has(0, "dirty");
    let both = scene.differs("D20", &["-xr", "@tree/dir"]);
    both.csync2.exits(0).has(2, "dirty");
    both.csync3.exits(0).has(1, "dirty");
}

#[test]
fn a_conflict_is_left_to_a_person_who_decides_by_force() {
    let scene = synced();
    scene.peer().edit("a", "there");
    scene.peer().run(&["-cr", "/"]).success();
    scene.host().edit("a", "here, and longer");
    scene.host().remove("dir");
    scene.alike(&["-x"]).exits(1).prints("").has(1, "dirty");
    scene.alike(&["-u"]).exits(1).has(1, "dirty");
    assert_eq!(scene.peer().read("a"), b"there");
    scene.prepare(&["-f", "@tree/a"]);
    scene.alike(&["-u"]).exits(0).has(0, "dirty");
    assert_eq!(scene.peer().read("a"), b"here, and longer");
    scene.peer().edit("a", "there again, and longest");
    scene.host().remove("a");
    scene.alike(&["-xF"]).exits(0).has(0, "dirty");
    assert!(!scene.peer().exists("a"));
}

#[test]
fn a_rule_decides_conflicts_alike() {
    for (method, code) in [
        ("first", 0),
        ("left", 0),
        ("right", 1),
        ("bigger", 0),
        ("smaller", 1),
        ("younger", 0),
        ("older", 1),
        ("none", 1),
    ] {
        let scene = Scene::pair_with(&format!("auto {method};"));
        scene.host().write("f", "base");
        scene.host().set_mtime("f", OLD);
        scene.prepare(&["-x"]);
        scene.peer().write("f", "short");
        scene.peer().set_mtime("f", OLD + 100);
        scene.peer().run(&["-cr", "/"]).success();
        scene.host().write("f", "longer than there");
        scene.host().set_mtime("f", OLD + 200);
        let outcome = scene.alike(&["-x"]);
        outcome.exits(code).has(usize::try_from(code).expect("small"), "dirty");
    }
}

#[test]
fn mark_and_update_sends_what_is_equal_and_changes_nothing() {
    let scene = synced();
    scene.prepare(&["-mr", "@tree/dir"]);
    scene.alike(&["-u"]).exits(0).has(0, "dirty");
}

#[test]
fn targets_of_links_below_a_prefix_are_recorded() {
    let scene = synced();
    scene.host().symlink("dir/c", "link");
    let both = scene.differs("D1", &["-c", "@tree/link"]);
    let full = |rows: &[String]| rows.iter().any(|row| row.contains("target=dir/c"));
    assert!(full(both.csync3.table("file")), "{:?}", both.csync3.table("file"));
    assert!(!full(both.csync2.table("file")), "{:?}", both.csync2.table("file"));
    let both = scene.both(&["-x"]);
    both.csync2.exits(0).has(0, "dirty");
    both.csync3.exits(0).has(0, "dirty");
}
