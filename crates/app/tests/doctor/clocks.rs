//! Peers whose clock the test decides.
//!
//! No process can be given another clock here. So one test plays a peer, and another lets two real
//! hosts talk through something that changes the time that each tells.
use crate::{assert_named, csync3, findings};
use csync3_testkit::{Cluster, Node, Running};
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Answers sessions as a csync3 whose clock is so many seconds ahead, or behind.
fn with_clock(node: &Node, ahead: i64) {
    let listener = TcpListener::bind(node.address()).expect("a stand-in's address is free");
    let host = node.name().to_owned();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // The other side ends the session when it has what it wants.
            let _ = session(stream, &host, ahead);
        }
    });
}

fn session(stream: TcpStream, host: &str, ahead: i64) -> std::io::Result<()> {
    let mut out = stream.try_clone()?;
    for line in BufReader::new(stream).lines() {
        let line = line?;
        let answer = match &*line {
            "DOCTOR" => {
                let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
                let clock = i64::try_from(now.as_nanos()).unwrap_or(0) + ahead * 1_000_000_000;
                let nonce = "00".repeat(32);
                let about = format!(
                    "version 0\nnonce {nonce}\nclock {clock}\nhost {host}\ncalls-from {host}\n\
                     plain-to\nplain-from\nprotection plain\n"
                );
                format!(
                    "OK (data_follows).\noctet-stream {}\n{about}OK (cmd_finished).\n",
                    about.len()
                )
            }
            line if line.starts_with("DOCTOR ") => "This question cannot be answered.\n".into(),
            line if line.starts_with("HELLO") => "OK (cmd_finished). csync3\n".into(),
            line if line.starts_with("CONFIG") => "OK (cmd_finished).\n".into(),
            "BYE" => "OK (cu_later).\n".into(),
            // What follows a question.
            _ => continue,
        };
        out.write_all(answer.as_bytes())?;
    }
    Ok(())
}

#[test]
fn a_clock_that_is_ahead_or_behind_is_named() {
    // The addresses of a cluster are its own as long as it lives.
    let mut clusters = Vec::new();
    for (ahead, rule, expected) in [
        (600, "", Some("problem")),
        (-600, "", Some("problem")),
        (30, "", Some("warning")),
        (-30, "", Some("warning")),
        (30, "auto younger;", Some("problem")),
        (0, "auto younger;", None),
    ] {
        let cluster = Cluster::builder().node(&csync3()).stand_in().statement(rule).build();
        let (here, there) = (cluster.node(0), cluster.node(1));
        here.serve();
        with_clock(there, ahead);
        let mut found = findings(here, &["--peers"]);
        found.retain(|finding| finding.check == "clock");
        let severities: Vec<&str> = found.iter().map(|it| &*it.severity).collect();
        assert_eq!(severities, Vec::from_iter(expected), "{ahead} {rule}: {found:#?}");
        for finding in &found {
            let side = if ahead > 0 { "ahead of" } else { "behind" };
            assert!(finding.cause.contains(side), "{finding:?}");
            assert_eq!(finding.peer.as_deref(), Some(there.name()));
        }
        clusters.push(cluster);
    }
}

/// The port of a daemon that hides behind what changes its clock; clusters use lower ones.
const HIDDEN: u16 = 31_400;

/// Lets the daemon of a host run behind something that moves the clock that it tells.
fn serve_with_clock(node: &Node, ahead: i64) -> Running {
    let mut command = node.bare_command();
    let database = node.dir().join("db");
    command.args(["-ii", "-N", node.name(), "-p", &HIDDEN.to_string(), "-D"]).arg(database);
    let daemon = Running::start(&mut command);
    let hidden = SocketAddr::new(node.address().ip(), HIDDEN);
    let listener = TcpListener::bind(node.address()).expect("nobody else has the address");
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            // The daemon may still be starting, the client may have gone.
            std::thread::spawn(move || drop(pass(&client, hidden, ahead)));
        }
    });
    for _ in 0..600 {
        if TcpStream::connect(hidden).is_ok() {
            return daemon;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("the daemon does not come up: {}", daemon.kill9());
}

/// Passes a session on, from the client's own address, and moves the clock in it.
fn pass(client: &TcpStream, hidden: SocketAddr, ahead: i64) -> std::io::Result<()> {
    use rustix::net::{AddressFamily, SocketType, bind, connect, socket};
    let server = socket(AddressFamily::INET, SocketType::STREAM, None)?;
    bind(&server, &SocketAddr::new(client.peer_addr()?.ip(), 0))?;
    connect(&server, &hidden)?;
    let server = TcpStream::from(server);
    let (mut asks, mut hears) = (client.try_clone()?, server.try_clone()?);
    std::thread::spawn(move || {
        // However it ends, the other direction ends with it.
        let _ = std::io::copy(&mut asks, &mut hears);
        let _ = hears.shutdown(Shutdown::Write);
    });
    let mut out = client;
    let mut answers = BufReader::new(server);
    let mut line = Vec::new();
    while answers.read_until(b'\n', &mut line)? > 0 {
        if let Some(clock) = line.strip_prefix(b"clock ") {
            let clock = String::from_utf8_lossy(clock);
            let clock: i64 = clock.trim().parse().expect("nanoseconds");
            // It keeps its length, so the block keeps its own.
            line = format!("clock {}\n", clock + ahead * 1_000_000_000).into_bytes();
        }
        out.write_all(&line)?;
        line.clear();
    }
    client.shutdown(Shutdown::Write)
}

#[test]
fn two_hosts_whose_clocks_differ_both_name_it() {
    let cluster = Cluster::of(2, &csync3());
    let (early, late) = (cluster.node(0), cluster.node(1));
    // What each tells the other is what it would tell if it was 600 s from the other.
    let daemons = [serve_with_clock(early, -600), serve_with_clock(late, 600)];
    assert_named(early, "clock", &["ahead of", late.name()]);
    assert_named(late, "clock", &["behind", early.name()]);
    for daemon in daemons {
        drop(daemon.kill9());
    }
}
