//! This host as the verbs need it: its configuration read, its database opened.
use crate::cert::Files as Certificates;
use crate::cli::Invocation;
use crate::render::Console;
use crate::start::{self, Start};
use csync3_core::config::{self, Config, Setting, Sources};
use csync3_disk::Disk;
use csync3_engine::credentials::Credentials;
use csync3_engine::host::Host;
use csync3_engine::observer::{Event, Observer};
use csync3_engine::serve::Hosts;
use csync3_store::Store;
use csync3_store::url::DatabaseUrl;
use std::collections::{HashMap, HashSet};
use std::error::Error;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

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
    certificates: Arc<Certificates>,
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
            certificates: Arc::new(Certificates::new(&start.system_dir, console)),
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
            return Err(NotAMember { host: self.start.host.to_string() }.into());
        }
        let store = self.store(&config, name)?;
        Ok(Host {
            config: Arc::new(config),
            store,
            disk: self.disk.clone(),
            credentials: Arc::clone(&self.certificates) as _,
            observer: Arc::clone(&self.console) as _,
        })
    }

    fn config(&self, file: &Path) -> Result<Config, Box<dyn Error + Send + Sync>> {
        let setting = Setting {
            host: self.start.host.clone(),
            system_dir: self.start.system_dir.clone(),
            groups: self.invocation.groups.clone(),
            peers: self.invocation.peers.clone(),
        };
        let config = config::load(file, &setting, &self.files)?;
        if !config.warnings.is_empty() {
            self.console.warn(&config.warnings, &config.texts);
        }
        Ok(config)
    }

    fn store(
        &self,
        config: &Config,
        name: Option<&str>,
    ) -> Result<Arc<dyn Store>, Box<dyn Error + Send + Sync>> {
        let option = self.invocation.database.as_deref();
        let host = self.start.host.as_str();
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

impl Hosts for Sites {
    fn open(&self, config_name: &str) -> Result<Host, Box<dyn Error + Send + Sync>> {
        let named = Some(config_name).filter(|name| !name.is_empty());
        self.site(named).inspect_err(|error| self.console.fatal(&**error))
    }

    fn credentials(&self) -> Arc<dyn Credentials> {
        Arc::clone(&self.certificates) as _
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
