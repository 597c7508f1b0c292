//! This host as the verbs need it: its configuration read, its database opened.
//!
//! `configs`: configurations, kept as long as their files are unchanged · `files`: those files ·
//! `guess`: which listed host this one is
mod configs;
mod files;
mod guess;

use crate::cert::Files as Certificates;
use crate::cli::Invocation;
use crate::render::{Console, errors};
use crate::start::{self, Start};
use configs::{Configs, Named, Reread};
use csync3_core::config::{Config, Setting};
use csync3_core::doctor::refusal::Refusal;
use csync3_disk::Disk;
use csync3_engine::credentials::Credentials;
use csync3_engine::host::Host;
use csync3_engine::observer::{Event, Observer};
use csync3_engine::serve::{Examined, Hosts};
use csync3_store::Store;
use csync3_store::credentials::Environment;
use csync3_store::memory::MemoryStore;
use csync3_store::url::{DatabaseUrl, UrlError};
use std::collections::HashMap;
use std::error::Error;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// The configuration has no active group with this host.
#[derive(Debug, thiserror::Error)]
#[error("This host ({host}) is not a member of any configured group.")]
pub struct NotAMember {
    /// The name of this host.
    pub host: String,
}

impl NotAMember {
    fn of(config: &Config) -> Self {
        Self { host: config.host.to_string() }
    }
}

/// This host as far as it could be opened.
pub struct Diagnosed {
    /// The host; its store may only stand in for the database.
    pub host: Host,
    /// Why the database cannot be opened.
    pub database: Option<String>,
    /// The names of all hosts that the configuration lists.
    pub listed: Vec<String>,
    /// Those of them whose names lead here.
    pub leading_here: Vec<String>,
    /// The key files that the configuration names.
    pub key_files: Vec<PathBuf>,
}

/// Opens this host, once per run or once per session.
///
/// Configurations are read when their files have changed, databases are opened once.
pub struct Sites {
    start: Start,
    invocation: Invocation,
    console: Arc<Console>,
    disk: Disk,
    stores: Mutex<HashMap<PathBuf, Arc<dyn Store>>>,
    configs: Configs,
    certificates: Arc<Certificates>,
}

impl Sites {
    /// Prepares to open this host; nothing is read yet.
    #[must_use]
    pub fn new(invocation: &Invocation, start: &Start, console: &Arc<Console>) -> Self {
        let setting = Setting {
            host: start.host.clone(),
            system_dir: start.system_dir.clone(),
            groups: invocation.groups.clone(),
            peers: invocation.peers.clone(),
        };
        Self {
            start: start.clone(),
            invocation: invocation.clone(),
            console: Arc::clone(console),
            disk: Disk::new(),
            stores: Mutex::default(),
            configs: Configs::new(setting, console),
            certificates: Arc::new(Certificates::new(&start.system_dir, console)),
        }
    }

    /// Opens this host with a named configuration, or with the one of the command line.
    ///
    /// # Errors
    /// Configuration errors, [`NotAMember`], and the database's.
    pub fn site(&self, config_name: Option<&str>) -> Result<Host, Box<dyn Error + Send + Sync>> {
        let name = config_name.or(self.invocation.config_name.as_deref());
        let file = start::config_file(&self.start.system_dir, name)?;
        self.console.say(2, &format!("Config-File:   {}", file.display()));
        let config = self.configs.get(&file)?;
        if !config.is_member() {
            return Err(NotAMember::of(&config).into());
        }
        let store = self.store(&config, name)?;
        Ok(self.host(config, store))
    }

    /// Opens this host as far as that is possible, for a doctor.
    ///
    /// # Errors
    /// A configuration with mistakes: nothing can be told without one.
    pub fn diagnose(&self) -> Result<Diagnosed, Box<dyn Error + Send + Sync>> {
        let name = self.invocation.config_name.as_deref();
        let file = start::config_file(&self.start.system_dir, name)?;
        let config = self.configs.get(&file)?;
        let Named { listed, leading_here, key_files } = self.configs.named(&file)?;
        let opened = match config.is_member() {
            true => self.store(&config, name).map_err(|error| Some(errors::chain(&*error))),
            false => Err(None),
        };
        let (store, database): (Arc<dyn Store>, _) = match opened {
            Ok(store) => (store, None),
            // Nothing of it is kept: it lets the remaining checks run.
            Err(why) => (Arc::new(MemoryStore::new()), why),
        };
        let host = self.host(config, store);
        Ok(Diagnosed { host, database, listed, leading_here, key_files })
    }

