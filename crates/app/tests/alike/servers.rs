//! Server modes: `-i`, `-ii`, `-iii`.
use crate::call::{Call, fill};
use crate::outcome::Outcome;
use crate::scene::{OLD, Scene, csync3};
use csync3_testkit::{Cluster, Node, Program};
use std::io::Write;
use std::process::Stdio;

const PROGRAMS: fn() -> [Program; 2] = || [csync3(), Program::Csync2];

/// What a server of `-i` answers on pipes, and its exit code.
fn session(
    scene: &Scene,
    program: &Program,
    client: &str,
    lines: &[&str],
) -> (String, Option<i32>) {
    let call = Call::from(&["-i"]).with("SSH_CLIENT", client);
    let mut command = call.command(&scene.cluster, program);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().expect("the program starts");
    let mut input = child.stdin.take().expect("a pipe");
    let key = std::fs::read_to_string(scene.host().system_dir().join("all.key"));
    let key = key.expect("the cluster wrote it");
    for line in lines {
        let line = fill(&scene.cluster, line).replace("@key", key.trim());
        // A server that has hung up is found by what it said.
        let _ = input.write_all(format!("{line}\n").as_bytes());
    }
    drop(input);
    let output = child.wait_with_output().expect("it ends when its input does");
    (output.stdout.escape_ascii().to_string().replace("\\n", "\n"), output.status.code())
}

/// Demands the same answers, the same exit code and the same rows afterwards.
#[track_caller]
fn assert_session(scene: &Scene, lines: &[&str]) -> String {
    let client = "@peer 50000 22";
    scene.keep();
    let ours = session(scene, &csync3(), client, lines);
    let our_rows = crate::rows::of(&scene.host().database());
    scene.put_back();
    let theirs = session(scene, &Program::Csync2, client, lines);
    let their_rows = crate::rows::of(&scene.host().database());
    assert_eq!(ours, theirs, "{lines:?}");
    assert_eq!(our_rows, their_rows, "{lines:?}");
    theirs.0
}

#[test]
fn a_session_on_pipes_answers_alike() {
    let scene = Scene::alone();
    scene.prepare(&["-cIr", "/"]);
    let a = "%25tree%25/a";
    let hello = ["CONFIG ", "HELLO @peer"];
    let rest = [
        &["BYE"][..],
        &[&format!("GETSZ @key {a}"), &format!("GETTM @key {a}"), "BYE"],
        &["GETSZ @key %25tree%25/missing", "GETTM @key %25tree%25/missing", "BYE"],
        &[&format!("TYPE @key {a}"), "BYE"],
        &["SIG @key %25tree%25/missing", "BYE"],
        &["SIG @key %25tree%25/empty", "BYE"],
        &["LIST @me", "BYE"],
        &["NONSENSE", "BYE"],
        &[&format!("GETSZ wrong {a}"), "BYE"],
        &["GETSZ @key %25tree%25/not/e", "BYE"],
        &["MKDIR @key %25tree%25/made", "BYE"],
        &["DEL @key %25tree%25/missing", "BYE"],
    ];
    for lines in rest {
        let said = assert_session(&scene, &[&hello, lines].concat());
        assert!(said.starts_with("OK (cmd_finished).\nOK (cmd_finished).\n"), "{said}");
    }
}

#[test]
fn a_session_without_its_first_words_answers_alike() {
    let scene = Scene::alone();
    assert_eq!(assert_session(&scene, &[]), "");
    for lines in [
        &["CONFIG ", "HELLO nobody", "BYE"][..],
        &["CONFIG ", "HELLO", "BYE"],
        &["CONFIG ", "BYE"],
        &["CONFIG ", "GETSZ @key %25tree%25/a", "BYE"],
    ] {
        assert_session(&scene, lines);
    }
}

