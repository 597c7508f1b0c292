//! A certificate counts only together with its key.
use super::{Identity, IdentityError, VERSIONS, signing_key, single_certificate};
use crate::connection::Connection;
use crate::error::NetError;
use crate::pair::pair;
use csync3_core::decide::pin::Protection;
use csync3_testkit::{Certificate, CertificateKind};
use rustls::SupportedProtocolVersion;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use rustls::version::{TLS12, TLS13};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

type Versions<'a> = &'a [&'static SupportedProtocolVersion];

/// What somebody has who shows `certificate` and signs with the key of `key`.
fn identity(certificate: &Certificate, key: &Certificate, versions: Versions<'_>) -> Identity {
    let certificate = single_certificate(certificate.certificate.as_bytes()).expect("one");
    let key = PrivateKeyDer::from_pem_slice(key.key.as_bytes()).expect("a key");
    let key = signing_key(&key).expect("a usable key");
    Identity::assemble(certificate, key, versions).expect("a complete setup")
}

type Ends = (Result<Connection, NetError>, Result<Connection, NetError>);

async fn handshake(client: &Identity, server: &Identity) -> Ends {
    let (caller, called) = pair(LIMIT);
    // A client under TLS 1.3 has done before the server has looked at its certificate.
    tokio::join!(caller.secure_as_client(client, LIMIT), called.secure_as_server(server, LIMIT))
}

#[tokio::test]
async fn who_shows_a_certificate_without_its_key_is_not_believed() {
    for kind in CertificateKind::ALL {
        let (victim, thief) = (Certificate::make(kind, "victim"), Certificate::make(kind, "thief"));
        for version in [&TLS12, &TLS13] {
            let honest = identity(&victim, &victim, VERSIONS);
            let false_one = identity(&victim, &thief, &[version]);
            let (_, server) = handshake(&false_one, &honest).await;
            let refused = server.err().map(|error| format!("{error:?}")).unwrap_or_default();
            assert!(refused.contains("BadSignature"), "{kind:?} {version:?}: {refused}");
            let (client, _) = handshake(&honest, &false_one).await;
            let refused = client.err().map(|error| format!("{error:?}")).unwrap_or_default();
            assert!(refused.contains("BadSignature"), "{kind:?} {version:?}: {refused}");
        }
    }
}

#[tokio::test]
async fn every_kind_works_under_the_older_version_too() {
    for kind in CertificateKind::ALL {
        let made = Certificate::make(kind, "node");
        let (new, old) = (identity(&made, &made, VERSIONS), identity(&made, &made, &[&TLS12]));
        for (client, server) in [(&new, &old), (&old, &new)] {
            let (client, server) = handshake(client, server).await;
            for side in [client, server] {
                let side = side.expect("a handshake");
                let protection = side.secured().map(|secured| secured.protection);
                assert_eq!(protection, Some(Protection::OldTls), "{kind:?}");
            }
        }
    }
}

#[test]
fn a_pair_that_does_not_belong_together_is_refused() {
    for kind in CertificateKind::ALL {
        let (one, other) = (Certificate::make(kind, "one"), Certificate::make(kind, "other"));
        let refused = Identity::from_pem(one.certificate.as_bytes(), other.key.as_bytes());
        assert!(matches!(refused, Err(IdentityError::OtherKey)), "{kind:?}: {refused:?}");
    }
}

#[test]
fn what_is_missing_in_the_files_is_said() {
    let made = Certificate::make(CertificateKind::EcdsaP256, "node");
    let (certificate, key) = (made.certificate.as_bytes(), made.key.as_bytes());
    let both = [key, certificate].concat();
    assert!(Identity::from_pem(&both, &both).is_ok(), "one file may hold both");
    let refused = Identity::from_pem(key, key);
    assert!(matches!(refused, Err(IdentityError::NoCertificate { .. })), "{refused:?}");
    let refused = Identity::from_pem(certificate, certificate);
    assert!(matches!(refused, Err(IdentityError::NoKey { .. })), "{refused:?}");
    let odd = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let refused = Identity::from_pem(odd, key);
    assert!(matches!(refused, Err(IdentityError::Certificate(_))), "{refused:?}");
}
