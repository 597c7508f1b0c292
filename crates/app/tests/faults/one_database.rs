//! Many processes on one database.
//!
//! Eight pushes to one peer each, a check that finds as many new files, a server that receives and a
//! listing in a loop. All of them succeed, nobody speaks of a lock, nothing is lost.
use super::csync3;
use csync3_testkit::{Cluster, Node, Running, many_small_files};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How many files the check finds, and as many are being pushed.
const VARIABLE: &str = "CSYNC3_STRESS_FILES";
const FILES: usize = 2_000;
/// Peers that are pushed to; after the hub, and before the sender.
const PEERS: usize = 8;
const SENDER: usize = PEERS + 1;
/// Far longer than needed.
const LIMIT: Duration = Duration::from_secs(600);

#[test]
fn pushes_a_check_a_server_and_listings_share_a_database_without_a_word_of_locks() {
    let files = std::env::var(VARIABLE).map_or(FILES, |text| text.parse().expect("a number"));
    let cluster = Cluster::of(PEERS + 2, &csync3());
    let (hub, sender) = (cluster.node(0), cluster.node(SENDER));
    fill(hub, "first", files);
    hub.run_within(&["-cr", "/"], LIMIT).success();
    cluster.serve_all();
    fill(hub, "second", files);
    fill(sender, "received", files / 4);
    sender.run(&["-cr", "/"]).success();

    all_at_once(&cluster);
    let echoed: Vec<_> = hub.dirty();
    let echoed = echoed.iter().filter(|row| row.name.starts_with(b"%tree%/received/"));
    assert_eq!(echoed.count(), 0, "what was received is taken for a change of this host");
    assert_sound(hub);

    hub.run_within(&["-u"], LIMIT).success();
    sender.run_within(&["-u"], LIMIT).success();
    for node in cluster.nodes() {
        node.run_within(&["-cr", "/"], LIMIT).success();
        assert_eq!(node.dirty(), [], "{} owes something", node.name());
        assert_sound(node);
    }
    cluster.assert_same_trees();
}

fn fill(node: &Node, directory: &str, files: usize) {
    node.mkdir(directory);
    many_small_files(&node.path(directory), files);
}

fn all_at_once(cluster: &Cluster) {
    let (hub, sender) = (cluster.node(0), cluster.node(SENDER));
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let listings = scope.spawn(|| {
            let mut count = 0;
            while !done.load(Ordering::SeqCst) {
                quiet(hub.start(&["-M"]), &[0, 2]);
                count += 1;
            }
            count
        });
        let pushes: Vec<_> =
            (1..=PEERS).map(|peer| hub.start(&["-u", "-P", cluster.node(peer).name()])).collect();
        let check = hub.start(&["-cr", "/"]);
        let arriving = sender.start(&["-u", "-P", hub.name()]);
        for process in pushes.into_iter().chain([check, arriving]) {
            quiet(process, &[0]);
        }
        done.store(true, Ordering::SeqCst);
        let listings: usize = listings.join().expect("every listing succeeds");
        assert!(listings > 1, "the listings never ran");
    });
    let log = hub.daemon_log();
    assert!(!speaks_of_locks(&log), "{log}");
}

#[track_caller]
fn quiet(process: Running, codes: &[i32]) {
    let output = process.wait_within(LIMIT);
    assert!(output.code().is_some_and(|code| codes.contains(&code)), "{output}");
    assert!(!speaks_of_locks(&output.stderr_text()), "{output}");
}

fn speaks_of_locks(text: &str) -> bool {
    ["lock", "busy"].iter().any(|word| text.contains(word))
}

fn assert_sound(node: &Node) {
    if node.is_on_server() {
        // The server sees to it.
        return;
    }
    let database = rusqlite::Connection::open(node.database()).expect("the database opens");
    let verdict: String =
        database.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("the check runs");
    assert_eq!(verdict, "ok", "the database of {}", node.name());
}
