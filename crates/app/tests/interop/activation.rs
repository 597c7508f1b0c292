//! Sockets that systemd passes, and what it is told. `systemd-socket-activate` stands for it.
use crate::pairing::{csync3, eventually, text};
use crate::raw::{DONE, Raw};
use csync3_testkit::{Cluster, Node, Program};
use rustix::process::{Pid, Signal, kill_process};
use std::net::SocketAddr;
use std::os::unix::net::UnixDatagram;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A process that is killed at the end of its test.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

impl Killed {
    fn start(command: &mut Command) -> Self {
        Self(command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().expect("it starts"))
    }

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw);
        kill_process(pid.expect("a process id"), signal).expect("our own child");
    }
}

/// Lets `systemd-socket-activate` listen on addresses for the program of a node.
fn activate(node: &Node, listen: &[SocketAddr], how: &[&str], words: &[&str]) -> Killed {
    let program = node.bare_command();
    let mut command = Command::new("systemd-socket-activate");
    command.stderr(std::fs::File::create(node.dir().join("log")).expect("a fresh file"));
    for address in listen {
        command.arg(format!("--listen={address}"));
    }
    let system = format!("--setenv=CSYNC2_SYSTEM_DIR={}", node.system_dir().display());
    command.args(how).arg(system).arg("--setenv=NOTIFY_SOCKET=/nonexistent/notify");
    command.arg(program.get_program()).args(node.options()).args(words);
    Killed::start(&mut command)
}

/// Waits until somebody listens, without a connection: that would start the program.
fn listens(address: SocketAddr) {
    eventually("a socket that listens", || std::net::TcpListener::bind(address).is_err());
}

/// Two hosts that push to node 0, one with either program, and a peer that the test plays.
fn cluster() -> Cluster {
    let action = "action { exec \"env; ls -l /proc/self/fd\"; logfile \"$NODE/environment\"; }";
    let builder = Cluster::builder().node(&csync3()).stand_in();
    builder.node(&csync3()).node(&Program::Csync2).statement(action).build()
}

/// Demands that the hosts of [`cluster`] can push to node 0.
#[track_caller]
fn assert_pushed_to(cluster: &Cluster) {
    let server = cluster.node(0);
    for client in [cluster.node(2), cluster.node(3)] {
        client.write(client.name(), "pushed");
        client.run(&["-x", "-P", server.name()]).success();
        assert_eq!(server.read(client.name()), b"pushed");
    }
}

#[test]
fn a_daemon_accepts_on_every_socket_that_it_is_passed() {
    let cluster = cluster();
    let server = cluster.node(0);
    let second = SocketAddr::new(cluster.address(9).ip(), cluster.port());
    let _daemon = activate(server, &[server.address(), second], &[], &["-ii"]);
    listens(second);
    assert_pushed_to(&cluster);
    let mut raw = Raw::connect_to(&cluster, 1, 0, second);
    assert_eq!(raw.ask("CONFIG "), DONE);
    let mut raw = Raw::greeted(&cluster, 1, 0);
    assert_eq!(raw.on("MKDIR", "%25tree%25/made", ""), DONE);
    drop(raw);
    let environment = server.dir().join("environment");
    eventually("an action", || text(&environment).contains("CSYNC2_SYSTEM_DIR="));
    eventually("its end", || text(&environment).contains("/proc/"));
    for ours in ["LISTEN_", "NOTIFY_SOCKET", "socket:"] {
        assert!(!text(&environment).contains(ours), "an action has {ours}");
    }
}

#[test]
fn a_process_for_each_connection_serves_it_on_its_standard_streams() {
    let cluster = cluster();
    let server = cluster.node(0);
    let how = ["--accept", "--inetd"];
    let _manager = activate(server, &[server.address()], &how, &["-i"]);
    listens(server.address());
    assert_pushed_to(&cluster);
    let mut raws = [(); 3].map(|()| Raw::greeted(&cluster, 1, 0));
    for (number, raw) in raws.iter_mut().enumerate() {
        assert_eq!(raw.on("MKDIR", &format!("%25tree%25/{number}"), ""), DONE);
    }
    // The lock file is looked at by each of them.
    server.write_system_file("csync2.lock", "");
    let mut refused = Raw::connect(&cluster, 1, 0);
    refused.send(b"CONFIG \n");
    assert!(refused.until_closed().starts_with("Found "));
    assert_eq!(raws[0].on("MKDIR", "%25tree%25/later", ""), DONE, "running sessions go on");
}

#[test]
fn a_passed_connection_is_explained() {
    let cluster = cluster();
    let server = cluster.node(0);
    let _manager = activate(server, &[server.address()], &["--accept"], &["-ii"]);
    listens(server.address());
    let mut raw = Raw::connect(&cluster, 1, 0);
    assert_eq!(raw.until_closed(), "");
    let log = || text(&server.dir().join("log"));
    eventually("the reason", || log().contains("cannot use passed socket 1: it does not listen"));
    assert!(log().contains("hint: for a socket unit with Accept=yes the service runs csync3 -i"));
}

#[test]
fn a_socket_of_another_kind_is_named() {
    let cluster = cluster();
    let server = cluster.node(0);
    let path = server.dir().join("unix");
    let how = [format!("--listen={}", path.display()), "--fdname=odd".to_owned()];
    let how: Vec<&str> = how.iter().map(String::as_str).collect();
    let _manager = activate(server, &[], &how, &["-ii"]);
    eventually("a connection", || std::os::unix::net::UnixStream::connect(&path).is_ok());
    let log = || text(&server.dir().join("log"));
    eventually("the reason", || log().contains("cannot use passed socket 1 'odd': "));
    assert!(log().contains("hint: csync3 -ii takes TCP sockets"), "{}", log());
}

/// The service manager's end of the socket that news are sent to.
struct News(UnixDatagram);

impl News {
    fn next(&self) -> String {
        let mut buffer = [0; 4096];
        let length = self.0.recv(&mut buffer).expect("news within a minute");
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    }

    /// The next news with this line; others may come before.
    #[track_caller]
    fn until(&self, line: &str) -> String {
        for _ in 0..10_000 {
            let news = self.next();
            if news.lines().any(|found| found == line) {
                return news;
            }
        }
        panic!("no {line}");
    }
}

#[test]
fn the_service_manager_is_told_what_goes_on() {
    let cluster = cluster();
    let node = cluster.node(0);
    let path = node.dir().join("notify");
    let news = News(UnixDatagram::bind(&path).expect("a fresh address"));
    news.0.set_read_timeout(Some(Duration::from_secs(60))).expect("a time");
    let mut command = node.bare_command();
    command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "20000");
    let mut daemon = Killed::start(command.args(node.options()).arg("-ii").stderr(Stdio::null()));
    let first = news.next();
    assert!(first.starts_with("READY=1\nSTATUS=Accepting peers"), "{first}");
    drop(Raw::connect(&cluster, 1, 0));
    for _ in 0..3 {
        news.until("WATCHDOG=1");
    }
    daemon.signal(Signal::HUP);
    let reloading = news.until("RELOADING=1");
    let time = reloading.lines().find_map(|line| line.strip_prefix("MONOTONIC_USEC="));
    assert!(time.is_some_and(|time| time.parse::<u64>().is_ok()), "{reloading}");
    news.until("READY=1");
    daemon.signal(Signal::TERM);
    news.until("STOPPING=1");
    assert!(daemon.0.wait().expect("our own child").success());
}