/// Lets host 1 push to host 0 while a program serves there, and tells how that came out.
fn served(scene: &mut Scene, program: &Program, mode: &str) -> (Option<i32>, String, Outcome) {
    scene.put_back();
    scene.cluster.replace_program(0, program);
    let before = scene.host().daemon_log().len();
    scene.host().serve_with(&[mode]);
    scene.peer().run(&["-x"]).success();
    if mode == "-ii" {
        scene.peer().run(&["-cu"]).success();
        scene.peer().edit("dir/f", "changed");
        scene.peer().run(&["-x"]).success();
    }
    let code = match mode {
        "-ii" => scene.host().stop().and_then(|status| status.code()),
        _ => scene.host().wait_daemon().0.code(),
    };
    let log = scene.host().daemon_log()[before..].to_owned();
    (code, log, scene.run(&Call::from(&["-L"]), &Program::Csync2))
}

fn two_hosts() -> Scene {
    let scene = Scene { cluster: Cluster::of(2, &Program::Csync2) };
    let peer: &Node = scene.peer();
    peer.write("dir/f", "content");
    peer.set_mtime("dir/f", OLD);
    scene.keep();
    scene
}

#[test]
fn one_connection_is_served_and_then_the_server_ends() {
    let mut scene = two_hosts();
    let [ours, theirs] = PROGRAMS().map(|program| served(&mut scene, &program, "-iii"));
    assert_eq!((ours.0, theirs.0), (Some(0), Some(0)));
    assert_eq!(ours.1, theirs.1);
    assert_eq!(ours.1, "Csync2 daemon running. Waiting for connections.\n");
    assert_eq!(theirs.2.differences(&ours.2), Vec::<String>::new());
    theirs.2.exits(0).has(3, "file");
}

#[test]
fn a_daemon_serves_one_connection_after_the_other() {
    let mut scene = two_hosts();
    let [ours, theirs] = PROGRAMS().map(|program| served(&mut scene, &program, "-ii"));
    // csync2 ends by the signal, csync3 ends its sessions first (row "SIGTERM" of Serving).
    assert_eq!((ours.0, theirs.0), (Some(0), None));
    assert_eq!(ours.1, theirs.1);
    theirs.2.exits(0).has(3, "file");
    let without_time = |outcome: &Outcome| outcome.table("file").len();
    assert_eq!(without_time(&ours.2), without_time(&theirs.2));
    assert_eq!(scene.host().read("dir/f"), b"changed");
}

/// Demands that both programs find their port taken, and begin with the same words.
#[track_caller]
fn assert_in_use(scene: &Scene, call: Call) {
    let both = scene.both(call);
    assert_eq!(both.differences(), Vec::<String>::new());
    for outcome in [&both.csync2, &both.csync3] {
        outcome.exits(1).prints("");
        assert!(outcome.stderr.starts_with("Server error: Address already in use"), "{outcome:?}");
    }
}

#[test]
fn a_port_that_is_taken_or_unknown_is_told() {
    let scene = Scene::alone();
    let taken = std::net::TcpListener::bind(scene.cluster.address(0)).expect("a free port");
    for mode in ["-ii", "-iii"] {
        assert_in_use(&scene, Call::from(&[mode]));
    }
    drop(taken);
    let both = scene.both(&["-ii", "-p", "no-such-service"]);
    both.csync2.exits(1);
    both.csync3.exits(1);
}

#[test]
fn the_port_is_a_number_or_the_name_of_a_service() {
    let scene = Scene::alone();
    let taken = std::net::TcpListener::bind(scene.cluster.address(0)).expect("a free port");
    let port = scene.cluster.port().to_string();
    scene.alike(&["-iii", "-p", &port]).exits(1);
    drop(taken);
    let ip = scene.cluster.address(0).ip();
    // The service csync2 is in /etc/services of Debian, with its port 30865.
    let usual = std::net::TcpListener::bind((ip, 30_865)).expect("nobody else has this address");
    for words in [&["-iii", "-p", "csync2"][..], &["-iii", "-p", "30865"]] {
        assert_in_use(&scene, Call::from(words));
    }
    let default = Call::bare(&["-N", "@me", "-D", "@node/db", "-iii"]);
    assert_in_use(&scene, default);
    drop(usual);
}
