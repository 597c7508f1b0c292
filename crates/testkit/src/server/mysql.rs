//! A MariaDB server.
use super::{Certificates, PASSWORD, Running, Server, directory, is_root, run};
use std::path::Path;
use std::process::Command;

/// A running MariaDB.
pub struct Mysql(Running);

impl Server for Mysql {
    fn start() -> Self {
        Self::start_with(&[])
    }

    fn start_with_tls(name: &str) -> (Self, Certificates) {
        let directory = made();
        let certificates = Certificates::make(directory.path(), name, None);
        let Certificates { certificate, key, .. } = &certificates;
        let settings = [
            format!("--ssl-cert={}", certificate.display()),
            format!("--ssl-key={}", key.display()),
        ];
        let server = Self::run(directory, &settings);
        server
            .sql("", "ALTER USER csync2 REQUIRE SSL")
            .expect("the packages of the servers work here");
        (server, certificates)
    }

    fn running(&mut self) -> &mut Running {
        &mut self.0
    }

    fn sql(&self, database: &str, sql: &str) -> Result<String, String> {
        run(Command::new("mariadb")
            .args(["--no-defaults", "-N", "-B", "--user=root", "--default-character-set=utf8mb4"])
            .arg(format!("--socket={}", self.socket()))
            .args(["-e", sql, database]))
    }

    fn url(&self, database: &str) -> String {
        format!("mysql://csync2:{PASSWORD}@127.0.0.1:{}/{database}", self.0.port)
    }

    fn plain_user() -> &'static str {
        "CREATE USER plain IDENTIFIED BY 'plain'; GRANT ALL ON *.* TO plain"
    }

    fn tls_words() -> [&'static str; 6] {
        ["ssl-mode", "ssl-ca", "disabled", "required", "verify-ca", "verify-identity"]
    }

    fn cut(&self, database: &str) {
        let ours = format!(
            "SELECT id FROM information_schema.processlist WHERE db = '{database}' \
             AND user = 'csync2'"
        );
        for id in self.sql("", &ours).expect("the packages of the servers work here").lines() {
            // It may have ended by itself.
            let _ = self.sql("", &format!("KILL {id}"));
        }
    }

    fn be_slow(&self, database: &str) {
        let slow = "SET GLOBAL max_statement_time = 0.3; CREATE TRIGGER slow BEFORE INSERT ON hint \
            FOR EACH ROW SET @slept = SLEEP(30)";
        self.sql(database, slow).expect("the packages of the servers work here");
    }

    fn insertions(&self, _: &str) -> usize {
        let sql = "SELECT variable_value FROM information_schema.global_status \
            WHERE variable_name = 'COM_INSERT'";
        self.sql("", sql)
            .expect("the packages of the servers work here")
            .parse()
            .expect("the packages of the servers work here")
    }
}

impl Mysql {
    /// Starts a server with these options.
    pub fn start_with(settings: &[&str]) -> Self {
        let settings: Vec<String> = settings.iter().map(|it| (*it).to_owned()).collect();
        Self::run(made(), &settings)
    }

    fn run(directory: tempfile::TempDir, settings: &[String]) -> Self {
        let settings = settings.to_vec();
        let server = Self(Running::start(directory, "-KILL", move |directory, port| {
            command(directory, port, &settings)
        }));
        server.wait();
        let user = format!(
            "CREATE USER csync2 IDENTIFIED BY '{}'; GRANT ALL ON *.* TO csync2",
            PASSWORD.replace('\'', "''")
        );
        server.sql("", &user).expect("the packages of the servers work here");
        server
    }

    /// The Unix socket.
    pub fn socket(&self) -> String {
        self.0.file("socket").display().to_string()
    }
}

/// A directory with a new database.
fn made() -> tempfile::TempDir {
    let directory = directory("my", None);
    let data = format!("--datadir={}", directory.path().join("data").display());
    // A server that starts empties this directory of what it takes for its own.
    let temporary = format!("--tmpdir={}", directory.path().display());
    run(Command::new("mariadb-install-db")
        .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"])
        .args(user())
        .args([data, temporary]))
    .expect("the packages of the servers work here");
    directory
}

fn command(directory: &Path, port: u16, settings: &[String]) -> Command {
    let file = |option: &str, name: &str| format!("--{option}={}", directory.join(name).display());
    let mut command = Command::new("mariadbd");
    command
        .arg("--no-defaults")
        .args([file("datadir", "data"), file("socket", "socket"), file("pid-file", "pid")])
        .arg(format!("--tmpdir={}", directory.display()))
        .args(["--bind-address=127.0.0.1", &format!("--port={port}"), "--skip-name-resolve"])
        .args(["--innodb-buffer-pool-size=32M", "--innodb-flush-log-at-trx-commit=2"])
        .args(["--character-set-server=utf8mb4", "--collation-server=utf8mb4_general_ci"])
        .args(user())
        .args(settings);
    command
}

/// Root has to say that it means to run it.
fn user() -> Option<&'static str> {
    is_root().then_some("--user=root")
}
