//! The one place where the messages of a run come together.
//!
//! A [`Console`] counts problems, picks what is shown at this `-v` level, and writes each message in
//! one piece, from whatever thread it comes.
//!
//! # Invariants
//! * A problem is told once: at once by a server, with `-v` or in syslog, otherwise grouped at the
//!   end.
//! * Standard output gets nothing but rows.
//! * With syslog nothing goes to standard error, which may be the connection to a peer.
use crate::cli::{Format, Invocation, ServeMode, Verb};
use crate::render::diagnostics::{self, Color};
use crate::render::errors;
use crate::render::events::{self, Shown};
use crate::render::json::Line;
use crate::render::json::run::Run;
use crate::render::printable::printable;
use crate::render::progress::Progress;
use crate::render::report::{self, Report};
use crate::render::syslog::{self, Syslog};
use csync3_core::config::{Diagnostic, SourceText};
use csync3_engine::observer::{Event, Observer};
use std::error::Error;
use std::fmt;
use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How a [`Console`] shows what happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setup {
    /// `-v`, counted: messages above this level are not shown.
    pub verbosity: u8,
    /// Messages go to syslog instead of standard error.
    pub syslog: bool,
    /// Problems are told as they come, not grouped at the end: for servers.
    pub at_once: bool,
    /// Bars may be drawn on standard error.
    pub bars: bool,
    /// Colors may be used on standard error.
    pub color: Color,
    /// The form of what goes to standard output; never JSON in a server.
    pub format: Format,
    /// A run in JSON ends by a summary; a listing does not.
    pub sums_up: bool,
}

/// What standard error is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terminal {
    /// It is a terminal.
    pub is_terminal: bool,
    /// The terminal cannot move its cursor (`TERM=dumb`).
    pub is_dumb: bool,
    /// The person wants no colors (`NO_COLOR`).
    pub no_color: bool,
}

impl Setup {
    /// What suits a call on this kind of standard error.
    #[must_use]
    pub fn of(invocation: &Invocation, terminal: Terminal) -> Self {
        let server = matches!(invocation.verb, Verb::Serve(_));
        let works = matches!(
            invocation.verb,
            Verb::Check(_) | Verb::Update(_) | Verb::CheckUpdate(_) | Verb::Sync(_)
        );
        let able = terminal.is_terminal && !terminal.is_dumb && !invocation.syslog;
        Self {
            verbosity: invocation.verbosity,
            syslog: invocation.syslog || invocation.verb == Verb::Serve(ServeMode::Inetd),
            at_once: server || invocation.verbosity > 0 || invocation.syslog,
            bars: works && able && invocation.verbosity == 0,
            color: if able && !terminal.no_color { Color::Always } else { Color::Never },
            format: if server { Format::Lines } else { invocation.format },
            sums_up: invocation.verb.sums_up(),
        }
    }
}

/// Where messages go.
enum Log {
    Stream(Box<dyn Write + Send>),
    Syslog(Syslog),
}

/// What only one thread at a time may touch.
struct Sinks {
    log: Log,
    out: Box<dyn Write + Send>,
    report: Report,
    run: Run,
}

/// Takes the events of a run.
pub struct Console {
    setup: Setup,
    problems: AtomicU64,
    progress: Option<Progress>,
    sinks: Mutex<Sinks>,
}

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Console")
            .field("setup", &self.setup)
            .field("problems", &self.problems)
            .finish_non_exhaustive()
    }
}

impl Console {
    /// A console on standard error, standard output or syslog.
    #[must_use]
    pub fn new(setup: Setup) -> Self {
        let log = if setup.syslog {
            Log::Syslog(Syslog::new(syslog::SOCKET, std::process::id()))
        } else {
            Log::Stream(Box::new(io::stderr()))
        };
        let progress = setup.bars.then(Progress::on_stderr);
        Self::with(setup, progress, log, Box::new(io::stdout()))
    }

    fn with(
        setup: Setup,
        progress: Option<Progress>,
        log: Log,
        out: Box<dyn Write + Send>,
    ) -> Self {
        let sinks = Sinks { log, out, report: Report::default(), run: Run::default() };
        Self { setup, problems: AtomicU64::new(0), progress, sinks: Mutex::new(sinks) }
    }

    /// How many problems were counted so far.
    #[must_use]
    pub fn problems(&self) -> u64 {
        self.problems.load(Ordering::Relaxed)
    }

