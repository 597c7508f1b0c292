//! `doctor`. No letter stands for it.
use super::common::{Common, Output, Patience};
use crate::cli::invocation::{Invocation, Verb};
use crate::cli::values;
use clap::ValueHint;
use std::ffi::OsString;
use std::num::NonZeroUsize;

/// Find out what is wrong with this host and its peers
///
/// Names each cause with its remedy: names, addresses, ports, keys, certificates, clocks, the
/// database, limits and leftovers, and with --peers also what the peers see. Ends with 1 if there is
/// a problem, else with 0. Changes nothing.
#[derive(Debug, clap::Args)]
pub(super) struct Doctor {
    /// Say why no group covers these files
    #[arg(value_name = "FILE", value_hint = ValueHint::AnyPath)]
    files: Vec<OsString>,
    /// Ask the peers, too: all, or only these
    #[arg(
        short = 'P',
        long,
        value_name = "PEER,..",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = ""
    )]
    peers: Option<String>,
    /// Ask at most so many peers at once
    #[arg(long, value_name = "N", value_parser = values::count)]
    jobs: Option<NonZeroUsize>,
    #[command(flatten)]
    patience: Patience,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    common: Common,
}

impl Doctor {
    pub(super) fn invocation(self) -> Invocation {
        let ask_peers = self.peers.is_some();
        let named = self.peers.as_deref().filter(|peers| !peers.is_empty());
        let verb = Verb::Doctor { files: self.files, ask_peers };
        Invocation {
            peers: named.map(values::list),
            jobs: self.jobs,
            timeouts: self.patience.timeouts(),
            format: self.output.format(),
            ..self.common.invocation(verb)
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::cli::Verb;
    use crate::cli::args::parse;
    use std::ffi::OsString;

    #[test]
    fn peers_are_asked_if_wanted_all_or_some() {
        for (line, ask_peers, peers) in [
            ("doctor /f", false, None),
            ("doctor --peers /f", true, None),
            ("doctor -P /f", true, None),
            ("doctor --peers=a,b /f", true, Some(vec!["a".to_owned(), "b".to_owned()])),
        ] {
            let words: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
            let invocation = parse(&words).expect("a good line");
            let expected = Verb::Doctor { files: vec!["/f".into()], ask_peers };
            assert_eq!((invocation.verb, invocation.peers), (expected, peers), "{line}");
        }
    }
}
