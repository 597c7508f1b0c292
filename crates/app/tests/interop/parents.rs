//! The peer lacks the directory that an object belongs in.
use crate::pairing::{
    Pairing, assert_clean, assert_same_below, dirty_names, in_every_pairing, name, serving,
    when_csync3_pushes, when_csync3_receives,
};
use csync3_testkit::{Group, leftovers};

in_every_pairing!(missing_parents_are_restored);
when_csync3_pushes!(
    restoring_for_one_peer_marks_nothing_for_others,
    a_forced_object_is_no_exception,
    a_dry_run_tells_what_a_missing_parent_would_not_stop,
);
when_csync3_receives!(
    a_directory_that_no_group_holds_is_made,
    a_missing_root_is_made,
    a_missing_directory_that_the_group_holds_is_not_guessed,
);

fn missing_parents_are_restored(pairing: Pairing) {
    let cluster = pairing.pair();
    let (here, there) = (cluster.node(0), cluster.node(1));
    for tree in ["one", "two/a", "three/b/c"] {
        here.write(format!("{tree}/d/old"), "was there before");
        here.write(format!("{tree}/d/e/older"), "was there before");
    }
    here.run(&["-cIr", "/"]).success();
    assert_clean(&cluster);
    for tree in ["one", "two/a", "three/b/c"] {
        here.write(format!("{tree}/d/new"), "new");
    }
    here.run(&["-x"]).success();
    assert_same_below(here, there);
    assert_clean(&cluster);
}

/// csync2 marks the parents for every peer (D18).
fn restoring_for_one_peer_marks_nothing_for_others(pairing: Pairing) {
    let cluster = serving(pairing.builder().stand_in());
    let (here, there) = (cluster.node(0), cluster.node(1));
    here.write("dir/sub/old", "old");
    here.run(&["-cIr", "/"]).success();
    here.write("dir/sub/new", "new");
    here.run(&["-cr", "/"]).success();
    here.run(&["-u", "-P", there.name()]).success();
    assert_same_below(here, there);
    let rows: Vec<_> = here.dirty().iter().map(|row| (row.name_text(), row.peer.clone())).collect();
    assert_eq!(rows, [(name("dir/sub/new"), cluster.node(2).name().to_owned())]);
}

/// csync2 marks the directory, tells only of it and ends with an error.
fn a_dry_run_tells_what_a_missing_parent_would_not_stop(pairing: Pairing) {
    let cluster = pairing.pair();
    let (here, there) = (cluster.node(0), cluster.node(1));
    here.write("dir/old", "old");
    here.run(&["-cIr", "/"]).success();
    here.write("dir/new", "new");
    here.run(&["-cr", "/"]).success();
    let told = here.run(&["-u", "-d"]).success().stdout_text();
    assert_eq!(told, format!("?M: {:<15} {}\n", there.name(), name("dir/new")));
    assert_eq!(dirty_names(here), [name("dir/new")]);
    assert!(!there.exists("dir"));
}

fn a_forced_object_is_no_exception(pairing: Pairing) {
    let cluster = pairing.pair();
    let (here, there) = (cluster.node(0), cluster.node(1));
    here.mkdir("dir/sub");
    here.run(&["-cIr", "/"]).success();
    here.write("dir/sub/new", "new");
    here.run(&["-cFr", "/"]).success();
    here.run(&["-u"]).success();
    assert_same_below(here, there);
    assert!(leftovers(there.root()).is_empty());
    assert_clean(&cluster);
}

/// csync2 leaves them missing, says nothing and ends with success (D21).
fn a_directory_that_no_group_holds_is_made(pairing: Pairing) {
    let group = Group::new("g").include("%tree%/sub/deep/*.c");
    let cluster = serving(pairing.builder().group(group));
    let (here, there) = (cluster.node(0), cluster.node(1));
    here.write("sub/deep/a.c", "a");
    here.write("sub/deep/b.c", "b");
    here.write("sub/deep/c.o", "not in the group");
    here.run(&["-x"]).success();
    assert_eq!(there.read("sub/deep/a.c"), b"a");
    assert_eq!(there.read("sub/deep/b.c"), b"b");
    assert!(!there.exists("sub/deep/c.o"));
    assert_clean(&cluster);
}

/// csync2 answers with an empty parent and marks everything else dirty (D22).
fn a_missing_root_is_made(pairing: Pairing) {
    let cluster = pairing.pair();
    let (here, there) = (cluster.node(0), cluster.node(1));
    std::fs::remove_dir(there.root()).expect("it is empty");
    here.write("dir/f", "f");
    here.run(&["-x"]).success();
    assert_same_below(here, there);
    assert_clean(&cluster);
}

/// What a group holds is only made as the group's hosts have it.
fn a_missing_directory_that_the_group_holds_is_not_guessed(pairing: Pairing) {
    let cluster = pairing.pair();
    let (here, there) = (cluster.node(0), cluster.node(1));
    here.mkdir("private");
    here.chmod("private", 0o700);
    here.run(&["-cIr", "/"]).success();
    here.write("private/f", "f");
    here.run(&["-x"]).success();
    assert_eq!(there.mode("private"), 0o700);
    assert_same_below(here, there);
}

#[test]
fn a_directory_that_a_csync2_peer_will_never_have_is_an_error() {
    let group = Group::new("g").include("%tree%/sub/*.c");
    let cluster = serving(Pairing::Csync3ToCsync2.builder().group(group));
    let (here, there) = (cluster.node(0), cluster.node(1));
    here.write("sub/a.c", "a");
    let output = here.run(&["-x"]).exits(1);
    assert!(output.stderr_text().contains("lacks its directory"), "{output}");
    assert_eq!(dirty_names(here), [name("sub/a.c")]);
    there.mkdir("sub");
    here.run(&["-u"]).success();
    assert_eq!(there.read("sub/a.c"), b"a");
}

#[test]
fn a_missing_root_on_a_csync2_peer_is_an_error_that_marks_nothing_else() {
    let group = Group::new("g").include("%tree%").include("$CLUSTER/extra");
    let cluster = serving(Pairing::Csync3ToCsync2.builder().group(group));
    let (here, there) = (cluster.node(0), cluster.node(1));
    let extra = cluster.dir().join("extra");
    std::fs::create_dir(&extra).expect("the cluster's directory is writable");
    std::fs::write(extra.join("f"), "f").expect("the cluster's directory is writable");
    here.run(&["-cIr", "/"]).success();
    std::fs::remove_dir(there.root()).expect("it is empty");
    here.write("f", "f");
    here.run(&["-x"]).exits(1);
    assert_eq!(dirty_names(here), ["%tree%", "%tree%/f"], "the root is what is missing");
    std::fs::create_dir(there.root()).expect("its directory is writable");
    here.run(&["-u"]).success();
    assert_same_below(here, there);
}
