//! A listening process: started, seen to listen, stopped or killed.
use crate::process::{Cpu, cpu_of, kill_tree, send, wait_for_end};
use rustix::process::Signal;
use std::fs::File;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How long a daemon may take until it listens, or until it has ended.
const PATIENCE: Duration = Duration::from_secs(20);

/// A daemon under way. Dropping it kills it and its sessions.
#[derive(Debug)]
pub(crate) struct Daemon {
    child: Child,
}

impl Daemon {
    /// Starts the command, its outputs appended to `log`, and waits until it listens.
    pub(crate) fn start(mut command: Command, listen: SocketAddr, log: &Path) -> Self {
        let open = || -> File {
            File::options()
                .append(true)
                .create(true)
                .open(log)
                .expect("the directory of the node is writable")
        };
        assert!(!listens(listen), "something listens on {listen} already");
        let child = command
            .stdin(Stdio::null())
            .stdout(open())
            .stderr(open())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
        let mut daemon = Self { child };
        daemon.await_listening(listen, &command, log);
        daemon
    }

    fn await_listening(&mut self, listen: SocketAddr, command: &Command, log: &Path) {
        let deadline = Instant::now() + PATIENCE;
        while !listens(listen) {
            let ended = wait_for_end(&self.child, Duration::ZERO);
            assert!(
                !ended && Instant::now() < deadline,
                "no daemon on {listen}: {command:?} {}\n{}",
                if ended { "ended" } else { "does not listen" },
                std::fs::read_to_string(log).unwrap_or_default()
            );
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Asks it to end and waits.
    pub(crate) fn stop(self) -> ExitStatus {
        send(self.child.id(), Signal::TERM);
        self.wait(PATIENCE).0
    }

    /// Waits until it has ended by itself.
    pub(crate) fn wait(mut self, limit: Duration) -> (ExitStatus, Cpu) {
        assert!(wait_for_end(&self.child, limit), "the daemon still runs after {limit:?}");
        let cpu = self.cpu();
        let status = self.child.wait().expect("our own child can be waited for");
        (status, cpu)
    }

    pub(crate) fn cpu(&self) -> Cpu {
        cpu_of(self.child.id())
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            kill_tree(&mut self.child);
            let _ = self.child.wait();
        }
    }
}

/// Says whether a socket listens on exactly this address, without connecting to it: a connection
/// would be a session, and the only one that `-iii` serves.
fn listens(address: SocketAddr) -> bool {
    let IpAddr::V4(ip) = address.ip() else {
        panic!("clusters live on IPv4 loopback addresses");
    };
    let wanted = format!("{:08X}:{:04X}", u32::from_ne_bytes(ip.octets()), address.port());
    let table = std::fs::read_to_string("/proc/net/tcp").expect("Linux lists its sockets");
    table.lines().any(|line| {
        let mut words = line.split_whitespace().skip(1);
        let (local, _peer, state) = (words.next(), words.next(), words.next());
        local == Some(wanted.as_str()) && state == Some("0A")
    })
}
