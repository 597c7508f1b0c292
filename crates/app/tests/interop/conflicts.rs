//! Both hosts changed an object.
use crate::pairing::{
    Pairing, assert_clean, assert_same_below, dirty_names, in_every_pairing, name,
    when_csync3_receives,
};
use csync3_testkit::Cluster;

in_every_pairing!(
    a_conflict_keeps_both_versions_and_stays_dirty,
    the_forced_version_wins,
    a_removal_against_a_change_is_a_conflict,
    an_object_that_both_made_is_a_conflict,
    equal_changes_are_no_conflict,
    a_conflict_about_one_file_leaves_the_others_alone,
);

when_csync3_receives!(the_log_of_the_server_names_a_conflict_once_a_minute);

/// `f` is `here's` on the pushing host and `there's` on the other; both were `base`.
fn both_changed(pairing: Pairing) -> Cluster {
    let cluster = pairing.pair();
    let (here, there) = (cluster.node(0), cluster.node(1));
    here.write("f", "base");
    here.run(&["-x"]).success();
    here.edit("f", "here's");
    there.edit("f", "there's version");
    cluster
}

pub(crate) fn a_conflict_keeps_both_versions_and_stays_dirty(pairing: Pairing) {
    let cluster = both_changed(pairing);
    let (here, there) = (cluster.node(0), cluster.node(1));
    for pushing in [here, there, here] {
        pushing.run(&["-x"]).exits(1);
        assert_eq!(here.read("f"), b"here's");
        assert_eq!(there.read("f"), b"there's version");
        for node in [here, there] {
            assert_eq!(dirty_names(node), [name("f")], "on {}", node.name());
        }
    }
}

fn the_log_of_the_server_names_a_conflict_once_a_minute(pairing: Pairing) {
    let cluster = both_changed(pairing);
    let (here, there) = (cluster.node(0), cluster.node(1));
    for _ in 0..3 {
        here.run(&["-x"]).exits(1);
    }
    let log = there.daemon_log();
    let told = log.lines().filter(|line| line.contains("(a conflict)")).collect::<Vec<_>>();
    assert_eq!(told.len(), 1, "{log}");
    assert!(told[0].starts_with(&format!("Refused {}: ", here.name())), "{log}");
    assert!(told[0].contains(&name("f")), "{log}");
}

pub(crate) fn the_forced_version_wins(pairing: Pairing) {
    for winner in [0, 1] {
        let cluster = both_changed(pairing);
        let (here, there) = (cluster.node(0), cluster.node(1));
        here.run(&["-x"]).exits(1);
        there.run(&["-cr", "/"]).success();
        let node = cluster.node(winner);
        let content = node.read("f");
        node.run(&["-f".as_ref(), node.path("f").as_os_str()]).success();
        assert!(node.dirty()[0].forced);
        node.run(&["-u"]).success();
        assert_same_below(here, there);
        assert_eq!(here.read("f"), content);
        assert_clean(&cluster);
    }
}

fn a_removal_against_a_change_is_a_conflict(pairing: Pairing) {
    let cluster = pairing.pair();
    let (here, there) = (cluster.node(0), cluster.node(1));
    for file in ["gone-here", "gone-there"] {
        here.write(file, "base");
    }
    here.run(&["-x"]).success();
    here.remove("gone-here");
    there.edit("gone-here", "changed there");
    here.edit("gone-there", "changed here");
    there.remove("gone-there");
    here.run(&["-x"]).exits(1);
    assert_eq!(there.read("gone-here"), b"changed there");
    assert_eq!(here.read("gone-there"), b"changed here");
    assert!(!here.exists("gone-here") && !there.exists("gone-there"));
    assert_eq!(dirty_names(here), [name("gone-here"), name("gone-there")]);
    assert_eq!(dirty_names(there), [name("gone-here"), name("gone-there")]);
}

fn an_object_that_both_made_is_a_conflict(pairing: Pairing) {
    let cluster = pairing.pair();
    let (here, there) = (cluster.node(0), cluster.node(1));
    here.write("f", "here's");
    there.write("f", "there's");
    here.run(&["-x"]).exits(1);
    assert_eq!(here.read("f"), b"here's");
    assert_eq!(there.read("f"), b"there's", "also if it was never checked");
}

fn equal_changes_are_no_conflict(pairing: Pairing) {
    let cluster = pairing.pair();
    let (here, there) = (cluster.node(0), cluster.node(1));
    here.write("f", "base");
    here.run(&["-x"]).success();
    here.edit("f", "the same edit");
    there.edit("f", "the same edit");
    there.run(&["-cr", "/"]).success();
    assert_eq!(dirty_names(there), [name("f")]);
    here.run(&["-x"]).success();
    assert_clean(&cluster);
    assert_same_below(here, there);
}

fn a_conflict_about_one_file_leaves_the_others_alone(pairing: Pairing) {
    let cluster = both_changed(pairing);
    let (here, there) = (cluster.node(0), cluster.node(1));
    for file in ["a", "g/h", "z"] {
        here.write(file, file);
    }
    here.run(&["-x"]).exits(1);
    for file in ["a", "g/h", "z"] {
        assert_eq!(there.read(file), file.as_bytes());
    }
    assert_eq!(dirty_names(here), [name("f")]);
}
