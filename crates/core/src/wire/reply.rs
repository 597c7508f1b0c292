//! What a server answers in one line, as values.
//!
//! # Source
//! csync2 `conn.c`, `daemon.c`; `spec/wire.md` 3, "Reply strings".
use crate::native::{self, nonce_of};
use crate::proof::Nonce;
use std::borrow::Cow;

/// One answer line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// The command was carried out.
    Done,
    /// Data follow.
    Data,
    /// The server waits for data.
    SendData,
    /// The object is reached through a symbolic link, which counts as absent.
    NotFound,
    /// The object does not exist, its directory does.
    PathNotFound,
    /// The session ends.
    SeeYou,
    /// The TLS handshake may start.
    ActivatingSsl,
    /// [`Self::Done`], and the server is a csync3 that takes csync3's additions.
    DoneCsync3,
    /// [`Self::DoneCsync3`], and the server knows the native dialect, too: its random number.
    DoneNative(Nonce),
    /// An answer of success with a text of its own; holds the whole line.
    OtherOk(Vec<u8>),
    /// The file is dirty on the server too: a conflict.
    MarkedDirty,
    /// The directory of the object does not exist.
    ParentMissing,
    /// Groups were restricted before.
    GroupListSet,
    /// The caller is not who it says.
    IdentificationFailed,
    /// A slave may not push.
    DeniedForSlave,
    /// The key grants nothing for this object.
    Denied,
    /// The server wants TLS from this caller.
    SslExpected,
    /// [`Self::Denied`] with the reason, as one csync3 tells it to another; csync2 reads the refusal.
    DeniedBecause(Vec<u8>),
    /// The server does not know the command.
    UnknownCommand,
    /// The command needs a `HELLO` before.
    IdentifyFirst {
        /// The caller's address, as the server sees it.
        address: String,
    },
    /// The session must start with `CONFIG`.
    ExpectingConfig,
    /// The name of the configuration has letters it may not have.
    BadConfigName,
    /// The server has no TLS.
    NoSslSupport,
    /// The server has no room for another session now.
    TooManySessions,
    /// Any other refusal: the text of a system error, mostly.
    Other(Vec<u8>),
}

/// The texts of all replies that have one fixed text; earlier ones are recognised first.
static TEXTS: [(&str, Reply); 20] = [
    ("OK (cmd_finished). csync3", Reply::DoneCsync3),
    ("OK (cmd_finished).", Reply::Done),
    ("OK (data_follows).", Reply::Data),
    ("OK (send_data).", Reply::SendData),
    ("OK (not_found).", Reply::NotFound),
    ("OK (path_not_found).", Reply::PathNotFound),
    ("OK (cu_later).", Reply::SeeYou),
    ("OK (activating_ssl).", Reply::ActivatingSsl),
    ("File is also marked dirty here!", Reply::MarkedDirty),
    ("Parent dir missing.", Reply::ParentMissing),
    ("Group list already set!", Reply::GroupListSet),
    ("Identification failed!", Reply::IdentificationFailed),
    ("Permission denied for slave!", Reply::DeniedForSlave),
    ("Permission denied!", Reply::Denied),
    ("SSL encrypted connection expected!", Reply::SslExpected),
    ("Unknown command!", Reply::UnknownCommand),
    ("Expecting SSL (optional) and CONFIG as first commands.", Reply::ExpectingConfig),
    ("Config names are limited to [a-z0-9]+.", Reply::BadConfigName),
    ("This csync2 server is built without SSL support.", Reply::NoSslSupport),
    ("Too many sessions, try again later!", Reply::TooManySessions),
];

/// What precedes the reason in [`Reply::DeniedBecause`].
const DENIED_BECAUSE: &[u8] = b"Permission denied! Reason: ";

/// What precedes the word of the native dialect in [`Reply::DoneNative`].
const DONE_NATIVE: &[u8] = b"OK (cmd_finished). csync3 ";

/// How upstream csync2 spells [`Reply::UnknownCommand`].
const UNKNOWN_COMMAND_UPSTREAM: &[u8] = b"Unkown command!";

