//! Which certificate a peer may show.
use super::{Accepted, show};
use crate::cli::Invocation;
use crate::render::errors::Hinted;
use crate::verbs::push::dialer;
use csync3_core::config::HostName;
use csync3_engine::host::Host;
use csync3_engine::observer::Problem;
use csync3_engine::push::certificate_of;
use csync3_net::tls::{Certificate, Fingerprint, single_certificate};
use csync3_store::row::{Change, Pin};
use std::error::Error;
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::runtime::Builder;

/// The longest wait for the peer's certificate.
const HANDSHAKE: Duration = Duration::from_secs(30);

/// Why a certificate is not remembered.
#[derive(Debug, thiserror::Error)]
enum TrustError {
    #[error("cannot trust {peer}: no group of this host lists a peer of this name")]
    NoPeer { peer: String },
    #[error("cannot trust {peer}: it shows a certificate with SHA-256 {shown}, not {wanted}")]
    Other { peer: String, shown: Fingerprint, wanted: Fingerprint },
    #[error("cannot trust {peer}: nobody has confirmed its certificate")]
    NotConfirmed { peer: String },
    #[error("cannot read {}", file.display())]
    File { file: PathBuf, source: io::Error },
    #[error("cannot forget {peer}: no certificate of it is remembered")]
    Nothing { peer: String },
}

/// Remembers a certificate of a peer in the place of any other.
pub(super) fn trust(
    host: &Host,
    invocation: &Invocation,
    peer: &str,
    accepted: &Accepted,
) -> Result<(), Box<dyn Error>> {
    let name = HostName::parse(peer.as_bytes()).filter(|name| host.config.peers().contains(name));
    let name = name.ok_or_else(|| {
        let known: Vec<_> = host.config.peers().iter().map(ToString::to_string).collect();
        let hint = format!("the peers of this host are: {}", known.join(", "));
        Hinted::new(TrustError::NoPeer { peer: peer.to_owned() }, hint)
    })?;
    let certificate = match accepted {
        Accepted::File(file) => from_file(file)?,
        Accepted::Fingerprint(wanted) => {
            let certificate = ask(host, invocation, &name)?;
            let shown = certificate.fingerprint();
            if shown != *wanted {
                let (peer, wanted) = (name.to_string(), *wanted);
                let hint = "compare with `csync3 cert show` on the peer";
                return Err(Hinted::new(TrustError::Other { peer, shown, wanted }, hint).into());
            }
            certificate
        }
        Accepted::OnAnswer => confirmed(&name, ask(host, invocation, &name)?)?,
    };
    let pin = Pin { peer: name.to_string(), certificate: certificate.der().to_vec() };
    host.store.commit(vec![Change::PutPin(pin)])?;
    host.store.flush()?;
    show::print(&format!("Remembered for {name}:\n{}", show::details(&certificate)))
}

fn ask(
    host: &Host,
    invocation: &Invocation,
    peer: &HostName,
) -> Result<Certificate, Box<dyn Error>> {
    let identity = host.credentials.identity().map_err(|error| {
        let hint = error.hint();
        Hinted::new(error, hint)
    })?;
    let dialer = dialer(invocation)?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let asked = certificate_of(peer.as_str(), &dialer, &identity, HANDSHAKE);
    runtime.block_on(asked).map_err(|mut problem: Problem| match problem.hint.take() {
        Some(hint) => Hinted::new(problem, hint).into(),
        None => problem.into(),
    })
}

fn from_file(file: &Path) -> Result<Certificate, Box<dyn Error>> {
    let text = fs::read(file).map_err(|source| {
        let unreadable = TrustError::File { file: file.to_owned(), source };
        Hinted::new(
            unreadable,
            "give the SHA-256 of the certificate (64 hexadecimal digits) or a file in PEM",
        )
    })?;
    Ok(single_certificate(&text)?)
}

/// Lets the person at the terminal decide.
fn confirmed(peer: &HostName, certificate: Certificate) -> Result<Certificate, Box<dyn Error>> {
    let shown = certificate.fingerprint();
    let refusal = || {
        let hint = format!(
            "compare {shown} with `csync3 cert show` on the peer, then run `csync3 cert trust \
             {peer} {shown}`"
        );
        Hinted::new(TrustError::NotConfirmed { peer: peer.to_string() }, hint)
    };
    if !io::stdin().is_terminal() {
        return Err(refusal().into());
    }
    let details = show::details(&certificate);
    show::print(&format!("{details}Is this what `csync3 cert show` says on {peer}? [y/N] "))?;
    io::stdout().flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    match answer.trim() {
        "y" | "Y" | "yes" => Ok(certificate),
        _ => Err(refusal().into()),
    }
}

/// Forgets the certificate of a peer.
pub(super) fn forget(host: &Host, peer: &str) -> Result<(), Box<dyn Error>> {
    if host.store.pin(peer)?.is_none() {
        return Err(TrustError::Nothing { peer: peer.to_owned() }.into());
    }
    host.store.commit(vec![Change::DropPin { peer: peer.to_owned() }])?;
    Ok(host.store.flush()?)
}
