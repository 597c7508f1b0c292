//! Several nodes in one temporary directory.
use crate::address::Block;
use crate::certificate::{Certificate, CertificateKind};
use crate::config::{Group, Plan};
use crate::node::{DATABASES, Node};
use crate::program::Program;
use crate::snapshot::{Snapshot, assert_same};
use std::net::SocketAddr;
use std::path::Path;

/// Where the certificates of the hosts come from.
#[derive(Debug, Clone)]
enum Tls {
    /// A key and subject of its own for each host.
    Each(CertificateKind),
    /// One key and certificate for all.
    Shared(Certificate),
}

/// A host to be.
#[derive(Debug, Clone)]
pub(crate) struct Host {
    /// `None`: a stand-in.
    pub(crate) program: Option<Program>,
    /// The URL, up to the name of the database, of the server that keeps its state.
    pub(crate) server: Option<String>,
}

impl Host {
    /// Where [`DATABASES`] says, or in a file.
    fn of(program: Option<&Program>) -> Self {
        let server = match program {
            Some(program) if program.is_csync3() => std::env::var(DATABASES).ok(),
            _ => None,
        };
        Self { program: program.cloned(), server }
    }
}

/// What a cluster shall be, before it exists.
#[derive(Debug, Clone, Default)]
pub struct ClusterBuilder {
    hosts: Vec<Host>,
    slaves: Vec<usize>,
    statements: Vec<String>,
    plan: Plan,
    tls: Option<Tls>,
}

impl ClusterBuilder {
    /// No hosts yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a host that runs `program`.
    #[must_use]
    pub fn node(mut self, program: &Program) -> Self {
        self.hosts.push(Host::of(Some(program)));
        self
    }

    /// Adds a host whose state is on a database server; `server` is a URL without the name of the
    /// database, options may follow.
    #[must_use]
    pub fn node_on(mut self, program: &Program, server: &str) -> Self {
        let server = Some(server.to_owned());
        self.hosts.push(Host { program: Some(program.clone()), server });
        self
    }

    /// Adds `count` hosts that run `program`.
    #[must_use]
    pub fn nodes(mut self, count: usize, program: &Program) -> Self {
        self.hosts.extend(std::iter::repeat_n(Host::of(Some(program)), count));
        self
    }

    /// Adds a host of the configuration that no program runs on: its address refuses connections
    /// until the test binds something to [`Cluster::address`].
    #[must_use]
    pub fn stand_in(mut self) -> Self {
        self.hosts.push(Host::of(None));
        self
    }

    /// Adds a host that is a slave in the default group.
    #[must_use]
    pub fn slave(mut self, program: &Program) -> Self {
        self.slaves.push(self.hosts.len());
        self.node(program)
    }

    /// Adds statements to the default group; see [`Group::statement`].
    #[must_use]
    pub fn statement(mut self, text: &str) -> Self {
        self.statements.push(text.to_owned());
        self
    }

    /// Adds a group; with the first one the default group (all hosts, the whole tree) is gone.
    #[must_use]
    pub fn group(mut self, group: Group) -> Self {
        self.plan.groups.push(group);
        self
    }

    /// Adds statements outside all groups: `ignore uid;`
    #[must_use]
    pub fn global(mut self, text: &str) -> Self {
        self.plan.globals.push(text.to_owned());
        self
    }

    /// Lets all hosts talk TLS, each with a key and a subject of its own. A csync2 that pushes to
    /// a csync2 needs [`Self::tls_shared`].
    #[must_use]
    pub fn tls(mut self, kind: CertificateKind) -> Self {
        self.tls = Some(Tls::Each(kind));
        self
    }

    /// Lets all hosts talk TLS with this one key and certificate.
    #[must_use]
    pub fn tls_shared(mut self, certificate: Certificate) -> Self {
        self.tls = Some(Tls::Shared(certificate));
        self
    }

