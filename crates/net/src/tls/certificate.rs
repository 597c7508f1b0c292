//! What a certificate says, as far as csync3 or a person wants to know.
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;
use x509_parser::asn1_rs::{Oid, oid};
use x509_parser::prelude::{FromDer, X509Certificate, X509Version};
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

/// RSA keys below this length count as weak.
const STRONG_RSA_BITS: usize = 2048;

const EC_PUBLIC_KEY: Oid<'static> = oid!(1.2.840.10045.2.1);
const P256: Oid<'static> = oid!(1.2.840.10045.3.1.7);
const P384: Oid<'static> = oid!(1.3.132.0.34);
const ED25519: Oid<'static> = oid!(1.3.101.112);

/// A certificate that could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    subject: String,
    algorithm: Algorithm,
    /// The content of its public key, without algorithm and wrapping.
    key: Vec<u8>,
    is_version_1: bool,
    not_before: i64,
    not_after: i64,
}

/// What kind of key a certificate is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// RSA.
    Rsa {
        /// Length of the modulus.
        bits: usize,
    },
    /// ECDSA over P-256.
    EcdsaP256,
    /// ECDSA over P-384.
    EcdsaP384,
    /// Ed25519.
    Ed25519,
    /// Anything else; csync3 cannot verify its signatures.
    Other,
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa { bits } => write!(f, "RSA {bits}"),
            Self::EcdsaP256 => f.write_str("ECDSA P-256"),
            Self::EcdsaP384 => f.write_str("ECDSA P-384"),
            Self::Ed25519 => f.write_str("Ed25519"),
            Self::Other => f.write_str("unknown algorithm"),
        }
    }
}

/// What is outdated about a certificate. None of it keeps a session from being made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weakness {
    /// Its RSA key is so short that it can be broken with enough money.
    ShortKey {
        /// Length of the key.
        bits: usize,
    },
    /// It is of X.509 version 1.
    Version1,
    /// Its time is over.
    Expired,
}

impl fmt::Display for Weakness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ShortKey { bits } => write!(f, "RSA key of only {bits} bits"),
            Self::Version1 => f.write_str("X.509 version 1"),
            Self::Expired => f.write_str("expired"),
        }
    }
}

/// Bytes that are no X.509 certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cannot read certificate: it is no X.509 certificate")]
pub struct CertificateError;

impl Certificate {
    /// Reads a certificate in DER.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn parse(der: &[u8]) -> Result<Self, CertificateError> {
        let Ok(([], parsed)) = X509Certificate::from_der(der) else {
            return Err(CertificateError);
        };
        let info = parsed.public_key();
        Ok(Self {
            subject: parsed.subject().to_string(),
            algorithm: algorithm(info),
            key: info.subject_public_key.data.to_vec(),
            is_version_1: parsed.version() == X509Version::V1,
            not_before: parsed.validity().not_before.timestamp(),
            not_after: parsed.validity().not_after.timestamp(),
            der: der.to_vec(),
        })
    }

    /// The certificate as it goes over the wire and into the database.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Whom it names; means nothing to csync3.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The kind of its key.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Its public key, in the form that its algorithm has for it.
    pub(crate) fn key(&self) -> &[u8] {
        &self.key
    }

    /// From when it is valid, in seconds since 1970.
    #[must_use]
    pub const fn not_before(&self) -> i64 {
        self.not_before
    }

    /// Until when it is valid, in seconds since 1970.
    #[must_use]
    pub const fn not_after(&self) -> i64 {
        self.not_after
    }

    /// Its SHA-256.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.der)
    }

    /// What is outdated about it at the time `now`, in seconds since 1970.
    #[must_use]
    pub fn weaknesses(&self, now: i64) -> Vec<Weakness> {
        let short = match self.algorithm {
            Algorithm::Rsa { bits } if bits < STRONG_RSA_BITS => Some(Weakness::ShortKey { bits }),
            _ => None,
        };
        let old = self.is_version_1.then_some(Weakness::Version1);
        let over = (self.not_after < now).then_some(Weakness::Expired);
        short.into_iter().chain(old).chain(over).collect()
    }
}

fn algorithm(info: &SubjectPublicKeyInfo<'_>) -> Algorithm {
    let kind = &info.algorithm.algorithm;
    if *kind == ED25519 {
        return Algorithm::Ed25519;
    }
    if *kind == EC_PUBLIC_KEY {
        let curve = info.algorithm.parameters.as_ref().and_then(|any| any.as_oid().ok());
        return match curve {
            Some(curve) if curve == P256 => Algorithm::EcdsaP256,
            Some(curve) if curve == P384 => Algorithm::EcdsaP384,
            _ => Algorithm::Other,
        };
    }
    match info.parsed() {
        Ok(PublicKey::RSA(key)) => Algorithm::Rsa { bits: bits(key.modulus) },
        _ => Algorithm::Other,
    }
}

/// Length of a number in bits, without its leading zeros.
fn bits(number: &[u8]) -> usize {
    let start = number.iter().position(|byte| *byte != 0).unwrap_or(number.len());
    let zeros = number.get(start).map_or(0, |byte| byte.leading_zeros() as usize);
    (number.len() - start) * 8 - zeros
}

/// The SHA-256 of a certificate, by which people compare two of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The fingerprint of a certificate in DER.
    #[must_use]
    pub fn of(der: &[u8]) -> Self {
        Self(Sha256::digest(der).into())
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            let colon = if at == 0 { "" } else { ":" };
            write!(f, "{colon}{byte:02X}")?;
        }
        Ok(())
    }
}

/// A text that is no fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cannot read fingerprint: 64 hexadecimal digits of a SHA-256 are expected")]
pub struct FingerprintError;

impl FromStr for Fingerprint {
    type Err = FingerprintError;

    /// Reads 64 hexadecimal digits of either case, with colons between them or not.
    fn from_str(text: &str) -> Result<Self, FingerprintError> {
        let digits: Option<Vec<u8>> = text
            .chars()
            .filter(|letter| *letter != ':')
            .map(|letter| letter.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
            .collect();
        let digits = digits.filter(|digits| digits.len() == 64).ok_or(FingerprintError)?;
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = pair[0] << 4 | pair[1];
        }
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::{Certificate, CertificateError, Fingerprint, bits};

    #[test]
    fn a_fingerprint_is_read_as_it_is_written_and_without_colons() {
        let print = Fingerprint::of(b"certificate");
        let text = print.to_string();
        assert_eq!(text.len(), 32 * 3 - 1);
        assert_eq!(text.parse(), Ok(print));
        assert_eq!(text.replace(':', "").to_lowercase().parse(), Ok(print));
        for odd in ["", "AB", &text[1..], &format!("{text}:00"), &text.replace(':', "-")] {
            assert!(odd.parse::<Fingerprint>().is_err(), "{odd}");
        }
    }

    #[test]
    fn leading_zeros_do_not_lengthen_a_key() {
        for (number, expected) in
            [(&[][..], 0), (&[0, 0], 0), (&[1], 1), (&[0, 0x80, 0], 16), (&[0x7f, 0xff], 15)]
        {
            assert_eq!(bits(number), expected, "{number:?}");
        }
    }

    #[test]
    fn what_is_no_certificate_is_none() {
        for bytes in [&b""[..], b"\x30", b"\x30\x03\x02\x01\x01", b"-----BEGIN CERTIFICATE-----"] {
            assert_eq!(Certificate::parse(bytes), Err(CertificateError));
        }
    }
}
