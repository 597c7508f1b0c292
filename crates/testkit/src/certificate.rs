//! Keys and certificates for TLS, made by the `openssl` program.
use std::path::Path;
use std::process::{Command, Stdio};

/// What kind of key and certificate a host has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateKind {
    /// As csync2's README makes them: RSA of 1024 bits, X.509 version 1, and expired by now.
    Recipe,
    /// RSA of 2048 bits, version 3.
    Rsa2048,
    /// RSA of 4096 bits, version 3.
    Rsa4096,
    /// ECDSA over P-256, version 3.
    EcdsaP256,
    /// Ed25519, version 3.
    Ed25519,
}

impl CertificateKind {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Recipe, Self::Rsa2048, Self::Rsa4096, Self::EcdsaP256, Self::Ed25519];

    fn key_arguments(self) -> &'static [&'static str] {
        match self {
            Self::Recipe => &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
            Self::Rsa2048 => &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
            Self::Rsa4096 => &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:4096"],
            Self::EcdsaP256 => &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
            Self::Ed25519 => &["-algorithm", "ED25519"],
        }
    }
}

/// A private key and its self-signed certificate, as PEM texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The key.
    pub key: String,
    /// The certificate.
    pub certificate: String,
}

impl Certificate {
    /// Makes a new key and a certificate whose common name is `subject`.
    ///
    /// # Panics
    /// When there is no `openssl`, or it refuses.
    #[must_use]
    pub fn make(kind: CertificateKind, subject: &str) -> Self {
        let dir = tempfile::tempdir().expect("the temporary directory is writable");
        openssl(dir.path(), &["genpkey", "-out", "key"], kind.key_arguments());
        let subject = format!("/O=csync3 test/CN={subject}");
        if kind == CertificateKind::Recipe {
            openssl(
                dir.path(),
                &["req", "-new", "-key", "key", "-out", "request"],
                &["-subj", &subject],
            );
            openssl(
                dir.path(),
                &["x509", "-req", "-in", "request", "-signkey", "key"],
                &["-days", "-1", "-out", "certificate"],
            );
        } else {
            openssl(
                dir.path(),
                &["req", "-x509", "-key", "key", "-out", "certificate"],
                &["-days", "600", "-subj", &subject],
            );
        }
        let text = |name| std::fs::read_to_string(dir.path().join(name)).expect("it was made");
        Self { key: text("key"), certificate: text("certificate") }
    }
}

pub(crate) fn openssl(dir: &Path, command: &[&str], more: &[&str]) {
    let output = Command::new("openssl")
        .args(command)
        .args(more)
        .current_dir(dir)
        .stdin(Stdio::null())
        .output()
        .expect("the Debian package openssl is installed");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "openssl {command:?} {more:?}: {told}");
}
