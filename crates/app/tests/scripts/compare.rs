//! `csync3-compare`: two hosts over a stand-in for ssh, which runs everything here.
use crate::{commands, csync3, executable, install, run};
use csync3_testkit::{Cluster, Output, Program};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// The directory as both hosts call it; the stand-in for ssh puts the tree of each in its place.
const SHARED: &str = "/shared";

/// Two hosts, and an `ssh` that leads to the commands and the tree of each.
fn hosts(left: &Program, right: &Program) -> Cluster {
    let cluster = Cluster::builder().node(left).node(right).build();
    let mut cases = String::new();
    for (node, program) in cluster.nodes().iter().zip([left, right]) {
        install(&cluster, node, program);
        let (name, root) = (node.name(), node.root().display());
        let path = commands(&cluster, node);
        cases += &format!("{name}) root={root} path={} ;;\n", path.display());
    }
    let text = format!(
        "#!/bin/bash\ncase $1 in\n{cases}*) exit 255 ;;\nesac\nshift\nexport PATH=$path:/usr/bin:/bin\n\
         sed \"s,^directory={SHARED},directory=$root,\" | \"$@\"\n"
    );
    executable(&cluster.dir().join("bin/ssh"), &text);
    furnish(&cluster);
    cluster
}

fn furnish(cluster: &Cluster) {
    for (index, node) in cluster.nodes().iter().enumerate() {
        node.write("same", "same");
        node.write("different", format!("content of {index}"));
        node.write("two words", "same");
        node.write("quote ' and \" and $HOME `x`", "same");
        node.write(OsStr::from_bytes(b"latin-\xfc"), format!("{index}"));
        node.write("-rf", format!("{index}"));
        node.symlink(["one", "two"][index], "link");
        node.symlink("same", "equal link");
    }
    let (left, right) = (cluster.node(0), cluster.node(1));
    left.write("only/here", "x");
    right.write("only there", "x");
    left.write("type", "a file here");
    right.mkfifo("type");
}

fn compare(cluster: &Cluster, words: &[&str]) -> Output {
    run("contrib/csync3-compare", &cluster.dir().join("bin"), words)
}

fn names(cluster: &Cluster) -> [String; 2] {
    [0, 1].map(|index| cluster.node(index).name().to_owned())
}

#[test]
fn differences_are_told_as_csync2_compare_tells_them_whatever_runs_on_the_hosts() {
    let pairs = [
        [csync3(), csync3()],
        [csync3(), Program::Csync2],
        [Program::Csync2, csync3()],
        [Program::Csync2, Program::Csync2],
    ];
    for [left, right] in pairs {
        let cluster = hosts(&left, &right);
        let [one, two] = names(&cluster);
        let output = compare(&cluster, &[&one, &two, SHARED]).success();
        let expected: &[u8] = b"X X %tree%/-rf\n\
            X X %tree%/different\n\
            X X %tree%/latin-\xfc\n\
            X X %tree%/link\n\
            X - %tree%/only\n\
            - X %tree%/only there\n\
            X - %tree%/only/here\n\
            X X %tree%/type\n";
        assert_eq!(output.stdout, expected, "{left:?}, {right:?}: {output}");
    }
}

#[test]
fn a_line_feed_in_a_name_is_shown_and_harms_nothing_among_csync3_hosts() {
    let cluster = hosts(&csync3(), &csync3());
    for (index, node) in cluster.nodes().iter().enumerate() {
        node.write("line\nfeed", format!("{index}"));
        node.write("equal\nfeed", "same");
    }
    let [one, two] = names(&cluster);
    let output = compare(&cluster, &[&one, &two, SHARED]).success();
    assert!(output.stdout_text().contains("X X %tree%/line\\nfeed\n"), "{output}");
    assert!(!output.stdout_text().contains("equal"), "{output}");
}

#[test]
fn more_is_told_on_request_and_a_host_that_does_not_answer_is_an_error() {
    let cluster = hosts(&csync3(), &csync3());
    let [one, two] = names(&cluster);
    let output = compare(&cluster, &["-v", &one, &two, &format!("{SHARED}/")]).success();
    assert!(output.stdout_text().contains("Found 8 differences.\n"), "{output}");
    let output = compare(&cluster, &[&one, "nobody", SHARED]).exits(1);
    assert!(
        output.stderr_text().contains("one of the hosts did not answer completely"),
        "{output}"
    );
    assert!(output.stdout.is_empty(), "{output}");
}
