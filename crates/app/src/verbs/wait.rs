//! `wait`: until the peers are owed nothing.
use crate::cli::{Format, Invocation};
use crate::exit::Outcome;
use crate::render::errors::Hinted;
use crate::render::json::Line;
use crate::render::list::Rows;
use csync3_core::config::HostName;
use csync3_engine::host::Host;
use csync3_engine::observer::{Event, Problem};
use csync3_engine::status;
use std::error::Error;
use std::thread;
use std::time::{Duration, Instant};

/// How often the database is asked whether somebody has changed it.
const INTERVAL: Duration = Duration::from_millis(100);

/// Waits for these peers, or all; what is missing at the time-out is a problem of each peer.
pub(super) fn wait(
    invocation: &Invocation,
    host: &Host,
    peers: &[String],
    timeout: Option<Duration>,
) -> Result<Outcome, Box<dyn Error>> {
    let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    let peers = wanted(host, peers)?;
    loop {
        // Taken before the rows are read: what is written meanwhile is looked at again.
        let version = host.store.version()?;
        if !is_owed(host, &peers)? {
            return Ok(Outcome::default());
        }
        if !changed(host, version, deadline)? {
            tell(invocation, host, &peers)?;
            return Ok(Outcome::default());
        }
    }
}

/// The peers of the configuration that are meant.
fn wanted(host: &Host, names: &[String]) -> Result<Vec<HostName>, Box<dyn Error>> {
    let known = host.config.peers();
    if names.is_empty() {
        return Ok(known);
    }
    let find = |name: &String| {
        let peer = known.iter().find(|peer| peer.as_str().eq_ignore_ascii_case(name));
        peer.cloned().ok_or_else(|| {
            let all: Vec<_> = known.iter().map(HostName::as_str).collect();
            let hint = format!("the peers of this host are {}", all.join(", "));
            Hinted::new(format!("cannot wait for {name}: it is no peer of this host"), hint)
        })
    };
    Ok(names.iter().map(find).collect::<Result<_, _>>()?)
}

/// Says whether one of the peers is owed something. All have to hold everything at the same time.
fn is_owed(host: &Host, peers: &[HostName]) -> Result<bool, Box<dyn Error>> {
    for peer in peers {
        if status::owed(host, peer, 1)? > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Waits until the database is another one; `false` if the time is over first.
fn changed(host: &Host, version: i64, deadline: Option<Instant>) -> Result<bool, Box<dyn Error>> {
    while host.store.version()? == version {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        if left == Some(Duration::ZERO) {
            return Ok(false);
        }
        thread::sleep(left.map_or(INTERVAL, |left| left.min(INTERVAL)));
    }
    Ok(true)
}

/// Tells what each peer is owed.
fn tell(invocation: &Invocation, host: &Host, peers: &[HostName]) -> Result<(), Box<dyn Error>> {
    let mut missing = Vec::new();
    for peer in peers {
        missing.push((peer, status::owed(host, peer, u64::MAX)?));
    }
    missing.retain(|(_, dirty)| *dirty > 0);
    if invocation.format == Format::Json {
        let mut rows = Rows::stdout(Format::Json);
        for &(peer, dirty) in &missing {
            rows.line(&Line::Owed { peer: peer.as_str().to_owned(), dirty })?;
        }
        rows.finish()?;
    }
    for (peer, dirty) in missing {
        host.observer.notice(&Event::Problem(&still_owed(peer, dirty)));
    }
    Ok(())
}

fn still_owed(peer: &HostName, dirty: u64) -> Problem {
    let noun = if dirty == 1 { "file" } else { "files" };
    let hint =
        "`csync3 push` sends them and says what is in the way; `csync3 list dirty` names them";
    Problem::new(peer, format!("is still owed {dirty} {noun}")).with_peer(peer).hint(hint)
}
