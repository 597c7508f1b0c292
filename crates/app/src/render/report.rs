//! The problems of a run, told peer by peer once it is over.
//!
//! Peers appear in the order in which they were announced, others after them by name; problems of
//! a peer in the order in which they came. What belongs to no peer comes first.
//!
//! # Invariants
//! * A peer keeps at most [`KEPT`] problems in words; the rest is counted.
use crate::render::errors;
use crate::render::printable::printable;
use csync3_engine::observer::Problem;
use std::collections::BTreeMap;
use std::fmt::Write;

/// So many problems of one peer are told in words.
pub const KEPT: usize = 200;

/// One problem in words, without control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Told {
    text: String,
    hint: Option<String>,
}

/// What went wrong with one peer, or on this host.
#[derive(Debug, Default)]
struct Tally {
    /// Rows that were to be sent.
    planned: u64,
    /// Problems of the peer itself.
    itself: Vec<Told>,
    /// Problems of single objects.
    objects: Vec<Told>,
    /// How many problems of single objects there were.
    count: u64,
}

/// The problems of a run.
#[derive(Debug)]
pub struct Report {
    /// What was to happen to files and peers: "sent to".
    purpose: &'static str,
    order: Vec<String>,
    here: Tally,
    peers: BTreeMap<String, Tally>,
}

impl Default for Report {
    fn default() -> Self {
        Self {
            purpose: "sent to",
            order: Vec::new(),
            here: Tally::default(),
            peers: BTreeMap::new(),
        }
    }
}

impl Report {
    /// Takes note that files are compared, not sent.
    pub fn compare(&mut self) {
        self.purpose = "compared with";
    }

    /// Announces the peers in the order in which they are to appear.
    pub fn expect(&mut self, peers: Vec<String>) {
        self.order = peers;
    }

    /// Takes note of how many rows are to be sent to a peer.
    pub fn plan(&mut self, peer: &str, rows: u64) {
        self.peers.entry(peer.to_owned()).or_default().planned = rows;
    }

    /// Takes note of a problem.
    pub fn add(&mut self, problem: &Problem) {
        let tally = match &problem.peer {
            Some(peer) => self.peers.entry(peer.clone()).or_default(),
            None => &mut self.here,
        };
        let told = Told {
            text: in_words(problem, None),
            hint: problem.hint.as_deref().map(printable).map(Into::into),
        };
        if problem.peer.as_ref() == Some(&problem.object) {
            tally.itself.push(told);
            return;
        }
        tally.count += 1;
        if tally.objects.len() < KEPT {
            tally.objects.push(told);
        }
    }

    /// The whole report; empty if there was no problem.
    #[must_use]
    pub fn render(&self) -> String {
        let mut out = String::new();
        self.here.render(self.purpose, None, &mut out);
        let announced = self.order.iter().map(String::as_str);
        let others = self.peers.keys().map(String::as_str);
        let others = others.filter(|peer| self.order.iter().all(|known| known != peer));
        for peer in announced.chain(others) {
            if let Some(tally) = self.peers.get(peer) {
                tally.render(self.purpose, Some(peer), &mut out);
            }
        }
        out
    }
}

impl Tally {
    fn render(&self, purpose: &str, peer: Option<&str>, out: &mut String) {
        for (at, told) in self.itself.iter().enumerate() {
            line(out, &format!("error: {}", told.text));
            advise(out, "  ", told, self.itself.get(at + 1));
        }
        let alone = peer.is_none() && self.count == 1;
        let indent = if alone { "" } else { "  " };
        let first = if alone { "error: " } else { "  " };
        if !alone && self.count > 0 {
            line(out, &format!("error: {}", self.heading(purpose, peer)));
        }
        for (at, told) in self.objects.iter().enumerate() {
            line(out, &format!("{first}{}", told.text));
            advise(out, &format!("{indent}  "), told, self.objects.get(at + 1));
        }
        let untold = self.count - self.objects.len() as u64;
        if untold > 0 {
            line(out, &format!("  ... and {untold} more"));
        }
    }

    /// `3 of 120 files were not sent to node2`.
    fn heading(&self, purpose: &str, peer: Option<&str>) -> String {
        let count = self.count;
        let Some(peer) = peer else {
            return format!("{count} problems on this host");
        };
        let verb = if count == 1 { "was" } else { "were" };
        let peer = printable(peer);
        if self.planned >= count {
            let noun = if self.planned == 1 { "file" } else { "files" };
            let planned = self.planned;
            format!("{count} of {planned} {noun} {verb} not {purpose} {peer}")
        } else {
            let noun = if count == 1 { "file" } else { "files" };
            format!("{count} {noun} {verb} not {purpose} {peer}")
        }
    }
}

/// A problem as it is told at once, with its hint, without a line end after the last line.
#[must_use]
pub fn at_once(problem: &Problem) -> String {
    let mut text = format!("error: {}", in_words(problem, problem.peer.as_deref()));
    if let Some(hint) = &problem.hint {
        text.push_str("\n  hint: ");
        text.push_str(&printable(hint));
    }
    text
}

/// Object, operation, causes; and the peer, unless it is told otherwise or is the object.
fn in_words(problem: &Problem, peer: Option<&str>) -> String {
    let object = printable(&problem.object);
    let mut text = match peer {
        Some(peer) if peer != problem.object => {
            format!("{object} on {}: ", printable(peer))
        }
        _ => format!("{object}: "),
    };
    text.push_str(&printable(&problem.what));
    let cause = problem.cause.as_deref();
    let causes = errors::causes(&text, cause.map(|cause| cause as _));
    text + &causes
}

/// The hint of a problem, unless the next problem has the same.
fn advise(out: &mut String, indent: &str, told: &Told, next: Option<&Told>) {
    if let Some(hint) = &told.hint
        && next.is_none_or(|next| next.hint != told.hint)
    {
        line(out, &format!("{indent}hint: {hint}"));
    }
}

fn line(out: &mut String, text: &str) {
    writeln!(out, "{text}").expect("writing to a string does not fail");
}

#[cfg(test)]
mod tests;
