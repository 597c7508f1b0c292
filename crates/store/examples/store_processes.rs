//! Measures how long processes wait for each other: `cargo run --release -p csync3-store --example
//! store_processes [DIRECTORY [PROCESSES [CHANGES]]]`.
//!
//! First one process does the work of a push alone: it reads a page of dirty rows, and writes 1,000
//! changes in lists of 20 without waiting for each, again and again. Then many processes (64) do the same work together, beside a check that
//! streams all rows and writes in lists of 500, and a daemon that looks names up and writes one change
//! at a time. Prints the throughput of both and the longest that any single call took.
#![allow(clippy::print_stdout, reason = "a program that prints what it measured")]
use csync3_core::decide::local::Recorded;
use csync3_core::path::ClusterPath;
use csync3_store::row::{Change, Direction, DirtyPage, FileRow, Mark, Scope};
use csync3_store::url::DatabaseUrl;
use csync3_store::{SqliteStore, Store};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PROCESSES: u32 = 64;
/// Changes of all pushes together.
const CHANGES: u32 = 256_000;
const BATCH: u32 = 20;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [file, role, changes] = &*arguments
        && (role.starts_with("push") || role == "check" || role == "daemon")
    {
        return play(Path::new(file), role, changes.parse()?);
    }
    let mut arguments = arguments.into_iter();
    let directory = arguments.next().map_or_else(std::env::temp_dir, PathBuf::from);
    let processes = arguments.next().map_or(Ok(PROCESSES), |it| it.parse())?;
    let changes = arguments.next().map_or(Ok(CHANGES), |it| it.parse())?;
    let alone = measure(&directory, 1, changes, false)?;
    let plain = measure(&directory, processes, changes, false)?;
    let mixed = measure(&directory, processes, changes, true)?;
    let rate = |took: Duration| f64::from(changes) / took.as_secs_f64();
    println!("one process:                     {:8.0} changes/s", rate(alone));
    for (took, what) in [(plain, "alone"), (mixed, "with check and daemon")] {
        let ratio = rate(took) / rate(alone);
        println!("{processes} processes {what:22} {:8.0} changes/s, {ratio:.2}", rate(took));
    }
    Ok(())
}

/// How long the pushes took.
fn measure(directory: &Path, processes: u32, changes: u32, mixed: bool) -> Outcome<Duration> {
    let name = format!("store-processes-{}-{processes}-{mixed}.db3", std::process::id());
    let file = directory.join(name);
    prepare(&file)?;
    let mut others = Vec::new();
    if mixed {
        others = vec![spawn(&file, "check", changes)?, spawn(&file, "daemon", changes)?];
    }
    let since = Instant::now();
    let mut pushes = Vec::new();
    for number in 0..processes {
        pushes.push(spawn(&file, &format!("push{number}"), changes / processes)?);
    }
    let mut longest = Duration::ZERO;
    for child in pushes {
        longest = longest.max(end(child)?);
    }
    let took = since.elapsed();
    println!(
        "{processes} processes, longest call of a push {:7.1} ms",
        longest.as_secs_f64() * 1e3
    );
    std::fs::write(done(&file), "")?;
    for child in others {
        println!("  beside it {:7.1} ms", end(child)?.as_secs_f64() * 1e3);
    }
    std::fs::remove_file(done(&file))?;
    std::fs::remove_file(&file)?;
    Ok(took)
}

fn done(file: &Path) -> PathBuf {
    file.with_extension("done")
}

fn prepare(file: &Path) -> Outcome {
    let store = SqliteStore::open(&DatabaseUrl::of_file(file))?;
    for first in (0..20_000).step_by(500) {
        store.submit((first..first + 500).map(|row| put("srv", row, 0)).collect())?;
    }
    store.flush()?;
    Ok(())
}

fn spawn(file: &Path, role: &str, changes: u32) -> std::io::Result<Child> {
    let program = std::env::current_exe()?;
    let mut command = Command::new(program);
    command.arg(file).args([role, &changes.to_string()]).stdout(Stdio::piped()).spawn()
}

/// The longest call of a process, in the nanoseconds that it printed.
fn end(child: Child) -> Outcome<Duration> {
    let output = child.wait_with_output()?;
    assert!(output.status.success(), "no process fails");
    let text = String::from_utf8(output.stdout)?;
    Ok(Duration::from_nanos(text.trim().parse()?))
}

fn play(file: &Path, role: &str, changes: u32) -> Outcome {
    let mut longest = Duration::ZERO;
    let store = timed(&mut longest, || SqliteStore::open(&DatabaseUrl::of_file(file)))?;
    match role {
        "check" => check(file, &store, &mut longest)?,
        "daemon" => daemon(file, &store, &mut longest)?,
        _ => push(&store, role, changes, &mut longest)?,
    }
    timed(&mut longest, || store.flush())?;
    println!("{}", longest.as_nanos());
    Ok(())
}

fn timed<T>(longest: &mut Duration, work: impl FnOnce() -> T) -> T {
    let since = Instant::now();
    let done = work();
    *longest = (*longest).max(since.elapsed());
    done
}

fn push(store: &SqliteStore, role: &str, changes: u32, longest: &mut Duration) -> Outcome {
    let page = DirtyPage {
        peer: Some(role.to_owned()),
        after: None,
        direction: Direction::Ascending,
        limit: 100,
    };
    for first in (0..changes).step_by(BATCH as usize) {
        if first % 1_000 == 0 {
            timed(longest, || store.dirty(&page))?;
        }
        let list = (first..first + BATCH).map(|row| mark(role, row)).collect();
        timed(longest, || store.submit(list))?;
    }
    timed(longest, || store.flush())?;
    Ok(())
}

/// Lists everything and writes as a check of a changed tree does, until the pushes are over.
fn check(file: &Path, store: &SqliteStore, longest: &mut Duration) -> Outcome {
    for round in 1.. {
        for row in store.files(&Scope::All)? {
            row?;
        }
        let list = (0..500).map(|row| put("srv", row * 40, round)).collect();
        timed(longest, || store.commit(list))?;
        if done(file).exists() {
            break;
        }
    }
    Ok(())
}

/// Looks up a name and writes one change, until the pushes are over.
fn daemon(file: &Path, store: &SqliteStore, longest: &mut Duration) -> Outcome {
    for row in 0.. {
        timed(longest, || store.facts(&[name("srv", row % 20_000)]))?;
        timed(longest, || store.commit(vec![mark("daemon", row % 1_000)]))?;
        if done(file).exists() {
            break;
        }
    }
    Ok(())
}

fn name(of: &str, row: u32) -> ClusterPath {
    let name = ClusterPath::from_decoded(format!("/srv/{of}/{row:07}").as_bytes());
    name.expect("an absolute path")
}

fn put(of: &str, row: u32, round: u32) -> Change {
    let checktxt = format!("v1:mtime={round}:type=reg:size=1").into_bytes();
    let recorded = Recorded { checktxt, ..Recorded::default() };
    Change::PutFile(FileRow { name: name(of, row), recorded })
}

fn mark(role: &str, row: u32) -> Change {
    let mark = Mark { peer: role.into(), myname: "node1".into(), forced: false, replaces: None };
    Change::Mark { name: name(role, row), mark }
}
