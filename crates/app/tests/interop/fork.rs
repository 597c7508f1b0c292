//! What the fork `erlandl4g/csync2` says and has recorded, and csync3 understands.
use crate::pairing::{csync3, dirty_names, name, serving};
use crate::raw::{DONE, Raw, block_of};
use csync3_testkit::{Cluster, leftovers};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

/// Owner, group, mode and time that are nobody's default.
const LOOK: &str = "1234 4321 33193 1600000001123456789";

fn cluster(globals: &str) -> Cluster {
    serving(Cluster::builder().node(&csync3()).stand_in().global(globals))
}

fn send(raw: &mut Raw, name: &str, look: &str, content: &[u8]) -> String {
    assert_eq!(raw.on("ATOMICPATCH", name, look), "OK (send_data).");
    raw.block();
    raw.send_content(content);
    raw.answer()
}

/// Mode, owner and time.
fn look(path: &Path) -> (u32, u32, u32, i64, i64) {
    let meta = path.symlink_metadata().expect("it is there");
    (meta.mode(), meta.uid(), meta.gid(), meta.mtime(), meta.mtime_nsec())
}

const LOOKED: (u32, u32, u32, i64, i64) = (0o100_651, 1234, 4321, 1_600_000_001, 123_456_789);

#[test]
fn a_file_comes_with_its_metadata() {
    let cluster = cluster("");
    let node = cluster.node(0);
    node.run(&["-cIr", "/"]).success();
    let mut raw = Raw::greeted(&cluster, 1, 0);
    for content in [&b"first content"[..], b"second"] {
        assert_eq!(send(&mut raw, "%25tree%25/f", LOOK, content), DONE);
        assert_eq!(node.read("f"), content);
        assert_eq!(look(&node.path("f")), LOOKED);
    }
    assert_eq!(raw.ask("BYE"), "OK (cu_later).");
    node.run(&["-cr", "/"]).success();
    assert_eq!(node.dirty(), [], "what a peer sent is no change of this host");
}

#[test]
fn a_file_is_seen_with_its_metadata_or_not_at_all() {
    let cluster = cluster("");
    let path = cluster.node(0).path("f");
    let mut raw = Raw::greeted(&cluster, 1, 0);
    let watched = path.clone();
    let watcher = std::thread::spawn(move || {
        while watched.symlink_metadata().is_err() {
            std::hint::spin_loop();
        }
        look(&watched)
    });
    assert_eq!(raw.on("ATOMICPATCH", "%25tree%25/f", LOOK), "OK (send_data).");
    raw.block();
    let block = block_of(&b"content".repeat(100_000));
    let (most, rest) = block.split_at(block.len() - 1);
    raw.send(most);
    std::thread::sleep(std::time::Duration::from_millis(50));
    assert!(!path.exists(), "the content is not complete");
    raw.send(rest);
    assert_eq!(raw.answer(), DONE);
    assert_eq!(watcher.join().expect("it only looks"), LOOKED);
    assert!(leftovers(cluster.node(0).root()).is_empty());
}

#[test]
fn a_directory_comes_with_its_metadata() {
    let cluster = cluster("");
    let node = cluster.node(0);
    let mut raw = Raw::greeted(&cluster, 1, 0);
    let wanted = "1234 4321 16873 1600000001123456789";
    assert_eq!(raw.on("MKDIR", "%25tree%25/d", wanted), DONE);
    assert_eq!(look(&node.path("d")), (0o40_751, 1234, 4321, 1_600_000_001, 123_456_789));
    // The fork sends the setters as well, with a time in nanoseconds.
    assert_eq!(raw.on("SETOWN", "%25tree%25/d", "7 8"), DONE);
    assert_eq!(raw.on("SETMOD", "%25tree%25/d", "16832"), DONE);
    assert_eq!(raw.on("SETIME", "%25tree%25/d", "1500000000000000001"), DONE);
    assert_eq!(look(&node.path("d")), (0o40_700, 7, 8, 1_500_000_000, 1));
}

#[test]
fn a_time_in_seconds_is_told_from_one_in_nanoseconds() {
    let cluster = cluster("");
    let node = cluster.node(0);
    let mut raw = Raw::greeted(&cluster, 1, 0);
    assert_eq!(send(&mut raw, "%25tree%25/f", "0 0 33188 1600000000", b"x"), DONE);
    assert_eq!(node.mtime("f"), 1_600_000_000);
    assert_eq!(raw.on("SETIME", "%25tree%25/f", "1700000000"), DONE);
    assert_eq!(node.mtime("f"), 1_700_000_000);
    assert_eq!(raw.on("SETIME", "%25tree%25/f", "1800000000000000000"), DONE);
    assert_eq!(node.mtime("f"), 1_800_000_000);
}

