//! RSA keys of 1024 to 2047 bits, which the TLS library neither signs with nor verifies.
//!
//! csync2's documented recipe made such keys for years. They are used only where a host has nothing
//! better, and it is warned each time.
use rsa::pkcs1::{DecodeRsaPrivateKey, DecodeRsaPublicKey};
use rsa::pkcs8::DecodePrivateKey;
use rsa::sha2::{Sha256, Sha384, Sha512};
use rsa::signature::{RandomizedSigner, SignatureEncoding, Verifier};
use rsa::traits::PublicKeyParts;
use rsa::{PrivateKey, PublicKey, pkcs1v15, pss};
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::{Signer, SigningKey};
use rustls::{Error, SignatureAlgorithm, SignatureScheme};
use std::fmt;
use std::sync::Arc;

/// The shortest key that is used at all.
const SHORTEST: usize = 1024;
/// The shortest key that the TLS library takes.
const LIBRARY: usize = 2048;

/// What such a key can sign with, the preferred ones first. PSS with SHA-512 does not fit a key of
/// 1024 bits.
const SCHEMES: [SignatureScheme; 5] = [
    SignatureScheme::RSA_PSS_SHA256,
    SignatureScheme::RSA_PSS_SHA384,
    SignatureScheme::RSA_PKCS1_SHA256,
    SignatureScheme::RSA_PKCS1_SHA384,
    SignatureScheme::RSA_PKCS1_SHA512,
];

/// Says whether a key of this length is one for this module.
pub(super) fn is_legacy(bits: usize) -> bool {
    (SHORTEST..LIBRARY).contains(&bits)
}

/// Says whether a signature was made with the private half of `key` (PKCS#1, DER).
pub(super) fn is_valid(
    key: &[u8],
    message: &[u8],
    scheme: SignatureScheme,
    signature: &[u8],
) -> bool {
    let Ok(key) = PublicKey::from_pkcs1_der(key) else {
        return false;
    };
    let pkcs1 = || pkcs1v15::Signature::try_from(signature);
    let pss = || pss::Signature::try_from(signature);
    let verified = match scheme {
        SignatureScheme::RSA_PKCS1_SHA256 => {
            pkcs1().and_then(|s| pkcs1v15::VerifyingKey::<Sha256>::new(key).verify(message, &s))
        }
        SignatureScheme::RSA_PKCS1_SHA384 => {
            pkcs1().and_then(|s| pkcs1v15::VerifyingKey::<Sha384>::new(key).verify(message, &s))
        }
        SignatureScheme::RSA_PKCS1_SHA512 => {
            pkcs1().and_then(|s| pkcs1v15::VerifyingKey::<Sha512>::new(key).verify(message, &s))
        }
        SignatureScheme::RSA_PSS_SHA256 => {
            pss().and_then(|s| pss::VerifyingKey::<Sha256>::new(key).verify(message, &s))
        }
        SignatureScheme::RSA_PSS_SHA384 => {
            pss().and_then(|s| pss::VerifyingKey::<Sha384>::new(key).verify(message, &s))
        }
        SignatureScheme::RSA_PSS_SHA512 => {
            pss().and_then(|s| pss::VerifyingKey::<Sha512>::new(key).verify(message, &s))
        }
        _ => return false,
    };
    verified.is_ok()
}

/// A short private key.
pub(super) struct LegacyRsa(Arc<PrivateKey>);

impl fmt::Debug for LegacyRsa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LegacyRsa")
    }
}

impl LegacyRsa {
    /// Reads a key; `None` if it is none for this module.
    pub(super) fn parse(key: &PrivateKeyDer<'_>) -> Option<Self> {
        let key = match key {
            PrivateKeyDer::Pkcs1(der) => PrivateKey::from_pkcs1_der(der.secret_pkcs1_der()).ok()?,
            PrivateKeyDer::Pkcs8(der) => PrivateKey::from_pkcs8_der(der.secret_pkcs8_der()).ok()?,
            _ => return None,
        };
        let bits = key.size() * 8;
        is_legacy(bits).then(|| Self(Arc::new(key)))
    }
}

impl SigningKey for LegacyRsa {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let scheme = SCHEMES.into_iter().find(|scheme| offered.contains(scheme))?;
        Some(Box::new(LegacySigner { key: Arc::clone(&self.0), scheme }))
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::RSA
    }
}

struct LegacySigner {
    key: Arc<PrivateKey>,
    scheme: SignatureScheme,
}

impl fmt::Debug for LegacySigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LegacySigner").field("scheme", &self.scheme).finish_non_exhaustive()
    }
}

impl Signer for LegacySigner {
    /// Signs with a blinded key, so that the time it takes tells nothing of it.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let key = PrivateKey::clone(&self.key);
        match self.scheme {
            SignatureScheme::RSA_PSS_SHA256 => {
                signed(&pss::SigningKey::<Sha256>::new(key), message)
            }
            SignatureScheme::RSA_PSS_SHA384 => {
                signed(&pss::SigningKey::<Sha384>::new(key), message)
            }
            SignatureScheme::RSA_PKCS1_SHA256 => {
                signed(&pkcs1v15::SigningKey::<Sha256>::new(key), message)
            }
            SignatureScheme::RSA_PKCS1_SHA384 => {
                signed(&pkcs1v15::SigningKey::<Sha384>::new(key), message)
            }
            SignatureScheme::RSA_PKCS1_SHA512 => {
                signed(&pkcs1v15::SigningKey::<Sha512>::new(key), message)
            }
            _ => Err(Error::General("no scheme of this key".into())),
        }
    }

    fn scheme(&self) -> SignatureScheme {
        self.scheme
    }
}

fn signed<S: SignatureEncoding>(
    key: &impl RandomizedSigner<S>,
    message: &[u8],
) -> Result<Vec<u8>, Error> {
    let signature = key.try_sign_with_rng(&mut getrandom::SysRng, message);
    let signature = signature.map_err(|error| Error::General(error.to_string()))?;
    Ok(signature.to_vec())
}
