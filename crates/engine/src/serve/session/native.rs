//! The native dialect, as the one who receives.
//!
//! Offers are looked at in their order, and what needs no content is applied at once; contents are
//! staged as they come and put in place many at a time. What was applied is made durable together,
//! and only then acknowledged.
//!
//! * here: frames, keys, and the turn from one frame to the next
//! * `apply`: what becomes of one offer · `content`: contents into staged files
//! * `deltas`: signatures of what is here · `reuse`: contents that are here under another name
//! * `outcome`: answers, and what was applied and is not durable yet
//!
//! # Source
//! `docs/native-protocol.md`.
mod apply;
mod content;
mod deltas;
mod outcome;
mod reuse;

use super::super::receive::SessionError;
use super::{HIGH_WATER, Next, Session};
use content::{Incoming, Part};
use csync3_core::config::Key;
use csync3_core::native::intake::Intake;
use csync3_core::native::message::{Message, Piece, Prove, Proved, Stop};
use csync3_core::native::pack::Unpacker;
use csync3_core::native::proof::{Role, Session as Proofs};
use csync3_core::proof::Nonces;
use deltas::Deltas;
use outcome::Outcomes;
use reuse::Reuse;

/// What is taken in while a write cannot go on: more than a caller queues before it reads, so that
/// both ends may write at the same time.
const READ_AHEAD: usize = 2 * 1024 * 1024;

/// The native part of a session.
struct Native {
    /// What each key of the caller is here; `None` if there is no such key.
    keys: Vec<Option<Vec<u8>>>,
    intake: Intake,
    incoming: Incoming,
    deltas: Deltas,
    reuse: Reuse,
    outcomes: Outcomes,
    unpacker: Unpacker,
    /// The caller waits.
    settle: bool,
}

/// What a frame leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// To the next frame.
    Next,
    /// No whole frame is here.
    Dry,
    /// Back to lines.
    Leave,
}

impl Session {
    /// Speaks the native dialect until the caller leaves it.
    pub(super) async fn native(&mut self, nonces: Nonces) -> Result<Next, SessionError> {
        let spoken = self.speak(nonces).await;
        if let Err(error) = &spoken
            && !matches!(error, SessionError::Net(_) | SessionError::HungUp)
        {
            // Whoever reads this can still read; whoever cannot has gone.
            let reason = error.to_string();
            self.send(&Message::Stop(Stop { reason }));
            drop(self.connection.flush().await);
        }
        spoken.map(|()| Next::Command)
    }

    async fn speak(&mut self, nonces: Nonces) -> Result<(), SessionError> {
        self.connection.set_read_ahead(READ_AHEAD);
        let mut native = self.introduce(nonces).await?;
        loop {
            match self.frame(&mut native).await? {
                Step::Next => {
                    self.place_if_late(&mut native)?;
                    self.settle_if_late(&mut native).await?;
                    if self.connection.queued() >= HIGH_WATER {
                        self.connection.flush().await?;
                    }
                }
                Step::Dry if self.connection.gather().await? > 0 => {}
                Step::Dry => {
                    self.place_all(&mut native)?;
                    if native.settle && !native.incoming.is_expecting() {
                        self.settle_all(&mut native).await?;
                        native.settle = false;
                    }
                    self.answer(&mut native);
                    if self.wait().await? == 0 {
                        return Err(SessionError::HungUp);
                    }
                }
                Step::Leave => {
                    self.place_all(&mut native)?;
                    self.settle_all(&mut native).await?;
                    self.answer(&mut native);
                    self.send(&Message::Leave);
                    return Ok(());
                }
            }
        }
    }

