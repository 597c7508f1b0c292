//! What only a MySQL or MariaDB server can do wrong. Each test starts one of its own.
use crate::rows::{
    action, commit, dirty, file_names, files, hint, hints, mark, name, owed, page, put, recorded,
};
use crate::server::{Mysql, Opener, PASSWORD, Server, open};
use csync3_core::path::ClusterPath;
use csync3_store::row::{Change, Direction, FileRow, Scope};
use csync3_store::{Store, StoreError};
use std::thread;
use std::time::Duration;

/// csync2's tables, with its own text. MariaDB takes a quoted `recursive` only, csync2 does not quote it.
const OLD: &str = "CREATE TABLE action (filename TEXT NOT NULL, command TEXT NOT NULL, \
    logfile TEXT NOT NULL, KEY filename (filename(255)), KEY command (command(255))); \
    CREATE TABLE dirty (filename TEXT NOT NULL, forced INTEGER NOT NULL, myname TEXT NOT NULL, \
    peername TEXT NOT NULL, KEY filename (filename(255)), KEY dirty_host (peername(255))); \
    CREATE TABLE file (filename TEXT NOT NULL, checktxt TEXT NOT NULL, \
    KEY filename (filename(255))); \
    CREATE TABLE hint (filename TEXT NOT NULL, `recursive` INTEGER NOT NULL); \
    CREATE TABLE x509_cert (peername TEXT NOT NULL, certdata TEXT NOT NULL, \
    KEY peername (peername(255)));";

fn put_bytes(decoded: &[u8]) -> Change {
    let name = ClusterPath::from_decoded(decoded).unwrap();
    Change::PutFile(FileRow { name, recorded: recorded("v1") })
}

#[test]
fn every_rule_holds_on_a_server_with_odd_settings() {
    let server = Mysql::start_with(&[
        "--sql-mode=ANSI,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH",
        "--character-set-server=ucs2",
        "--collation-server=ucs2_general_ci",
        "--default-storage-engine=Aria",
        "--transaction-isolation=SERIALIZABLE",
        "--autocommit=0",
        "--max-sort-length=64",
        "--max-allowed-packet=65536",
    ]);
    for (rule, check) in crate::conformance::all() {
        check(&*server.open(rule));
    }
}

#[test]
fn names_that_differ_in_case_or_a_space_at_the_end_or_are_no_text_are_different() {
    let server = Mysql::start();
    let store = server.open("x");
    let names: [&[u8]; 7] = [b"/A", b"/a", b"/a ", b"/a  ", b"/\xe4", b"/\xc3\xa4", b"/\xfe\xff"];
    commit(&*store, names.map(put_bytes));
    let mut wanted: Vec<_> =
        names.iter().map(|it| ClusterPath::from_decoded(it).unwrap()).collect();
    wanted.sort_by(|a, b| a.encoded().cmp(b.encoded()));
    let found: Vec<_> = files(&*store, &Scope::All).into_iter().map(|row| row.name).collect();
    assert_eq!(found, wanted);
    commit(&*store, [Change::DropFile(wanted[0].clone())]);
    assert_eq!(files(&*store, &Scope::All).len(), 6);
}

/// Names that no index can tell apart, in their order.
fn long_names() -> Vec<String> {
    let long = format!("/{}", ["d".repeat(250), "e".repeat(250), "f".repeat(250)].join("/"));
    let ends =
        ["", "/a", "/a b", "/a/b", "/b", "/z"].map(|end| format!("{long}/gggggggggggggg{end}"));
    let longest = format!("{long}/{}", "%".repeat(4_095 - long.len() - 1));
    let mut names: Vec<String> =
        ends.into_iter().chain([longest, "/a".into(), "/e".into()]).collect();
    names.sort_by_key(|it| name(it).encoded().to_vec());
    names
}

#[test]
fn names_that_are_longer_than_an_index_are_different_and_in_order() {
    let server = Mysql::start();
    let store = server.open("x");
    let names = long_names();
    let backwards = names.iter().rev();
    let both = backwards.flat_map(|it| [put(it, "v1"), mark(it, "q"), mark(it, "p")]);
    commit(&*store, both.collect::<Vec<_>>());
    assert_eq!(file_names(&*store, &Scope::All), names);
    // Behind `/a` and the longest.
    let root = name(&names[2]);
    assert_eq!(file_names(&*store, &Scope::Tree(root.clone())), names[2..names.len() - 1]);
    assert_eq!(file_names(&*store, &Scope::One(root)), names[2..3]);
    for limit in [1, 2, 5, 100] {
        let mut wanted: Vec<String> =
            names.iter().flat_map(|it| ["p", "q"].map(|peer| format!("{it}>{peer}"))).collect();
        assert_eq!(paged(&*store, None, Direction::Ascending, limit), wanted);
        wanted.reverse();
        assert_eq!(paged(&*store, None, Direction::Descending, limit), wanted);
        wanted.retain(|it| it.ends_with(">p"));
        assert_eq!(paged(&*store, Some("p"), Direction::Descending, limit), wanted);
    }
    let facts = store.facts(&[name(&names[2])]).unwrap();
    assert_eq!(owed(&facts[0].dirty).len(), 2);
    commit(&*store, [Change::Force(Scope::One(name(&names[2])))]);
    assert_eq!(dirty(&*store).iter().filter(|row| row.forced).count(), 2);
}

