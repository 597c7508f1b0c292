//! What only a server can do wrong. Each test starts one of its own.
use crate::rows::{
    checked, commit, dirty, file_names, files, hint, hints, mark, name, owed, put, recorded,
};
use csync3_core::path::ClusterPath;
use csync3_store::credentials::Environment;
use csync3_store::row::{Change, FileRow, Scope};
use csync3_store::url::DatabaseUrl;
use csync3_store::{PostgresStore, Store, StoreError};
use csync3_testkit::Postgres;
use std::thread;
use std::time::Duration;

fn open(url: &str) -> Result<PostgresStore, StoreError> {
    let url = DatabaseUrl::decide(Some(url), None, "node1", None).unwrap();
    PostgresStore::open(url.server().unwrap(), &Environment::default())
}

fn opened(server: &Postgres, database: &str) -> PostgresStore {
    open(&server.url(database)).unwrap()
}

#[test]
fn every_rule_of_a_store_holds() {
    let server = Postgres::start("C.UTF-8");
    for (rule, check) in crate::conformance::all() {
        // Names of databases are cut at 63 bytes.
        check(&opened(&server, rule));
    }
}

#[test]
fn a_missing_database_is_made_and_takes_names_that_are_no_text() {
    let server = Postgres::start("C.UTF-8");
    let odd = ClusterPath::from_decoded(b"/\xfe\xff").unwrap();
    let row = Change::PutFile(FileRow { name: odd.clone(), recorded: recorded("v1") });
    commit(&opened(&server, "Own"), [row]);
    assert_eq!(files(&opened(&server, "Own"), &Scope::All)[0].name, odd);
    let encoding = "SELECT pg_encoding_to_char(encoding), datcollate FROM pg_database \
        WHERE datname = 'Own'";
    assert_eq!(server.psql("postgres", encoding).unwrap(), "SQL_ASCII|C");
}

/// A database with UTF-8 and the order of a language, where `a` comes before `B`.
fn make_language(server: &Postgres, name: &str) {
    let sql = format!(
        "CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu \
         ICU_LOCALE 'en-US'"
    );
    server.psql("postgres", &sql).unwrap();
    assert_eq!(server.psql(name, "SELECT 'a' < 'B'").unwrap(), "t");
}

