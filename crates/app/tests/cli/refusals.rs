//! What ends a run before it begins.
use super::call;
use std::fs;
use std::path::Path;

#[test]
fn the_lock_file_stops_every_call_but_a_new_key() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let system_dir = directory.path();
    let lock = system_dir.join("csync2.lock");
    fs::create_dir(&lock).expect("any type of file locks");
    let found = format!("Found {}\n", lock.display());
    for words in [&["-c"][..], &["-z"], &[], &["-ii"], &["-T"]] {
        let told = call(system_dir, words);
        assert_eq!(told, (Some(1), found.clone(), String::new()), "{words:?}");
    }
    let key = system_dir.join("key");
    let words = ["-k", key.to_str().expect("a UTF-8 path")];
    assert_eq!(call(system_dir, &words).0, Some(0));
    assert!(key.exists());
}

#[test]
fn names_and_values_are_refused_without_the_usage_text() {
    let long = "n".repeat(256);
    for (words, told) in [
        (&["-c", "-C", "Web"][..], "Config names are limited to [a-z0-9]+.\n"),
        (&["-R", "-G", "web"], "Never run -R with -G!\n"),
        (&["-x", "--jobs", "0"], "cannot use '0' for --jobs: a number from 1 is expected\n"),
        (&["-c", "-N", &long], &*format!("cannot use '{long}' as the name of this host\n")),
    ] {
        let found = call(Path::new("/nonexistent"), words);
        assert_eq!(found, (Some(1), String::new(), told.to_owned()), "{words:?}");
    }
}