fn paged(store: &dyn Store, peer: Option<&str>, way: Direction, limit: usize) -> Vec<String> {
    let (mut page, mut listed) = (page(peer, way, limit), vec![]);
    loop {
        let rows = store.dirty(&page).unwrap();
        let Some(last) = rows.last() else { return listed };
        assert!(rows.len() <= limit);
        page.after = Some((last.name.clone(), last.peer.clone()));
        listed.extend(owed(&rows));
    }
}

#[test]
fn csync2s_tables_are_made_exact_and_keep_what_they_held() {
    let server = Mysql::start();
    for (kind, database) in
        [("utf8mb4 COLLATE utf8mb4_general_ci", "new"), ("latin1 COLLATE latin1_swedish_ci", "old")]
    {
        server.sql("", &format!("CREATE DATABASE {database} CHARACTER SET {kind}")).unwrap();
        let rows = "INSERT INTO file VALUES ('/a', 'v1'), ('/a', 'v2'), ('/\u{e4}', 'v1'); \
            INSERT INTO dirty VALUES ('/a', 1, 'me', 'p'), ('/a', 0, 'me', 'p'), ('/b', 0, 'me', 'p'); \
            INSERT INTO hint VALUES ('/h', 1), ('/g', 0), ('/h', 1); \
            INSERT INTO action VALUES ('/a', 'c', 'l'), ('/a', 'c', 'l'); \
            ALTER TABLE file ENGINE=MyISAM; ALTER TABLE dirty ENGINE=Aria";
        server.sql(database, &format!("{OLD}{rows}")).unwrap();
        let store = server.open(database);
        assert_eq!(file_names(&*store, &Scope::All), ["/a", "/\u{e4}"], "{kind}");
        assert_eq!(files(&*store, &Scope::All)[0].recorded, recorded("v2"));
        assert_eq!(owed(&dirty(&*store)), ["/a>p!", "/b>p"]);
        assert!(dirty(&*store).iter().all(|row| row.generation.0.is_some()));
        assert_eq!(hints(&*store), [hint("/g", false), hint("/h", true)]);
        assert_eq!(store.actions().unwrap(), [action("/a", "c", "l")]);
        commit(&*store, [put("/A", "v1"), put_bytes(b"/\xe4"), mark("/A", "p")]);
        assert_eq!(files(&*store, &Scope::All).len(), 4);
        let engines = "SELECT COUNT(*) FROM information_schema.tables WHERE engine = 'InnoDB' \
            AND table_schema = DATABASE()";
        assert_eq!(server.sql(database, engines).unwrap(), "6");
    }
}

#[test]
fn what_csync2_says_of_upgraded_tables_is_heard() {
    let server = Mysql::start();
    server.sql("", "CREATE DATABASE x").unwrap();
    server.sql("x", OLD).unwrap();
    let store = server.open("x");
    commit(&*store, [put("/a", "v1"), mark("/a", "p"), Change::AddAction(action("/a", "c", "l"))]);
    // Replacing a row, and scheduling an action twice, as csync2 does.
    let said = "DELETE FROM file WHERE filename = '/a'; \
        INSERT INTO file (filename, checktxt) VALUES ('/a', 'v2'); \
        DELETE FROM dirty WHERE filename = '/a' AND peername = 'p'; \
        INSERT INTO dirty (filename, forced, myname, peername) VALUES ('/a', 1, 'me', 'p'); \
        INSERT INTO action (filename, command, logfile) VALUES ('/a', 'c', 'l'); \
        INSERT INTO x509_cert (peername, certdata) VALUES ('p', '3082')";
    server.sql("x", said).unwrap();
    assert_eq!(files(&*store, &Scope::All)[0].recorded, recorded("v2"));
    assert_eq!(owed(&dirty(&*store)), ["/a>p!"]);
    assert_eq!(store.actions().unwrap().len(), 1);
    assert_eq!(store.pin("p").unwrap().unwrap().certificate, [0x30, 0x82]);
    commit(&*store, [Change::DropAction(action("/a", "c", "l"))]);
    assert_eq!(server.sql("x", "SELECT COUNT(*) FROM action").unwrap(), "0");
}

#[test]
fn several_programs_upgrade_at_the_same_time() {
    let server = Mysql::start();
    server.sql("", "CREATE DATABASE x").unwrap();
    let twice = "INSERT INTO file VALUES ('/a', 'v1'), ('/a', 'v1')";
    server.sql("x", &format!("{OLD}{twice}")).unwrap();
    thread::scope(|scope| {
        let opened: Vec<_> = (0..4).map(|_| scope.spawn(|| server.open("x"))).collect();
        for opened in opened {
            assert_eq!(file_names(&*opened.join().unwrap(), &Scope::All), ["/a"]);
        }
    });
}

