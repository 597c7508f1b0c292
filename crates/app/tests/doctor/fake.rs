//! A peer whose clock the test decides.
use crate::{csync3, findings};
use csync3_testkit::{Cluster, Node};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
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
