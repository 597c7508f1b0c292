//! This host's key and certificate for TLS, as the verbs ask for them. Who keeps the files decides
//! where they are and when they are read anew.
use csync3_net::tls::{Certificate, Fingerprint, Identity, IdentityError};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// Gives out this host's key and certificate.
pub trait Credentials: Send + Sync {
    /// Key and certificate as the files have them now.
    ///
    /// # Errors
    /// [`CredentialsError`]: without them there is no TLS.
    fn identity(&self) -> Result<Arc<Identity>, CredentialsError>;

    /// Says whether a certificate is asked about for the first time in this process; somebody is
    /// told once that it is outdated.
    fn is_first_sight(&self, certificate: Fingerprint) -> bool;
}

/// Why this host cannot talk TLS.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialsError {
    /// One of the files does not exist.
    #[error("cannot talk TLS: {} is missing", file.display())]
    Missing {
        /// The file.
        file: PathBuf,
    },
    /// One of the files cannot be read.
    #[error("cannot talk TLS: {} cannot be read", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// What is in the files cannot be used.
    #[error("cannot talk TLS with {} and {}", certificate.display(), key.display())]
    Unusable {
        /// The file of the certificate.
        certificate: PathBuf,
        /// The file of the key.
        key: PathBuf,
        /// What is wrong with them.
        source: IdentityError,
    },
    /// There is no place for them.
    #[error("cannot talk TLS: this host keeps no certificate")]
    Nowhere,
}

impl CredentialsError {
    /// What to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Missing { .. } | Self::Nowhere => {
                "make a certificate with `csync3 cert create`, or allow plain connections with `nossl`"
            }
            Self::Unreadable { .. } => "run csync3 as the owner of the file",
            Self::Unusable { .. } => "make a new pair with `csync3 cert create --force`",
        }
    }
}

/// Says what is outdated about a certificate; `None` if nothing is.
#[must_use]
pub fn outdated(certificate: &Certificate, whose: &str, now: i64) -> Option<String> {
    let weak = certificate.weaknesses(now);
    let weak: Vec<String> = weak.iter().map(ToString::to_string).collect();
    let told = || format!("{whose} is outdated ({})", weak.join(", "));
    (!weak.is_empty()).then(told)
}

/// A host that keeps no certificate: every connection of it is plain.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoCredentials;

impl Credentials for NoCredentials {
    fn identity(&self) -> Result<Arc<Identity>, CredentialsError> {
        Err(CredentialsError::Nowhere)
    }

    fn is_first_sight(&self, _certificate: Fingerprint) -> bool {
        false
    }
}
