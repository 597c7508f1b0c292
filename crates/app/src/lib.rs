//! csync3: keeps files the same on the hosts of a group.
#![forbid(unsafe_code)]

pub mod cli;
pub mod exit;
pub mod render;
pub mod start;
pub mod verbs;
