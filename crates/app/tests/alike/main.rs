//! The tables of csync2's command line, row by row: csync3 and the packaged csync2 make the same
//! call on the same trees and databases. Standard output, exit code, the rows of csync2's tables
//! and the trees must come out alike ([`scene::Scene::alike`]).
//!
//! Where csync3 differs on purpose, the case names the row of `docs/differences.md` that says so
//! (or its D-number), and demands both behaviours ([`scene::Scene::differs`]).
mod call;
mod config_errors;
mod database_place;
mod differences;
mod dry_run;
mod exit_codes;
mod formats;
mod in_sync;
mod modes;
mod modifiers;
mod operands;
mod outcome;
mod pushes;
mod rows;
mod scene;
mod servers;
mod start_up;
mod usage;
