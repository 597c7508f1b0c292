//! Does everything that the core may not do, one thing per line.
//!
//! `scripts/check-violations.sh` lints this crate under `crates/core/clippy.toml` and demands one
//! complaint for every line marked `forbidden`, and a line for every entry of that file.
#![allow(dead_code, unused_imports)]

// Methods: naming one is as bad as calling it.
fn methods() {
    let _ = std::fs::canonicalize::<&str>; // forbidden
    let _ = std::fs::copy::<&str, &str>; // forbidden
    let _ = std::fs::create_dir::<&str>; // forbidden
    let _ = std::fs::create_dir_all::<&str>; // forbidden
    let _ = std::fs::exists::<&str>; // forbidden
    let _ = std::fs::hard_link::<&str, &str>; // forbidden
    let _ = std::fs::metadata::<&str>; // forbidden
    let _ = std::fs::read::<&str>; // forbidden
    let _ = std::fs::read_dir::<&str>; // forbidden
    let _ = std::fs::read_link::<&str>; // forbidden
    let _ = std::fs::read_to_string::<&str>; // forbidden
    let _ = std::fs::remove_dir::<&str>; // forbidden
    let _ = std::fs::remove_dir_all::<&str>; // forbidden
    let _ = std::fs::remove_file::<&str>; // forbidden
    let _ = std::fs::rename::<&str, &str>; // forbidden
    let _ = std::fs::set_permissions::<&str>; // forbidden
    let _ = std::fs::symlink_metadata::<&str>; // forbidden
    let _ = std::fs::write::<&str, &str>; // forbidden
    let _ = std::path::Path::canonicalize; // forbidden
    let _ = std::path::Path::exists; // forbidden
    let _ = std::path::Path::is_dir; // forbidden
    let _ = std::path::Path::is_file; // forbidden
    let _ = std::path::Path::is_symlink; // forbidden
    let _ = std::path::Path::metadata; // forbidden
    let _ = std::path::Path::read_dir; // forbidden
    let _ = std::path::Path::read_link; // forbidden
    let _ = std::path::Path::symlink_metadata; // forbidden
    let _ = std::path::Path::try_exists; // forbidden
    let _ = std::env::args; // forbidden
    let _ = std::env::args_os; // forbidden
    let _ = std::env::current_dir; // forbidden
    let _ = std::env::current_exe; // forbidden
    let _ = std::env::remove_var::<&str>; // forbidden
    let _ = std::env::set_current_dir::<&str>; // forbidden
    let _ = std::env::set_var::<&str, &str>; // forbidden
    let _ = std::env::temp_dir; // forbidden
    let _ = std::env::var::<&str>; // forbidden
    let _ = std::env::var_os::<&str>; // forbidden
    let _ = std::env::vars; // forbidden
    let _ = std::env::vars_os; // forbidden
    let _ = std::time::Instant::now; // forbidden
    let _ = std::time::Instant::elapsed; // forbidden
    let _ = std::time::SystemTime::now; // forbidden
    let _ = std::time::SystemTime::elapsed; // forbidden
    let _ = std::thread::spawn::<fn(), ()>; // forbidden
    let _ = std::thread::sleep; // forbidden
    let _ = std::thread::park; // forbidden
    let _ = std::thread::yield_now; // forbidden
    let _ = std::thread::current; // forbidden
    let _ = std::thread::available_parallelism; // forbidden
    let _ = std::process::abort; // forbidden
    let _ = std::process::exit; // forbidden
    let _ = std::process::id; // forbidden
    let _ = std::io::stdin; // forbidden
    let _ = std::io::stdout; // forbidden
    let _ = std::io::stderr; // forbidden
    std::thread::scope(|_| ()); // forbidden
}

// Types: naming one is as bad as using it.
type Type0 = std::fs::File; // forbidden
type Type1 = std::fs::OpenOptions; // forbidden
type Type2 = std::fs::DirBuilder; // forbidden
type Type3 = std::net::TcpListener; // forbidden
type Type4 = std::net::TcpStream; // forbidden
type Type5 = std::net::UdpSocket; // forbidden
fn takes_addresses(_: impl std::net::ToSocketAddrs) {} // forbidden
type Type7 = std::os::unix::net::UnixDatagram; // forbidden
type Type8 = std::os::unix::net::UnixListener; // forbidden
type Type9 = std::os::unix::net::UnixStream; // forbidden
type Type10 = std::process::Child; // forbidden
type Type11 = std::process::Command; // forbidden
type Type12 = std::thread::Builder; // forbidden
type Type13 = std::thread::JoinHandle<()>; // forbidden

// One more argument than the house allows.
fn seven(_: u8, _: u8, _: u8, _: u8, _: u8, _: u8, _: u8) {} // forbidden

// One more line than the house allows.
#[rustfmt::skip]
fn long() { // forbidden
    let _ = 0;
    let _ = 1;
    let _ = 2;
    let _ = 3;
    let _ = 4;
    let _ = 5;
    let _ = 6;
    let _ = 7;
    let _ = 8;
    let _ = 9;
    let _ = 10;
    let _ = 11;
    let _ = 12;
    let _ = 13;
    let _ = 14;
    let _ = 15;
    let _ = 16;
    let _ = 17;
    let _ = 18;
    let _ = 19;
    let _ = 20;
    let _ = 21;
    let _ = 22;
    let _ = 23;
    let _ = 24;
    let _ = 25;
    let _ = 26;
    let _ = 27;
    let _ = 28;
    let _ = 29;
    let _ = 30;
    let _ = 31;
    let _ = 32;
    let _ = 33;
    let _ = 34;
    let _ = 35;
    let _ = 36;
    let _ = 37;
    let _ = 38;
    let _ = 39;
    let _ = 40;
    let _ = 41;
    let _ = 42;
    let _ = 43;
    let _ = 44;
    let _ = 45;
    let _ = 46;
    let _ = 47;
    let _ = 48;
    let _ = 49;
    let _ = 50;
    let _ = 51;
    let _ = 52;
    let _ = 53;
    let _ = 54;
    let _ = 55;
    let _ = 56;
    let _ = 57;
    let _ = 58;
    let _ = 59;
    let _ = 60;
    let _ = 61;
    let _ = 62;
    let _ = 63;
    let _ = 64;
    let _ = 65;
    let _ = 66;
    let _ = 67;
    let _ = 68;
    let _ = 69;
    let _ = 70;
    let _ = 71;
    let _ = 72;
    let _ = 73;
    let _ = 74;
    let _ = 75;
    let _ = 76;
    let _ = 77;
    let _ = 78;
    let _ = 79;
    let _ = 80;
}
