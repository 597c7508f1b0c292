//! `DOCTOR`: what two csync3 hosts think of each other.
//!
//! An identified peer hears how this host is ([`About`]) and may compare its configuration. A caller
//! that is not believed may ask why, on a connection of its own: it hears the reason once it has
//! proved that it holds the key of a group, and nothing otherwise.
//!
//! # Invariants
//! * Nobody but a peer that this host shares a group with, or a holder of a group key, learns
//!   anything.
//! * A nonce is good for one comparison, and a session for [`COMPARISONS`].
//! * An announced block is read to its end.
use super::greet::{self, Caller, Disbelief, address_of, believe, next_command, say};
use super::receive::{self, SessionError};
use super::{Examined, Hosts};
use crate::doctor::{check_database, nonce};
use crate::host::{Host, now};
use csync3_core::doctor::refusal::Refusal;
use csync3_core::doctor::statements::{Digest, Nonce, Nonces, answer, is_proved};
use csync3_core::doctor::wire::{
    About, BLOCK_LIMIT, NONCE, answer_text, nonce_word, parse_digest, parse_nonce, parse_question,
};
use csync3_core::wire::block::BlockHeader;
use csync3_core::wire::command::Command;
use csync3_core::wire::escape;
use csync3_core::wire::reply::Reply;
use csync3_net::{Connection, NetError, source_towards};
use std::sync::Arc;
use std::time::Duration;

/// Comparisons that one session may ask for.
const COMPARISONS: u32 = 32;

/// The longest wait for the resolver.
const RESOLVE: Duration = Duration::from_secs(10);

/// What an identified session has asked so far.
pub(super) struct Consultation {
    /// The name or address that this host calls from.
    bind: Option<String>,
    /// For the comparison that may follow.
    nonce: Option<Nonce>,
    left: u32,
    /// Why the database cannot be written; looked at once in a session.
    database: Option<Option<String>>,
}

impl Consultation {
    pub(super) fn new(bind: Option<String>) -> Self {
        Self { bind, nonce: None, left: COMPARISONS, database: None }
    }

    /// Carries out `DOCTOR`, and answers it.
    pub(super) async fn command(
        &mut self,
        connection: &mut Connection,
        host: &Host,
        caller: Option<&Caller>,
        words: &[Vec<u8>],
    ) -> Result<(), SessionError> {
        let Some(caller) = caller.filter(|caller| caller.is_csync3) else {
            if !words.is_empty() {
                receive::skip(connection).await?;
            }
            say(connection, &Reply::UnknownCommand);
            return Ok(());
        };
        let Some(first) = words.first() else {
            let about = self.about(connection, host, caller).await;
            data(connection, &about.text());
            return Ok(());
        };
        let text = receive::text(connection, BLOCK_LIMIT).await?;
        let asking = parse_nonce(first);
        let asked = self.nonce.take();
        let sections = text.map(|text| parse_question(&text));
        match (asking, asked, sections) {
            (Some(asking), Some(asked), Some(Ok(sections))) if self.left > 0 => {
                self.left -= 1;
                let nonces = Nonces { asking, asked };
                let answer = answer(&host.config, &caller.name, &sections, &nonces);
                data(connection, &answer_text(&answer));
            }
            (_, _, Some(Err(error))) => say(connection, &Reply::Other(error.to_string().into())),
            _ => say(connection, &Reply::Other(b"This question cannot be answered.".to_vec())),
        }
        Ok(())
    }

    async fn about(&mut self, connection: &Connection, host: &Host, caller: &Caller) -> About {
        let nonce = nonce();
        self.nonce = nonce;
        let database = self.database.get_or_insert_with(|| check_database(&*host.store)).clone();
        let calls_from = match connection.peer() {
            Some(peer) => source_towards(peer, self.bind.as_deref(), RESOLVE).await,
            None => None,
        };
        About {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            nonce: nonce.unwrap_or_default(),
            clock: now(),
            host: host.config.host.to_string(),
            seen_from: connection.peer().map(|peer| peer.to_canonical().to_string()),
            calls_from: calls_from.map(|address| address.to_string()),
            plain_to: host.config.plain_to(&caller.name),
            plain_from: host.config.plain_from(&caller.name),
            protection: connection.protection(),
            database,
        }
    }
}

/// Queues an answer with data.
fn data(connection: &mut Connection, text: &[u8]) {
    say(connection, &Reply::Data);
    let mut header = Vec::new();
    BlockHeader::Data(text.len() as u64).encode_into(&mut header);
    connection.queue(&header);
    connection.queue(text);
    say(connection, &Reply::Done);
}

/// Tells a caller that is not believed why, if it proves that it is no stranger. `words` are those
/// of its first line: the configuration (`-` for this host's own) and the name that it would say.
pub(super) async fn inquiry(
    connection: &mut Connection,
    hosts: Arc<dyn Hosts>,
    words: &[Vec<u8>],
) -> Result<(), NetError> {
    let [config, caller, ..] = words else {
        say(connection, &Reply::ExpectingConfig);
        return Ok(());
    };
    let config = if config == b"-" { Vec::new() } else { config.clone() };
    let (Some(config), Some(asked)) = (greet::config_name(config), nonce()) else {
        say(connection, &Reply::BadConfigName);
        return Ok(());
    };
    say(connection, &Reply::OtherOk([NONCE, &nonce_word(&asked)].concat()));
    let Some(Command::Doctor(words)) = next_command(connection).await? else {
        return Ok(());
    };
    let proofs: Vec<Digest> = words.iter().skip(1).filter_map(|word| parse_digest(word)).collect();
    let asking = words.first().and_then(|word| parse_nonce(word));
    let nonces = asking.map(|asking| Nonces { asking, asked });
    let opener = Arc::clone(&hosts);
    // Opening reads files and may wait for the database.
    let examined = tokio::task::spawn_blocking(move || opener.examine(&config)).await;
    let examined = examined.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()));
    let proved = examined.filter(|examined| {
        nonces.is_some_and(|nonces| is_proved(&examined.config, caller, &proofs, &nonces))
    });
    let Some(Examined { host, .. }) = proved else {
        let why = "it asks why it is refused, and has the key of no group";
        hosts.refused(&address_of(connection), why.to_owned());
        say(connection, &Reply::IdentificationFailed);
        return Ok(());
    };
    let refusal = match host {
        Ok(host) => match believe(&host, connection, caller, true).await {
            Ok(_) => Refusal::Nothing,
            Err(Disbelief { refusal, .. }) => refusal,
        },
        Err(refusal) => refusal,
    };
    let words: Vec<Vec<u8>> =
        refusal.words().iter().map(|word| escape::encode(word).into_owned()).collect();
    data(connection, &words.join(&b' '));
    Ok(())
}
