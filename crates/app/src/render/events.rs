//! One event as the line that csync2 has for it.
//!
//! csync2 pushes to one peer after the other and leaves the subject of a line to the line before.
//! Here several peers are pushed at once, so such a line names its subject at its end, in
//! parentheses. Problems are not rendered here: [`crate::render::report`] does.
//!
//! # Source
//! `spec/cli.md` 5 and 8.
use crate::render::printable::printable;
use csync3_core::path::ClusterPath;
use csync3_engine::observer::{DryRun, Event, Found};

/// What is to be seen of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// A message, at the `-v` level from which on it is shown; one line without its end.
    Message {
        /// 0: always.
        level: u8,
        /// The line.
        text: String,
    },
    /// A row for standard output, with its line end and names as they are.
    Row(Vec<u8>),
    /// Nothing.
    Nothing,
}

/// Renders one event.
#[must_use]
pub fn show(event: &Event<'_>) -> Shown {
    if let Event::WouldDo { peer, name, what } = event {
        return Shown::Row(dry_run_row(peer, name, *what));
    }
    match check_line(event)
        .or_else(|| push_line(event))
        .or_else(|| tie_line(event))
        .or_else(|| serve_line(event))
    {
        Some((level, text)) => Shown::Message { level, text: printable(&text).into_owned() },
        None => Shown::Nothing,
    }
}

/// Lines of a check and of the house-keeping around it.
fn check_line(event: &Event<'_>) -> Option<(u8, String)> {
    Some(match event {
        Event::OperandIgnored { path } => {
            (0, format!("WARNING: Parameter will be ignored: {path}"))
        }
        Event::Warning { text } => (0, format!("WARNING: {text}")),
        Event::Found { name, found } => (
            2,
            match found {
                Found::New => format!("New file: {name}"),
                Found::Changed => format!("File has changed: {name}"),
                Found::Gone => format!("File is gone: {name}"),
            },
        ),
        Event::Marked { name } => (1, format!("Marking file as dirty: {name}")),
        Event::FileRowRemoved { name } => (1, format!("Removing {} from file db.", encoded(name))),
        Event::DirtyRowRemoved { name, peer } => {
            (1, format!("Removing {} ({peer}) from dirty db.", encoded(name)))
        }
        Event::ActionStarted { command } => (1, format!("Running '{command}' ...")),
        Event::Detail { level, text } => (*level, text.clone()),
        _ => return None,
    })
}

/// Lines of a push.
fn push_line(event: &Event<'_>) -> Option<(u8, String)> {
    let text = match event {
        Event::Connecting { peer, tls } => {
            let how = if *tls { "SSL" } else { "PLAIN" };
            format!("Connecting to host {peer} ({how}) ...")
        }
        Event::Connected { peer, address, port } => {
            format!("Connect to {address}:{port} ({peer}).")
        }
        Event::PeerStaysDirty { peer } => {
            format!("Host stays in dirty state. Try again later... ({peer})")
        }
        Event::Updated { peer, name, .. } => format!("Updating {name} on {peer} ..."),
        Event::Deleted { peer, name } => format!("Deleting {name} on {peer} ..."),
        Event::UpToDate { peer, name } => {
            format!("File is already up to date on peer. ({name} on {peer})")
        }
        Event::StaysDirty { peer, name, .. } => {
            format!("File stays in dirty state. Try again later... ({name} on {peer})")
        }
        Event::ParentMissing { peer, name } => {
            format!("missing parent dir : {name} ({peer})")
        }
        Event::PeerDone { peer } => format!("Connection closed. ({peer})"),
        _ => return None,
    };
    Some((1, text))
}

/// Lines of conflicts; they are always shown.
fn tie_line(event: &Event<'_>) -> Option<(u8, String)> {
    let (verdict, name, peer) = match event {
        Event::TieWon { peer, name, method } => {
            (format!("Auto-resolving conflict: Won '{method}' test."), name, peer)
        }
        Event::TieLost { peer, name, method: Some(method) } => {
            (format!("Do not auto-resolve conflict: Lost '{method}' test."), name, peer)
        }
        Event::TieLost { peer, name, method: None } => {
            ("Do not auto-resolve conflict: This is a removal.".to_owned(), name, peer)
        }
        _ => return None,
    };
    Some((0, format!("{verdict} ({name} on {peer})")))
}

/// Lines of a server.
fn serve_line(event: &Event<'_>) -> Option<(u8, String)> {
    Some(match event {
        Event::Accepted { address } => (1, format!("New connection from {address}.")),
        Event::Received { name, peer } => (1, format!("Updated {name} from {peer}.")),
        Event::Refused { peer, what: Some(what), why } => {
            (0, format!("Refused {peer}: {what}: {why}"))
        }
        Event::Refused { peer, what: None, why } => (0, format!("Refused {peer}: {why}")),
        _ => return None,
    })
}

/// `XY: PEER NAME`.
fn dry_run_row(peer: &str, name: &ClusterPath, what: DryRun) -> Vec<u8> {
    let mark = match what {
        DryRun::Same => "?S",
        DryRun::Modify { forced: false } => "?M",
        DryRun::Modify { forced: true } => "!M",
        DryRun::Delete { forced: false } => "?D",
        DryRun::Delete { forced: true } => "!D",
    };
    let mut row = format!("{mark}: {peer:<15} ").into_bytes();
    row.extend_from_slice(&name.decoded());
    row.push(b'\n');
    row
}

/// A name as the database has it.
fn encoded(name: &ClusterPath) -> String {
    String::from_utf8_lossy(name.encoded()).into_owned()
}

#[cfg(test)]
mod tests;
