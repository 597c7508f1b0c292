//! Which dialect two hosts speak, and what the native one is worth.
use crate::pairing::{assert_clean, assert_same_below, csync3};
use csync3_testkit::{Cluster, Link, Program, Random};
use std::time::Duration;

/// What passes when the second word of a session is `NATIVE`.
const NATIVE: &[u8] = b"\nNATIVE\n";

fn contains(heard: &[u8], text: &[u8]) -> bool {
    heard.windows(text.len()).any(|window| window == text)
}

fn classic() -> Program {
    Program::Csync3Classic(env!("CARGO_BIN_EXE_csync3").into())
}

fn pair(client: &Program, server: &Program) -> Cluster {
    Cluster::builder().node(client).node(server).build()
}

/// Pushes one file from node 0 to node 1; what was said.
fn overheard(cluster: &Cluster, arguments: &[&str]) -> Vec<u8> {
    let (here, there) = (cluster.node(0), cluster.node(1));
    let proxy = there.serve_behind(Link::default());
    here.write("f", "content");
    here.run(arguments).success();
    assert_eq!(there.read("f"), b"content");
    assert_clean(cluster);
    proxy.overheard()
}

#[test]
fn two_csync3_speak_it_and_nobody_else_hears_of_it() {
    for (client, server, is_native) in [
        (csync3(), csync3(), true),
        (classic(), csync3(), false),
        (csync3(), classic(), false),
        (csync3(), Program::Csync2, false),
        (Program::Csync2, csync3(), false),
        (classic(), Program::Csync2, false),
    ] {
        let heard = overheard(&pair(&client, &server), &["-x"]);
        assert_eq!(contains(&heard, NATIVE), is_native, "{client:?} to {server:?}");
        let offers = contains(&heard, b" native1=");
        assert_eq!(offers, client == csync3(), "{client:?} to {server:?}");
    }
}

#[test]
fn who_insists_on_it_sends_nothing_to_a_peer_that_does_not_know_it() {
    for server in [classic(), Program::Csync2] {
        let cluster = pair(&csync3(), &server);
        let (here, there) = (cluster.node(0), cluster.node(1));
        there.serve();
        here.write("f", "content");
        let pushed = here.run(&["-x", "--dialect", "native"]).exits(1).stderr_text();
        assert!(pushed.contains("does not know the native dialect"), "{pushed}");
        assert!(pushed.contains("--dialect auto"), "{pushed}");
        assert!(!there.exists("f"));
        here.run(&["-u"]).success();
        assert_eq!(there.read("f"), b"content");
    }
    let heard = overheard(&pair(&csync3(), &csync3()), &["-x", "--dialect", "native"]);
    assert!(contains(&heard, NATIVE));
}

/// The key of the one group.
fn key(cluster: &Cluster) -> Vec<u8> {
    let files = std::fs::read_dir(cluster.node(0).system_dir()).expect("its files");
    let texts =
        files.map(|entry| std::fs::read(entry.expect("an entry").path()).unwrap_or_default());
    let is_key = |text: &[u8]| {
        let legal = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_');
        text.len() >= 32 && text.iter().all(legal)
    };
    let mut keys: Vec<_> =
        texts.map(|text| text.trim_ascii().to_vec()).filter(|text| is_key(text)).collect();
    assert_eq!(keys.len(), 1);
    keys.remove(0)
}

#[test]
fn the_key_is_never_sent() {
    for (client, is_sent) in [(csync3(), false), (classic(), true)] {
        let cluster = pair(&client, &csync3());
        let key = key(&cluster);
        assert_eq!(contains(&overheard(&cluster, &["-x"]), &key), is_sent, "{client:?}");
    }
}

#[test]
fn round_trips_do_not_grow_with_files() {
    let mut turns = Vec::new();
    for files in [20, 1_000] {
        let cluster = pair(&csync3(), &csync3());
        let (here, there) = (cluster.node(0), cluster.node(1));
        let proxy = there.serve_behind(Link::delayed(Duration::from_millis(20)));
        for number in 0..files {
            here.write(format!("d{}/f{number}", number % 7), format!("content {number}"));
        }
        here.run(&["-x"]).success();
        assert_same_below(here, there);
        turns.push(proxy.turns());
    }
    // 1,000 files must take at most 0.02 round trips each; a round trip is two turns.
    assert!(turns[1] <= 40, "{turns:?}");
    assert!(turns[0] <= turns[1], "{turns:?}");
}

#[test]
fn what_the_peer_has_already_is_not_sent() {
    let cluster = pair(&csync3(), &csync3());
    let (here, there) = (cluster.node(0), cluster.node(1));
    let proxy = there.serve_behind(Link::default());
    let content = "equal on both sides ".repeat(2_000);
    for number in 0..50 {
        here.write(format!("f{number}"), format!("{content}{number}"));
        there.write(format!("f{number}"), format!("{content}{number}"));
    }
    here.run(&["-x"]).success();
    assert_same_below(here, there);
    assert_clean(&cluster);
    let (sent, _) = proxy.bytes();
    assert!(sent < 20_000, "{sent} bytes for 50 files of 40,000 bytes");
}

#[test]
fn a_changed_file_costs_what_has_changed() {
    let cluster = pair(&csync3(), &csync3());
    let (here, there) = (cluster.node(0), cluster.node(1));
    let mut content = Random::new(3).bytes(4_000_000, false);
    here.write("large", &content);
    let proxy = there.serve_behind(Link::default());
    here.run(&["-x"]).success();
    let (whole, _) = proxy.bytes();
    assert!(whole > 4_000_000);
    content[2_000_000] ^= 1;
    here.write("large", &content);
    here.run(&["-x"]).success();
    assert_eq!(there.read("large"), content);
    let (both, _) = proxy.bytes();
    assert!(both - whole < 40_000, "{} bytes", both - whole);
}

#[test]
fn equal_changes_at_different_times_are_no_conflict() {
    let cluster = pair(&csync3(), &csync3());
    let (here, there) = (cluster.node(0), cluster.node(1));
    there.serve();
    here.write("f", "base");
    here.run(&["-x"]).success();
    there.write("f", "the same change");
    there.run(&["-c"]).success();
    here.write("f", "the same change");
    here.run(&["-x"]).success();
    assert_same_below(here, there);
    assert_clean(&cluster);
}

#[test]
fn several_properties_change_in_one_step() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let cluster = pair(&csync3(), &csync3());
    let (here, there) = (cluster.node(0), cluster.node(1));
    there.serve();
    for name in ["one", "both"] {
        here.write(name, "content");
    }
    here.run(&["-x"]).success();
    let inode = |name| std::fs::metadata(there.path(name)).expect("it is there").ino();
    let before = [inode("one"), inode("both")];
    for name in ["one", "both"] {
        let mode = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(here.path(name), mode).expect("it is ours");
    }
    // The same content at another time.
    here.edit("both", "content");
    here.run(&["-x"]).success();
    assert_same_below(here, there);
    assert_clean(&cluster);
    // What takes one call is set in place; what takes two comes as a new file.
    assert_eq!(inode("one"), before[0]);
    assert_ne!(inode("both"), before[1]);
}
