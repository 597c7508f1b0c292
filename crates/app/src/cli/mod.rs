//! The command line: what was typed, as values.
//!
//! Parsing is pure: it opens nothing, prints nothing and knows no configuration.
//!
//! [`invocation`]: what a call asks for · [`args`]: words to an [`Invocation`] · `cert`: those after `cert` · `mode`: the mode
//! letters and how they combine · [`usage`]: why a call cannot be understood · [`operands`]: operand
//! paths in their canonical form
pub mod args;
mod cert;
pub mod invocation;
mod mode;
pub mod operands;
pub mod usage;

pub use invocation::{
    ColorChoice, InSync, Invocation, ServeMode, SessionLimits, Test, Timeouts, Verb,
};
pub use usage::UsageError;
