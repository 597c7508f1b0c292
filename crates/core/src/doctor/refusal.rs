//! Why a host does not accept another one.
//!
//! A stranger never learns it. A caller that has proved that it holds the key of a group is none.
use crate::doctor::{Check, Finding};
use std::fmt;

/// Why `HELLO` is refused, or would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The asked host is in none of the groups.
    NotAMember {
        /// What it calls itself.
        host: String,
    },
    /// The asked host cannot open or read its database.
    Database {
        /// Why.
        why: String,
    },
    /// The name is none of a host.
    NoName,
    /// No group lists a peer of this name.
    Unlisted,
    /// The asked host does not know the address of the caller.
    NoAddress,
    /// The name leads to other addresses than the caller's.
    Elsewhere {
        /// Where the call came from.
        from: String,
        /// Where the name leads.
        leads_to: Vec<String>,
    },
    /// The name cannot be looked up.
    Unresolvable {
        /// What the resolver says.
        why: String,
    },
    /// Nothing allows the pair to talk without TLS.
    TlsExpected,
    /// Two csync3 hosts with an old TLS.
    OldTls,
    /// The caller shows another certificate than the remembered one.
    Certificate {
        /// SHA-256 of the one that is shown.
        shown: String,
        /// SHA-256 of the remembered one.
        remembered: String,
    },
    /// It is not refused.
    Nothing,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAMember { host } => {
                write!(f, "this host ({host}) is not a member of any configured group")
            }
            Self::Database { why } => write!(f, "cannot use the database: {why}"),
            Self::NoName => f.write_str("the name in HELLO is not one of a host"),
            Self::Unlisted => f.write_str("no group of this host lists a peer of this name"),
            Self::NoAddress => f.write_str("the address of the peer is unknown"),
            Self::Elsewhere { from, leads_to } => write!(
                f,
                "the connection came from {from}, but the name leads to another address here ({}): \
                 compare DNS and /etc/hosts, and the peer's -N",
                leads_to.join(", ")
            ),
            Self::Unresolvable { why } => f.write_str(why),
            Self::TlsExpected => {
                f.write_str("no nossl statement allows this pair to talk without TLS")
            }
            Self::OldTls => {
                f.write_str("it says that it is a csync3, but TLS is of an older version than 1.3")
            }
            Self::Certificate { shown, remembered } => write!(
                f,
                "its certificate is not the one that this host remembers: it shows SHA-256 \
                 {shown}, remembered is {remembered}"
            ),
            Self::Nothing => f.write_str("nothing speaks against it"),
        }
    }
}

impl Refusal {
    /// The refusal as the words of a line.
    #[must_use]
    pub fn words(&self) -> Vec<Vec<u8>> {
        let with = |word: &str, more: &[&String]| {
            let more = more.iter().map(|text| text.as_bytes().to_vec());
            std::iter::once(word.as_bytes().to_vec()).chain(more).collect()
        };
        match self {
            Self::NotAMember { host } => with("not-a-member", &[host]),
            Self::Database { why } => with("database", &[why]),
            Self::NoName => with("no-name", &[]),
            Self::Unlisted => with("unlisted", &[]),
            Self::NoAddress => with("no-address", &[]),
            Self::Elsewhere { from, leads_to } => {
                let all: Vec<&String> = std::iter::once(from).chain(leads_to).take(16).collect();
                with("elsewhere", &all)
            }
            Self::Unresolvable { why } => with("unresolvable", &[why]),
            Self::TlsExpected => with("tls-expected", &[]),
            Self::OldTls => with("old-tls", &[]),
            Self::Certificate { shown, remembered } => with("certificate", &[shown, remembered]),
            Self::Nothing => with("nothing", &[]),
        }
    }

    /// Reads the words of a line; `None` if they are of a later version, or nonsense.
    #[must_use]
    pub fn parse(words: &[Vec<u8>]) -> Option<Self> {
        let text = |at: usize| words.get(at).map(|word| String::from_utf8_lossy(word).into_owned());
        Some(match &words.first()?[..] {
            b"not-a-member" => Self::NotAMember { host: text(1)? },
            b"database" => Self::Database { why: text(1)? },
            b"no-name" => Self::NoName,
            b"unlisted" => Self::Unlisted,
            b"no-address" => Self::NoAddress,
            b"elsewhere" => Self::Elsewhere {
                from: text(1)?,
                leads_to: (2..words.len()).filter_map(text).collect(),
            },
            b"unresolvable" => Self::Unresolvable { why: text(1)? },
            b"tls-expected" => Self::TlsExpected,
            b"old-tls" => Self::OldTls,
            b"certificate" => Self::Certificate { shown: text(1)?, remembered: text(2)? },
            b"nothing" => Self::Nothing,
            _ => return None,
        })
    }

