//! What a person sees: lines, bars, lists, errors. Nothing here decides what is done.
//!
//! [`console`]: the [`Console`] that takes the events of a run · [`events`]: one event as csync2's
//! line · [`report`]: the problems of a run, grouped · [`errors`]: chains of causes and hints ·
//! [`diagnostics`]: faults of the configuration in their text · [`list`]: rows on standard output ·
//! [`difference`]: contents side by side · [`full_log`]: the file of `-O` ·
//! [`json`]: lines for machines · [`conflict`]: both sides of a conflict · [`status`]: the table of
//! `status` ·
//! [`progress`]: bars on a terminal · [`syslog`]: messages for the system's log · `refusals`: the
//! same refusal once a minute · `stamps`: `-t` and `-s` · [`printable`]: names without control
//! characters
pub mod conflict;
pub mod console;
pub mod diagnostics;
pub mod difference;
pub mod errors;
pub mod events;
pub mod full_log;
pub mod json;
pub mod list;
pub mod printable;
pub mod progress;
mod refusals;
pub mod report;
mod stamps;
pub mod status;
pub mod syslog;

pub use console::{Console, Setup};
