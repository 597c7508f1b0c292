//! csync3-engine: the verbs.
//!
//! Each verb gathers facts from store, disk and peers, asks [`csync3_core`] what they mean, carries
//! out the answer and reports to an [`observer::Observer`].
#![forbid(unsafe_code)]

pub mod observer;