    /// What the refused host makes of it; `None` if it is none.
    #[must_use]
    pub fn finding(&self, peer: &str, myname: &str) -> Option<Finding> {
        let problem = |check, object: &str, cause: String, remedy: String| {
            Some(Finding::problem(check, object, cause).remedy(remedy).with_peer(peer))
        };
        match self {
            Self::NotAMember { host } => problem(
                Check::HostName,
                host,
                format!("{peer} calls itself {host}, which no group of its configuration lists"),
                format!("on {peer}, run csync3 with -N and the listed name, or list {host}"),
            ),
            Self::Database { why } => problem(
                Check::Database,
                peer,
                format!("{peer} cannot use its database: {why}"),
                format!("on {peer}, run `csync3 doctor`: it names the file"),
            ),
            Self::NoName | Self::Unlisted => problem(
                Check::HostName,
                myname,
                format!("no group on {peer} lists a peer {myname}, as this host calls itself"),
                "give the host the same name in the configurations of both hosts, or use -N".into(),
            ),
            Self::NoAddress | Self::Elsewhere { .. } | Self::Unresolvable { .. } => problem(
                Check::Resolution,
                myname,
                match self {
                    Self::Elsewhere { from, leads_to } => format!(
                        "on {peer} the name {myname} leads to {}, but calls of this host come \
                         from {from}",
                        leads_to.join(", ")
                    ),
                    Self::Unresolvable { why } => format!("on {peer}: {why}"),
                    _ => format!("{peer} cannot tell where calls come from"),
                },
                format!(
                    "correct DNS or /etc/hosts on {peer}, or let this host call from the right \
                     address with -N"
                ),
            ),
            Self::TlsExpected => problem(
                Check::Config,
                "nossl",
                format!("this host has a `nossl` for {peer}, but {peer} has none for this host"),
                format!("remove it here, or add one on {peer}"),
            ),
            Self::OldTls => problem(
                Check::Certificate,
                peer,
                "both hosts are csync3, but TLS is of an older version than 1.3".into(),
                "something between the two hosts may be changing the connection".into(),
            ),
            Self::Certificate { shown, remembered } => problem(
                Check::Certificate,
                myname,
                format!(
                    "{peer} remembers another certificate of this host: this host shows SHA-256 \
                     {shown}, remembered is {remembered}"
                ),
                format!(
                    "if this host's certificate was renewed, run `csync3 cert trust {myname} \
                     {shown}` on {peer}"
                ),
            ),
            Self::Nothing => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Refusal;
    use crate::doctor::Check;
    use proptest::prelude::*;

    fn all() -> Vec<(Refusal, Option<Check>)> {
        let text = |text: &str| text.to_owned();
        vec![
            (Refusal::NotAMember { host: text("a") }, Some(Check::HostName)),
            (Refusal::Database { why: text("disk full") }, Some(Check::Database)),
            (Refusal::NoName, Some(Check::HostName)),
            (Refusal::Unlisted, Some(Check::HostName)),
            (Refusal::NoAddress, Some(Check::Resolution)),
            (
                Refusal::Elsewhere { from: text("::1"), leads_to: vec![text("a"), text("b")] },
                Some(Check::Resolution),
            ),
            (Refusal::Unresolvable { why: text("no such name") }, Some(Check::Resolution)),
            (Refusal::TlsExpected, Some(Check::Config)),
            (Refusal::OldTls, Some(Check::Certificate)),
            (
                Refusal::Certificate { shown: text("A"), remembered: text("B") },
                Some(Check::Certificate),
            ),
            (Refusal::Nothing, None),
        ]
    }

    #[test]
    fn every_refusal_arrives_as_it_was_sent_and_is_named() {
        for (refusal, check) in all() {
            assert_eq!(Refusal::parse(&refusal.words()).as_ref(), Some(&refusal));
            let finding = refusal.finding("there", "here");
            assert_eq!(finding.as_ref().map(|finding| finding.check), check, "{refusal:?}");
            if let Some(finding) = finding {
                assert!(finding.remedy.is_some(), "{finding:?}");
                assert_eq!(finding.peer.as_deref(), Some("there"));
            }
        }
    }

    proptest! {
        #[test]
        fn any_words_are_read_or_refused(words: Vec<Vec<u8>>) {
            if let Some(refusal) = Refusal::parse(&words) {
                prop_assert_eq!(Refusal::parse(&refusal.words()).is_some(), true);
            }
        }
    }
}
