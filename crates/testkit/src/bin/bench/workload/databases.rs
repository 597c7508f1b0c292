//! The state on a database server in the place of a file.
//!
//! The server runs on the same processors; what it takes is not in the processor time of either
//! side, but it is in the wall time.
use super::check;
use super::push::{Push, SOME, add, compare};
use crate::ground::{Ground, measure};
use crate::series::{Comparison, Goal};
use csync3_testkit::server::{Mysql, Postgres, Server};
use csync3_testkit::{Cluster, Group, Node, Program, many_small_files};

/// Files that csync2 checks, which asks its server for each.
const FEW: usize = 20_000;

/// What a check of many files may take there, over that in a file.
const GOAL: Goal = Goal::AtMost(3.0);

/// Checks and pushes on each server.
pub(crate) fn run(ground: &mut Ground) -> Vec<Comparison> {
    // One after the other: they share the processors.
    let mut all = {
        let server = Postgres::start();
        on(ground, "PostgreSQL", &server.plain_url(""))
    };
    let server = Mysql::start();
    all.extend(on(ground, "MariaDB", &server.plain_url("")));
    all
}

fn on(ground: &mut Ground, name: &str, url: &str) -> Vec<Comparison> {
    let files = ground.options.size(check::FILES, check::FILES / 10);
    let few = ground.options.size(FEW, FEW / 10);
    let (ours, theirs) = (ground.csync3.clone(), Program::Csync2);
    let there = format!("csync3, {name}");
    let [new, old] = [(&ours, Some(url)), (&theirs, Some(url))];
    let mut all = vec![
        idle_check(ground, files, [&there, "csync3, SQLite"], [new, (&ours, None)], GOAL),
        idle_check(ground, few, ["csync2, SQLite", &there], [(&theirs, None), new], Goal::None),
    ];
    if url.starts_with("pgsql:") {
        // The packaged csync2 finds no client library of the others.
        let labels = [&format!("csync2, {name}"), &*there];
        all.push(idle_check(ground, few, labels, [old, new], Goal::None));
    }
    all.extend(pushes(ground, name, url));
    all
}

/// `-cr /` with nothing changed, twice over the same tree.
fn idle_check(
    ground: &mut Ground,
    files: usize,
    labels: [&str; 2],
    hosts: [(&Program, Option<&str>); 2],
    goal: Goal,
) -> Comparison {
    ground.place.prepare();
    let mut nodes = Cluster::builder().group(Group::new("g").include("$CLUSTER/shared"));
    for (program, server) in hosts {
        nodes = add(nodes, program, server);
    }
    let cluster = nodes.build();
    let tree = cluster.dir().join("shared");
    std::fs::create_dir(&tree).expect("the directory of the cluster is ours");
    many_small_files(&tree, files);
    let check = |node: &Node| measure(&cluster, node, &["-cr", "/"]);
    let what = format!("j idle -cr / of {files} files");
    let mut idle = Comparison::new(&what, labels[0], labels[1], goal);
    for node in cluster.nodes() {
        check(node);
    }
    for _ in 0..ground.options.repeat {
        idle.add(check(cluster.node(0)), check(cluster.node(1)));
    }
    ground.place.retire(cluster);
    idle
}

/// One command to eight peers: the client, or everybody, on the server.
fn pushes(ground: &mut Ground, name: &str, url: &str) -> Vec<Comparison> {
    let files = ground.options.size(SOME, SOME / 10);
    let what = format!("j {files} files to 8 peers");
    let in_files = Push::of_csync3(ground, 8, files);
    let who = [(false, "client"), (true, "all")];
    let compared = who.map(|(everybody, who)| {
        let there = Push::of_csync3(ground, 8, files).on(url, everybody);
        let label = format!("csync3, {who} on {name}");
        let comparison = Comparison::new(&what, &label, "csync3, SQLite", Goal::AtMost(1.3));
        compare(ground, comparison, [&there, &in_files])
    });
    compared.into()
}
