//! Peers that are dead, mute, slow or talk nonsense cost the others nothing.
use super::csync3;
use csync3_testkit::{
    Babbler, Cluster, ClusterBuilder, DirtyRow, Link, Mute, Node, Running, Snapshot, differences,
};
use std::time::{Duration, Instant};

/// Long enough for healthy peers on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

fn tree(node: &Node) {
    for number in 0..60 {
        node.write(format!("d{}/f{number}", number % 5), format!("content {number}"));
    }
}

fn is_complete(cluster: &Cluster, peer: usize) -> bool {
    let [ours, theirs] = [0, peer].map(|index| Snapshot::of(cluster.node(index).root()));
    differences(&ours, &theirs).is_empty()
}

fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "not within {PATIENCE:?}: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn is_running(process: &Running) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", process.pid()));
    // A process that has ended is a zombie until it is waited for.
    stat.is_ok_and(|stat| !stat.rsplit(')').next().unwrap_or_default().starts_with(" Z"))
}

#[test]
fn four_healthy_peers_are_complete_while_four_bad_ones_still_hang() {
    let cluster = with_stand_ins(Cluster::builder().nodes(5, &csync3()), 4).build();
    let mute = [5, 6].map(|peer| Mute::bind(cluster.address(peer)));
    let babbler = Babbler::bind(cluster.address(8), b"220 mail.example.org ESMTP\r\n");
    cluster.serve_all();
    tree(cluster.node(0));
    cluster.node(0).run(&["-cr", "/"]).success();
    let expected = cluster.node(0).dirty();

    let timeouts = ["--handshake-timeout", "15", "--idle-timeout", "15"];
    let push = cluster.node(0).start(&[&["-u"], &timeouts[..]].concat());
    wait_until("the healthy peers are complete", || {
        (1..=4).all(|peer| is_complete(&cluster, peer))
    });
    assert!(is_running(&push), "the mute peers were not waited for");
    let output = push.wait().exits(1);
    assert!(mute.iter().all(|mute| mute.connections() == 1) && babbler.connections() == 1);

    let told = output.stderr_text();
    let name = |peer: usize| cluster.node(peer).name().to_owned();
    for (peer, cause, hint) in [
        (5, "nothing moved for 15 s", "it accepts connections but does not answer"),
        (6, "nothing moved for 15 s", "it accepts connections but does not answer"),
        (7, "Connection refused", "start csync3 -ii (or csync2 -ii) there"),
        (8, "does not speak csync2's protocol", "another service may be listening on that port"),
    ] {
        assert_told(&told, &name(peer), cause, hint);
    }
    for peer in 1..=4 {
        assert!(!told.contains(&format!("error: {}", name(peer))), "{told}");
    }
    let bad = [5, 6, 7, 8].map(name);
    let owed: Vec<DirtyRow> = expected.into_iter().filter(|row| bad.contains(&row.peer)).collect();
    assert_eq!(cluster.node(0).dirty(), owed);
}

fn with_stand_ins(builder: ClusterBuilder, count: usize) -> ClusterBuilder {
    (0..count).fold(builder, |builder, _| builder.stand_in())
}

/// Demands one error that names the peer and the cause, and a hint behind it. Equal hints of
/// neighbours are told once.
#[track_caller]
fn assert_told(told: &str, peer: &str, cause: &str, hint: &str) {
    let mut lines = told.lines().skip_while(|line| !line.starts_with(&format!("error: {peer}: ")));
    let error = lines.next().unwrap_or_default();
    assert!(error.contains(cause), "{peer}: no '{cause}' in\n{told}");
    let advice = lines.find(|line| line.contains("hint: ")).unwrap_or_default();
    assert!(advice.contains(hint), "{peer}: no '{hint}' in\n{told}");
}

#[test]
fn a_peer_behind_a_slow_line_does_not_hold_up_another() {
    let cluster = Cluster::of(3, &csync3());
    let slow = Link { bytes_per_second: Some(6_000), ..Link::delayed(Duration::from_millis(200)) };
    let line = cluster.node(1).serve_behind(slow);
    cluster.node(2).serve();
    tree(cluster.node(0));
    cluster.node(0).run(&["-cr", "/"]).success();
    let push = cluster.node(0).start(&["-u"]);
    wait_until("the fast peer is complete", || is_complete(&cluster, 2));
    assert!(is_running(&push) && !is_complete(&cluster, 1), "the slow line is not slow");
    push.wait().success();
    cluster.assert_same_trees();
    assert_eq!(line.connections(), 1);
}

#[test]
fn one_job_at_a_time_serves_every_peer_all_the_same() {
    let cluster = with_stand_ins(Cluster::builder().nodes(4, &csync3()), 1).build();
    cluster.serve_all();
    tree(cluster.node(0));
    cluster.node(0).run(&["-cr", "/"]).success();
    let output = cluster.node(0).run(&["-u", "--jobs", "1"]).exits(1);
    assert!(output.stderr_text().contains("Connection refused"), "{output}");
    cluster.assert_same_trees();
    let refusing = cluster.node(4).name();
    assert!(cluster.node(0).dirty().iter().all(|row| row.peer == refusing));
}

#[test]
fn a_peer_that_dies_in_the_middle_costs_only_its_own_rows() {
    let cluster = Cluster::of(3, &csync3());
    let line = cluster.node(1).serve_behind(Link::cut_after(3_000));
    cluster.node(2).serve();
    tree(cluster.node(0));
    cluster.node(0).run(&["-cr", "/"]).success();
    cluster.node(0).run(&["-u"]).exits(1);
    assert!(is_complete(&cluster, 2) && !is_complete(&cluster, 1));
    let dirty = cluster.node(0).dirty();
    assert!(!dirty.is_empty() && dirty.iter().all(|row| row.peer == cluster.node(1).name()));
    drop(line);
    cluster.node(1).stop();
    cluster.node(1).serve();
    cluster.node(0).run(&["-u"]).success();
    cluster.assert_same_trees();
}
