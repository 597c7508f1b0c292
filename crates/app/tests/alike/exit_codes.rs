//! The exit codes: a test for each row of the table that no other module has.
use crate::scene::Scene;
use csync3_testkit::{Babbler, Cluster, Cutter, Group, Program};

#[test]
fn a_list_that_printed_nothing_ends_with_two() {
    let scene = Scene::alone();
    for words in [&["-H"][..], &["-L"], &["-M"], &["-S", "@me", "@peer"], &["-Mv"], &["-Lr"]] {
        scene.alike(words).exits(2).prints("");
    }
    scene.prepare(&["-c", "@tree/a"]);
    scene.prepare(&["-h", "@tree/a"]);
    for words in [&["-H"][..], &["-L"], &["-M"], &["-S", "@me", "@peer"]] {
        assert!(!scene.alike(words).exits(0).stdout.is_empty());
    }
    scene.alike(&["-L", "-G", "abs"]).exits(2).prints("");
    scene.alike(&["-M", "-G", "abs"]).exits(2).prints("");
}

#[test]
fn a_peer_that_is_down_is_one_error() {
    let scene = Scene::alone();
    scene.prepare(&["-c", "@tree/a", "@tree/dir"]);
    for words in [&["-u"][..], &["-x"], &["-cu"], &["-u", "/"]] {
        let both = scene.both(words);
        assert!(both.differences().is_empty(), "{words:?}: {:?}", both.differences());
        let failed = format!("ERROR: Connection to remote host `{}' failed.", scene.peer().name());
        both.csync2.exits(1).says(&failed).says("Finished with 1 errors.");
        both.csync3.exits(1).says("Finished with 1 errors.");
    }
    scene.alike(&["-u", "-P", "nobody"]).exits(0);
}

#[test]
fn a_push_that_is_refused_is_an_error_and_stays_dirty() {
    let scene = Scene::pair();
    scene.host().write("a", "a");
    scene.peer().write_system_file("g.key", "another0another0another0another0another0\n");
    scene.alike(&["-x"]).exits(1).prints("").has(2, "dirty");
    scene.peer().write_system_file("csync2.cfg", "broken");
    scene.alike(&["-u"]).exits(1).has(2, "dirty");
}

#[test]
fn nonsense_from_a_peer_ends_with_one() {
    for bytes in [
        &b"what is this?\n"[..],
        b"OK (cmd_finished).\nOK (cmd_finished).\nno octets\nOK (cu_later).\n",
    ] {
        let scene = Scene::alone();
        scene.prepare(&["-c", "@tree/a"]);
        let _peer = Babbler::bind(scene.cluster.address(1), bytes);
        scene.alike(&["-u"]).exits(1).prints("").has(1, "dirty");
    }
}

#[test]
fn a_peer_that_hangs_up_is_a_problem_and_no_end_by_a_signal() {
    let scene = Scene::alone();
    scene.prepare(&["-c", "@tree/a"]);
    let _peer = Cutter::bind(scene.cluster.address(1), 0);
    let both = scene.both(&["-u"]);
    // csync2 may meet the end of the stream or a broken pipe (D16).
    assert!(matches!(both.csync2.code, Some(1) | None), "{:?}", both.csync2);
    both.csync3.exits(1).has(1, "dirty");
}

#[test]
fn a_directory_that_nobody_makes_on_the_peer_is_an_error() {
    let group = Group::new("g").include("%tree%/sub/*.c");
    let cluster = Cluster::builder().nodes(2, &Program::Csync2).group(group).build();
    cluster.node(1).serve();
    let scene = Scene { cluster };
    scene.host().write("sub/a.c", "a");
    let both = scene.differs("D21", &["-x"]);
    both.csync2.exits(0).has(1, "dirty");
    both.csync3.exits(1).has(1, "dirty");
}

#[test]
fn everything_else_succeeds() {
    let scene = Scene::alone();
    for words in [
        &["-c"][..],
        &["-cr", "/"],
        &["-cI", "@tree/a"],
        &["-h", "@tree/a"],
        &["-m", "@tree/a"],
        &["-f", "@tree/a"],
        &["-o", "@tree/missing"],
        &["-or", "/"],
        &["-R"],
        &["-c", "/nowhere"],
        &["-i"],
    ] {
        scene.alike(words).exits(0);
    }
}
