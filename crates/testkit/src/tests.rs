//! The kit itself, tried on the packaged csync2.
use crate::{Babbler, Cluster, Cutter, Group, Link, MixedTree, Mute, Program, Snapshot, leftovers};
use std::time::{Duration, Instant};

fn pair() -> Cluster {
    let cluster = Cluster::of(2, &Program::Csync2);
    cluster.serve_all();
    cluster
}

#[test]
fn a_first_sync_makes_the_trees_the_same() {
    let cluster = pair();
    let tree = MixedTree::new(3).files(60).largest(300_000);
    tree.without_devices().create(cluster.node(0).root());
    cluster.node(0).run(&["-x"]).success();
    assert_eq!(cluster.node(0).dirty(), []);
    let (here, there) = (cluster.node(0).root(), cluster.node(1).root());
    crate::assert_same(&Snapshot::of(here).below_root(), &Snapshot::of(there).below_root());
    assert!(leftovers(there).is_empty());
}

#[test]
fn an_edit_of_the_same_length_arrives() {
    let cluster = pair();
    cluster.node(0).write("a/b", "one");
    cluster.node(0).run(&["-x"]).success();
    cluster.node(0).edit("a/b", "two");
    cluster.node(0).run(&["-x"]).success();
    assert_eq!(cluster.node(1).read("a/b"), b"two");
    assert_eq!(cluster.node(0).mtime("a/b"), cluster.node(1).mtime("a/b"));
}

#[test]
fn a_removal_arrives() {
    let cluster = pair();
    cluster.node(0).write("dir/file", "content");
    cluster.node(0).run(&["-x"]).success();
    assert!(cluster.node(1).exists("dir/file"));
    cluster.node(0).remove("dir");
    cluster.node(0).run(&["-x"]).success();
    assert!(!cluster.node(1).exists("dir"));
}

#[test]
fn a_conflict_stays_dirty_until_one_side_is_forced() {
    let cluster = pair();
    let (first, second) = (cluster.node(0), cluster.node(1));
    first.write("f", "base");
    first.run(&["-x"]).success();
    first.edit("f", "first's");
    second.edit("f", "second's longer");
    first.run(&["-x"]).exits(1);
    let dirty = first.dirty();
    assert_eq!(dirty.len(), 1);
    assert_eq!(dirty[0].name_text(), first.cluster_name("f"));
    assert_eq!(dirty[0].peer, second.name());
    assert_eq!(dirty[0].myname, first.name());
    assert!(!dirty[0].forced);
    assert_eq!(second.read("f"), b"second's longer");
    first.run(&[&"-f".into(), &first.path("f")]).success();
    first.run(&["-u"]).success();
    assert_eq!(second.read("f"), b"first's");
}

#[test]
fn a_stand_in_refuses_until_somebody_answers_for_it() {
    let cluster = Cluster::builder().node(&Program::Csync2).stand_in().build();
    let node = cluster.node(0);
    node.write("f", "x");
    let refused = node.run(&["-x"]).exits(1);
    assert!(refused.stderr_text().contains("Connection to remote host"));
    let babbler = Babbler::bind(cluster.address(1), b"220 smtp ready\n");
    node.run(&["-u"]).exits(1);
    assert_eq!(babbler.connections(), 1);
    assert_eq!(node.dirty().len(), 2, "the root and the file");
}

#[test]
fn a_peer_that_cuts_the_line_leaves_everything_dirty() {
    let cluster = Cluster::builder().node(&Program::Csync2).stand_in().build();
    let cutter = Cutter::bind(cluster.address(1), 3);
    cluster.node(0).write("f", "x");
    let output = cluster.node(0).run(&["-x"]);
    assert_ne!(output.code(), Some(0), "{output}");
    assert_eq!(cutter.connections(), 1);
    assert_eq!(cluster.node(0).dirty().len(), 2, "the root and the file");
}

#[test]
fn a_node_keeps_its_state_when_its_program_is_replaced() {
    let mut cluster = Cluster::builder().node(&Program::Csync2).stand_in().build();
    cluster.node(0).write("f", "x");
    cluster.node(0).run(&["-cr", "/"]).success();
    cluster.replace_program(1, &Program::Csync2);
    cluster.node(1).serve();
    cluster.replace_program(0, &Program::Csync2);
    cluster.node(0).run(&["-u"]).success();
    cluster.assert_same_trees();
}

