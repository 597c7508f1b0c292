//! Pushes of many small files: `-u` alone is timed, the check before it is not.
use crate::ground::{Ground, LIMIT, assert_same_tree, measure, measure_all};
use crate::series::{Comparison, Goal, Sample};
use csync3_testkit::{
    Certificate, CertificateKind, Cluster, ClusterBuilder, Program, many_small_files,
};
use std::process::Command;

/// Files of a push to one peer.
const MANY: usize = 20_000;
/// Files of a push that csync2 takes part in everywhere, and of one to eight peers.
pub(crate) const SOME: usize = 5_000;

/// A push of a new tree of `files` to `peers` peers.
#[derive(Debug)]
pub(crate) struct Push {
    /// Runs `-u`.
    client: Program,
    /// Runs on every peer.
    server: Program,
    /// Number of peers.
    peers: usize,
    /// Number of files.
    files: usize,
    /// Under TLS: one certificate for all hosts, for csync2 cannot do with more.
    tls: bool,
    /// Where the client and the servers keep their state; `None`: in files.
    databases: [Option<String>; 2],
}

impl Push {
    /// csync2 at both ends.
    fn of_csync2(peers: usize, files: usize) -> Self {
        Self::of(&Program::Csync2, peers, files)
    }

    /// The csync3 under test at both ends.
    pub(crate) fn of_csync3(ground: &Ground, peers: usize, files: usize) -> Self {
        Self::of(&ground.csync3, peers, files)
    }

    fn of(program: &Program, peers: usize, files: usize) -> Self {
        let (client, server) = (program.clone(), program.clone());
        Self { client, server, peers, files, tls: false, databases: [None, None] }
    }

    /// The same with the state of the client, or of all hosts, on a database server.
    pub(crate) fn on(self, database: &str, everybody: bool) -> Self {
        let database = Some(database.to_owned());
        Self { databases: [database.clone(), database.filter(|_| everybody)], ..self }
    }

    /// The same with the state of the peers on a database server.
    pub(crate) fn with_peers_on(self, database: &str) -> Self {
        Self { databases: [None, Some(database.to_owned())], ..self }
    }

    /// The same under TLS.
    fn under_tls(self) -> Self {
        Self { tls: true, ..self }
    }

    /// Sets the cluster up, checks, pushes, and demands the same trees and no dirty rows.
    ///
    /// Gives the measurements of the check and of the push.
    pub(crate) fn measure(&self, ground: &mut Ground) -> [Sample; 2] {
        ground.place.prepare();
        let [ours, theirs] = self.databases.each_ref().map(Option::as_deref);
        let mut nodes = add(Cluster::builder(), &self.client, ours);
        for _ in 0..self.peers {
            nodes = add(nodes, &self.server, theirs);
        }
        if self.tls {
            nodes = nodes.tls_shared(Certificate::make(CertificateKind::EcdsaP256, "bench"));
        }
        let cluster = nodes.build();
        let sender = cluster.node(0);
        many_small_files(sender.root(), self.files);
        for peer in &cluster.nodes()[1..] {
            // Making a database is no part of a push.
            peer.run(&["-M"]).exits(2);
            peer.serve();
        }
        let check = measure(&cluster, sender, &["-cr", "/"]);
        let push = measure(&cluster, sender, &["-u"]);
        sender.run_within(&["-M"], LIMIT).exits(2);
        for peer in &cluster.nodes()[1..] {
            assert_same_tree(sender.root(), peer.root());
        }
        ground.place.retire(cluster);
        [check, push]
    }
}

/// Adds a host, with its state on a database server or in a file.
pub(crate) fn add(
    nodes: ClusterBuilder,
    program: &Program,
    database: Option<&str>,
) -> ClusterBuilder {
    match database {
        Some(database) => nodes.node_on(program, database),
        None => nodes.node(program),
    }
}

/// The same push by two pairs of programs, again and again in turn.
pub(crate) fn compare(
    ground: &mut Ground,
    mut comparison: Comparison,
    pair: [&Push; 2],
) -> Comparison {
    for _ in 0..ground.options.repeat {
        let [first, second] = pair.map(|push| push.measure(ground)[1]);
        comparison.add(first, second);
    }
    comparison
}

