//! csync2's line protocol as values: no sockets, bytes in and bytes out.
//!
//! What a command *means*, who may send it and what it is answered with is decided elsewhere; here
//! is only which bytes say it.
//!
//! * [`escape`]: the encoding of words, shared with the database
//! * [`mod@line`]: where a line ends and how it falls into words, with csync2's limits
//! * [`number`]: numbers as C reads them
//! * [`command`], [`reply`]: what a client asks and a server answers, as values
//! * [`classic`]: commands to lines and back, and the rows of `LIST`
//! * [`block`]: the header in front of signatures and deltas
//!
//! # Invariants
//! * Parsing is total: any bytes give a value or an error, never a panic.
//! * `parse(encode(value)) == value` for every value a session can hold.
pub mod block;
pub mod classic;
pub mod command;
pub mod escape;
pub mod line;
pub mod number;
pub mod reply;
