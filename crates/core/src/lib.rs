//! csync3-core: values in, values out.
//!
//! Everything csync3 *decides* lives here, as functions of facts: no files, sockets, clock,
//! environment, threads, async or logging. Effects gather the facts, ask this crate, and carry out
//! the answer.
//!
//! * [`path`]: names of synced objects and where they live on this host
//! * [`wire`]: the encoding of words, commands and replies of csync2's line protocol
//! * [`pattern`], [`config`]: what the configuration grants and matches
//! * [`entry`], [`checktxt`]: what an object looks like, and csync2's text for it
//! * [`decide`]: what one path, one request or one conflict needs
//! * [`lineage`]: which version of an object came after which
//! * [`push`]: what to say to a peer about one dirty row
//! * [`native`]: the frames and states of csync3's own dialect
//! * [`proof`]: digests that only a holder of a group key can make
//! * [`delta`]: librsync signatures and deltas
//! * [`doctor`]: what is wrong with a host and its peers
//! * [`unified`]: what a person sees of two contents
#![forbid(unsafe_code)]

pub mod checktxt;
pub mod config;
pub mod decide;
pub mod delta;
pub mod doctor;
pub mod entry;
pub mod lineage;
pub mod native;
pub mod path;
pub mod pattern;
pub mod proof;
pub mod push;
pub mod unified;
pub mod wire;
