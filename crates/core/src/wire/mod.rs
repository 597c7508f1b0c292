//! csync2's line protocol as values: no sockets, bytes in and bytes out.
//!
//! * [`escape`]: the encoding of words, shared with the database
pub mod escape;