impl Reply {
    /// Says whether this is an answer of success.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.text().starts_with(b"OK (")
    }

    /// The line, without its LF.
    #[must_use]
    pub fn text(&self) -> Cow<'_, [u8]> {
        match self {
            Self::OtherOk(line) | Self::Other(line) => Cow::Borrowed(line),
            Self::DeniedBecause(reason) => Cow::Owned([DENIED_BECAUSE, reason].concat()),
            Self::DoneNative(nonce) => Cow::Owned([DONE_NATIVE, &*native::ability(nonce)].concat()),
            Self::IdentifyFirst { address } => {
                Cow::Owned(format!("Dear {address}, please identify first.").into_bytes())
            }
            _ => Cow::Borrowed(self.fixed_text().as_bytes()),
        }
    }

    fn fixed_text(&self) -> &'static str {
        TEXTS.iter().find(|(_, reply)| reply == self).map_or("", |(text, _)| text)
    }

    /// Reads a line (without its LF) as csync2's client does: by prefix.
    #[must_use]
    pub fn parse(line: &[u8]) -> Self {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if let Some(reason) = line.strip_prefix(DENIED_BECAUSE) {
            return Self::DeniedBecause(reason.to_vec());
        }
        if let Some(nonce) = line.strip_prefix(DONE_NATIVE).and_then(nonce_of) {
            return Self::DoneNative(nonce);
        }
        if let Some((_, reply)) = TEXTS.iter().find(|(text, _)| line.starts_with(text.as_bytes())) {
            return reply.clone();
        }
        if line.starts_with(UNKNOWN_COMMAND_UPSTREAM) {
            return Self::UnknownCommand;
        }
        if line.starts_with(b"OK (") {
            return Self::OtherOk(line.to_vec());
        }
        match identify_first(line) {
            Some(address) => Self::IdentifyFirst { address },
            None => Self::Other(line.to_vec()),
        }
    }

    /// Appends the line with its LF to `out`. A line break within the text becomes a space.
    pub fn encode_into(&self, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(&self.text());
        for byte in &mut out[start..] {
            if *byte == b'\n' {
                *byte = b' ';
            }
        }
        out.push(b'\n');
    }
}

/// The address in csync2's demand to identify first.
fn identify_first(line: &[u8]) -> Option<String> {
    let address = line.strip_prefix(b"Dear ")?.strip_suffix(b", please identify first.")?;
    Some(std::str::from_utf8(address).ok()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Reply, TEXTS};
    use proptest::prelude::*;

    #[test]
    fn every_fixed_text_is_recognised_and_written_alike() {
        for (text, reply) in &TEXTS {
            assert_eq!(Reply::parse(text.as_bytes()), *reply);
            assert_eq!(&*reply.text(), text.as_bytes());
            assert_eq!(reply.is_ok(), text.starts_with("OK"));
        }
    }

    #[test]
    fn a_reply_is_recognised_by_its_begin() {
        assert_eq!(Reply::parse(b"OK (cmd_finished). more\r"), Reply::Done);
        assert_eq!(Reply::parse(b"OK (cmd_finished). csync3 2"), Reply::DoneCsync3);
        assert_eq!(Reply::parse(b"Permission denied for slave! x"), Reply::DeniedForSlave);
        let because = Reply::DeniedBecause(b"another key".to_vec());
        assert_eq!(because.text(), &b"Permission denied! Reason: another key"[..]);
        assert_eq!(Reply::parse(&because.text()), because);
        assert_eq!(Reply::parse(b"Permission denied! x"), Reply::Denied);
        let native = Reply::DoneNative([7; 32]);
        assert_eq!(Reply::parse(&native.text()), native);
        assert!(native.is_ok());
        assert_eq!(Reply::parse(b"OK (cmd_finished). csync3 native2=00"), Reply::DoneCsync3);
    }

    #[test]
    fn both_spellings_of_an_unknown_command_are_one() {
        assert_eq!(Reply::parse(b"Unkown command!"), Reply::UnknownCommand);
        assert_eq!(Reply::parse(b"Unknown command!"), Reply::UnknownCommand);
    }

    #[test]
    fn an_unknown_text_is_success_only_with_its_mark() {
        assert!(Reply::parse(b"OK (something_new).").is_ok());
        for refusal in [&b"OK"[..], b"", b"ok (cmd_finished).", b"Directory not empty"] {
            assert_eq!(Reply::parse(refusal), Reply::Other(refusal.to_vec()));
            assert!(!Reply::parse(refusal).is_ok());
        }
    }

    #[test]
    fn a_reply_stays_one_line_whatever_its_text() {
        let mut out = Vec::new();
        Reply::Other(b"bad\nOK (cmd_finished).".to_vec()).encode_into(&mut out);
        assert_eq!(out, b"bad OK (cmd_finished).\n");
    }

    proptest! {
        #[test]
        fn parsing_undoes_printing(line in proptest::collection::vec(any::<u8>(), 0..80)) {
            let reply = Reply::parse(&line);
            prop_assert_eq!(Reply::parse(&reply.text()), reply);
        }

        #[test]
        fn a_demand_to_identify_keeps_its_address(address in "[0-9a-f:.]{1,40}") {
            let reply = Reply::IdentifyFirst { address };
            prop_assert_eq!(Reply::parse(&reply.text()), reply);
        }
    }
}
