//! What cannot be meant, in csync2's words; and doubts.
use super::{Files, KEY, config, group, messages, setting};
use crate::config::{Auto, Config, Durability, Key, KeyError};

#[test]
fn faults_are_named_in_csync2s_words() {
    let unknown = "Config error: Unknown auto-setting 'First' (use 'none', 'younger', 'older', \
                   'bigger', 'smaller', 'left' or 'right').";
    for (text, message) in [
        ("group g { host you; }", "Config error: every group must have a key."),
        ("group g { key k; key k; }", "Config error: a group might only have one key."),
        (
            "group g { key k; auto none; auto none; }",
            "Config error: a group might only have one auto-setting.",
        ),
        ("group g { key nope; }", "Config error: Can't read keyfile /etc/nope."),
        ("group g { key /nope; }", "Config error: Can't read keyfile /nope."),
        ("group g { key k; auto First; }", unknown),
        ("ignore mode;", "Config error: Unknown 'ignore' porperty: 'mode'."),
        ("prefix p { on nobody: rel; }", "Config error: Prefix 'rel' is not an absolute path."),
        (
            "no-cygwin-lowercase;",
            "Config error: Found 'nocygwinlowercase' but this is not a cygwin csync2.",
        ),
        ("group g { key k; host \"a b\"; }", "Config error: 'a b' is not a host name."),
    ] {
        assert_eq!(messages(&Files::new(text)), [message], "{text}");
    }
}

#[test]
fn a_missing_main_file_is_named_with_the_systems_reason() {
    let path = std::path::Path::new("/nowhere.cfg");
    let errors = crate::config::load(path, &setting(), &Files::new("")).expect_err("a fault");
    assert_eq!(
        errors.to_string(),
        "Can not open config file `/nowhere.cfg': No such file or directory"
    );
    assert_eq!(errors.texts[0].path, path);
}

#[test]
fn a_key_file_that_holds_no_key_is_refused() {
    let verdict =
        |text: &[u8]| messages(&Files::new("group g { key bad; }").with("/etc/bad", text));
    assert_eq!(verdict(b""), ["Config error: Can't read keyfile /etc/bad."]);
    let short = ["Config error: Key in file /etc/bad is too short."];
    assert_eq!(verdict(b"\n"), short);
    assert_eq!(verdict(&KEY[..31]), short);
    assert_eq!(verdict(b"a-b"), ["Unallowed character '-' in key file /etc/bad."]);
    let windows = [KEY, b"\r\n"].concat();
    assert_eq!(verdict(&windows), ["Unallowed character '\\r' in key file /etc/bad."]);
}

#[test]
fn a_key_is_the_first_line_and_at_most_1023_bytes_of_it() {
    let key = |text: &[u8]| Key::parse(text).map(|key| key.as_bytes().to_vec());
    assert_eq!(key(&[KEY, b"\n-- anything"].concat()), Ok(KEY.to_vec()));
    assert_eq!(key(&[b'a'; 3000]), Ok(vec![b'a'; 1023]));
    assert_eq!(key(b"\n"), Err(KeyError::Short { length: 0 }));
}

#[test]
fn a_key_never_shows_itself() {
    let key = Key::parse(KEY).expect("a key");
    assert_eq!(format!("{key:?}"), "Key(hidden)");
    assert!(key.matches(KEY) && !key.matches(&KEY[1..]) && !key.matches(b""));
    let shown = format!("{:?}", group(""));
    assert!(!shown.contains("kkkk"), "{shown}");
}

#[test]
fn faults_of_several_groups_are_found_in_one_run() {
    let text = "group a { host me; }\ngroup b { key nope; auto x; }\nignore y;";
    assert_eq!(messages(&Files::new(text)).len(), 4);
}

#[test]
fn the_key_of_a_group_without_this_host_is_checked_too() {
    let text = "group g { host you; key nope; }";
    assert_eq!(messages(&Files::new(text)), ["Config error: Can't read keyfile /etc/nope."]);
}

