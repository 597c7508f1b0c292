//! One database, csync2 and csync3: each finds what the other wrote.
use crate::rows::{action, clear, commit, dirty, files, hint, mark, name, recorded, to};
use csync3_core::decide::local::{Also, Recorded};
use csync3_core::entry::{ContentHash, Fingerprint, Timestamp};
use csync3_store::row::{Change, FileRow, Generation, Scope};
use csync3_store::url::DatabaseUrl;
use csync3_store::{SqliteStore, Store};
use csync3_testkit::Program;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const FROZEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/state");

/// A host with a tree, a configuration and a database directory of its own.
pub(crate) struct Host {
    root: tempfile::TempDir,
}

impl Host {
    pub(crate) fn new() -> Self {
        let root = tempfile::Builder::new().prefix("interop").tempdir().unwrap();
        for directory in ["etc", "db", "tree/sub", "home"] {
            fs::create_dir_all(root.path().join(directory)).unwrap();
        }
        fs::write(root.path().join("etc/key"), "k".repeat(64)).unwrap();
        let host = Self { root };
        let config = "nossl * *;\n\
            prefix home { on *: ROOT/home; }\n\
            group g {\n\
            host node1 node2 node3;\n key ROOT/etc/key;\n include ROOT/tree %home%;\n\
            action { pattern ROOT/tree/never; exec \"true\"; do-local; }\n\
            }\n";
        let config = config.replace("ROOT", &host.root.path().display().to_string());
        fs::write(host.path("etc/csync2.cfg"), config).unwrap();
        host
    }

    fn path(&self, relative: &str) -> PathBuf {
        self.root.path().join(relative)
    }

    pub(crate) fn shown(&self, relative: &str) -> String {
        self.path(relative).display().to_string()
    }

    /// A tree with everything that is written in an unusual way.
    pub(crate) fn fill(&self) {
        for file in ["tree/a b", "tree/sub/it's", "tree/a%b", "home/h:1", "home/\"q\"|$x"] {
            fs::write(self.path(file), file).unwrap();
        }
        let odd = self.path("tree").join(OsStr::from_bytes(b"odd-\xfe\xff"));
        fs::write(odd, "x").unwrap();
        std::os::unix::fs::symlink("/x y/z", self.path("tree/link")).unwrap();
    }

    /// Standard output of the packaged csync2.
    pub(crate) fn csync2(&self, arguments: &[&str]) -> Vec<u8> {
        self.csync2_on(&self.shown("db"), arguments)
    }

    /// What the packaged csync2 does with a database.
    pub(crate) fn run_csync2(&self, database: &str, arguments: &[&str]) -> Output {
        Command::new(Program::Csync2.path())
            .env("CSYNC2_SYSTEM_DIR", self.path("etc"))
            .args(["-N", "node1", "-D", database])
            .args(arguments)
            .output()
            .unwrap()
    }

    /// Standard output of the packaged csync2 with a database.
    pub(crate) fn csync2_on(&self, database: &str, arguments: &[&str]) -> Vec<u8> {
        let output = self.run_csync2(database, arguments);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(matches!(output.status.code(), Some(0 | 2)), "{arguments:?}: {told}");
        assert_eq!(told, "", "{arguments:?}");
        output.stdout
    }

    pub(crate) fn open(&self) -> SqliteStore {
        let directory = self.shown("db");
        let url = DatabaseUrl::decide(Some(&directory), None, "node1", None).unwrap();
        SqliteStore::open(&url).unwrap()
    }

    fn assert_lists_equal(&self, store: &dyn Store) {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        assert_eq!(text(self.csync2(&["-L"])), text(file_list(store)));
        assert_eq!(text(self.csync2(&["-M"])), text(dirty_list(store)));
        assert_eq!(text(self.csync2(&["-H"])), text(hint_list(store)));
    }
}

fn lines(rows: impl Iterator<Item = Vec<Vec<u8>>>) -> Vec<u8> {
    rows.flat_map(|columns| [columns.join(&b'\t'), b"\n".to_vec()].concat()).collect()
}

pub(crate) fn file_list(store: &dyn Store) -> Vec<u8> {
    let rows = files(store, &Scope::All).into_iter();
    lines(rows.map(|row| vec![row.recorded.checktxt, row.name.decoded().into_owned()]))
}

pub(crate) fn dirty_list(store: &dyn Store) -> Vec<u8> {
    lines(dirty(store).into_iter().map(|row| {
        let force = if row.forced { "force" } else { "chary" };
        let name = row.name.decoded().into_owned();
        vec![force.into(), row.myname.into(), row.peer.into(), name]
    }))
}

