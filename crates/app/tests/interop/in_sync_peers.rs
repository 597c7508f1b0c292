//! Peers of an in-sync test that are dead, mute or talk nonsense, or that do not let everybody in.
use crate::pairing::{csync3, name, serving};
use crate::raw::{DONE, Raw, server_and_raw_peer};
use csync3_testkit::{Babbler, Cluster, Mute, Output};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

/// Two healthy peers among four; this host has a file more. The last listed is asked first.
fn cluster() -> Cluster {
    let builder = Cluster::builder().node(&csync3()).stand_in().node(&csync3());
    let cluster = serving(builder.stand_in().node(&csync3()));
    cluster.node(0).write("only here", "x");
    for index in [0, 2, 4] {
        cluster.node(index).write("same", "same");
        cluster.node(index).set_mtime("same", 1_600_000_000);
        cluster.node(index).run(&["-cIr", "/"]).success();
    }
    cluster
}

/// Demands the lines of the healthy peers in csync2's order.
#[track_caller]
fn assert_healthy_are_told(cluster: &Cluster, output: &Output) {
    let line = |peer: usize| {
        format!(
            "L\t{}\t{}\t{}",
            cluster.node(0).name(),
            cluster.node(peer).name(),
            name("only here")
        )
    };
    assert_eq!(output.lines(), [line(4), line(2)], "{output}");
}

#[test]
fn a_dead_and_a_mute_peer_cost_only_themselves() {
    let cluster = cluster();
    let mute = Mute::bind(cluster.address(1));
    let output = cluster.node(0).run(&["-T", "--handshake-timeout", "2"]).exits(1);
    assert_healthy_are_told(&cluster, &output);
    let told = output.stderr_text();
    for (peer, cause) in [(1, "nothing moved for 2 s"), (3, "Connection refused")] {
        let start = format!("error: {}: cannot compare with it", cluster.node(peer).name());
        let line = told.lines().find(|line| line.starts_with(&start)).unwrap_or_default();
        assert!(line.contains(cause), "{told}");
    }
    assert!(told.ends_with("Finished with 2 errors.\n"), "{told}");
    assert_eq!(mute.connections(), 1);
    let one = cluster.node(0).run(&["-T", "--jobs", "1", "--handshake-timeout", "2"]).exits(1);
    assert_healthy_are_told(&cluster, &one);
}

#[test]
fn contents_of_healthy_peers_are_shown_while_others_are_dead() {
    let cluster = cluster();
    let output = cluster.node(0).run(&["-TT"]).exits(1);
    let heads: Vec<String> =
        output.lines().into_iter().filter(|line| line.starts_with("---")).collect();
    let head = |peer: usize| format!("--- {}:{}", cluster.node(peer).name(), name("only here"));
    assert_eq!(heads, [head(4), head(2)], "{output}");
    assert!(output.stderr_text().ends_with("Finished with 2 errors.\n"), "{output}");
}

/// What a peer says to `CONFIG` and `HELLO`.
const WELCOME: &str = "OK (cmd_finished).\nOK (cmd_finished).\n";

fn row(name: &str) -> String {
    format!("v1%3Amode=16877%3Auid=0%3Agid=0%3Atype=dir\t%25tree%25/{name}\n")
}

#[test]
fn nonsense_in_the_place_of_rows_is_no_difference() {
    let cluster = cluster();
    for (answer, cause) in [
        ("220 mail.example.org ESMTP\r\n".to_owned(), "does not speak csync2's protocol"),
        (format!("{WELCOME}what?\n"), "does not speak csync2's protocol"),
        (format!("{WELCOME}{}{}OK (cmd_finished).\n", row("b"), row("a")), "not in the order"),
        (format!("{WELCOME}{}", row("../a")), "does not speak csync2's protocol"),
        (format!("{WELCOME}v{}", "x".repeat(100_000)), "does not speak csync2's protocol"),
        (format!("{WELCOME}{}", row("a")), "nothing moved for 2 s"),
        (format!("{WELCOME}Permission denied!\n"), "Permission denied!"),
    ] {
        let babbler = Babbler::bind(cluster.address(1), answer.as_bytes());
        let args = ["-T", "--handshake-timeout", "20", "--idle-timeout", "2"];
        let output = cluster.node(0).run(&args).exits(1);
        let told = output.stderr_text();
        assert!(told.contains(cause), "{answer:.80}: {told}");
        let lines = output.lines();
        let of_peer = format!("\t{}\t{}", cluster.node(1).name(), name("only here"));
        assert!(!lines.iter().any(|line| line.ends_with(&of_peer)), "{lines:?}");
        drop(babbler);
    }
}

