//! A PostgreSQL server.
use super::{Certificates, PASSWORD, Running, Server, directory, run, user};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A running PostgreSQL.
pub struct Postgres(Running);

impl Server for Postgres {
    fn start() -> Self {
        Self::run(made(), &[])
    }

    fn start_with_tls(name: &str) -> (Self, Certificates) {
        let directory = made();
        let certificates = Certificates::make(directory.path(), name, user("postgres"));
        let only_tls = "hostssl all all 127.0.0.1/32 scram-sha-256\n";
        fs::write(directory.path().join("data/pg_hba.conf"), only_tls)
            .expect("the packages of the servers work here");
        let Certificates { certificate, key, .. } = &certificates;
        let settings = [
            "ssl=on".to_owned(),
            format!("ssl_cert_file={}", certificate.display()),
            format!("ssl_key_file={}", key.display()),
        ];
        (Self::run(directory, &settings), certificates)
    }

    fn running(&mut self) -> &mut Running {
        &mut self.0
    }

    fn sql(&self, database: &str, sql: &str) -> Result<String, String> {
        let database = if database.is_empty() { "postgres" } else { database };
        run(program("psql")
            .args(["-X", "-A", "-t", "-q", "-h", "127.0.0.1", "-U", "csync2", "-d", database])
            .args(["-v", "ON_ERROR_STOP=1", "-p", &self.0.port.to_string(), "-c", sql])
            .env("PGPASSWORD", PASSWORD)
            .env("PGCLIENTENCODING", "SQL_ASCII"))
    }

    fn url(&self, database: &str) -> String {
        format!("pgsql://csync2:{PASSWORD}@127.0.0.1:{}/{database}", self.0.port)
    }

    fn plain_user() -> &'static str {
        "CREATE ROLE plain SUPERUSER LOGIN PASSWORD 'plain'"
    }

    fn tls_words() -> [&'static str; 6] {
        ["sslmode", "sslrootcert", "disable", "require", "verify-ca", "verify-full"]
    }

    fn cut(&self, database: &str) {
        let sql = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'"
        );
        self.sql("", &sql).expect("the packages of the servers work here");
    }

    fn be_slow(&self, database: &str) {
        self.sql("", "ALTER ROLE csync2 SET statement_timeout = '300ms'")
            .expect("the packages of the servers work here");
        let slow = "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS \
            'BEGIN PERFORM pg_sleep(30); RETURN NEW; END'; \
            CREATE TRIGGER slow BEFORE INSERT ON hint FOR EACH ROW EXECUTE FUNCTION slow()";
        self.sql(database, slow).expect("the packages of the servers work here");
    }

    fn insertions(&self, database: &str) -> usize {
        let count = "CREATE TABLE counted (what TEXT); \
            CREATE FUNCTION count_it() RETURNS trigger LANGUAGE plpgsql AS \
            'BEGIN INSERT INTO counted VALUES (TG_TABLE_NAME); RETURN NULL; END'; \
            CREATE TRIGGER counts AFTER INSERT ON file EXECUTE FUNCTION count_it(); \
            CREATE TRIGGER counts AFTER INSERT ON dirty EXECUTE FUNCTION count_it()";
        match self.sql(database, "SELECT count(*) FROM counted") {
            Ok(counted) => counted.parse().expect("the packages of the servers work here"),
            Err(_) => {
                self.sql(database, count).map(|_| 0).expect("the packages of the servers work here")
            }
        }
    }
}

impl Postgres {
    fn run(directory: tempfile::TempDir, settings: &[String]) -> Self {
        let settings = settings.to_vec();
        let server = Self(Running::start(directory, "-QUIT", move |directory, port| {
            command(directory, port, &settings)
        }));
        server.wait();
        server
    }
}

/// A directory with a new cluster.
fn made() -> tempfile::TempDir {
    let directory = directory("pg", user("postgres"));
    let password = directory.path().join("password");
    fs::write(&password, PASSWORD).expect("the packages of the servers work here");
    fs::set_permissions(&password, PermissionsExt::from_mode(0o644))
        .expect("the packages of the servers work here");
    run(program("initdb")
        .args(["--no-sync", "--auth=scram-sha-256", "--username=csync2", "--encoding=UTF8"])
        .args(["--locale=C.UTF-8", &format!("--pwfile={}", password.display())])
        .arg("--pgdata")
        .arg(directory.path().join("data")))
    .expect("the packages of the servers work here");
    directory
}

fn command(directory: &Path, port: u16, settings: &[String]) -> Command {
    let mut command = program("postgres");
    command
        .arg("-D")
        .arg(directory.join("data"))
        .args(["-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200"])
        .args(["-c", &format!("port={port}"), "-c", "shared_buffers=16MB"])
        .args(["-c", &format!("unix_socket_directories={}", directory.display())])
        .args(["-c", "fsync=off", "-c", "logging_collector=off"])
        .args(settings.iter().flat_map(|setting| ["-c", setting]));
    command
}

/// A program of the newest server that is installed.
fn program(name: &str) -> Command {
    let versions = fs::read_dir("/usr/lib/postgresql").expect("the package postgresql");
    let newest: Option<PathBuf> = versions
        .map(|version| version.expect("the packages of the servers work here").path())
        .max();
    let mut command =
        Command::new(newest.expect("the packages of the servers work here").join("bin").join(name));
    if let Some(user) = user("postgres") {
        command.uid(user).gid(user);
    }
    // psql looks for certificates at home, and that of root is closed to others.
    command.current_dir("/").env("LC_ALL", "C").env("HOME", "/nonexistent");
    command
}
