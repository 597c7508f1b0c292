//! This host as the verbs need it: its configuration read, its database opened.
use crate::cli::Invocation;
use crate::render::Console;
use crate::start::{self, Start};
use csync3_core::config::{self, Config, HostName, Listed, Setting, Sources};
use csync3_disk::Disk;
use csync3_engine::host::Host;
use csync3_engine::observer::{Event, Observer};
use csync3_engine::serve::Hosts;
use csync3_store::Store;
use csync3_store::url::DatabaseUrl;
use std::collections::{HashMap, HashSet};
use std::error::Error;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::Builder;

/// The longest look-up of the names of hosts, of which one may be this one.
const RESOLVE: Duration = Duration::from_secs(10);

/// The configuration has no active group with this host.
#[derive(Debug, thiserror::Error)]
#[error("This host ({host}) is not a member of any configured group.")]
pub struct NotAMember {
    /// The name of this host.
    pub host: String,
}

/// Opens this host, once per run or once per session.
///
/// Configurations are read anew each time, databases are opened once.
pub struct Sites {
    start: Start,
    invocation: Invocation,
    console: Arc<Console>,
    disk: Disk,
    stores: Mutex<HashMap<PathBuf, Arc<dyn Store>>>,
    /// The listed host that this one was guessed to be.
    guessed: Mutex<Option<HostName>>,
    files: Files,
}

impl Sites {
    /// Prepares to open this host; nothing is read yet.
    #[must_use]
    pub fn new(invocation: &Invocation, start: &Start, console: &Arc<Console>) -> Self {
        Self {
            start: start.clone(),
            invocation: invocation.clone(),
            console: Arc::clone(console),
            disk: Disk::new(),
            stores: Mutex::default(),
            guessed: Mutex::default(),
            files: Files { console: Arc::clone(console), warned: Mutex::default() },
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
        let config = self.config(&file)?;
        if !config.is_member() {
            return Err(NotAMember { host: config.host.to_string() }.into());
        }
        let store = self.store(&config, name)?;
        Ok(Host {
            config: Arc::new(config),
            store,
            disk: self.disk.clone(),
            observer: Arc::clone(&self.console) as _,
        })
    }

    /// The configuration, as the host that this one is.
    fn config(&self, file: &Path) -> Result<Config, Box<dyn Error + Send + Sync>> {
        let mut config = self.config_of(&self.start.host, file)?;
        if !config.is_member()
            && let Some(host) = self.guessed(file)?
        {
            config = self.config_of(&host, file)?;
        }
        if !config.warnings.is_empty() {
            self.console.warn(&config.warnings, &config.texts);
        }
        Ok(config)
    }

    /// The listed host that this one must be, if no group lists it by its own name. What was guessed
    /// once holds as long as it is listed.
    fn guessed(&self, file: &Path) -> Result<Option<HostName>, Box<dyn Error + Send + Sync>> {
        let (ast, _) = config::read(file, &self.files)?;
        let listed = config::listed_hosts(&ast);
        let is_listed = |host: &HostName| listed.iter().any(|one| one.host == *host);
        if is_listed(&self.start.host) {
            return Ok(None);
        }
        let mut guessed = self.guessed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = guessed.as_ref().filter(|host| is_listed(host)) {
            return Ok(Some(known.clone()));
        }
        let leading_here = leading_here(listed)?;
        *guessed = config::guess(&leading_here).cloned();
        match &*guessed {
            Some(host) => self.console.say(1, &format!("My hostname guessed as: {host}")),
            None => leading_here.iter().for_each(|one| {
                let host = &one.host;
                self.console
                    .say(1, &format!("{host} leads to this host, but it is not the only one."));
            }),
        }
        Ok(guessed.clone())
    }

    fn config_of(
        &self,
        host: &HostName,
        file: &Path,
    ) -> Result<Config, Box<dyn Error + Send + Sync>> {
        let setting = Setting {
            host: host.clone(),
            system_dir: self.start.system_dir.clone(),
            groups: self.invocation.groups.clone(),
            peers: self.invocation.peers.clone(),
        };
        Ok(config::load(file, &setting, &self.files)?)
    }

    fn store(
        &self,
        config: &Config,
        name: Option<&str>,
    ) -> Result<Arc<dyn Store>, Box<dyn Error + Send + Sync>> {
        let option = self.invocation.database.as_deref();
        let host = config.host.as_str();
        let url = DatabaseUrl::decide(option, config.database.as_deref(), host, name)?;
        let file = url.file(|path| path.is_dir());
        self.console.say(2, &format!("Database-File: {}", file.display()));
        let mut stores = self.stores.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(store) = stores.get(&file) {
            return Ok(Arc::clone(store));
        }
        let store = csync3_store::open(&url)?;
        stores.insert(file, Arc::clone(&store));
        Ok(store)
    }

    /// Makes everything that was written durable.
    ///
    /// # Errors
    /// The first database that fails.
    pub fn flush(&self) -> Result<(), Box<dyn Error + Send + Sync>> {
        let stores = self.stores.lock().unwrap_or_else(PoisonError::into_inner);
        for store in stores.values() {
            store.flush()?;
        }
        Ok(())
    }
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

impl Hosts for Sites {
    fn open(&self, config_name: &str) -> Result<Host, Box<dyn Error + Send + Sync>> {
        let named = Some(config_name).filter(|name| !name.is_empty());
        self.site(named).inspect_err(|error| self.console.fatal(&**error))
    }

    fn refused(&self, peer: &str, why: String) {
        self.console.notice(&Event::Refused { peer, why });
    }
}

/// Configuration and key files of the system.
struct Files {
    console: Arc<Console>,
    /// Key files that were warned of, so that a daemon says it once.
    warned: Mutex<HashSet<PathBuf>>,
}

impl Sources for Files {
    fn read(&self, path: &Path) -> Result<Vec<u8>, String> {
        fs::read(path).map_err(|error| {
            let text = error.to_string();
            text.split(" (os error").next().unwrap_or_default().to_owned()
        })
    }

    fn read_key(&self, path: &Path) -> Result<Vec<u8>, String> {
        let is_open = |meta: fs::Metadata| meta.permissions().mode() & 0o077 != 0;
        if fs::metadata(path).is_ok_and(is_open) {
            let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
            if warned.insert(path.to_owned()) {
                let path = path.display();
                let text = format!(
                    "WARNING: key file {path} is open to other users: run `chmod 600 {path}`"
                );
                self.console.say(0, &text);
            }
        }
        self.read(path)
    }
}
