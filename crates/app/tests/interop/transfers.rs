//! Contents that break off, are refused, or are none.
use crate::pairing::eventually;
use crate::raw::{Raw, assert_serves, block_of, server_and_raw_peer};
use csync3_testkit::leftovers;

#[test]
fn a_refused_put_leaves_the_session_in_step() {
    let cluster = server_and_raw_peer();
    let node = cluster.node(0);
    node.write("f", "mine");
    let put = format!("0 0 33188 1600000000000000000 {}", "0".repeat(64));
    let mut raw = Raw::greeted(&cluster, 1, 0).with_key("WrongKeyWrongKeyWrongKeyWrongKey");
    let line = format!("{}\n", raw.command("PUT", "%25tree%25/f", &put));
    raw.send(line.as_bytes());
    raw.send_content(b"BYE\nFROB\n");
    raw.send(b"FROB\n");
    assert_eq!(raw.answer(), "Permission denied!");
    assert_eq!(raw.answer(), "Unknown command!");

    let mut raw = Raw::greeted(&cluster, 1, 0);
    let line = format!("{}\n", raw.command("PUT", "%25tree%25/f", &put));
    raw.send(line.as_bytes());
    raw.send_content(b"BYE\n");
    let answer = raw.answer();
    assert!(!answer.starts_with("OK"), "neither the hash nor the version is right: {answer}");
    assert_eq!(raw.ask("FROB"), "Unknown command!");
    assert_eq!(node.read("f"), b"mine");
}

#[test]
fn a_delta_that_breaks_off_leaves_the_old_file_and_nothing_else() {
    let cluster = server_and_raw_peer();
    let node = cluster.node(0);
    node.write("f", "old content");
    node.run(&["-cIr", "/"]).success();
    let block = block_of(&b"new content".repeat(10_000));
    for sent in [0, 10, 30, 50_000, block.len() - 1] {
        for name in ["%25tree%25/f", "%25tree%25/new"] {
            let mut raw = Raw::greeted(&cluster, 1, 0);
            assert_eq!(raw.on("PATCH", name, ""), "OK (send_data).");
            raw.block();
            raw.send(&block[..sent]);
            raw.end();
            raw.until_closed();
        }
    }
    eventually("temporaries are gone", || leftovers(node.dir()).is_empty());
    assert_eq!(node.read("f"), b"old content");
    assert!(!node.exists("new"));
    node.run(&["-cr", "/"]).success();
    assert_eq!(node.dirty(), []);
    assert_serves(&cluster);
}

#[test]
fn a_delta_of_nonsense_is_refused_and_the_session_goes_on() {
    let cluster = server_and_raw_peer();
    let node = cluster.node(0);
    node.write("f", "old content");
    node.run(&["-cIr", "/"]).success();
    let mut raw = Raw::greeted(&cluster, 1, 0);
    let deltas: [&[u8]; 6] = [
        b"",
        b"nonsense",
        b"rs\x026",
        b"rs\x026\xff",
        b"rs\x026\x44\xff\xff\xff\xff\xff\xff\xff\xffx",
        // Copies what is beyond the end of the old file.
        b"rs\x026\x45\xf0\x10\x00",
    ];
    for delta in deltas {
        assert_eq!(raw.on("PATCH", "%25tree%25/f", ""), "OK (send_data).");
        raw.block();
        raw.send(format!("octet-stream {}\n", delta.len()).as_bytes());
        raw.send(delta);
        let answer = raw.answer();
        assert!(!answer.starts_with("OK"), "{}: {answer}", delta.escape_ascii());
        assert_eq!(raw.ask("FROB"), "Unknown command!", "{}", delta.escape_ascii());
    }
    for header in ["octet-stream -1\n", "ERROR\n"] {
        assert_eq!(raw.on("PATCH", "%25tree%25/f", ""), "OK (send_data).");
        raw.block();
        raw.send(header.as_bytes());
        assert_eq!(raw.answer(), "Input/output error");
    }
    assert_eq!(node.read("f"), b"old content");
    assert!(leftovers(node.dir()).is_empty());
    // Anything else in place of a block cannot be brought back in step.
    assert_eq!(raw.on("PATCH", "%25tree%25/f", ""), "OK (send_data).");
    raw.block();
    raw.send(b"No such file or directory\n");
    assert_eq!(raw.until_closed(), "");
}
