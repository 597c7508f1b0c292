//! Hosts on which both programs do the same from the same state.
//!
//! Both run at the same place, one after the other: before a call the databases and trees of all
//! hosts are kept, csync3 makes the call, everything is put back, csync2 makes the same call, and
//! its state stays for the next one. So every state a call begins with was made by csync2.
use crate::call::Call;
use crate::differences::assert_documented;
use crate::outcome::{Both, Outcome};
use csync3_testkit::{Cluster, Group, Node, Program, Running};
use std::fs;
use std::path::Path;
use std::process::Command;

/// What a call may change below the directory of a host.
const KEPT: [&str; 3] = ["db", "tree", "abs"];

/// When everything was last written that [`Scene`]s have at the beginning.
pub(crate) const OLD: i64 = 1_600_000_000;

/// A few hosts; host 0 makes the calls.
#[derive(Debug)]
pub(crate) struct Scene {
    pub(crate) cluster: Cluster,
}

/// The csync3 under test.
pub(crate) fn csync3() -> Program {
    Program::Csync3(env!("CARGO_BIN_EXE_csync3").into())
}

impl Scene {
    /// One host with a furnished tree, and a peer that is down.
    ///
    /// Group `all` holds `%tree%` without `*.o` and `%tree%/not`; group `abs` holds a directory by
    /// its absolute name, and one more behind a pattern.
    pub(crate) fn alone() -> Self {
        let all = Group::new("all").include("%tree%").statement("exclude *.o %tree%/not;");
        let abs = Group::new("abs").include("$NODE/abs").include("$NODE/star/*/deep");
        let builder = Cluster::builder().node(&Program::Csync2).stand_in();
        let scene = Self { cluster: builder.group(all).group(abs).build() };
        let node = scene.host();
        for file in ["a", "b.o", "dir/c", "dir/sub/d", "dir!", "dir0", "not/e", "two words"] {
            node.write(file, file);
            node.set_mtime(file, OLD);
        }
        node.mkdir("empty");
        let outside = |rel: &str| node.dir().join(rel);
        for dir in ["abs/deep", "star/one/deep"] {
            fs::create_dir_all(outside(dir)).expect("the node's own directory");
        }
        fs::write(outside("abs/f"), "f").expect("the node's own directory");
        fs::write(outside("abs/deep/g"), "g").expect("the node's own directory");
        fs::write(outside("star/one/deep/f"), "f").expect("the node's own directory");
        scene
    }

    /// Two hosts with one group; the peer serves with csync2 whichever program calls it.
    pub(crate) fn pair() -> Self {
        Self::serving(Cluster::of(2, &Program::Csync2))
    }

    /// The same with statements in the group.
    pub(crate) fn pair_with(statement: &str) -> Self {
        let builder = Cluster::builder().nodes(2, &Program::Csync2).statement(statement);
        Self::serving(builder.build())
    }

    fn serving(cluster: Cluster) -> Self {
        cluster.node(1).serve();
        Self { cluster }
    }

    /// The host that makes the calls.
    pub(crate) fn host(&self) -> &Node {
        self.cluster.node(0)
    }

    /// The host that is called.
    pub(crate) fn peer(&self) -> &Node {
        self.cluster.node(1)
    }

    /// Lets csync2 do something, as a preparation.
    #[track_caller]
    pub(crate) fn prepare(&self, words: &[&str]) {
        let output = self.run(&Call::from(words), &Program::Csync2);
        assert!(matches!(output.code, Some(0 | 1)), "{words:?}: {output:?}");
    }

    /// Lets both programs make the same call from the same state; that of csync2 stays.
    pub(crate) fn both(&self, call: impl Into<Call>) -> Both {
        let call = call.into();
        self.keep();
        let ours = self.run(&call, &csync3());
        self.put_back();
        Both { csync2: self.run(&call, &Program::Csync2), csync3: ours }
    }

    /// Demands that both programs do the same.
    #[track_caller]
    pub(crate) fn alike(&self, call: impl Into<Call>) -> Outcome {
        let call = call.into();
        let both = self.both(call.clone());
        let told = both.differences();
        assert!(told.is_empty(), "{call:?}: csync2, then csync3\n{}", told.join("\n"));
        both.csync2
    }

    /// Demands that the programs differ, and that `docs/differences.md` says so under `why`.
    #[track_caller]
    pub(crate) fn differs(&self, why: &str, call: impl Into<Call>) -> Both {
        assert_documented(why);
        let call = call.into();
        let both = self.both(call.clone());
        assert!(!both.differences().is_empty(), "{call:?}: both do the same, despite {why}");
        both
    }

    /// Makes one call, and waits until the peer is done with it.
    pub(crate) fn run(&self, call: &Call, program: &Program) -> Outcome {
        let output = Running::start(&mut call.command(&self.cluster, program)).wait();
        for node in self.cluster.nodes() {
            // csync2 commits after its last answer, in a child that ends then.
            node.await_sessions();
        }
        Outcome::of(&output, &self.cluster)
    }

    /// Keeps databases and trees of all hosts.
    pub(crate) fn keep(&self) {
        for node in self.cluster.nodes() {
            let kept = node.dir().join("kept");
            remove(&kept);
            fs::create_dir(&kept).expect("the node's own directory");
            copy(node.dir(), &kept);
        }
    }

    /// Makes databases and trees again what they were.
    pub(crate) fn put_back(&self) {
        for node in self.cluster.nodes() {
            for part in KEPT {
                remove(&node.dir().join(part));
            }
            copy(&node.dir().join("kept"), node.dir());
        }
    }
}

/// Copies what is kept with owners, modes and times.
fn copy(from: &Path, to: &Path) {
    for part in KEPT.iter().map(|part| from.join(part)).filter(|part| part.exists()) {
        let status = Command::new("cp").arg("-a").arg(&part).arg(to).status();
        assert!(status.expect("cp can be started").success(), "cp -a {part:?} {to:?}");
    }
}

fn remove(directory: &Path) {
    if directory.exists() {
        fs::remove_dir_all(directory).expect("the node's own directory");
    }
}
