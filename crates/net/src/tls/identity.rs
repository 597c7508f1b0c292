//! This host's certificate and private key.
use super::certificate::{Certificate, CertificateError};
use super::legacy::LegacyRsa;
use super::verify::{self, Verifier};
use rustls::client::{ResolvesClientCert, Resumption};
use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert};
use rustls::sign::{CertifiedKey, SigningKey};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, ServerConfig, SignatureScheme, SupportedProtocolVersion};
use std::fmt;
use std::sync::Arc;

/// What is offered and accepted. A csync2 may be linked against a library without TLS 1.3.
const VERSIONS: &[&SupportedProtocolVersion] = &[&TLS13, &TLS12];

/// Why key and certificate cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// The text has no certificate in PEM.
    #[error("cannot find a certificate in the file: a block `BEGIN CERTIFICATE` is expected")]
    NoCertificate {
        /// What the reader says.
        source: pem::Error,
    },
    /// The certificate is none.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The text has no private key in PEM, or one that needs a passphrase.
    #[error("cannot find a private key in the file: a block `BEGIN PRIVATE KEY` is expected")]
    NoKey {
        /// What the reader says.
        source: pem::Error,
    },
    /// The key is of a kind or length that csync3 cannot use.
    #[error(
        "cannot use private key: RSA from 1024 bits, ECDSA P-256 or P-384, or Ed25519 is expected"
    )]
    UnusableKey,
    /// The key is not the one that the certificate is for.
    #[error("cannot use private key: it does not belong to the certificate")]
    OtherKey,
    /// The TLS library refuses them.
    #[error("cannot set up TLS")]
    Setup {
        /// Why.
        source: rustls::Error,
    },
}

/// The first certificate of a text in PEM.
///
/// # Errors
/// [`IdentityError::NoCertificate`], [`IdentityError::Certificate`].
pub fn single_certificate(pem: &[u8]) -> Result<Certificate, IdentityError> {
    let der = CertificateDer::from_pem_slice(pem);
    Ok(Certificate::parse(&der.map_err(|source| IdentityError::NoCertificate { source })?)?)
}

/// A certificate and its key, ready for both sides of a handshake. Its `Debug` shows no key.
pub struct Identity {
    certificate: Certificate,
    pub(super) client: Arc<ClientConfig>,
    pub(super) server: Arc<ServerConfig>,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("certificate", &self.certificate).finish_non_exhaustive()
    }
}

impl Identity {
    /// Reads the texts of both files; what precedes the first block of the right kind is skipped.
    ///
    /// # Errors
    /// [`IdentityError`].
    pub fn from_pem(certificate: &[u8], key: &[u8]) -> Result<Self, IdentityError> {
        let certificate = single_certificate(certificate)?;
        let key =
            PrivateKeyDer::from_pem_slice(key).map_err(|source| IdentityError::NoKey { source })?;
        let key = signing_key(&key).ok_or(IdentityError::UnusableKey)?;
        if !verify::belong_together(&certificate, &*key) {
            return Err(IdentityError::OtherKey);
        }
        Self::assemble(certificate, key, VERSIONS).map_err(|source| IdentityError::Setup { source })
    }

    fn assemble(
        certificate: Certificate,
        key: Arc<dyn SigningKey>,
        versions: &[&'static SupportedProtocolVersion],
    ) -> Result<Self, rustls::Error> {
        let der = CertificateDer::from(certificate.der().to_vec());
        let shown = Arc::new(Shown(Arc::new(CertifiedKey::new(vec![der], key))));
        Ok(Self {
            certificate,
            client: Arc::new(client(Arc::clone(&shown), versions)?),
            server: Arc::new(server(shown, versions)?),
        })
    }

    /// The certificate.
    #[must_use]
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }
}

/// The key as the TLS library signs with it, or as we do where it refuses the length.
fn signing_key(key: &PrivateKeyDer<'_>) -> Option<Arc<dyn SigningKey>> {
    match ring::sign::any_supported_type(key) {
        Ok(key) => Some(key),
        Err(_) => Some(Arc::new(LegacyRsa::parse(key)?)),
    }
}

fn client(
    shown: Arc<Shown>,
    versions: &[&'static SupportedProtocolVersion],
) -> Result<ClientConfig, rustls::Error> {
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(versions)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Verifier))
        .with_client_cert_resolver(shown);
    // A resumed session would not prove the key again.
    config.resumption = Resumption::disabled();
    config.enable_sni = false;
    Ok(config)
}

fn server(
    shown: Arc<Shown>,
    versions: &[&'static SupportedProtocolVersion],
) -> Result<ServerConfig, rustls::Error> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(versions)?
        .with_client_cert_verifier(Arc::new(Verifier))
        .with_cert_resolver(shown);
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(config)
}

/// Shows the one certificate that there is, to whomever and whatever they ask for.
///
/// A csync2 server asks for a certificate that its own subject has issued.
#[derive(Debug)]
struct Shown(Arc<CertifiedKey>);

impl ResolvesClientCert for Shown {
    fn resolve(
        &self,
        _issuers: &[&[u8]],
        _schemes: &[SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

#[cfg(test)]
mod tests;
