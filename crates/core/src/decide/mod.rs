//! Decides, from facts alone, what one path, one request or one conflict needs.
//!
//! # Invariants
//! * Total: every combination of facts has a verdict; "cannot tell" is a fact, not an error.
//! * Same facts, same verdict: no clock, locale or iteration order leaks in.
//! * A verdict that discards somebody's change names the rule that allowed it.
//!
//! [`local`]: disk against store · [`remote`]: a peer's request against what this host holds ·
//! [`compare`]: a peer's `SIG` against the local object · [`tie`]: both changed · [`pin`]: a peer's
//! certificate against the remembered one · [`offered`]: a peer's object against ours, by content
pub mod compare;
pub mod insync;
pub mod local;
pub mod offered;
pub mod pin;
pub mod remote;
pub mod tie;
