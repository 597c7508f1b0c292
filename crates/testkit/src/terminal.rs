//! A person at a terminal.
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::Command;

/// What is on the screen of a terminal at the end of a command, after `typed` was typed there.
///
/// # Panics
/// There are no terminals, or the command does not start.
#[must_use]
pub fn screen_after(command: &mut Command, typed: &str) -> String {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&master).and_then(|()| unlockpt(&master)).expect("a terminal");
    let name = ptsname(&master, Vec::new()).expect("it has a name");
    let path = Path::new(OsStr::from_bytes(name.to_bytes()));
    let open = || OpenOptions::new().read(true).write(true).open(path).expect("a terminal");
    // Held until the command has its own, or the screen would go dark in between.
    let held = open();
    command.stdin(open()).stdout(open()).stderr(open());
    let mut child = command.spawn().expect("it starts");
    // The command must not keep ends of its own, or the screen would never be over.
    command.stdin(std::process::Stdio::null());
    command.stdout(std::process::Stdio::null());
    command.stderr(std::process::Stdio::null());
    drop(held);
    let mut master = File::from(master);
    master.write_all(typed.as_bytes()).expect("typed");
    let mut shown = Vec::new();
    // A terminal whose other end is closed answers by an error instead of an end.
    let _closed = master.read_to_end(&mut shown);
    child.wait().expect("it ends");
    String::from_utf8_lossy(&shown).replace("\r\n", "\n")
}
