//! Commands of the configuration that a change starts.
use crate::pairing::{
    Pairing, eventually, in_every_pairing, name, serving, text, when_csync3_receives,
};
use csync3_testkit::{Cluster, Group, Node};
use std::collections::BTreeSet;

in_every_pairing!(
    a_change_starts_the_actions_of_both_sides,
    only_matching_names_start_an_action,
    the_output_of_an_action_is_in_its_logfile,
);
when_csync3_receives!(odd_names_are_words_and_never_commands);

/// An action that writes a line `RUN` and a line for each name to a file of the node.
fn action(log: &str, more: &str) -> String {
    let command = format!("printf '%s\\n' RUN %% >> $NODE/{log}");
    format!("action {{ {more} exec \"{command}\"; }}")
}

fn actions(pairing: Pairing, statements: &[String]) -> Cluster {
    let mut group = Group::new("g");
    for statement in statements {
        group = group.statement(statement);
    }
    serving(pairing.builder().group(group))
}

/// How often a command ran, and all names that it was given.
fn runs(node: &Node, log: &str) -> (usize, BTreeSet<String>) {
    let text = text(&node.dir().join(log));
    let (runs, names): (Vec<_>, Vec<_>) = text.lines().partition(|line| *line == "RUN");
    (runs.len(), names.into_iter().map(str::to_owned).collect())
}

fn encoded(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|rel| name(rel).replace('%', "%25").replace(' ', "%20")).collect()
}

/// Waits until a command was given all these names, and no others.
#[track_caller]
fn assert_given(node: &Node, log: &str, names: &[&str]) {
    let expected = encoded(names);
    eventually(log, || runs(node, log).1.is_superset(&expected));
    assert_eq!(runs(node, log).1, expected);
}

fn a_change_starts_the_actions_of_both_sides(pairing: Pairing) {
    let files = "pattern %tree%/*/*;";
    let cluster = actions(
        pairing,
        &[
            action("remote", files),
            action("both", &format!("{files} do-local;")),
            action("local", &format!("{files} do-local-only;")),
        ],
    );
    let (here, there) = (cluster.node(0), cluster.node(1));
    here.write("dir/a", "a");
    here.write("dir/two words", "b");
    here.symlink("a", "dir/link");
    here.run(&["-x"]).success();
    let all = ["dir/a", "dir/two words", "dir/link"];
    assert_given(here, "both", &all);
    assert_given(here, "local", &all);
    assert_given(there, "remote", &all);
    assert_given(there, "both", &all);
    assert_eq!(runs(here, "local").0, 1, "one run for all names");
    assert_eq!(runs(there, "remote").0, 1, "one run for all names");
    here.remove("dir/a");
    here.run(&["-x"]).success();
    eventually("the action of the removal", || runs(there, "remote").0 == 2);
    assert_eq!(runs(here, "remote").0, 0, "nothing came from a peer");
    assert_eq!(runs(there, "local").0, 0, "nothing was changed there");
}

fn only_matching_names_start_an_action(pairing: Pairing) {
    let cluster =
        actions(pairing, &[action("named", "pattern %tree%/a/** %tree%/b;"), action("any", "")]);
    let (here, there) = (cluster.node(0), cluster.node(1));
    for file in ["a/sub/f", "b", "c"] {
        here.write(file, file);
    }
    here.run(&["-x"]).success();
    assert_given(there, "named", &["a/sub", "a/sub/f", "b"]);
    assert_given(there, "any", &["a", "a/sub", "a/sub/f", "b", "c"]);
}

fn the_output_of_an_action_is_in_its_logfile(pairing: Pairing) {
    let statement = "action { exec \"echo out %% ; echo err >&2 ; false\"; logfile $NODE/said; }";
    let cluster = actions(pairing, &[statement.to_owned()]);
    let (here, there) = (cluster.node(0), cluster.node(1));
    for round in ["1", "2"] {
        here.write("f", round.repeat(3 + round.len()));
        here.set_mtime("f", 1_500_000_000 + round.parse::<i64>().expect("a number"));
        here.run(&["-x"]).success();
        let lines = round.parse::<usize>().expect("a number");
        let said = there.dir().join("said");
        eventually("the action's output", || text(&said).matches("err\n").count() == lines);
        assert!(text(&said).contains("out %25tree%25/f\n"), "{}", text(&said));
    }
    assert!(!here.dir().join("said").exists());
}

/// With csync2 such a name runs commands (D10).
fn odd_names_are_words_and_never_commands(pairing: Pairing) {
    let cluster = actions(pairing, &[action("remote", "pattern %tree%/odd/*;")]);
    let (here, there) = (cluster.node(0), cluster.node(1));
    let odd =
        ["odd/x;pwd>pwned", "odd/`pwd>pwned`", "odd/a&pwd>pwned", "odd/*", "odd/~", "odd/(b)"];
    for file in odd {
        here.write(file, "odd");
    }
    here.run(&["-x"]).success();
    let expected: BTreeSet<String> = odd.iter().map(|rel| name(rel).replace('%', "%25")).collect();
    eventually("the action", || runs(there, "remote").1 == expected);
    assert!(!there.dir().join("pwned").exists());
    assert!(!there.root().join("pwned").exists());
}
