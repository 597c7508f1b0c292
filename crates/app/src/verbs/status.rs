//! `status`: what is recorded and what each peer is owed.
use crate::cli::{Format, Invocation};
use crate::exit::Outcome;
use crate::render::Console;
use crate::render::json::Line;
use crate::render::list::Rows;
use crate::render::status as text;
use csync3_core::entry::Timestamp;
use csync3_engine::host::{Host, now};
use csync3_engine::status;
use csync3_store::row::{PeerTotals, Totals};
use std::error::Error;

/// Prints the status.
pub(super) fn status(
    invocation: &Invocation,
    host: &Host,
    console: &Console,
) -> Result<Outcome, Box<dyn Error>> {
    let totals = status::totals(host)?;
    let name = host.config.host.as_str();
    if invocation.format == Format::Json {
        let configured = host.config.peers();
        let is_known = |peer: &str| configured.iter().any(|known| known.as_str() == peer);
        let mut rows = Rows::stdout(Format::Json);
        rows.line(&of_host(name, &totals))?;
        for peer in &totals.peers {
            rows.line(&of_peer(peer, is_known(&peer.peer)))?;
        }
        rows.finish()?;
    } else {
        console.print(&text::table(name, &totals, now()));
    }
    Ok(Outcome::default())
}

fn of_host(host: &str, totals: &Totals) -> Line {
    Line::Host {
        host: host.to_owned(),
        objects: totals.objects,
        files: totals.files,
        bytes: totals.bytes,
        hints: totals.hints,
        dirty: totals.peers.iter().map(|peer| peer.dirty).sum(),
        conflicts: totals.peers.iter().map(|peer| peer.conflicts).sum(),
    }
}

fn of_peer(totals: &PeerTotals, configured: bool) -> Line {
    let seconds = |time: Option<Timestamp>| time.map(|time| time.seconds);
    Line::Peer {
        peer: totals.peer.clone(),
        configured,
        dirty: totals.dirty,
        forced: totals.forced,
        conflicts: totals.conflicts,
        oldest: seconds(totals.oldest),
        last_success: seconds(totals.last_success),
        last_failure: seconds(totals.last_failure),
    }
}
