//! csync3 in the place of a running csync2, node by node, and back again.
use crate::pairing::{assert_clean, assert_same_below, csync3, dirty_names, name};
use csync3_testkit::{Cluster, MixedTree, Node, Program};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// Two csync2 hosts that have a tree in common, both serving.
fn old_cluster() -> Cluster {
    let cluster = Cluster::of(2, &Program::Csync2);
    cluster.serve_all();
    let (here, there) = (cluster.node(0), cluster.node(1));
    MixedTree::new(8).files(40).largest(50_000).without_devices().create(here.root());
    here.write("edited", "base");
    here.write("removed", "base");
    here.run(&["-x"]).success();
    there.write("from there", "base");
    there.run(&["-x"]).success();
    assert_clean(&cluster);
    assert_same_below(here, there);
    cluster
}

fn replace(cluster: &mut Cluster, index: usize, program: &Program) {
    cluster.replace_program(index, program);
    cluster.node(index).serve();
}

/// Demands that a whole check finds nothing to do on either host.
#[track_caller]
fn assert_settled(cluster: &Cluster) {
    for node in cluster.nodes() {
        node.run(&["-cr", "/"]).success();
        assert_eq!(dirty_names(node), Vec::<String>::new(), "on {}", node.name());
    }
}

/// Demands that a whole check on a host that went back to csync2 marks nothing but links under its
/// prefix, whose targets csync2 cannot read (D1), and that they are up to date on the peer.
#[track_caller]
fn assert_settles(back: &Node) {
    back.run(&["-cr", "/"]).success();
    for row in back.dirty() {
        let rel = row.name.strip_prefix(b"%tree%/").expect("the whole tree is one prefix");
        let path = back.path(OsStr::from_bytes(rel));
        assert!(path.is_symlink(), "{path:?} is marked on {}", back.name());
    }
    let pushed = back.run(&["-uv"]).success();
    let said = |what: &str| pushed.stderr_text().matches(what).count();
    assert_eq!(said("Updating "), said("File is already up to date on peer."), "{pushed}");
}

/// Changes of all sorts from one host to the other.
#[track_caller]
fn exchange(from: &Node, to: &Node, round: &str) {
    from.edit("edited", format!("edited in {round}"));
    from.write(format!("new/{round}"), "new");
    from.symlink("target", format!("new/link-{round}"));
    from.run(&["-x"]).success();
    assert_same_below(from, to);
}

#[test]
fn a_cluster_is_upgraded_node_by_node_and_back() {
    let mut cluster = old_cluster();
    for (round, (index, program)) in [
        (0, csync3()),
        (1, csync3()),
        (0, Program::Csync2),
        (1, Program::Csync2),
        (1, csync3()),
        (1, Program::Csync2),
    ]
    .into_iter()
    .enumerate()
    {
        replace(&mut cluster, index, &program);
        if program == Program::Csync2 {
            assert_settles(cluster.node(index));
        }
        assert_settled(&cluster);
        let (here, there) = (cluster.node(0), cluster.node(1));
        exchange(here, there, &format!("round {round} here"));
        exchange(there, here, &format!("round {round} there"));
        assert_settled(&cluster);
    }
}

#[test]
fn what_is_owed_is_still_owed_after_an_upgrade() {
    for programs in [[csync3(), Program::Csync2], [csync3(), csync3()]] {
        let mut cluster = old_cluster();
        let there = cluster.node(1);
        there.stop();
        let here = cluster.node(0);
        here.edit("edited", "edited before the upgrade");
        here.remove("removed");
        here.write("hinted", "hinted");
        for (mode, rel) in [("-c", "edited"), ("-c", "removed"), ("-h", "hinted")] {
            here.run(&[mode.as_ref(), here.path(rel).as_os_str()]).success();
        }
        here.run(&["-f".as_ref(), here.path("edited").as_os_str()]).success();
        let (owed, hints) = (here.dirty(), here.run(&["-H"]).stdout);
        assert_eq!(owed.len(), 2);
        for (index, program) in programs.iter().enumerate() {
            replace(&mut cluster, index, program);
        }
        let (here, there) = (cluster.node(0), cluster.node(1));
        assert_eq!(here.dirty(), owed);
        assert_eq!(here.run(&["-H"]).stdout, hints);
        here.run(&["-c"]).success();
        assert_eq!(dirty_names(here), ["edited", "hinted", "removed"].map(name));
        here.run(&["-u"]).success();
        assert_same_below(here, there);
        assert_settled(&cluster);
    }
}

#[test]
fn what_is_owed_is_still_owed_after_a_downgrade() {
    let mut cluster = old_cluster();
    replace(&mut cluster, 0, &csync3());
    replace(&mut cluster, 1, &csync3());
    exchange(cluster.node(0), cluster.node(1), "before");
    cluster.node(1).stop();
    let here = cluster.node(0);
    here.edit("edited", "edited before the downgrade");
    here.remove("removed");
    here.write("hinted", "hinted");
    for (mode, rel) in [("-c", "edited"), ("-c", "removed"), ("-h", "hinted")] {
        here.run(&[mode.as_ref(), here.path(rel).as_os_str()]).success();
    }
    here.run(&["-f".as_ref(), here.path("edited").as_os_str()]).success();
    let (owed, hints) = (here.dirty(), here.run(&["-H"]).stdout);
    replace(&mut cluster, 0, &Program::Csync2);
    replace(&mut cluster, 1, &Program::Csync2);
    let (here, there) = (cluster.node(0), cluster.node(1));
    assert_eq!(here.dirty(), owed);
    assert_eq!(here.run(&["-H"]).stdout, hints);
    here.run(&["-c"]).success();
    here.run(&["-u"]).success();
    assert_same_below(here, there);
    assert_settles(here);
    assert_settles(there);
    assert_settled(&cluster);
}
