//! What comes first: the key, the lock file, options, the configuration, the database.
use crate::call::Call;
use crate::outcome::Outcome;
use crate::scene::{Scene, csync3};
use csync3_testkit::Program;
use std::fs;
use std::os::unix::fs::PermissionsExt;

#[test]
fn the_lock_file_stops_every_call_before_its_options_are_read() {
    let scene = Scene::alone();
    let lock = scene.host().system_dir().join("csync2.lock");
    let found = format!("Found {}\n", lock.display());
    let make: [&dyn Fn(); 3] = [
        &|| fs::write(&lock, "").expect("a file"),
        &|| fs::create_dir(&lock).expect("a directory"),
        &|| drop(std::os::unix::net::UnixListener::bind(&lock).expect("a socket")),
    ];
    for make in make {
        make();
        for words in
            [&["-c"][..], &["-M"], &["-Z"], &["-uc"], &["-ii"], &["-i"], &["-T"], &["-S", "x"]]
        {
            scene.alike(words).exits(1).prints(&found).is_silent();
        }
        scene.alike(Call::bare(&[])).exits(1).prints(&found);
        match lock.is_dir() {
            true => fs::remove_dir(&lock).expect("it was just made"),
            false => fs::remove_file(&lock).expect("it was just made"),
        }
    }
    scene.alike(&["-c"]).exits(0);
}

#[test]
fn a_lock_that_is_a_dangling_link() {
    let scene = Scene::alone();
    let lock = scene.host().system_dir().join("csync2.lock");
    std::os::unix::fs::symlink("nowhere", lock).expect("the node's own");
    scene.alike(&["-M"]);
}

/// What a key file is: its length, its characters, its mode.
fn key_of(
    scene: &Scene,
    program: &Program,
    words: &[&str],
) -> (Outcome, Option<(usize, bool, u32)>) {
    let file = scene.host().dir().join("new.key");
    let outcome = scene.run(&Call::bare(words), program);
    let key = fs::read(&file).ok().map(|text| {
        let legal = |byte: &u8| byte.is_ascii_alphanumeric() || b"._".contains(byte);
        let is_key =
            text.split_last() == Some((&b'\n', &text[..64])) && text[..64].iter().all(legal);
        let mode = fs::metadata(&file).expect("it was just read").permissions().mode();
        (text.len(), is_key, mode & 0o7777)
    });
    let _ = fs::remove_file(&file);
    (outcome, key)
}

#[test]
fn a_new_key_needs_nothing_and_heeds_no_lock() {
    let scene = Scene::alone();
    let nowhere = Call::bare(&["-k", "@node/nowhere/new.key"]);
    fs::write(scene.host().system_dir().join("csync2.cfg"), "broken").expect("the node's own");
    fs::write(scene.host().system_dir().join("csync2.lock"), "").expect("the node's own");
    for program in [csync3(), Program::Csync2] {
        for file in ["new.key", "@node/new.key", "@node/db/../new.key"] {
            let (outcome, key) = key_of(&scene, &program, &["-k", file]);
            outcome.exits(0).prints("").is_silent();
            assert_eq!(key, Some((65, true, 0o600)), "{program:?}");
        }
    }
    let there = ["-k", "@system/all.key"];
    let both = scene.both(Call::bare(&there));
    let words = "Can't create key file: File exists\n";
    assert_eq!(
        (both.csync2.exits(1).stderr.as_str(), both.csync3.exits(1).stderr.as_str()),
        (words, words)
    );
    let both = scene.both(nowhere);
    let words = "Can't create key file: No such file or directory\n";
    assert_eq!(
        (both.csync2.exits(1).stderr.as_str(), both.csync3.exits(1).stderr.as_str()),
        (words, words)
    );
}

#[test]
fn a_key_is_only_written_by_a_call_of_exactly_this_form() {
    let scene = Scene::alone();
    for words in [
        &["-k"][..],
        &["-knew.key"],
        &["-v", "-k", "new.key"],
        &["-k", "new.key", "-v"],
        &["-k", "new.key", "x"],
    ] {
        for program in [csync3(), Program::Csync2] {
            let (outcome, key) = key_of(&scene, &program, words);
            outcome.exits(1);
            assert_eq!(key, None, "{program:?} {words:?}");
        }
    }
}

#[test]
fn options_come_before_the_configuration_and_the_configuration_before_the_database() {
    let scene = Scene::alone();
    let host = scene.host();
    host.write_system_file("csync2.cfg", "broken");
    let usage = scene.both(&["-uc"]);
    assert!(usage.csync2.stdout.contains("Version: ") && usage.csync3.stdout.contains("Version: "));
    let nowhere = Call::bare(&["-N", "@me", "-D", "@node/nowhere", "-M"]);
    scene.alike(nowhere.clone()).exits(1).says("Near line 1: syntax error");
    fs::remove_file(host.system_dir().join("csync2.cfg")).expect("it was just written");
    scene.alike(nowhere).exits(1).says("Can not open config file");
    assert!(!host.database().exists());
}

#[test]
fn membership_is_judged_before_the_database_is_opened() {
    let scene = Scene::alone();
    scene
        .alike(Call::bare(&["-N", "stranger", "-D", "@node/nowhere", "-M"]))
        .exits(1)
        .says("This host (stranger) is not a member of any configured group.");
    scene.alike(Call::bare(&["-N", "stranger", "-D", "@node/db", "-M"])).exits(1);
    assert!(!scene.host().dir().join("db/stranger.db3").exists());
}

#[test]
fn tables_are_made_by_the_first_call_of_any_mode() {
    for words in [&["-H"][..], &["-R"], &["-o"], &["-u"], &["-f"], &["-m"], &["-c"], &["-h"]] {
        let scene = Scene::alone();
        let outcome = scene.alike(words);
        for table in ["action", "dirty", "file", "hint", "x509_cert"] {
            outcome.has(0, table);
        }
    }
}

#[test]
fn actions_run_at_the_end_of_what_may_schedule_them() {
    let scene = Scene::alone();
    let file = scene.host().system_dir().join("csync2.cfg");
    let text = fs::read_to_string(file).expect("the cluster wrote it");
    let action =
        "include %tree%; action { pattern %tree%/a; exec \"echo got %%\"; logfile LOG; do-local; }";
    let log = scene.host().dir().join("db/log");
    let action = action.replace("LOG", &log.display().to_string());
    scene.host().write_system_file("csync2.cfg", &text.replace("include %tree%;", &action));
    let told = || fs::read_to_string(&log).unwrap_or_default();
    scene.keep();
    for (program, words) in
        [(csync3(), "got %25tree%25/a\n"), (Program::Csync2, "got %25tree%25/a\n")]
    {
        scene.put_back();
        scene.run(&Call::from(&["-c", "@tree/a", "@tree/dir"]), &program).exits(0).has(0, "action");
        assert_eq!(told(), words, "{program:?}");
    }
}

#[test]
fn a_list_leaves_the_actions_of_others_alone() {
    let scene = Scene::alone();
    scene.prepare(&["-c", "@tree/a"]);
    let database = rusqlite::Connection::open(scene.host().database()).expect("csync2's database");
    let insert = "INSERT INTO action (filename, command, logfile) VALUES ('%25tree%25/a', 'true', '/dev/null')";
    database.execute(insert, []).expect("csync2's table");
    drop(database);
    let both = scene.differs("D31", &["-M"]);
    both.csync2.exits(0).has(0, "action");
    both.csync3.exits(0).has(1, "action");
}
