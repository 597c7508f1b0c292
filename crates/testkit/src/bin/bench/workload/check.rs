//! `-cr /` over many files: the first time, and when nothing changed.
//!
//! Both programs check one and the same tree, in turn, each with its own database. What the disk
//! caches is warm for both. Two `find -printf` at the same time, each over half of the tree, show
//! what reading the metadata alone costs on this machine.
use crate::ground::{Ground, LIMIT, measure, measure_all};
use crate::series::{Comparison, Goal};
use csync3_testkit::{Cluster, Group, Node, Program, many_small_files};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Files in the tree.
pub(crate) const FILES: usize = 170_000;

/// Measures first checks, idle checks and the limit.
pub(crate) fn run(ground: &mut Ground) -> Vec<Comparison> {
    let files = ground.options.size(FILES, FILES / 10);
    ground.place.prepare();
    let group = Group::new("g").include("$CLUSTER/shared");
    let nodes = Cluster::builder().node(&Program::Csync2).node(&ground.csync3);
    let cluster = nodes.group(group).build();
    let tree = cluster.dir().join("shared");
    std::fs::create_dir(&tree).expect("the directory of the cluster is ours");
    many_small_files(&tree, files);
    let what = |which: &str| format!("a {which} -cr / of {files} files");
    let mut first = Comparison::new(&what("first"), "csync2", "csync3", Goal::AtLeast(8.0));
    let mut idle = Comparison::new(&what("idle"), "csync2", "csync3", Goal::AtLeast(5.0));
    let mut limit = Comparison::new(&what("idle"), "csync3", "2 x find -printf", Goal::None);
    let [old, new] = [cluster.node(0), cluster.node(1)];
    let check = |node: &Node| measure(&cluster, node, &["-cr", "/"]);
    for _ in 0..ground.options.repeat {
        forget(old);
        forget(new);
        first.add(check(old), check(new));
        let [theirs, ours] = [check(old), check(new)];
        idle.add(theirs, ours);
        limit.add(ours, measure_all(&mut finds(&tree)));
        assert_all_recorded(&cluster, files);
    }
    ground.place.retire(cluster);
    vec![first, idle, limit]
}

/// Removes the database, so that the next check is a first one.
fn forget(node: &Node) {
    for entry in std::fs::read_dir(node.dir().join("db")).expect("the directory exists") {
        std::fs::remove_file(entry.expect("readable").path()).expect("the database is ours");
    }
}

/// Demands that both databases hold the whole tree, and the same.
fn assert_all_recorded(cluster: &Cluster, files: usize) {
    let names = |node: &Node| -> Vec<String> {
        let listed = node.run_within(&["-L"], LIMIT).success().lines();
        // The text before the tab is the state of the file, which csync3 may know in more detail.
        let name = |line: &String| line.split('\t').nth(1).unwrap_or_default().to_owned();
        let mut names: Vec<String> = listed.iter().map(name).collect();
        names.sort();
        names
    };
    let [old, new] = [names(cluster.node(0)), names(cluster.node(1))];
    let expected = files + files.div_ceil(100) + 1;
    assert_eq!(old.len(), expected, "csync2 did not record all of the tree");
    assert!(old == new, "the databases differ: {} and {} files", old.len(), new.len());
}

/// Two commands that together print what a check needs to know of every file.
fn finds(tree: &Path) -> [Command; 2] {
    let listed = std::fs::read_dir(tree).expect("the tree is there");
    let mut all: Vec<PathBuf> = listed.map(|entry| entry.expect("readable").path()).collect();
    all.sort();
    let (left, right) = all.split_at(all.len() / 2);
    [left, right].map(|half| {
        let mut command = Command::new("find");
        command.args(half).args(["-printf", "%p %y %m %U %G %s %T@ %C@ %i %l\n"]);
        command
    })
}
