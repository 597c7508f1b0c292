//! A PostgreSQL server of Debian's packages, in a temporary directory, on a free port.
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// That of csync2, the administrator as whom the tests log in. csync2 takes no quotation marks.
const PASSWORD: &str = "secret%20word";

/// A running server of PostgreSQL. Dropping it ends it and removes everything.
#[derive(Debug)]
pub struct Postgres {
    directory: tempfile::TempDir,
    port: u16,
    process: Child,
}

impl Postgres {
    /// Starts a server; `locale` is that of its databases.
    ///
    /// # Panics
    /// When the package is missing, or the server does not come up.
    #[must_use]
    pub fn start(locale: &str) -> Self {
        let directory =
            tempfile::Builder::new().prefix("pg").tempdir().expect("a writable directory");
        if let Some(user) = user() {
            chown(directory.path(), Some(user), None).expect("root may");
        }
        let password = directory.path().join("password");
        fs::write(&password, PASSWORD).expect("a writable directory");
        fs::set_permissions(&password, std::os::unix::fs::PermissionsExt::from_mode(0o644))
            .expect("the owner may change modes");
        let made = program("initdb")
            .args(["--no-sync", "--auth=scram-sha-256", "--username=csync2", "--encoding=UTF8"])
            .arg(format!("--locale={locale}"))
            .arg(format!("--pwfile={}", password.display()))
            .arg("--pgdata")
            .arg(directory.path().join("data"))
            .output()
            .expect("initdb starts");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = free.local_addr().expect("it is bound").port();
        drop(free);
        let process = run(directory.path(), port);
        let server = Self { directory, port, process };
        server.wait();
        server
    }

    /// Ends the server at once, as a crash does.
    ///
    /// # Panics
    /// When it does not run.
    pub fn crash(&mut self) {
        self.signal("-QUIT");
        self.process.wait().expect("it was started here");
    }

    /// Starts it again.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn restart(&mut self) {
        self.process = run(self.directory.path(), self.port);
        self.wait();
    }

    fn signal(&self, signal: &str) {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().expect("kill starts").success());
    }

    fn wait(&self) {
        for _ in 0..600 {
            let tried = self.psql("postgres", "SELECT 1");
            if tried.is_ok() {
                return;
            }
            sleep(Duration::from_millis(100));
        }
        panic!("the server does not answer");
    }

    /// What psql prints for a statement.
    ///
    /// # Errors
    /// What psql complained about.
    ///
    /// # Panics
    /// When there is no psql.
    pub fn psql(&self, database: &str, sql: &str) -> Result<String, String> {
        let output = program("psql")
            .args(["-X", "-A", "-t", "-q", "-h", "127.0.0.1", "-U", "csync2", "-d", database])
            .args(["-v", "ON_ERROR_STOP=1", "-p", &self.port.to_string(), "-c", sql])
            .env("PGPASSWORD", PASSWORD)
            .env("PGCLIENTENCODING", "SQL_ASCII")
            .stdin(Stdio::null())
            .output()
            .expect("psql starts");
        match output.status.success() {
            true => Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned()),
            false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        }
    }

    /// The URL of a database for csync3 and csync2.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("pgsql://csync2:{PASSWORD}@127.0.0.1:{}/{database}", self.port)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if self.process.try_wait().is_ok_and(|ended| ended.is_none()) {
            self.crash();
        }
    }
}

fn run(directory: &Path, port: u16) -> Child {
    program("postgres")
        .arg("-D")
        .arg(directory.join("data"))
        .args(["-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200"])
        .args(["-c", &format!("port={port}"), "-c", "shared_buffers=16MB"])
        .args(["-c", &format!("unix_socket_directories={}", directory.display())])
        .args(["-c", "fsync=off", "-c", "logging_collector=off"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the server starts")
}

/// The user to run it as: root may not.
fn user() -> Option<u32> {
    let root = Command::new("id").arg("-u").output().expect("id starts").stdout == b"0\n";
    root.then(|| {
        let users = fs::read_to_string("/etc/passwd").expect("everybody may read it");
        let entry = users.lines().find(|line| line.starts_with("postgres:")).expect("the package");
        entry.split(':').nth(2).and_then(|id| id.parse().ok()).expect("the entry has a number")
    })
}

/// A program of the newest server that is installed.
fn program(name: &str) -> Command {
    let versions = fs::read_dir("/usr/lib/postgresql").expect("the package postgresql");
    let newest: Option<PathBuf> =
        versions.map(|version| version.expect("a directory can be read").path()).max();
    let mut command = Command::new(newest.expect("the package postgresql").join("bin").join(name));
    if let Some(user) = user() {
        command.uid(user).gid(user);
    }
    command.current_dir("/").env("LC_ALL", "C");
    command
}
