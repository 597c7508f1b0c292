//! What strangers can cost a server, and honest peers that come meanwhile.
use crate::pairing::csync3;
use crate::raw::{DONE, Raw, assert_serves, server_and_raw_peer};
use csync3_testkit::{Cluster, Node, Program};
use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
use std::time::{Duration, Instant};

/// A csync3 server, a peer that the test plays, and honest hosts of both programs.
fn cluster() -> Cluster {
    let builder = Cluster::builder().node(&csync3()).stand_in();
    let cluster = builder.node(&csync3()).node(&Program::Csync2).build();
    cluster.node(0).serve();
    cluster
}

/// The most memory that the daemon has ever had, in KiB.
fn peak(node: &Node) -> u64 {
    let pid = node.daemon_pid().expect("it runs");
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let words = line.expect("Linux tells it").split_whitespace().next();
    words.and_then(|word| word.parse().ok()).expect("a number")
}

/// How long a push of each honest host takes; `round` makes new content of it.
fn honest_pushes(cluster: &Cluster, round: usize) -> Duration {
    let server = cluster.node(0);
    let begin = Instant::now();
    for client in [2, 3].map(|index| cluster.node(index)) {
        // Of another size each time: csync2 does not see other changes within a second.
        let (name, text) = (client.name(), "x".repeat(round + 1));
        client.write(name, &text);
        client.run(&["-x", "-P", server.name()]).success();
        assert_eq!(server.read(name), text.as_bytes());
    }
    begin.elapsed()
}

#[test]
fn strangers_cost_little_and_keep_nobody_out() {
    let cluster = cluster();
    let server = cluster.node(0);
    honest_pushes(&cluster, 0);
    let usual = honest_pushes(&cluster, 1).max(Duration::from_secs(1));
    let idle = peak(server);

    let held: Vec<Raw> = (0..300).map(|_| Raw::connect(&cluster, 1, 0)).collect();
    assert!(honest_pushes(&cluster, 2) < usual * 10);

    let mut endless = Raw::connect(&cluster, 1, 0);
    let megabyte = vec![b'a'; 1 << 20];
    (0..400).for_each(|_| endless.send(&megabyte));
    assert_eq!(endless.until_closed(), "");
    assert!(honest_pushes(&cluster, 3) < usual * 10);

    for number in 0..1000_usize {
        let mut raw = Raw::connect(&cluster, 1, 0);
        match number % 4 {
            0 => raw.send(&number.to_be_bytes()),
            1 => raw.send(b"GET / HTTP/1.1\r\n\r\n"),
            2 => raw.send(format!("CONFIG no{number}\n").as_bytes()),
            _ => raw.send(&b"CONFIG \nHELLO nobody\n".repeat(20)),
        }
    }
    assert!(honest_pushes(&cluster, 4) < usual * 10);
    let more = peak(server).saturating_sub(idle);
    assert!(more < 64 * 1024, "{more} KiB more than idle");
    let lines = server.daemon_log().lines().filter(|line| !line.starts_with("New conn")).count();
    assert!(lines < 1500, "{lines} lines in the log");
    drop(held);
}

#[test]
fn who_only_holds_connections_loses_the_oldest_to_a_later_one() {
    let cluster = server_and_raw_peer();
    let server = cluster.node(0);
    server.stop();
    server.serve_with(&["-ii", "--max-sessions-per-address", "3"]);
    let mut held: Vec<Raw> = (0..3).map(|_| Raw::connect(&cluster, 1, 0)).collect();
    assert_eq!(held[2].ask("CONFIG "), DONE, "all three are accepted");
    let mut later = Raw::greeted(&cluster, 1, 0);
    assert_eq!(held[0].until_closed(), "Too many sessions, try again later!\n");
    assert_eq!(held[1].ask("CONFIG "), DONE);
    assert_eq!(later.on("SIG", "%25tree%25", ""), "OK (data_follows).");
    assert!(server.daemon_log().contains("took the place of an unidentified one"));
}

