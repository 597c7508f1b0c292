//! SQLite where something is short: room on the disk, and room for a log that readers hold.
use crate::rows::{commit, file_names, files, mark, put};
use csync3_store::row::{Change, Scope};
use csync3_store::url::DatabaseUrl;
use csync3_store::{SqliteStore, Store, StoreError};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

const MIB: u64 = 1024 * 1024;

#[test]
fn a_full_disk_is_a_clear_error_and_nothing_is_lost() {
    if let Ok(directory) = std::env::var("STORE_FULL") {
        return fill(Path::new(&directory));
    }
    let directory = tempfile::tempdir().unwrap();
    // A small file system that only this process sees.
    let mount = "mount -t tmpfs -o size=2m none \"$STORE_FULL\" && exec \"$@\"";
    let own = fs::read_link("/proc/self/exe").unwrap();
    let test = "limits::a_full_disk_is_a_clear_error_and_nothing_is_lost";
    let output = Command::new("unshare")
        .args(["--mount", "--map-root-user", "sh", "-c", mount, "sh"])
        .arg(own)
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env("STORE_FULL", directory.path())
        .output()
        .unwrap();
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told);
    assert!(told.contains("test result: ok. 1 passed"), "{told}");
}

fn fill(directory: &Path) {
    let file = directory.join("node1.db3");
    let store = SqliteStore::open(&DatabaseUrl::of_file(&file)).unwrap();
    let ballast = directory.join("ballast");
    fs::write(&ballast, vec![1; 700_000]).unwrap();
    let mut committed = 0;
    let error = loop {
        let rows = (committed..committed + 50).map(|number| format!("/directory/{number:06}"));
        let list = rows.flat_map(|name| [put(&name, "v1"), mark(&name, "n2")]).collect();
        match store.commit(list) {
            Ok(_) => committed += 50,
            Err(error) => break error,
        }
    };
    assert!(committed > 500, "{committed}");
    assert!(matches!(error, StoreError::Full { action: "write", .. }), "{error:?}");
    assert!(error.to_string().contains("the disk is full"), "{error}");
    assert_eq!(files(&store, &Scope::All).len(), committed, "what was committed is there");
    drop(store);
    let store = SqliteStore::open(&DatabaseUrl::of_file(&file)).unwrap();
    assert_eq!(files(&store, &Scope::All).len(), committed, "and after a new start");
    assert_eq!(crate::rows::dirty(&store).len(), committed);
    fs::remove_file(ballast).unwrap();
    commit(&store, [put("/last", "v1")]);
    assert!(file_names(&store, &Scope::All).contains(&"/last".to_owned()), "with room it goes on");
}

/// Changes all over the table, as a push makes them: 200,000 in lists of 500.
fn change_much(store: &SqliteStore) {
    for list in 0..400_u64 {
        let names = (0..500).map(|at| scattered(list * 500 + at) % 20_000);
        let change = |number| put(&format!("/srv/some directory/{number:06}"), &format!("v{list}"));
        store.submit(names.map(change).collect::<Vec<Change>>()).unwrap();
    }
    store.flush().unwrap();
}

/// Numbers in no order that a database could make use of.
fn scattered(number: u64) -> u64 {
    let mut mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^= mixed >> 31;
    mixed.wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 20
}

fn wal_length(directory: &Path) -> u64 {
    fs::metadata(directory.join("node1.db3-wal")).unwrap().len()
}

#[test]
fn readers_that_follow_each_other_do_not_let_the_log_grow() {
    let directory = tempfile::tempdir().unwrap();
    let store = crate::sqlite::open(directory.path());
    change_much(&store);
    let done = AtomicBool::new(false);
    let largest = thread::scope(|scope| {
        // Two readers: each begins before the other ends.
        for _ in 0..2 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    assert!(store.files(&Scope::All).unwrap().take(2_000).all(|row| row.is_ok()));
                }
            });
        }
        let watch = scope.spawn(|| {
            let mut largest = 0;
            while !done.load(Ordering::Relaxed) {
                largest = largest.max(wal_length(directory.path()));
                thread::sleep(std::time::Duration::from_millis(5));
            }
            largest
        });
        change_much(&store);
        done.store(true, Ordering::Relaxed);
        watch.join().unwrap()
    });
    assert!(largest < 160 * MIB, "{} MiB", largest / MIB);
}

#[test]
fn a_reader_that_stays_lets_the_log_grow_and_it_shrinks_afterwards() {
    let directory = tempfile::tempdir().unwrap();
    let store = crate::sqlite::open(directory.path());
    change_much(&store);
    let before = files(&store, &Scope::All);
    let mut reader = store.files(&Scope::All).unwrap();
    assert_eq!(reader.next().unwrap().unwrap(), before[0]);
    change_much(&store);
    let grown = wal_length(directory.path());
    assert!(grown > 80 * MIB, "{} MiB: the reader holds it", grown / MIB);
    // What 200,000 changes at most write: a page of the table and one of its key for each.
    assert!(grown < 200_000 * 2 * 4_200, "{} MiB", grown / MIB);
    let rest: Vec<_> = reader.map(|row| row.unwrap()).collect();
    assert_eq!(rest, before[1..], "it sees what it saw");
    change_much(&store);
    let left = wal_length(directory.path());
    assert!(left <= 80 * MIB, "{} MiB of {}", left / MIB, grown / MIB);
}
