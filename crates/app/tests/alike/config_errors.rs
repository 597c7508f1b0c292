//! Mistakes in the configuration: exit code 1, nothing on standard output, and csync2's words first.
//!
//! csync3 goes on: place, expectation and further mistakes follow (row "Mistakes in the
//! configuration").
use crate::call::fill;
use crate::differences::assert_documented;
use crate::scene::Scene;

/// Demands that both programs refuse a configuration with the same first words.
#[track_caller]
fn assert_refused(scene: &Scene, text: &str, message: &str) {
    let message = fill(&scene.cluster, message);
    scene.host().write_system_file("csync2.cfg", &fill(&scene.cluster, text));
    let both = scene.both(&["-M"]);
    assert!(both.differences().is_empty(), "{text}: {:?}", both.differences());
    both.csync2.exits(1).prints("");
    assert!(both.csync2.stderr.starts_with(&message), "csync2: {}", both.csync2.stderr);
    assert!(both.csync3.stderr.starts_with(&message), "csync3: {}", both.csync3.stderr);
    assert!(!scene.host().database().exists());
}

/// A scene with key files of each kind.
fn with_keys() -> Scene {
    let scene = Scene::alone();
    for (name, text) in [
        ("good", "0123456789abcdef0123456789abcdef\n"),
        ("short", "0123456789abcdef0123456789abcde\n"),
        ("odd", "0123456789abcdef 0123456789abcdef\n"),
        ("windows", "0123456789abcdef0123456789abcdef\r\n"),
        ("empty", ""),
    ] {
        scene.host().write_system_file(name, text);
    }
    scene
}

#[test]
fn every_message_about_keys() {
    let scene = with_keys();
    for (statements, message) in [
        ("", "Config error: every group must have a key."),
        ("key good; key good;", "Config error: a group might only have one key."),
        ("key missing;", "Config error: Can't read keyfile @system/missing."),
        ("key /nowhere/missing;", "Config error: Can't read keyfile /nowhere/missing."),
        ("key empty;", "Config error: Can't read keyfile @system/empty."),
        ("key short;", "Config error: Key in file @system/short is too short."),
        ("key odd;", "Unallowed character ' ' in key file @system/odd."),
        ("key windows;", "Unallowed character '"),
    ] {
        let text = format!("group g {{ host @me @peer; include %tree%; {statements} }}\n");
        assert_refused(&scene, &text, message);
    }
}

#[test]
fn every_message_about_statements() {
    let scene = with_keys();
    let group = |statement: &str| format!("group g {{ host @me @peer; key good; {statement} }}\n");
    let unknown = "Config error: Unknown auto-setting 'best' (use 'none', 'younger', 'older', \
                   'bigger', 'smaller', 'left' or 'right').";
    for (text, message) in [
        (group("auto left; auto left;"), "Config error: a group might only have one auto-setting."),
        (group("auto best;"), unknown),
        (format!("ignore size; {}", group("")), "Config error: Unknown 'ignore' porperty: 'size'."),
        (
            format!("prefix p {{ on *: relative; }} {}", group("")),
            "Config error: Prefix 'relative' is not an absolute path.",
        ),
    ] {
        assert_refused(&scene, &text, message);
    }
}

#[test]
fn syntax_errors_name_their_line() {
    let scene = with_keys();
    for (text, line) in [
        ("broken", 1),
        ("nossl * *;\n\ngroup g{ }\n", 3),
        ("group g {\n  hosts a;\n}\n", 2),
        ("group g {\n host @me;\n key good;\n ;\n}\n", 4),
        ("group g {\n host @me;\n key good;\n include /x }\n", 4),
        ("group g {\n host @me;\n key good;\n include a@b;\n}\n", 4),
        ("group g {\n host ((@me));\n}\n", 2),
        ("prefix p {\n on h:/p;\n}\n", 2),
        ("nossl *;\n", 1),
    ] {
        assert_refused(&scene, text, &format!("Near line {line}: syntax error"));
    }
}

#[test]
fn files_that_cannot_be_read() {
    let scene = with_keys();
    assert_refused(
        &scene,
        "config missing.cfg;\n",
        "Can't open included config file 'missing.cfg'.",
    );
    let own = "config @system/csync2.cfg;\n";
    assert_refused(&scene, own, "Config includes nested too deeply.");
    let file = scene.host().system_dir().join("csync2.cfg");
    std::fs::remove_file(&file).expect("it was just written");
    let message =
        format!("Can not open config file `{}': No such file or directory", file.display());
    let both = scene.both(&["-M"]);
    both.csync2.exits(1).says(&message);
    both.csync3.exits(1).says(&message);
}

#[test]
fn a_host_outside_all_groups() {
    let scene = with_keys();
    let text = "group g { host one two; key good; include /x; }\n";
    assert_refused(&scene, text, "This host (@me) is not a member of any configured group.");
    assert_refused(
        &scene,
        "nossl * *;\n",
        "This host (@me) is not a member of any configured group.",
    );
    assert_refused(&scene, "", "This host (@me) is not a member of any configured group.");
}

/// Adds a row to the database of host 0.
fn insert(scene: &Scene, row: &str) {
    let database = rusqlite::Connection::open(scene.host().database()).expect("csync2's database");
    database.execute(&format!("INSERT INTO {row}"), []).expect("csync2's table");
}

#[test]
fn a_prefix_that_this_host_does_not_define_is_told_when_it_is_needed() {
    let scene = with_keys();
    let text = "nossl * *; prefix p { on nobody: /p; }
        group g { host @me @peer; key good; include %p% %tree%; }
        prefix tree { on *: @tree; }\n";
    scene.host().write_system_file("csync2.cfg", &fill(&scene.cluster, text));
    scene.alike(&["-c", "@tree/a"]).exits(0);
    let name = "'%25p%25/x'";
    insert(&scene, &format!("file (filename, checktxt) VALUES ({name}, 'v1%3Atype=dir')"));
    let why = "Rows of a prefix that this host does not define";
    let both = scene.differs(why, &["-cr", "/"]);
    let message = format!("Prefix 'p' is not defined for host '{}'.", scene.host().name());
    both.csync2.exits(1).says(&message).has(2, "file");
    // What lies nowhere here is neither there nor gone.
    both.csync3.exits(0).has(14, "file").has(13, "dirty");
    let hosts = format!("'{}', '{}'", scene.host().name(), scene.peer().name());
    let columns = "dirty (filename, forced, myname, peername)";
    insert(&scene, &format!("{columns} VALUES ({name}, 0, {hosts})"));
    for list in ["-M", "-L", "-R"] {
        scene.alike(&[list]).exits(0).has(2, "file").has(2, "dirty");
    }
    let both = scene.both(&["-u"]);
    both.csync2.exits(1).has(2, "dirty");
    both.csync3.exits(1).has(2, "dirty").says("prefix 'p' is not defined for this host");
}

#[test]
fn csync3_tells_all_mistakes_and_where_they_are() {
    assert_documented("Mistakes in the configuration");
    let scene = with_keys();
    let text = "ignore size;\ngroup g { host @me; key missing; auto best; }\n";
    scene.host().write_system_file("csync2.cfg", &fill(&scene.cluster, text));
    let both = scene.both(&["-M"]);
    assert!(both.differences().is_empty());
    assert_eq!(both.csync2.stderr.lines().count(), 1);
    for words in ["porperty: 'size'", "Can't read keyfile", "Unknown auto-setting", "csync2.cfg:2:"]
    {
        both.csync3.says(words);
    }
}
