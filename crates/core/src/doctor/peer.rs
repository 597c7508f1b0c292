//! What a host finds out about a peer, from what the peer tells and from what it is like to call it.
use crate::config::{Auto, Config, HostName, Target};
use crate::decide::pin::Protection;
use crate::doctor::statements::{Answer, Compared, Presence, Section, Statement, entries};
use crate::doctor::wire::{About, protection_word};
use crate::doctor::{Check, Finding};
use crate::entry::Timestamp;

/// Differences of clocks from here on are told.
const NOTABLE: i128 = 2_000_000_000;
/// Differences from here on break what compares times.
const GRAVE: i128 = 60_000_000_000;

/// What this host knows beside what the peer tells.
#[derive(Debug, Clone)]
pub struct Seen<'a> {
    /// This host's configuration.
    pub config: &'a Config,
    /// The pair.
    pub pair: &'a Target,
    /// This host's version of csync3.
    pub version: &'a str,
    /// This host's clock when it asked.
    pub asked_at: Timestamp,
    /// And when it had the answer.
    pub answered_at: Timestamp,
    /// Where the name of the peer leads to.
    pub leads_to: &'a [String],
}

/// What follows from what the peer tells about itself.
#[must_use]
pub fn about(seen: &Seen<'_>, about: &About) -> Vec<Finding> {
    let peer = seen.pair.peer.as_str();
    let mut found = vec![version(seen, about)];
    found.extend(clock(seen, about));
    if let Some(from) = &about.calls_from
        && !seen.leads_to.contains(from)
    {
        let cause = format!(
            "calls of {peer} come from {from}, but here the name {peer} leads to {}",
            seen.leads_to.join(", ")
        );
        let remedy = format!(
            "correct DNS or /etc/hosts here, or let {peer} call from the right address with -N"
        );
        found.push(Finding::problem(Check::Resolution, peer, cause).remedy(remedy));
    }
    if about.plain_to && !seen.config.plain_from(&seen.pair.peer) {
        let cause = format!("{peer} has a `nossl` for this host, but this host has none for it");
        let remedy = format!("remove it on {peer}, or add one here");
        found.push(Finding::problem(Check::Config, "nossl", cause).remedy(remedy));
    }
    if seen.config.plain_to(&seen.pair.peer) && !about.plain_from {
        let cause = format!("this host has a `nossl` for {peer}, but {peer} has none for it");
        let remedy = format!("remove it here, or add one on {peer}");
        found.push(Finding::problem(Check::Config, "nossl", cause).remedy(remedy));
    }
    if let Some(why) = &about.database {
        let cause = format!("{peer} cannot write its database: {why}");
        let remedy = format!("on {peer}, run `csync3 doctor`: it names the file");
        found.push(Finding::problem(Check::Database, peer, cause).remedy(remedy));
    }
    found.into_iter().map(|finding| finding.with_peer(peer)).collect()
}

fn version(seen: &Seen<'_>, about: &About) -> Finding {
    let protection = protection_word(about.protection);
    let cause = format!("csync3 {}, dialect csync3, {protection}", about.version);
    let peer = seen.pair.peer.as_str();
    if about.version == seen.version {
        return Finding::note(Check::Version, peer, cause);
    }
    let cause = format!("{cause}; this host has csync3 {}", seen.version);
    Finding::note(Check::Version, peer, cause).remedy("both work together; update the older one")
}

/// A peer that is no csync3, or one that has no `DOCTOR`.
#[must_use]
pub fn older(peer: &HostName, is_csync3: bool, protection: Protection) -> Finding {
    let protection = protection_word(protection);
    let (what, remedy) = match is_csync3 {
        true => ("an older csync3, dialect csync3", "update csync3 there"),
        false => ("csync2, or an older csync3; dialect csync2", "with csync3 there, it can"),
    };
    let cause = format!("{what}, {protection}: it cannot compare configurations");
    Finding::note(Check::Version, peer, cause).remedy(remedy).with_peer(peer)
}

