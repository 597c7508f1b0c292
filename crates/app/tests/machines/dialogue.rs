//! `resolve` with a person at a terminal.
use crate::{command, in_conflict};
use csync3_testkit::{Node, screen_after};

/// What is on the screen after these answers were typed.
fn screen(node: &Node, typed: &str) -> String {
    screen_after(&mut command(node, &["resolve"]), typed)
}

#[test]
fn a_person_sees_both_sides_and_the_difference_and_decides() {
    let cluster = in_conflict();
    let (here, there) = (cluster.node(0), cluster.node(1));
    let shown = screen(here, "what\nd\nm\n");
    assert!(shown.contains("mine:   file, 7 bytes"), "{shown}");
    assert!(shown.contains("[m]ine, [t]heirs, [s]kip, [d]iff, [q]uit?"), "{shown}");
    assert!(shown.contains("-there's version\n+here's\n"), "{shown}");
    assert_eq!(there.read("f"), b"here's\n");
    assert!(here.dirty().is_empty());
}

#[test]
fn nothing_is_decided_by_skipping_or_leaving() {
    let cluster = in_conflict();
    let (here, there) = (cluster.node(0), cluster.node(1));
    for typed in ["s\n", "q\n", "\x04"] {
        screen(here, typed);
        assert_eq!((here.read("f"), there.read("f").len()), (b"here's\n".to_vec(), 16));
        assert_eq!(here.dirty().len(), 1);
    }
}

#[test]
fn theirs_drops_the_mark() {
    let cluster = in_conflict();
    let here = cluster.node(0);
    let shown = screen(here, "t\n");
    assert!(shown.contains("stays until"), "{shown}");
    assert!(here.dirty().is_empty());
    assert_eq!(here.read("f"), b"here's\n");
}
