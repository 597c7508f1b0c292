//! Peers that fail in the handshake, and hosts that have nothing to show.
use crate::pairing::{Pairing, csync3, eventually, serving, text};
use crate::raw::Raw;
use csync3_testkit::{Certificate, CertificateKind, Cluster, Program};
use std::fs;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

const KIND: CertificateKind = CertificateKind::EcdsaP256;
const ACTIVATING: &str = "OK (activating_ssl).";

/// A csync3 server, a host that the test plays, and an ordinary csync3 host.
fn server_and_stranger() -> Cluster {
    serving(Cluster::builder().node(&csync3()).stand_in().node(&csync3()).tls(KIND))
}

#[track_caller]
fn assert_serves(cluster: &Cluster) {
    crate::raw::assert_serves(cluster);
}

#[test]
fn garbage_instead_of_a_handshake_costs_only_its_session() {
    let cluster = server_and_stranger();
    let mut raw = Raw::connect(&cluster, 1, 0);
    assert_eq!(raw.ask("SSL"), ACTIVATING);
    raw.send(b"CONFIG \nHELLO me\n");
    raw.until_closed();
    eventually("the failure is logged", || {
        cluster.node(0).daemon_log().contains("cannot start TLS with peer")
    });
    assert_serves(&cluster);
}

#[test]
fn nothing_that_came_before_the_handshake_is_carried_out() {
    let cluster = server_and_stranger();
    let mut raw = Raw::connect(&cluster, 1, 0);
    let hello = format!("SSL\nCONFIG \nHELLO {}\n", cluster.node(1).name());
    raw.send(hello.as_bytes());
    assert_eq!(raw.until_closed(), format!("{ACTIVATING}\n"));
    eventually("the attempt is logged", || {
        cluster.node(0).daemon_log().contains("it sent data before the handshake")
    });
    assert_serves(&cluster);
}

#[test]
fn a_csync2_without_its_key_costs_only_its_session() {
    let cluster =
        Cluster::builder().node(&csync3()).node(&Program::Csync2).node(&csync3()).tls(KIND).build();
    let [server, broken, _] = [0, 1, 2].map(|at| cluster.node(at));
    fs::remove_file(broken.system_dir().join("csync2_ssl_key.pem")).expect("it is there");
    cluster.serve_all();
    broken.write("f", "f");
    assert_ne!(broken.run(&["-x"]).code(), Some(0));
    assert!(!server.exists("f"));
    // As a server it fails after it has agreed.
    server.write("g", "g");
    let told = server.run(&["-x"]).exits(1).stderr_text();
    assert!(told.contains("cannot start TLS with peer"), "{told}");
    assert_eq!(cluster.node(2).read("g"), b"g", "the other peer is served");
    assert_serves(&cluster);
}

#[test]
fn a_host_without_a_certificate_says_which_file_is_missing() {
    let cluster = Pairing::UnderTls(&Pairing::AmongCsync3, KIND).pair();
    let (here, there) = (cluster.node(0), cluster.node(1));
    for file in ["csync2_ssl_key.pem", "csync2_ssl_cert.pem"] {
        let path = here.system_dir().join(file);
        let kept = text(&path);
        fs::remove_file(&path).expect("it is there");
        here.write("f", file);
        let told = here.run(&["-x"]).exits(1).stderr_text();
        let path = path.display().to_string();
        assert!(told.contains(&path) && told.contains("csync3 cert create"), "{told}");
        here.write_system_file(file, &kept);
    }
    // A server does not agree to what it cannot do.
    let path = there.system_dir().join("csync2_ssl_cert.pem");
    there.write_system_file("csync2_ssl_cert.pem", "no certificate");
    let mut raw = Raw::connect(&cluster, 0, 1);
    assert_eq!(raw.ask("SSL"), "This csync2 server is built without SSL support.");
    let log = there.daemon_log();
    assert!(log.contains(&path.display().to_string()), "{log}");
    let told = here.run(&["-u"]).exits(1).stderr_text();
    assert!(told.contains("run `csync3 cert create` there"), "{told}");
}

#[test]
fn a_key_of_another_certificate_is_noticed() {
    let cluster = Pairing::UnderTls(&Pairing::AmongCsync3, KIND).pair();
    let here = cluster.node(0);
    here.write_system_file("csync2_ssl_key.pem", &Certificate::make(KIND, "other").key);
    here.write("f", "f");
    let told = here.run(&["-x"]).exits(1).stderr_text();
    assert!(told.contains("it does not belong to the certificate"), "{told}");
}

#[test]
fn outdated_certificates_and_open_keys_are_warned_of_once() {
    let pairing = Pairing::UnderTls(&Pairing::AmongCsync3, CertificateKind::Recipe);
    let cluster = pairing.pair();
    let (here, there) = (cluster.node(0), cluster.node(1));
    let key = there.system_dir().join("csync2_ssl_key.pem");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).expect("our own file");
    let mut told = String::new();
    for round in 0..3 {
        here.write("f", format!("round {round}"));
        told = here.run(&["-x"]).success().stderr_text();
    }
    let outdated = "is outdated (RSA key of only 1024 bits, X.509 version 1, expired)";
    assert_eq!(told.matches(outdated).count(), 2, "its own and the peer's: {told}");
    assert!(told.contains("csync3 cert create --force"), "{told}");
    let log = there.daemon_log();
    assert_eq!(log.matches(outdated).count(), 2, "{log}");
    assert_eq!(log.matches("is open to other users").count(), 1, "{log}");
}

/// What a server says to `lines` under this version of TLS.
fn say_under(cluster: &Cluster, version: &str, lines: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let stranger = cluster.node(1);
    let mut client = Command::new("openssl")
        .args(["s_client", "-quiet", "-connect", &format!("127.0.0.1:{port}"), version])
        .arg("-cert")
        .arg(stranger.system_dir().join("csync2_ssl_cert.pem"))
        .arg("-key")
        .arg(stranger.system_dir().join("csync2_ssl_key.pem"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("openssl runs");
    let (near, _) = listener.accept().expect("the client connects");
    let mut raw = Raw::connect(cluster, 1, 0);
    assert_eq!(raw.ask("SSL"), ACTIVATING);
    let far = raw.into_stream();
    let copy = |mut from: TcpStream, mut to: TcpStream| {
        std::thread::spawn(move || drop(std::io::copy(&mut from, &mut to)))
    };
    let twin = |stream: &TcpStream| stream.try_clone().expect("a socket");
    let _threads = [copy(twin(&near), twin(&far)), copy(far, near)];
    let mut input = client.stdin.take().expect("it is piped");
    input.write_all(lines.as_bytes()).expect("it reads");
    let output = client.wait_with_output().expect("it ends with its session");
    drop(input);
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn csync3_hosts_demand_the_newest_tls_of_each_other() {
    let cluster = server_and_stranger();
    let me = cluster.node(1).name();
    let done = "OK (cmd_finished).\n";
    for (version, extra, expected) in [
        ("-tls1_3", " csync3", "OK (cmd_finished). csync3\n"),
        ("-tls1_3", "", done),
        ("-tls1_2", "", done),
        ("-tls1_2", " csync3", "Identification failed!\n"),
    ] {
        let lines = format!("CONFIG \nHELLO {me}{extra}\nSSL\nBYE\n");
        let said = say_under(&cluster, version, &lines);
        let expected = format!("{done}{expected}Unknown command!\nOK (cu_later).\n");
        assert_eq!(said, expected, "{version}{extra}");
    }
    assert!(cluster.node(0).daemon_log().contains("older version than 1.3"));
}
