//! A PostgreSQL server of Debian's packages, in a temporary directory, on a free port.
use csync3_store::PostgresStore;
use csync3_store::credentials::Environment;
use csync3_store::url::DatabaseUrl;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// The server's administrator, as whom the tests log in.
const PASSWORD: &str = "it's%20secret";

pub(crate) struct Server {
    directory: tempfile::TempDir,
    port: u16,
    process: Child,
}

impl Server {
    /// Starts a server with `settings` (`-c` of postgres); `locale` is that of its databases.
    pub(crate) fn start(locale: &str) -> Self {
        let directory = tempfile::Builder::new().prefix("pg").tempdir().unwrap();
        if let Some(user) = user() {
            chown(directory.path(), Some(user), None).unwrap();
        }
        let password = directory.path().join("password");
        fs::write(&password, PASSWORD).unwrap();
        fs::set_permissions(&password, std::os::unix::fs::PermissionsExt::from_mode(0o644))
            .unwrap();
        let made = program("initdb")
            .args(["--no-sync", "--auth=scram-sha-256", "--username=csync2", "--encoding=UTF8"])
            .arg(format!("--locale={locale}"))
            .arg(format!("--pwfile={}", password.display()))
            .arg("--pgdata")
            .arg(directory.path().join("data"))
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let process = run(directory.path(), port);
        let server = Self { directory, port, process };
        server.wait();
        server
    }

    /// Ends the server at once, as a crash does.
    pub(crate) fn crash(&mut self) {
        self.signal("-QUIT");
        self.process.wait().unwrap();
    }

    /// Starts it again.
    pub(crate) fn restart(&mut self) {
        self.process = run(self.directory.path(), self.port);
        self.wait();
    }

    fn signal(&self, signal: &str) {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
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
    pub(crate) fn psql(&self, database: &str, sql: &str) -> Result<String, String> {
        let output = program("psql")
            .args(["-X", "-A", "-t", "-q", "-h", "127.0.0.1", "-U", "csync2", "-d", database])
            .args(["-v", "ON_ERROR_STOP=1", "-p", &self.port.to_string(), "-c", sql])
            .env("PGPASSWORD", PASSWORD)
            .env("PGCLIENTENCODING", "SQL_ASCII")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        match output.status.success() {
            true => Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned()),
            false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        }
    }

    pub(crate) fn url(&self, database: &str) -> String {
        format!("pgsql://csync2:{PASSWORD}@127.0.0.1:{}/{database}", self.port)
    }

    pub(crate) fn open(&self, database: &str) -> PostgresStore {
        open(&self.url(database)).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.process.try_wait().is_ok_and(|ended| ended.is_none()) {
            self.crash();
        }
    }
}

pub(crate) fn open(url: &str) -> Result<PostgresStore, csync3_store::StoreError> {
    let url = DatabaseUrl::decide(Some(url), None, "node1", None).unwrap();
    PostgresStore::open(url.server().unwrap(), &Environment::default())
}

fn run(directory: &Path, port: u16) -> Child {
    program("postgres")
        .arg("-D")
        .arg(directory.join("data"))
        .args(["-c", "listen_addresses=127.0.0.1", "-c", "max_connections=30"])
        .args(["-c", &format!("port={port}"), "-c", "shared_buffers=16MB"])
        .args(["-c", &format!("unix_socket_directories={}", directory.display())])
        .args(["-c", "fsync=off", "-c", "logging_collector=off"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// The user to run it as: root may not.
fn user() -> Option<u32> {
    let root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    root.then(|| {
        let users = fs::read_to_string("/etc/passwd").unwrap();
        let entry = users.lines().find(|line| line.starts_with("postgres:")).expect("the package");
        entry.split(':').nth(2).unwrap().parse().unwrap()
    })
}

/// A program of the newest server that is installed.
fn program(name: &str) -> Command {
    let versions = fs::read_dir("/usr/lib/postgresql").expect("the package postgresql");
    let newest: Option<PathBuf> = versions.map(|version| version.unwrap().path()).max();
    let mut command = Command::new(newest.unwrap().join("bin").join(name));
    if let Some(user) = user() {
        command.uid(user).gid(user);
    }
    command.current_dir("/").env("LC_ALL", "C");
    command
}
