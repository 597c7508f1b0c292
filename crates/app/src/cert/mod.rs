//! `csync3 cert`: this host's certificate, and those that it remembers of its peers.
//!
//! [`CertCommand`]: what can be asked for · `create`: a new pair · `files`: the pair as the verbs use
//! it, [`Files`] · `show`: certificates for people · `trust`: which certificate a peer may show
mod create;
mod files;
mod show;
mod trust;

pub use files::Files;

use crate::cli::Invocation;
use crate::render::Console;
use crate::site::Sites;
use crate::start::Start;
use crate::verbs::plain;
use csync3_net::tls::Fingerprint;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What `csync3 cert` is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CertCommand {
    /// Make a key and a certificate for this host.
    Create {
        /// Also if there are some already.
        force: bool,
        /// The subject; the name of this host otherwise.
        name: Option<String>,
    },
    /// Show this host's certificate.
    Show,
    /// List the certificates that are remembered of peers.
    List,
    /// Remember another certificate of a peer from now on.
    Trust {
        /// The peer.
        peer: String,
        /// Which one.
        accepted: Accepted,
    },
    /// Forget the certificate of a peer: the next one that comes with the right key is remembered.
    Forget {
        /// The peer.
        peer: String,
    },
}

/// Which certificate of a peer is accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accepted {
    /// The one that it shows now, if it has this fingerprint.
    Fingerprint(Fingerprint),
    /// The one in this file (PEM).
    File(PathBuf),
    /// The one that it shows now, if a person at the terminal says yes.
    OnAnswer,
}

/// The file of this host's private key.
#[must_use]
pub fn key_file(system_dir: &Path) -> PathBuf {
    system_dir.join("csync2_ssl_key.pem")
}

/// The file of this host's certificate.
#[must_use]
pub fn certificate_file(system_dir: &Path) -> PathBuf {
    system_dir.join("csync2_ssl_cert.pem")
}

/// Carries out a command.
///
/// # Errors
/// Whatever keeps it from being carried out, with what to do about it where that is known.
pub fn run(
    command: &CertCommand,
    invocation: &Invocation,
    start: &Start,
    console: &Arc<Console>,
) -> Result<(), Box<dyn Error>> {
    let host = || Sites::new(invocation, start, console).site(None).map_err(plain);
    match command {
        CertCommand::Create { force, name } => {
            let name = name.as_deref().unwrap_or(start.host.as_str());
            create::create(&start.system_dir, name, *force)
        }
        CertCommand::Show => show::own(&start.system_dir),
        CertCommand::List => show::pins(&*host()?.store),
        CertCommand::Trust { peer, accepted } => trust::trust(&host()?, invocation, peer, accepted),
        CertCommand::Forget { peer } => trust::forget(&host()?, peer),
    }
}