/// To one csync2 peer, by either client.
pub(crate) fn to_csync2(ground: &mut Ground) -> Vec<Comparison> {
    let files = ground.options.size(MANY, MANY / 20);
    let old = Push::of_csync2(1, files);
    let new = Push { client: ground.csync3.clone(), ..Push::of_csync2(1, files) };
    let what = format!("b {files} files to a csync2 peer");
    let labels = ["csync2 -> csync2", "csync3 -> csync2"];
    let comparison = Comparison::new(&what, labels[0], labels[1], Goal::AtLeast(2.0));
    vec![compare(ground, comparison, [&old, &new])]
}

/// csync3 at both ends against csync2 at both ends, and against a local rsync.
pub(crate) fn both_ends(ground: &mut Ground) -> Vec<Comparison> {
    let files = ground.options.size(MANY, MANY / 20);
    let old = Push::of_csync2(1, files);
    let new = Push::of_csync3(ground, 1, files);
    let what = format!("c {files} files to one peer");
    let labels = ["csync2 -> csync2", "csync3 -> csync3", "rsync -a, local"];
    let mut comparison = Comparison::new(&what, labels[0], labels[1], Goal::AtLeast(5.0));
    let mut limit = Comparison::new(&what, labels[1], labels[2], Goal::None);
    for _ in 0..ground.options.repeat {
        let [theirs, ours] = [&old, &new].map(|push| push.measure(ground)[1]);
        comparison.add(theirs, ours);
        limit.add(ours, local_copy(ground, files));
    }
    vec![comparison, limit]
}

/// `rsync -a` of the same tree into an empty directory on the same file system.
fn local_copy(ground: &mut Ground, files: usize) -> Sample {
    ground.place.prepare();
    let cluster = Cluster::of(2, &Program::Csync2);
    let [from, to] = [0, 1].map(|index| cluster.node(index).root().to_owned());
    many_small_files(&from, files);
    let mut command = Command::new("rsync");
    command.arg("-a").arg(from.join("")).arg(&to);
    let sample = measure_all(&mut [command]);
    assert_same_tree(&from, &to);
    ground.place.retire(cluster);
    sample
}

/// To eight peers by one command.
pub(crate) fn eight_peers(ground: &mut Ground) -> Vec<Comparison> {
    let files = ground.options.size(SOME, SOME / 10);
    let old = Push::of_csync2(8, files);
    let new = Push::of_csync3(ground, 8, files);
    let what = format!("d {files} files to 8 peers");
    let labels = ["csync2 -> csync2", "csync3 -> csync3"];
    let comparison = Comparison::new(&what, labels[0], labels[1], Goal::AtLeast(15.0));
    vec![compare(ground, comparison, [&old, &new])]
}

/// From a csync2 client, to either server.
pub(crate) fn from_csync2(ground: &mut Ground) -> Vec<Comparison> {
    let files = ground.options.size(SOME, SOME / 10);
    let old = Push::of_csync2(1, files);
    let new = Push { server: ground.csync3.clone(), ..Push::of_csync2(1, files) };
    let what = format!("f {files} files from a csync2 client");
    let labels = ["csync2 -> csync2", "csync2 -> csync3"];
    let comparison = Comparison::new(&what, labels[0], labels[1], Goal::AtLeast(1.0));
    vec![compare(ground, comparison, [&old, &new])]
}

/// Under TLS against plain, and against csync2 under TLS.
pub(crate) fn under_tls(ground: &mut Ground) -> Vec<Comparison> {
    let files = ground.options.size(SOME, SOME / 10);
    let what = format!("i {files} files to one peer under TLS");
    let new = || Push::of_csync3(ground, 1, files);
    let (plain, ours) = (new(), new().under_tls());
    let theirs = Push::of_csync2(1, files).under_tls();
    let mixed = Push { client: ground.csync3.clone(), ..Push::of_csync2(1, files).under_tls() };
    let [tls, old, both] =
        ["csync3 -> csync3, TLS", "csync2 -> csync2, TLS", "csync3 -> csync2, TLS"];
    let to_plain = Comparison::new(&what, tls, "csync3 -> csync3, plain", Goal::None);
    let to_csync2 = Comparison::new(&what, old, tls, Goal::None);
    let half = Comparison::new(&what, old, both, Goal::None);
    vec![
        compare(ground, to_plain, [&ours, &plain]),
        compare(ground, to_csync2, [&theirs, &ours]),
        compare(ground, half, [&theirs, &mixed]),
    ]
}