#[test]
fn every_rule_holds_in_the_order_of_a_language_but_for_names_that_are_no_text() {
    let server = Postgres::start("C.UTF-8");
    let bytes =
        ["names_need_not_be_text_and_case_matters", "everything_that_is_recorded_comes_back"];
    for (rule, check) in crate::conformance::all().filter(|(rule, _)| !bytes.contains(rule)) {
        make_language(&server, rule);
        check(&opened(&server, rule));
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
    server.psql(name, &format!("{tables}{sql}")).unwrap();
}

#[test]
fn a_database_without_keys_and_in_another_order_is_repaired() {
    let server = Postgres::start("C.UTF-8");
    make_old(
        &server,
        "old",
        "INSERT INTO file VALUES ('/a', 'v1'), ('/a', 'v2'), ('/B', 'v1'); \
         INSERT INTO dirty VALUES ('/a', 1, 'me', 'p'), ('/a', 0, 'me', 'p'), ('/B', 0, 'me', 'p'); \
         INSERT INTO hint VALUES ('/h', 1), ('/h', 1), ('/g', 0);",
    );
    let store = opened(&server, "old");
    assert_eq!(file_names(&store, &Scope::All), ["/B", "/a"]);
    assert_eq!(files(&store, &Scope::All)[1].recorded, recorded("v2"));
    assert_eq!(owed(&dirty(&store)), ["/B>p", "/a>p!"]);
    assert!(dirty(&store).iter().all(|row| row.generation.0.is_some()));
    assert_eq!(hints(&store), [hint("/g", false), hint("/h", true)]);
    commit(&store, store.hints().unwrap().into_iter().map(Change::DropHint).collect::<Vec<_>>());
    assert_eq!(server.psql("old", "SELECT count(*) FROM hint").unwrap(), "0");
    commit(&store, [put("/a", "v3"), mark("/a", "p")]);
    let texts = "SELECT checktxt FROM file ORDER BY checktxt";
    assert_eq!(server.psql("old", texts).unwrap(), "v1\nv3");
}

#[test]
fn a_name_that_a_database_cannot_hold_is_refused_with_a_remedy() {
    let server = Postgres::start("C.UTF-8");
    server.psql("postgres", "CREATE DATABASE utf8").unwrap();
    let store = opened(&server, "utf8");
    let odd = ClusterPath::from_decoded(b"/\xfe\xff").unwrap();
    let row = Change::PutFile(FileRow { name: odd, recorded: recorded("v1") });
    let error = store.commit(vec![put("/a", "v1"), row]).unwrap_err().to_string();
    assert!(error.contains("ENCODING 'SQL_ASCII'"), "{error}");
    assert_eq!(files(&store, &Scope::All), vec![]);
    commit(&store, [put("/\u{e4}", "v1")]);
    assert_eq!(file_names(&store, &Scope::All), ["/\u{e4}"]);
}

#[test]
fn a_lost_connection_and_a_crash_lose_nothing_that_was_committed() {
    let mut server = Postgres::start("C.UTF-8");
    let store = opened(&server, "x");
    commit(&store, [put("/0", "v1")]);
    let ours = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'x'";
    for number in 1..6 {
        server.psql("postgres", ours).unwrap();
        commit(&store, [put(&format!("/{number}"), "v1"), mark("/a", "p")]);
    }
    server.crash();
    thread::scope(|scope| {
        let waits = scope.spawn(|| commit(&store, [put("/6", "v1")]));
        thread::sleep(Duration::from_millis(300));
        server.restart();
        waits.join().unwrap();
    });
    assert_eq!(files(&store, &Scope::All).len(), 7);
    assert_eq!(owed(&dirty(&store)), ["/a>p"]);
}

#[test]
fn writers_that_stand_in_each_others_way_lose_nothing() {
    let server = Postgres::start("C.UTF-8");
    drop(opened(&server, "x"));
    let stores: Vec<_> = (0..4).map(|_| opened(&server, "x")).collect();
    thread::scope(|scope| {
        for (at, store) in stores.iter().enumerate() {
            scope.spawn(move || {
                for round in 0..40 {
                    // Half of them lock rows in the opposite order.
                    let mut names: Vec<_> = (0..20).map(|n| format!("/{n:02}")).collect();
                    if at % 2 == 0 {
                        names.reverse();
                    }
                    let all = names.iter().flat_map(|it| [mark(it, "p"), put(it, "v1")]);
                    commit(store, all.collect::<Vec<_>>());
                    commit(store, [mark(&format!("/{at}/{round}"), "q")]);
                }
            });
        }
    });
    assert_eq!(dirty(&stores[0]).len(), 20 + 4 * 40);
}

#[test]
fn of_two_checks_that_saw_the_same_state_one_is_told_to_look_again() {
    let server = Postgres::start("C.UTF-8");
    let (ours, theirs) = (opened(&server, "x"), opened(&server, "x"));
    for (was, now) in [(None, "v1"), (Some("v1"), "v2")] {
        let both = thread::scope(|scope| {
            let check = |store| {
                move || {
                    let store: &dyn Store = store;
                    store.commit(vec![checked("/a", was, Some(now))]).unwrap().stale.len()
                }
            };
            let one = scope.spawn(check(&ours as &dyn Store));
            let other = scope.spawn(check(&theirs as &dyn Store));
            one.join().unwrap() + other.join().unwrap()
        });
        assert_eq!(both, 1);
    }
}

#[test]
fn a_statement_that_takes_too_long_fails_whole_and_the_store_goes_on() {
    let server = Postgres::start("C.UTF-8");
    drop(opened(&server, "x"));
    server.psql("postgres", "ALTER ROLE csync2 SET statement_timeout = '300ms'").unwrap();
    let slow = "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS \
        'BEGIN PERFORM pg_sleep(30); RETURN NEW; END'; \
        CREATE TRIGGER slow BEFORE INSERT ON hint FOR EACH ROW EXECUTE FUNCTION slow()";
    server.psql("x", slow).unwrap();
    let store = opened(&server, "x");
    let list = vec![put("/a", "v1"), Change::AddHint(hint("/h", false))];
    let error = store.commit(list).unwrap_err();
    assert!(error.to_string().contains("statement_timeout"), "{error}");
    assert_eq!(files(&store, &Scope::All), vec![]);
    commit(&store, [put("/b", "v1")]);
    assert_eq!(file_names(&store, &Scope::All), ["/b"]);
}

#[test]
fn a_wrong_password_and_a_server_that_is_not_there_are_told_apart() {
    let mut server = Postgres::start("C.UTF-8");
    let wrong = server.url("x").replace("secret", "wrong");
    let error = open(&wrong).map(|_| ()).unwrap_err();
    assert!(matches!(error, StoreError::Connect { .. }), "{error:?}");
    let shown = format!("{error} {error:?}");
    assert!(shown.contains("~/.pgpass") && !shown.contains("%20word"), "{shown}");
    server.crash();
    let error = open(&server.url("x")).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("is the server running"), "{error}");
}

#[test]
fn the_version_is_another_one_once_somebody_else_has_written() {
    let server = Postgres::start("C.UTF-8");
    let (ours, theirs) = (opened(&server, "x"), opened(&server, "x"));
    let first = ours.version().unwrap();
    commit(&theirs, [put("/a", "v1")]);
    assert_ne!(ours.version().unwrap(), first);
}

#[test]
fn a_stream_holds_nobody_up_and_a_large_list_takes_few_statements() {
    let server = Postgres::start("C.UTF-8");
    let store = opened(&server, "x");
    let names: Vec<_> = (0..20_000).map(|number| format!("/{number:05}")).collect();
    let count = "CREATE TABLE counted (what TEXT); \
        CREATE FUNCTION count_it() RETURNS trigger LANGUAGE plpgsql AS \
        'BEGIN INSERT INTO counted VALUES (TG_TABLE_NAME); RETURN NULL; END'; \
        CREATE TRIGGER counts AFTER INSERT ON file EXECUTE FUNCTION count_it(); \
        CREATE TRIGGER counts AFTER INSERT ON dirty EXECUTE FUNCTION count_it()";
    server.psql("x", count).unwrap();
    commit(&store, names.iter().map(|it| checked(it, None, Some("v1"))).collect::<Vec<_>>());
    assert_eq!(server.psql("x", "SELECT count(*) FROM counted").unwrap(), "2");
    let mut rows = store.files(&Scope::All).unwrap();
    assert_eq!(rows.next().unwrap().unwrap().name, name("/00000"));
    commit(&store, [Change::DropFile(name("/19999"))]);
    assert_eq!(rows.count(), 19_999);
    drop(store.files(&Scope::All).unwrap());
    assert_eq!(files(&store, &Scope::All).len(), 19_999);
}
