//! Database servers of Debian's packages, each in a temporary directory and on a free port.
mod mysql;
mod postgres;
mod tls;

pub use mysql::Mysql;
pub use postgres::Postgres;
pub use tls::Certificates;

use crate::process::{children_of, is_gone, kill_tree};
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// The password of the user `csync2`, as whom the tests log in.
pub const PASSWORD: &str = "it's%20secret";

/// A server that runs until it is dropped.
pub trait Server: Sized {
    /// Starts a server that speaks no TLS.
    fn start() -> Self;
    /// Starts a server that lets its user in by TLS only, with a certificate for this name.
    fn start_with_tls(name: &str) -> (Self, Certificates);
    /// The process.
    fn running(&mut self) -> &mut Running;
    /// What the server's own client prints for a statement in a database; empty: in none.
    ///
    /// # Errors
    /// What the client complained about.
    fn sql(&self, database: &str, sql: &str) -> Result<String, String>;
    /// The URL of a database.
    fn url(&self, database: &str) -> String;
    /// Adds a user and gives the URL of a database for it: csync2 cannot use every password.
    fn plain_url(&self, database: &str) -> String {
        self.sql("", Self::plain_user()).expect("the packages of the servers work here");
        self.url(database).replace(&format!("csync2:{PASSWORD}@"), "plain:plain@")
    }

    /// The SQL that makes an administrator with the name and password `plain`.
    fn plain_user() -> &'static str;
    /// What the options for TLS are called, and what the modes: off, on, the CA, the host.
    fn tls_words() -> [&'static str; 6];
    /// Ends all connections to this database.
    fn cut(&self, database: &str);
    /// Lets an insertion into `hint` take half a minute, and ends statements before that.
    fn be_slow(&self, database: &str);
    /// How many statements have inserted into `file` and `dirty` since this was asked first.
    fn insertions(&self, database: &str) -> usize;

    /// Ends it at once, as a crash does.
    fn crash(&mut self) {
        self.running().crash();
    }

    /// Kills all its processes at once; none of them learns of it.
    fn kill9(&mut self) {
        self.running().kill9();
    }

    /// Starts it again.
    fn restart(&mut self) {
        let running = self.running();
        running.process = spawn((running.command)(running.directory.path(), running.port));
        self.wait();
    }

    /// Waits until it answers.
    fn wait(&self) {
        for _ in 0..3_000 {
            if self.sql("", "SELECT 1").is_ok() {
                return;
            }
            sleep(Duration::from_millis(20));
        }
        panic!("the server does not answer");
    }
}

/// The command that starts a server in a directory and on a port.
type Start = Box<dyn Fn(&Path, u16) -> Command + Sync>;

/// A process, its directory and its port.
pub struct Running {
    directory: tempfile::TempDir,
    port: u16,
    process: Child,
    command: Start,
    /// The signal that ends it at once, as a crash does.
    crash: &'static str,
}

impl Running {
    /// Starts it, in a directory that belongs to `user`.
    fn start(
        directory: tempfile::TempDir,
        crash: &'static str,
        command: impl Fn(&Path, u16) -> Command + Sync + 'static,
    ) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").expect("the packages of the servers work here");
        let port = free.local_addr().expect("the packages of the servers work here").port();
        drop(free);
        let process = spawn(command(directory.path(), port));
        Self { directory, port, process, command: Box::new(command), crash }
    }

    fn crash(&mut self) {
        let pid = self.process.id().to_string();
        assert!(
            Command::new("kill")
                .args([self.crash, &pid])
                .status()
                .expect("the packages of the servers work here")
                .success()
        );
        self.process.wait().expect("the packages of the servers work here");
    }

    fn kill9(&mut self) {
        let children = children_of(self.process.id());
        kill_tree(&mut self.process);
        self.process.wait().expect("our own child can be waited for");
        // While one of them has its memory no other server starts in this directory.
        while !children.iter().all(|child| is_gone(*child)) {
            sleep(Duration::from_millis(1));
        }
    }

    /// A file in its directory.
    pub fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.process.try_wait().is_ok_and(|ended| ended.is_none()) {
            self.crash();
        }
    }
}

fn spawn(mut command: Command) -> Child {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the packages of the servers work here")
}

/// A directory that belongs to a user.
fn directory(prefix: &str, user: Option<u32>) -> tempfile::TempDir {
    let directory = tempfile::Builder::new()
        .prefix(prefix)
        .tempdir()
        .expect("the packages of the servers work here");
    chown(directory.path(), user, None).expect("the packages of the servers work here");
    directory
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().expect("the packages of the servers work here").stdout
        == b"0\n"
}

/// The number of the user to run a server as that root may not run.
fn user(name: &str) -> Option<u32> {
    is_root().then(|| {
        let users =
            fs::read_to_string("/etc/passwd").expect("the packages of the servers work here");
        let prefix = format!("{name}:");
        let entry = users.lines().find(|line| line.starts_with(&prefix)).expect("the package");
        entry
            .split(':')
            .nth(2)
            .expect("the packages of the servers work here")
            .parse()
            .expect("the packages of the servers work here")
    })
}

/// Runs a program to its end.
fn run(command: &mut Command) -> Result<String, String> {
    let output =
        command.stdin(Stdio::null()).output().expect("the packages of the servers work here");
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}