#[test]
fn doubts_are_warnings() {
    for (text, message) in [
        ("group g { key k; include a/b; }", "pattern 'a/b' matches nothing"),
        ("group g { key k; include %q%/x; }", "prefix 'q' is not defined anywhere"),
        ("group g { key k; host you you; }", "host you is listed twice"),
        ("group g { key k; host me you me; }", "host me is listed twice"),
        ("database a; database b;", "this database is not used"),
        ("lock-timeout 5s;", "'5s' is read as 5"),
    ] {
        let warnings = config(text).warnings;
        let shown: Vec<_> = warnings.iter().map(|warning| &*warning.message).collect();
        assert_eq!(shown, [message], "{text}");
    }
    let quiet =
        "prefix p { on nobody: /x; } group g { host me you; key k; include %p% %*%/y *.c; }";
    assert_eq!(config(quiet).warnings, []);
}

#[test]
fn a_missing_statement_has_its_default() {
    let config = group("");
    assert_eq!((config.lock_timeout, config.database.as_deref()), (12, None));
    assert_eq!(config.groups[0].auto, Auto::None);
    assert_eq!(config.groups[0].backup, None);
}

#[test]
fn settings_are_taken_as_csync2_takes_them() {
    let config = config(
        "lock-timeout 30; tempdir /t; database first; database second; ignore uid mod; ignore;",
    );
    assert_eq!(config.lock_timeout, 30);
    assert_eq!(config.tempdir.as_ref().map(|path| path.as_bytes()), Some(&b"/t"[..]));
    assert_eq!(config.database.as_deref(), Some("first"));
    assert_eq!((config.ignore.uid, config.ignore.gid, config.ignore.mode), (true, false, true));
}

#[test]
fn statements_of_csync3_are_comments_to_csync2() {
    for (text, durability) in [
        ("", Durability::Full),
        ("#csync3 durability off;", Durability::Off),
        ("#csync3\tdurability full; # as it is\nlock-timeout 7;", Durability::Full),
        ("# csync3 durability off;", Durability::Full),
        ("#csync3: durability off;", Durability::Full),
        ("tempdir /t; #csync3 durability off;", Durability::Off),
    ] {
        assert_eq!(config(text).durability, durability, "{text:?}");
    }
    assert_eq!(config("group durability { host me; key k; }").groups[0].name, "durability");
}

#[test]
fn a_statement_of_csync3_that_is_none_is_a_mistake() {
    for (text, message) in [
        ("#csync3 durability;", "Config error: '#csync3 durability' is full or off."),
        ("#csync3 durability full off;", "Config error: '#csync3 durability' is full or off."),
        ("#csync3 speed 9;", "Config error: csync3 knows no statement 'speed' here."),
        ("#csync3 host a;", "Config error: csync3 knows no statement 'host' here."),
        (
            "group g { key k; #csync3 durability off;\n}",
            "Config error: csync3 knows no statement 'durability' here.",
        ),
        ("#csync3 durability off\nlock-timeout 7;", "Near line 2: syntax error"),
        ("#csync3 ;", "Near line 1: syntax error"),
    ] {
        assert_eq!(messages(&Files::new(text))[0], message, "{text:?}");
    }
}

#[test]
fn numbers_are_read_as_atoi_reads_them() {
    let timeout = |text: &str| config(&format!("lock-timeout {text};")).lock_timeout;
    assert_eq!(timeout("7x"), 7);
    assert_eq!(timeout("\" +8\""), 8);
    assert_eq!(timeout("x"), 0);
    assert_eq!(timeout("-3"), 0);
    assert_eq!(timeout("99999999999"), u32::MAX);
}

#[test]
fn backups_need_a_directory_and_two_generations() {
    let backup = |config: Config| config.groups[0].backup.clone().map(|found| found.generations);
    assert_eq!(backup(group("backup-directory /b;")), Some(3));
    assert_eq!(backup(group("backup-directory /b; backup-generations 2;")), Some(2));
    assert_eq!(backup(group("backup-directory /b; backup-generations 1;")), None);
    assert_eq!(backup(group("backup-directory /b; backup-generations x;")), None);
    assert_eq!(backup(group("backup-generations 9;")), None);
}
