//! The words after `cert`.
use crate::cert::{Accepted, CertCommand};
use crate::cli::args::{malformed, text};
use crate::cli::invocation::{Invocation, Verb};
use crate::cli::usage::UsageError;
use lexopt::{Arg, Parser};
use std::ffi::OsString;

/// What is expected where one of the commands was not found.
const COMMANDS: &str = "create, show, list, trust PEER [FINGERPRINT|FILE] or forget PEER";

/// Reads what follows `cert`: a command, its operands, and options anywhere.
pub(super) fn parse(words: &[OsString]) -> Result<Invocation, UsageError> {
    let mut parser = Parser::from_args(words);
    let mut seen = Invocation::of(Verb::Help);
    let (mut operands, mut force, mut name) = (Vec::new(), false, None);
    while let Some(arg) = parser.next().map_err(malformed)? {
        match arg {
            Arg::Long("force") => force = true,
            Arg::Long("name") => name = Some(text(&mut parser, "--name")?),
            Arg::Long("help") => return Ok(Invocation::of(Verb::Help)),
            Arg::Long(option) => {
                return Err(UsageError::UnrecognizedOption { option: option.to_owned() });
            }
            Arg::Short('N') => seen.host = Some(text(&mut parser, "-N")?),
            Arg::Short('p') => seen.port = Some(text(&mut parser, "-p")?),
            Arg::Short('C') => seen.config_name = Some(text(&mut parser, "-C")?),
            Arg::Short('D') => seen.database = Some(text(&mut parser, "-D")?),
            Arg::Short('v') => seen.verbosity = seen.verbosity.saturating_add(1),
            Arg::Short(option) => return Err(UsageError::InvalidOption { option }),
            Arg::Value(operand) => operands.push(operand.into_string().map_err(wrong)?),
        }
    }
    seen.verb = Verb::Cert(command(&operands, force, name)?);
    Ok(seen)
}

fn command(
    operands: &[String],
    force: bool,
    name: Option<String>,
) -> Result<CertCommand, UsageError> {
    let words: Vec<&str> = operands.iter().map(String::as_str).collect();
    Ok(match words[..] {
        ["create"] => CertCommand::Create { force, name },
        _ if force || name.is_some() => return Err(wrong(operands.join(" ").into())),
        ["show"] => CertCommand::Show,
        ["list"] => CertCommand::List,
        ["trust", peer] => CertCommand::Trust { peer: peer.into(), accepted: Accepted::OnAnswer },
        ["trust", peer, what] => {
            let accepted = match what.parse() {
                Ok(fingerprint) => Accepted::Fingerprint(fingerprint),
                Err(_) => Accepted::File(what.into()),
            };
            CertCommand::Trust { peer: peer.into(), accepted }
        }
        ["forget", peer] => CertCommand::Forget { peer: peer.into() },
        _ => return Err(wrong(operands.join(" ").into())),
    })
}

fn wrong(typed: OsString) -> UsageError {
    UsageError::BadValue {
        option: "cert",
        value: typed.to_string_lossy().into_owned(),
        expected: COMMANDS,
    }
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::cert::{Accepted, CertCommand};
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
                "--force create --name a.b".to_owned(),
                CertCommand::Create { force: true, name: Some("a.b".into()) },
            ),
            ("show".to_owned(), CertCommand::Show),
            ("list -D /x".to_owned(), CertCommand::List),
            ("trust node2".to_owned(), trust(Accepted::OnAnswer)),
            (format!("trust node2 {print}"), trust(Accepted::Fingerprint(print))),
            ("trust node2 ./its.pem".to_owned(), trust(Accepted::File("./its.pem".into()))),
            ("forget node2".to_owned(), CertCommand::Forget { peer: "node2".into() }),
        ] {
            assert_eq!(verb(&line), Ok(Verb::Cert(expected)), "{line}");
        }
    }

    #[test]
    fn what_is_no_command_is_refused_with_those_that_are() {
        for line in ["", "frobnicate", "trust", "forget", "forget a b", "show --force", "create x"]
        {
            let refused = verb(line).expect_err(line);
            assert!(refused.to_string().contains("forget PEER"), "{refused}");
        }
        assert!(matches!(verb("show --json"), Err(UsageError::UnrecognizedOption { .. })));
        assert!(matches!(verb("show -x"), Err(UsageError::InvalidOption { option: 'x' })));
    }
}
