//! Why does a peer not accept this host? Asked on a connection of its own, with a proof of the keys.
use super::{DoctorOptions, nonce};
use crate::host::Host;
use crate::push::{LinkError, known, secure};
use csync3_core::config::Target;
use csync3_core::doctor::refusal::Refusal;
use csync3_core::doctor::statements::{Nonces, proof};
use csync3_core::doctor::wire::{BLOCK_LIMIT, NONCE, digest_word, nonce_word, parse_nonce};
use csync3_core::wire::block::BlockHeader;
use csync3_core::wire::classic::encode_command;
use csync3_core::wire::command::Command;
use csync3_core::wire::line::{BLOCK_HEADER_LIMIT, REPLY_LIMIT, WORD_LIMIT, words};
use csync3_core::wire::reply::Reply;
use csync3_net::Connection;

/// What the peer says.
pub(super) enum Reason {
    /// This.
    Told(Refusal),
    /// This host has none of the keys of the peer.
    NoKey,
    /// Nothing: it is no csync3 of this kind.
    Untold,
}

/// Asks. Towards a peer with another certificate than the remembered one nothing is said.
pub(super) async fn inquire(
    host: &Host,
    options: &DoctorOptions,
    pair: &Target,
) -> Result<Reason, LinkError> {
    let mut connection = options.calls.dialer.dial(pair.peer.as_str()).await?;
    if !host.config.plain_to(&pair.peer) {
        let identity = host.credentials.identity()?;
        connection = secure(connection, &identity, options.calls.handshake).await?;
        known(host, &pair.peer, &connection)?;
    }
    connection.set_idle(options.calls.handshake);
    let caller = pair.myname.as_str().as_bytes();
    let config = match &*options.calls.config_name {
        "" => b"-".to_vec(),
        name => name.as_bytes().to_vec(),
    };
    say(&mut connection, vec![config, caller.to_vec()]);
    let Some(line) = connection.line(REPLY_LIMIT).await? else {
        return Ok(Reason::Untold);
    };
    let asked = line.strip_prefix(NONCE).and_then(|word| parse_nonce(word.trim_ascii()));
    let (Some(asked), Some(asking)) = (asked, nonce()) else {
        return Ok(Reason::Untold);
    };
    let nonces = Nonces { asking, asked };
    let keys = host.config.keys_of_pair(pair);
    let proofs = keys.iter().map(|key| digest_word(&proof(key, caller, &nonces)));
    say(
        &mut connection,
        // The command and the nonce are words, too.
        std::iter::once(nonce_word(&asking)).chain(proofs).take(WORD_LIMIT - 1).collect(),
    );
    let answer = answer(&mut connection).await?;
    connection.close().await;
    Ok(answer)
}

fn say(connection: &mut Connection, words: Vec<Vec<u8>>) {
    let mut line = Vec::new();
    encode_command(&Command::Doctor(words), &mut line);
    connection.queue(&line);
}

async fn answer(connection: &mut Connection) -> Result<Reason, LinkError> {
    let line = connection.line(REPLY_LIMIT).await?.ok_or(LinkError::Closed)?;
    match Reply::parse(&line) {
        Reply::Data => {}
        Reply::IdentificationFailed => return Ok(Reason::NoKey),
        _ => return Ok(Reason::Untold),
    }
    let header = connection.line(BLOCK_HEADER_LIMIT).await?.ok_or(LinkError::Closed)?;
    let Ok(BlockHeader::Data(length)) = BlockHeader::parse(&header, BLOCK_LIMIT) else {
        return Err(LinkError::nonsense(&header));
    };
    let mut text = Vec::new();
    connection.block(length, |chunk| text.extend_from_slice(chunk)).await?;
    let words: Vec<Vec<u8>> = words(&text).map(std::borrow::Cow::into_owned).collect();
    Ok(Refusal::parse(&words).map_or(Reason::Untold, Reason::Told))
}