#[test]
fn what_is_ignored_is_not_applied() {
    let cluster = cluster("ignore uid gid mod;");
    let node = cluster.node(0);
    node.write("old", "old");
    node.chmod("old", 0o604);
    node.run(&["-cIr", "/"]).success();
    let mut raw = Raw::greeted(&cluster, 1, 0);
    for file in ["old", "new"] {
        assert_eq!(send(&mut raw, &format!("%25tree%25/{file}"), LOOK, b"content"), DONE);
        assert_eq!(node.read(file), b"content");
        let (mode, uid, gid, seconds, nanos) = look(&node.path(file));
        assert_eq!((uid, gid), (0, 0), "{file}");
        assert_ne!(mode & 0o7777, 0o651, "{file}");
        assert_eq!((seconds, nanos), (1_600_000_001, 123_456_789));
    }
    assert_eq!(node.mode("old"), 0o604, "the mode it had");
    assert_eq!(raw.on("SETOWN", "%25tree%25/old", "5 5"), DONE);
    assert_eq!(raw.on("SETMOD", "%25tree%25/old", "33261"), DONE);
    assert_eq!(node.mode("old"), 0o604);
    let meta = node.path("new").metadata().expect("it was made");
    assert_ne!(meta.permissions().mode() & 0o7777, 0, "the owner can use it");
}

#[test]
fn a_fork_is_told_times_in_nanoseconds_once_it_has_shown_itself() {
    let cluster = cluster("");
    let node = cluster.node(0);
    let mut raw = Raw::greeted(&cluster, 1, 0);
    let time = |raw: &mut Raw| {
        assert_eq!(raw.on("GETTM", "%25tree%25/f", ""), "OK (data_follows).");
        raw.answer()
    };
    assert_eq!(send(&mut raw, "%25tree%25/f", LOOK, b"content"), DONE);
    assert_eq!(time(&mut raw), "1600000001123456789");
    let mut csync2 = Raw::greeted(&cluster, 1, 0);
    assert_eq!(time(&mut csync2), "1600000001");
    // A refused command shows it as well: that is when it asks.
    node.write("mine", "a change of this host");
    node.run(&["-cr", "/"]).success();
    let mut late = Raw::greeted(&cluster, 1, 0);
    let refused = late.on("ATOMICPATCH", "%25tree%25/mine", LOOK);
    assert_eq!(refused, "File is also marked dirty here!");
    assert_eq!(time(&mut late), "1600000001123456789");
    assert_eq!(csync2.on("GETTM", "%25tree%25/missing", ""), "OK (data_follows).");
    assert_eq!(csync2.answer(), "-1");
}

#[test]
fn the_rows_of_a_fork_are_taken_over_without_a_mark() {
    let cluster = Cluster::builder().node(&csync3()).stand_in().build();
    let node = cluster.node(0);
    node.write("f", "content");
    node.write("edited", "content");
    node.mkdir("d");
    node.symlink("f", "link");
    node.run(&["-cIr", "/"]).success();
    let database = rusqlite::Connection::open(node.database()).expect("a database");
    for rel in ["f", "edited", "d", "link"] {
        let (_, _, _, seconds, nanos) = look(&node.path(rel));
        let time = format!("{seconds}{nanos:09}");
        let rest = match rel {
            "d" => "%3Amode=16877%3Auid=0%3Agid=0%3Atype=dir",
            "link" => "%3Amode=41471%3Auid=0%3Agid=0%3Atype=lnk%3Atarget=",
            _ => "%3Amode=33188%3Auid=0%3Agid=0%3Atype=reg%3Asize=7",
        };
        // As the fork replaces rows: what csync3 has added is gone.
        let row = [
            "DELETE FROM file WHERE filename = ?1",
            "INSERT INTO file (filename, checktxt) VALUES (?1, ?2)",
        ];
        let encoded = format!("%25tree%25/{rel}");
        database.execute(row[0], [&encoded]).expect("it is there");
        database.execute(row[1], [&encoded, &format!("v1%3Amtime={time}{rest}")]).expect("a row");
    }
    drop(database);
    node.edit("edited", "tnetnoc");
    node.run(&["-cr", "/"]).success();
    assert_eq!(dirty_names(node), [name("edited")]);
    node.run(&["-L"]).success().lines().iter().for_each(|line| {
        assert!(!line.contains("000000000:"), "{line}");
    });
}

