//! rsync's way to send a changed file: librsync's signature, delta and patch formats, without I/O.
//!
//! The receiver's file is summed up block by block ([`signature`]); the sender finds these blocks in
//! its own file ([`diff`]) and sends what is left as literal bytes ([`mod@format`]); the receiver puts
//! both together ([`patch`]). All of it takes bytes in pieces of any size and keeps a bounded part
//! of them. Opening, seeking and writing files is the caller's work, and so is comparing the hash of
//! the whole result: the formats have none.
//!
//! * [`rolling`]: the weak sum of a window that slides byte by byte
//! * `strong`: the strong sum of a block
//! * [`signature`]: signatures, written and read
//! * `index`: finding a block of a signature by its sums
//! * [`diff`], [`plan`]: which parts of a new file the other side has
//! * [`mod@format`]: the bytes of a delta's commands
//! * [`patch`]: a delta read back
//!
//! # Invariants
//! * `patch(base, diff(signature(base), new)) == new`.
//! * No allocation grows with a length that a peer merely claims.
//!
//! # Source
//! librsync's published formats; `spec/wire.md` 6, verified against csync2 2.1 and librsync's `rdiff`.
pub mod diff;
pub mod format;
mod index;
pub mod patch;
pub mod plan;
pub mod rolling;
pub mod signature;
mod strong;
