//! One host of a cluster: its directories, its program, its daemon.
use crate::address::Block;
use crate::certificate::Certificate;
use crate::cluster::Host;
use crate::daemon::Daemon;
use crate::dirty::{self, DirtyRow};
use crate::process::{Cpu, Output, Running, USUAL_LIMIT};
use crate::program::Program;
use crate::proxy::{Link, Proxy};
use std::ffi::{OsStr, OsString};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The variable with the URL, up to the name of the database, of a server on which every csync3 node
/// keeps its own database in the place of a file.
pub const DATABASES: &str = "CSYNC3_TEST_DATABASES";

/// One host: a directory with `system` (configuration, keys), `db`, `tree` and `tmp`.
///
/// Its name is the text of its loopback address, so it resolves without any help.
#[derive(Debug)]
pub struct Node {
    dir: PathBuf,
    root: PathBuf,
    name: String,
    address: SocketAddr,
    hidden_port: u16,
    program: Option<Program>,
    server: Option<String>,
    daemon: Mutex<Option<Daemon>>,
}

impl Node {
    /// Makes the directories of host `index` below `cluster`.
    pub(crate) fn create(cluster: &Path, index: usize, host: Host, block: &Block) -> Self {
        let address = block.address(index);
        let dir = cluster.join(format!("node{}", index + 1));
        for part in ["system", "db", "tree", "tmp"] {
            std::fs::create_dir_all(dir.join(part)).expect("a fresh directory is writable");
        }
        Self {
            root: dir.join("tree"),
            dir,
            name: address.ip().to_string(),
            address,
            hidden_port: block.hidden_port(),
            program: host.program,
            server: host.server,
            daemon: Mutex::new(None),
        }
    }

    pub(crate) fn set_program(&mut self, program: Program) {
        self.program = Some(program);
    }

    /// Its host name: the text of its address.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it listens, or would.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The directory of everything that is this node's.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The root of its tree: what `%tree%` stands for.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Its configuration and keys (`CSYNC2_SYSTEM_DIR`).
    #[must_use]
    pub fn system_dir(&self) -> PathBuf {
        self.dir.join("system")
    }

