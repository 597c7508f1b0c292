//! The configurations of a process: read when they are new or changed, and kept.
//!
//! A server asks for its configuration at each session, as csync2 does, so that an edited file
//! counts from the next session on. A text with mistakes does not: it is reported, and the last good
//! one stays in use until the mistakes are gone.
//!
//! # Invariants
//! * A configuration of which a file is gone is not used any more: whoever takes away a key or the
//!   main file wants it to end.
//! * Only configurations that were good once are kept, so a stranger that asks for any name there
//!   is costs no memory.
use super::files::{Files, Seen, Warned};
use super::guess::{self, Guess};
use crate::render::Console;
use csync3_core::config::{Config, ConfigErrors, Setting};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How often it is said that an old configuration is in use.
const REMINDER: Duration = Duration::from_secs(60);

/// The configurations that are in use, by their main files.
pub(super) struct Configs {
    setting: Setting,
    console: Arc<Console>,
    warned: Warned,
    guess: Guess,
    known: Mutex<HashMap<PathBuf, Known>>,
}

/// A configuration that can be used.
struct Known {
    config: Arc<Config>,
    seen: Seen,
    /// What is on the disk has mistakes; this is what was read of it, and when that was told.
    faulty: Option<(Seen, Instant)>,
}

/// What a configuration names.
pub(super) struct Named {
    pub(super) listed: Vec<String>,
    pub(super) leading_here: Vec<String>,
    pub(super) key_files: Vec<PathBuf>,
}

/// What came of reading a configuration again.
pub(super) enum Reread {
    /// It is in use now.
    InUse(Arc<Config>),
    /// It has mistakes, which were told; the one of before stays.
    Kept,
    /// It cannot be used, and is not any more.
    Gone(ConfigErrors),
}

impl Configs {
    pub(super) fn new(setting: Setting, console: &Arc<Console>) -> Self {
        Self {
            setting,
            console: Arc::clone(console),
            warned: Warned::default(),
            guess: Guess::default(),
            known: Mutex::default(),
        }
    }

    /// The configuration of a main file, as it is now, or as it was before it had mistakes.
    pub(super) fn get(&self, main: &Path) -> Result<Arc<Config>, ConfigErrors> {
        let mut known = self.known();
        if let Some(known) = known.get_mut(main) {
            if known.seen.is_current() {
                known.faulty = None;
                return Ok(Arc::clone(&known.config));
            }
            if let Some((seen, told)) = &known.faulty
                && seen.is_current()
                && told.elapsed() < REMINDER
                && !known.seen.has_lost_a_file()
            {
                return Ok(Arc::clone(&known.config));
            }
        }
        match self.read(&mut known, main) {
            Reread::InUse(config) => Ok(config),
            Reread::Kept => Ok(Arc::clone(&known[main].config)),
            Reread::Gone(errors) => Err(errors),
        }
    }

    /// Reads every configuration that is in use again; without any, that of `main`.
    pub(super) fn reread(&self, main: &Path) -> Vec<(PathBuf, Reread)> {
        let mut known = self.known();
        let mut files: Vec<PathBuf> = known.keys().cloned().collect();
        if files.is_empty() {
            files.push(main.to_owned());
        }
        files.sort();
        for known in known.values_mut() {
            // What was asked for is told, however often it was told before.
            known.faulty = None;
        }
        let reread = files.into_iter().map(|file| {
            let read = self.read(&mut known, &file);
            (file, read)
        });
        reread.collect()
    }

    /// The hosts that the configuration lists, those of them whose names lead here, and its key files.
    pub(super) fn named(&self, main: &Path) -> Result<Named, ConfigErrors> {
        let files = Files::new(&self.console, &self.warned);
        guess::named(main, &self.setting.system_dir, &files)
    }

    fn read(&self, known: &mut HashMap<PathBuf, Known>, main: &Path) -> Reread {
        let files = Files::new(&self.console, &self.warned);
        let loaded = self.guess.load(main, &self.setting, &files, &self.console);
        let seen = files.seen();
        let errors = match loaded {
            Ok(config) => {
                if !config.warnings.is_empty() {
                    self.console.warn(&config.warnings, &config.texts);
                }
                let config = Arc::new(config);
                let new = Known { config: Arc::clone(&config), seen, faulty: None };
                known.insert(main.to_owned(), new);
                return Reread::InUse(config);
            }
            Err(errors) => errors,
        };
        match known.get_mut(main) {
            Some(before) if !before.seen.has_lost_a_file() => {
                let told = before.faulty.as_ref().map(|(_, told)| *told);
                let is_due = |told: Instant| told.elapsed() >= REMINDER;
                let same = before.faulty.as_ref().is_some_and(|(old, _)| old.is_same(&seen));
                let told = match told {
                    Some(told) if same && !is_due(told) => told,
                    _ => {
                        self.console.failed(&errors);
                        let main = main.display();
                        let text =
                            format!("{main} is as it was for peers until this is put right.");
                        self.console.say(0, &text);
                        Instant::now()
                    }
                };
                before.faulty = Some((seen, told));
                Reread::Kept
            }
            _ => {
                known.remove(main);
                Reread::Gone(errors)
            }
        }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<PathBuf, Known>> {
        // A panic while it was held leaves whole entries.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
