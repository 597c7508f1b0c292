//! One database on a server, csync2 and csync3: each finds what the other wrote.
use crate::interop::{Host, dirty_list, file_list};
use crate::rows::{clear, commit, dirty, mark, put};
use crate::server::{Mysql, Opener, Postgres, Server};
use csync3_store::Store;

fn assert_lists_equal(host: &Host, database: &str, store: &dyn Store) {
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let csync2 = |option| text(host.csync2_on(database, &[option]));
    assert_eq!(csync2("-L"), text(file_list(store)));
    // csync2 leaves the order of the peers of a name to the server.
    let sorted = |text: String| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(csync2("-M")), sorted(text(dirty_list(store))));
}

/// csync2 and csync3 take turns at a database that csync3 has made.
fn take_turns<S: Server>() {
    let (server, host) = (S::start(), Host::new());
    let database = server.plain_url("both");
    let store = server.open("both");
    host.fill();
    host.csync2_on(&database, &["-cr", "/"]);
    assert!(dirty(&*store).len() > 10);
    assert_lists_equal(&host, &database, &*store);
    let served = dirty(&*store);
    let tree = host.shown("tree");
    commit(&*store, [clear(&served[0]), put(&format!("{tree}/new"), "v1"), mark(&tree, "node2")]);
    assert_lists_equal(&host, &database, &*store);
    host.csync2_on(&database, &["-f", "-r", &tree]);
    assert!(dirty(&*store).iter().any(|row| row.forced));
    std::fs::write(format!("{tree}/a b"), "more than before").unwrap();
    host.csync2_on(&database, &["-cr", "/"]);
    assert_lists_equal(&host, &database, &*store);
    // What csync2 has marked again is not cleared by who served the old state.
    let before = dirty(&*store).len();
    commit(&*store, served.iter().map(clear).collect::<Vec<_>>());
    assert!(dirty(&*store).len() < before && !dirty(&*store).is_empty());
}

#[test]
fn csync2_and_csync3_take_turns_at_a_postgresql_database() {
    take_turns::<Postgres>();
}

#[test]
fn csync2_and_csync3_take_turns_at_a_mariadb_database() {
    take_turns::<Mysql>();
}

#[test]
fn a_postgresql_database_that_csync2_has_made_is_used_by_both() {
    let (server, host) = (Postgres::start(), Host::new());
    let database = server.plain_url("old");
    std::fs::write(host.shown("tree/A"), "x").unwrap();
    std::fs::write(host.shown("tree/a"), "x").unwrap();
    host.csync2_on(&database, &["-cr", "/"]);
    let store = server.open("old");
    assert_lists_equal(&host, &database, &*store);
    let new = host.shown("tree/new");
    commit(&*store, [put(&new, "v1"), mark(&new, "node3")]);
    assert_lists_equal(&host, &database, &*store);
}

#[test]
fn a_mariadb_database_that_csync2_could_not_make_is_completed_and_used_by_both() {
    let (server, host) = (Mysql::start(), Host::new());
    let database = server.plain_url("old");
    // It does not quote a word that MariaDB has reserved since, so it stops at its fourth table.
    let refused = host.run_csync2(&database, &["-cr", "/"]);
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(told.contains("Creating hint table"), "{told}");
    let tables = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()";
    assert_eq!(server.sql("old", tables).unwrap(), "3");
    let store = server.open("old");
    for file in ["tree/A", "tree/a", "tree/\u{e4}"] {
        std::fs::write(host.shown(file), file).unwrap();
    }
    host.csync2_on(&database, &["-cr", "/"]);
    let listed = String::from_utf8_lossy(&file_list(&*store)).into_owned();
    for name in ["/A\n", "/a\n", "/\u{e4}\n"] {
        assert!(listed.contains(name), "{listed}");
    }
    assert_lists_equal(&host, &database, &*store);
}
