//! The native dialect, as the one who sends.
//!
//! Offers go ahead of what is known about them; the receiver says what it needs, contents stream, and
//! a row is cleared once the receiver has made its object durable. So the round trips of a push do
//! not grow with its rows.
//!
//! * here: keys, and the turn between offering, sending and listening
//! * `offers`: rows as offers · `answers`: what the receiver says · `sending`: contents
//! * `packing`: frames compressed where the line is slow
//!
//! # Source
//! `docs/native-protocol.md`.
mod answers;
mod offers;
mod packing;
mod sending;

use super::link::{Link, LinkError};
use super::report::Report;
use super::rows::Candidate;
use super::shared::Shared;
use crate::host::Host;
use bytes::Bytes;
use csync3_core::config::HostName;
use csync3_core::decide::local::Recorded;
use csync3_core::delta::signature::SignatureReader;
use csync3_core::entry::{ContentHash, Observed};
use csync3_core::native::message::{Message, Prove, Proved};
use csync3_core::native::proof::{Role, Session as Proofs};
use csync3_core::native::window::Window;
use csync3_core::proof::Nonces;
use csync3_core::wire::command::Command;
use csync3_disk::DiskSession;
use offers::Again;
use packing::Packing;
use sending::Sending;
use std::collections::{HashMap, VecDeque};

/// Offers that are open at a time.
const OPEN: usize = 2_048;

/// Bytes of small contents that are kept until the receiver says whether it needs them.
const KEPT: usize = 512 * 1024;

/// Queued bytes after which the socket is served before more is queued. Far below what a receiver
/// takes in while it writes itself.
const HIGH_WATER: usize = 256 * 1024;

/// What is taken in while a write cannot go on.
const READ_AHEAD: usize = 4 * 1024 * 1024;

/// What both ends have agreed upon in this session, and what is under way in it.
pub(super) struct Native {
    /// The keys, as offers number them, and whether the receiver has them, too.
    keys: Vec<(Vec<u8>, bool)>,
    window: Window,
    packing: Packing,
}

/// An open offer.
struct Active {
    candidate: Candidate,
    object: Option<Observed>,
    /// What is recorded of it, where its hash is worth remembering.
    recorded: Option<Box<Recorded>>,
    hash: Option<ContentHash>,
    /// The content of a small file that was read for its hash.
    content: Option<Bytes>,
    overrule: bool,
    /// The rule by which a conflict was won.
    won: Option<&'static str>,
    /// How often it was offered before.
    tries: u8,
    bytes: u64,
    /// The signature of what the receiver has, as far as it has come.
    signature: Option<Box<SignatureReader>>,
}

/// What the rows of a peer are served with.
#[derive(Clone, Copy)]
pub(super) struct Away<'a> {
    pub(super) host: &'a Host,
    pub(super) peer: &'a HostName,
    pub(super) disk: &'a DiskSession,
    pub(super) shared: &'a Shared,
}

/// The rows of one direction, on their way to the receiver.
pub(super) struct Stream<'a> {
    away: Away<'a>,
    link: &'a mut Link,
    native: &'a mut Native,
    report: &'a mut Report,
    active: HashMap<u64, Active>,
    again: VecDeque<Again>,
    /// Bytes in [`Active::content`].
    kept: usize,
    sending: Sending,
    /// Something was sent since the receiver was last asked to settle.
    is_unsettled: bool,
}

/// Both ends prove their keys, and speak the native dialect from then on.
pub(super) async fn enter(
    host: &Host,
    peer: &HostName,
    link: &mut Link,
    nonces: Nonces,
) -> Result<Native, LinkError> {
    let session = Proofs {
        nonces,
        caller: link.myname.as_bytes().to_ascii_lowercase(),
        binding: link.connection.secured().map_or_else(Vec::new, |it| it.binding.to_vec()),
    };
    let keys = host.config.keys_with(peer);
    let proofs = keys.iter().map(|key| session.proof(key, Role::Caller).to_vec()).collect();
    link.queue(&Command::Native);
    link.is_native = true;
    link.say(&Message::Prove(Prove { proofs, requires: Vec::new() }));
    link.connection.set_read_ahead(READ_AHEAD);
    let Proved { proofs, unknown } = link.proved().await?;
    if let Some(feature) = unknown.into_iter().next() {
        return Err(LinkError::NotNative { what: format!("it does not know '{feature}'") });
    }
    let mut both = Vec::with_capacity(keys.len());
    for (at, key) in keys.iter().enumerate() {
        let proof = proofs.get(at).map_or(&[][..], Vec::as_slice);
        let is_shared = !proof.is_empty();
        if is_shared && session.proved(&[key], Role::Called, proof).is_none() {
            return Err(LinkError::NotNative { what: "its proof of a key is wrong".to_owned() });
        }
        both.push((key.as_bytes().to_vec(), is_shared));
    }
    if both.iter().any(|(_, is_shared)| *is_shared) {
        link.key_was_proved()?;
    }
    Ok(Native { keys: both, window: Window::new(OPEN), packing: Packing::new(link) })
}

impl<'a> Stream<'a> {
    pub(super) fn new(
        away: Away<'a>,
        link: &'a mut Link,
        native: &'a mut Native,
        report: &'a mut Report,
    ) -> Self {
        Self {
            away,
            link,
            native,
            report,
            active: HashMap::new(),
            again: VecDeque::new(),
            kept: 0,
            sending: Sending::default(),
            is_unsettled: false,
        }
    }

    /// Says whether more rows can be offered now.
    pub(super) fn has_room(&self) -> bool {
        self.native.window.has_room() && self.kept < KEPT && !self.native.packing.is_full(self.link)
    }

    /// Says whether the receiver knows this host by this name.
    pub(super) fn goes_by(&self, myname: &str) -> bool {
        self.link.is_identified_as(myname)
    }

    /// How many rows may be offered together now.
    pub(super) fn room(&self) -> usize {
        OPEN - self.native.window.len()
    }

    /// Sends what is to be sent and takes in what has come; waits for the receiver if there is nothing
    /// else to do. `more` says that rows are left that could be offered.
    pub(super) async fn turn(&mut self, more: bool) -> Result<(), LinkError> {
        self.offer_again();
        self.send_contents();
        if self.native.packing.is_full(self.link) {
            self.native.packing.flush(self.link).await?;
        }
        self.listen()?;
        // What cannot be offered before the receiver has answered is nothing to be busy with.
        let has_offers = more || !self.again.is_empty();
        let is_busy = (has_offers && self.has_room()) || self.sending.is_busy();
        if is_busy {
            self.link.connection.gather().await?;
        } else if !self.native.window.is_empty() {
            if std::mem::replace(&mut self.is_unsettled, false) {
                self.link.say(&Message::Settle);
            }
            self.native.packing.pause();
            if self.link.connection.fill().await? == 0 {
                return Err(LinkError::Closed);
            }
        }
        self.listen()
    }

    /// Ends all offers.
    pub(super) async fn finish(&mut self) -> Result<(), LinkError> {
        while !self.native.window.is_empty() || !self.again.is_empty() {
            self.turn(false).await?;
        }
        Ok(())
    }
}

/// Back to lines.
pub(super) async fn leave(link: &mut Link) -> Result<(), LinkError> {
    link.say(&Message::Leave);
    link.left().await
}
