//! The modes that work on the store, the disk and the peers.
use crate::cli::Invocation;
use crate::exit::Outcome;
use crate::render::Console;
use crate::start::Start;
use std::error::Error;

/// Carries out a verb.
///
/// # Errors
/// What ends the whole run; problems of one path or peer go to the console.
pub fn run(
    invocation: &Invocation,
    start: &Start,
    console: &Console,
) -> Result<Outcome, Box<dyn Error>> {
    let _ = (invocation, start, console);
    Ok(Outcome::default())
}
