//! Files that are not what SQLite wrote: noticed, told, and rebuilt without losing a mark.
use crate::rows::{
    action, commit, dirty, file_names, files, force_mark, hint, hints, mark, owed, page, put,
};
use csync3_store::row::{Change, Direction, Pin, Scope};
use csync3_store::upkeep::{Fault, upkeep};
use csync3_store::url::DatabaseUrl;
use csync3_store::{
    Rebuilding, Rebuilt, Saved, SqliteStore, Store, StoreError, credentials::Environment, rebuild,
};
use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

const PAGE: u64 = 4_096;
const ROWS: u32 = 400;

/// A database with rows of every kind, closed.
fn make(directory: &Path) -> PathBuf {
    let file = directory.join("node1.db3");
    let store = open(&file).unwrap();
    for number in 0..ROWS {
        let name = format!("/data/some directory/file {number:05}");
        commit(&store, [put(&name, "v1:type=reg:size=5"), mark(&name, "n2")]);
        if number % 3 == 0 {
            commit(&store, [force_mark(&name, "n3"), mark(&name, "n3")]);
        }
    }
    let pin = Pin { peer: "n2".into(), certificate: vec![7; 900] };
    commit(
        &store,
        [
            Change::AddHint(hint("/data/b", true)),
            Change::AddHint(hint("/data/a", false)),
            Change::AddAction(action("/data", "run it", "/log")),
            Change::AddPin(pin),
        ],
    );
    drop(store);
    // As a listing for one of many peers would make it.
    let index = "CREATE INDEX csync3_dirty_peer ON dirty (peername, filename)";
    rusqlite::Connection::open(&file).unwrap().execute_batch(index).unwrap();
    file
}

fn open(file: &Path) -> Result<SqliteStore, StoreError> {
    SqliteStore::open(&DatabaseUrl::of_file(file))
}

fn rebuilt(file: &Path) -> Rebuilt {
    match rebuild(&DatabaseUrl::of_file(file), "now").unwrap() {
        Rebuilding::Done(rebuilt) => rebuilt,
        Rebuilding::Sound => panic!("it is damaged"),
    }
}

fn faults(file: &Path) -> Vec<Fault> {
    upkeep(&DatabaseUrl::of_file(file), &Environment::default()).unwrap().faults().unwrap()
}

fn overwrite(file: &Path, page: u64) {
    let file = OpenOptions::new().write(true).open(file).unwrap();
    file.write_all_at(&[0xa5; PAGE as usize], (page - 1) * PAGE).unwrap();
}

/// The pages of a table or key, by their type.
fn pages(file: &Path, name: &str, kind: &str) -> Vec<u64> {
    let database = rusqlite::Connection::open(file).unwrap();
    let sql = "SELECT pageno FROM dbstat WHERE name = ?1 AND pagetype = ?2 ORDER BY pageno";
    let mut select = database.prepare(sql).unwrap();
    let rows = select.query_map([name, kind], |row| row.get::<_, i64>(0)).unwrap();
    rows.map(|page| page.unwrap().unsigned_abs()).collect()
}

fn marks(store: &dyn Store) -> BTreeSet<String> {
    owed(&dirty(store)).into_iter().map(|mark| mark.trim_end_matches('!').to_owned()).collect()
}

fn saved(rebuilt: &Rebuilt, table: &str) -> Saved {
    rebuilt.tables.iter().find(|saved| saved.table == table).unwrap().clone()
}

#[test]
fn a_sound_file_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let file = make(directory.path());
    let before = fs::read(&file).unwrap();
    let url = DatabaseUrl::of_file(&file);
    assert_eq!(rebuild(&url, "now").unwrap(), Rebuilding::Sound);
    assert_eq!(fs::read(&file).unwrap(), before);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    assert_eq!(faults(&file), []);
}

#[test]
fn the_loss_of_any_single_page_loses_no_mark() {
    let directory = tempfile::tempdir().unwrap();
    let file = make(directory.path());
    let whole = fs::read(&file).unwrap();
    let expected = marks(&open(&file).unwrap());
    let count = whole.len() as u64 / PAGE;
    assert!(count > 40, "{count}");
    let mut damaged = 0;
    for page in 1..=count {
        let place = directory.path().join(page.to_string());
        fs::create_dir(&place).unwrap();
        let copy = place.join("node1.db3");
        fs::write(&copy, &whole).unwrap();
        overwrite(&copy, page);
        if faults(&copy).is_empty() {
            continue;
        }
        damaged += 1;
        let kept = fs::read(&copy).unwrap();
        let rebuilt = rebuilt(&copy);
        assert_eq!(fs::read(&rebuilt.aside).unwrap(), kept, "page {page}: nothing is thrown away");
        assert_eq!(fs::read_dir(&place).unwrap().count(), 2, "page {page}");
        let store = open(&copy).unwrap();
        assert_eq!(marks(&store), expected, "page {page}: {rebuilt:?}");
        let file = saved(&rebuilt, "file");
        assert_eq!(files(&store, &Scope::All).len() as u64, file.whole, "page {page}");
        assert!(file.complete || file.whole > u64::from(ROWS) / 2 || file.lost > 0, "page {page}");
        drop(store);
        assert_eq!(faults(&copy), [], "page {page}");
        fs::remove_dir_all(&place).unwrap();
    }
    assert!(damaged > count - 5, "{damaged} of {count}");
}

