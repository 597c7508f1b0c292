//! The one place where the messages of a run come together.
//!
//! A [`Console`] counts problems, picks what is shown at this `-v` level, and writes each message in
//! one piece, from whatever thread it comes.
//!
//! # Invariants
//! * A problem is told once: at once by a server, with `-v` or in syslog, otherwise grouped at the
//!   end. The same refusal is told once a minute and counted in between (`refusals`).
//! * Standard output gets nothing but rows.
//! * With syslog nothing goes to standard error, which may be the connection to a peer.
use crate::cli::{Format, Invocation, ServeMode, Verb};
use crate::render::diagnostics::{self, Color};
use crate::render::errors::{self, Hinted};
use crate::render::events::{self, Shown};
use crate::render::json::Line;
use crate::render::json::run::Run;
use crate::render::printable::printable;
use crate::render::progress::Progress;
use crate::render::refusals::{self, Counted, Refusals};
use crate::render::report::{self, Report};
use crate::render::stamps::{self, End, Stamps};
use crate::render::syslog::{self, Syslog};
use csync3_core::config::{Diagnostic, SourceText};
use csync3_engine::observer::{Event, Observer};
use std::error::Error;
use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

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
    /// Where time stamps go, besides the file of `-s`.
    pub stamped: Stamped,
    /// The form of what goes to standard output; never JSON in a server.
    pub format: Format,
    /// A run in JSON ends by a summary; a listing does not.
    pub sums_up: bool,
}

/// What `-t` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stamped {
    /// Nothing.
    No,
    /// Each line on standard error begins with the time, and there are lines with the date.
    Lines,
    /// Only the lines with the date are on standard error: the log stamps its messages itself.
    Dates,
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
            Verb::Check(_) | Verb::Update(_) | Verb::CheckUpdate(_) | Verb::Sync(_) | Verb::Db(_)
        );
        let inetd = invocation.verb == Verb::Serve(ServeMode::Inetd);
        let able = terminal.is_terminal && !terminal.is_dumb && !invocation.syslog;
        Self {
            verbosity: invocation.verbosity,
            syslog: invocation.syslog || inetd,
            at_once: server || invocation.verbosity > 0 || invocation.syslog,
            bars: works && able && invocation.verbosity == 0,
            color: if able && !terminal.no_color { Color::Always } else { Color::Never },
            stamped: match invocation.time_stamps {
                // Standard error may be the connection to the peer.
                true if !inetd && invocation.syslog => Stamped::Dates,
                true if !inetd => Stamped::Lines,
                _ => Stamped::No,
            },
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
    /// `-O`: gets the messages of all levels.
    full_log: Option<File>,
    out: Box<dyn Write + Send>,
    report: Report,
    refusals: Refusals,
    /// `None` if neither `-t` nor `-s` was given.
    stamps: Option<Stamps>,
    run: Run,
}

/// Takes the events of a run.
pub struct Console {
    setup: Setup,
    problems: AtomicU64,
    progress: Option<Progress>,
    started: Instant,
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

    /// A console that says nothing, for a run whose findings are told otherwise.
    #[must_use]
    pub fn silent() -> Self {
        let setup = Setup {
            verbosity: 0,
            syslog: false,
            at_once: true,
            bars: false,
            color: Color::Never,
            stamped: Stamped::No,
            format: Format::Lines,
            sums_up: false,
        };
        Self::with(setup, None, Log::Stream(Box::new(io::sink())), Box::new(io::sink()))
    }

    fn with(
        setup: Setup,
        progress: Option<Progress>,
        log: Log,
        out: Box<dyn Write + Send>,
    ) -> Self {
        let stamps = Some(Stamps::new(stamps::local_time, std::process::id()))
            .filter(|_| setup.stamped != Stamped::No);
        let sinks = Sinks {
            log,
            full_log: None,
            out,
            report: Report::default(),
            refusals: Refusals::default(),
            stamps,
            run: Run::default(),
        };
        let started = Instant::now();
        Self { setup, problems: AtomicU64::new(0), progress, started, sinks: Mutex::new(sinks) }
    }

    /// Begins a run: with the first time stamp, if stamps are wanted; `file` is that of `-s`.
    ///
    /// # Errors
    /// [`Hinted`] if the file cannot be opened: then nothing shall be done.
    pub fn begin(&self, file: Option<&Path>) -> Result<(), Hinted> {
        let mut sinks = self.sinks();
        if let Some(path) = file {
            let new = || Stamps::new(stamps::local_time, std::process::id());
            let opened = sinks.stamps.get_or_insert_with(new).append_to(path);
            opened.map_err(|error| no_stamp_file(path, &error))?;
        }
        sinks.stamp(self.setup.stamped);
        Ok(())
    }