/// `TYPE` has no length: a broken connection looks like the end.
#[test]
fn content_that_ends_too_early_is_a_problem() {
    let cluster = cluster();
    let listener = TcpListener::bind(cluster.address(1)).expect("a stand-in's address");
    let peer = std::thread::spawn(move || {
        let (stream, _) = listener.accept().expect("somebody calls");
        let mut lines = BufReader::new(stream.try_clone().expect("a socket")).lines();
        let mut answer = |command: &str, text: &str| {
            let line = lines.next().expect("a command").expect("a line");
            assert!(line.starts_with(command), "{line}");
            (&stream).write_all(text.as_bytes()).expect("it listens");
        };
        answer("CONFIG", "OK (cmd_finished).\n");
        answer("HELLO", "OK (cmd_finished).\n");
        let text = "v1:mtime=0:mode=33188:uid=0:gid=0:type=reg:size=100";
        answer("SIG", &format!("OK (data_follows).\n{text}\noctet-stream 0\nOK (cmd_finished).\n"));
        answer("TYPE", "OK (data_follows).\nshort");
    });
    let (here, peer_name) = (cluster.node(0), cluster.node(1).name());
    let file = here.path("same");
    let args = ["-TT".as_ref(), here.name().as_ref(), peer_name.as_ref(), file.as_os_str()];
    let output = here.run(&args).exits(1);
    assert_eq!(output.stdout_text(), "");
    let told = output.stderr_text();
    assert!(told.contains("cannot compare: only 5 of 100 bytes came"), "{told}");
    peer.join().expect("it has said all");
}

#[test]
fn a_slave_is_told_that_it_may_not_read() {
    let builder = Cluster::builder().slave(&csync3()).node(&csync3());
    let cluster = serving(builder);
    let (slave, master) = (cluster.node(0), cluster.node(1));
    for node in [slave, master] {
        node.write("f", format!("on {}\n", node.name()));
    }
    slave.set_mtime("f", 1_600_000_000);
    for node in [slave, master] {
        node.run(&["-cIr", "/"]).success();
    }
    slave.run(&["-T"]).exits(0);
    let told = slave.run(&["-TT"]).exits(1).stderr_text();
    assert!(told.contains("Permission denied for slave!"), "{told}");
    assert!(told.contains("compare on the peer"), "{told}");
    assert!(master.run(&["-TT"]).exits(0).stdout_text().contains("\n-on "));
}

#[test]
fn a_host_shows_rows_to_those_with_the_key_alone() {
    let cluster = server_and_raw_peer();
    let server = cluster.node(0);
    server.write("f", "f");
    server.symlink("target", "link");
    server.run(&["-cIr", "/"]).success();
    let list = |raw: &mut Raw, name: &str, key: &str| {
        raw.send(format!("LIST {} {name} {key}\n", server.name()).as_bytes());
        let mut rows = Vec::new();
        loop {
            match raw.answer() {
                done if done == DONE => return rows,
                row => rows.push(row),
            }
        }
    };
    let key = std::fs::read_to_string(server.system_dir().join("g.key")).expect("a key");
    let key = key.trim();
    let mut raw = Raw::greeted(&cluster, 1, 0);
    assert_eq!(list(&mut raw, "-", key).len(), 3);
    assert_eq!(list(&mut raw, "-", "another"), [""; 0]);
    assert_eq!(list(&mut raw, "-", &format!("another {key}")).len(), 3);
    let link = list(&mut raw, "%25tree%25/link", key);
    assert!(link.len() == 1 && link[0].contains("target=\t"), "{link:?}");
    assert_eq!(list(&mut raw, "%25tree%25/missing", key), [""; 0]);
    assert_eq!(raw.ask("LIST nobody -"), DONE);
}
