//! The rules of every store, and of the SQLite store among other programs.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod conformance;
mod damage;
mod interop;
mod limits;
mod model;
mod mysql;
mod peers;
mod postgres;
mod processes;
mod rows;
mod server;
mod servers;
mod shared;
mod sqlite;
mod upgrade;
mod upkeep;
