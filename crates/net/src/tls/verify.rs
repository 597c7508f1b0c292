//! The proof that a peer has the key of the certificate it shows.
//!
//! The library's own check refuses X.509 version 1 and short RSA keys, so the certificate is read
//! here, and only the signature over the handshake is checked: by the library's primitives, or by
//! [`super::legacy`] for keys that these refuse.
use super::certificate::{Algorithm, Certificate};
use super::legacy;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring;
use rustls::pki_types::{AlgorithmIdentifier, CertificateDer, ServerName, UnixTime, alg_id};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::sign::SigningKey;
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};

/// What signatures may be made with, the preferred ones first. SHA-256 comes before the longer
/// digests: with PSS a key of 1024 bits has no room for SHA-512.
const SCHEMES: [SignatureScheme; 9] = [
    SignatureScheme::ED25519,
    SignatureScheme::ECDSA_NISTP256_SHA256,
    SignatureScheme::ECDSA_NISTP384_SHA384,
    SignatureScheme::RSA_PSS_SHA256,
    SignatureScheme::RSA_PSS_SHA384,
    SignatureScheme::RSA_PSS_SHA512,
    SignatureScheme::RSA_PKCS1_SHA256,
    SignatureScheme::RSA_PKCS1_SHA384,
    SignatureScheme::RSA_PKCS1_SHA512,
];

/// Which rules a signature has to keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    Tls12,
    Tls13,
}

/// Accepts every certificate that can be read, and demands a valid signature with its key.
#[derive(Debug)]
pub(super) struct Verifier;

/// Says whether a key is the one of a certificate.
pub(super) fn belong_together(certificate: &Certificate, key: &dyn SigningKey) -> bool {
    let message = b"csync3: does this key belong to this certificate?";
    let Some(signer) = key.choose_scheme(&SCHEMES) else {
        return false;
    };
    signer.sign(message).is_ok_and(|signature| {
        is_valid(certificate, message, signer.scheme(), &signature, Version::Tls12)
    })
}

fn is_valid(
    certificate: &Certificate,
    message: &[u8],
    scheme: SignatureScheme,
    signature: &[u8],
    version: Version,
) -> bool {
    if !is_allowed(scheme, certificate.algorithm(), version) {
        return false;
    }
    match certificate.algorithm() {
        Algorithm::Rsa { bits } if legacy::is_legacy(bits) => {
            legacy::is_valid(certificate.key(), message, scheme, signature)
        }
        Algorithm::Rsa { .. } => {
            by_library(certificate, alg_id::RSA_ENCRYPTION, message, scheme, signature)
        }
        Algorithm::EcdsaP256 => {
            by_library(certificate, alg_id::ECDSA_P256, message, scheme, signature)
        }
        Algorithm::EcdsaP384 => {
            by_library(certificate, alg_id::ECDSA_P384, message, scheme, signature)
        }
        Algorithm::Ed25519 => by_library(certificate, alg_id::ED25519, message, scheme, signature),
        Algorithm::Other => false,
    }
}

/// Says whether a scheme may be used. TLS 1.3 knows no PKCS#1 signatures and ties each curve to its
/// digest; TLS 1.2 knows only the digest.
fn is_allowed(scheme: SignatureScheme, algorithm: Algorithm, version: Version) -> bool {
    let old = version == Version::Tls12;
    match (scheme, algorithm) {
        (SignatureScheme::ED25519, Algorithm::Ed25519)
        | (SignatureScheme::ECDSA_NISTP256_SHA256, Algorithm::EcdsaP256)
        | (SignatureScheme::ECDSA_NISTP384_SHA384, Algorithm::EcdsaP384)
        | (
            SignatureScheme::RSA_PSS_SHA256
            | SignatureScheme::RSA_PSS_SHA384
            | SignatureScheme::RSA_PSS_SHA512,
            Algorithm::Rsa { .. },
        ) => true,
        (SignatureScheme::ECDSA_NISTP256_SHA256, Algorithm::EcdsaP384)
        | (SignatureScheme::ECDSA_NISTP384_SHA384, Algorithm::EcdsaP256)
        | (
            SignatureScheme::RSA_PKCS1_SHA256
            | SignatureScheme::RSA_PKCS1_SHA384
            | SignatureScheme::RSA_PKCS1_SHA512,
            Algorithm::Rsa { .. },
        ) => old,
        _ => false,
    }
}

fn by_library(
    certificate: &Certificate,
    key: AlgorithmIdentifier,
    message: &[u8],
    scheme: SignatureScheme,
    signature: &[u8],
) -> bool {
    let known = ring::default_provider().signature_verification_algorithms.mapping;
    let candidates = known.iter().filter(|(of, _)| *of == scheme).flat_map(|(_, all)| *all);
    candidates
        .filter(|candidate| candidate.public_key_alg_id() == key)
        .any(|right| right.verify_signature(certificate.key(), message, signature).is_ok())
}

fn readable(der: &CertificateDer<'_>) -> Result<Certificate, Error> {
    Certificate::parse(der).map_err(|_| CertificateError::BadEncoding.into())
}

fn check(
    message: &[u8],
    der: &CertificateDer<'_>,
    signed: &DigitallySignedStruct,
    version: Version,
) -> Result<HandshakeSignatureValid, Error> {
    if is_valid(&readable(der)?, message, signed.scheme, signed.signature(), version) {
        Ok(HandshakeSignatureValid::assertion())
    } else {
        Err(CertificateError::BadSignature.into())
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        _others: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        readable(shown).map(|_| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        check(message, shown, signed, Version::Tls12)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        check(message, shown, signed, Version::Tls13)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        SCHEMES.to_vec()
    }
}

impl ClientCertVerifier for Verifier {
    /// None: a csync2 client that is told names keeps its certificate back unless one of them has
    /// issued it.
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        shown: &CertificateDer<'_>,
        _others: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        readable(shown).map(|_| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        check(message, shown, signed, Version::Tls12)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        check(message, shown, signed, Version::Tls13)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        SCHEMES.to_vec()
    }
}
