//! Which configuration a session of a daemon gets.
use crate::pairing::{csync3, eventually};
use crate::raw::{DONE, Raw, assert_serves, server_and_raw_peer};
use csync3_testkit::{Cluster, Node};
use rustix::process::{Pid, Signal, kill_process};
use std::fs;

fn config(node: &Node) -> String {
    fs::read_to_string(node.system_dir().join("csync2.cfg")).expect("the cluster wrote it")
}

fn hang_up(node: &Node) {
    let pid = node.daemon_pid().and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?));
    kill_process(pid.expect("a daemon runs"), Signal::HUP).expect("our own child");
}

/// How often the log of a daemon says something.
fn said(node: &Node, what: &str) -> usize {
    node.daemon_log().matches(what).count()
}

#[test]
fn an_edited_configuration_counts_from_the_next_session_on() {
    let cluster = server_and_raw_peer();
    let server = cluster.node(0);
    server.write("f", "12345");
    let good = config(server);
    let mut before = Raw::greeted(&cluster, 1, 0);
    for _ in 0..3 {
        server.write_system_file("csync2.cfg", &good.replace("include %tree%;", "include /none;"));
        let refused = Raw::greeted(&cluster, 1, 0).on("GETSZ", "%25tree%25/f", "");
        assert_eq!(refused, "Permission denied!");
        server.write_system_file("csync2.cfg", &good);
        let granted = Raw::greeted(&cluster, 1, 0).on("GETSZ", "%25tree%25/f", "");
        assert_eq!(granted, "OK (data_follows).");
    }
    assert_eq!(before.on("GETSZ", "%25tree%25/f", ""), "OK (data_follows).");
}

#[test]
fn included_files_and_keys_count_as_well() {
    let cluster = server_and_raw_peer();
    let server = cluster.node(0);
    let good = config(server);
    let (head, group) = good.split_once("group ").expect("a group");
    server.write_system_file("csync2.cfg", &format!("{head}\nconfig more.cfg;\n"));
    server.write_system_file("more.cfg", &format!("group {group}"));
    assert_serves(&cluster);
    server.write_system_file("more.cfg", "group none { host a; key g.key; include /none; }\n");
    let mut raw = Raw::connect(&cluster, 1, 0);
    raw.send(b"CONFIG \n");
    assert_eq!(raw.until_closed(), "", "this host is no member any more");
    server.write_system_file("more.cfg", &format!("group {group}"));
    let key = "another.key.of.the.test.cluster.0123456789..";
    server.write_system_file("g.key", &format!("{key}\n"));
    let mut raw = Raw::greeted(&cluster, 1, 0).with_key(key);
    assert_eq!(raw.on("SIG", "%25tree%25", ""), "OK (data_follows).");
}

#[test]
fn a_configuration_with_mistakes_is_reported_and_the_one_of_before_stays() {
    let cluster = server_and_raw_peer();
    let server = cluster.node(0);
    let good = config(server);
    assert_serves(&cluster);
    server.write_system_file("csync2.cfg", &good.replace("include %tree%;", "inclde %tree%;"));
    for _ in 0..20 {
        drop(Raw::greeted(&cluster, 1, 0));
    }
    let reports = said(server, "is as it was for peers until this is put right.");
    assert_eq!(reports, 1, "{}", server.daemon_log());
    assert!(said(server, "inclde") >= 1, "the report shows the place");
    assert_serves(&cluster);
    hang_up(server);
    eventually("a report on request", || said(server, "until this is put right.") > 1);
    assert_serves(&cluster);
    server.write_system_file("csync2.cfg", &good);
    hang_up(server);
    eventually("the good news", || {
        said(server, "csync2.cfg was read again: groups: 1, peers: 2.") == 1
    });
    assert_serves(&cluster);
}

#[test]
fn a_configuration_or_key_that_is_taken_away_is_not_used_any_more() {
    for file in ["g.key", "csync2.cfg"] {
        let cluster = server_and_raw_peer();
        let server = cluster.node(0);
        drop(Raw::greeted(&cluster, 1, 0));
        let path = server.system_dir().join(file);
        let kept = fs::read_to_string(&path).expect("the cluster wrote it");
        let raws = [(); 3].map(|()| Raw::connect(&cluster, 1, 0));
        fs::remove_file(&path).expect("it is there");
        for mut raw in raws {
            raw.send(b"CONFIG \n");
            assert_eq!(raw.until_closed(), "", "{file}");
        }
        assert!(server.daemon_log().contains(file));
        server.write_system_file(file, &kept);
        assert_serves(&cluster);
    }
}

#[test]
fn mistakes_do_not_keep_a_key_alive_that_is_taken_away() {
    let cluster = server_and_raw_peer();
    let server = cluster.node(0);
    drop(Raw::greeted(&cluster, 1, 0));
    server.write_system_file("csync2.cfg", "group g { nonsense; }\n");
    drop(Raw::greeted(&cluster, 1, 0));
    let mut raw = Raw::connect(&cluster, 1, 0);
    fs::remove_file(server.system_dir().join("g.key")).expect("it is there");
    raw.send(b"CONFIG \n");
    assert_eq!(raw.until_closed(), "");
}

#[test]
fn a_hangup_ends_no_session() {
    let cluster = server_and_raw_peer();
    let server = cluster.node(0);
    let mut raw = Raw::greeted(&cluster, 1, 0);
    let mut early = Raw::connect(&cluster, 1, 0);
    assert_eq!(early.ask("CONFIG "), DONE);
    for round in 1..=3 {
        hang_up(server);
        eventually("the result", || said(server, "was read again") == round);
        assert_eq!(raw.on("MKDIR", &format!("%25tree%25/{round}"), ""), DONE);
    }
    assert_eq!(early.ask(&format!("HELLO {}", cluster.node(1).name())), DONE);
    assert_eq!(said(server, "error"), 0, "{}", server.daemon_log());
}

#[test]
fn one_daemon_serves_several_configurations() {
    let cluster = Cluster::builder().nodes(2, &csync3()).build();
    let [client, server] = [0, 1].map(|index| cluster.node(index));
    for node in [client, server] {
        let other = node.dir().join("other");
        fs::create_dir(&other).expect("a fresh directory");
        let text =
            config(node).replace(&node.root().display().to_string(), &other.display().to_string());
        let peer = if node.name() == client.name() { server } else { client };
        let peers = peer.dir().join("other").display().to_string();
        let text = text.replace(&peer.root().display().to_string(), &peers);
        node.write_system_file("csync2_other.cfg", &text);
    }
    server.serve();
    client.write("f", "of the first");
    fs::write(client.dir().join("other/f"), "of the other").expect("a fresh file");
    for _ in 0..2 {
        client.run(&["-x"]).success();
        client.run(&["-C", "other", "-x"]).success();
    }
    assert_eq!(server.read("f"), b"of the first");
    let other = fs::read(server.dir().join("other/f")).expect("it was pushed");
    assert_eq!(other, b"of the other");
    hang_up(server);
    eventually("both", || said(server, "was read again") == 2);
    assert_eq!(said(server, "csync2_other.cfg was read again"), 1);
}

#[test]
fn a_lock_file_does_not_stop_a_running_daemon() {
    let cluster = server_and_raw_peer();
    cluster.node(0).write_system_file("csync2.lock", "");
    assert_serves(&cluster);
}
