//! csync3-engine: the verbs.
//!
//! Each verb gathers facts from store, disk and peers, asks [`csync3_core`] what they mean, carries
//! out the answer and reports to an [`observer::Observer`].
//!
//! * [`host`]: what every verb works on: one host's configuration, memory and trees
//! * [`credentials`]: this host's certificate; `pins`: those of the peers
//! * [`check`]: disk against store; [`hint`], [`mark`], [`cleanup`], [`compare`], [`list`],
//!   [`status`]: the other verbs that need no peer
//! * [`push`]: dirty rows to all peers at once
//! * [`insync`]: rows and contents compared with those of the peers
//! * [`resolve`]: conflicts that a person decides
//! * [`database`]: a database as a whole: copied, looked through
//! * [`doctor`]: what is wrong with this host and its peers
//! * [`serve`]: a peer's session on this host
//! * [`actions`]: the commands of the configuration; nothing else starts a process
#![forbid(unsafe_code)]

pub mod actions;
pub mod check;
pub mod cleanup;
pub mod compare;
pub mod credentials;
pub mod database;
pub mod doctor;
pub mod hint;
pub mod host;
pub mod insync;
pub mod list;
pub mod mark;
pub mod observer;
mod pins;
pub mod push;
pub mod resolve;
pub mod serve;
pub mod status;