    /// Both ends prove which keys they have.
    async fn introduce(&mut self, nonces: Nonces) -> Result<Native, SessionError> {
        let Prove { proofs, requires } = loop {
            if let Some((message, taken)) = Message::take(self.connection.buffered())? {
                let Message::Prove(prove) = message else {
                    return Err(SessionError::Untimely);
                };
                self.connection.consume(taken);
                break prove;
            }
            if self.connection.fill().await? == 0 {
                return Err(SessionError::HungUp);
            }
        };
        if let Some(feature) = requires.into_iter().next() {
            let unknown = vec![feature.clone()];
            self.send(&Message::Proved(Proved { proofs: Vec::new(), unknown }));
            return Err(SessionError::Requires { feature });
        }
        let Some(caller) = &self.caller else {
            return Err(SessionError::Untimely);
        };
        let session = Proofs {
            nonces,
            caller: caller.name.as_str().as_bytes().to_vec(),
            binding: self.connection.secured().map_or_else(Vec::new, |it| it.binding.to_vec()),
        };
        let shared = self.host.config.keys_with(&caller.name);
        let own: Vec<Option<&Key>> = proofs
            .iter()
            .map(|proof| session.proved(&shared, Role::Caller, proof).map(|at| shared[at]))
            .collect();
        let proofs = own
            .iter()
            .map(|key| key.map_or_else(Vec::new, |key| session.proof(key, Role::Called).to_vec()))
            .collect();
        let keys: Vec<_> =
            own.into_iter().map(|key| key.map(|key| key.as_bytes().to_vec())).collect();
        if keys.iter().any(Option::is_some) {
            self.key_was_right()?;
        }
        self.send(&Message::Proved(Proved { proofs, unknown: Vec::new() }));
        Ok(Native {
            keys,
            intake: Intake::default(),
            incoming: Incoming::default(),
            deltas: Deltas::default(),
            reuse: Reuse::default(),
            outcomes: Outcomes::default(),
            unpacker: Unpacker::default(),
            settle: false,
        })
    }

    /// Takes one frame, if a whole one is here.
    async fn frame(&mut self, native: &mut Native) -> Result<Step, SessionError> {
        let Some((message, taken)) = Message::take(self.connection.buffered())? else {
            return Ok(Step::Dry);
        };
        match message {
            Message::Delta(piece) => {
                native.part(&self.host, &self.disk, piece.id, Part::Bytes(piece.bytes))?;
                self.connection.consume(taken);
            }
            Message::Zeros(zeros) => {
                self.connection.consume(taken);
                native.part(&self.host, &self.disk, zeros.id, Part::Zeros(zeros.length))?;
            }
            Message::Packed(packed) => {
                let kind = packed.kind;
                let body = native.unpacker.unpack(packed)?;
                self.connection.consume(taken);
                match Message::unpacked(kind, &body)? {
                    Message::Delta(Piece { id, bytes }) => {
                        native.part(&self.host, &self.disk, id, Part::Bytes(bytes))?;
                    }
                    Message::Offers(offers) => self.offers(native, offers).await?,
                    Message::Contents(contents) => self.contents(native, contents)?,
                    _ => return Err(SessionError::Untimely),
                }
            }
            Message::Offers(offers) => {
                self.connection.consume(taken);
                self.offers(native, offers).await?;
            }
            Message::Contents(contents) => {
                self.connection.consume(taken);
                self.contents(native, contents)?;
            }
            Message::End(end) => {
                self.connection.consume(taken);
                self.end(native, &end).await?;
            }
            Message::Settle => {
                self.connection.consume(taken);
                native.settle = true;
            }
            Message::Leave if native.outcomes.has_all(&native.intake) => {
                self.connection.consume(taken);
                return Ok(Step::Leave);
            }
            Message::Skipped(_) => self.connection.consume(taken),
            Message::Stop(stop) => return Err(SessionError::Stopped { reason: stop.reason }),
            Message::Prove(_)
            | Message::Proved(_)
            | Message::Answers(_)
            | Message::Signature(_)
            | Message::Leave => return Err(SessionError::Untimely),
        }
        Ok(Step::Next)
    }

    fn send(&mut self, message: &Message<'_>) {
        let mut frame = Vec::new();
        message.encode_into(&mut frame);
        self.connection.queue(&frame);
    }
}
