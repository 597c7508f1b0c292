//! What a caller learns that is no member.
use crate::{csync3, pair, serving};
use csync3_testkit::{Cluster, Node};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

struct Raw(BufReader<TcpStream>);

impl Raw {
    fn to(node: &Node) -> Self {
        let stream = TcpStream::connect(node.address()).expect("the server listens");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("not zero");
        Self(BufReader::new(stream))
    }

    fn ask(&mut self, text: &str) -> String {
        self.0.get_mut().write_all(text.as_bytes()).expect("the server reads");
        let mut line = String::new();
        self.0.read_line(&mut line).expect("the server answers or closes");
        line
    }
}

#[test]
fn a_stranger_does_not_hear_why_it_is_refused() {
    let cluster = pair();
    let node = cluster.node(0);
    let zeros = "00".repeat(32);
    for proofs in [String::new(), "00".repeat(16), "zz".into(), format!("{0} {0}", "11".repeat(16))]
    {
        let mut raw = Raw::to(node);
        let nonce = raw.ask(&format!("DOCTOR - {}\n", cluster.node(1).name()));
        assert!(nonce.starts_with("OK (nonce). ") && nonce.len() == 77, "{nonce}");
        let answer = raw.ask(&format!("DOCTOR {zeros} {proofs}\n"));
        assert_eq!(answer, "Identification failed!\n");
        assert_eq!(raw.ask(""), "", "and the session is over");
    }
    for first in ["DOCTOR\n", "DOCTOR -\n", "DOCTOR ../x name\n"] {
        let mut raw = Raw::to(node);
        let answer = raw.ask(first);
        assert!(!answer.starts_with("OK"), "{first}: {answer}");
    }
}

#[test]
fn each_nonce_is_another_one() {
    let cluster = pair();
    let ask = || Raw::to(cluster.node(0)).ask("DOCTOR - me\n");
    assert_ne!(ask(), ask());
}

#[test]
fn before_and_after_a_refused_hello_nothing_is_told() {
    let cluster = pair();
    let mut raw = Raw::to(cluster.node(0));
    assert_eq!(raw.ask("CONFIG \n"), "OK (cmd_finished).\n");
    assert_eq!(raw.ask("DOCTOR\n"), "Unknown command!\n");
    // The caller's address is 127.0.0.1, which is no member's.
    let hello = format!("HELLO {} csync3\n", cluster.node(1).name());
    assert_eq!(raw.ask(&hello), "Identification failed!\n");
    assert_eq!(raw.ask("DOCTOR\n"), "Unknown command!\n");
}

#[test]
fn questions_of_any_form_leave_the_session_in_step() {
    let cluster = serving(Cluster::builder().nodes(2, &csync3()));
    // From an address that is a member's.
    let (here, there) = (cluster.node(0), cluster.node(1));
    let socket = rustix::net::socket(
        rustix::net::AddressFamily::INET,
        rustix::net::SocketType::STREAM,
        None,
    )
    .expect("a socket");
    let own = std::net::SocketAddr::new(here.address().ip(), 0);
    rustix::net::bind(&socket, &own).expect("a loopback address");
    rustix::net::connect(&socket, &there.address()).expect("the server listens");
    let stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("not zero");
    let mut raw = Raw(BufReader::new(stream));
    assert_eq!(raw.ask("CONFIG \n"), "OK (cmd_finished).\n");
    let hello = format!("HELLO {} csync3\n", here.name());
    assert_eq!(raw.ask(&hello), "OK (cmd_finished). csync3\n");
    let refusal = "This question cannot be answered.\n";
    let zeros = "00".repeat(32);
    // Without a nonce of the server, and with nonsense for one.
    assert_eq!(raw.ask(&format!("DOCTOR {zeros}\noctet-stream 8\ngroup g\n")), refusal);
    assert_eq!(raw.ask("DOCTOR zz\noctet-stream 8\ngroup g\n"), refusal);
    let large = "x".repeat(1_100_000);
    assert_eq!(raw.ask(&format!("DOCTOR {zeros}\noctet-stream 1100000\n{large}")), refusal);
    let malformed = raw.ask(&format!("DOCTOR {zeros}\noctet-stream 6\nkey 0\n"));
    assert!(malformed.contains("malformed"), "{malformed}");
    assert_eq!(raw.ask("BYE\n"), "OK (cu_later).\n");
}