    /// Claims addresses and writes configurations, keys and empty trees.
    ///
    /// # Panics
    /// When the machine does not let it.
    #[must_use]
    pub fn build(mut self) -> Cluster {
        if self.plan.groups.is_empty() {
            let mut group = Group::new("g").slaves(&self.slaves);
            for statement in &self.statements {
                group = group.statement(statement);
            }
            self.plan.groups.push(group);
        } else {
            assert!(
                self.slaves.is_empty() && self.statements.is_empty(),
                "slaves and statements of the default group, which an explicit group replaces"
            );
        }
        self.plan.encrypted = self.tls.is_some();
        let block = Block::claim();
        let dir = tempfile::Builder::new()
            .prefix("csync3-cluster-")
            .tempdir()
            .expect("the temporary directory is writable");
        let hosts = std::mem::take(&mut self.hosts);
        let nodes = hosts
            .into_iter()
            .enumerate()
            .map(|(index, host)| Node::create(dir.path(), index, host, &block))
            .collect();
        let cluster = Cluster { nodes, block, dir };
        self.furnish(&cluster);
        cluster
    }

    fn furnish(&self, cluster: &Cluster) {
        let names: Vec<String> = cluster.nodes.iter().map(|node| node.name().to_owned()).collect();
        let tree = |node: &Node| node.root().display().to_string();
        let trees: Vec<String> = cluster.nodes.iter().map(tree).collect();
        let text = self.plan.render(&names, &trees);
        for node in &cluster.nodes {
            let own = text
                .replace("$NODE", &node.dir().display().to_string())
                .replace("$CLUSTER", &cluster.dir().display().to_string());
            node.write_system_file("csync2.cfg", &own);
            for group in &self.plan.groups {
                node.write_system_file(&group.key_file(), &format!("{}\n", group.key()));
            }
            match &self.tls {
                Some(Tls::Each(kind)) => {
                    node.use_certificate(&Certificate::make(*kind, node.name()))
                }
                Some(Tls::Shared(certificate)) => node.use_certificate(certificate),
                None => {}
            }
        }
    }
}

/// Nodes that know each other. Dropping it stops every daemon and removes everything.
#[derive(Debug)]
pub struct Cluster {
    // Dropped in this order: daemons end before their files, addresses are free at last.
    nodes: Vec<Node>,
    dir: tempfile::TempDir,
    block: Block,
}

impl Cluster {
    /// `count` nodes of one program, all in one group that includes the whole tree.
    #[must_use]
    pub fn of(count: usize, program: &Program) -> Self {
        ClusterBuilder::new().nodes(count, program).build()
    }

    /// A cluster of other shape.
    #[must_use]
    pub fn builder() -> ClusterBuilder {
        ClusterBuilder::new()
    }

    /// Node `index`, counted from 0 in the order of the builder; stand-ins count.
    #[must_use]
    pub fn node(&self, index: usize) -> &Node {
        &self.nodes[index]
    }

    /// Stops what runs on host `index` and lets it run `program` from now on, with the same
    /// configuration, database and tree: an upgrade, or a downgrade.
    pub fn replace_program(&mut self, index: usize, program: &Program) {
        self.nodes[index].stop();
        self.nodes[index].set_program(program.clone());
    }

    /// All hosts, stand-ins included.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Where host `index` listens, or would.
    #[must_use]
    pub fn address(&self, index: usize) -> SocketAddr {
        self.block.address(index)
    }

    /// The port that all hosts share.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.block.port()
    }

    /// The temporary directory that holds all nodes.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Starts the daemon of every node that has a program.
    ///
    /// # Panics
    /// When one does not come up.
    pub fn serve_all(&self) {
        for node in self.nodes.iter().filter(|node| !node.is_stand_in()) {
            node.serve();
        }
    }

    /// Demands that the trees of all nodes with a program are the same.
    ///
    /// # Panics
    /// With the differences, when two trees differ.
    #[track_caller]
    pub fn assert_same_trees(&self) {
        let mut nodes = self.nodes.iter().filter(|node| !node.is_stand_in());
        let Some(first) = nodes.next() else { return };
        let expected = Snapshot::of(first.root());
        for node in nodes {
            assert_same(&expected, &Snapshot::of(node.root()));
        }
    }
}
