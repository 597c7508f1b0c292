//! What goes wrong in a cluster: kills, dead and mute peers, many processes, files that move,
//! database servers that die.
mod bad_peers;
mod changing;
mod kills;
mod odd_paths;
mod one_database;
mod servers;

use csync3_testkit::Program;

/// The binary under test.
fn csync3() -> Program {
    Program::Csync3(env!("CARGO_BIN_EXE_csync3").into())
}
