//! Every event with the line that people and scripts know.
use super::{Shown, show};
use csync3_core::path::ClusterPath;
use csync3_engine::observer::{DryRun, Event, Found, Problem};

fn name() -> ClusterPath {
    ClusterPath::from_decoded(b"%home%/a b").expect("a valid name")
}

fn message(event: &Event<'_>) -> (u8, String) {
    match show(event) {
        Shown::Message { level, text } => (level, text),
        other => panic!("{event:?} is shown as {other:?}"),
    }
}

#[test]
fn events_of_a_check_are_shown_as_csync_shows_them() {
    let name = &name();
    let found = |found| Event::Found { name, found };
    let table = [
        (Event::OperandIgnored { path: "/x" }, 0, "WARNING: Parameter will be ignored: /x"),
        (found(Found::New), 2, "New file: %home%/a b"),
        (found(Found::Changed), 2, "File has changed: %home%/a b"),
        (found(Found::Gone), 2, "File is gone: %home%/a b"),
        (Event::Marked { name }, 1, "Marking file as dirty: %home%/a b"),
        (Event::FileRowRemoved { name }, 1, "Removing %25home%25/a%20b from file db."),
        (
            Event::DirtyRowRemoved { name, peer: "node2" },
            1,
            "Removing %25home%25/a%20b (node2) from dirty db.",
        ),
        (Event::ActionStarted { command: "make all".into() }, 1, "Running 'make all' ..."),
        (Event::Detail { level: 3, text: "Local> BYE".into() }, 3, "Local> BYE"),
    ];
    for (event, level, text) in table {
        assert_eq!(message(&event), (level, text.to_owned()));
    }
}

#[test]
fn events_of_a_push_name_their_peer() {
    let (name, peer) = (&name(), "node2");
    let table = [
        (Event::Connecting { peer, tls: false }, "Connecting to host node2 (PLAIN) ..."),
        (Event::Connecting { peer, tls: true }, "Connecting to host node2 (SSL) ..."),
        (
            Event::Connected { peer, address: "10.0.0.2".into(), port: 30865 },
            "Connect to 10.0.0.2:30865 (node2).",
        ),
        (Event::PeerStaysDirty { peer }, "Host stays in dirty state. Try again later... (node2)"),
        (Event::Updated { peer, name, bytes: 7 }, "Updating %home%/a b on node2 ..."),
        (Event::Deleted { peer, name }, "Deleting %home%/a b on node2 ..."),
        (
            Event::UpToDate { peer, name },
            "File is already up to date on peer. (%home%/a b on node2)",
        ),
        (
            Event::StaysDirty { peer, name, conflict: true },
            "File stays in dirty state. Try again later... (%home%/a b on node2)",
        ),
        (Event::ParentMissing { peer, name }, "missing parent dir : %home%/a b (node2)"),
        (Event::PeerDone { peer }, "Connection closed. (node2)"),
    ];
    for (event, text) in table {
        assert_eq!(message(&event), (1, text.to_owned()));
    }
}

#[test]
fn conflicts_are_shown_without_asking() {
    let (name, peer) = (&name(), "node2");
    let table = [
        (
            Event::TieWon { peer, name, method: "younger/older" },
            "Auto-resolving conflict: Won 'younger/older' test. (%home%/a b on node2)",
        ),
        (
            Event::TieLost { peer, name, method: Some("left/right") },
            "Do not auto-resolve conflict: Lost 'left/right' test. (%home%/a b on node2)",
        ),
        (
            Event::TieLost { peer, name, method: None },
            "Do not auto-resolve conflict: This is a removal. (%home%/a b on node2)",
        ),
    ];
    for (event, text) in table {
        assert_eq!(message(&event), (0, text.to_owned()));
    }
}

#[test]
fn events_of_a_server_are_shown_as_csync_shows_them() {
    let name = &name();
    let table = [
        (
            Event::Accepted { address: "10.0.0.2:4711".into() },
            1,
            "New connection from 10.0.0.2:4711.",
        ),
        (Event::Received { name, peer: "node2" }, 1, "Updated %home%/a b from node2."),
        (
            Event::Refused { peer: "10.0.0.9", what: None, why: "unknown host".into() },
            0,
            "Refused 10.0.0.9: unknown host",
        ),
        (
            Event::Refused { peer: "node2", what: Some("DEL /a".into()), why: "its key".into() },
            0,
            "Refused node2: DEL /a: its key",
        ),
    ];
    for (event, level, text) in table {
        assert_eq!(message(&event), (level, text.to_owned()));
    }
}

#[test]
fn rows_of_a_dry_run_have_the_columns_of_csync_and_raw_names() {
    let name = &ClusterPath::from_decoded(b"/a\xff b").expect("a valid name");
    for (what, mark) in [
        (DryRun::Same, "?S"),
        (DryRun::Modify { forced: false }, "?M"),
        (DryRun::Modify { forced: true }, "!M"),
        (DryRun::Delete { forced: false }, "?D"),
        (DryRun::Delete { forced: true }, "!D"),
    ] {
        for (peer, padded) in
            [("node2", "node2          "), ("a-rather-long-name", "a-rather-long-name")]
        {
            let row = show(&Event::WouldDo { peer, name, what });
            let mut expected = format!("{mark}: {padded} ").into_bytes();
            expected.extend_from_slice(b"/a\xff b\n");
            assert_eq!(row, Shown::Row(expected));
        }
    }
}

#[test]
fn progress_and_problems_have_no_line_of_their_own() {
    let problem = Problem::new("/a", "cannot read");
    for event in [
        Event::Problem(&problem),
        Event::Scanned { objects: 1 },
        Event::Rows { rows: 1 },
        Event::PushPlanned { peer: "node2", rows: 1 },
    ] {
        assert_eq!(show(&event), Shown::Nothing);
    }
}

#[test]
fn a_name_with_a_line_break_makes_one_line() {
    let name = &ClusterPath::from_decoded(b"/a\nRefused").expect("a valid name");
    let (_, text) = message(&Event::Marked { name });
    assert_eq!(text, "Marking file as dirty: /a\\nRefused");
}
