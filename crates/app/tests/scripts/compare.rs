//! `csync3-compare`: two hosts over a stand-in for ssh, which runs everything here.
use crate::{commands, csync3, executable, install, run};
use csync3_testkit::{Cluster, Group, Node, Output, Program};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;

/// Two hosts, and an `ssh` that leads to the commands and the directory of each. A relative
/// directory is the one of each host, as it would be below the home of a user.
fn hosts(programs: [&Program; 2], group: Group) -> Cluster {
    let [left, right] = programs;
    let cluster = Cluster::builder().node(left).node(right).group(group).build();
    for (node, program) in cluster.nodes().iter().zip(programs) {
        install(&cluster, node, program);
        let home = commands(&cluster, node).join("home");
        std::os::unix::fs::symlink(node.dir(), home).expect("a fresh directory");
    }
    let text = format!(
        "#!/bin/bash\nhost={}/commands-$1\nshift\n[ -d \"$host\" ] || exit 255\n\
         export PATH=$host:/usr/bin:/bin\ncd -P \"$host/home\" && exec \"$@\"\n",
        cluster.dir().display()
    );
    executable(&cluster.dir().join("bin/ssh"), &text);
    cluster
}

fn whole_tree() -> Group {
    Group::new("g").statement("exclude *.o;")
}

fn compare(cluster: &Cluster, words: &[&str]) -> Output {
    run("contrib/csync3-compare", &cluster.dir().join("bin"), words)
}

fn compare_trees(cluster: &Cluster) -> Output {
    compare(cluster, &[cluster.node(0).name(), cluster.node(1).name(), "tree"])
}

/// Fills one of two trees that have some things in common.
fn furnish(node: &Node, index: usize) {
    for same in ["same", "two words", "dir/deep/file", "quote ' and \" and $HOME `x`", "--help"] {
        node.write(same, "the same");
    }
    for different in ["different", "dir/differs too", "-rf"] {
        node.write(different, format!("content of {index}"));
    }
    node.write(OsStr::from_bytes(b"latin-\xfc"), format!("{index}"));
    node.symlink(["one", "two"][index], "link");
    node.symlink("same", "equal link");
    node.mkfifo("pipe");
    node.write("excluded.o", format!("{index}"));
    match index {
        0 => node.write("only/here", "x"),
        _ => node.write("only there", "x"),
    }
    match index {
        0 => node.write("type", "a file here"),
        _ => node.mkfifo("type"),
    }
}

/// What it says about them.
const DIFFERENCES: &[u8] = b"X X %tree%/-rf\n\
    X X %tree%/different\n\
    X X %tree%/dir/differs too\n\
    X X %tree%/latin-\xfc\n\
    X X %tree%/link\n\
    X - %tree%/only\n\
    - X %tree%/only there\n\
    X - %tree%/only/here\n\
    X X %tree%/type\n";

#[test]
fn what_one_host_lacks_and_what_differs_is_told_in_order() {
    let cluster = hosts([&csync3(), &csync3()], whole_tree());
    for index in [0, 1] {
        furnish(cluster.node(index), index);
    }
    let output = compare_trees(&cluster).success();
    assert_eq!(output.stdout.escape_ascii().to_string(), DIFFERENCES.escape_ascii().to_string());
    assert_eq!(output.stderr_text(), "");
}

#[test]
fn a_host_with_csync2_is_compared_alike() {
    for programs in [[&Program::Csync2, &csync3()], [&csync3(), &Program::Csync2]] {
        let cluster = hosts(programs, whole_tree());
        for index in [0, 1] {
            furnish(cluster.node(index), index);
        }
        let output = compare_trees(&cluster).success();
        assert_eq!(
            output.stdout.escape_ascii().to_string(),
            DIFFERENCES.escape_ascii().to_string()
        );
    }
}

#[test]
fn names_with_line_feeds_are_one_name() {
    let cluster = hosts([&csync3(), &csync3()], whole_tree());
    cluster.node(0).write("line\nbreak", "x");
    cluster.node(1).write("line", "not a part of another name");
    cluster.node(0).write("both\n", "0");
    cluster.node(1).write("both\n", "1");
    let output = compare_trees(&cluster).success();
    let expected = "X X %tree%/both\\n\n- X %tree%/line\nX - %tree%/line\\nbreak\n";
    assert_eq!(output.stdout_text(), expected);
}

#[test]
fn equal_trees_give_no_output() {
    let cluster = hosts([&csync3(), &Program::Csync2], whole_tree());
    for index in [0, 1] {
        cluster.node(index).write("dir/file", "the same");
        cluster.node(index).symlink("file", "dir/link");
    }
    assert_eq!(compare_trees(&cluster).success().stdout_text(), "");
    let empty = hosts([&csync3(), &csync3()], Group::new("g").include("%tree%/nothing"));
    assert_eq!(compare_trees(&empty).success().stdout_text(), "");
}

#[test]
fn absolute_names_are_read_where_they_say() {
    let group = Group::new("g").include("$CLUSTER/shared");
    let cluster = hosts([&csync3(), &csync3()], group);
    let shared = cluster.dir().join("shared");
    fs::create_dir(&shared).expect("a fresh directory");
    fs::write(shared.join("file"), "the same file for both").expect("a fresh directory");
    let (left, right) = (cluster.node(0).name(), cluster.node(1).name());
    let directory = shared.display().to_string();
    let output = compare(&cluster, &["-v", left, right, &directory]).success();
    assert!(output.stdout_text().contains("Found 0 differences."), "{output}");
    assert_eq!(output.stderr_text(), "");
}

#[test]
fn more_words_show_the_calls_the_values_and_what_the_letters_mean() {
    let cluster = hosts([&csync3(), &csync3()], whole_tree());
    cluster.node(0).write("here", "x");
    let (left, right) = (cluster.node(0).name(), cluster.node(1).name());
    let output = compare(&cluster, &["-v", left, right, "tree"]).success();
    let text = output.stdout_text();
    for line in [
        &*format!("L: ssh {left} csync3 -or tree -P {right}\n"),
        &format!("R: ssh {right} csync3 -or tree -P {left}\n"),
        "-DATA:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881 %tree%/here\n",
        "X - %tree%/here\n",
        "Found 1 differences.\n",
        &format!("X - ... Found this file on left host ({left}) only.\n"),
    ] {
        assert!(text.contains(line), "no {line} in {text}");
    }
}

#[test]
fn a_host_may_have_another_name_in_the_configuration() {
    let cluster = hosts([&csync3(), &csync3()], whole_tree());
    cluster.node(1).write("there", "x");
    let commands = commands(&cluster, cluster.node(0));
    std::os::unix::fs::symlink(commands, cluster.dir().join("commands-web1")).expect("fresh");
    let left = format!("web1@{}", cluster.node(0).name());
    let output = compare(&cluster, &[&left, cluster.node(1).name(), "tree"]).success();
    assert_eq!(output.stdout_text(), "- X %tree%/there\n");
}

#[test]
fn a_host_that_cannot_be_asked_is_no_host_without_files() {
    let cluster = hosts([&csync3(), &csync3()], whole_tree());
    cluster.node(0).write("here", "x");
    let left = cluster.node(0).name();
    let output = compare(&cluster, &[left, "nobody", "tree"]).exits(1);
    assert_eq!(output.stdout_text(), "");
    assert!(output.stderr_text().contains("cannot compare: "), "{output}");
    cluster.node(1).write_system_file("csync2.cfg", "broken");
    let output = compare_trees(&cluster).exits(1);
    assert_eq!(output.stdout_text(), "");
}
