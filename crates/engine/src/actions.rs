//! Runs the commands of the configuration's `action` blocks. Nothing else starts a process.
//!
//! Names reach a command as quoted words, never as shell text. A command is run once for all the
//! names that scheduled it; its rows go afterwards, and a failure is reported.
//!
//! # Source
//! `spec/sync.md` 8.
use crate::host::{Host, ProblemCount};
use crate::observer::{Event, Problem};
use csync3_core::path::ClusterPath;
use csync3_store::row::{ActionRow, Change};
use csync3_store::{Store, StoreError};
use std::borrow::Cow;
use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};

/// What a service manager tells this process alone: a command that has it would pass for it.
const NOT_FOR_COMMANDS: [&str; 6] = [
    "LISTEN_FDS",
    "LISTEN_FDNAMES",
    "LISTEN_PID",
    "NOTIFY_SOCKET",
    "WATCHDOG_PID",
    "WATCHDOG_USEC",
];

/// One session's actions at a time, so that none is run by two.
static RUNNING: Mutex<()> = Mutex::new(());

/// Runs all scheduled actions, in descending order of their commands. Returns how many problems
/// were reported.
pub fn run(host: &Host) -> u64 {
    let _alone = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    let problems = ProblemCount::default();
    let rows = match host.store.actions() {
        Ok(rows) => rows,
        Err(error) => {
            problems.report(host, &unlisted(error));
            return problems.get();
        }
    };
    let same = |a: &ActionRow, b: &ActionRow| (&a.command, &a.logfile) == (&b.command, &b.logfile);
    for rows in rows.chunk_by(same).rev() {
        run_one(host, rows, &problems);
    }
    problems.get()
}

fn unlisted(error: StoreError) -> Problem {
    Problem::new("actions", "cannot be listed").because(error)
}

fn run_one(host: &Host, rows: &[ActionRow], problems: &ProblemCount) {
    let Some(first) = rows.first() else {
        return;
    };
    let command = substitute(&first.command, rows.iter().map(|row| &row.name));
    let shown = String::from_utf8_lossy(&command).into_owned();
    host.notice(&Event::ActionStarted { command: shown.clone() });
    let failure = match execute(&command, &first.logfile) {
        Ok(status) if status.success() => None,
        Ok(status) => Some(Problem::new(&shown, format!("action ended with {status}"))),
        Err(error) => Some(Problem::new(&shown, "cannot run action").because(error)),
    };
    if let Some(problem) = failure {
        let log = String::from_utf8_lossy(&first.logfile);
        problems.report(host, &problem.hint(format!("its output is in {log}")));
    }
    let done = rows.iter().cloned().map(Change::DropAction).collect();
    if let Err(error) = drop_rows(host.store.as_ref(), done) {
        problems.report(host, &unlisted(error));
    }
}

fn drop_rows(store: &dyn Store, changes: Vec<Change>) -> Result<(), StoreError> {
    store.commit(changes).map(drop)
}

/// Puts the names, encoded as csync2 shows them and quoted for the shell, in the place of the first
/// `%%`.
fn substitute<'a>(command: &[u8], names: impl Iterator<Item = &'a ClusterPath>) -> Vec<u8> {
    let Some(at) = command.windows(2).position(|pair| pair == b"%%") else {
        return command.to_vec();
    };
    let quoted: Vec<Cow<'_, [u8]>> = names.map(|name| quote(name.encoded())).collect();
    [&command[..at], &quoted.join(&b' '), &command[at + 2..]].concat()
}

/// One word for the shell. Ordinary names keep the form that scripts know.
fn quote(name: &[u8]) -> Cow<'_, [u8]> {
    let is_plain =
        |byte: &u8| byte.is_ascii_alphanumeric() || b"/%._-+,@=".contains(byte) || *byte >= 0x80;
    if name.iter().all(is_plain) {
        return Cow::Borrowed(name);
    }
    // Inside single quotes the shell reads every byte as itself; the encoding leaves no quote.
    Cow::Owned([b"'", &name.to_vec()[..], b"'"].concat())
}

fn execute(command: &[u8], logfile: &[u8]) -> io::Result<ExitStatus> {
    let log =
        OpenOptions::new().append(true).create(true).open(Path::new(OsStr::from_bytes(logfile)))?;
    let mut shell = Command::new("/bin/sh");
    NOT_FOR_COMMANDS.iter().for_each(|variable| {
        shell.env_remove(variable);
    });
    shell
        .arg("-c")
        .arg(OsStr::from_bytes(command))
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .status()
}

#[cfg(test)]
mod tests {
    use super::substitute;
    use csync3_core::path::ClusterPath;

    fn substituted(command: &str, names: &[&str]) -> String {
        let names: Vec<_> = names
            .iter()
            .map(|name| ClusterPath::from_decoded(name.as_bytes()).expect("a name"))
            .collect();
        String::from_utf8(substitute(command.as_bytes(), names.iter())).expect("UTF-8")
    }

    #[test]
    fn ordinary_names_keep_the_form_that_scripts_know() {
        assert_eq!(
            substituted("reload %% now %%", &["/a/b", "%p%/c d"]),
            "reload /a/b %25p%25/c%20d now %%"
        );
        assert_eq!(substituted("reload", &["/a"]), "reload");
    }

    #[test]
    fn a_name_is_never_shell_text() {
        for name in ["/a;`touch x`", "/$(id)", "/a&b", "/it's", "/a*?[b]", "/a\nb", "/~x", "/a>b"] {
            let command = format!("printf '%s\\n' {}", substituted("%%", &[name]));
            let shell = std::process::Command::new("/bin/sh").arg("-c").arg(&command).output();
            let printed = shell.expect("a shell").stdout;
            let name = ClusterPath::from_decoded(name.as_bytes()).expect("a name");
            let expected = [name.encoded(), b"\n"].concat();
            assert_eq!(printed, expected, "{command}");
        }
    }
}
