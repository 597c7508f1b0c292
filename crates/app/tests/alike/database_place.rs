//! Which database a call uses: `-D`, the `database` statement, and their forms.
use crate::call::{Call, fill};
use crate::differences::assert_documented;
use crate::scene::{Scene, csync3};
use csync3_testkit::Program;
use std::collections::BTreeSet;
use std::fs;

/// The files that a call makes below `db`, without SQLite's own companions.
fn files(scene: &Scene) -> BTreeSet<String> {
    let entries = fs::read_dir(scene.host().dir().join("db")).expect("the node's own directory");
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| !name.ends_with("-wal") && !name.ends_with("-shm")).collect()
}

/// Demands that both programs keep their database in this file, and find it again.
#[track_caller]
fn assert_place(scene: &Scene, options: &[&str], file: &str) {
    let call = |words: &[&str]| {
        Call::bare(&[&["-N", "@me"][..], options, words].concat()).within("@node/db")
    };
    for program in [csync3(), Program::Csync2] {
        scene.put_back();
        scene.run(&call(&["-h", "@tree/a"]), &program).exits(0);
        let expected = BTreeSet::from([fill(&scene.cluster, file)]);
        assert_eq!(files(scene), expected, "{program:?} {options:?}");
        let list = scene.run(&call(&["-H"]), &Program::Csync2);
        assert!(list.exits(0).stdout.starts_with("0\\t"), "{options:?}");
        scene.run(&call(&["-H"]), &csync3()).exits(0).prints(&list.stdout);
    }
    scene.put_back();
}

#[test]
fn a_directory_a_file_and_every_form_of_address() {
    let scene = Scene::alone();
    scene.keep();
    assert_place(&scene, &["-D", "@node/db"], "@me.db3");
    assert_place(&scene, &["-D", "@node/db/"], "@me.db3");
    assert_place(&scene, &["-D", "sqlite3://@node/db"], "@me.db3");
    assert_place(&scene, &["-D", "sqlite://@node/db"], "@me.db3");
    assert_place(&scene, &["-D", "sqlite3://@node/db/own.file"], "own.file");
    assert_place(&scene, &["-D", "sqlite://@node/db/own.file"], "own.file");
    assert_place(&scene, &["-D", "own.file"], "own.file");
}

#[test]
fn the_statement_counts_if_the_option_is_absent_and_the_first_one_wins() {
    let scene = Scene::alone();
    scene.keep();
    let file = scene.host().system_dir().join("csync2.cfg");
    let text = fs::read_to_string(file).expect("the cluster wrote it");
    let statements = "database sqlite3://@node/db/first.db;\ndatabase @node/nowhere;\n";
    let statements = fill(&scene.cluster, statements);
    scene.host().write_system_file("csync2.cfg", &format!("{text}{statements}"));
    assert_place(&scene, &[], "first.db");
    assert_place(&scene, &["-D", "@node/db"], "@me.db3");
}

#[test]
fn places_that_cannot_be() {
    let scene = Scene::alone();
    let at = |place: &str| Call::bare(&["-N", "@me", "-D", place, "-M"]);
    for (place, message) in [
        ("@node/nowhere", "Can't open database: sqlite3://@node/nowhere/@me.db3"),
        ("@node/nowhere/file", "Can't open database: sqlite3://@node/nowhere/file/@me.db3"),
        ("sqlite3://@node/nowhere/file", "Can't open database: sqlite3://@node/nowhere/file"),
        ("sqlite2://@node/db", "Can't open database: sqlite2://@node/db"),
        ("x://y/z", "Unknown database scheme: x://y/z"),
    ] {
        let both = scene.both(at(place));
        assert!(both.differences().is_empty(), "{place}: {:?}", both.differences());
        both.csync2.exits(1).says(&fill(&scene.cluster, message));
        // Row "Reason of a problem": its words say what is missing.
        assert_documented("Reason of a problem");
        both.csync3.exits(1).says("database ");
    }
}

#[test]
fn a_file_that_is_no_database_is_refused_and_stays_as_it_is() {
    let scene = Scene::alone();
    fs::write(
        scene.host().database(),
        "this is a text, and longer than a header of SQLite has to be: \
        it begins with other words, and it goes on for more than one hundred bytes in all",
    )
    .expect("the node's own directory");
    for program in [csync3(), Program::Csync2] {
        let output = csync3_testkit::Running::start(
            &mut Call::from(&["-M"]).command(&scene.cluster, &program),
        );
        let output = output.wait();
        assert_eq!(output.code(), Some(1), "{output}");
        assert!(output.stdout.is_empty(), "{output}");
        let text = fs::read_to_string(scene.host().database()).expect("it is still there");
        assert!(text.starts_with("this is a text"), "{program:?}");
    }
}
