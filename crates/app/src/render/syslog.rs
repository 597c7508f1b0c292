//! Messages for the system's log, over the datagram socket of the local daemon.
//!
//! Facility LOCAL0 with the number of the process, as csync2 does; the daemon stamps the time. A log
//! that cannot be reached loses messages silently: a server's standard error may be the connection
//! to its peer, so there is no other place for them.
//!
//! # Source
//! `spec/cli.md` 3 (`-l`) and 8: level 0 is a warning, 1 is information, more is for debugging.
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;

/// Where the daemon listens.
pub const SOCKET: &str = "/dev/log";

/// The longest message that is sent, in bytes; daemons cut at 8 KiB or below.
const LONGEST: usize = 8000;

const LOCAL0: u8 = 16;

/// A way to the system's log.
#[derive(Debug)]
pub struct Syslog {
    address: PathBuf,
    socket: Option<UnixDatagram>,
    process: u32,
}

impl Syslog {
    /// A log at this address, for the process of this number.
    #[must_use]
    pub fn new(address: impl Into<PathBuf>, process: u32) -> Self {
        Self { address: address.into(), socket: None, process }
    }

    /// Sends one line at a `-v` level.
    pub fn send(&mut self, level: u8, line: &str) {
        let datagram = datagram(level, self.process, line);
        let sent = |socket: &UnixDatagram| socket.send(&datagram).is_ok();
        if self.socket.as_ref().is_some_and(sent) {
            return;
        }
        // A restarted daemon has a new socket at the same address.
        self.socket = self.connect();
        if !self.socket.as_ref().is_some_and(sent) {
            self.socket = None;
        }
    }

    fn connect(&self) -> Option<UnixDatagram> {
        let socket = UnixDatagram::unbound().ok()?;
        socket.connect(&self.address).ok()?;
        // A daemon that does not read must not hold up a transfer.
        socket.set_nonblocking(true).ok()?;
        Some(socket)
    }
}

/// `<PRIORITY>csync3[PROCESS]: LINE`.
fn datagram(level: u8, process: u32, line: &str) -> Vec<u8> {
    let severity = match level {
        0 => 4,
        1 => 6,
        _ => 7,
    };
    let priority = LOCAL0 << 3 | severity;
    let mut datagram = format!("<{priority}>csync3[{process}]: {line}").into_bytes();
    datagram.truncate(LONGEST);
    datagram
}

#[cfg(test)]
mod tests {
    use super::Syslog;
    use std::os::unix::net::UnixDatagram;
    use std::time::Duration;

    fn daemon(path: &std::path::Path) -> UnixDatagram {
        let socket = UnixDatagram::bind(path).expect("a fresh address");
        let patience = Some(Duration::from_secs(5));
        socket.set_read_timeout(patience).expect("a valid time");
        socket
    }

    fn read(daemon: &UnixDatagram) -> String {
        let mut buffer = [0; 9000];
        let length = daemon.recv(&mut buffer).expect("a message was sent");
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    }

    #[test]
    fn levels_become_the_priorities_of_csync() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("log");
        let daemon = daemon(&path);
        let mut log = Syslog::new(&path, 7);
        for (level, expected) in [(0, "<132>"), (1, "<134>"), (2, "<135>"), (3, "<135>")] {
            log.send(level, "Hello.");
            assert_eq!(read(&daemon), format!("{expected}csync3[7]: Hello."));
        }
    }

    #[test]
    fn a_restarted_daemon_is_found_again() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("log");
        let mut log = Syslog::new(&path, 7);
        log.send(0, "nobody listens");
        let first = daemon(&path);
        log.send(0, "one");
        assert_eq!(read(&first), "<132>csync3[7]: one");
        drop(first);
        std::fs::remove_file(&path).expect("the old address");
        let second = daemon(&path);
        log.send(0, "two");
        assert_eq!(read(&second), "<132>csync3[7]: two");
    }

    #[test]
    fn a_message_that_is_too_long_is_cut() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("log");
        let daemon = daemon(&path);
        Syslog::new(&path, 7).send(0, &"x".repeat(100_000));
        assert_eq!(read(&daemon).len(), super::LONGEST);
    }
}