fn clock(seen: &Seen<'_>, about: &About) -> Option<Finding> {
    let (begin, end) = (nanos(seen.asked_at), nanos(seen.answered_at));
    let theirs = nanos(about.clock);
    // Somewhere between question and answer the peer looked at its clock.
    let ahead = if theirs > end { theirs - end } else { (theirs - begin).min(0) };
    let apart = ahead.abs();
    if apart < NOTABLE {
        return None;
    }
    let peer = seen.pair.peer.as_str();
    let groups = seen.config.groups.iter().filter(|group| group.membership.is_some());
    let by_time = groups
        .filter(|group| group.peer(&seen.pair.peer).is_some())
        .find(|group| matches!(group.auto, Auto::Younger | Auto::Older));
    let side = if ahead > 0 { "ahead of" } else { "behind" };
    let cause = format!(
        "the clock of {peer} is {}.{} s {side} this host's",
        apart / 1_000_000_000,
        apart / 100_000_000 % 10
    );
    let finding = match by_time {
        Some(group) => {
            let rule = group.auto.word();
            let cause = format!("{cause}, and `auto {rule}` of group {} goes by it", group.name);
            Finding::problem(Check::Clock, peer, cause)
        }
        None if apart >= GRAVE => Finding::problem(Check::Clock, peer, cause),
        None => Finding::warning(Check::Clock, peer, cause),
    };
    Some(finding.remedy("let both hosts take their time from NTP (chrony, systemd-timesyncd)"))
}

fn nanos(time: Timestamp) -> i128 {
    i128::from(time.seconds) * 1_000_000_000 + i128::from(time.nanos)
}

/// What follows from the comparison of the configurations.
#[must_use]
pub fn compared(
    config: &Config,
    pair: &Target,
    sections: &[Section],
    answer: &Answer,
) -> Vec<Finding> {
    let peer = pair.peer.as_str();
    let mut found = Vec::new();
    let mut told_of_ignore = false;
    for (section, verdict) in sections.iter().zip(&answer.verdicts) {
        let name = String::from_utf8_lossy(&section.group);
        let object = format!("group {name}");
        match &verdict.presence {
            Presence::Same => {}
            Presence::Renamed(other) => {
                let other = String::from_utf8_lossy(other);
                let cause = format!("{peer} calls it {other}: `-G` names another group there");
                let finding = Finding::warning(Check::Config, &object, cause);
                found.push(finding.remedy("give the group the same name on all hosts"));
            }
            Presence::Absent => {
                let cause = format!("{peer} has no such group with this host");
                let finding = Finding::problem(Check::Config, &object, cause);
                found.push(finding.remedy(format!(
                    "compare the `host` statements of group {name} here and on {peer}"
                )));
            }
        }
        let different = |statement| {
            verdict.compared.iter().any(|it: &Compared| it.statement == statement && !it.same)
        };
        for Compared { statement, same, count } in &verdict.compared {
            let is_covered = match statement {
                // Where the entries differ, so does their order.
                Statement::HostOrder => different(Statement::Hosts),
                Statement::PatternOrder => {
                    [Statement::Include, Statement::Exclude, Statement::Compare]
                        .into_iter()
                        .any(different)
                }
                Statement::Ignore => told_of_ignore,
                _ => false,
            };
            if *same || is_covered {
                continue;
            }
            told_of_ignore |= *statement == Statement::Ignore;
            let own = config.groups.iter().find(|group| group.name.as_bytes() == section.group);
            let Some(own) = own else { continue };
            let here = entries(config, own, *statement);
            let by_side = matches!(own.auto, Auto::Left | Auto::Right);
            found.push(difference(*statement, &object, peer, &here, *count, by_side));
        }
    }
    if answer.more > 0 {
        let cause = format!("{peer} has {} more groups with this host", answer.more);
        let finding = Finding::problem(Check::Config, "group", cause);
        found.push(finding.remedy(format!("compare the `group` blocks here and on {peer}")));
    }
    found.into_iter().map(|finding| finding.with_peer(peer)).collect()
}

