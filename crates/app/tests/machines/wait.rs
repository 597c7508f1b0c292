//! `wait`.
use crate::{command, csync3, lines, pair, say};
use csync3_testkit::{Cluster, Running};
use std::time::Duration;

#[test]
fn nothing_owed_is_success_at_once_and_something_owed_ends_with_1() {
    let cluster = pair();
    let (here, there) = (cluster.node(0), cluster.node(1).name());
    say(here, &["wait", "--synced"]).success();
    here.write("f", "x");
    here.run(&["-cr", "/"]).success();
    let output = say(here, &["wait", "--synced", "--timeout", "0.2"]).exits(1);
    let told = output.stderr_text();
    assert!(told.contains(&format!("{there}: is still owed ")), "{told}");
    let output = say(here, &["wait", "--timeout", "0.2", there, "--json"]).exits(1);
    let told = lines(&output);
    assert_eq!(told[0]["peer"], there);
    assert_eq!(told[0]["dirty"].as_u64(), Some(here.dirty().len() as u64));
    here.run(&["-u"]).success();
    say(here, &["wait", there]).success();
}

#[test]
fn it_returns_when_another_process_has_pushed() {
    let cluster = pair();
    let here = cluster.node(0);
    here.write("f", "x");
    here.run(&["-cr", "/"]).success();
    let waiting = Running::start(&mut command(here, &["wait", "--synced", "--timeout", "100"]));
    std::thread::sleep(Duration::from_millis(300));
    here.run(&["-u"]).success();
    waiting.wait().success();
}

#[test]
fn only_the_named_peers_count() {
    let cluster = Cluster::of(3, &csync3());
    let (here, up, down) = (cluster.node(0), cluster.node(1), cluster.node(2));
    up.serve();
    here.write("f", "x");
    here.run(&["-x"]).exits(1);
    say(here, &["wait", "--timeout", "60", up.name()]).success();
    say(here, &["wait", "--timeout", "0.1", down.name()]).exits(1);
    say(here, &["wait", "--timeout", "0.1"]).exits(1);
}

#[test]
fn a_row_that_no_group_covers_is_not_waited_for() {
    let cluster = pair();
    let here = cluster.node(0);
    here.write("f", "x");
    here.run(&["-cr", "/"]).success();
    let config = std::fs::read_to_string(here.system_dir().join("csync2.cfg")).expect("written");
    here.write_system_file("csync2.cfg", &config.replace("include %tree%", "include /nowhere"));
    say(here, &["wait", "--timeout", "20"]).success();
}

#[test]
fn a_peer_that_does_not_exist_is_named_with_those_that_do() {
    let cluster = pair();
    let output = say(cluster.node(0), &["wait", "nobody"]).exits(1);
    let told = output.stderr_text();
    assert!(told.contains("cannot wait for nobody") && told.contains(cluster.node(1).name()));
}
