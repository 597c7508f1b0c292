//! What a peer had sent before it hung up, and is not done yet.
use crate::raw::{DONE, Raw, assert_serves, block_of, server_and_raw_peer};
use csync3_testkit::{Cluster, Node};
use std::fs::File;
use std::time::{Duration, Instant};

/// Waits until the server has said something in its log.
#[track_caller]
fn await_in_log(cluster: &Cluster, text: &str) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !cluster.node(0).daemon_log().contains(text) {
        assert!(Instant::now() < deadline, "not logged: {text}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A client is killed, and the next one is quicker than what is left of the first one's session.
#[test]
fn a_change_of_a_peer_that_has_hung_up_does_not_come_after_its_next_session() {
    let cluster = server_and_raw_peer();
    let server = cluster.node(0);
    server.write("removed late", "1");
    server.run(&["-cIr", "/"]).success();
    let deletion = |raw: &Raw| format!("{}\n", raw.command("DEL", "%25tree%25/removed%20late", ""));
    let directory = File::open(server.root()).expect("a directory");
    directory.lock().expect("a lock");
    let mut killed = Raw::greeted(&cluster, 1, 0);
    killed.send(deletion(&killed).as_bytes());
    drop(killed);
    directory.unlock().expect("our lock");
    await_in_log(&cluster, "the peer has hung up before it had its answers");
    assert_eq!(server.read("removed late"), b"1");
    let mut next = Raw::greeted(&cluster, 1, 0);
    assert_eq!(next.on("DEL", "%25tree%25/removed%20late", ""), DONE);
    assert!(!server.exists("removed late"));
    assert_serves(&cluster);
}

#[test]
fn sessions_of_a_peer_that_send_the_same_file_at_once_are_no_conflict() {
    let cluster = server_and_raw_peer();
    let server = cluster.node(0);
    server.run(&["-cIr", "/"]).success();
    let mut sessions: Vec<Raw> = (0..4).map(|_| Raw::greeted(&cluster, 1, 0)).collect();
    std::thread::scope(|scope| {
        let sending = scope.spawn(|| send_at_once(&mut sessions, server));
        while !sending.is_finished() {
            server.run(&["-cr", "/"]).success();
        }
    });
    server.run(&["-cr", "/"]).success();
    let marked = server.run(&["-M"]);
    assert!(marked.stdout_text().is_empty(), "taken for changes of its own: {marked:?}");
}

fn send_at_once(sessions: &mut [Raw], server: &Node) {
    for round in 0..30 {
        for (number, session) in sessions.iter_mut().enumerate() {
            session.send(format!("{}\n", session.command("PATCH", "%25tree%25/f", "")).as_bytes());
            assert_eq!(session.answer(), "OK (send_data).");
            session.block();
            session.send(&block_of(format!("{round} {number}").as_bytes()));
        }
        for session in &mut *sessions {
            assert_eq!(session.answer(), DONE, "round {round}");
        }
        let content = server.read("f");
        assert!(content.starts_with(format!("{round} ").as_bytes()), "{content:?}");
    }
}
