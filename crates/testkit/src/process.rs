//! Child processes with a time limit, their output and the processor time they took.
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use std::fmt;
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long a command may take unless the caller says otherwise.
pub(crate) const USUAL_LIMIT: Duration = Duration::from_secs(120);
/// How often a running process is looked at.
const GLANCE: Duration = Duration::from_millis(1);
/// Ticks per second in `/proc/PID/stat`: fixed by the kernel's interface on every architecture
/// that Debian 12 supports.
const TICKS: u64 = 100;

/// Processor time, with a granularity of 10 ms.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cpu {
    /// Time in the program.
    pub user: Duration,
    /// Time in the kernel on its behalf.
    pub system: Duration,
}

/// What a finished process left.
#[derive(Debug, Clone)]
pub struct Output {
    /// How it ended.
    pub status: ExitStatus,
    /// Everything it wrote to standard output.
    pub stdout: Vec<u8>,
    /// Everything it wrote to standard error.
    pub stderr: Vec<u8>,
    /// Time from start to end.
    pub elapsed: Duration,
    /// Processor time of the process and of the children it waited for.
    pub cpu: Cpu,
    what: String,
}

impl Output {
    /// The exit code; `None` when a signal ended it.
    #[must_use]
    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// Standard output as text, anything that is not UTF-8 replaced.
    #[must_use]
    pub fn stdout_text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Standard error as text, anything that is not UTF-8 replaced.
    #[must_use]
    pub fn stderr_text(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }

    /// The lines of standard output.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.stdout_text().lines().map(str::to_owned).collect()
    }

    /// Demands exit code 0.
    ///
    /// # Panics
    /// With everything the process said, when it ended otherwise.
    #[track_caller]
    pub fn success(self) -> Self {
        self.exits(0)
    }

    /// Demands this exit code.
    ///
    /// # Panics
    /// With everything the process said, when it ended otherwise.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert!(self.code() == Some(code), "expected exit code {code} of {self}");
        self
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n  ended: ", self.what)?;
        match (self.status.code(), self.status.signal()) {
            (Some(code), _) => write!(f, "exit code {code}")?,
            (None, Some(signal)) => write!(f, "signal {signal}")?,
            (None, None) => write!(f, "{}", self.status)?,
        }
        writeln!(f, " after {:?}", self.elapsed)?;
        writeln!(f, "--- stdout\n{}", self.stdout_text())?;
        write!(f, "--- stderr\n{}---", self.stderr_text())
    }
}

/// A process under way, with its output being read.
#[derive(Debug)]
pub struct Running {
    child: Child,
    started: Instant,
    stdout: JoinHandle<Vec<u8>>,
    stderr: JoinHandle<Vec<u8>>,
    what: String,
}

impl Running {
    /// Starts a command with no input.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn start(command: &mut Command) -> Self {
        let what = format!("{command:?}");
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {what}: {error}"));
        let stdout = read_all(child.stdout.take().expect("stdout is a pipe"));
        let stderr = read_all(child.stderr.take().expect("stderr is a pipe"));
        Self { child, started: Instant::now(), stdout, stderr, what }
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the end, two minutes at most.
    ///
    /// # Panics
    /// When the time is over; the process and its children are killed.
    #[must_use]
    pub fn wait(self) -> Output {
        self.wait_within(USUAL_LIMIT)
    }

    /// Waits for the end, `limit` at most.
    ///
    /// # Panics
    /// When the time is over; the process and its children are killed.
    #[must_use]
    pub fn wait_within(mut self, limit: Duration) -> Output {
        let in_time = wait_for_end(&self.child, limit);
        if !in_time {
            kill_tree(&mut self.child);
        }
        let output = self.collect();
        assert!(in_time, "still running after {limit:?}: {output}");
        output
    }

    /// Asks it to end with SIGTERM; see [`Self::wait`].
    pub fn terminate(&self) {
        send(self.child.id(), Signal::TERM);
    }

    /// Kills it and all its children at once.
    #[must_use]
    pub fn kill9(mut self) -> Output {
        kill_tree(&mut self.child);
        self.collect()
    }

    fn collect(mut self) -> Output {
        let elapsed = self.started.elapsed();
        let cpu = cpu_of(self.child.id());
        let status = self.child.wait().expect("our own child can be waited for");
        Output {
            status,
            stdout: self.stdout.join().expect("reading a pipe does not panic"),
            stderr: self.stderr.join().expect("reading a pipe does not panic"),
            elapsed,
            cpu,
            what: self.what,
        }
    }
}

fn read_all(mut pipe: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // A read error ends the output like its end does; the exit status tells the rest.
        let _ = pipe.read_to_end(&mut bytes);
        bytes
    })
}

/// Waits until the child has ended, without collecting it: its `/proc` entry stays readable.
pub(crate) fn wait_for_end(child: &Child, limit: Duration) -> bool {
    let deadline = Instant::now() + limit;
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    loop {
        match waitid(WaitId::Pid(pid_of(child.id())), options) {
            Ok(None) if Instant::now() >= deadline => return false,
            Ok(None) => std::thread::sleep(GLANCE),
            // An error means that somebody collected the child already.
            Ok(Some(_)) | Err(_) => return true,
        }
    }
}

fn pid_of(id: u32) -> Pid {
    let raw = i32::try_from(id).expect("a process id is a positive int");
    Pid::from_raw(raw).expect("a process id is not zero")
}

/// Sends a signal; a process that is gone already is what the caller wanted.
pub(crate) fn send(id: u32, signal: Signal) {
    let _ = kill_process(pid_of(id), signal);
}

/// Kills a child and everything below it. The child is left to be waited for.
pub(crate) fn kill_tree(child: &mut Child) {
    kill_below(child.id());
    // Kills nothing else by mistake: a child that was not waited for keeps its id.
    let _ = child.kill();
    wait_for_end(child, USUAL_LIMIT);
}

fn kill_below(id: u32) {
    // Stopped, it can fork no child that the listing below would miss.
    send(id, Signal::STOP);
    for below in children_of(id) {
        kill_below(below);
        send(below, Signal::KILL);
    }
}

/// The children of a process now.
pub(crate) fn children_of(id: u32) -> Vec<u32> {
    let mut found = Vec::new();
    let Ok(tasks) = std::fs::read_dir(format!("/proc/{id}/task")) else {
        return found;
    };
    for task in tasks.flatten() {
        let listed = std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
        found.extend(listed.split_whitespace().filter_map(|word| word.parse::<u32>().ok()));
    }
    found
}

/// Says whether a process has ended, waited for or not.
pub(crate) fn is_gone(id: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    // The state follows the name in parentheses, which may hold anything.
    stat.rsplit(')').next().is_none_or(|rest| rest.is_empty() || rest.starts_with(" Z"))
}

/// Processor time of a process that has not been waited for; zero when it is gone.
pub(crate) fn cpu_of(id: u32) -> Cpu {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    // The name in parentheses may hold anything, so fields are counted from its end.
    let fields: Vec<u64> = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .map(|field| field.parse().unwrap_or(0))
        .collect();
    let [user, system, waited_user, waited_system] =
        fields.get(11..15).map_or([0; 4], |times| [times[0], times[1], times[2], times[3]]);
    let time = |ticks: u64| Duration::from_millis(ticks * 1_000 / TICKS);
    Cpu { user: time(user + waited_user), system: time(system + waited_system) }
}