    /// Names the peers of the run in the order in which the final report is to show them.
    pub fn expect_peers(&self, peers: impl IntoIterator<Item = impl ToString>) {
        let peers = peers.into_iter().map(|peer| peer.to_string()).collect();
        self.sinks().report.expect(peers);
    }

    /// Says something of its own, at the `-v` level from which on it is shown; 0 is always shown.
    pub fn say(&self, level: u8, text: &str) {
        self.message(level, &printable(text));
    }

    /// Writes a JSON line of its own to standard output.
    pub fn print_line(&self, line: &Line) {
        self.row(&line.text());
    }

    /// Writes a text of its own to standard output.
    pub fn print(&self, text: &str) {
        self.row(text.as_bytes());
    }

    /// Shows the doubts about the configuration that is used.
    pub fn warn(&self, warnings: &[Diagnostic], texts: &[SourceText]) {
        let shown = diagnostics::warnings(warnings, texts, self.setup.color);
        self.message(0, shown.trim_end());
    }

    /// Ends a run that an error stopped; the error itself is not counted as a problem.
    pub fn fatal(&self, error: &(dyn Error + 'static)) {
        self.settle();
        let told = errors::fatal(error, self.setup.color);
        self.message(0, told.trim_end());
    }

    /// Ends a run that came to its end, with `Finished with N errors.` as the last line.
    ///
    /// # Source
    /// `spec/cli.md` 8: the line comes if N is not 0, or with `-v`.
    pub fn finish(&self) {
        self.settle();
        let problems = self.problems();
        if problems > 0 || self.setup.verbosity > 0 {
            self.message(0, &format!("Finished with {problems} errors."));
        }
        if self.setup.format == Format::Json && self.setup.sums_up {
            let summary = self.sinks().run.summary();
            self.row(&summary.text());
        }
    }

    /// Removes the bars and tells the problems that were collected.
    fn settle(&self) {
        if let Some(progress) = &self.progress {
            progress.finish();
        }
        let report = self.sinks().report.render();
        self.message(0, report.trim_end());
    }

    fn problem(&self, event: &Event<'_>) {
        let Event::Problem(problem) = event else {
            return;
        };
        self.problems.fetch_add(1, Ordering::Relaxed);
        if self.setup.at_once {
            self.message(0, &report::at_once(problem));
        } else {
            self.sinks().report.add(problem);
        }
    }

    /// Writes the lines of one message; an empty one is none.
    fn message(&self, level: u8, text: &str) {
        if level > self.setup.verbosity || text.is_empty() {
            return;
        }
        self.aside(|| match &mut self.sinks().log {
            Log::Syslog(log) => text.lines().for_each(|line| log.send(level, line)),
            // Nobody can be told that standard error is gone.
            Log::Stream(stream) => drop(stream.write_all(format!("{text}\n").as_bytes())),
        });
    }

    /// Writes a row to standard output. A reader that has gone does not stop the run.
    fn row(&self, row: &[u8]) {
        self.aside(|| {
            let out = &mut self.sinks().out;
            drop(out.write_all(row).and_then(|()| out.flush()));
        });
    }

    /// Writes a row of csync2's, in the form that is wanted of it.
    fn row_of_csync(&self, mut row: Vec<u8>) {
        match self.setup.format {
            Format::Lines => self.row(&row),
            Format::Null => {
                row.pop();
                row.push(0);
                self.row(&row);
            }
            Format::Json => {}
        }
    }

    /// Writes the JSON line of an event, if that is the form and it has one.
    fn object(&self, event: &Event<'_>) {
        if self.setup.format != Format::Json {
            return;
        }
        let line = self.sinks().run.take(event);
        if let Some(line) = line {
            self.row(&line.text());
        }
    }

    fn aside(&self, write: impl FnOnce()) {
        match &self.progress {
            Some(progress) => progress.aside(write),
            None => write(),
        }
    }

    /// The sinks; a panic in another thread leaves them usable, for every write is a whole one.
    fn sinks(&self) -> MutexGuard<'_, Sinks> {
        self.sinks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Console {
    fn notice(&self, event: &Event<'_>) {
        if let Some(progress) = &self.progress {
            progress.notice(event);
        }
        if let Event::PushPlanned { peer, rows } = event {
            self.sinks().report.plan(peer, *rows);
        }
        self.problem(event);
        match events::show(event) {
            Shown::Message { level, text } => self.message(level, &text),
            Shown::Row(row) => self.row_of_csync(row),
            Shown::Nothing => {}
        }
        self.object(event);
    }
}

#[cfg(test)]
mod tests;