#[test]
fn a_mute_peer_keeps_csync2_waiting_for_ever() {
    let cluster = Cluster::builder().node(&Program::Csync2).stand_in().build();
    let mute = Mute::bind(cluster.address(1));
    cluster.node(0).write("f", "x");
    let waiting = cluster.node(0).start(&["-x"]);
    let deadline = Instant::now() + Duration::from_secs(10);
    while mute.connections() == 0 && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(200));
    let output = waiting.kill9();
    assert_eq!(output.code(), None, "it was still there to be killed");
    assert_eq!(mute.connections(), 1);
}

#[test]
fn a_proxy_passes_everything_later() {
    let cluster = Cluster::of(2, &Program::Csync2);
    let proxy = cluster.node(1).serve_behind(Link::delayed(Duration::from_millis(10)));
    cluster.node(0).write("f", "content");
    let output = cluster.node(0).run(&["-x"]).success();
    assert_eq!(cluster.node(1).read("f"), b"content");
    let least = Duration::from_millis(10) * u32::try_from(proxy.turns()).expect("few");
    assert!(proxy.turns() > 10, "csync2 asks for each step");
    assert!(output.elapsed >= least - Duration::from_millis(20), "{:?}", output.elapsed);
    assert!(proxy.bytes().0 > 200 && proxy.bytes().1 > 100);
}

#[test]
fn a_line_that_breaks_leaves_the_old_file() {
    let cluster = pair();
    cluster.node(0).write("f", "old");
    cluster.node(0).run(&["-x"]).success();
    cluster.node(1).stop();
    let proxy = cluster.node(1).serve_behind(Link::cut_after(20_000));
    cluster.node(0).edit("f", b"new".repeat(100_000));
    let output = cluster.node(0).run(&["-x"]);
    assert_ne!(output.code(), Some(0), "{output}");
    assert_eq!(proxy.bytes().0, 20_000);
    assert_eq!(cluster.node(1).read("f"), b"old");
}

#[test]
fn a_daemon_can_be_stopped_killed_and_restarted() {
    let cluster = pair();
    let (first, second) = (cluster.node(0), cluster.node(1));
    first.write("f", "1");
    first.run(&["-x"]).success();
    assert!(second.stop().is_some());
    assert!(second.stop().is_none());
    first.edit("f", "2");
    first.run(&["-x"]).exits(1);
    second.serve();
    second.restart();
    first.run(&["-u"]).success();
    second.kill9();
    first.edit("f", "3");
    first.run(&["-x"]).exits(1);
    assert_eq!(second.read("f"), b"2");
    assert!(second.daemon_log().contains("Updated %tree%/f"));
}

#[test]
fn groups_slaves_and_statements_reach_the_configuration() {
    let cluster = Cluster::builder()
        .nodes(3, &Program::Csync2)
        .group(Group::new("all").slaves(&[1]).statement("auto younger;"))
        .group(
            Group::new("two")
                .only(&[2, 0])
                .include("%tree%/two")
                .include("$NODE/extra")
                .statement("exclude *.o;"),
        )
        .global("ignore uid;")
        .build();
    let text = cluster.node(1).system_dir().join("csync2.cfg");
    let text = std::fs::read_to_string(text).expect("the configuration was written");
    let name = |index: usize| cluster.node(index).name().to_owned();
    let (a, b, c) = (name(0), name(1), name(2));
    assert!(text.contains(&format!("host {a} ({b}) {c};")), "{text}");
    assert!(text.contains(&format!("host {c} {a};")), "{text}");
    assert!(text.contains("/node2/extra;") && text.contains("ignore uid;"), "{text}");
    cluster.node(0).run(&["-M"]).exits(2);
}

#[test]
fn clusters_at_the_same_time_have_addresses_of_their_own() {
    let (one, two) = (pair(), pair());
    assert_ne!(one.address(0).ip(), two.address(0).ip());
    one.node(0).write("f", "one");
    one.node(0).run(&["-x"]).success();
    assert!(one.node(1).exists("f") && !two.node(1).exists("f"));
}

#[test]
fn processor_time_of_a_single_session_is_told() {
    let cluster = Cluster::of(2, &Program::Csync2);
    crate::many_small_files(cluster.node(0).root(), 300);
    cluster.node(1).serve_with(&["-iii"]);
    let client = cluster.node(0).run(&["-x"]).success();
    let (status, server) = cluster.node(1).wait_daemon();
    assert!(status.success());
    assert!(client.cpu.user + client.cpu.system > Duration::ZERO);
    assert!(server.user + server.system > Duration::ZERO);
}
