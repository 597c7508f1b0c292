//! Runs a command while a database server is there: `on-database postgresql COMMAND..`.
//!
//! Every csync3 node of a test then keeps its state on that server ([`DATABASES`]).
use csync3_testkit::{DATABASES, Postgres};
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let words: Vec<_> = std::env::args_os().skip(1).collect();
    let [kind, program, arguments @ ..] = &words[..] else {
        panic!("usage: on-database postgresql COMMAND..");
    };
    assert_eq!(kind, "postgresql", "the server that there is");
    let server = Postgres::start("C.UTF-8");
    let mut command = Command::new(program);
    let status = command.args(arguments).env(DATABASES, server.url("")).status();
    let code = status.expect("the command starts").code();
    ExitCode::from(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}
