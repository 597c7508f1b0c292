//! A new key and a self-signed certificate for this host.
use super::{certificate_file, key_file};
use crate::cert::show;
use crate::render::errors::Hinted;
use csync3_net::tls::Identity;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, PKCS_ECDSA_P256_SHA256};
use std::error::Error;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use time::{Duration, OffsetDateTime};

/// How long the certificate is valid.
const VALIDITY: Duration = Duration::days(3653);
/// How long before now it begins: clocks differ.
const EARLIER: Duration = Duration::days(1);

/// Why there is no new certificate.
#[derive(Debug, thiserror::Error)]
enum CreateError {
    #[error("cannot create {}: it exists already", file.display())]
    Exists { file: PathBuf },
    #[error("cannot create {}", file.display())]
    Write { file: PathBuf, source: io::Error },
    #[error("cannot make a certificate for '{name}'")]
    Make { name: String, source: rcgen::Error },
}

/// Makes a pair; replaces an existing one only if told to.
pub(super) fn create(system_dir: &Path, name: &str, force: bool) -> Result<(), Box<dyn Error>> {
    let (key_file, certificate_file) = (key_file(system_dir), certificate_file(system_dir));
    for file in [&key_file, &certificate_file] {
        if !force && file.symlink_metadata().is_ok() {
            let exists = CreateError::Exists { file: file.clone() };
            return Err(Hinted::new(
                exists,
                "`csync3 cert create --force` makes a new pair; every peer that remembers the old \
                 one then has to accept it with `csync3 cert trust`",
            )
            .into());
        }
    }
    let failed = |source| CreateError::Make { name: name.to_owned(), source };
    let (key, certificate) = make(name).map_err(failed)?;
    let identity = Identity::from_pem(certificate.as_bytes(), key.as_bytes())?;
    // Both are complete before either has its name, so that a crash leaves at most a pair that does
    // not match, which is noticed and said.
    let key_part = Part::write(&key_file, &key, 0o600)?;
    let certificate_part = Part::write(&certificate_file, &certificate, 0o644)?;
    key_part.put_in_place()?;
    certificate_part.put_in_place()?;
    show::print(&show::details(identity.certificate()))
}

fn make(name: &str) -> Result<(String, String), rcgen::Error> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let mut params = CertificateParams::new(vec![name.to_owned()])?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    let now = OffsetDateTime::now_utc();
    params.not_before = now - EARLIER;
    params.not_after = now + VALIDITY;
    let certificate = params.self_signed(&key)?;
    Ok((key.serialize_pem(), certificate.pem()))
}

/// A file that has its content and not yet its name. Dropping it removes it.
struct Part<'a> {
    file: &'a Path,
    temporary: Option<PathBuf>,
}

impl<'a> Part<'a> {
    fn write(file: &'a Path, text: &str, mode: u32) -> Result<Self, CreateError> {
        let mut name = file.as_os_str().to_owned();
        name.push(format!(".new-{}", std::process::id()));
        let part = Self { file, temporary: Some(PathBuf::from(name)) };
        part.fill(text, mode)
            .map_err(|source| CreateError::Write { file: file.to_owned(), source })?;
        Ok(part)
    }

    fn fill(&self, text: &str, mode: u32) -> io::Result<()> {
        let Some(temporary) = &self.temporary else {
            return Ok(());
        };
        let mut open = OpenOptions::new();
        let mut opened = open.write(true).create_new(true).mode(mode).open(temporary)?;
        opened.write_all(text.as_bytes())?;
        opened.sync_all()
    }

    fn put_in_place(mut self) -> Result<(), CreateError> {
        let Some(temporary) = self.temporary.take() else {
            return Ok(());
        };
        fs::rename(&temporary, self.file).map_err(|source| {
            self.temporary = Some(temporary);
            CreateError::Write { file: self.file.to_owned(), source }
        })
    }
}

impl Drop for Part<'_> {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            // Not there if it could not be made.
            drop(fs::remove_file(temporary));
        }
    }
}
