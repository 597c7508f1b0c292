//! More than two hosts, one of them down.
use crate::pairing::{
    Pairing, assert_clean, assert_same_below, csync3, dirty_names, in_every_pairing, serving,
    when_csync3_receives,
};
use csync3_testkit::{Cluster, MixedTree};

in_every_pairing!(several_hosts_push_to_one_at_once, one_host_pushes_to_several);
when_csync3_receives!(a_third_host_that_is_down_makes_no_conflict);

/// csync2 refuses for a mark of any host (D17).
fn a_third_host_that_is_down_makes_no_conflict(pairing: Pairing) {
    let cluster = serving(pairing.builder().stand_in());
    let (here, there) = (cluster.node(0), cluster.node(1));
    for file in ["f", "gone", "type"] {
        there.write(file, "first");
    }
    there.run(&["-x"]).exits(1);
    assert_same_below(here, there);
    let owed = dirty_names(there);
    assert_eq!(owed, ["%tree%", "%tree%/f", "%tree%/gone", "%tree%/type"]);
    here.edit("f", "second");
    here.remove("gone");
    here.remove("type");
    here.symlink("f", "type");
    here.run(&["-x", "-P", there.name()]).success();
    assert_same_below(here, there);
    assert_eq!(dirty_names(there), owed, "the third host is still owed its version");
}

#[test]
fn alternating_edits_with_one_host_down_never_conflict() {
    let mut cluster = serving(Cluster::builder().nodes(3, &csync3()));
    let down = 2;
    cluster.node(down).stop();
    for round in 0..6 {
        let (from, to) = (cluster.node(round % 2), cluster.node((round + 1) % 2));
        from.write("dir/f", format!("round {round}"));
        from.write(format!("dir/new{round}"), "new");
        let output = from.run(&["-x"]).exits(1);
        assert!(!output.stderr_text().contains("changed there too"), "{output}");
        assert_eq!(to.read("dir/f"), format!("round {round}").as_bytes());
        assert_same_below(from, to);
        let third = cluster.node(down).name();
        assert!(from.dirty().iter().all(|row| row.peer == third), "{:?}", from.dirty());
    }
    cluster.replace_program(down, &csync3());
    cluster.node(down).serve();
    cluster.node(1).run(&["-u"]).success();
    cluster.node(0).run(&["-u"]).success();
    cluster.assert_same_trees();
    assert_clean(&cluster);
}

fn several_hosts_push_to_one_at_once(pairing: Pairing) {
    let builder = Cluster::builder().nodes(3, &pairing.client()).node(&pairing.server());
    let cluster = serving(builder);
    let target = cluster.node(3);
    // Two sessions of a csync2 that make its tables at the same time fail.
    target.run(&["-M"]).exits(2);
    for index in 0..3 {
        let node = cluster.node(index);
        for file in 0..30 {
            node.write(format!("from{index}/f{file}"), format!("{index} {file}"));
        }
        node.run(&["-cr", "/"]).success();
    }
    let pushing: Vec<_> =
        (0..3).map(|index| cluster.node(index).start(&["-u", "-P", target.name()])).collect();
    for push in pushing {
        push.wait().success();
    }
    for index in 0..3 {
        for file in 0..30 {
            let content = format!("{index} {file}");
            assert_eq!(target.read(format!("from{index}/f{file}")), content.as_bytes());
        }
        let owed = cluster.node(index).dirty();
        assert!(owed.iter().all(|row| row.peer != target.name()), "{owed:?}");
    }
}

fn one_host_pushes_to_several(pairing: Pairing) {
    let builder = pairing.builder().nodes(3, &pairing.server());
    let cluster = serving(builder);
    let here = cluster.node(0);
    MixedTree::new(9).files(30).largest(30_000).without_devices().create(here.root());
    here.run(&["-x"]).success();
    cluster.assert_same_trees();
    here.remove("odd names");
    here.write("new/f", "new");
    here.run(&["-x"]).success();
    cluster.assert_same_trees();
    // The root was there on every host and recorded on none, but all have it: nobody is owed it.
    for node in cluster.nodes() {
        assert!(dirty_names(node).is_empty(), "{:?}", node.dirty());
        node.run(&["-u"]).success();
    }
    assert_clean(&cluster);
}