fn hint_list(store: &dyn Store) -> Vec<u8> {
    let mut hints = crate::rows::hints(store);
    hints.sort_by_key(|hint| {
        (csync3_core::wire::escape::encode(hint.path.as_bytes()).into_owned(), hint.recursive)
    });
    let recursive = |yes| if yes { b"1" } else { b"0" };
    lines(
        hints
            .iter()
            .map(|hint| vec![recursive(hint.recursive).to_vec(), hint.path.as_bytes().to_vec()]),
    )
}

fn frozen(file: &str) -> Vec<u8> {
    fs::read(Path::new(FROZEN).join(file)).unwrap()
}

fn copy_of_frozen(directory: &Path) -> SqliteStore {
    let copy = directory.join("127.77.0.1.db3");
    fs::write(&copy, frozen("csync2-2.1.db3")).unwrap();
    SqliteStore::open(&DatabaseUrl::of_file(&copy)).unwrap()
}

#[test]
fn a_database_of_csync2_opens_with_all_its_rows() {
    let directory = tempfile::tempdir().unwrap();
    let store = copy_of_frozen(directory.path());
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    assert_eq!(text(file_list(&store)), text(frozen("csync2-2.1.files.txt")));
    assert_eq!(text(dirty_list(&store)), text(frozen("csync2-2.1.dirty.txt")));
    assert_eq!(text(hint_list(&store)), text(frozen("csync2-2.1.hints.txt")));
    assert_eq!(
        store.actions().unwrap(),
        [
            action("%home%/conf/app.conf", "echo 100% done: a|b; c", "/dev/null"),
            action(
                "%home%/conf/app.conf",
                "systemctl reload 'my app' %%",
                "/var/log/csync2 actions.log"
            ),
        ]
    );
    assert_eq!(store.dirty_peers().unwrap(), ["127.77.0.2", "127.77.0.3"]);
}

#[test]
fn an_upgrade_adds_columns_and_changes_no_value() {
    let directory = tempfile::tempdir().unwrap();
    let path = copy_of_frozen(directory.path()).path().to_path_buf();
    let database = rusqlite::Connection::open(path).unwrap();
    let original = Path::new(FROZEN).join("csync2-2.1.db3").display().to_string();
    database.execute("ATTACH ?1 AS original", [format!("file:{original}?immutable=1")]).unwrap();
    for (table, columns) in [
        ("file", "filename, checktxt"),
        ("dirty", "filename, forced, myname, peername"),
        ("hint", "filename, recursive"),
        ("action", "filename, command, logfile"),
        ("x509_cert", "peername, certdata"),
    ] {
        let typed: Vec<_> =
            columns.split(", ").map(|column| format!("{column}, typeof({column})")).collect();
        let select = |schema| format!("SELECT rowid, {} FROM {schema}.{table}", typed.join(", "));
        let (old, new) = (select("original"), select("main"));
        let differing = format!(
            "SELECT count(*) FROM ({old} EXCEPT {new}) UNION ALL SELECT count(*) FROM ({new} \
             EXCEPT {old}) UNION ALL SELECT count(*) FROM original.{table}"
        );
        let mut counts = database.prepare(&differing).unwrap();
        let counts: Vec<i64> =
            counts.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        assert_eq!(counts[..2], [0, 0], "{table}");
        assert!(counts[2] > 0, "{table}");
    }
}

#[test]
fn what_csync2_finds_is_listed_as_csync2_lists_it() {
    let host = Host::new();
    host.fill();
    host.csync2(&["-cr", "/"]);
    host.csync2(&["-h", "-r", &host.shown("tree/sub"), &host.shown("home")]);
    host.csync2(&["-h", &host.shown("tree/no such")]);
    host.csync2(&["-f", "-r", &host.shown("tree/sub")]);
    let before = [host.csync2(&["-L"]), host.csync2(&["-M"]), host.csync2(&["-H"])];
    let store = host.open();
    assert_eq!([file_list(&store), dirty_list(&store), hint_list(&store)], before);
    assert_eq!(files(&store, &Scope::Tree(name("%home%"))).len(), 3);
    host.assert_lists_equal(&store);
}

#[test]
fn csync2_lists_what_was_written_to_a_new_file() {
    let host = Host::new();
    let store = host.open();
    write_everything(&host, &store);
    host.assert_lists_equal(&store);
    drop(store);
    assert!(!host.path("db/node1.db3-wal").exists(), "the last to close leaves a plain file");
    let (list, store) = (host.csync2(&["-L"]), host.open());
    assert_eq!(list, file_list(&store));
    assert_eq!(files(&store, &Scope::All).len(), 3);
    host.assert_lists_equal(&store);
}

