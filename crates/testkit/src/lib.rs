//! csync3-testkit: clusters of real binaries, trees and misbehaving peers for tests and benchmarks.
//!
//! A development dependency only. It depends on no other csync3 crate, so that what it finds is
//! what an operator would find: it writes configurations, starts binaries, opens sockets and looks
//! at directories. Everything here panics with a readable account when the test cannot go on.
//!
//! * [`Cluster`], [`ClusterBuilder`], [`Group`]: several [`Node`]s in one temporary directory, each
//!   with its own loopback address, configuration, database and tree
//! * [`Certificate`], [`CertificateKind`]: what hosts show each other under TLS
//! * [`Program`]: which binary a node runs
//! * [`server`]: database servers · [`DATABASES`]: where all nodes of csync3 keep their databases
//! * [`Node`], [`Output`], [`Running`], [`DirtyRow`]: running it and reading what it says
//! * [`Mute`], [`Babbler`], [`Cutter`], [`Proxy`], [`Link`]: peers and networks that misbehave
//! * [`MixedTree`], [`many_small_files`], [`Random`]: the same trees and choices for everybody who
//!   asks
//! * [`Snapshot`], [`assert_same`], [`leftovers`]: what a tree is, and how two of them differ
//! * [`screen_after`]: a person at a terminal
//! * [`states`], [`assert_old_or_new`]: whether an interrupted update left everything whole
//!
//! ```no_run
//! use csync3_testkit::{Cluster, Program};
//! let cluster = Cluster::of(2, &Program::Csync2);
//! cluster.serve_all();
//! cluster.node(0).write("a", "content");
//! cluster.node(0).run(&["-x"]).success();
//! assert_eq!(cluster.node(1).read("a"), b"content");
//! ```
#![forbid(unsafe_code)]

mod address;
mod certificate;
mod cluster;
mod config;
mod daemon;
mod dirty;
mod files;
mod leftovers;
mod mixed;
mod names;
mod node;
mod peer;
mod process;
mod program;
mod proxy;
mod random;
pub mod server;
mod small;
mod snapshot;
mod states;
mod terminal;

pub use certificate::{Certificate, CertificateKind};
pub use cluster::{Cluster, ClusterBuilder};
pub use config::Group;
pub use dirty::DirtyRow;
pub use leftovers::leftovers;
pub use mixed::MixedTree;
pub use node::{DATABASES, Node};
pub use peer::{Babbler, Cutter, Mute};
pub use process::{Cpu, Output, Running};
pub use program::Program;
pub use proxy::{Link, Proxy};
pub use random::Random;
pub use small::many_small_files;
pub use snapshot::{Snapshot, Times, assert_same, differences};
pub use states::{Metadata, State, States, assert_old_or_new, states};
pub use terminal::screen_after;

#[cfg(test)]
mod tests;
