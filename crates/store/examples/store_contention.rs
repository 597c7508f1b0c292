//! Measures how long processes wait for each other: `cargo run --release -p csync3-store --example
//! store_contention [DIRECTORY]`.
//!
//! Ten processes write 20,000 rows each in small commits, one writes without pause in large ones.
//! Prints how long each took and the longest that any single commit had to wait.
#![allow(clippy::print_stdout, reason = "a program that prints what it measured")]
use csync3_core::path::ClusterPath;
use csync3_store::row::{Change, Mark};
use csync3_store::url::DatabaseUrl;
use csync3_store::{SqliteStore, Store};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

const WRITERS: u32 = 10;
const ROWS: u32 = 20_000;
const BULK_ROWS: u32 = 400_000;

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [file, role, batch, rows] = &*arguments {
        return write(Path::new(file), role, batch.parse()?, rows.parse()?);
    }
    let directory = arguments.first().map_or_else(std::env::temp_dir, PathBuf::from);
    let file = directory.join(format!("store-contention-{}.db3", std::process::id()));
    let mut children = vec![spawn(&file, "bulk", 500, BULK_ROWS)?];
    for number in 0..WRITERS {
        children.push(spawn(&file, &format!("writer{number}"), 20, ROWS)?);
    }
    for child in &mut children {
        assert!(child.wait()?.success());
    }
    std::fs::remove_file(&file)?;
    Ok(())
}

fn spawn(file: &Path, role: &str, batch: u32, rows: u32) -> std::io::Result<Child> {
    let program = std::env::current_exe()?;
    Command::new(program).arg(file).args([role, &batch.to_string(), &rows.to_string()]).spawn()
}

fn write(file: &Path, role: &str, batch: u32, rows: u32) -> Outcome {
    let store = SqliteStore::open(&DatabaseUrl::of_file(file))?;
    let (since, mut longest) = (Instant::now(), Duration::ZERO);
    for first in (0..rows).step_by(batch as usize) {
        let before = Instant::now();
        let changes = (first..first + batch).map(|row| mark(role, row)).collect();
        if role == "bulk" {
            store.submit(changes)?;
        } else {
            store.commit(changes)?;
        }
        longest = longest.max(before.elapsed());
    }
    store.flush()?;
    let took = since.elapsed().as_secs_f64();
    println!(
        "{role:10} {rows:7} rows in {took:6.2} s, longest commit {:7.1} ms",
        longest.as_secs_f64() * 1e3
    );
    Ok(())
}

fn mark(role: &str, row: u32) -> Change {
    let name = ClusterPath::from_decoded(format!("/srv/{role}/{row:07}").as_bytes());
    let mark = Mark { peer: "node2".into(), myname: "node1".into(), forced: false, replaces: None };
    Change::Mark { name: name.expect("an absolute path"), mark }
}
