//! What the two ends say, as values and as the bodies of frames.
//!
//! Bodies are protobuf messages, so fields that a reader does not know are skipped; only pieces of
//! content have a body of their own, an id and bytes. A kind of frame below 128 that a reader does
//! not know is skipped, too. One above ends the session with an error that names it: whoever adds
//! something that must not be skipped gives it such a number, or a name in [`Prove::requires`].
//!
//! # Source
//! `docs/native-protocol.md`.
use super::frame;
use bytes::Bytes;
use prost::Message as _;

/// Who proves which keys; the first frame of the caller.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Prove {
    /// A proof for each key, in the order in which offers name them.
    #[prost(bytes = "vec", repeated, tag = "1")]
    pub proofs: Vec<Vec<u8>>,
    /// What the other end must know, by name. There is nothing yet.
    #[prost(string, repeated, tag = "2")]
    pub requires: Vec<String>,
}

/// The answer to [`Prove`].
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Proved {
    /// For each proof that of the other end; empty if it does not have such a key.
    #[prost(bytes = "vec", repeated, tag = "1")]
    pub proofs: Vec<Vec<u8>>,
    /// Names of [`Prove::requires`] that the other end does not know: it serves nothing.
    #[prost(string, repeated, tag = "2")]
    pub unknown: Vec<String>,
}

/// One object that the receiver is owed. A `kind` of 0 is a removal.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Offer {
    /// Which key of [`Prove`] grants it.
    #[prost(uint32, tag = "1")]
    pub key: u32,
    /// How many bytes of its encoded name are those of the offer before it in the same frame.
    #[prost(uint32, tag = "2")]
    pub shared: u32,
    /// The other bytes of its encoded name.
    #[prost(bytes = "vec", tag = "3")]
    pub rest: Vec<u8>,
    /// Its type: the type bits of `st_mode`, shifted right by 12.
    #[prost(uint32, tag = "4")]
    pub kind: u32,
    /// Its permission bits.
    #[prost(uint32, tag = "5")]
    pub permissions: u32,
    /// Its owner.
    #[prost(uint32, tag = "6")]
    pub uid: u32,
    /// Its group.
    #[prost(uint32, tag = "7")]
    pub gid: u32,
    /// The whole seconds of its modification time.
    #[prost(sint64, tag = "8")]
    pub seconds: i64,
    /// The nanoseconds of its modification time.
    #[prost(uint32, tag = "9")]
    pub nanos: u32,
    /// The length of a file, or the number of a device.
    #[prost(uint64, tag = "10")]
    pub number: u64,
    /// Where a symbolic link points to.
    #[prost(bytes = "vec", tag = "11")]
    pub target: Vec<u8>,
    /// The BLAKE3 of a file's content, where it is known.
    #[prost(bytes = "vec", tag = "12")]
    pub hash: Vec<u8>,
    /// The receiver's own change is overruled.
    #[prost(bool, tag = "13")]
    pub overrule: bool,
    /// Which version it is: 16 bytes; empty if nobody knows.
    #[prost(bytes = "vec", tag = "14")]
    pub version: Vec<u8>,
    /// The versions that it replaces, 16 bytes each; missing if they are not known.
    #[prost(bytes = "vec", optional, tag = "15")]
    pub replaces: Option<Vec<u8>>,
}

/// Objects in the order in which they are to be applied.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Offers {
    /// The number of the first; the others follow. Numbers begin at 0 and leave nothing out.
    #[prost(uint64, tag = "1")]
    pub first: u64,
    /// The objects.
    #[prost(message, repeated, tag = "2")]
    pub offers: Vec<Offer>,
}

/// What becomes of one offer.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Answer {
    /// The number of the offer.
    #[prost(uint64, tag = "1")]
    pub id: u64,
    /// What.
    #[prost(enumeration = "Verdict", tag = "2")]
    pub verdict: i32,
    /// Why it was refused: an answer line of csync2's protocol.
    #[prost(bytes = "vec", tag = "3")]
    pub reply: Vec<u8>,
    /// Of a conflict: the modification time here in nanoseconds, -1 if there is no such object.
    #[prost(sint64, tag = "4")]
    pub mtime: i64,
    /// Of a conflict: the length here, -1 if there is no such object.
    #[prost(sint64, tag = "5")]
    pub size: i64,
}

