//! Where csync3's in-sync test is right and csync2's is not, or shows what csync2 cannot.
use crate::listings::run;
use crate::pairing::{Pairing, name, when_csync3_pushes};
use csync3_testkit::{Cluster, Node, Program};
use std::fs;

when_csync3_pushes!(
    rows_are_merged_in_one_order,
    the_last_row_of_the_peer_counts,
    names_may_be_as_long_as_a_path,
    objects_that_are_no_files_are_told_by_their_kind,
    links_are_never_followed,
    a_changed_target_is_a_difference,
    large_files_are_compared_and_not_shown,
);

/// Both hosts have recorded what they have, and the second serves.
fn recorded(pairing: Pairing, furnish: impl Fn(&Node, &Node)) -> Cluster {
    let cluster = pairing.builder().build();
    let (here, there) = (cluster.node(0), cluster.node(1));
    for node in [here, there] {
        node.write("same", "same");
        node.set_mtime("same", 1_600_000_000);
    }
    furnish(here, there);
    for node in [here, there] {
        node.run(&["-cIr", "/"]).success();
    }
    there.serve();
    cluster
}

fn line(cluster: &Cluster, kind: &str, rel: &str) -> String {
    format!("{kind}\t{}\t{}\t{}", cluster.node(0).name(), cluster.node(1).name(), name(rel))
}

/// What `-TT` prints of one path, on standard output and on standard error.
fn contents(cluster: &Cluster, rel: &str) -> (String, String) {
    let here = cluster.node(0);
    let output = here.run(&["-TT".as_ref(), here.path(rel).as_os_str()]).exits(2);
    let plain = |text: String| {
        text.replace(cluster.node(0).name(), "here").replace(cluster.node(1).name(), "there")
    };
    (plain(output.stdout_text()), plain(output.stderr_text()))
}

/// Names whose encoded order is not the order of their bytes (D13).
fn rows_are_merged_in_one_order(pairing: Pairing) {
    let cluster = recorded(pairing, |here, there| {
        for node in [here, there] {
            for rel in ["a b", "a!b", "a b/c", "a\tb", "a$b", "a%b", "a:b", "ab"] {
                let rel = rel.replace("a b/c", "d d/c");
                node.write(&rel, &rel);
                node.set_mtime(&rel, 1_600_000_000);
            }
        }
        here.write("a\"b", "only here");
        there.write("a|b", "only there");
    });
    let output = cluster.node(0).run(&["-T"]).exits(0);
    let expected = [line(&cluster, "L", "a\"b"), line(&cluster, "R", "a|b")];
    assert_eq!(output.lines(), expected);
}

/// csync2 forgets it if this host's rows end before (D13).
fn the_last_row_of_the_peer_counts(pairing: Pairing) {
    let cluster = recorded(pairing, |_, there| {
        there.write("zz 1", "1");
        there.write("zz 2", "2");
        there.write("zz 3", "3");
    });
    let expected = ["zz 1", "zz 2", "zz 3"].map(|rel| line(&cluster, "R", rel));
    assert_eq!(cluster.node(0).run(&["-T"]).exits(0).lines(), expected);
}

/// csync2's client gives up at rows above 2,047 bytes (D13).
fn names_may_be_as_long_as_a_path(pairing: Pairing) {
    let long = |last: &str| format!("{}{last}", "a long component %\u{fc}/".repeat(170));
    let cluster = recorded(pairing, |here, there| {
        for node in [here, there] {
            deep(node, &long("same"), "same");
        }
        deep(here, &long("here"), "only here");
        deep(here, &long("both"), "one\n");
        deep(there, &long("both"), "two, and longer\n");
    });
    let output = cluster.node(0).run(&["-T"]).exits(0);
    let expected = [line(&cluster, "X", &long("both")), line(&cluster, "L", &long("here"))];
    assert_eq!(output.lines(), expected);
    let diffs = cluster.node(0).run(&["-TT"]).exits(0).stdout_text();
    assert!(diffs.contains("\n-two, and longer\n+one\n"), "{diffs}");
    let csync2 = run(cluster.node(0), &Program::Csync2, &["-T"]);
    assert_eq!(csync2.code(), Some(1), "csync2 can do it, too: {csync2}");
}

/// Writes a file whose path is longer than what the system takes at once.
fn deep(node: &Node, rel: &str, content: &str) {
    let (directory, last) = rel.rsplit_once('/').expect("a deep path");
    node.mkdir(directory);
    let path = node.path(directory).join(last);
    fs::write(&path, content).expect("the node's own directory");
    node.set_mtime(rel, 1_600_000_000);
}

fn objects_that_are_no_files_are_told_by_their_kind(pairing: Pairing) {
    let cluster = recorded(pairing, |here, there| {
        here.write("file or directory", "file");
        there.mkdir("file or directory");
        for node in [here, there] {
            node.mkfifo("pipe");
            node.mkdir("directory");
        }
        there.chmod("directory", 0o700);
        there.chmod("pipe", 0o600);
        here.mkdir("only here");
        there.mkfifo("only there");
        there.write("link or empty", "");
        here.symlink("same", "link or empty");
    });
    let file = |rel: &str, theirs: &str, ours: &str| {
        format!("File there:%tree%/{rel} {theirs} while file here:%tree%/{rel} {ours}\n")
    };
    for (rel, expected) in [
        ("file or directory", file("file or directory", "is a directory", "is a regular file")),
        ("only here", file("only here", "does not exist", "is a directory")),
        ("only there", file("only there", "is a fifo", "does not exist")),
        ("link or empty", file("link or empty", "is a regular empty file", "is a symbolic link")),
    ] {
        assert_eq!(contents(&cluster, rel), (expected, String::new()));
    }
    for (rel, kind) in [("pipe", "fifo"), ("directory", "directory")] {
        let note = format!("%tree%/{rel}: a {kind} here and on there has no content to compare\n");
        assert_eq!(contents(&cluster, rel), (String::new(), note));
    }
    let all = cluster.node(0).run(&["-TT"]).exits(0).stdout_text();
    assert_eq!(all.lines().count(), 4, "{all}");
}

