//! `cert`: certificates for TLS. No letter stands for it.
use super::common::Common;
use crate::cert::{Accepted, CertCommand};
use crate::cli::invocation::{Invocation, Verb};

/// Make, show and accept certificates for TLS
#[derive(Debug, clap::Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(super) struct Cert {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Make a key and a certificate for this host: ECDSA P-256, 10 years
    Create {
        /// Replace those that are there
        #[arg(long)]
        force: bool,
        /// The subject; the name of this host if not given
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Show this host's certificate
    Show {
        #[command(flatten)]
        common: Common,
    },
    /// List the certificates that are remembered of peers
    List {
        #[command(flatten)]
        common: Common,
    },
    /// Remember another certificate of a peer from now on
    Trust {
        /// The peer
        peer: String,
        /// The SHA-256 fingerprint that the peer must show now, or a file with its certificate; a
        /// person is asked if neither is given
        #[arg(value_name = "FINGERPRINT|FILE")]
        accepted: Option<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Forget the certificate of a peer
    Forget {
        /// The peer
        peer: String,
        #[command(flatten)]
        common: Common,
    },
}

impl Cert {
    pub(super) fn invocation(self) -> Invocation {
        let (command, common) = match self.what {
            What::Create { force, name, common } => (CertCommand::Create { force, name }, common),
            What::Show { common } => (CertCommand::Show, common),
            What::List { common } => (CertCommand::List, common),
            What::Trust { peer, accepted, common } => {
                (CertCommand::Trust { peer, accepted: accept(accepted) }, common)
            }
            What::Forget { peer, common } => (CertCommand::Forget { peer }, common),
        };
        common.invocation(Verb::Cert(command))
    }
}

/// Which certificate is meant: what is no fingerprint is a file.
fn accept(typed: Option<String>) -> Accepted {
    match typed.map(|text| text.parse().map_err(|_| text)) {
        None => Accepted::OnAnswer,
        Some(Ok(fingerprint)) => Accepted::Fingerprint(fingerprint),
        Some(Err(text)) => Accepted::File(text.into()),
    }
}

#[cfg(test)]
mod tests {
    use crate::cert::{Accepted, CertCommand};
    use crate::cli::args::parse;
    use crate::cli::{UsageError, Verb};
    use csync3_net::tls::Fingerprint;
    use std::ffi::OsString;

    fn verb(line: &str) -> Result<Verb, UsageError> {
        let words: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
        parse(&words).map(|invocation| invocation.verb)
    }

    #[test]
    fn every_command_is_understood() {
        let print = Fingerprint::of(b"x");
        let trust = |accepted| CertCommand::Trust { peer: "node2".into(), accepted };
        for (line, expected) in [
            ("create".to_owned(), CertCommand::Create { force: false, name: None }),
            (
                "create --force --name a.b".to_owned(),
                CertCommand::Create { force: true, name: Some("a.b".into()) },
            ),
            ("show".to_owned(), CertCommand::Show),
            ("list -D /x".to_owned(), CertCommand::List),
            ("trust node2".to_owned(), trust(Accepted::OnAnswer)),
            (format!("trust node2 {print}"), trust(Accepted::Fingerprint(print))),
            ("trust node2 ./its.pem".to_owned(), trust(Accepted::File("./its.pem".into()))),
            ("forget node2".to_owned(), CertCommand::Forget { peer: "node2".into() }),
        ] {
            assert_eq!(verb(&format!("cert {line}")), Ok(Verb::Cert(expected)), "{line}");
        }
    }

    #[test]
    fn what_is_no_command_is_refused() {
        for line in ["frobnicate", "trust", "forget", "forget a b", "show --force", "create x"] {
            let refused = verb(&format!("cert {line}"));
            assert!(matches!(refused, Err(UsageError::Word { .. })), "{line}: {refused:?}");
        }
    }
}