/// The verdicts of an [`Answer`]. Those from [`Verdict::Refused`] on end the offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, prost::Enumeration)]
#[repr(i32)]
pub enum Verdict {
    /// Not one of these.
    Unknown = 0,
    /// Send the content.
    Send = 1,
    /// Send a delta; the signature it is made against has come before.
    SendDelta = 2,
    /// Offer it again with its hash.
    SendHash = 3,
    /// It is not applied.
    Refused = 4,
    /// It was there already; this is durable.
    UpToDate = 5,
    /// It replaces what was there; this is durable.
    Updated = 6,
    /// It was not there and is now; this is durable.
    Made = 7,
    /// It was removed; this is durable.
    Deleted = 8,
    /// There was nothing to remove; this is durable.
    AlreadyGone = 9,
}

impl Verdict {
    /// Says whether the offer is over.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(
            self,
            Self::Refused
                | Self::UpToDate
                | Self::Updated
                | Self::Made
                | Self::Deleted
                | Self::AlreadyGone
        )
    }
}

/// Answers, in any order.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Answers {
    /// The answers.
    #[prost(message, repeated, tag = "1")]
    pub answers: Vec<Answer>,
}

/// The whole content of a small file.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Content {
    /// The number of the offer.
    #[prost(uint64, tag = "1")]
    pub id: u64,
    /// The content.
    #[prost(bytes = "bytes", tag = "2")]
    pub bytes: Bytes,
}

/// The whole contents of small files.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Contents {
    /// The contents.
    #[prost(message, repeated, tag = "1")]
    pub contents: Vec<Content>,
}

/// The end of a content that came in pieces, or of one that will not come.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct End {
    /// The number of the offer.
    #[prost(uint64, tag = "1")]
    pub id: u64,
    /// The BLAKE3 of the whole content; empty if the pieces are to be forgotten.
    #[prost(bytes = "vec", tag = "2")]
    pub hash: Vec<u8>,
}

/// Why the other end can go on with this session no more.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Stop {
    /// For people.
    #[prost(string, tag = "1")]
    pub reason: String,
}

/// A piece of a delta or of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece<'a> {
    /// The number of the offer.
    pub id: u64,
    /// The bytes.
    pub bytes: &'a [u8],
}

/// A frame in a frame, compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packed<'a> {
    /// The kind of the frame within.
    pub kind: u8,
    /// Its body, as a zstd frame.
    pub bytes: &'a [u8],
}

/// Zero bytes of a content that are not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zeros {
    /// The number of the offer.
    pub id: u64,
    /// How many, at most [`ZEROS`].
    pub length: u64,
}

/// The most bytes of one [`Zeros`]: they are hashed at both ends.
pub const ZEROS: u64 = 64 * 1024 * 1024;

/// Bytes of a content or signature that are sent as one [`Piece`].
pub const PIECE: usize = 128 * 1024;

