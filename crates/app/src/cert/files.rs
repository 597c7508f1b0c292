//! Key and certificate of this host, read once and again when a file has changed.
use super::{certificate_file, key_file};
use crate::key;
use crate::render::Console;
use crate::stamp::Stamp;
use csync3_engine::credentials::{Credentials, CredentialsError, outdated};
use csync3_engine::host::now;
use csync3_net::tls::{Fingerprint, Identity};
use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The pair of files, and what was last read from them.
pub struct Files {
    key: PathBuf,
    certificate: PathBuf,
    console: Arc<Console>,
    last: Mutex<Option<(Stamps, Arc<Identity>)>>,
    /// Outdated certificates that were spoken of.
    seen: Mutex<HashSet<Fingerprint>>,
    /// It was said that others can read the key.
    warned_of_key: Mutex<bool>,
}

/// One state of both files.
type Stamps = [Stamp; 2];

impl Files {
    /// The files of a system directory; nothing is read yet.
    #[must_use]
    pub fn new(system_dir: &Path, console: &Arc<Console>) -> Self {
        Self {
            key: key_file(system_dir),
            certificate: certificate_file(system_dir),
            console: Arc::clone(console),
            last: Mutex::default(),
            seen: Mutex::default(),
            warned_of_key: Mutex::default(),
        }
    }

    fn warn(&self, identity: &Identity) {
        let mut warned = self.warned_of_key.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(text) = key::open_to_others(&self.key)
            && !std::mem::replace(&mut *warned, true)
        {
            self.console.say(0, &text);
        }
        let certificate = identity.certificate();
        let whose = format!("the certificate {}", self.certificate.display());
        let remedy = "`csync3 cert create --force`, then `csync3 cert trust` on the peers";
        if let Some(text) = outdated(certificate, &whose, now().seconds)
            && self.is_first_sight(certificate.fingerprint())
        {
            self.console.say(0, &format!("WARNING: {text}: renew it with {remedy}"));
        }
    }
}

impl Credentials for Files {
    fn identity(&self) -> Result<Arc<Identity>, CredentialsError> {
        let stamps = [stamp(&self.certificate)?, stamp(&self.key)?];
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, identity)) = &*last
            && *of == stamps
        {
            return Ok(Arc::clone(identity));
        }
        let is_settled = stamps.iter().all(Stamp::is_settled);
        let identity = Arc::new(load(&self.certificate, &self.key)?);
        self.warn(&identity);
        // A change within the same tick of time would not show.
        *last = is_settled.then(|| (stamps, Arc::clone(&identity)));
        Ok(identity)
    }

    fn is_first_sight(&self, certificate: Fingerprint) -> bool {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(certificate)
    }
}

fn stamp(file: &Path) -> Result<Stamp, CredentialsError> {
    Ok(Stamp::of(&fs::metadata(file).map_err(|source| failure(file, source))?))
}

/// Reads the pair; both belong together.
pub(super) fn load(certificate: &Path, key: &Path) -> Result<Identity, CredentialsError> {
    let (text, secret) = (read(certificate)?, read(key)?);
    Identity::from_pem(&text, &secret).map_err(|source| CredentialsError::Unusable {
        certificate: certificate.to_owned(),
        key: key.to_owned(),
        source,
    })
}

fn read(file: &Path) -> Result<Vec<u8>, CredentialsError> {
    fs::read(file).map_err(|source| failure(file, source))
}

fn failure(file: &Path, source: io::Error) -> CredentialsError {
    let file = file.to_owned();
    match source.kind() {
        io::ErrorKind::NotFound => CredentialsError::Missing { file },
        _ => CredentialsError::Unreadable { file, source },
    }
}
