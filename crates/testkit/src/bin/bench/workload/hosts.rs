//! One host's check while its database server keeps the state of others, too.
use super::check;
use super::push::add;
use crate::ground::{Ground, measure};
use crate::series::{Comparison, Goal};
use csync3_testkit::server::{Postgres, Server};
use csync3_testkit::{Cluster, Group, many_small_files};

/// Hosts whose state is on the server, the checked one among them.
const HOSTS: usize = 64;

/// What the check may take over that of a host which has the server for itself.
const GOAL: Goal = Goal::AtMost(1.3);

/// `-cr /` with nothing changed: alone, and beside as many rows of each other host.
pub(crate) fn run(ground: &mut Ground) -> Vec<Comparison> {
    let server = Postgres::start();
    let files = ground.options.size(check::FILES, check::FILES / 10);
    let hosts = ground.options.size(HOSTS, HOSTS / 8);
    ground.place.prepare();
    let nodes = Cluster::builder().group(Group::new("g").include("$CLUSTER/shared"));
    let cluster = add(nodes, &ground.csync3, Some(&server.plain_url(""))).build();
    let tree = cluster.dir().join("shared");
    std::fs::create_dir(&tree).expect("the directory of the cluster is ours");
    many_small_files(&tree, files);
    let check = || measure(&cluster, cluster.node(0), &["-cr", "/"]);
    check();
    // Visibility and statistics are settled for the original as they will be for the copies.
    let own = "SELECT datname FROM pg_database WHERE datname LIKE 'csync3%'";
    let sql = |database: &str, sql: &str| server.sql(database, sql).expect("the statement is good");
    let own = sql("", own);
    sql(&own, "VACUUM ANALYZE");
    let alone: Vec<_> = (0..ground.options.repeat).map(|_| check()).collect();
    for host in 1..hosts {
        sql("", &format!("CREATE DATABASE host{host} TEMPLATE {own} STRATEGY FILE_COPY"));
    }
    let what = format!("m idle -cr / of {files} files");
    let labels = [format!("csync3, {hosts} hosts on PostgreSQL"), "csync3, one host".to_owned()];
    let mut compared = Comparison::new(&what, &labels[0], &labels[1], GOAL);
    alone.into_iter().for_each(|alone| compared.add(check(), alone));
    ground.place.retire(cluster);
    vec![compared]
}
