//! The same calls on the same state: standard output, exit code and database as csync2 leaves them.
use crate::pairing::csync3;
use csync3_testkit::{Cluster, Group, Node, Output, Program, Running};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A node of a csync2 with one peer that is down, a tree, and a place outside the prefix.
fn furnished() -> Cluster {
    let cluster = Cluster::builder()
        .node(&Program::Csync2)
        .stand_in()
        .group(Group::new("all").include("%tree%").statement("exclude *.o %tree%/not;"))
        .group(Group::new("abs").include("$NODE/abs").include("$NODE/star/*/deep"))
        .build();
    let node = cluster.node(0);
    for file in ["a", "b.o", "dir/c", "dir/sub/d", "dir!", "dir0", "not/e", "two words", "%25"] {
        node.write(file, file);
        node.set_mtime(file, 1_600_000_000);
    }
    for (name, content) in [("tab\there", "t"), ("quote'\"", "q"), ("b\\s:$|", "b"), ("ü", "u")] {
        node.write(name, content);
    }
    node.mkfifo("fifo");
    node.mkdir("empty");
    let outside = |rel: &str| node.dir().join(rel);
    for dir in ["abs/deep/er", "star/one/deep", "star/two/other"] {
        fs::create_dir_all(outside(dir)).expect("the node's own directory");
    }
    fs::write(outside("abs/f"), "f").expect("the node's own directory");
    fs::write(outside("star/one/deep/f"), "f").expect("the node's own directory");
    std::os::unix::fs::symlink("some where%", outside("abs/link")).expect("the node's own");
    cluster
}

/// A call of one of the programs as this node.
fn command(node: &Node, program: &Program) -> Command {
    let model = node.bare_command();
    let mut command = Command::new(program.path());
    for (name, value) in model.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.current_dir(node.dir()).args(node.options());
    command
}

pub(crate) fn run<S: AsRef<OsStr>>(node: &Node, program: &Program, args: &[S]) -> Output {
    Running::start(command(node, program).args(args)).wait()
}

fn databases(node: &Node) -> PathBuf {
    node.dir().join("db")
}

fn copy_directory(from: &Path, to: &Path) {
    if to.exists() {
        fs::remove_dir_all(to).expect("the node's own directory");
    }
    fs::create_dir(to).expect("the node's own directory");
    for entry in fs::read_dir(from).expect("a directory").flatten() {
        fs::copy(entry.path(), to.join(entry.file_name())).expect("a small file");
    }
}

/// Exit code and standard output of a call, and everything the database says afterwards.
fn outcome(node: &Node, program: &Program, args: &[OsString]) -> Vec<String> {
    let output = run(node, program, args);
    let mut told = vec![format!("exit code {:?}", output.code()), output.stdout_text()];
    for listing in ["-L", "-M", "-H"] {
        told.push(run(node, &Program::Csync2, &[listing]).stdout_text());
    }
    told
}

/// Lets both programs do the same from the same state, and keeps what csync2 has left.
#[track_caller]
pub(crate) fn both_do<S: AsRef<OsStr>>(node: &Node, args: &[S]) {
    let args: Vec<OsString> = args.iter().map(|arg| arg.as_ref().to_owned()).collect();
    let saved = node.dir().join("saved");
    copy_directory(&databases(node), &saved);
    let ours = outcome(node, &csync3(), &args);
    copy_directory(&saved, &databases(node));
    let theirs = outcome(node, &Program::Csync2, &args);
    assert!(ours == theirs, "{args:?}\n--- csync2\n{theirs:#?}\n--- csync3\n{ours:#?}");
}

/// As [`both_do`], with the path of an object below the tree.
#[track_caller]
fn both_do_with(node: &Node, mode: &str, rel: &str) {
    both_do(node, &[mode.as_ref(), node.path(rel).as_os_str()]);
}

#[test]
fn an_empty_database_is_listed_alike() {
    let cluster = furnished();
    let node = cluster.node(0);
    for mode in ["-L", "-M", "-H"] {
        both_do(node, &[mode]);
    }
    both_do(node, &["-S", node.name(), cluster.node(1).name()]);
    both_do(node, &["-c"]);
    both_do(node, &["-h"]);
    both_do(node, &["-u"]);
    both_do(node, &["-R"]);
}

#[test]
fn checks_find_and_list_the_same() {
    let cluster = furnished();
    let (node, peer) = (cluster.node(0), cluster.node(1).name());
    both_do_with(node, "-c", "dir");
    both_do_with(node, "-cr", "dir/sub");
    both_do_with(node, "-c", "missing");
    both_do_with(node, "-c", "b.o");
    both_do_with(node, "-cr", "not");
    both_do(node, &["-cr", "/"]);
    for mode in ["-L", "-M", "-H"] {
        both_do(node, &[mode]);
    }
    for (mine, theirs) in [(node.name(), peer), (peer, node.name()), (node.name(), "nobody")] {
        both_do(node, &["-S", mine, theirs]);
    }
    node.edit("a", "changed");
    node.chmod("dir/c", 0o600);
    node.remove("dir/sub");
    node.remove("fifo");
    node.write("fifo", "a file now");
    both_do_with(node, "-c", "a");
    both_do_with(node, "-c", "dir/sub");
    both_do(node, &["-cr", "/"]);
    both_do(node, &["-M"]);
}