#[test]
fn an_address_has_so_many_sessions_and_others_have_theirs() {
    let cluster = server_and_raw_peer();
    let server = cluster.node(0);
    server.stop();
    server.serve_with(&["-ii", "--max-sessions-per-address", "2"]);
    let mut held = [Raw::greeted(&cluster, 1, 0), Raw::greeted(&cluster, 1, 0)];
    for _ in 0..5 {
        let refused = Raw::connect(&cluster, 1, 0).until_closed();
        assert_eq!(refused, "Too many sessions, try again later!\n");
    }
    let told = "its address has 2 sessions already (--max-sessions-per-address)";
    assert_eq!(server.daemon_log().matches(told).count(), 1, "once a minute");
    assert_serves(&cluster);
    for raw in &mut held {
        assert_eq!(raw.on("SIG", "%25tree%25", ""), "OK (data_follows).");
    }
    drop(held);
    crate::pairing::eventually("a free seat", || {
        let mut raw = Raw::connect(&cluster, 1, 0);
        raw.send(b"CONFIG \nBYE\n");
        raw.until_closed().ends_with("OK (cu_later).\n")
    });
}

#[test]
fn a_full_server_says_so_and_what_is_for_it_stays_dirty() {
    let cluster = cluster();
    let server = cluster.node(0);
    server.stop();
    server.serve_with(&["-ii", "--max-sessions", "1"]);
    let held = Raw::greeted(&cluster, 1, 0);
    for (index, reason) in [(2, "Too many sessions, try again later!"), (3, "ERROR")] {
        let client = cluster.node(index);
        client.write(client.name(), "f");
        let told = client.run(&["-x", "-P", server.name()]).exits(1).stderr_text();
        assert!(told.contains(reason), "{told}");
        assert!(index == 3 || told.contains("--max-sessions"), "{told}");
        assert!(!client.dirty().is_empty());
    }
    drop(held);
    for client in [2, 3].map(|index| cluster.node(index)) {
        crate::pairing::eventually("a free seat", || {
            client.run(&["-u", "-P", server.name()]).code() == Some(0)
        });
        assert_eq!(server.read(client.name()), b"f");
    }
}

#[test]
fn a_peer_has_a_limited_number_of_lines_to_say_who_it_is() {
    let cluster = server_and_raw_peer();
    let mut raw = Raw::connect(&cluster, 1, 0);
    assert_eq!(raw.ask("CONFIG "), DONE);
    raw.send(&b"NOTHING\n".repeat(10_000));
    let answers = raw.until_closed().matches("Unknown command!").count();
    assert!(answers <= 64, "{answers} answers");
    assert!(cluster.node(0).daemon_log().contains("no identification within 64 lines"));
    assert_serves(&cluster);
}

#[test]
fn a_lack_of_descriptors_does_not_end_a_daemon() {
    let cluster = server_and_raw_peer();
    let server = cluster.node(0);
    assert_serves(&cluster);
    let pid = server.daemon_pid().and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?));
    // It has inherited the hard limit of this process.
    let few = Rlimit { current: Some(40), ..getrlimit(Resource::Nofile) };
    let before = prlimit(pid, Resource::Nofile, few).expect("our own child");
    let held: Vec<Raw> = (0..60).map(|_| Raw::connect(&cluster, 1, 0)).collect();
    let told = || server.daemon_log().matches("Too many open files").count();
    crate::pairing::eventually("a report", || told() > 0);
    drop(held);
    assert_eq!(told(), 1, "once a minute");
    prlimit(pid, Resource::Nofile, before).expect("our own child");
    assert_serves(&cluster);
}

#[test]
fn a_peer_has_a_limited_time_to_say_who_it_is() {
    let cluster = server_and_raw_peer();
    let server = cluster.node(0);
    server.stop();
    server.serve_with(&["-ii", "--handshake-timeout", "1"]);
    let mut silent = Raw::connect(&cluster, 1, 0);
    let mut slow = Raw::connect(&cluster, 1, 0);
    assert_eq!(slow.ask("CONFIG "), DONE);
    slow.send(b"HEL");
    assert_eq!((silent.until_closed(), slow.until_closed()), (String::new(), String::new()));
    assert!(server.daemon_log().contains("no identification within 1 s"));
    let mut known = Raw::greeted(&cluster, 1, 0);
    std::thread::sleep(Duration::from_millis(1100));
    assert_eq!(known.on("SIG", "%25tree%25", ""), "OK (data_follows).", "it is known in time");
}
