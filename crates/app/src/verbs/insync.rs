//! `-T` and `-TT`: which pairs and names are compared, and how that is printed.
use super::list::Output;
use super::{paths, push};
use crate::cli::{Format, InSync, Invocation, Test};
use crate::exit::Outcome;
use crate::render::Console;
use crate::render::diagnostics::Color;
use crate::render::difference;
use crate::wants_no_color;
use csync3_core::config::Target;
use csync3_core::path::ClusterPath;
use csync3_engine::host::Host;
use csync3_engine::insync::{self, InSyncOptions, InSyncSummary, Marking};
use csync3_engine::observer::{Event, Problem};
use std::error::Error;
use std::io::{self, IsTerminal};
use std::slice;

/// Compares with the peers and prints what differs.
pub(super) fn test(
    test: &InSync,
    invocation: &Invocation,
    host: &Host,
    console: &Console,
) -> Result<Outcome, Box<dyn Error>> {
    let name = match &test.file {
        Some(file) => {
            paths::covered(host, slice::from_ref(file))?;
            paths::names(host, slice::from_ref(file))?.into_iter().next()
        }
        None => None,
    };
    let options = options(test, invocation, host, name)?;
    console.expect_to_compare(options.pairs.iter().map(|pair| &pair.peer));
    let mut out = Output::new(invocation.format);
    let summary = match test.test {
        Test::Rows => insync::rows(host, &options, |pair, difference, name| {
            let (myname, peer) = (pair.myname.as_str(), pair.peer.as_str());
            out.put(|rows| rows.difference(difference, myname, peer, name))
        })?,
        Test::Contents => contents(invocation, host, &options, console, &mut out)?,
    };
    out.finish()?;
    Ok(Outcome { printed_rows: Some(summary.differences) })
}

fn contents(
    invocation: &Invocation,
    host: &Host,
    options: &InSyncOptions,
    console: &Console,
    out: &mut Output,
) -> Result<InSyncSummary, Box<dyn Error>> {
    let color = match invocation.format {
        Format::Json => Color::Never,
        _ => difference::color(invocation.color, io::stdout().is_terminal(), wants_no_color()),
    };
    let print = |pair: &Target, name: &ClusterPath, compared| {
        if let Some(note) = difference::note(pair, name, &compared) {
            console.say(0, &note);
        }
        let (myname, peer) = (pair.myname.as_str(), pair.peer.as_str());
        let shown = difference::shown(pair, name, &compared, color);
        out.put(|rows| rows.diff(myname, peer, name, &shown))
    };
    Ok(match &options.name {
        Some(name) => insync::contents_of_name(host, options, name, print)?,
        None => insync::contents_of_rows(host, options, print)?,
    })
}

fn options(
    test: &InSync,
    invocation: &Invocation,
    host: &Host,
    name: Option<ClusterPath>,
) -> Result<InSyncOptions, Box<dyn Error>> {
    Ok(InSyncOptions {
        pairs: pairs(test, host, name.as_ref()),
        name,
        covered_only: invocation.groups.is_some(),
        marking: invocation.init.then_some(Marking {
            only_there: invocation.only_there,
            only_this_peer: invocation.only_this_peer,
            forced: invocation.force,
        }),
        calls: push::calls(invocation)?,
    })
}

/// The pairs to ask, in csync2's order. A pair that does not exist is a problem, in csync2's words.
fn pairs(test: &InSync, host: &Host, name: Option<&ClusterPath>) -> Vec<Target> {
    let (all, complaint) = match (test.test, name) {
        (Test::Contents, Some(name)) => (
            host.config.pairs_to_compare(&name.decoded()),
            "Host pair + file not found in configuration.",
        ),
        _ => (host.config.pairs(), "Host pair not found in configuration."),
    };
    let Some((myname, peer)) = &test.pair else {
        return all;
    };
    let asked = |pair: &Target| pair.myname.as_str() == myname && pair.peer.as_str() == peer;
    let found: Vec<Target> = all.into_iter().filter(asked).collect();
    if found.is_empty() {
        let problem = Problem::new(format!("{myname} {peer}"), complaint);
        let hint = "name this host and the peer as their group in csync2.cfg does";
        host.observer.notice(&Event::Problem(&problem.hint(hint)));
    }
    found
}
