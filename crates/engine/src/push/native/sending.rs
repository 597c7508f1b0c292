//! Contents on their way: small ones many in a frame, large ones a piece of each at a time.
use super::super::content::{self, ContentError, Follows, Pieces};
use super::super::pipeline::Ended;
use super::super::report::Served;
use super::super::shared::Small;
use super::Stream;
use csync3_core::delta::signature::Signature;
use csync3_core::entry::{ContentHash, Kind, Observed};
use csync3_core::native::message::{Content, Contents, End, Message, PIECE, Piece, Zeros};
use csync3_core::native::pack::Sample;
use std::collections::VecDeque;

/// Large files that are open at a time.
const LARGE: usize = 4;

/// Bytes of small contents in one frame, about.
const FRAME: usize = 64 * 1024;

/// Files of up to this size are sent whole in one message.
const SMALL: u64 = 64 * 1024;

/// What the receiver has asked for.
#[derive(Default)]
pub(super) struct Sending {
    whole: VecDeque<u64>,
    deltas: VecDeque<u64>,
    open: VecDeque<Open>,
}

/// A large file on its way.
struct Open {
    id: u64,
    pieces: Pieces,
    /// Whether it compresses.
    sample: Sample,
}

impl Sending {
    pub(super) fn whole(&mut self, id: u64) {
        self.whole.push_back(id);
    }

    pub(super) fn delta(&mut self, id: u64) {
        self.deltas.push_back(id);
    }

    /// Says whether there is something to send.
    pub(super) fn is_busy(&self) -> bool {
        !self.whole.is_empty() || !self.deltas.is_empty() || !self.open.is_empty()
    }

    /// The receiver wants it no more. What is open is still ended.
    pub(super) fn forget(&mut self, id: u64) {
        self.whole.retain(|other| *other != id);
        self.deltas.retain(|other| *other != id);
    }
}

impl Stream<'_> {
    /// Queues contents up to the high water mark.
    pub(super) fn send_contents(&mut self) {
        self.send_whole();
        while self.sending.open.len() < LARGE
            && let Some(id) = self.sending.deltas.pop_front()
        {
            self.begin_delta(id);
        }
        let mut piece = Vec::with_capacity(PIECE + 64);
        while !self.native.packing.is_full(self.link)
            && let Some(mut open) = self.sending.open.pop_front()
        {
            piece.clear();
            let follows = open.pieces.next(PIECE, &mut piece);
            let (id, packing) = (open.id, &mut self.native.packing);
            if !piece.is_empty() {
                let message = Message::Delta(Piece { id, bytes: &piece });
                packing.say(self.link, &message, &mut open.sample);
            }
            if let Follows::Zeros(length) = follows {
                packing.say_zeros(self.link, Zeros { id, length });
            }
            match follows {
                Follows::Nothing => self.end(id, open.pieces),
                // The others have their turn.
                Follows::More | Follows::Zeros(_) => self.sending.open.push_back(open),
            }
        }
    }

    /// Queues small contents, and opens large ones.
    fn send_whole(&mut self) {
        let (mut contents, mut bytes) = (Vec::new(), 0);
        while !self.native.packing.is_full(self.link)
            && let Some(id) = self.sending.whole.pop_front()
        {
            let Some(active) = self.active.get_mut(&id) else {
                continue;
            };
            if let Some(content) = active.content.take() {
                self.kept -= content.len();
                active.bytes = content.len() as u64;
                bytes += content.len();
                contents.push(Content { id, bytes: content });
                self.native.window.sent(id);
            } else if is_small(active.object.as_ref()) {
                self.read_and_send(id);
            } else if self.sending.open.len() < LARGE {
                self.begin_whole(id);
            } else {
                self.sending.whole.push_front(id);
                break;
            }
            if bytes >= FRAME {
                self.send_batch(std::mem::take(&mut contents));
                bytes = 0;
            }
        }
        self.send_batch(contents);
    }

    fn send_batch(&mut self, contents: Vec<Content>) {
        if !contents.is_empty() {
            self.is_unsettled = true;
            let message = Message::Contents(Contents { contents });
            self.native.packing.say_batch(self.link, &message);
        }
    }

    /// A small file whose hash was remembered, and that the receiver lacks.
    fn read_and_send(&mut self, id: u64) {
        let Some(active) = self.active.get(&id) else {
            return;
        };
        match content::read_small(self.away.disk, &active.candidate.at) {
            Ok(Some(Small { content, hash, observed, .. }))
                if Some(&observed) == active.object.as_ref() && Some(hash) == active.hash =>
            {
                if let Some(active) = self.active.get_mut(&id) {
                    active.bytes = content.len() as u64;
                }
                self.send_batch(vec![Content { id, bytes: content }]);
                self.native.window.sent(id);
            }
            Ok(_) => self.is_another(id),
            Err(error) => self.cannot_read(id, error),
        }
    }

    fn begin_whole(&mut self, id: u64) {
        let Some(active) = self.active.get(&id) else {
            return;
        };
        let pieces = Pieces::whole(self.away.disk, &active.candidate.at);
        self.begin(id, pieces);
    }

    fn begin_delta(&mut self, id: u64) {
        let Some(active) = self.active.get_mut(&id) else {
            return;
        };
        let signature = active.signature.take().and_then(|reader| reader.finish().ok());
        let signature = signature.unwrap_or_else(Signature::none);
        let pieces = Pieces::delta(self.away.disk, &active.candidate.at, &signature);
        self.begin(id, pieces);
    }

    fn begin(&mut self, id: u64, pieces: Result<Pieces, ContentError>) {
        let offered = self.active.get(&id).and_then(|active| active.object.as_ref());
        match pieces {
            Ok(pieces) if Some(pieces.observed()) == offered => {
                let sample = Sample::default();
                self.sending.open.push_back(Open { id, pieces, sample });
            }
            Ok(_) => self.is_another(id),
            Err(error) => self.cannot_read(id, error),
        }
    }

    /// All of a content is queued, or it turned out to be none.
    fn end(&mut self, id: u64, pieces: Pieces) {
        let (bytes, seen) = (pieces.bytes, pieces.observed().clone());
        match pieces.finish() {
            Some(hash) => {
                if let Some(mut active) = self.active.remove(&id) {
                    active.bytes = bytes;
                    self.learn(&mut active, &seen, hash);
                    self.active.insert(id, active);
                }
                self.say_end(id, Some(hash));
                self.native.window.sent(id);
            }
            None => self.is_another(id),
        }
    }

    /// The file is not the one that was offered any more.
    fn is_another(&mut self, id: u64) {
        self.say_end(id, None);
        self.native.window.sent(id);
    }

    /// The file cannot be sent, and why.
    fn cannot_read(&mut self, id: u64, error: ContentError) {
        self.say_end(id, None);
        self.native.window.sent(id);
        if let Some(active) = self.take(id) {
            let served = Served { won: None, object: active.object, was_absent: false, bytes: 0 };
            self.report.ended(active.candidate, &served, Ended::Local(error));
        }
    }

    fn say_end(&mut self, id: u64, hash: Option<ContentHash>) {
        self.is_unsettled = true;
        let hash = hash.map(|hash| hash.0.to_vec()).unwrap_or_default();
        self.link.say(&Message::End(End { id, hash }));
    }
}

fn is_small(object: Option<&Observed>) -> bool {
    object.is_some_and(|object| matches!(object.kind, Kind::File { size } if size <= SMALL))
}