/// One frame.
#[derive(Debug, Clone, PartialEq)]
pub enum Message<'a> {
    /// From the caller, first.
    Prove(Prove),
    /// The answer to that.
    Proved(Proved),
    /// From the caller.
    Offers(Offers),
    /// From the receiver.
    Answers(Answers),
    /// From the caller.
    Contents(Contents),
    /// From the caller: the next piece of a delta (that of nothing, for a whole content).
    Delta(Piece<'a>),
    /// From the caller.
    End(End),
    /// From the receiver: the next piece of a signature, before [`Verdict::SendDelta`].
    Signature(Piece<'a>),
    /// From the caller: it waits for what is to be done and made durable.
    Settle,
    /// From the caller, when all its offers are over: lines of csync2's protocol follow. From the
    /// receiver: the answer to that.
    Leave,
    /// From either end, last.
    Stop(Stop),
    /// What a later version says and an earlier one may skip.
    Skipped(u8),
    /// From the caller: another of its frames, compressed. See [`super::pack`].
    Packed(Packed<'a>),
    /// From the caller: the next bytes of a literal in a delta.
    Zeros(Zeros),
}

const PROVE: u8 = 1;
const PROVED: u8 = 2;
const OFFERS: u8 = 3;
const ANSWERS: u8 = 4;
const CONTENTS: u8 = 5;
const DELTA: u8 = 6;
const END: u8 = 7;
const SIGNATURE: u8 = 8;
const SETTLE: u8 = 9;
const LEAVE: u8 = 10;
const STOP: u8 = 11;
/// The kind of [`Message::Packed`], the first of those that must not be skipped.
pub(super) const PACKED: u8 = 128;
const ZEROS_KIND: u8 = 129;
/// Of these kinds nothing is known but that.
const REQUIRED: u8 = 130;

/// Why a frame makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MessageError {
    /// A kind that must be known and is not.
    #[error("cannot read a frame of kind {kind}: a later version may know it")]
    Unknown {
        /// The kind.
        kind: u8,
    },
    /// The body is not one of its kind.
    #[error("cannot read a frame of kind {kind}: its body is malformed")]
    Malformed {
        /// The kind.
        kind: u8,
    },
    /// Longer than any frame may be.
    #[error("cannot read a frame of {length} bytes: {limit} is the most", limit = frame::BODY_LIMIT)]
    TooLong {
        /// The stated length.
        length: usize,
    },
}

impl<'a> Message<'a> {
    /// Reads the first frame of what has come, and says how many bytes it takes; `None` if its end
    /// is not here.
    ///
    /// # Errors
    /// [`MessageError`].
    pub fn take(bytes: &'a [u8]) -> Result<Option<(Self, usize)>, MessageError> {
        match frame::scan(bytes) {
            frame::Scan::Incomplete => Ok(None),
            frame::Scan::TooLong { length } => Err(MessageError::TooLong { length }),
            frame::Scan::Frame { kind, body, taken } => Ok(Some((Self::read(kind, body)?, taken))),
        }
    }

    /// Reads the body of a frame that was packed; none that is packed is in it.
    ///
    /// # Errors
    /// [`MessageError`].
    pub fn unpacked(kind: u8, body: &'a [u8]) -> Result<Self, MessageError> {
        if kind == PACKED { Err(MessageError::Malformed { kind }) } else { Self::read(kind, body) }
    }

    fn read(kind: u8, body: &'a [u8]) -> Result<Self, MessageError> {
        let malformed = MessageError::Malformed { kind };
        let message = match kind {
            PROVE => Prove::decode(body).map(Self::Prove),
            PROVED => Proved::decode(body).map(Self::Proved),
            OFFERS => Offers::decode(body).map(Self::Offers),
            ANSWERS => Answers::decode(body).map(Self::Answers),
            CONTENTS => Contents::decode(body).map(Self::Contents),
            END => End::decode(body).map(Self::End),
            STOP => Stop::decode(body).map(Self::Stop),
            DELTA | SIGNATURE => {
                let (id, bytes) = body.split_first_chunk().ok_or(malformed)?;
                let piece = Piece { id: u64::from_be_bytes(*id), bytes };
                return Ok(if kind == DELTA { Self::Delta(piece) } else { Self::Signature(piece) });
            }
            SETTLE => return Ok(Self::Settle),
            LEAVE => return Ok(Self::Leave),
            PACKED => {
                let (kind, bytes) = body.split_first().ok_or(malformed)?;
                return Ok(Self::Packed(Packed { kind: *kind, bytes }));
            }
            ZEROS_KIND => {
                let (id, length) = body.split_first_chunk().ok_or(malformed.clone())?;
                let length = length.try_into().map(u64::from_be_bytes);
                return match length {
                    Ok(length @ ..=ZEROS) => {
                        Ok(Self::Zeros(Zeros { id: u64::from_be_bytes(*id), length }))
                    }
                    _ => Err(malformed),
                };
            }
            REQUIRED.. => return Err(MessageError::Unknown { kind }),
            other => return Ok(Self::Skipped(other)),
        };
        message.map_err(|_| malformed)
    }

    /// Appends the frame. What was skipped appends an empty frame of its kind.
    pub fn encode_into(&self, out: &mut Vec<u8>) {
        let (kind, body): (u8, &dyn Body) = match self {
            Self::Prove(body) => (PROVE, body),
            Self::Proved(body) => (PROVED, body),
            Self::Offers(body) => (OFFERS, body),
            Self::Answers(body) => (ANSWERS, body),
            Self::Contents(body) => (CONTENTS, body),
            Self::Delta(body) => (DELTA, body),
            Self::End(body) => (END, body),
            Self::Signature(body) => (SIGNATURE, body),
            Self::Settle => (SETTLE, &()),
            Self::Leave => (LEAVE, &()),
            Self::Stop(body) => (STOP, body),
            Self::Skipped(kind) => (*kind, &()),
            Self::Packed(body) => (PACKED, body),
            Self::Zeros(body) => (ZEROS_KIND, body),
        };
        frame::encode_into(kind, out, |out| body.append(out));
    }
}

trait Body {
    fn append(&self, out: &mut Vec<u8>);
}

impl<T: prost::Message> Body for T {
    fn append(&self, out: &mut Vec<u8>) {
        self.encode_raw(out);
    }
}

impl Body for Piece<'_> {
    fn append(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.id.to_be_bytes());
        out.extend_from_slice(self.bytes);
    }
}

impl Body for Zeros {
    fn append(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.id.to_be_bytes());
        out.extend_from_slice(&self.length.to_be_bytes());
    }
}

impl Body for Packed<'_> {
    fn append(&self, out: &mut Vec<u8>) {
        out.push(self.kind);
        out.extend_from_slice(self.bytes);
    }
}

#[cfg(test)]
mod tests;