#[test]
fn the_first_look_at_a_tree_can_be_taken_as_it_is() {
    let cluster = furnished();
    let node = cluster.node(0);
    both_do_with(node, "-cIr", "dir");
    both_do(node, &["-cIr", "/"]);
    both_do(node, &["-M"]);
    node.remove("a");
    node.edit("dir/c", "changed");
    both_do(node, &["-cIr", "/"]);
    both_do(node, &["-cr", "/"]);
}

#[test]
fn hints_are_kept_and_used_alike() {
    let cluster = furnished();
    let node = cluster.node(0);
    both_do_with(node, "-hr", "dir");
    for rel in ["a", "two words", "missing", "tab\there", "a"] {
        both_do_with(node, "-h", rel);
    }
    both_do(node, &["-h".as_ref(), node.dir().join("elsewhere").as_os_str()]);
    both_do(node, &["-H"]);
    both_do(node, &["-c"]);
    both_do(node, &["-H"]);
    both_do(node, &["-M"]);
}

#[test]
fn marks_and_force_are_set_alike() {
    let cluster = furnished();
    let node = cluster.node(0);
    both_do_with(node, "-m", "a");
    both_do_with(node, "-m", "missing");
    both_do_with(node, "-mr", "dir");
    both_do(node, &["-cIr", "/"]);
    both_do_with(node, "-mr", "dir");
    both_do_with(node, "-f", "dir");
    both_do_with(node, "-fr", "dir");
    both_do_with(node, "-f", "missing");
    both_do(node, &["-m".as_ref(), node.dir().join("abs/link").as_os_str()]);
    both_do(node, &["-fr", "/"]);
    both_do(node, &["-M"]);
    node.edit("two words", "changed");
    both_do(node, &["-cFr", "/"]);
}

#[test]
fn matching_files_are_listed_in_the_same_order() {
    let cluster = furnished();
    let node = cluster.node(0);
    both_do(node, &["-or", "/"]);
    both_do(node, &["-o", "/"]);
    // The root of a prefix itself is left out: csync2 lists everything twice.
    for rel in ["dir", "dir/c", "missing", "not", "b.o"] {
        both_do_with(node, "-or", rel);
        both_do_with(node, "-o", rel);
    }
    both_do(node, &["-or".as_ref(), node.dir().as_os_str()]);
    for more in [["-P", cluster.node(1).name()], ["-P", "nobody"], ["-G", "abs"], ["-G", "x"]] {
        both_do(node, &["-or", "/", more[0], more[1]]);
    }
}

#[test]
fn groups_are_left_out_alike() {
    let cluster = furnished();
    let node = cluster.node(0);
    both_do(node, &["-cr", "/", "-G", "abs"]);
    both_do(node, &["-cr", "/"]);
    for mode in ["-L", "-M"] {
        both_do(node, &[mode, "-G", "all"]);
        both_do(node, &[mode, "-G", "abs"]);
        both_do(node, &[mode, "-G", "abs,all"]);
        both_do(node, &[mode, "-G", "neither"]);
    }
}

#[test]
fn rows_that_the_configuration_no_longer_covers_go() {
    let cluster = furnished();
    let node = cluster.node(0);
    both_do(node, &["-cr", "/"]);
    let file = node.system_dir().join("csync2.cfg");
    let text = fs::read_to_string(file).expect("the cluster wrote it");
    let (rest, _) = text.split_once("group abs").expect("the last group");
    node.write_system_file("csync2.cfg", &rest.replace("%tree%/not", "%tree%/dir"));
    both_do(node, &["-L"]);
    both_do(node, &["-M"]);
    both_do(node, &["-R"]);
    both_do(node, &["-L"]);
    both_do(node, &["-R", "-G", "all"]);
}

/// The names that `-W` wrote, in their order.
fn directories(node: &Node, program: &Program, args: &[&str]) -> Vec<String> {
    let file = node.dir().join("directories");
    let plain = command(node, program);
    let mut shell = Command::new("sh");
    for (name, value) in plain.get_envs() {
        if let Some(value) = value {
            shell.env(name, value);
        }
    }
    shell.args(["-c", "file=$1; shift; exec \"$@\" 5>\"$file\"", "sh"]);
    shell.arg(&file).arg(plain.get_program()).args(plain.get_args()).args(["-W", "5"]);
    Running::start(shell.args(args)).wait().success();
    let text = fs::read_to_string(&file).expect("the shell made it");
    text.split_terminator('\0').map(str::to_owned).collect()
}

#[test]
fn directories_with_matching_files_are_written_alike() {
    let cluster = furnished();
    let node = cluster.node(0);
    for args in [&["-cr", "/"][..], &["-cIr", "/"], &["-cr", "/", "-G", "abs"]] {
        let (mut ours, mut theirs) =
            (directories(node, &csync3(), args), directories(node, &Program::Csync2, args));
        for (place, name) in ours.iter().enumerate() {
            let below = ours.iter().skip(place + 1).find(|later| {
                later.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('/'))
            });
            assert_eq!(below, None, "{name} comes before what is below it");
        }
        ours.sort();
        theirs.sort();
        theirs.dedup();
        assert_eq!(ours, theirs, "{args:?}");
        assert!(!ours.is_empty());
    }
}
