//! Runs a command while a database server is there: `on-database postgresql|mariadb COMMAND..`.
//!
//! Every csync3 node of a test then keeps its state on that server ([`DATABASES`]).
use csync3_testkit::DATABASES;
use csync3_testkit::server::{Mysql, Postgres, Server};
use std::ffi::OsString;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let words: Vec<_> = std::env::args_os().skip(1).collect();
    let [kind, command @ ..] = &words[..] else {
        panic!("usage: on-database postgresql|mariadb COMMAND..");
    };
    match kind.to_str() {
        Some("postgresql") => run(&Postgres::start(), command),
        Some("mariadb") => run(&Mysql::start(), command),
        _ => panic!("there is no server {}", kind.display()),
    }
}

fn run(server: &impl Server, command: &[OsString]) -> ExitCode {
    let [program, arguments @ ..] = command else {
        panic!("a command is missing");
    };
    let mut command = Command::new(program);
    let status = command.args(arguments).env(DATABASES, server.url("")).status();
    let code = status.expect("the command starts").code();
    ExitCode::from(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}
