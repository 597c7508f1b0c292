//! What an identified peer may not reach on a csync3 server.
use crate::raw::{DONE, Raw, server_and_raw_peer};
use std::os::unix::fs::MetadataExt;

#[test]
fn a_wrong_key_opens_nothing() {
    let cluster = server_and_raw_peer();
    let node = cluster.node(0);
    node.write("f", "f");
    for key in ["WrongKeyWrongKeyWrongKeyWrongKeyWrongKey", "x"] {
        let mut raw = Raw::greeted(&cluster, 1, 0).with_key(key);
        for word in ["SIG", "TYPE", "GETTM", "DEL", "PATCH", "MKLINK", "SETMOD", "FLUSH", "MARK"] {
            assert_eq!(raw.on(word, "%25tree%25/f", "1"), "Permission denied!", "{word}");
        }
    }
    assert_eq!(node.read("f"), b"f");
    assert_eq!(node.dirty(), []);
}

#[test]
fn names_lead_nowhere_but_into_the_groups() {
    let cluster = server_and_raw_peer();
    let node = cluster.node(0);
    let secret = node.dir().join("secret");
    std::fs::write(&secret, "secret").expect("the node's own directory");
    let mut raw = Raw::greeted(&cluster, 1, 0);
    let outside = [
        "%25tree%25/../secret".to_owned(),
        "%25tree%25/x/../../secret".to_owned(),
        "%25tree%25/./f".to_owned(),
        "%25tree%25//f".to_owned(),
        "%25tree%25/..".to_owned(),
        "%25other%25/f".to_owned(),
        "tree/f".to_owned(),
        "..".to_owned(),
        secret.display().to_string(),
        "/etc/passwd".to_owned(),
    ];
    for name in &outside {
        for word in ["SIG", "TYPE", "GETSZ", "DEL", "MKDIR", "SETMOD", "PATCH"] {
            let answer = raw.on(word, name, "0");
            assert!(answer.starts_with("Permission denied!"), "{word} {name}: {answer}");
        }
    }
    assert_eq!(std::fs::read(&secret).expect("it is still there"), b"secret");
}

#[test]
fn links_are_not_followed_to_the_outside() {
    let cluster = server_and_raw_peer();
    let node = cluster.node(0);
    let outside = node.dir().join("outside");
    std::fs::create_dir(&outside).expect("the node's own directory");
    std::fs::write(outside.join("f"), "secret").expect("the node's own directory");
    node.symlink(&outside, "lnk");
    node.symlink(outside.join("f"), "file-lnk");
    node.run(&["-cIr", "/"]).success();
    let mut raw = Raw::greeted(&cluster, 1, 0);
    assert_eq!(raw.on("SIG", "%25tree%25/lnk/f", ""), "OK (not_found).");
    assert_eq!((raw.answer(), raw.block().len(), raw.answer()), ("---".into(), 0, DONE.into()));
    for (word, more) in [("DEL", ""), ("MKDIR", ""), ("MKLINK", "x"), ("SETMOD", "33279")] {
        let answer = raw.on(word, "%25tree%25/lnk/f", more);
        let is_gone = word == "DEL" && answer == DONE;
        assert!(is_gone || !answer.starts_with("OK"), "{word}: {answer}");
    }
    // The link itself may be changed, what it leads to may not.
    for word in ["SETMOD", "SETIME"] {
        raw.on(word, "%25tree%25/file-lnk", "1");
    }
    raw.send(raw.command("PATCH", "%25tree%25/lnk/new", "").as_bytes());
    raw.send(b"\n");
    if raw.answer() == "OK (send_data)." {
        raw.block();
        raw.send_content(b"planted");
        assert_ne!(raw.answer(), DONE);
    }
    let meta = outside.join("f").metadata().expect("it is still there");
    assert_eq!(std::fs::read(outside.join("f")).expect("it is readable"), b"secret");
    assert!(meta.mtime() > 1 && meta.mode() & 0o7777 == 0o644, "{meta:?}");
    let entries = std::fs::read_dir(&outside).expect("it is a directory").count();
    assert_eq!(entries, 1, "nothing was planted");
}
