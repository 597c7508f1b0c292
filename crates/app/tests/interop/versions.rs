//! Versions that reach a host by another way than the one they were made on.
use crate::pairing::{assert_clean, csync3, dirty_names, name, serving};
use csync3_testkit::{Cluster, Node, Program};

/// Three hosts that all have `f`.
fn three(second: &Program) -> Cluster {
    let builder = Cluster::builder().node(&csync3()).node(second).node(&csync3());
    let cluster = serving(builder);
    cluster.node(0).write("f", "first");
    cluster.node(0).run(&["-x"]).success();
    cluster.assert_same_trees();
    cluster
}

fn push_to(from: &Node, to: &Node) {
    from.run(&["-x", "-P", to.name()]).success();
    assert_eq!(to.read("f"), from.read("f"));
}

#[test]
fn an_older_version_that_comes_late_does_not_replace_a_newer_one() {
    let cluster = three(&csync3());
    let (one, two, three) = (cluster.node(0), cluster.node(1), cluster.node(2));
    one.edit("f", "the second version");
    push_to(one, three);
    three.edit("f", "the third version, made of the second");
    push_to(three, two);
    // It still owes the second version to a host that has the third.
    assert_eq!(dirty_names(one), [name("f")]);
    one.run(&["-u"]).success();
    assert_eq!(two.read("f"), b"the third version, made of the second");
    assert!(dirty_names(one).is_empty());
    assert_eq!(two.dirty()[0].peer, one.name(), "who lacks it gets it from whoever knows");
    two.run(&["-u"]).success();
    three.run(&["-u"]).success();
    cluster.assert_same_trees();
    assert_clean(&cluster);
}

#[test]
fn a_removal_that_comes_late_does_not_remove_a_newer_version() {
    let cluster = three(&csync3());
    let (one, two, three) = (cluster.node(0), cluster.node(1), cluster.node(2));
    one.edit("f", "the second version");
    push_to(one, three);
    one.remove("f");
    one.run(&["-x", "-P", three.name()]).success();
    assert!(!three.exists("f"));
    two.edit("f", "another second version");
    two.run(&["-cr", "/"]).success();
    let pushed = one.run(&["-u"]).exits(1);
    assert!(pushed.stderr_text().contains("changed there too"), "{pushed}");
    assert_eq!(two.read("f"), b"another second version");
}

#[test]
fn two_changes_that_meet_on_a_third_host_are_a_conflict() {
    let cluster = three(&csync3());
    let (one, two, three) = (cluster.node(0), cluster.node(1), cluster.node(2));
    one.edit("f", "by the first host");
    three.edit("f", "by the third host");
    push_to(one, two);
    let pushed = three.run(&["-x", "-P", two.name()]).exits(1);
    assert!(pushed.stderr_text().contains("changed there too"), "{pushed}");
    assert_eq!(two.read("f"), b"by the first host");
    one.run(&["-x"]).exits(1);
    three.run(&["-f".as_ref(), three.path("f").as_os_str()]).success();
    three.run(&["-u"]).success();
    one.run(&["-u"]).success();
    cluster.assert_same_trees();
    assert_clean(&cluster);
    assert_eq!(one.read("f"), b"by the third host");
}

#[test]
fn a_version_that_came_round_is_no_conflict_with_what_is_still_owed() {
    let cluster = three(&csync3());
    let (one, two, three) = (cluster.node(0), cluster.node(1), cluster.node(2));
    one.edit("f", "the second version");
    push_to(one, three);
    three.edit("f", "the third version");
    push_to(three, two);
    two.edit("f", "the fourth version");
    // The first host owes the second version to the second, which has made the fourth of it.
    push_to(two, one);
    push_to(two, three);
    one.run(&["-u"]).success();
    three.run(&["-u"]).success();
    cluster.assert_same_trees();
    assert_clean(&cluster);
}

#[test]
fn what_came_from_csync2_or_by_its_dialect_is_judged_as_csync2_would() {
    let classic = Program::Csync3Classic(env!("CARGO_BIN_EXE_csync3").into());
    for second in [Program::Csync2, classic] {
        let cluster = three(&second);
        let (one, two, three) = (cluster.node(0), cluster.node(1), cluster.node(2));
        for (round, from) in [two, one, three, two, three, one].into_iter().enumerate() {
            from.edit("f", format!("{} in round {round}", from.name()));
            from.run(&["-x"]).success();
            cluster.assert_same_trees();
            assert_clean(&cluster);
        }
    }
}