    /// Lets the messages of all levels go to a file, too.
    pub fn log_fully(&self, file: File) {
        self.sinks().full_log = Some(file);
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

    /// As [`Self::expect_peers`], for a run that only compares.
    pub fn expect_to_compare(&self, peers: impl IntoIterator<Item = impl ToString>) {
        self.expect_peers(peers);
        self.sinks().report.compare();
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
        self.failed(error);
        self.sinks().end(self.setup.stamped, End::Fatal);
    }

    /// Tells an error that ends no more than a session.
    pub fn failed(&self, error: &(dyn Error + 'static)) {
        let told = errors::fatal(error, self.setup.color);
        self.message(0, told.trim_end());
    }

    /// Tells why a session could not begin; the same reason once a minute.
    pub fn unusable(&self, error: &(dyn Error + 'static)) {
        if self.level_of_refusal("a session", &errors::chain(error)) == 0 {
            self.failed(error);
        }
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
        self.sinks().end(self.setup.stamped, End::Finished);
        if self.setup.format == Format::Json && self.setup.sums_up {
            let summary = self.sinks().run.summary();
            self.row(&summary.text());
        }
    }

    /// Tells how often refusals came again, once their minute is over. A server calls this now and
    /// then.
    pub fn count_refusals(&self) {
        let counted = self.sinks().refusals.ended(self.started.elapsed());
        counted.iter().for_each(|counted| self.message(0, &again(counted)));
    }

    /// Removes the bars and tells the problems that were collected.
    fn settle(&self) {
        if let Some(progress) = &self.progress {
            progress.finish();
        }
        let counted = self.sinks().refusals.finish();
        counted.iter().for_each(|counted| self.message(0, &again(counted)));
        let report = self.sinks().report.render();
        self.message(0, report.trim_end());
    }

    /// The `-v` level of a refusal: the first of its kind in a minute is always told.
    fn level_of_refusal(&self, peer: &str, why: &str) -> u8 {
        self.count_refusals();
        if self.sinks().refusals.note(peer, why, self.started.elapsed()) { 0 } else { 2 }
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
        if text.is_empty() {
            return;
        }
        if let Some(file) = &mut self.sinks().full_log {
            // A full disk must not end the run, and it shows elsewhere.
            drop(file.write_all(format!("{text}\n").as_bytes()));
        }
        if level > self.setup.verbosity {
            return;
        }
        self.aside(|| {
            let mut sinks = self.sinks();
            sinks.stamp(self.setup.stamped);
            match &mut *sinks {
                Sinks { log: Log::Syslog(log), .. } => {
                    text.lines().for_each(|line| log.send(level, line));
                }
                Sinks { log: Log::Stream(stream), stamps, .. } => {
                    let prefix = stamps.as_ref().filter(|_| self.setup.stamped == Stamped::Lines);
                    let prefix = prefix.map(Stamps::prefix).unwrap_or_default();
                    let lines = text.lines().map(|line| format!("{prefix}{line}\n"));
                    let told: String = lines.collect();
                    // Nobody can be told that standard error is gone.
                    drop(stream.write_all(told.as_bytes()));
                }
            }
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

impl Sinks {
    /// Writes the time stamp that is due now, if any.
    fn stamp(&mut self, stamped: Stamped) {
        let due = self.stamps.as_mut().map(Stamps::due).unwrap_or_default();
        self.dated(stamped, &due);
    }

    /// Writes the last time stamps.
    fn end(&mut self, stamped: Stamped, end: End) {
        let last = self.stamps.as_mut().map(|stamps| stamps.end(end)).unwrap_or_default();
        self.dated(stamped, &last);
    }

    fn dated(&mut self, stamped: Stamped, lines: &str) {
        match (&mut self.log, stamped) {
            _ if lines.is_empty() => {}
            (_, Stamped::No) => {}
            (Log::Stream(stream), _) => drop(stream.write_all(lines.as_bytes())),
            (Log::Syslog(_), _) => drop(io::stderr().write_all(lines.as_bytes())),
        }
    }
}

/// The line for refusals that were counted.
fn again(counted: &Counted) -> String {
    let seconds = refusals::WINDOW.as_secs();
    match counted {
        Counted::Same { peer, why, times } => {
            printable(&format!("Refused {peer} {times} more times within {seconds} s: {why}"))
                .into_owned()
        }
        Counted::Others { times } => {
            format!("Refused {times} more requests within {seconds} s, for other reasons")
        }
    }
}

fn no_stamp_file(path: &Path, error: &io::Error) -> Hinted {
    let reason = errors::chain(error);
    Hinted::new(
        format!("Can't open timestamp file `{}': {reason}", path.display()),
        "the file of -s is made if its directory exists; without -s the call goes on",
    )
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
        if let Event::Refused { peer, why, .. } = event {
            let level = self.level_of_refusal(peer, why);
            if let Shown::Message { text, .. } = events::show(event) {
                self.message(level, &text);
            }
            return;
        }
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
