//! Signatures of what is here, for deltas.
use super::super::super::receive::SessionError;
use super::super::Session;
use super::Native;
use super::content::Awaited;
use csync3_core::delta::signature::{SignatureWriter, block_len_for};
use csync3_core::entry::Kind;
use csync3_core::native::message::{Message, PIECE, Piece, Verdict};
use std::collections::{HashSet, VecDeque};

/// Deltas that are under way at the same time: the caller keeps the signature of each.
const DELTAS: usize = 4;

/// Deltas that wait for their turn, and how many are under way.
#[derive(Default)]
pub(super) struct Deltas {
    waiting: VecDeque<(u64, Awaited)>,
    under_way: HashSet<u64>,
}

impl Session {
    /// Asks for a delta, now or when there is room for it.
    pub(super) async fn delta(
        &mut self,
        native: &mut Native,
        id: u64,
        awaited: Awaited,
    ) -> Result<(), SessionError> {
        native.deltas.waiting.push_back((id, awaited));
        self.begin_deltas(native).await
    }

    /// A delta has come: there is room for another.
    pub(super) async fn next_delta(
        &mut self,
        native: &mut Native,
        id: u64,
    ) -> Result<(), SessionError> {
        if native.deltas.under_way.remove(&id) { self.begin_deltas(native).await } else { Ok(()) }
    }

    /// Sends signatures of what is here, as many as may be under way.
    async fn begin_deltas(&mut self, native: &mut Native) -> Result<(), SessionError> {
        while native.deltas.under_way.len() < DELTAS
            && let Some((id, awaited)) = native.deltas.waiting.pop_front()
        {
            native.intake.want(id);
            let is_sent = self.send_signature(id, &awaited).await?;
            native.incoming.expect(id, awaited);
            if is_sent {
                native.deltas.under_way.insert(id);
            }
            native.say(id, if is_sent { Verdict::SendDelta } else { Verdict::Send });
            // The verdict must not overtake the signature.
            self.answer(native);
        }
        Ok(())
    }

    /// `false` if there is nothing to make a delta against.
    async fn send_signature(&mut self, id: u64, awaited: &Awaited) -> Result<bool, SessionError> {
        let mut here = None;
        let source = match &awaited.part {
            Some(part) => part,
            None => match self.open_basis(&awaited.target) {
                Ok(source) => here.insert(source),
                Err(_) => return Ok(false),
            },
        };
        let size = match source.observed().kind {
            Kind::File { size } => size,
            _ => 0,
        };
        let mut writer = SignatureWriter::with_block_len(block_len_for(size));
        let (mut made, mut buffer, mut offset) = (Vec::new(), vec![0; PIECE], 0);
        loop {
            let read = source.read_at(&mut buffer, offset).unwrap_or_default();
            if read == 0 {
                break;
            }
            offset += read as u64;
            writer.feed(&buffer[..read], &mut made);
            if made.len() >= PIECE {
                self.send_pieces(id, &mut made).await?;
            }
        }
        writer.finish(&mut made);
        self.send_pieces(id, &mut made).await?;
        Ok(true)
    }

    async fn send_pieces(&mut self, id: u64, made: &mut Vec<u8>) -> Result<(), SessionError> {
        for bytes in made.chunks(PIECE) {
            self.send(&Message::Signature(Piece { id, bytes }));
        }
        made.clear();
        Ok(self.connection.flush().await?)
    }
}