fn difference(
    statement: Statement,
    object: &str,
    peer: &str,
    here: &[Vec<u8>],
    there: u64,
    by_side: bool,
) -> Finding {
    let word = statement.word();
    let remedy = format!("make the `{word}` statements of {object} the same here and on {peer}");
    if statement == Statement::Key {
        let cause = format!("the key of {object} here is not the key on {peer}");
        let remedy = format!(
            "copy the key file of {object} from one host to the other, over a safe way, mode 0600"
        );
        return Finding::problem(Check::Key, object, cause).remedy(remedy);
    }
    let shown: Vec<_> = here.iter().take(8).map(|entry| String::from_utf8_lossy(entry)).collect();
    let shown = if shown.is_empty() { "none".to_owned() } else { shown.join(" ") };
    let numbers = format!("{} here ({shown}), {there} on {peer}", here.len());
    match statement {
        Statement::HostOrder if by_side => {
            let cause =
                format!("the hosts of {object} are in another order on {peer}: `auto` goes by it");
            Finding::problem(Check::Config, object, cause)
                .remedy(remedy.replace("host-order", "host"))
        }
        Statement::HostOrder => {
            let cause = format!("the hosts of {object} are in another order on {peer}");
            Finding::note(Check::Config, object, cause)
        }
        Statement::PatternOrder => {
            let cause = format!(
                "the patterns of {object} are in another order on {peer}: the last that matches counts"
            );
            let remedy = format!("give the patterns of {object} the same order here and on {peer}");
            Finding::warning(Check::Config, object, cause).remedy(remedy)
        }
        Statement::Compare => {
            let cause = format!("`compare` of {object} differs: {numbers}");
            Finding::warning(Check::Config, object, cause).remedy(remedy)
        }
        Statement::Ignore => {
            let cause = format!("`ignore` differs: {numbers}");
            let remedy = format!("make the `ignore` statements the same here and on {peer}");
            Finding::problem(Check::Config, "ignore", cause).remedy(remedy)
        }
        Statement::Prefixes => {
            let cause = format!(
                "a `prefix` that patterns of {object} use has a directory on one host only: {numbers}"
            );
            let remedy = format!("give each prefix of {object} an `on` for both hosts");
            Finding::problem(Check::Config, object, cause).remedy(remedy)
        }
        _ => {
            let cause = format!("`{word}` of {object} differs: {numbers}");
            Finding::problem(Check::Config, object, cause).remedy(remedy)
        }
    }
}

/// What a host can tell of a name that the peer did not believe, and whose reason it does not hear:
/// `source` is where its calls come from, `leads_to` where its name leads, as far as it can be told.
#[must_use]
pub fn disbelieved(
    pair: &Target,
    source: Option<&str>,
    leads_to: &[String],
    is_plain: bool,
) -> Finding {
    let (peer, myname) = (pair.peer.as_str(), pair.myname.as_str());
    if let Some(source) = source
        && !leads_to.iter().any(|address| address == source)
    {
        let leads = match leads_to {
            [] => "cannot be looked up here".to_owned(),
            leads => format!("leads to {}", leads.join(", ")),
        };
        let cause = format!(
            "{peer} does not accept this host as {myname}: calls come from {source}, but that name \
             {leads}"
        );
        let remedy = "correct DNS or /etc/hosts on both hosts, or use -N";
        return Finding::problem(Check::Resolution, myname, cause).remedy(remedy).with_peer(peer);
    }
    let certificate = if is_plain { "" } else { ", or remembers another certificate of this host" };
    let cause = format!(
        "{peer} does not accept this host as {myname}: it lists no such host, or looks its name up \
         otherwise than this host does{certificate}"
    );
    let remedy = format!("the log of {peer} has the reason; compare both configurations");
    Finding::problem(Check::Session, myname, cause).remedy(remedy).with_peer(peer)
}

#[cfg(test)]
mod tests;
