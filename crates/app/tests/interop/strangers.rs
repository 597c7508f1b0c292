//! Peers that a csync3 server has no reason to trust.
use crate::raw::{DONE, Raw, assert_serves, server_and_raw_peer};

#[test]
fn nonsense_is_answered_once_and_the_connection_ends() {
    let cluster = server_and_raw_peer();
    let lines: [&[u8]; 6] = [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\n",
        b"\0\0\0\0\n",
        b"\x16\x03\x01\x02\x00\x01\x00\n",
        b"HELLO me\nSIG K f\n",
        b"  \t  \n",
    ];
    for line in lines {
        let mut raw = Raw::connect(&cluster, 1, 0);
        raw.send(line);
        let said = raw.until_closed();
        assert_eq!(said, "Expecting SSL (optional) and CONFIG as first commands.\n", "{line:?}");
    }
    assert_serves(&cluster);
}

#[test]
fn a_line_without_end_ends_the_connection() {
    let cluster = server_and_raw_peer();
    let mut first = Raw::connect(&cluster, 1, 0);
    first.send(&b"a".repeat(1_000_000));
    assert_eq!(first.until_closed(), "");
    let mut later = Raw::greeted(&cluster, 1, 0);
    later.send(&b"SIG ".repeat(300_000));
    later.until_closed();
    assert_serves(&cluster);
}

#[test]
fn a_peer_that_says_nothing_more_is_no_trouble() {
    let cluster = server_and_raw_peer();
    for words in ["", "CON", "CONFIG \n", "CONFIG \nHELL"] {
        let mut raw = Raw::connect(&cluster, 1, 0);
        raw.send(words.as_bytes());
        raw.end();
        raw.until_closed();
    }
    let open: Vec<Raw> = (0..60).map(|_| Raw::connect(&cluster, 1, 0)).collect();
    assert_serves(&cluster);
    drop(open);
}

#[test]
fn a_configuration_with_an_illegal_name_is_not_looked_for() {
    let cluster = server_and_raw_peer();
    for name in ["../x", "A", "a_b", "%2e%2e"] {
        let mut raw = Raw::connect(&cluster, 1, 0);
        raw.send(format!("CONFIG {name}\n").as_bytes());
        assert_eq!(raw.until_closed(), "Config names are limited to [a-z0-9]+.\n");
    }
    let mut raw = Raw::connect(&cluster, 1, 0);
    raw.send(b"CONFIG missing\n");
    assert_eq!(raw.until_closed(), "", "the peer learns nothing of this host's files");
    assert_serves(&cluster);
}

#[test]
fn nothing_is_done_before_the_peer_is_identified() {
    let cluster = server_and_raw_peer();
    let node = cluster.node(0);
    node.write("f", "f");
    let mut raw = Raw::connect(&cluster, 1, 0);
    assert_eq!(raw.ask("CONFIG "), DONE);
    let please = format!("Dear {}, please identify first.", cluster.node(1).name());
    for word in ["SIG", "TYPE", "GETTM", "GETSZ", "MARK", "FLUSH", "DEL", "PATCH", "MKDIR"] {
        assert_eq!(raw.on(word, "%25tree%25/f", ""), please, "{word}");
    }
    assert_eq!(raw.ask("LIST x - k"), please);
    assert_eq!(raw.ask("CONFIG "), "Unknown command!");
    assert_eq!(raw.ask("FROBNICATE 1 2 3"), "Unknown command!");
    assert_eq!(node.read("f"), b"f");
    assert_eq!(raw.ask(&format!("HELLO {}", cluster.node(1).name())), DONE);
    assert_eq!(raw.on("GETSZ", "%25tree%25/f", ""), "OK (data_follows).");
    assert_eq!(raw.answer(), "1");
}

#[test]
fn a_name_is_believed_from_its_own_address_only() {
    let cluster = server_and_raw_peer();
    let mut raw = Raw::greeted(&cluster, 1, 0);
    let please = format!("Dear {}, please identify first.", cluster.node(1).name());
    let member = cluster.node(2).name();
    for name in [member, "no.such.host.invalid", "localhost", "", "a%20b", "127.0.0.1"] {
        assert_eq!(raw.ask(&format!("HELLO {name}")), "Identification failed!", "{name}");
        assert_eq!(raw.on("SIG", "%25tree%25", ""), please, "the former identity is lost");
    }
    assert_eq!(raw.ask(&format!("hello {}", cluster.node(1).name())), DONE);
    assert_eq!(raw.on("SIG", "%25tree%25", ""), "OK (data_follows).");
}
