//! `resolve` with a person at a terminal.
use crate::{command, in_conflict};
use csync3_testkit::Node;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// What is on the screen after these answers were typed.
fn screen(node: &Node, typed: &str) -> String {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&master).and_then(|()| unlockpt(&master)).expect("a terminal");
    let name = ptsname(&master, Vec::new()).expect("it has a name");
    let path = Path::new(std::ffi::OsStr::from_bytes(name.to_bytes()));
    let end = || OpenOptions::new().read(true).write(true).open(path).expect("a terminal");
    let mut command = command(node, &["resolve"]);
    command.stdin(end()).stdout(end()).stderr(end());
    let mut child = command.spawn().expect("it starts");
    drop(command);
    let mut master = File::from(master);
    master.write_all(typed.as_bytes()).expect("typed");
    let mut shown = Vec::new();
    // A terminal whose other end is closed answers by an error instead of an end.
    let _closed = master.read_to_end(&mut shown);
    child.wait().expect("it ends");
    String::from_utf8_lossy(&shown).replace("\r\n", "\n")
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
