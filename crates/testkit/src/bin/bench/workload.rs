//! The workloads, one file each: what is set up, what is timed, what must hold afterwards.
//!
//! Whatever goes wrong in one is a panic, so that no figure of a run that did not work is shown.
pub(crate) mod bad_peers;
pub(crate) mod check;
pub(crate) mod databases;
pub(crate) mod far;
pub(crate) mod hosts;
pub(crate) mod large;
pub(crate) mod many;
pub(crate) mod memory;
pub(crate) mod push;

use crate::ground::Ground;
use crate::series::Comparison;

/// Runs the workload of this letter.
pub(crate) fn run(letter: char, ground: &mut Ground) -> Vec<Comparison> {
    match letter {
        'a' => check::run(ground),
        'b' => push::to_csync2(ground),
        'c' => push::both_ends(ground),
        'd' => push::eight_peers(ground),
        'e' => bad_peers::run(ground),
        'f' => push::from_csync2(ground),
        'g' => large::run(ground),
        'h' => memory::run(ground),
        'i' => push::under_tls(ground),
        'j' => databases::run(ground),
        'k' => many::run(ground),
        'l' => far::run(ground),
        'm' => hosts::run(ground),
        _ => unreachable!("the options accept no other letter"),
    }
}
