//! Which listed host this one is, if no group lists it by its own name.
//!
//! Settled before anything depends on it: prefixes, left and right, the name of the database.
//!
//! # Source
//! `spec/fork.md`: csync2's fork guesses, too, but after these.
use super::configs::Named;
use super::files::Files;
use crate::render::Console;
use csync3_core::config::ast::{Block, Statement};
use csync3_core::config::{self, Config, ConfigErrors, HostName, Listed, Setting};
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::Builder;

/// The longest look-up of the names of hosts, of which one may be this one.
const RESOLVE: Duration = Duration::from_secs(10);

/// The listed host that this one was guessed to be.
#[derive(Default)]
pub(super) struct Guess(Mutex<Option<HostName>>);

impl Guess {
    /// Reads a configuration as the host that this one is.
    pub(super) fn load(
        &self,
        main: &Path,
        setting: &Setting,
        files: &Files<'_>,
        console: &Console,
    ) -> Result<Config, ConfigErrors> {
        let config = config::load(main, setting, files)?;
        if config.is_member() {
            return Ok(config);
        }
        match self.host(main, setting, files, console)? {
            Some(host) => config::load(main, &Setting { host, ..setting.clone() }, files),
            None => Ok(config),
        }
    }

    /// The listed host that this one must be; `None` if it is listed, but in no active group, or if
    /// nothing or too much speaks for one. What was guessed once holds as long as it is listed.
    fn host(
        &self,
        main: &Path,
        setting: &Setting,
        files: &Files<'_>,
        console: &Console,
    ) -> Result<Option<HostName>, ConfigErrors> {
        let (ast, _) = config::read(main, files)?;
        let listed = config::listed_hosts(&ast);
        let is_listed = |host: &HostName| listed.iter().any(|one| one.host == *host);
        if is_listed(&setting.host) {
            return Ok(None);
        }
        let mut guessed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = guessed.as_ref().filter(|host| is_listed(host)) {
            return Ok(Some(known.clone()));
        }
        // Without a resolver nothing speaks for any host.
        let leading_here = leading_here(listed).unwrap_or_default();
        *guessed = config::guess(&leading_here).cloned();
        match &*guessed {
            Some(host) => console.say(1, &format!("My hostname guessed as: {host}")),
            None => leading_here.iter().for_each(|one| {
                let host = &one.host;
                console.say(1, &format!("{host} leads to this host, but it is not the only one."));
            }),
        }
        Ok(guessed.clone())
    }
}

/// What a configuration names, for a doctor.
pub(super) fn named(
    main: &Path,
    system_dir: &Path,
    files: &Files<'_>,
) -> Result<Named, ConfigErrors> {
    let (ast, _) = config::read(main, files)?;
    let all = config::listed_hosts(&ast);
    // Without a resolver nothing speaks for any host.
    let leading = leading_here(all.clone()).unwrap_or_default();
    let names = |listed: &[Listed]| sorted(listed.iter().map(|one| one.host.to_string()));
    let groups = ast.blocks.iter().filter_map(|block| match block {
        Block::Group(group) => Some(group),
        _ => None,
    });
    let statements = groups.flat_map(|group| &group.statements);
    let key_files = statements.filter_map(|statement| match statement {
        Statement::Key(file) => Some(system_dir.join(OsStr::from_bytes(&file.bytes))),
        _ => None,
    });
    Ok(Named { listed: names(&all), leading_here: names(&leading), key_files: sorted(key_files) })
}

fn sorted<T: Ord>(all: impl Iterator<Item = T>) -> Vec<T> {
    all.collect::<BTreeSet<T>>().into_iter().collect()
}

/// Those of the hosts whose name, or the name by which peers reach them, leads here.
fn leading_here(listed: Vec<Listed>) -> io::Result<Vec<Listed>> {
    let names: Vec<&str> =
        listed.iter().flat_map(|one| [one.host.as_str(), one.known_as.as_str()]).collect();
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let lead = runtime.block_on(csync3_net::lead_here(&names, RESOLVE));
    let lead: Vec<bool> = lead.chunks(2).map(|names| names.contains(&true)).collect();
    Ok(listed.into_iter().zip(lead).filter_map(|(one, leads)| leads.then_some(one)).collect())
}
