//! `-t` and `-s FILE`: the time in messages, and in a file of its own.
//!
//! A run begins with a `TIMESTAMP` line, has another one whenever a message comes 300 s after the
//! last, and ends with one and the `TOTALTIME`. Where the lines go is the console's business; the
//! file gets them with the number of the process, whether or not anything else shows them.
//!
//! # Source
//! `spec/cli.md` 8, recorded from csync2 2.1: a run that a fatal error ends has no `TOTALTIME`.
use jiff::Zoned;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Seconds without a `TIMESTAMP` line after which the next message gets one.
const INTERVAL: i64 = 300;

/// How a run ends, as far as its stamps are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// It came to its end.
    Finished,
    /// An error stopped it.
    Fatal,
}

/// Decides when stamps are due; told the time, in seconds since the epoch.
#[derive(Debug, Default)]
struct Pace {
    started: Option<i64>,
    last: Option<i64>,
}

impl Pace {
    /// Says whether a `TIMESTAMP` line comes before a message of this moment, and assumes that it
    /// does then.
    fn is_due(&mut self, now: i64) -> bool {
        self.started.get_or_insert(now);
        let due = self.last.is_none_or(|last| now - last >= INTERVAL);
        if due {
            self.last = Some(now);
        }
        due
    }

    /// How long the run has taken, as `H:MM:SS`.
    fn total(&self, now: i64) -> String {
        let seconds = self.started.map_or(0, |started| (now - started).max(0));
        format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
    }
}

/// The stamps of a run.
pub(crate) struct Stamps {
    clock: fn() -> Zoned,
    process: u32,
    pace: Pace,
    file: Option<File>,
}

impl Stamps {
    /// The stamps of this process; `clock` tells the local time.
    pub(crate) fn new(clock: fn() -> Zoned, process: u32) -> Self {
        Self { clock, process, pace: Pace::default(), file: None }
    }

    /// Adds the file of `-s`: what is there stays.
    pub(crate) fn append_to(&mut self, path: &Path) -> io::Result<()> {
        self.file = Some(OpenOptions::new().append(true).create(true).open(path)?);
        Ok(())
    }

    /// The stamp that is due before a message of now, with its end of line; empty if none is.
    pub(crate) fn due(&mut self) -> String {
        let now = (self.clock)();
        if !self.pace.is_due(now.timestamp().as_second()) {
            return String::new();
        }
        self.kept(timestamp(&now))
    }

    /// What precedes a message: `[HH:MM:SS] `.
    pub(crate) fn prefix(&self) -> String {
        (self.clock)().strftime("[%H:%M:%S] ").to_string()
    }

    /// The last lines.
    pub(crate) fn end(&mut self, end: End) -> String {
        let now = (self.clock)();
        let mut lines = timestamp(&now);
        if end == End::Finished {
            let total = self.pace.total(now.timestamp().as_second());
            lines.push_str(&format!("TOTALTIME: {total}\n"));
        }
        self.kept(lines)
    }

    /// Writes the lines to the file, too.
    fn kept(&mut self, lines: String) -> String {
        if let Some(file) = &mut self.file {
            let process = self.process;
            let text: String = lines.lines().map(|line| format!("<{process}> {line}\n")).collect();
            // In one piece: other processes may append to it as well. A disk that is full is no
            // reason to stop a run.
            drop(file.write_all(text.as_bytes()));
        }
        lines
    }
}

fn timestamp(now: &Zoned) -> String {
    now.strftime("TIMESTAMP: %Y-%m-%d %H:%M:%S %Z (GMT%z)\n").to_string()
}

/// The local time; UTC where the system does not say what that is.
pub(crate) fn local_time() -> Zoned {
    let zone = jiff::tz::TimeZone::try_system().unwrap_or(jiff::tz::TimeZone::UTC);
    jiff::Timestamp::now().to_zoned(zone)
}

#[cfg(test)]
mod tests {
    use super::{End, Pace, Stamps};
    use jiff::Zoned;

    fn autumn() -> Zoned {
        let time = "2026-11-24T05:50:01-05:00[America/New_York]";
        time.parse().expect("the time zones of the system have New York")
    }

    #[test]
    fn a_stamp_is_due_at_first_and_after_five_minutes() {
        let mut pace = Pace::default();
        let due: Vec<bool> = [0, 1, 299, 300, 301, 599, 600].map(|now| pace.is_due(now)).to_vec();
        assert_eq!(due, [true, false, false, true, false, false, true]);
    }

    #[test]
    fn the_total_counts_hours_without_end_and_never_backwards() {
        let mut pace = Pace::default();
        assert_eq!(pace.total(7), "0:00:00");
        pace.is_due(1000);
        for (now, total) in
            [(1000, "0:00:00"), (1061, "0:01:01"), (1000 + 3600 * 123, "123:00:00"), (9, "0:00:00")]
        {
            assert_eq!(pace.total(now), total);
        }
    }

    #[test]
    fn lines_have_the_form_of_csync() {
        let mut stamps = Stamps::new(autumn, 7);
        let line = "TIMESTAMP: 2026-11-24 05:50:01 EST (GMT-0500)\n";
        assert_eq!(stamps.due(), line);
        assert_eq!(stamps.due(), "");
        assert_eq!(stamps.prefix(), "[05:50:01] ");
        assert_eq!(stamps.end(End::Fatal), line);
        assert_eq!(stamps.end(End::Finished), format!("{line}TOTALTIME: 0:00:00\n"));
    }

    #[test]
    fn the_file_is_appended_to_with_the_number_of_the_process() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("stamps");
        std::fs::write(&path, "before\n").expect("a fresh file");
        let mut stamps = Stamps::new(autumn, 7);
        stamps.append_to(&path).expect("a file");
        stamps.due();
        stamps.end(End::Finished);
        let stamp = "<7> TIMESTAMP: 2026-11-24 05:50:01 EST (GMT-0500)\n";
        let expected = format!("before\n{stamp}{stamp}<7> TOTALTIME: 0:00:00\n");
        assert_eq!(std::fs::read_to_string(&path).expect("text"), expected);
        assert!(stamps.append_to(&directory.path().join("no/file")).is_err());
    }
}
