//! Measures what a store takes for the work of a large tree: `cargo run --release -p csync3-store
//! --example store_speed [DIRECTORY | URL]`. A database on a server has to be a new one.
//!
//! Prints one line per kind of work, with the goal that SQLite is measured against.
#![allow(clippy::print_stdout, reason = "a program that prints what it measured")]
use csync3_core::decide::local::Recorded;
use csync3_core::entry::{Fingerprint, Timestamp};
use csync3_core::path::ClusterPath;
use csync3_store::credentials::Environment;
use csync3_store::row::{Change, Direction, DirtyPage, DirtyRow, Mark, Scope};
use csync3_store::url::DatabaseUrl;
use csync3_store::{Store, StoreError};
use std::path::Path;
use std::time::{Duration, Instant};

const FILES: u32 = 170_000;
const BATCH: usize = 500;
const ROUND_TRIPS: u32 = 2_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let place = std::env::args().nth(1);
    let place = place.unwrap_or_else(|| std::env::temp_dir().display().to_string());
    let file = Path::new(&place).join(format!("store-speed-{}.db3", std::process::id()));
    let url = match place.contains("://") {
        true => DatabaseUrl::decide(Some(&place), None, "store-speed", None)?,
        false => DatabaseUrl::of_file(&file),
    };
    let environment = Environment::read(|name| std::env::var_os(name));
    let opened = csync3_store::open(&url, &environment)?;
    let store = &*opened;
    measure("first check", 0.9, || submit(store, (0..FILES).map(first)))?;
    measure("stream", 0.2, || stream(store))?;
    measure("refresh", 0.9, || submit(store, (0..FILES).map(refresh)))?;
    measure("stream (refreshed)", 0.2, || stream(store))?;
    let rows = owed(store, 40_000)?;
    measure("clear 40,000", 0.4, || submit(store, rows.iter().map(clear)))?;
    let took = measure("round trips", 0.12, || round_trips(store))?;
    println!("{:24} {:8.1} us", "  each", took.as_secs_f64() * 1e6 / f64::from(ROUND_TRIPS));
    measure("flush", 0.05, || store.flush())?;
    println!("{:24} {}", "peak memory", peak_memory()?);
    measure("close", 0.1, || {
        drop(opened);
        Ok(())
    })?;
    measure("open", 0.01, || csync3_store::open(&url, &environment).map(drop))?;
    if url.server().is_none() {
        std::fs::remove_file(&file)?;
    }
    Ok(())
}

fn measure(
    what: &str,
    goal: f64,
    work: impl FnOnce() -> Result<(), StoreError>,
) -> Result<Duration, StoreError> {
    let since = Instant::now();
    work()?;
    let took = since.elapsed();
    println!("{what:24} {:8.3} s   goal {goal:.2} s", took.as_secs_f64());
    Ok(took)
}

fn submit(store: &dyn Store, changes: impl Iterator<Item = Change>) -> Result<(), StoreError> {
    let mut batch = Vec::with_capacity(BATCH);
    for change in changes {
        batch.push(change);
        if batch.len() == BATCH {
            store.submit(std::mem::replace(&mut batch, Vec::with_capacity(BATCH)))?;
        }
    }
    store.commit(batch).map(|_| ())
}

fn stream(store: &dyn Store) -> Result<(), StoreError> {
    let rows = store.files(&Scope::All)?.map(|row| row.map(|_| 1u32)).sum::<Result<u32, _>>()?;
    assert_eq!(rows, FILES);
    Ok(())
}

fn owed(store: &dyn Store, limit: usize) -> Result<Vec<DirtyRow>, StoreError> {
    let page = DirtyPage { peer: None, after: None, direction: Direction::Ascending, limit };
    store.dirty(&page)
}

fn round_trips(store: &dyn Store) -> Result<(), StoreError> {
    for name in (0..ROUND_TRIPS).map(name) {
        store.facts(std::slice::from_ref(&name))?;
        store.commit(vec![Change::Mark { name, mark: mark() }])?;
    }
    Ok(())
}

fn name(number: u32) -> ClusterPath {
    let text = format!(
        "/srv/data/section-{:03}/part-{:02}/some-document-name-{number:06}.txt",
        number / 1000,
        number / 100 % 10
    );
    ClusterPath::from_decoded(text.as_bytes()).expect("an absolute path")
}

fn text() -> Vec<u8> {
    b"v1:mtime=1795331502:mode=33188:uid=1000:gid=1000:type=reg:size=6123456".to_vec()
}

fn mark() -> Mark {
    Mark {
        peer: "node2.example.org".into(),
        myname: "node1.example.org".into(),
        forced: false,
        replaces: None,
    }
}

fn row(seconds: i64) -> Recorded {
    Recorded { checktxt: text(), fingerprint: Some(print(seconds)), ..Recorded::default() }
}

fn first(number: u32) -> Change {
    let now = Some(row(1));
    Change::Checked { name: name(number), was: None, now, marks: vec![mark()], actions: vec![] }
}

fn refresh(number: u32) -> Change {
    let (was, now) = (Some(row(1)), Some(row(2)));
    Change::Checked { name: name(number), was, now, marks: vec![], actions: vec![] }
}

fn print(seconds: i64) -> Fingerprint {
    let time = Timestamp { seconds: 1_795_331_502 + seconds, nanos: 123_456_789 };
    Fingerprint { mtime: time, ctime: time, inode: 1_234_567 }
}

fn clear(row: &DirtyRow) -> Change {
    let DirtyRow { name, peer, generation, .. } = row.clone();
    Change::Clear { name, peer, generation }
}

fn peak_memory() -> std::io::Result<String> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    Ok(line.unwrap_or_default().to_owned())
}
