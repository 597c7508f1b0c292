//! Words, and output for machines, on hosts that really have something to say.
mod db;
mod described;
mod dialogue;
mod json;
mod resolve;
mod status;
mod wait;

use csync3_testkit::{Cluster, Node, Output, Program, Running};
use serde_json::Value;
use std::ffi::OsStr;
use std::process::Command;

/// The csync3 of this build.
fn csync3() -> Program {
    Program::Csync3(env!("CARGO_BIN_EXE_csync3").into())
}

/// Two hosts with csync3; the second serves.
fn pair() -> Cluster {
    let cluster = Cluster::of(2, &csync3());
    cluster.node(1).serve();
    cluster
}

/// A call of words as this node: the word comes first.
fn command<S: AsRef<OsStr>>(node: &Node, words: &[S]) -> Command {
    let mut command = node.bare_command();
    command.args(words).args(node.options());
    command
}

fn say<S: AsRef<OsStr>>(node: &Node, words: &[S]) -> Output {
    Running::start(&mut command(node, words)).wait()
}

/// The lines of an output as JSON, each as documented.
#[track_caller]
fn lines(output: &Output) -> Vec<Value> {
    let text = std::str::from_utf8(&output.stdout).expect("JSON is UTF-8");
    assert!(text.is_empty() || text.ends_with('\n'), "{text}");
    let lines = text.lines().map(|line| serde_json::from_str(line).expect("a line is an object"));
    let lines: Vec<Value> = lines.collect();
    lines.iter().for_each(described::check);
    lines
}

/// The lines of one kind.
fn of_kind<'a>(lines: &'a [Value], kind: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["kind"] == kind).collect()
}

/// `f` is `here's` on the first host and `there's version` on the second, and the push found it.
fn in_conflict() -> Cluster {
    let cluster = pair();
    let (here, there) = (cluster.node(0), cluster.node(1));
    here.write("f", "base\n");
    here.run(&["-x"]).success();
    here.edit("f", "here's\n");
    there.edit("f", "there's version\n");
    here.run(&["-x"]).exits(1);
    cluster
}
