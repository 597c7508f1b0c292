//! The disk on real directories.
#![allow(clippy::unwrap_used)]

mod attributes;
mod backup;
mod crash;
mod faults;
mod fixture;
mod observe;
mod part;
mod publish;
mod remove;
mod resolve;
mod scan;
mod spare;
mod sparse;
mod stage;
mod turn;
