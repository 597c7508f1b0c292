//! Who pushes to whom. The first host of a cluster pushes, the second receives.
use csync3_testkit::{
    CertificateKind, Cluster, ClusterBuilder, Node, Program, Snapshot, assert_same,
};
use std::path::Path;
use std::time::{Duration, Instant};

/// The programs of the pushing and of the receiving host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pairing {
    Csync3ToCsync2,
    Csync2ToCsync3,
    AmongCsync3,
    /// Two csync3 that speak csync2's dialect.
    InClassic,
    /// The same under TLS, each host with a certificate of this kind and a subject of its own.
    UnderTls(&'static Pairing, CertificateKind),
}

/// One test per pairing for each rule.
macro_rules! in_every_pairing {
    ($($rule:ident),+ $(,)?) => {$(
        mod $rule {
            use crate::pairing::Pairing;

            #[test]
            fn from_csync3_to_csync2() {
                super::$rule(Pairing::Csync3ToCsync2);
            }

            #[test]
            fn from_csync2_to_csync3() {
                super::$rule(Pairing::Csync2ToCsync3);
            }

            #[test]
            fn among_csync3() {
                super::$rule(Pairing::AmongCsync3);
            }

            #[test]
            fn among_csync3_in_classic() {
                super::$rule(Pairing::InClassic);
            }
        }
    )+};
}

/// One test for each rule that only a csync3 client keeps, per server.
macro_rules! when_csync3_pushes {
    ($($rule:ident),+ $(,)?) => {$(
        mod $rule {
            use crate::pairing::Pairing;

            #[test]
            fn to_csync2() {
                super::$rule(Pairing::Csync3ToCsync2);
            }

            #[test]
            fn to_csync3() {
                super::$rule(Pairing::AmongCsync3);
            }
        }
    )+};
}

/// One test for each rule that only a csync3 server keeps, per client.
macro_rules! when_csync3_receives {
    ($($rule:ident),+ $(,)?) => {$(
        mod $rule {
            use crate::pairing::Pairing;

            #[test]
            fn from_csync2() {
                super::$rule(Pairing::Csync2ToCsync3);
            }

            #[test]
            fn from_csync3() {
                super::$rule(Pairing::AmongCsync3);
            }
        }
    )+};
}

/// The rules of other modules once more, under TLS.
macro_rules! under_tls {
    ($($module:ident::$rule:ident),+ $(,)?) => {$(
        mod $rule {
            use crate::pairing::Pairing;
            use csync3_testkit::CertificateKind::EcdsaP256;

            #[test]
            fn from_csync3_to_csync2() {
                crate::$module::$rule(Pairing::UnderTls(&Pairing::Csync3ToCsync2, EcdsaP256));
            }

            #[test]
            fn from_csync2_to_csync3() {
                crate::$module::$rule(Pairing::UnderTls(&Pairing::Csync2ToCsync3, EcdsaP256));
            }

            #[test]
            fn among_csync3() {
                crate::$module::$rule(Pairing::UnderTls(&Pairing::AmongCsync3, EcdsaP256));
            }
        }
    )+};
}

pub(crate) use {in_every_pairing, under_tls, when_csync3_pushes, when_csync3_receives};

/// The csync3 under test.
pub(crate) fn csync3() -> Program {
    Program::Csync3(env!("CARGO_BIN_EXE_csync3").into())
}

impl Pairing {
    /// The program that pushes.
    pub(crate) fn client(self) -> Program {
        match self {
            Self::Csync2ToCsync3 => Program::Csync2,
            Self::Csync3ToCsync2 | Self::AmongCsync3 => csync3(),
            Self::InClassic => Program::Csync3Classic(env!("CARGO_BIN_EXE_csync3").into()),
            Self::UnderTls(programs, _) => programs.client(),
        }
    }

    /// The program that receives.
    pub(crate) fn server(self) -> Program {
        match self {
            Self::Csync3ToCsync2 => Program::Csync2,
            Self::Csync2ToCsync3 | Self::AmongCsync3 => csync3(),
            Self::InClassic => self.client(),
            Self::UnderTls(programs, _) => programs.server(),
        }
    }

    /// Says whether the client is a csync3.
    pub(crate) fn csync3_pushes(self) -> bool {
        self.client().is_csync3()
    }

    /// Says whether the server is a csync3.
    pub(crate) fn csync3_receives(self) -> bool {
        self.server().is_csync3()
    }

    /// A cluster of both hosts, to be furnished further.
    pub(crate) fn builder(self) -> ClusterBuilder {
        let builder = Cluster::builder().node(&self.client()).node(&self.server());
        match self {
            Self::UnderTls(_, kind) => builder.tls(kind),
            _ => builder,
        }
    }

    /// Both hosts in one group that holds the whole tree, serving.
    pub(crate) fn pair(self) -> Cluster {
        serving(self.builder())
    }
}

/// Builds the cluster and starts its servers.
pub(crate) fn serving(builder: ClusterBuilder) -> Cluster {
    let cluster = builder.build();
    cluster.serve_all();
    cluster
}

/// Demands that two hosts have the same below their roots.
#[track_caller]
pub(crate) fn assert_same_below(left: &Node, right: &Node) {
    let below = |node: &Node| Snapshot::of(node.root()).below_root();
    assert_same(&below(left), &below(right));
}

/// The names that a host has dirty, decoded, for any peer.
#[track_caller]
pub(crate) fn dirty_names(node: &Node) -> Vec<String> {
    let mut names: Vec<String> = node.dirty().iter().map(|row| row.name_text()).collect();
    names.dedup();
    names
}

/// Demands that nobody is owed anything.
#[track_caller]
pub(crate) fn assert_clean(cluster: &Cluster) {
    for node in cluster.nodes().iter().filter(|node| !node.is_stand_in()) {
        assert_eq!(dirty_names(node), Vec::<String>::new(), "on {}", node.name());
    }
}

/// The name of `rel` below the tree.
pub(crate) fn name(rel: &str) -> String {
    format!("%tree%/{rel}")
}

/// Waits until a condition holds: what a server does after its last answer.
#[track_caller]
pub(crate) fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < deadline, "still waiting: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The text of a file; empty while there is none.
pub(crate) fn text(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}