/// A host whose own name no group lists, and which must be the one at a loopback address.
fn unlisted(hosts: &str) -> Cluster {
    let cluster = Cluster::builder().node(&csync3()).build();
    let node = cluster.node(0);
    let tree = node.root().display();
    let address = node.name();
    let hosts = hosts.replace("ADDRESS", address);
    node.write_system_file(
        "csync2.cfg",
        &format!(
            "nossl * *; prefix tree {{ on {address}: {tree}; }}
             group g {{ host {hosts}; key g.key; include %tree%; auto left; }}"
        ),
    );
    node.write("f", "f");
    cluster
}

/// A call without `-N`, or with a name of the test's.
fn call(cluster: &Cluster, args: &[&str]) -> csync3_testkit::Output {
    let node = cluster.node(0);
    let mut command = node.bare_command();
    command.arg("-D").arg(node.dir().join("db")).args(args);
    csync3_testkit::Running::start(&mut command).wait()
}

#[test]
fn an_unlisted_host_is_the_only_listed_one_that_leads_to_it() {
    for hosts in ["203.0.113.1 ADDRESS 203.0.113.2", "203.0.113.1 name.invalid@ADDRESS"] {
        let cluster = unlisted(hosts);
        let node = cluster.node(0);
        if hosts.contains("invalid") {
            let text = std::fs::read_to_string(node.system_dir().join("csync2.cfg"));
            let place = format!("on {}", node.name());
            let text = text.expect("it was written").replace(&place, "on name.invalid");
            node.write_system_file("csync2.cfg", &text);
        }
        for more in [&["-v"][..], &["-N", "stranger", "-v"]] {
            let checked = call(&cluster, &[&["-cr", "/"], more].concat()).success();
            let guessed = if hosts.contains("invalid") { "name.invalid" } else { node.name() };
            let told = format!("My hostname guessed as: {guessed}\n");
            assert!(checked.stderr_text().contains(&told), "{checked}");
            // The database has its name, and the prefix its place.
            assert!(node.dir().join(format!("db/{guessed}.db3")).exists(), "{checked}");
            let dirty = call(&cluster, &["-M"]).success().stdout_text();
            let row = format!("chary\t{}\t203.0.113.1\t%tree%/f\n", node.name());
            assert!(dirty.contains(&row), "{dirty}");
        }
    }
}

#[test]
fn nothing_is_guessed_where_several_hosts_could_be_meant_or_one_is_listed() {
    let cluster = unlisted("ADDRESS 127.0.0.2 203.0.113.1");
    let refused = call(&cluster, &["-cr", "/", "-v"]).exits(1);
    let told = refused.stderr_text();
    assert!(told.contains("is not a member of any configured group."), "{told}");
    assert!(told.contains("127.0.0.2 leads to this host, but it is not the only one."), "{told}");
    let cluster = unlisted("ADDRESS 203.0.113.1");
    let listed = call(&cluster, &["-M", "-v", "-N", "203.0.113.1"]).exits(2);
    assert!(!listed.stderr_text().contains("guessed"), "{listed}");
    let cluster = unlisted("203.0.113.1 203.0.113.2");
    call(&cluster, &["-M"]).exits(1);
}

#[test]
fn the_messages_of_all_levels_go_to_a_file_of_their_own() {
    let cluster = Cluster::builder().node(&csync3()).stand_in().build();
    let node = cluster.node(0);
    node.write("f", "f");
    let log = format!("-O{}", node.dir().join("full.log").display());
    let quiet = node.run(&["-abcr", "/", &log]).success();
    assert_eq!(quiet.stderr_text(), "");
    let told = crate::pairing::text(&node.dir().join("full.log"));
    for line in ["My hostname is ", "New file: %tree%/f\n", "Marking file as dirty: %tree%/f\n"] {
        assert!(told.contains(line), "no {line} in {told}");
    }
    let refused = node.run(&["-cr", "/", "-O/nonexistent/log"]).exits(1);
    assert!(
        refused.stderr_text().contains("cannot write messages to /nonexistent/log"),
        "{refused}"
    );
}
