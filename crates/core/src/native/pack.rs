//! Frames that travel compressed (zstd).
//!
//! Any frame from the caller may come packed: the frame around it tells the kind, then follows its
//! body as one zstd frame. What does not get shorter is sent as it is, and what has not for some
//! pieces is tried less and less often.
//!
//! # Invariants
//! * A packed frame unpacks to no more than any frame may have, whatever it claims.
//! * A packed frame holds none that is packed.
use super::frame;
use super::message::{MessageError, PACKED, Packed};
use zstd::bulk::{Compressor, Decompressor};

/// zstd's level: the fastest that still finds what repeats.
const LEVEL: i32 = 1;

/// Frames of fewer bytes are not worth a try.
const SMALLEST: usize = 512;

/// A frame is packed if it gets below this part of its length, in percent.
const PAYS: usize = 90;

/// The most frames that pass untried after one that did not get shorter.
const PATIENCE: u32 = 64;

/// Whether contents of one source get shorter, as far as they have shown.
#[derive(Debug, Clone, Default)]
pub struct Sample {
    /// Frames that pass untried after the next one that does not pay.
    pause: u32,
    /// Frames that still pass untried.
    left: u32,
}

impl Sample {
    /// Says whether the next frame is worth a try.
    pub fn is_worth_it(&mut self) -> bool {
        let is_due = self.left == 0;
        self.left = self.left.saturating_sub(1);
        is_due
    }

    /// Takes note of a try.
    pub fn note(&mut self, has_paid: bool) {
        if has_paid {
            *self = Self::default();
        } else {
            self.pause = (self.pause * 2).clamp(1, PATIENCE);
            self.left = self.pause;
        }
    }
}

/// Packs frames.
pub struct Packer {
    zstd: Option<Compressor<'static>>,
    packed: Vec<u8>,
}

impl Default for Packer {
    fn default() -> Self {
        Self { zstd: Compressor::new(LEVEL).ok(), packed: Vec::new() }
    }
}

impl Packer {
    /// Packs the one frame in `frame`, if that pays.
    pub fn pack(&mut self, frame: &mut Vec<u8>, sample: &mut Sample) {
        let frame::Scan::Frame { kind, body, .. } = frame::scan(frame) else {
            return;
        };
        let Some(zstd) = &mut self.zstd else {
            return;
        };
        if body.len() < SMALLEST || !sample.is_worth_it() {
            return;
        }
        // Only what pays has to fit.
        self.packed.clear();
        self.packed.reserve(body.len() * PAYS / 100);
        let has_paid = zstd.compress_to_buffer(body, &mut self.packed).is_ok();
        sample.note(has_paid);
        if has_paid {
            frame.clear();
            frame::encode_into(PACKED, frame, |out| {
                out.push(kind);
                out.extend_from_slice(&self.packed);
            });
        }
    }
}

/// Unpacks frames.
#[derive(Default)]
pub struct Unpacker {
    zstd: Option<Decompressor<'static>>,
}

impl Unpacker {
    /// The body of the frame that is in a packed one.
    ///
    /// # Errors
    /// [`MessageError::Malformed`] if it is not zstd's or longer than a frame may be.
    pub fn unpack(&mut self, packed: Packed<'_>) -> Result<Vec<u8>, MessageError> {
        let malformed = MessageError::Malformed { kind: PACKED };
        let zstd = match &mut self.zstd {
            Some(zstd) => zstd,
            none => none.insert(Decompressor::new().map_err(|_| malformed.clone())?),
        };
        // The length that is claimed is only believed as far as a frame may go.
        let claimed = Decompressor::upper_bound(packed.bytes).unwrap_or(frame::BODY_LIMIT);
        let mut body = Vec::with_capacity(claimed.min(frame::BODY_LIMIT));
        zstd.decompress_to_buffer(packed.bytes, &mut body).map_err(|_| malformed)?;
        Ok(body)
    }
}

#[cfg(test)]
mod tests;