/// The URL of a user with these rights only.
fn user(server: &Mysql, rights: &str, database: &str) -> String {
    let password = PASSWORD.replace('\'', "''");
    let sql = format!("CREATE USER small IDENTIFIED BY '{password}'; {rights}");
    server.sql("", &sql).unwrap();
    server.url(database).replace("//csync2:", "//small:")
}

#[test]
fn a_user_without_rights_is_told_the_sql_for_the_administrator() {
    let server = Mysql::start();
    let rights = "CREATE DATABASE old; GRANT SELECT, INSERT, UPDATE, DELETE ON old.* TO small";
    let url = user(&server, rights, "none_1");
    let error = open(&url).map(|_| ()).unwrap_err().to_string();
    let wanted = "CREATE DATABASE `none_1` CHARACTER SET binary; \
        GRANT ALL ON `none\\_1`.* TO `small`@`%`";
    assert!(error.contains(wanted), "{error}");
    server.sql("old", OLD).unwrap();
    let url = server.url("old").replace("//csync2:", "//small:");
    let error = open(&url).map(|_| ()).unwrap_err().to_string();
    let (_, sql) = error.split_once("run in it: ").expect("the SQL");
    server.sql("old", sql.strip_suffix(')').unwrap()).unwrap();
    let store = open(&url).unwrap();
    commit(&*store, [put("/A", "v1"), put("/a", "v1")]);
    assert_eq!(file_names(&*store, &Scope::All), ["/A", "/a"]);
}

#[test]
fn a_server_that_is_read_only_for_now_is_waited_for_and_may_be_read() {
    let server = Mysql::start();
    commit(&*server.open("x"), [put("/a", "v1")]);
    let url = user(&server, "GRANT ALL ON x.* TO small; SET GLOBAL read_only = 1", "x");
    let store = open(&url).unwrap();
    assert_eq!(file_names(&*store, &Scope::All), ["/a"]);
    thread::scope(|scope| {
        let waits = scope.spawn(|| commit(&*store, [put("/b", "v1")]));
        thread::sleep(Duration::from_millis(300));
        server.sql("", "SET GLOBAL read_only = 0").unwrap();
        waits.join().unwrap();
    });
    assert_eq!(file_names(&*store, &Scope::All), ["/a", "/b"]);
}

#[test]
fn the_unix_socket_leads_to_the_server() {
    let server = Mysql::start();
    let url = format!("mysql://csync2:{PASSWORD}@nowhere/x?socket={}", server.socket());
    commit(&*open(&url).unwrap(), [put("/a", "v1")]);
    assert_eq!(file_names(&*server.open("x"), &Scope::All), ["/a"]);
}

#[test]
fn a_row_that_is_too_large_is_refused_with_the_reason_and_a_large_list_is_parted() {
    let server = Mysql::start_with(&["--max-allowed-packet=16384"]);
    let store = server.open("x");
    let many: Vec<_> = (0..500).map(|at| put(&format!("/{at:0200}"), "v1")).collect();
    commit(&*store, many);
    assert_eq!(files(&*store, &Scope::All).len(), 500);
    let long = format!("/{}", "%".repeat(4_094));
    let error = store.commit(vec![put("/a", "v1"), put(&long, "v1")]).unwrap_err().to_string();
    assert!(error.contains("max_allowed_packet"), "{error}");
    assert_eq!(files(&*store, &Scope::All).len(), 500);
    commit(&*store, [put("/b", "v1")]);
}

#[test]
fn a_full_tablespace_loses_nothing_and_is_told() {
    let server = Mysql::start_with(&[
        "--innodb-data-file-path=ibdata1:12M;ibdata2:8M",
        "--innodb-file-per-table=0",
    ]);
    let store = server.open("x");
    commit(&*store, [put("/a", "v1")]);
    let text = format!("v1{}", "x".repeat(30_000));
    let full = (0..2_000).find_map(|round: u32| {
        let list = (0..20).map(|at| put(&format!("/{round}/{at}"), &text)).collect();
        store.commit(list).err()
    });
    let error = full.expect("it gets full");
    assert!(matches!(error, StoreError::Server { .. }), "{error:?}");
    assert!(error.to_string().contains("disk or tablespace is full"), "{error}");
    // Every list is there as a whole or not at all.
    assert_eq!(files(&*store, &Scope::All).len() % 20, 1);
}

#[test]
fn statements_that_were_ended_by_hand_and_killed_connections_in_a_group_are_made_again() {
    let server = Mysql::start();
    let store = server.open("x");
    thread::scope(|scope| {
        let writes = scope.spawn(|| {
            for round in 0..60 {
                let list: Vec<_> = (0..50)
                    .flat_map(|at| [put(&format!("/{round}/{at}"), "v1"), mark("/a", "p")])
                    .collect();
                commit(&*store, list);
            }
        });
        while !writes.is_finished() {
            server.cut("x");
        }
        writes.join().unwrap();
    });
    assert_eq!(files(&*store, &Scope::All).len(), 60 * 50);
    assert_eq!(owed(&dirty(&*store)), ["/a>p"]);
}
