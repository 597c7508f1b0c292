//! How the problems of a run are told.
use super::{KEPT, Report, at_once};
use csync3_engine::observer::Problem;
use std::io;

fn conflict(object: &str, peer: &str) -> Problem {
    Problem::new(object, "cannot replace")
        .with_peer(peer)
        .because(io::Error::other("peer reports it changed there too"))
        .hint("pick a side with `auto younger;` in group `web`, or force it from the winning node")
}

#[test]
fn problems_are_grouped_by_peer_under_a_heading_with_numbers() {
    let mut report = Report::default();
    report.plan("node2", 120);
    report.add(&conflict("/etc/app/a.conf", "node2"));
    report.add(
        &Problem::new("/etc/app/b.conf", "cannot read")
            .with_peer("node2")
            .because(io::Error::from_raw_os_error(13)),
    );
    report.add(&conflict("/etc/app/c.conf", "node2"));
    let expected = "\
error: 3 of 120 files were not sent to node2
  /etc/app/a.conf: cannot replace: peer reports it changed there too
    hint: pick a side with `auto younger;` in group `web`, or force it from the winning node
  /etc/app/b.conf: cannot read: Permission denied
  /etc/app/c.conf: cannot replace: peer reports it changed there too
    hint: pick a side with `auto younger;` in group `web`, or force it from the winning node
";
    assert_eq!(report.render(), expected);
}

#[test]
fn a_hint_that_repeats_is_told_once_after_the_last() {
    let mut report = Report::default();
    report.add(&conflict("/a", "node2"));
    report.add(&conflict("/b", "node2"));
    let expected = "\
error: 2 files were not sent to node2
  /a: cannot replace: peer reports it changed there too
  /b: cannot replace: peer reports it changed there too
    hint: pick a side with `auto younger;` in group `web`, or force it from the winning node
";
    assert_eq!(report.render(), expected);
}

#[test]
fn a_peer_that_cannot_be_reached_is_one_line() {
    let mut report = Report::default();
    report.plan("node2", 7);
    report.add(
        &Problem::new("node2", "cannot connect")
            .with_peer("node2")
            .because(io::Error::from_raw_os_error(111))
            .hint("start the daemon there"),
    );
    let expected = "\
error: node2: cannot connect: Connection refused
  hint: start the daemon there
";
    assert_eq!(report.render(), expected);
}

#[test]
fn peers_come_in_the_announced_order_and_this_host_first() {
    let mut report = Report::default();
    report.expect(vec!["node3".into(), "node1".into(), "node2".into()]);
    for peer in ["node2", "aaa", "node3"] {
        report.add(&Problem::new(peer, "cannot connect").with_peer(peer));
    }
    report.add(&Problem::new("/x", "cannot open").hint("check the mode"));
    let expected = "\
error: /x: cannot open
  hint: check the mode
error: node3: cannot connect
error: node2: cannot connect
error: aaa: cannot connect
";
    assert_eq!(report.render(), expected);
}

#[test]
fn several_problems_of_this_host_share_a_heading() {
    let mut report = Report::default();
    report.add(&Problem::new("/x", "cannot open"));
    report.add(&Problem::new("/y\n", "cannot open").hint("check the mode"));
    let expected = "\
error: 2 problems on this host
  /x: cannot open
  /y\\n: cannot open
    hint: check the mode
";
    assert_eq!(report.render(), expected);
}

#[test]
fn headings_count_in_proper_words() {
    let heading = |planned: u64, count: u64| {
        let mut report = Report::default();
        report.plan("node2", planned);
        for _ in 0..count {
            report.add(&Problem::new("/x", "cannot open").with_peer("node2"));
        }
        let told = report.render();
        told.lines().next().unwrap_or_default().to_owned()
    };
    assert_eq!(heading(1, 1), "error: 1 of 1 file was not sent to node2");
    assert_eq!(heading(9, 1), "error: 1 of 9 files was not sent to node2");
    assert_eq!(heading(0, 1), "error: 1 file was not sent to node2");
    assert_eq!(heading(2, 3), "error: 3 files were not sent to node2");
    assert_eq!(heading(9, 0), "");
}

#[test]
fn a_flood_of_problems_is_counted_and_not_kept() {
    let mut report = Report::default();
    report.plan("node2", 1_000);
    for at in 0..KEPT + 50 {
        report.add(&Problem::new(format!("/{at}"), "cannot open").with_peer("node2"));
    }
    let told = report.render();
    let heading = format!("error: {} of 1000 files were not sent", KEPT + 50);
    assert!(told.starts_with(&heading), "{told}");
    assert!(told.ends_with("  ... and 50 more\n"), "{told}");
    assert_eq!(told.lines().count(), KEPT + 2);
}

#[test]
fn a_problem_that_is_told_at_once_names_its_peer() {
    let told = at_once(&conflict("/a", "node2"));
    let expected = "\
error: /a on node2: cannot replace: peer reports it changed there too
  hint: pick a side with `auto younger;` in group `web`, or force it from the winning node";
    assert_eq!(told, expected);
    let peer = Problem::new("node2", "cannot connect").with_peer("node2");
    assert_eq!(at_once(&peer), "error: node2: cannot connect");
}
