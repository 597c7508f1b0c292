//! What a person sees: lines, bars, lists, errors. Nothing here decides anything.
pub mod console;

pub use console::{Console, Setup};
