//! 64 commands at once on the database of one host, each for a peer of its own.
//!
//! The peers have the files already, so a row costs one question and the database: nothing else is
//! as hard on it. Compared is the time in which one command after the other does the same.
use crate::ground::{Ground, LIMIT, measure};
use crate::series::{Comparison, Goal, Sample};
use crate::usage::Watch;
use csync3_testkit::{Cluster, Group, Node, Output, Running, many_small_files};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Peers, each owed every file.
const PEERS: usize = 64;
/// Files of the tree.
const FILES: usize = 1_000;
/// The host whose pushes the daemon takes, beside everything else.
const SENDER: usize = PEERS + 1;
/// Files that change between two checks, and as many that arrive meanwhile.
const CHANGES: usize = 100;
/// The part of one command's throughput that all of them should reach.
const THROUGHPUT: Goal = Goal::AtLeast(0.7);
/// Seconds that a call of the database may take.
const WAIT: f64 = 2.0;

/// Measures all ways in turn on one cluster.
pub(crate) fn run(ground: &mut Ground) -> Vec<Comparison> {
    let files = ground.options.size(FILES, FILES / 10);
    ground.place.prepare();
    let everybody: Vec<usize> = (0..=PEERS).collect();
    let pair = Group::new("pair").only(&[0, SENDER]).include("%tree%/pair");
    let all = Group::new("all").only(&everybody).include("%tree%/all");
    let nodes = Cluster::builder().nodes(PEERS + 2, &ground.csync3);
    let cluster = nodes.group(all).group(pair).build();
    furnish(&cluster, files);
    let what = format!("k {} rows to {PEERS} peers", files * PEERS);
    let [single, many, mixed] =
        ["one after the other", "all at once", "all beside a check and a daemon"];
    let mut at_once = Comparison::new(&what, single, many, THROUGHPUT);
    let mut beside = Comparison::new(&what, single, mixed, THROUGHPUT);
    let mut waits = [many, mixed].map(|label| Comparison::wait(&what, label, WAIT));
    for _ in 0..ground.options.repeat {
        let alone = one_by_one(&cluster);
        let together = all_at_once(&cluster);
        let crowded = amid_others(&cluster);
        at_once.add(alone, together);
        beside.add(alone, crowded);
        waits[0].add(together, Sample::default());
        waits[1].add(crowded, Sample::default());
    }
    ground.place.retire(cluster);
    [at_once, beside].into_iter().chain(waits).collect()
}

/// The same tree everywhere, and every peer listens.
fn furnish(cluster: &Cluster, files: usize) {
    let (hub, sender) = (cluster.node(0), cluster.node(SENDER));
    hub.mkdir("all");
    many_small_files(&hub.path("all"), files);
    for node in [hub, sender] {
        node.mkdir("pair");
    }
    for peer in &cluster.nodes()[1..] {
        peer.serve();
    }
    hub.run_within(&["-cr", "/"], LIMIT).success();
    hub.run_within(&["-u"], LIMIT).success();
}

fn one_by_one(cluster: &Cluster) -> Sample {
    let hub = cluster.node(0);
    owe(hub);
    let mut sum = Sample::default();
    for peer in peers(cluster) {
        let one = measure(cluster, hub, &["-uvv", "-P", peer.name()]);
        sum.wall += one.wall;
        sum.client.add(one.client);
        sum.servers.add(one.servers);
    }
    assert_nothing_owed(hub);
    sum
}

fn all_at_once(cluster: &Cluster) -> Sample {
    let hub = cluster.node(0);
    owe(hub);
    let daemons: Vec<u32> = cluster.nodes().iter().filter_map(Node::daemon_pid).collect();
    let before = Watch::note(&daemons);
    let started = Instant::now();
    let commands: Vec<Running> =
        peers(cluster).map(|peer| hub.start(&["-uvv", "-P", peer.name()])).collect();
    let mut all = Sample::default();
    for output in commands.into_iter().map(|command| command.wait_within(LIMIT).success()) {
        all.wait = all.wait.max(longest_wait(&output.stderr_text()));
        all.client.user += output.cpu.user;
        all.client.system += output.cpu.system;
    }
    all.wall = started.elapsed();
    all.servers = Watch::since(&before);
    assert_nothing_owed(hub);
    all
}

/// The same beside a daemon that takes changes, and checks that find some, one after the other.
fn amid_others(cluster: &Cluster) -> Sample {
    let hub = cluster.node(0);
    hub.serve_with(&["-ii", "-vv"]);
    let over = AtomicBool::new(false);
    let mut sample = std::thread::scope(|scope| {
        let checks = scope.spawn(|| again(&over, |round| check(hub, round)));
        let arrivals = scope.spawn(|| again(&over, |round| send(cluster, round)));
        let mut sample = all_at_once(cluster);
        over.store(true, Ordering::SeqCst);
        for others in [checks, arrivals] {
            sample.wait = sample.wait.max(others.join().expect("what is beside works, too"));
        }
        sample
    });
    hub.stop();
    sample.wait = sample.wait.max(longest_wait(&hub.daemon_log()));
    sample
}

/// Repeats something until the commands are over; gives the longest wait.
fn again(over: &AtomicBool, once: impl Fn(usize) -> Duration) -> Duration {
    let mut longest = Duration::ZERO;
    for round in 0.. {
        longest = longest.max(once(round));
        if over.load(Ordering::SeqCst) {
            break;
        }
    }
    longest
}

fn check(hub: &Node, round: usize) -> Duration {
    for file in 0..CHANGES {
        hub.write(format!("pair/here-{file}"), format!("{round}"));
    }
    waited(hub.run_within(&["-cvvr", "/"], LIMIT))
}

fn send(cluster: &Cluster, round: usize) -> Duration {
    let (hub, sender) = (cluster.node(0), cluster.node(SENDER));
    for file in 0..CHANGES {
        sender.write(format!("pair/there-{file}"), format!("{round}"));
    }
    sender.run_within(&["-cr", "/"], LIMIT).success();
    sender.run_within(&["-u", "-P", hub.name()], LIMIT).success();
    Duration::ZERO
}

fn waited(output: Output) -> Duration {
    longest_wait(&output.success().stderr_text())
}

/// Marks every file for every peer.
fn owe(hub: &Node) {
    let all = hub.path("all");
    let root = all.to_str().expect("the names of the tree are text");
    hub.run_within(&["-mr", root], LIMIT).success();
}

fn peers(cluster: &Cluster) -> impl Iterator<Item = &Node> {
    cluster.nodes()[1..=PEERS].iter()
}

fn assert_nothing_owed(hub: &Node) {
    let left = hub.dirty().into_iter().find(|row| row.name.starts_with(b"%tree%/all"));
    assert!(left.is_none(), "still owed: {left:?}");
}

/// The longest wait that a command told with `-vv`.
fn longest_wait(log: &str) -> Duration {
    let told = log.lines().filter(|line| line.starts_with("Longest wait for "));
    let milliseconds = |line: &str| -> Option<f64> {
        line.split_once(" ms, ")?.0.rsplit(' ').next()?.parse().ok()
    };
    let longest = told.filter_map(milliseconds).reduce(f64::max);
    Duration::from_secs_f64(longest.expect("every command tells it") / 1e3)
}
