//! The in-sync test of csync3 and of csync2 on the same state: standard output, exit code and
//! database, with either of them at the other end.
use crate::listings::{both_do, run};
use crate::pairing::csync3;
use csync3_testkit::{Cluster, Group, Node, Program, many_small_files};
use std::ffi::OsString;
use std::fs;

/// One test per server for each rule.
macro_rules! with_either_server {
    ($($rule:ident),+ $(,)?) => {$(
        mod $rule {
            #[test]
            fn of_csync2() {
                super::$rule(&csync3_testkit::Program::Csync2);
            }

            #[test]
            fn of_csync3() {
                super::$rule(&crate::pairing::csync3());
            }
        }
    )+};
}

with_either_server!(
    what_is_in_sync_is_told_alike,
    every_form_of_operands_is_told_alike,
    errors_are_told_alike,
    marks_are_made_alike,
    contents_are_told_alike,
    groups_are_left_out_alike,
    links_under_prefixes_are_in_sync,
    thousands_of_rows_are_told_alike,
);

/// Two hosts with a tree and a group each for names under a prefix and for absolute ones. Both have
/// recorded what they have.
fn furnished(server: &Program, furnish: impl Fn(&Node, &Node)) -> Cluster {
    let cluster = Cluster::builder()
        .node(&Program::Csync2)
        .node(server)
        .group(Group::new("all").include("%tree%").statement("exclude %tree%/not; compare *.o;"))
        .group(Group::new("two").include("%tree%/two").include("$CLUSTER/shared"))
        .group(Group::new("abs").include("$NODE/abs"))
        .build();
    let (here, there) = (cluster.node(0), cluster.node(1));
    for node in [here, there] {
        for file in ["same", "dir/same", "not/this", "two/same", "odd %\t\"'|$:\\ü"] {
            node.write(file, file);
            node.set_mtime(file, 1_600_000_000);
        }
        node.mkfifo("fifo");
        node.set_mtime("fifo", 1_600_000_000);
    }
    let shared = cluster.dir().join("shared");
    fs::create_dir(&shared).expect("the cluster's own directory");
    fs::write(shared.join("f"), "f").expect("the cluster's own directory");
    furnish(here, there);
    record(&cluster);
    there.serve();
    cluster
}

fn record(cluster: &Cluster) {
    for node in cluster.nodes() {
        node.run(&["-cIr", "/"]).success();
    }
}

/// A file of another content, size and time on each side.
fn differ(here: &Node, there: &Node) {
    for (rel, ours, theirs) in [
        ("changed", "one\n2\nthree\n", "one\ntwo\nthree\n"),
        ("dir/changed", "short", "no line end, and longer"),
        ("two/changed", "", "not empty\n"),
    ] {
        here.write(rel, ours);
        there.write(rel, theirs);
        here.set_mtime(rel, 1_600_000_001);
        there.set_mtime(rel, 1_600_000_002);
    }
    here.write("mode", "mode");
    there.write("mode", "mode");
    here.chmod("mode", 0o600);
    here.write("here", "only here\n");
    here.write("not/here", "excluded\n");
    here.write("dir/here", "only here\n");
    there.write("there", "only there\n");
    there.write("dir/there", "only there\n");
    there.write("zz last", "the last row of all\n");
    for node in [here, there] {
        node.set_mtime("mode", 1_600_000_000);
    }
}

/// A call with the pair in front of a path below the tree.
fn of_pair(cluster: &Cluster, mode: &str, rel: &str) -> Vec<OsString> {
    let (here, there) = (cluster.node(0), cluster.node(1));
    let mut args = vec![mode.into(), here.name().into(), there.name().into()];
    args.push(here.path(rel).into());
    args
}

fn of_path(cluster: &Cluster, mode: &str, rel: &str) -> Vec<OsString> {
    vec![mode.into(), cluster.node(0).path(rel).into()]
}

const PATHS: [&str; 13] = [
    "same",
    "changed",
    "dir/changed",
    "mode",
    "here",
    "there",
    "zz last",
    "two/changed",
    "missing",
    "not/this",
    "dir",
    "odd %\t\"'|$:\\ü",
    "../elsewhere",
];

fn what_is_in_sync_is_told_alike(server: &Program) {
    let cluster = furnished(server, |_, _| {});
    let (here, there) = (cluster.node(0), cluster.node(1));
    both_do(here, &["-T"]);
    both_do(here, &["-T", here.name(), there.name()]);
    both_do(here, &["-TI"]);
    both_do(here, &["-TT"]);
    assert_eq!(run(here, &csync3(), &["-T"]).exits(2).stdout_text(), "");
    for rel in ["same", "missing", "dir", "not/this"] {
        both_do(here, &of_path(&cluster, "-T", rel));
        both_do(here, &of_pair(&cluster, "-T", rel));
    }
}