    /// The file of its SQLite database; made by the first run that needs it.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.dir.join("db").join(format!("{}.db3", self.name))
    }

    /// Says whether no program runs here.
    #[must_use]
    pub fn is_stand_in(&self) -> bool {
        self.program.is_none()
    }

    /// Writes a file of the system directory, e.g. another `csync2.cfg`; mode 0600.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn write_system_file(&self, name: &str, text: &str) {
        use std::os::unix::fs::PermissionsExt;
        let path = self.system_dir().join(name);
        std::fs::write(&path, text).expect("the system directory is writable");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))
            .expect("the owner may change modes");
    }

    /// Gives the host this key and certificate for TLS.
    ///
    /// # Panics
    /// When they cannot be written.
    pub fn use_certificate(&self, certificate: &Certificate) {
        self.write_system_file("csync2_ssl_key.pem", &certificate.key);
        self.write_system_file("csync2_ssl_cert.pem", &certificate.certificate);
    }

    /// The program with the environment of this node and no arguments at all.
    ///
    /// # Panics
    /// On a stand-in.
    #[must_use]
    pub fn bare_command(&self) -> Command {
        let program = self.program.as_ref().expect("a stand-in runs nothing");
        let mut command = Command::new(program.path());
        command
            .env("CSYNC2_SYSTEM_DIR", self.system_dir())
            .env("TMPDIR", self.dir.join("tmp"))
            .env("LC_ALL", "C")
            .env_remove("SSH_CLIENT")
            .current_dir(&self.dir);
        command
    }

    /// The options that make any call one of this node: `-N NAME -p PORT -D DIR`.
    #[must_use]
    pub fn options(&self) -> Vec<OsString> {
        self.options_with_port(self.address.port())
    }

    fn options_with_port(&self, port: u16) -> Vec<OsString> {
        let mut options = vec![
            "-N".into(),
            self.name.clone().into(),
            "-p".into(),
            port.to_string().into(),
            "-D".into(),
            self.place(),
        ];
        if matches!(self.program, Some(Program::Csync3Classic(_))) {
            options.extend(["--dialect".into(), "classic".into()]);
        }
        options
    }

    /// Where its database is: a directory, or a URL.
    fn place(&self) -> OsString {
        match &self.server {
            Some(server) => {
                // The cluster's directory has a name that is given once. csync2 cannot open a database
                // with capitals that it has made.
                let directory = self.dir.to_string_lossy();
                let name = blake3::hash(directory.as_bytes()).to_hex();
                let (place, options) = server.split_at(server.find('?').unwrap_or(server.len()));
                format!("{place}csync3_{}{options}", &name[..32]).into()
            }
            None => self.dir.join("db").into_os_string(),
        }
    }

    /// Says whether it keeps its state on a server, so that there is no [`Self::database`].
    #[must_use]
    pub fn is_on_server(&self) -> bool {
        self.server.is_some()
    }

    /// Runs the program with [`Self::options`] and `args`, two minutes at most.
    ///
    /// # Panics
    /// When it takes longer.
    pub fn run<S: AsRef<OsStr>>(&self, args: &[S]) -> Output {
        self.run_within(args, USUAL_LIMIT)
    }

    /// As [`Self::run`], with another time limit.
    ///
    /// # Panics
    /// When it takes longer.
    pub fn run_within<S: AsRef<OsStr>>(&self, args: &[S], limit: Duration) -> Output {
        self.start(args).wait_within(limit)
    }

    /// As [`Self::run`], without waiting for the end.
    pub fn start<S: AsRef<OsStr>>(&self, args: &[S]) -> Running {
        Running::start(self.bare_command().args(self.options()).args(args))
    }

    /// The dirty rows, as `-M` lists them.
    ///
    /// # Panics
    /// When `-M` fails or prints anything else.
    #[track_caller]
    pub fn dirty(&self) -> Vec<DirtyRow> {
        let output = self.run(&["-M"]);
        assert!(matches!(output.code(), Some(0 | 2)), "-M failed: {output}");
        dirty::parse(&output.stdout)
    }

    /// Starts its daemon (`-ii -v`) and waits until it listens.
    ///
    /// # Panics
    /// When it does not come up, or runs already.
    pub fn serve(&self) {
        self.serve_with(&["-ii", "-v"]);
    }

    /// Starts its daemon with other arguments and waits until it listens.
    ///
    /// # Panics
    /// When it does not come up, or runs already.
    pub fn serve_with<S: AsRef<OsStr>>(&self, args: &[S]) {
        self.launch(self.address, args);
    }

    /// Starts its daemon on a hidden port, with a network of quality `link` before it.
    ///
    /// # Panics
    /// When it does not come up, or runs already.
    #[must_use]
    pub fn serve_behind(&self, link: Link) -> Proxy {
        let hidden = SocketAddr::new(self.address.ip(), self.hidden_port);
        self.launch(hidden, &["-ii", "-v"]);
        Proxy::start(self.address, hidden, link)
    }

    fn launch<S: AsRef<OsStr>>(&self, listen: SocketAddr, args: &[S]) {
        let mut daemon = self.daemon();
        assert!(daemon.is_none(), "the daemon of {} runs already", self.name);
        let mut command = self.bare_command();
        command.args(self.options_with_port(listen.port())).args(args);
        *daemon = Some(Daemon::start(command, listen, &self.log_file()));
    }

    /// Asks the daemon to end (SIGTERM) and waits for it; `None` when none runs.
    ///
    /// # Panics
    /// When it has not ended after 20 seconds.
    pub fn stop(&self) -> Option<ExitStatus> {
        self.daemon().take().map(Daemon::stop)
    }

    /// Kills the daemon and its sessions at once, as a power cut would.
    pub fn kill9(&self) {
        drop(self.daemon().take());
    }

    /// Stops the daemon and starts it again.
    ///
    /// # Panics
    /// When it does not end or does not come up.
    pub fn restart(&self) {
        self.stop();
        self.serve();
    }

    /// Waits for the end of a daemon that ends by itself (`-iii`) and gives its processor time.
    ///
    /// # Panics
    /// When none runs, or it still runs after two minutes.
    pub fn wait_daemon(&self) -> (ExitStatus, Cpu) {
        let daemon = self.daemon().take().expect("a daemon was started");
        daemon.wait(USUAL_LIMIT)
    }

    /// Processor time of the running daemon itself, without sessions in processes of their own.
    #[must_use]
    pub fn daemon_cpu(&self) -> Cpu {
        self.daemon().as_ref().map_or_else(Cpu::default, Daemon::cpu)
    }

    /// The process id of the running daemon.
    #[must_use]
    pub fn daemon_pid(&self) -> Option<u32> {
        self.daemon().as_ref().map(Daemon::pid)
    }

    /// Waits until no session runs in a process of its own, as each of csync2 does.
    ///
    /// # Panics
    /// When one still runs after a minute.
    pub fn await_sessions(&self) {
        let Some(daemon) = self.daemon_pid() else { return };
        let children = format!("/proc/{daemon}/task/{daemon}/children");
        let deadline = Instant::now() + Duration::from_secs(60);
        while !std::fs::read_to_string(&children).unwrap_or_default().trim().is_empty() {
            assert!(Instant::now() < deadline, "a session of {} does not end", self.name);
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// What its daemons have said so far, on both outputs.
    #[must_use]
    pub fn daemon_log(&self) -> String {
        let bytes = std::fs::read(self.log_file()).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn log_file(&self) -> PathBuf {
        self.dir.join("daemon.log")
    }

    fn daemon(&self) -> MutexGuard<'_, Option<Daemon>> {
        // A panic while it was held leaves a daemon or none, both of which are fine.
        self.daemon.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
