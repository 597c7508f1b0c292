//! This host, as far as it can be told without its peers.
use super::{DoctorOptions, check_database, survey, with_causes};
use crate::check::scopes;
use crate::credentials::outdated;
use crate::host::{Host, now};
use csync3_core::doctor::local::{inotify, leftovers, uncovered};
use csync3_core::doctor::{Check, Finding};
use csync3_core::path::LocalPath;
use csync3_net::{Dialer, lead_here};
use std::time::Duration;

/// The longest wait for this host's own server, and for its name.
const NEAR: Duration = Duration::from_secs(5);

/// Examines this host.
pub(super) async fn examine(host: &Host, options: &DoctorOptions) -> Vec<Finding> {
    let mut found = Vec::new();
    found.extend(database(host, options));
    found.extend(certificate(host));
    found.extend(server(host, &options.calls.dialer).await);
    found.extend(options.operands.iter().filter_map(|path| covered(host, path)));
    let survey = survey::survey(host);
    found.extend(survey.problems);
    found.extend(inotify(options.limits, survey.directories));
    found.extend(leftovers(&survey.leftovers));
    found
}

fn database(host: &Host, options: &DoctorOptions) -> Option<Finding> {
    let why = options.database.clone().or_else(|| check_database(&*host.store))?;
    let cause = format!("the database cannot be written: {why}");
    let finding = Finding::problem(Check::Database, host.config.host.as_str(), cause);
    Some(finding.remedy(
        "run csync3 as the owner of the file; look for a full disk, a read-only mount or a damaged \
         file; -D and `database` say where it is",
    ))
}

/// This host's certificate, if any peer is called under TLS.
fn certificate(host: &Host) -> Option<Finding> {
    let peers = host.config.peers();
    let encrypted = peers.iter().find(|peer| !host.config.plain_to(peer))?;
    let own = host.config.host.as_str();
    match host.credentials.identity() {
        Ok(identity) => {
            let remedy = "`csync3 cert create --force`, then `csync3 cert trust` on the peers";
            let whose = "the certificate of this host";
            let weak = outdated(identity.certificate(), whose, now().seconds)?;
            Some(Finding::warning(Check::Certificate, own, weak).remedy(remedy))
        }
        Err(error) => {
            let hint = error.hint();
            let cause = format!("{}, which {encrypted} is called with", with_causes(&error));
            Some(Finding::problem(Check::Certificate, own, cause).remedy(hint))
        }
    }
}

/// Does anybody listen here for the peers?
async fn server(host: &Host, dialer: &Dialer) -> Option<Finding> {
    let groups = host.config.groups.iter().filter_map(|group| group.membership.as_ref());
    let mut names: Vec<&str> = groups.map(|own| own.myname.as_str()).collect();
    names.extend([host.config.host.as_str(), "localhost"]);
    names.extend(dialer.bind.as_deref());
    names.sort_unstable();
    names.dedup();
    let here = lead_here(&names, NEAR).await;
    let dialer = Dialer { connect_timeout: NEAR, ..dialer.clone() };
    for (name, _) in names.iter().zip(here).filter(|(_, here)| *here) {
        if let Ok(connection) = dialer.dial(name).await {
            connection.close().await;
            return None;
        }
    }
    let port = dialer.port;
    let cause =
        format!("nobody listens on port {port} of this host: peers cannot send it anything");
    let finding = Finding::problem(Check::Port, host.config.host.as_str(), cause);
    Some(finding.remedy("`systemctl enable --now csync3.socket`, or start `csync3 serve`"))
}

/// Does a path belong to a group?
fn covered(host: &Host, path: &LocalPath) -> Option<Finding> {
    let shown = path.to_string();
    match scopes(&host.config, path, false) {
        Ok(names) => {
            let names: Vec<Vec<u8>> =
                names.iter().map(|name| name.decoded().into_owned()).collect();
            uncovered(&host.config, &shown, &names)
        }
        Err(why) => {
            let finding = Finding::problem(Check::Path, &shown, why.to_string());
            Some(finding.remedy("give the whole path, without `.` and `..`"))
        }
    }
}
