//! The command line: what was typed, as values.
//!
//! Parsing is pure: it opens nothing, prints nothing and knows no configuration.
//!
//! [`invocation`]: what a call asks for · [`args`]: words to an [`Invocation`] · `mode`: the mode
//! letters and how they combine · [`usage`]: why a call cannot be understood · [`operands`]: operand
//! paths in their canonical form · [`words`]: `csync3 push`
//! and the like · `values`: the values of options, for letters and words
pub mod args;
pub mod invocation;
mod mode;
pub mod operands;
pub mod usage;
mod values;
pub mod words;

pub use invocation::{
    ColorChoice, DbCommand, Format, InSync, Invocation, ServeMode, SessionLimits, Side, Test,
    Timeouts, Verb,
};
pub use usage::UsageError;
