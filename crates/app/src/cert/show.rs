//! Certificates for people.
use super::files::load;
use super::{certificate_file, key_file};
use crate::render::errors::Hinted;
use crate::render::printable::printable;
use csync3_net::tls::{Certificate, Fingerprint};
use csync3_store::Store;
use std::error::Error;
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use time::OffsetDateTime;

/// Shows this host's certificate.
pub(super) fn own(system_dir: &Path) -> Result<(), Box<dyn Error>> {
    let loaded = load(&certificate_file(system_dir), &key_file(system_dir));
    let identity = loaded.map_err(|error| {
        let hint = error.hint();
        Hinted::new(error, hint)
    })?;
    print(&details(identity.certificate()))
}

/// Lists what is remembered: peer, fingerprint, algorithm and validity, separated by tabs.
pub(super) fn pins(store: &dyn Store) -> Result<(), Box<dyn Error>> {
    let mut lines = String::new();
    for pin in store.pins()? {
        let print = Fingerprint::of(&pin.certificate);
        let rest = match Certificate::parse(&pin.certificate) {
            Ok(certificate) => format!("{}\t{}", certificate.algorithm(), validity(&certificate)),
            Err(_) => "unreadable\t".to_owned(),
        };
        lines.push_str(&format!("{}\t{print}\t{rest}\n", printable(&pin.peer)));
    }
    print(&lines)
}

/// A certificate in a few lines.
pub(super) fn details(certificate: &Certificate) -> String {
    format!(
        "Subject:     {}\nAlgorithm:   {}\nValid:       {}\nFingerprint: {}\n",
        printable(certificate.subject()),
        certificate.algorithm(),
        validity(certificate),
        certificate.fingerprint(),
    )
}

fn validity(certificate: &Certificate) -> String {
    format!("{} to {}", day(certificate.not_before()), day(certificate.not_after()))
}

fn day(seconds: i64) -> String {
    OffsetDateTime::from_unix_timestamp(seconds)
        .map_or_else(|_| "?".to_owned(), |time| time.date().to_string())
}

/// Writes to standard output; a reader that has gone does not matter.
pub(super) fn print(text: &str) -> Result<(), Box<dyn Error>> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
