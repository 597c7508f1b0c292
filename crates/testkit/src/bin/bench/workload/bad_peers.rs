//! What the healthy half of eight peers notices of the other half.
//!
//! Two peers accept and say nothing, one refuses, one talks nonsense. The time ends when the
//! last file is on the last healthy peer, not when the command ends: that waits for the others.
use crate::ground::{Ground, LIMIT, assert_same_tree};
use crate::series::{Comparison, Goal, Sample};
use crate::usage::Watch;
use csync3_testkit::{Babbler, Cluster, Mute, Node, many_small_files};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Files in the tree.
const FILES: usize = 5_000;
/// Peers that are well.
const HEALTHY: usize = 4;
/// How often peers are asked for their next file.
const GLANCE: Duration = Duration::from_millis(2);
/// Bytes that no program of the cluster would say.
const NONSENSE: &[u8] = b"\x00\xffHTTP/1.1 400 Bad Request\r\n\r\n\x16\x03\x01";

/// Measures the healthy peers with and without the others.
pub(crate) fn run(ground: &mut Ground) -> Vec<Comparison> {
    let files = ground.options.size(FILES, FILES / 10);
    let what = format!("e {files} files to 4 healthy of 8 peers");
    let labels = ["csync3, 4 bad peers", "csync3, 4 healthy alone"];
    let mut comparison = Comparison::new(&what, labels[0], labels[1], Goal::AtMost(1.5));
    for _ in 0..ground.options.repeat {
        let disturbed = disturbed(ground, files);
        comparison.add(disturbed, alone(ground, files));
    }
    vec![comparison]
}

fn disturbed(ground: &mut Ground, files: usize) -> Sample {
    ground.place.prepare();
    let mut hosts = Cluster::builder().nodes(1 + HEALTHY, &ground.csync3);
    for _ in 0..4 {
        hosts = hosts.stand_in();
    }
    let cluster = hosts.build();
    let bad = |index: usize| cluster.address(1 + HEALTHY + index);
    // The last of the four has no listener: it refuses.
    let _others =
        (Mute::bind(bad(0)), Mute::bind(bad(1)), Babbler::bind(bad(2), &NONSENSE.repeat(1_000)));
    let sample = push(&cluster, files, 1);
    for row in cluster.node(0).dirty() {
        let is_bad = cluster.nodes()[1 + HEALTHY..].iter().any(|node| node.name() == row.peer);
        assert!(is_bad, "{} is still owed to a healthy peer", row.name_text());
    }
    ground.place.retire(cluster);
    sample
}

fn alone(ground: &mut Ground, files: usize) -> Sample {
    ground.place.prepare();
    let cluster = Cluster::of(1 + HEALTHY, &ground.csync3);
    let sample = push(&cluster, files, 0);
    ground.place.retire(cluster);
    sample
}

/// Pushes a new tree and takes the time until all healthy peers have it.
fn push(cluster: &Cluster, files: usize, code: i32) -> Sample {
    let sender = cluster.node(0);
    let healthy = &cluster.nodes()[1..=HEALTHY];
    many_small_files(sender.root(), files);
    for peer in healthy {
        peer.serve();
    }
    sender.run_within(&["-cr", "/"], LIMIT).success();
    let expected = paths(sender.root());
    let daemons: Vec<u32> = healthy.iter().filter_map(Node::daemon_pid).collect();
    let before = Watch::note(&daemons);
    let started = Instant::now();
    let running = sender.start(&["-u", "--handshake-timeout", "10", "--idle-timeout", "10"]);
    let watch = Watch::start(running.pid(), before);
    await_files(healthy, &expected);
    let wall = started.elapsed();
    running.wait_within(LIMIT).exits(code);
    let (client, servers) = watch.finish();
    for peer in healthy {
        assert_same_tree(sender.root(), peer.root());
    }
    Sample { wall, client, servers, ..Sample::default() }
}

/// All files below `root`, relative to it.
fn paths(root: &Path) -> Vec<PathBuf> {
    let entries = |path: &Path| {
        let listed = std::fs::read_dir(path).expect("the tree is there");
        listed.map(|entry| entry.expect("readable").path()).collect::<Vec<_>>()
    };
    let files = entries(root).into_iter().flat_map(|dir| entries(&dir));
    let relative =
        |path: PathBuf| path.strip_prefix(root).expect("found below the root").to_owned();
    files.map(relative).collect()
}

/// Waits until every peer has every file. Each look costs one question per peer and one per file
/// that arrived: files do not go away again.
fn await_files(peers: &[Node], expected: &[PathBuf]) {
    let deadline = Instant::now() + LIMIT;
    let mut missing = vec![expected; peers.len()];
    while missing.iter().any(|paths| !paths.is_empty()) {
        assert!(Instant::now() < deadline, "the healthy peers did not get all files");
        for (peer, paths) in peers.iter().zip(&mut missing) {
            let arrived = paths.iter().take_while(|path| peer.exists(path)).count();
            *paths = &paths[arrived..];
        }
        std::thread::sleep(GLANCE);
    }
}