    fn host(&self, config: Arc<Config>, store: Arc<dyn Store>) -> Host {
        Host {
            config,
            store,
            disk: self.disk.clone(),
            credentials: Arc::clone(&self.certificates) as _,
            observer: Arc::clone(&self.console) as _,
        }
    }

    /// Reads the configurations that are in use again, whether or not their files seem unchanged,
    /// and tells what came of it. Running sessions keep what they began with.
    pub fn reload(&self) {
        for (file, reread) in self.configs.reread(&self.start.config_file) {
            let file = file.display();
            match reread {
                Reread::InUse(config) if config.is_member() => {
                    let groups = config.groups.len();
                    let peers = config.peers().len();
                    let text = format!("{file} was read again: groups: {groups}, peers: {peers}.");
                    self.console.say(0, &text);
                }
                Reread::InUse(config) => self.console.failed(&NotAMember::of(&config)),
                // Told by whoever has read it.
                Reread::Kept => {}
                Reread::Gone(errors) => self.console.failed(&errors),
            }
        }
    }

    /// The configuration of the command line, and where the database of this host is; it is not
    /// opened.
    ///
    /// # Errors
    /// Configuration errors, and those of the database's place.
    pub fn place(&self) -> Result<(Arc<Config>, DatabaseUrl), Box<dyn Error + Send + Sync>> {
        let name = self.invocation.config_name.as_deref();
        let file = start::config_file(&self.start.system_dir, name)?;
        let config = self.configs.get(&file)?;
        let url = self.url(&config, name)?;
        Ok((config, url))
    }

    fn url(&self, config: &Config, name: Option<&str>) -> Result<DatabaseUrl, UrlError> {
        let option = self.invocation.database.as_deref();
        DatabaseUrl::decide(option, config.database.as_deref(), config.host.as_str(), name)
    }

    fn store(
        &self,
        config: &Config,
        name: Option<&str>,
    ) -> Result<Arc<dyn Store>, Box<dyn Error + Send + Sync>> {
        let url = self.url(config, name)?;
        let file = url.file(|path| path.is_dir());
        self.console.say(2, &format!("Database-File: {}", file.display()));
        let mut stores = self.stores.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(store) = stores.get(&file) {
            return Ok(Arc::clone(store));
        }
        let store = csync3_store::open(&url, &environment())?;
        stores.insert(file, Arc::clone(&store));
        Ok(store)
    }

    /// Makes everything that was written durable, and says how long a database was waited for.
    ///
    /// # Errors
    /// The first database that fails.
    pub fn flush(&self) -> Result<(), Box<dyn Error + Send + Sync>> {
        let stores = self.stores.lock().unwrap_or_else(PoisonError::into_inner);
        for (database, store) in stores.iter() {
            store.flush()?;
            if let Some((longest, what)) = store.longest_statement() {
                let (milliseconds, database) = (longest.as_secs_f64() * 1e3, database.display());
                let text = format!("Longest wait for {database}: {milliseconds:.1} ms, {what}.");
                self.console.say(2, &text);
            }
        }
        Ok(())
    }
}

impl Hosts for Sites {
    fn open(&self, config_name: &str) -> Result<Host, Box<dyn Error + Send + Sync>> {
        let named = Some(config_name).filter(|name| !name.is_empty());
        self.site(named).inspect_err(|error| self.console.unusable(&**error))
    }

    fn examine(&self, config_name: &str) -> Option<Examined> {
        let name = Some(config_name).filter(|name| !name.is_empty());
        let name = name.or(self.invocation.config_name.as_deref());
        let file = start::config_file(&self.start.system_dir, name).ok()?;
        let config = self.configs.get(&file).ok()?;
        let host = if config.is_member() {
            let opened = self.store(&config, name);
            opened
                .map(|store| self.host(Arc::clone(&config), store))
                .map_err(|error| Refusal::Database { why: errors::chain(&*error) })
        } else {
            Err(Refusal::NotAMember { host: config.host.to_string() })
        };
        Some(Examined { config, host })
    }

    fn calls_from(&self) -> Option<String> {
        self.invocation.host.clone()
    }

    fn credentials(&self) -> Arc<dyn Credentials> {
        Arc::clone(&self.certificates) as _
    }

    fn refused(&self, peer: &str, why: String) {
        self.console.notice(&Event::Refused { peer, what: None, why });
    }
}

/// What the environment of this process says about database servers.
pub(crate) fn environment() -> Environment {
    Environment::read(|name| std::env::var_os(name))
}