fn write_everything(host: &Host, store: &dyn Store) {
    let time = Timestamp { seconds: 7, nanos: 5 };
    let full = Recorded {
        fingerprint: Some(Fingerprint { mtime: time, ctime: time, inode: u64::MAX }),
        hash: Some(ContentHash([9; 32])),
        also: Some(Also::Absent),
        ..recorded("v1:mode=41471:uid=0:gid=0:type=lnk:target=/a%20b")
    };
    let odd = [host.path("tree/odd ").as_os_str().as_bytes(), b"\xff"].concat();
    let odd = csync3_core::path::ClusterPath::from_decoded(&odd).unwrap();
    commit(
        store,
        [
            Change::PutFile(FileRow { name: odd.clone(), recorded: full.clone() }),
            Change::PutFile(FileRow { name: name("%home%/h:1"), recorded: full }),
            crate::rows::put(&host.shown("tree/it's"), "v1:mtime=1:type=reg:size=1"),
            Change::Mark { name: odd, mark: to("node2") },
            mark("%home%/h:1", "node3"),
            crate::rows::force_mark("%home%/h:1", "node2"),
            Change::AddHint(hint("/b c", true)),
            Change::AddHint(hint("/a\"", false)),
        ],
    );
}

#[test]
fn a_check_by_csync2_works_on_a_file_that_was_written_or_upgraded_here() {
    let host = Host::new();
    host.fill();
    host.csync2(&["-cr", "/"]);
    let found = host.csync2(&["-L"]);
    let store = host.open();
    let stale = FileRow {
        name: name(&host.shown("tree/a b")),
        recorded: Recorded { hash: Some(ContentHash([1; 32])), ..recorded("v1:old") },
    };
    let gone = FileRow { name: name(&host.shown("tree/gone")), ..stale.clone() };
    let clears: Vec<_> = dirty(&store).iter().map(clear).collect();
    commit(&store, clears);
    commit(&store, [Change::PutFile(stale.clone()), Change::PutFile(gone.clone())]);
    // The store stays open: neither program minds the other.
    host.csync2(&["-cr", "/"]);
    assert_eq!(file_list(&store), found);
    let marked: Vec<_> = dirty(&store).into_iter().map(|row| row.name).collect();
    let expected = [&stale.name, &stale.name, &gone.name, &gone.name];
    assert_eq!(marked.iter().collect::<Vec<_>>(), expected);
    let rewritten = store.facts(&[stale.name]).unwrap()[0].recorded.clone().unwrap();
    assert_eq!(rewritten.hash, None, "what csync2 rewrote is known by its checktxt alone");
    host.assert_lists_equal(&store);
}

#[test]
fn a_mark_that_csync2_makes_meanwhile_is_not_cleared() {
    let host = Host::new();
    host.fill();
    let target = host.shown("tree/a b");
    host.csync2(&["-m", &target]);
    let store = host.open();
    let served = dirty(&store);
    assert_eq!(served.len(), 2);
    assert!(served.iter().all(|row| row.generation != Generation(None)));
    host.csync2(&["-m", &target]);
    commit(&store, served.iter().map(clear).collect::<Vec<_>>());
    let left = dirty(&store);
    assert_eq!(left.len(), 2);
    commit(&store, left.iter().map(clear).collect::<Vec<_>>());
    assert_eq!(dirty(&store), vec![]);
}

#[test]
fn csync2_runs_an_action_that_was_scheduled_here() {
    let host = Host::new();
    let store = host.open();
    let (log, file) = (host.shown("a log"), host.shown("tree/a b"));
    commit(&store, [Change::AddAction(action(&file, "echo ran for %%", &log))]);
    drop(store);
    host.csync2(&["-M"]);
    let encoded = file.replace(' ', "%20");
    assert_eq!(fs::read_to_string(&log).unwrap(), format!("ran for {encoded}\n"));
    assert_eq!(host.open().actions().unwrap(), vec![]);
}

#[test]
fn the_certificates_that_csync2_remembers_are_those_it_was_shown() {
    let directory = tempfile::tempdir().unwrap();
    let store = copy_of_frozen(directory.path());
    let pins = store.pins().unwrap();
    assert!(!pins.is_empty());
    for pin in pins {
        // A certificate is a sequence whose length takes two bytes.
        assert_eq!(pin.certificate[..2], [0x30, 0x82], "{}", pin.peer);
        let length = u16::from_be_bytes([pin.certificate[2], pin.certificate[3]]);
        assert_eq!(pin.certificate.len(), usize::from(length) + 4);
        assert_eq!(store.pin(&pin.peer).unwrap(), Some(pin.clone()));
        let change = Change::PutPin(pin.clone());
        let before = stored_pins(store.path());
        commit(&store, [change]);
        assert_eq!(stored_pins(store.path()), before, "it is written as csync2 writes it");
    }
}

fn stored_pins(path: &Path) -> Vec<(String, String, String)> {
    let database = rusqlite::Connection::open(path).unwrap();
    let sql = "SELECT peername, certdata, typeof(certdata) FROM x509_cert ORDER BY peername";
    let mut select = database.prepare(sql).unwrap();
    let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    rows.map(Result::unwrap).collect()
}
