//! csync3-engine: the verbs.
//!
//! Each verb gathers facts from store, disk and peers, asks [`csync3_core`] what they mean, carries
//! out the answer and reports to an [`observer::Observer`].
//!
//! * [`host`]: what every verb works on: one host's configuration, memory and trees
//! * [`check`]: disk against store; [`hint`], [`mark`], [`cleanup`], [`compare`], [`list`],
//!   [`status`]: the other verbs that need no peer
//! * [`push`]: dirty rows to all peers at once
//! * [`resolve`]: conflicts that a person decides
//! * [`serve`]: a peer's session on this host
//! * [`actions`]: the commands of the configuration; nothing else starts a process
#![forbid(unsafe_code)]

pub mod actions;
pub mod check;
pub mod cleanup;
pub mod compare;
pub mod hint;
pub mod host;
pub mod list;
pub mod mark;
pub mod observer;
pub mod push;
pub mod resolve;
pub mod serve;
pub mod status;
