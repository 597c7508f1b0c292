//! `-i`: one session on the standard streams.
use crate::raw::{DONE, Raw, server_and_raw_peer};
use csync3_testkit::{CertificateKind, Cluster, Program};
use std::io::Write;
use std::process::Stdio;

/// One session on the standard streams of `csync3 -i`.
fn inetd(cluster: &Cluster, ssh_client: Option<&str>, words: &str) -> (String, bool) {
    let node = cluster.node(0);
    let mut command = node.bare_command();
    command.args(node.options()).arg("-i").stdin(Stdio::piped()).stdout(Stdio::piped());
    if let Some(client) = ssh_client {
        command.env("SSH_CLIENT", client);
    }
    let mut child = command.stderr(Stdio::null()).spawn().expect("the binary starts");
    let mut input = child.stdin.take().expect("a pipe");
    input.write_all(words.as_bytes()).expect("the server reads");
    drop(input);
    let output = child.wait_with_output().expect("it ends when its input does");
    (String::from_utf8_lossy(&output.stdout).into_owned(), output.status.success())
}

#[test]
fn a_session_on_pipes_knows_its_peer_from_ssh() {
    let cluster = server_and_raw_peer();
    cluster.node(0).write("f", "12345");
    let peer = cluster.node(1).name();
    let key = std::fs::read_to_string(cluster.node(0).system_dir().join("g.key"));
    let key = key.expect("the cluster wrote it");
    let words = format!("CONFIG \nHELLO {peer}\nGETSZ {} %25tree%25/f\nBYE\n", key.trim());
    let (said, _) = inetd(&cluster, Some(&format!("{peer} 50000 22")), &words);
    assert_eq!(said, format!("{DONE}\n{DONE}\nOK (data_follows).\n5\nOK (cu_later).\n"));
    for unknown in [None, Some("127.0.0.1 50000 22"), Some("nonsense")] {
        let (said, _) = inetd(&cluster, unknown, &format!("CONFIG \nHELLO {peer}\nBYE\n"));
        assert_eq!(said, format!("{DONE}\nIdentification failed!\nOK (cu_later).\n"));
    }
    let (said, success) = inetd(&cluster, None, "");
    assert_eq!((said.as_str(), success), ("", true), "a peer that says nothing is no error");
}

#[test]
fn a_session_on_a_socket_is_what_a_super_server_starts() {
    let cluster = server_and_raw_peer();
    let node = cluster.node(0);
    node.stop();
    let listener = std::net::TcpListener::bind(node.address()).expect("the address is free now");
    let mut raw = Raw::connect(&cluster, 1, 0);
    let (accepted, _) = listener.accept().expect("the peer has connected");
    let output = accepted.try_clone().expect("a descriptor");
    let mut command = node.bare_command();
    command.args(node.options()).arg("-i").stderr(Stdio::null());
    command.stdin(Stdio::from(std::os::fd::OwnedFd::from(accepted)));
    command.stdout(Stdio::from(std::os::fd::OwnedFd::from(output)));
    let mut child = command.spawn().expect("the binary starts");
    drop(command);
    assert_eq!(raw.ask("CONFIG "), DONE);
    assert_eq!(raw.ask(&format!("HELLO {}", cluster.node(1).name())), DONE);
    assert_eq!(raw.on("MKDIR", "%25tree%25/made", ""), DONE);
    assert_eq!(raw.ask("BYE"), "OK (cu_later).");
    assert_eq!(raw.until_closed(), "");
    assert!(child.wait().expect("our own child").success());
    assert!(node.exists("made"));
}

#[test]
fn a_super_server_starts_sessions_under_tls() {
    for client in [crate::pairing::csync3(), Program::Csync2] {
        let cluster = Cluster::builder()
            .node(&client)
            .node(&crate::pairing::csync3())
            .tls(CertificateKind::EcdsaP256)
            .build();
        let (here, there) = (cluster.node(0), cluster.node(1));
        let listener = std::net::TcpListener::bind(there.address()).expect("the address is free");
        here.write("f", "f");
        let push = here.start(&["-x"]);
        let (accepted, _) = listener.accept().expect("the client connects");
        let output = accepted.try_clone().expect("a descriptor");
        let mut command = there.bare_command();
        command.args(there.options()).arg("-i").stderr(Stdio::null());
        command.stdin(Stdio::from(std::os::fd::OwnedFd::from(accepted)));
        command.stdout(Stdio::from(std::os::fd::OwnedFd::from(output)));
        let mut session = command.spawn().expect("the binary starts");
        drop(command);
        push.wait_within(std::time::Duration::from_secs(120)).success();
        assert!(session.wait().expect("it ends with its connection").success());
        assert_eq!(there.read("f"), b"f");
    }
}
