//! What every workload works with, and how one command is measured.
use crate::options::Options;
use crate::place::Place;
use crate::series::Sample;
use crate::usage::{Usage, Watch};
use csync3_testkit::{Cluster, Node, Output, Program, Running, Snapshot, differences};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// No single command takes longer on any machine worth measuring.
pub(crate) const LIMIT: Duration = Duration::from_secs(3_600);

/// Options, place and programs.
#[derive(Debug)]
pub(crate) struct Ground {
    /// What the caller chose.
    pub(crate) options: Options,
    /// Where clusters are made.
    pub(crate) place: Place,
    /// The csync3 under test.
    pub(crate) csync3: Program,
}

/// Runs one command of `node` that has to succeed, with every daemon of the cluster watched.
pub(crate) fn measure(cluster: &Cluster, node: &Node, arguments: &[&str]) -> Sample {
    let daemons: Vec<u32> = cluster.nodes().iter().filter_map(Node::daemon_pid).collect();
    let before = Watch::note(&daemons);
    let running = node.start(arguments);
    let watch = Watch::start(running.pid(), before);
    let output = running.wait_within(LIMIT).success();
    sample(&output, watch.finish())
}

/// Runs commands at the same time that have to succeed; the time ends with the last of them.
pub(crate) fn measure_all(commands: &mut [Command]) -> Sample {
    let started: Vec<Running> = commands.iter_mut().map(Running::start).collect();
    let ended = started.into_iter().map(|running| running.wait_within(LIMIT).success());
    let mut all = Sample::default();
    for output in ended {
        all.wall = all.wall.max(output.elapsed);
        all.client.user += output.cpu.user;
        all.client.system += output.cpu.system;
    }
    all
}

/// What a finished command and its watch say.
pub(crate) fn sample(output: &Output, (client, servers): (Usage, Usage)) -> Sample {
    let Usage { peak_kib, .. } = client;
    // The kernel's account of the ended process is exact, the sampled one ends a glance earlier.
    let client = Usage { peak_kib, user: output.cpu.user, system: output.cpu.system };
    Sample { wall: output.elapsed, client, servers, ..Sample::default() }
}

/// Demands that the two trees hold the same.
pub(crate) fn assert_same_tree(left: &Path, right: &Path) {
    // The root itself exists before the first push, with a mode of its own.
    let (left, right) = (Snapshot::of(left).below_root(), Snapshot::of(right).below_root());
    let found = differences(&left, &right);
    assert!(found.is_empty(), "{} differences: {:?}", found.len(), &found[..found.len().min(5)]);
}
