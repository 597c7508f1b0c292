//! The certificate that a peer shows against the one it has always shown.
//!
//! What is decided stands in [`csync3_core::decide::pin`]; here the store is asked and told. Both
//! sides of a session use it: what is pinned as server counts as client.
use crate::credentials::outdated;
use crate::host::{Host, now};
use crate::observer::Event;
use csync3_core::config::HostName;
use csync3_core::decide::pin::{Evidence, Trust, is_to_be_pinned, trust};
use csync3_net::tls::{Certificate, Fingerprint};
use csync3_store::StoreError;
use csync3_store::row::{Change, Pin};

/// Why the certificate of a peer is not accepted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PinError {
    /// It is not the one that is remembered.
    #[error("{0}")]
    Stranger(Stranger),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A peer with another certificate than before.
#[derive(Debug, thiserror::Error)]
#[error(
    "the certificate of {peer} is not the one that this host remembers: it shows SHA-256 {shown}, \
     remembered is {pinned}"
)]
pub(crate) struct Stranger {
    peer: String,
    shown: Fingerprint,
    pinned: Fingerprint,
}

impl Stranger {
    /// The certificate that is shown, and the remembered one.
    pub(crate) fn fingerprints(&self) -> (Fingerprint, Fingerprint) {
        (self.shown, self.pinned)
    }

    /// What to do about it.
    pub(crate) fn hint(&self) -> String {
        format!(
            "if its certificate was renewed, accept it with `csync3 cert trust {} {}`; if not, \
             somebody may be between the two hosts",
            self.peer, self.shown
        )
    }
}

/// The certificate of a session's peer; it is not another one than the remembered one.
pub(crate) struct Shown {
    host: Host,
    peer: HostName,
    certificate: Vec<u8>,
    trust: Trust,
}

/// Compares what the peer shows with what is remembered. May wait for the database.
pub(crate) fn check(host: &Host, peer: &HostName, certificate: &[u8]) -> Result<Shown, PinError> {
    let pinned = host.store.pin(peer.as_str())?.map(|pin| pin.certificate);
    let trust = trust(pinned.as_deref(), certificate);
    match pinned {
        Some(pinned) if trust == Trust::Mismatch => Err(PinError::Stranger(Stranger {
            peer: peer.to_string(),
            shown: Fingerprint::of(certificate),
            pinned: Fingerprint::of(&pinned),
        })),
        _ => {
            let certificate = certificate.to_vec();
            Ok(Shown { host: host.clone(), peer: peer.clone(), certificate, trust })
        }
    }
}

impl Shown {
    /// Takes note that the key of a group was right in this session, and remembers the certificate
    /// if none is remembered.
    pub(crate) fn key_was_proved(&mut self, dry_run: bool) -> Result<(), PinError> {
        if self.trust != Trust::Unknown {
            return Ok(());
        }
        let shares_group = self.host.config.peers().contains(&self.peer);
        let evidence = Evidence { shares_group, key_proved: true, dry_run };
        if !is_to_be_pinned(self.trust, evidence) {
            return Ok(());
        }
        let pin = Pin { peer: self.peer.to_string(), certificate: self.certificate.clone() };
        self.host.store.commit(vec![Change::AddPin(pin)])?;
        self.trust = Trust::Pinned;
        let print = Fingerprint::of(&self.certificate);
        self.host
            .detail(1, || format!("Remembering the certificate of {}: SHA-256 {print}", self.peer));
        // Another session may have been faster, with another certificate.
        check(&self.host, &self.peer, &self.certificate).map(|_| ())
    }

    /// Tells once that the peer's certificate is outdated, and how to renew it.
    pub(crate) fn warn_if_outdated(&self) {
        let Ok(certificate) = Certificate::parse(&self.certificate) else {
            return;
        };
        let whose = format!("the certificate of {}", self.peer);
        let remedy = "`csync3 cert create --force` there, then `csync3 cert trust` on its peers";
        if let Some(text) = outdated(&certificate, &whose, now().seconds)
            && self.host.credentials.is_first_sight(certificate.fingerprint())
        {
            let text = format!("{text}: renew it with {remedy}");
            self.host.notice(&Event::Warning { text });
        }
    }
}