fn links_are_never_followed(pairing: Pairing) {
    let cluster = recorded(pairing, |here, there| {
        for node in [here, there] {
            fs::write(node.dir().join("secret"), "secret").expect("the node's own directory");
            node.mkdir("real");
            node.write("real/f", "f");
        }
        here.symlink("../secret", "to file");
        there.write("to file", "a file\n");
        there.symlink("../secret", "other way");
        here.write("other way", "a file\n");
        there.symlink("nowhere", "dangling");
        there.symlink("real", "to directory");
        here.write("to directory/f", "f");
    });
    for rel in ["to file", "other way", "dangling", "to directory", "to directory/f"] {
        let (shown, _) = contents(&cluster, rel);
        assert!(!shown.contains("secret") && !shown.is_empty(), "{rel}: {shown}");
    }
}

/// csync2 does not know the target of a link under a prefix (D1); csync3 hosts do.
fn a_changed_target_is_a_difference(pairing: Pairing) {
    let cluster = recorded(pairing, |here, there| {
        here.symlink("/a/b", "link");
        there.symlink("/a/bc", "link");
    });
    let here = cluster.node(0);
    if pairing.csync3_receives() {
        assert_eq!(here.run(&["-T"]).exits(0).lines(), [line(&cluster, "X", "link")]);
        let expected = "Symbolic links there:%tree%/link and here:%tree%/link differ\n";
        assert_eq!(contents(&cluster, "link").0, expected);
    } else {
        here.run(&["-T"]).exits(2);
        let output = here.run(&["-TT".as_ref(), here.path("link").as_os_str()]).exits(1);
        let told = output.stderr_text();
        assert!(told.contains("csync2 does not tell where a link under a prefix"), "{told}");
    }
}

fn large_files_are_compared_and_not_shown(pairing: Pairing) {
    let large = 64 * 1024 * 1024 + 1;
    let cluster = recorded(pairing, |here, there| {
        for (rel, ours, theirs) in [
            ("equal", (b'a', large), (b'a', large)),
            ("other", (b'a', large), (b'b', large)),
            ("longer", (b'a', large), (b'a', large + 7)),
            ("short here", (b'a', 5), (b'a', large)),
            ("short there", (b'a', large), (b'a', 5)),
        ] {
            here.write(rel, vec![ours.0; ours.1]);
            there.write(rel, vec![theirs.0; theirs.1]);
        }
    });
    let (shown, note) = contents(&cluster, "equal");
    assert_eq!(shown, "Files there:%tree%/equal and here:%tree%/equal are identical\n");
    assert_eq!(note, "");
    for rel in ["other", "longer", "short here", "short there"] {
        let (shown, note) = contents(&cluster, rel);
        assert_eq!(shown, format!("Files there:%tree%/{rel} and here:%tree%/{rel} differ\n"));
        let told = format!("%tree%/{rel}: differences of files above 64 MiB are not shown\n");
        assert_eq!(note, told);
    }
}

#[test]
fn a_reader_that_goes_away_ends_the_test() {
    let cluster = recorded(Pairing::AmongCsync3, |here, _| {
        (0..3_000).for_each(|number| here.write(format!("f{number}"), "only here"));
    });
    let here = cluster.node(0);
    let call = here.bare_command();
    let mut shell = std::process::Command::new("sh");
    for (name, value) in call.get_envs() {
        if let Some(value) = value {
            shell.env(name, value);
        }
    }
    shell.args(["-c", "\"$@\" | head -1", "sh"]).arg(call.get_program());
    let output = csync3_testkit::Running::start(shell.args(here.options()).arg("-T")).wait();
    assert_eq!(output.lines().len(), 1, "{output}");
    assert_eq!(output.stderr_text(), "");
}

#[test]
fn differences_are_colored_if_somebody_insists() {
    let cluster = recorded(Pairing::AmongCsync3, |here, there| {
        here.write("f", "new\n");
        there.write("f", "old\n");
        there.set_mtime("f", 1_600_000_000);
    });
    let colored = cluster.node(0).run(&["-TT", "--color=always"]).exits(0).stdout_text();
    assert!(colored.contains("\n\u{1b}[31m-old\u{1b}[0m\n\u{1b}[32m+new\u{1b}[0m\n"), "{colored}");
    let plain = cluster.node(0).run(&["-TT", "--color"]).exits(0).stdout_text();
    assert!(plain.contains("\n-old\n+new\n"), "{plain}");
}

#[test]
fn a_peer_with_a_row_of_the_fork_is_in_sync() {
    let cluster = recorded(Pairing::AmongCsync3, |_, _| {});
    let (here, there) = (cluster.node(0), cluster.node(1));
    for (node, time) in [(here, "1600000000"), (there, "1600000000000000007")] {
        node.stop();
        let database = rusqlite::Connection::open(node.database()).expect("a database");
        let text = format!("v1%3Amtime={time}%3Amode=33188%3Auid=0%3Agid=0%3Atype=reg%3Asize=4");
        let set = "UPDATE file SET checktxt = ?1 WHERE filename = '%25tree%25/same'";
        assert_eq!(database.execute(set, [text]).expect("it is there"), 1);
    }
    there.serve();
    here.run(&["-T"]).exits(2);
}