fn every_form_of_operands_is_told_alike(server: &Program) {
    let cluster = furnished(server, differ);
    let (here, there) = (cluster.node(0), cluster.node(1));
    both_do(here, &["-T"]);
    both_do(here, &["-T", here.name(), there.name()]);
    both_do(here, &["-TXU"]);
    both_do(here, &["-T", "-P", "nobody"]);
    for rel in PATHS {
        both_do(here, &of_path(&cluster, "-T", rel));
        both_do(here, &of_pair(&cluster, "-T", rel));
    }
    both_do(here, &["-T".into(), cluster.dir().join("shared/f").into_os_string()]);
    let lines = run(here, &csync3(), &["-T"]).exits(0).lines();
    for kind in ["X\t", "L\t", "R\t"] {
        assert!(lines.iter().any(|line| line.starts_with(kind)), "{lines:?}");
    }
}

fn errors_are_told_alike(server: &Program) {
    let cluster = furnished(server, differ);
    let (here, there) = (cluster.node(0), cluster.node(1));
    for mode in ["-T", "-TT"] {
        both_do(here, &[mode, there.name(), here.name()]);
        both_do(here, &[mode, here.name(), "nobody"]);
        both_do(
            here,
            &[mode.as_ref(), here.name().as_ref(), "nobody".as_ref(), here.root().as_os_str()],
        );
        both_do(here, &of_pair(&cluster, mode, "not/this"));
    }
    there.stop();
    for mode in ["-T", "-TI", "-TT"] {
        both_do(here, &[mode]);
        both_do(here, &of_path(&cluster, mode, "same"));
    }
}

fn marks_are_made_alike(server: &Program) {
    let cluster = Cluster::builder()
        .node(&Program::Csync2)
        .node(server)
        .stand_in()
        .group(Group::new("three").include("%tree%"))
        .build();
    let (here, there) = (cluster.node(0), cluster.node(1));
    differ(here, there);
    there.mkdir("not");
    record_served(&cluster);
    there.serve();
    let saved = fs::read(here.database()).expect("csync2 made it");
    for mode in ["-TI", "-TIU", "-TIX", "-TIXU", "-TIF", "-TTIX"] {
        both_do(here, &[mode, here.name(), there.name()]);
        fs::write(here.database(), &saved).expect("the node's own directory");
    }
    for (mode, rel) in [("-TI", "changed"), ("-TIU", "here"), ("-TIX", "there"), ("-TI", "zz last")]
    {
        both_do(here, &of_pair(&cluster, mode, rel));
    }
}

fn record_served(cluster: &Cluster) {
    for node in cluster.nodes().iter().filter(|node| !node.is_stand_in()) {
        node.run(&["-cIr", "/"]).success();
    }
}

fn contents_are_told_alike(server: &Program) {
    let cluster = furnished(server, |here, there| {
        differ(here, there);
        let numbers = |from: usize| (from..400).map(|n| format!("{n}\n")).collect::<String>();
        here.write("long", numbers(0).replace("7\n", "seven\n"));
        there.write("long", numbers(3));
        here.write("binary", b"a\0b");
        there.write("binary", b"a\0c");
        for node in [here, there] {
            node.write("compared.o", format!("of {}\n", node.name()));
        }
    });
    let (here, there) = (cluster.node(0), cluster.node(1));
    both_do(here, &["-TT"]);
    both_do(here, &["-TT", here.name(), there.name()]);
    for rel in PATHS.into_iter().chain(["long", "binary", "compared.o"]) {
        if rel == "dir" {
            // csync2 lets diff complain.
            continue;
        }
        both_do(here, &of_path(&cluster, "-TT", rel));
        both_do(here, &of_pair(&cluster, "-TT", rel));
    }
}

fn groups_are_left_out_alike(server: &Program) {
    let cluster = furnished(server, differ);
    let here = cluster.node(0);
    // csync2 restricts its peer to what it restricts itself to only for the last group (D19).
    for groups in ["all,two", "all,two,abs"] {
        both_do(here, &["-T", "-G", groups]);
    }
    let two = run(here, &csync3(), &["-T", "-G", "two"]).exits(0).lines();
    assert!(two.len() == 1 && two[0].ends_with("%tree%/two/changed"), "{two:?}");
}

fn links_under_prefixes_are_in_sync(server: &Program) {
    let cluster = furnished(server, |here, there| {
        for node in [here, there] {
            node.symlink("some where", "link");
            node.symlink("/b", "dir/link");
        }
    });
    let here = cluster.node(0);
    both_do(here, &["-T"]);
    run(here, &csync3(), &["-T"]).exits(2);
    run(here, &csync3(), &["-cIr", "/"]).success();
    run(here, &csync3(), &["-T"]).exits(2);
}

fn thousands_of_rows_are_told_alike(server: &Program) {
    let cluster = furnished(server, |here, there| {
        for node in [here, there] {
            many_small_files(node.root(), 20_000);
        }
        let text = run(here, &Program::Csync2, &["-or", "/"]).stdout_text();
        let names = text.lines().filter_map(|name| name.strip_prefix("%tree%/"));
        for (number, rel) in names.filter(|rel| here.path(rel).is_file()).enumerate() {
            match number % 40 {
                3 => here.remove(rel),
                7 => there.remove(rel),
                11 => there.chmod(rel, 0o601),
                _ => {}
            }
        }
    });
    let here = cluster.node(0);
    both_do(here, &["-T"]);
    let lines = run(here, &csync3(), &["-T"]).exits(0).lines();
    assert!(lines.len() > 1_000, "{}", lines.len());
}