#[test]
fn a_damaged_beginning_is_noticed_at_open_and_everything_is_saved() {
    let directory = tempfile::tempdir().unwrap();
    let file = make(directory.path());
    let store = open(&file).unwrap();
    let (before, recorded) = (dirty(&store), files(&store, &Scope::All));
    drop(store);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    overwrite(&file, 1);
    let error = open(&file).map(|_| ()).unwrap_err();
    assert!(matches!(error, StoreError::NotADatabase { .. }), "{error:?}");
    assert!(error.to_string().contains("csync3 db rebuild"), "{error}");
    let rebuilt = rebuilt(&file);
    assert_eq!(rebuilt.tables[0].table, "dirty", "what must not be lost comes first");
    assert!(rebuilt.tables.iter().all(|saved| saved.complete), "{rebuilt:?}");
    let store = open(&file).unwrap();
    assert_eq!((dirty(&store), files(&store, &Scope::All)), (before, recorded));
    assert_eq!(hints(&store), [hint("/data/b", true), hint("/data/a", false)]);
    assert_eq!(store.actions().unwrap(), [action("/data", "run it", "/log")]);
    assert_eq!(store.pins().unwrap()[0].certificate, [7; 900]);
    assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o640);
    assert!(rebuilt.aside.display().to_string().ends_with("node1.db3.damaged-now"));
}

#[test]
fn damage_at_a_root_or_a_shorter_file_is_noticed_at_open() {
    for table in ["dirty", "file", "hint"] {
        let directory = tempfile::tempdir().unwrap();
        let file = make(directory.path());
        let root = pages(&file, table, "internal").into_iter().chain(pages(&file, table, "leaf"));
        overwrite(&file, root.min().unwrap());
        let error = open(&file).map(|_| ()).unwrap_err();
        assert!(matches!(error, StoreError::Corrupt { action: "open", .. }), "{table}: {error:?}");
        assert!(error.to_string().contains("csync3 db rebuild"), "{error}");
    }
    let directory = tempfile::tempdir().unwrap();
    let file = make(directory.path());
    let length = fs::metadata(&file).unwrap().len();
    OpenOptions::new().write(true).open(&file).unwrap().set_len(length / 2 / PAGE * PAGE).unwrap();
    let error = open(&file).map(|_| ()).unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error:?}");
    assert!(matches!(&faults(&file)[..], [Fault::Damaged { .. }]));
    let rebuilt = rebuilt(&file);
    assert!(!saved(&rebuilt, "dirty").complete || !saved(&rebuilt, "file").complete, "{rebuilt:?}");
    assert!(!marks(&open(&file).unwrap()).is_empty(), "{rebuilt:?}");
}

#[test]
fn damage_in_the_middle_is_told_by_the_statement_that_meets_it() {
    let directory = tempfile::tempdir().unwrap();
    let file = make(directory.path());
    let leaves = pages(&file, "file", "leaf");
    overwrite(&file, leaves[leaves.len() / 2]);
    let store = open(&file).unwrap();
    let listed: Result<Vec<_>, _> = store.files(&Scope::All).unwrap().collect();
    let error = listed.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { action: "read", .. }), "{error:?}");
    let first = store.dirty(&page(None, Direction::Ascending, 3)).unwrap();
    assert_eq!(first.len(), 3, "what is not damaged can be read");
}

#[test]
fn a_file_that_somebody_has_open_is_not_rebuilt() {
    let directory = tempfile::tempdir().unwrap();
    let file = make(directory.path());
    let leaves = pages(&file, "dirty", "leaf");
    overwrite(&file, leaves[1]);
    // The lock is one of the process: somebody else has to hold it.
    let mut other = crate::processes::again("damage::keep_it_open")
        .env("STORE_KEEP_OPEN", &file)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let opened = directory.path().join("opened");
    while !opened.exists() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let error = rebuild(&DatabaseUrl::of_file(&file), "now").unwrap_err();
    assert!(matches!(error, StoreError::InUse { .. }), "{error:?}");
    drop(other.stdin.take());
    assert!(other.wait().unwrap().success());
    assert!(rebuilt(&file).aside.exists());
}

#[test]
fn keep_it_open() {
    let Ok(file) = std::env::var("STORE_KEEP_OPEN") else { return };
    let store = open(Path::new(&file)).unwrap();
    fs::write(Path::new(&file).with_file_name("opened"), "").unwrap();
    // Until the other end goes.
    std::io::stdin().read_line(&mut String::new()).unwrap();
    drop(store);
}

#[test]
fn what_is_not_in_the_file_yet_is_saved_too() {
    let directory = tempfile::tempdir().unwrap();
    let file = make(directory.path());
    let (place, copy) = (directory.path().join("crashed"), directory.path().join("crashed/x.db3"));
    fs::create_dir(&place).unwrap();
    let store = open(&file).unwrap();
    commit(&store, [mark("/late", "n2")]);
    store.flush().unwrap();
    for ending in ["", "-wal"] {
        let from = format!("{}{ending}", file.display());
        fs::copy(from, format!("{}{ending}", copy.display())).unwrap();
    }
    drop(store);
    let leaves = pages(&file, "file", "leaf");
    overwrite(&copy, leaves[leaves.len() / 2]);
    let rebuilt = rebuilt(&copy);
    assert!(owed(&dirty(&open(&copy).unwrap())).contains(&"/late>n2".to_owned()));
    let wal = format!("{}-wal", rebuilt.aside.display());
    assert!(fs::metadata(wal).unwrap().len() > 0, "it stays with the damaged file");
}

#[test]
fn a_file_that_never_was_a_database_is_kept_and_gives_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("x.db3");
    let text = "a configuration\n".repeat(3_000);
    fs::write(&file, &text).unwrap();
    let rebuilt = rebuilt(&file);
    assert_eq!(fs::read_to_string(&rebuilt.aside).unwrap(), text);
    assert!(rebuilt.tables.iter().all(|saved| saved.whole + saved.keys == 0), "{rebuilt:?}");
    assert_eq!(file_names(&open(&file).unwrap(), &Scope::All), Vec::<String>::new());
}
