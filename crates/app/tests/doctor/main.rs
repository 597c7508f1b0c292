//! `csync3 doctor`: each cause is produced between real processes, and named on both ends.
mod between;
mod clocks;
mod here;
mod strangers;

use csync3_testkit::{Cluster, ClusterBuilder, Node, Output, Program, Running};
use serde_json::Value;

/// The csync3 of this build.
fn csync3() -> Program {
    Program::Csync3(env!("CARGO_BIN_EXE_csync3").into())
}

/// The cluster with all daemons running.
fn serving(builder: ClusterBuilder) -> Cluster {
    let cluster = builder.build();
    cluster.serve_all();
    cluster
}

/// Two csync3 hosts that serve.
fn pair() -> Cluster {
    serving(Cluster::builder().nodes(2, &csync3()))
}

fn doctor(node: &Node, words: &[&str]) -> Output {
    let mut command = node.bare_command();
    command.arg("doctor").args(words).args(node.options());
    Running::start(&mut command).wait()
}

/// One line of `--json`.
#[derive(Debug)]
struct Finding {
    check: String,
    severity: String,
    peer: Option<String>,
    object: String,
    cause: String,
}

/// What a host finds, with the exit code that goes with it.
#[track_caller]
fn findings(node: &Node, words: &[&str]) -> Vec<Finding> {
    let output = doctor(node, &[words, &["--json"]].concat());
    let text = output.stdout_text();
    let found: Vec<Finding> = text
        .lines()
        .map(|line| {
            let line: Value = serde_json::from_str(line).expect("a line is an object");
            assert_eq!(line["kind"], "finding");
            let field = |name: &str| line[name].as_str().map(str::to_owned);
            let told = |name| field(name).expect("every finding has it");
            if line["severity"] != "note" {
                assert!(field("remedy").is_some_and(|it| !it.is_empty()), "no remedy: {line}");
            }
            Finding {
                check: told("check"),
                severity: told("severity"),
                peer: field("peer"),
                object: told("object"),
                cause: told("cause"),
            }
        })
        .collect();
    let expected = i32::from(found.iter().any(|finding| finding.severity == "problem"));
    assert_eq!(output.code(), Some(expected), "{output}");
    assert_eq!(output.stderr_text(), "", "nothing but findings");
    found
}

/// The problems that a host finds, asking its peers.
#[track_caller]
fn problems(node: &Node) -> Vec<Finding> {
    let mut found = findings(node, &["--peers"]);
    found.retain(|finding| finding.severity == "problem");
    found
}

/// Demands that the one problem of a host is this one.
#[track_caller]
fn assert_named(node: &Node, check: &str, parts: &[&str]) {
    let found = problems(node);
    let [problem] = &found[..] else { panic!("one problem on {}: {found:#?}", node.name()) };
    assert_eq!(problem.check, check, "{problem:?}");
    for part in parts {
        let said = format!("{} {}", problem.object, problem.cause);
        assert!(said.contains(part), "{part} in {problem:?}");
    }
}

/// Changes the configuration of one host.
#[track_caller]
fn reconfigure(node: &Node, change: impl FnOnce(&str) -> String) {
    let text = std::fs::read_to_string(node.system_dir().join("csync2.cfg")).expect("its text");
    let changed = change(&text);
    assert_ne!(changed, text, "nothing was changed");
    node.write_system_file("csync2.cfg", &changed);
}

const OTHER_KEY: &str = "this.key.is.of.another.group.and.long.enough\n";
