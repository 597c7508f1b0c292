//! `db`: databases as a whole.
use crate::{command, csync3, lines, of_kind, pair, say};
use csync3_testkit::server::{Mysql, Postgres, Server};
use csync3_testkit::{Cluster, Node, Running};
use rusqlite::Connection;
use std::fs::{self, OpenOptions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// A host with something recorded, owed and hinted.
fn busy() -> Cluster {
    let cluster = Cluster::of(2, &csync3());
    let here = cluster.node(0);
    (0..300).for_each(|number| here.write(format!("file {number:04}"), "x"));
    here.run(&["-cr", "/"]).success();
    here.run(&["-h".as_ref(), here.path("file 0000").as_os_str()]).success();
    cluster
}

fn url(path: &Path) -> String {
    format!("sqlite3://{}", path.display())
}

fn raw(path: &Path, sql: &str) {
    Connection::open(path).expect("a database").execute_batch(sql).expect(sql);
}

/// A call without `-D`, so that nothing but the operands says which database is meant.
fn bare(node: &Node, words: &[&str]) -> csync3_testkit::Output {
    let mut command = node.bare_command();
    let host = node.name();
    command.args(words).args(["-N", host]);
    Running::start(&mut command).wait()
}

#[test]
fn rows_of_a_peer_whose_name_is_no_text_are_listed_and_removed() {
    let cluster = busy();
    let here = cluster.node(0);
    raw(
        &here.database(),
        "INSERT INTO dirty (filename, forced, myname, peername) VALUES \
         ('%25tree%25/x', 0, 'me', CAST(X'70FF' AS TEXT)), ('%25tree%25/y', 0, 'me', 'p%zz')",
    );
    let listed = here.run(&["-M"]).success().stdout;
    let is_listed = |line: &[u8]| listed.split(|it| *it == b'\n').any(|it| it == line);
    assert!(is_listed(b"chary\tme\tp\xff\t%tree%/x") && is_listed(b"chary\tme\tp\t%tree%/y"));
    here.run(&["-R"]).success();
    assert!(here.dirty().iter().all(|row| row.myname != "me"));
}

#[test]
fn a_database_is_copied_and_verified_and_a_second_run_writes_nothing() {
    let cluster = busy();
    let here = cluster.node(0);
    let target = here.dir().join("copy.db3");
    let (from, to) = (url(&here.database()), url(&target));
    let told = lines(&say(here, &["db", "copy", "--json", &from, &to]).success());
    let [copied] = &told[..] else { panic!("{told:?}") };
    assert_eq!(copied["kind"], "copied");
    assert_eq!((copied["dirty"].as_u64() >= Some(300), &copied["hints"]), (true, &1.into()));
    assert_eq!(copied["digest"].as_str().map(str::len), Some(64));
    let again = say(here, &["db", "copy", &from, &to]).success().stdout_text();
    assert!(again.contains("written now: 0, replaced: 0"), "{again}");
    assert!(again.contains(copied["digest"].as_str().expect("a digest")), "{again}");
    raw(&target, "INSERT INTO file (filename, checktxt) VALUES ('/stranger', 'v1')");
    let refused = say(here, &["db", "copy", &from, &to]).exits(1).stderr_text();
    assert!(refused.contains("the file row of /stranger") && refused.contains("--replace"));
    let replaced = say(here, &["db", "copy", "--replace", &from, &to]).success().stdout_text();
    assert!(replaced.contains("replaced: 1"), "{replaced}");
    let missing = say(here, &["db", "copy", "sqlite3:///none/x.db3", &to]).exits(1).stderr_text();
    assert!(missing.contains("cannot open database /none/x.db3"), "{missing}");
    let same = say(here, &["db", "copy", &from, &from]).exits(1).stderr_text();
    assert!(same.contains("to itself"), "{same}");
}

#[test]
fn a_host_goes_on_with_the_copy_of_its_database() {
    let cluster = busy();
    let (here, there) = (cluster.node(0), cluster.node(1));
    let target = here.dir().join("copy.db3");
    say(here, &["db", "copy", &url(&here.database()), &url(&target)]).success();
    fs::rename(&target, here.database()).expect("the copy takes its place");
    there.serve();
    here.run(&["-u"]).success();
    assert_eq!(there.read("file 0299"), b"x");
    assert!(here.dirty().is_empty());
}

#[test]
fn a_check_names_what_nobody_needs_and_writes_nothing() {
    let cluster = busy();
    let here = cluster.node(0);
    let nothing = say(here, &["db", "check"]).success();
    assert_eq!(nothing.stdout_text(), "");
    raw(
        &here.database(),
        "INSERT INTO dirty (filename, forced, myname, peername) VALUES ('/x', 0, 'me', 'gone');
         INSERT INTO file (filename, checktxt) VALUES ('/uncovered', 'v1'),
            ('%25other%25/x', 'v1'), ('%25tree%25/a b', 'v1'), ('%25tree%25/odd', 'nonsense');
         INSERT INTO x509_cert VALUES ('gone', 'AB');
         PRAGMA wal_checkpoint(TRUNCATE);",
    );
    let before = fs::read(here.database()).expect("the database");
    let output = say(here, &["db", "check"]).exits(1).stdout_text();
    for (part, remedy) in [
        ("warning: orphan: dirty: 1 of its rows, /x for one: owed to gone", "csync3 clean"),
        ("warning: orphan: file: 1 of its rows, /uncovered for one: no group", "csync3 clean"),
        ("warning: orphan: file: 1 of its rows, %other%/x for one: prefix other", "define"),
        ("problem: encoding: file: 1 of its rows, %tree%/a b for one", "SQL"),
        ("problem: values: file: 1 of its rows, %tree%/odd for one", "csync3 check -r /"),
        ("warning: orphan: x509_cert of gone: the certificate", "csync3 cert forget gone"),
    ] {
        let line = output.lines().find(|line| line.starts_with(part));
        assert!(line.is_some_and(|line| line.contains(remedy)), "{part}: {output}");
    }
    assert_eq!(output.lines().count(), 6, "{output}");
    let told = lines(&say(here, &["db", "check", "--json", &url(&here.database())]).exits(1));
    assert_eq!(of_kind(&told, "finding").len(), 6);
    assert_eq!(fs::read(here.database()).expect("the database"), before);
}

#[test]
fn an_upgrade_shows_its_statements_and_a_vacuum_what_it_gave_back() {
    let cluster = busy();
    let here = cluster.node(0);
    let old = here.dir().join("old.db3");
    raw(
        &old,
        "CREATE TABLE file (\tfilename, checktxt,\tUNIQUE ( filename ) ON CONFLICT REPLACE);
         CREATE TABLE dirty (\tfilename, forced, myname, peername,\tUNIQUE ( filename, peername ) ON CONFLICT IGNORE);",
    );
    let shown = bare(here, &["db", "upgrade", "--dry-run", &url(&old)]).success().stdout_text();
    assert!(shown.contains("ALTER TABLE dirty ADD COLUMN generation INTEGER;\n"), "{shown}");
    let note = say(here, &["db", "check", &url(&old)]).success().stdout_text();
    assert!(note.contains("note: schema") && note.contains("csync3 db upgrade"), "{note}");
    let told = lines(&bare(here, &["db", "upgrade", "--json", &url(&old)]).success());
    assert_eq!(told.len(), shown.lines().count());
    assert!(told.iter().all(|line| line["done"] == true && line["kind"] == "statement"));
    let none = bare(here, &["db", "upgrade", &url(&old)]).success();
    assert_eq!(none.stdout_text(), "");
    assert!(none.stderr_text().contains("nothing is missing"), "{}", none.stderr_text());
    let smaller = say(here, &["db", "vacuum"]).success().stdout_text();
    assert!(smaller.contains(" KiB before, ") && smaller.contains(" now\n"), "{smaller}");
    let told = lines(&bare(here, &["db", "vacuum", "--json", &url(&old)]).success());
    assert_eq!(told[0]["kind"], "vacuumed");
}

/// Overwrites a page of the table of recorded files.
fn damage(database: &Path) {
    let page: i64 = {
        let open = Connection::open(database).expect("a database");
        let sql = "SELECT pageno FROM dbstat WHERE name = 'file' AND pagetype = 'leaf' \
            ORDER BY pageno LIMIT 1 OFFSET 1";
        open.query_row(sql, [], |row| row.get(0)).expect("a second leaf")
    };
    let file = OpenOptions::new().write(true).open(database).expect("the database");
    let at = (page.unsigned_abs() - 1) * 4_096;
    file.write_all_at(&[0xa5; 4_096], at).expect("it is written");
}

fn set_aside(database: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(database.parent().expect("a directory")).expect("a directory");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.filter(|path| path.display().to_string().contains(".damaged-")).collect()
}

#[test]
fn a_damaged_database_is_told_set_aside_and_rebuilt_and_no_mark_is_lost() {
    let cluster = busy();
    let (here, there) = (cluster.node(0), cluster.node(1));
    let owed = here.dirty().len();
    damage(&here.database());
    let told = here.run(&["-L"]).exits(1).stderr_text();
    assert!(told.contains("the file is damaged") && told.contains("csync3 db rebuild"), "{told}");
    let found = say(here, &["db", "check"]).exits(1).stdout_text();
    assert!(
        found.contains("problem: integrity:") && found.contains("csync3 db rebuild"),
        "{found}"
    );
    let output = say(here, &["db", "rebuild"]).success();
    let [aside] = &set_aside(&here.database())[..] else { panic!("one file is set aside") };
    let said = output.stdout_text();
    assert!(said.contains(&aside.display().to_string()), "{said}");
    assert!(said.contains(&format!("dirty: {owed} rows were saved, which is all\n")), "{said}");
    assert!(said.contains("are known to be lost"), "{said}");
    let advice = output.stderr_text();
    assert!(
        advice.contains("csync3 check --init -r /") && advice.contains("csync3 diff"),
        "{advice}"
    );
    assert_eq!(here.dirty().len(), owed);
    let sound = say(here, &["db", "rebuild"]).success().stderr_text();
    assert!(sound.contains("is not damaged"), "{sound}");
    // What the advice comes to: nothing new is marked, and what was owed arrives.
    say(here, &["check", "--init", "-r", "/"]).success();
    assert_eq!(here.dirty().len(), owed);
    there.serve();
    say(here, &["push"]).success();
    say(here, &["diff"]).exits(2);
}

#[test]
fn a_rebuild_is_told_to_machines_and_refused_while_a_daemon_runs() {
    let cluster = pair();
    let (here, there) = (cluster.node(0), cluster.node(1));
    (0..300).for_each(|number| here.write(format!("file {number:04}"), "x"));
    here.run(&["-x"]).success();
    let refused = say(there, &["db", "rebuild"]).exits(1).stderr_text();
    assert!(refused.contains("other programs have it open"), "{refused}");
    there.stop();
    damage(&there.database());
    let mut command = command(there, &["db", "rebuild", "--json"]);
    let told = lines(&Running::start(&mut command).wait().success());
    assert_eq!(told.len(), 6, "{told:?}");
    assert_eq!((&told[0]["kind"], &told[0]["table"]), (&"saved".into(), &"dirty".into()));
    let server = say(there, &["db", "rebuild", "pgsql://db/x"]).exits(1).stderr_text();
    assert!(server.contains("it is on a server"), "{server}");
}

#[test]
fn a_database_goes_to_postgresql_and_back_and_is_the_same() {
    goes_and_comes_back(&Postgres::start(), "does not exist");
}

#[test]
fn a_database_goes_to_mariadb_and_back_and_is_the_same() {
    goes_and_comes_back(&Mysql::start(), "Unknown database");
}

fn goes_and_comes_back(server: &impl Server, unknown: &str) {
    let cluster = busy();
    let (here, there) = (cluster.node(0), cluster.node(1));
    let odd = here.root().join(std::ffi::OsStr::from_bytes(b"odd-\xff"));
    fs::write(odd, "x").expect("the node's own tree");
    here.run(&["-cr", "/"]).success();
    here.run(&["-f".as_ref(), here.path("file 0001").as_os_str()]).success();
    let back = here.dir().join("back.db3");
    let (own, on_server, back) = (url(&here.database()), server.url("own"), url(&back));
    let digest = |from: &str, to: &str| {
        let told = lines(&say(here, &["db", "copy", "--json", from, to]).success());
        told[0]["digest"].as_str().expect("a digest").to_owned()
    };
    let first = digest(&own, &on_server);
    assert_eq!(digest(&on_server, &back), first);
    assert_eq!(digest(&own, &back), first, "nothing was lost on the way");
    // Rows that the copy did not reach are added by the next run.
    server.sql("own", "DELETE FROM dirty WHERE filename > '%25tree%25/file%200100'").expect("gone");
    let again = say(here, &["db", "copy", &own, &on_server]).success().stdout_text();
    assert!(again.contains("replaced: 0") && again.contains(&first), "{again}");
    let found = say(here, &["db", "check", &on_server]).success();
    assert_eq!(found.stdout_text(), "");
    say(here, &["db", "vacuum", &on_server]).success();
    let shown = say(here, &["db", "check", "--json", &on_server]).success();
    let said = [shown.stdout_text(), shown.stderr_text(), again].concat();
    assert!(!said.contains("secret"), "no password is shown: {said}");
    let none = say(here, &["db", "copy", &server.url("none"), &back]).exits(1).stderr_text();
    assert!(none.contains(unknown), "{none}");
    there.serve();
    let mut push = here.bare_command();
    push.args([
        "push",
        "-D",
        &on_server,
        "-N",
        here.name(),
        "-p",
        &here.address().port().to_string(),
    ]);
    Running::start(&mut push).wait().success();
    assert_eq!(there.read("file 0299"), b"x");
}
