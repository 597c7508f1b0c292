//! What only a PostgreSQL server can do wrong. Each test starts one of its own.
use crate::rows::{commit, dirty, file_names, files, hint, hints, mark, owed, put, recorded};
use crate::server::{Opener, Postgres, Server};
use csync3_core::path::ClusterPath;
use csync3_store::row::{Change, FileRow, Scope};

#[test]
fn a_missing_database_is_made_and_takes_names_that_are_no_text() {
    let server = Postgres::start();
    let odd = ClusterPath::from_decoded(b"/\xfe\xff").unwrap();
    let row = Change::PutFile(FileRow { name: odd.clone(), recorded: recorded("v1") });
    commit(&*server.open("Own"), [row]);
    assert_eq!(files(&*server.open("Own"), &Scope::All)[0].name, odd);
    let encoding = "SELECT pg_encoding_to_char(encoding), datcollate FROM pg_database \
        WHERE datname = 'Own'";
    assert_eq!(server.sql("", encoding).unwrap(), "SQL_ASCII|C");
}

/// A database with UTF-8 and the order of a language, where `a` comes before `B`.
fn make_language(server: &Postgres, name: &str) {
    let sql = format!(
        "CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu \
         ICU_LOCALE 'en-US'"
    );
    server.sql("", &sql).unwrap();
    assert_eq!(server.sql(name, "SELECT 'a' < 'B'").unwrap(), "t");
}

#[test]
fn every_rule_holds_in_the_order_of_a_language_but_for_names_that_are_no_text() {
    let server = Postgres::start();
    let bytes = [
        "names_need_not_be_text_and_case_matters",
        "everything_that_is_recorded_comes_back",
        "peers_whose_stored_names_are_odd_are_paged_and_cleared",
    ];
    for (rule, check) in crate::conformance::all().filter(|(rule, _)| !bytes.contains(rule)) {
        make_language(&server, rule);
        check(&*server.open(rule));
    }
}

/// csync2's tables in a database with UTF-8 and the order of a language.
fn make_old(server: &Postgres, name: &str, sql: &str) {
    make_language(server, name);
    let tables = "CREATE TABLE file (filename TEXT NOT NULL, checktxt TEXT NOT NULL); \
        CREATE TABLE dirty (filename TEXT NOT NULL, forced INTEGER NOT NULL, \
        myname TEXT NOT NULL, peername TEXT NOT NULL); \
        CREATE TABLE hint (filename TEXT NOT NULL, recursive INTEGER NOT NULL); \
        CREATE TABLE action (filename TEXT NOT NULL, command TEXT NOT NULL, \
        logfile TEXT NOT NULL); \
        CREATE TABLE x509_cert (peername TEXT NOT NULL, certdata TEXT NOT NULL, UNIQUE (peername));";
    server.sql(name, &format!("{tables}{sql}")).unwrap();
}

#[test]
fn a_database_without_keys_and_in_another_order_is_repaired() {
    let server = Postgres::start();
    make_old(
        &server,
        "old",
        "INSERT INTO file VALUES ('/a', 'v1'), ('/a', 'v2'), ('/B', 'v1'); \
         INSERT INTO dirty VALUES ('/a', 1, 'me', 'p'), ('/a', 0, 'me', 'p'), ('/B', 0, 'me', 'p'); \
         INSERT INTO hint VALUES ('/h', 1), ('/h', 1), ('/g', 0);",
    );
    let store = server.open("old");
    assert_eq!(file_names(&*store, &Scope::All), ["/B", "/a"]);
    assert_eq!(files(&*store, &Scope::All)[1].recorded, recorded("v2"));
    assert_eq!(owed(&dirty(&*store)), ["/B>p", "/a>p!"]);
    assert!(dirty(&*store).iter().all(|row| row.generation.0.is_some()));
    assert_eq!(hints(&*store), [hint("/g", false), hint("/h", true)]);
    commit(&*store, store.hints().unwrap().into_iter().map(Change::DropHint).collect::<Vec<_>>());
    assert_eq!(server.sql("old", "SELECT count(*) FROM hint").unwrap(), "0");
    commit(&*store, [put("/a", "v3"), mark("/a", "p")]);
    let texts = "SELECT checktxt FROM file ORDER BY checktxt";
    assert_eq!(server.sql("old", texts).unwrap(), "v1\nv3");
}

#[test]
fn a_name_that_a_database_cannot_hold_is_refused_with_a_remedy() {
    let server = Postgres::start();
    server.sql("", "CREATE DATABASE utf8").unwrap();
    let store = server.open("utf8");
    let odd = ClusterPath::from_decoded(b"/\xfe\xff").unwrap();
    let row = Change::PutFile(FileRow { name: odd, recorded: recorded("v1") });
    let error = store.commit(vec![put("/a", "v1"), row]).unwrap_err().to_string();
    assert!(error.contains("ENCODING 'SQL_ASCII'"), "{error}");
    assert_eq!(files(&*store, &Scope::All), vec![]);
    commit(&*store, [put("/\u{e4}", "v1")]);
    assert_eq!(file_names(&*store, &Scope::All), ["/\u{e4}"]);
}
