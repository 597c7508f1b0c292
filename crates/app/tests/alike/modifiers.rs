//! The modifiers: a test for each row of the table.
use crate::call::Call;
use crate::scene::Scene;
use std::collections::BTreeSet;

#[test]
fn transactions_and_syncing_of_the_database_change_nothing_that_is_written() {
    let scene = Scene::alone();
    scene.alike(&["-A", "-h", "@tree/a"]).exits(0).has(1, "hint");
    scene.alike(&["-B", "-A", "-rh", "@tree/dir"]).exits(0).has(2, "hint");
    scene.alike(&["-B", "-c"]).exits(0).has(0, "hint").has(5, "dirty");
    scene.alike(&["-AB", "-cr", "/"]).exits(0);
    scene.alike(&["-AM"]).exits(0);
}

#[test]
fn the_host_name_of_a_call_is_in_lower_case_and_must_be_in_the_configuration() {
    let scene = Scene::alone();
    let rest = ["-p", "@port", "-D", "@node/db", "-c", "@tree/a"];
    let named = |name: &'static str| Call::bare(&[&["-N", name][..], &rest].concat());
    scene.alike(named("@me")).exits(0).has(1, "dirty");
    scene.alike(named("nobody")).exits(1).says("This host (nobody) is not a member of any");
    scene.alike(named("NOBODY")).exits(1).says("This host (nobody) is not a member of any");
    let text = "nossl * *; prefix tree { on one.example: @tree; }
        group g { host one.example @peer; key all.key; include %tree%; }";
    let text = crate::call::fill(&scene.cluster, text);
    scene.host().write_system_file("csync2.cfg", &text);
    scene.alike(named("One.Example")).exits(0);
    let list = ["-N", "ONE.EXAMPLE", "-D", "@node/db", "-M"];
    let outcome = scene.alike(Call::bare(&list));
    outcome.exits(0).prints(&format!("chary\\tone.example\\t{}\\t%tree%/a\n", scene.peer().name()));
    assert!(scene.host().dir().join("db/one.example.db3").exists());
}

#[test]
fn a_host_name_has_at_most_255_bytes() {
    let scene = Scene::alone();
    let long = "n".repeat(256);
    scene.alike(Call::bare(&["-N", &long, "-D", "@node/db", "-M"])).exits(1).prints("");
}

#[test]
fn a_named_configuration_has_a_file_and_a_database_of_its_own() {
    let scene = Scene::alone();
    scene.alike(&["-C", "web", "-M"]).exits(1).says("Can not open config file");
    let file = scene.host().system_dir().join("csync2.cfg");
    let text = std::fs::read_to_string(file).expect("the cluster wrote it");
    scene.host().write_system_file("csync2_web2.cfg", &text);
    scene.alike(&["-C", "web2", "-c", "@tree/a"]).exits(0);
    let name = format!("db/{}_web2.db3", scene.host().name());
    assert!(scene.host().dir().join(name).exists());
    scene.alike(&["-C", "web2", "-L"]).exits(0);
    scene.alike(&["-L"]).exits(2);
    for odd in ["Web", "a-b", "a/b", "../x", "a b"] {
        scene.alike(&["-C", odd, "-M"]).exits(1).says("Config names are limited to [a-z0-9]+.");
    }
}

#[test]
fn only_the_groups_that_are_named_are_active() {
    let scene = Scene::alone();
    scene.alike(&["-cr", "/", "-G", "abs"]).exits(0).has(6, "dirty");
    scene.alike(&["-c", "@tree/a", "-G", "abs"]).exits(0).has(6, "dirty");
    scene.alike(&["-m", "@tree/a", "-G", "abs"]).exits(0).has(6, "dirty");
    scene.alike(&["-h", "@tree/a", "-G", "abs"]).exits(0);
    scene.prepare(&["-cr", "/"]);
    for groups in ["all", "abs", "abs,all", "all,abs,x"] {
        scene.alike(&["-M", "-G", groups]).exits(0);
        scene.alike(&["-L", "-G", groups]).exits(0);
        scene.alike(&["-or", "/", "-G", groups]).exits(0);
    }
    for nobody in ["neither", "ALL", "al", "all ,x"] {
        scene.alike(&["-M", "-G", nobody]).exits(1).says("is not a member of any configured group");
    }
}

#[test]
fn named_peers_restrict_pushes_and_compare_mode_but_no_marks() {
    let scene = Scene::alone();
    scene.alike(&["-c", "@tree/a", "-P", "nobody"]).exits(0).has(1, "dirty");
    scene.alike(&["-m", "@tree/dir", "-P", "nobody"]).exits(0).has(2, "dirty");
    scene.alike(&["-u", "-P", "nobody"]).exits(0).has(2, "dirty");
    for peers in ["@peer", "nobody,@peer"] {
        // What was never checked is recorded before it is sent.
        let both =
            scene.differs("An object that was marked and never checked", &["-u", "-P", peers]);
        both.csync2.exits(1).has(2, "dirty").has(1, "file");
        both.csync3.exits(1).has(2, "dirty").has(2, "file");
    }
    scene.alike(&["-o", "@tree/a", "-P", "@peer"]).exits(0).prints("%tree%/a\n");
    scene.alike(&["-o", "@tree/a", "-P", "nobody"]).exits(0).prints("");
}

#[test]
fn what_is_marked_in_a_forced_run_is_forced() {
    let scene = Scene::alone();
    let row =
        |forced: &str| format!(" {forced} '{}' '{}'", scene.host().name(), scene.peer().name());
    let outcome = scene.alike(&["-cF", "@tree/a"]);
    assert!(outcome.exits(0).table("dirty")[0].ends_with(&row("1")), "{outcome:?}");
    scene.alike(&["-mF", "@tree/dir"]).exits(0).has(2, "dirty");
    scene.alike(&["-c", "@tree/a"]).exits(0).has(2, "dirty");
    scene.alike(&["-F", "-M"]).exits(0);
}

#[test]
fn a_forced_row_stays_forced_when_it_is_marked_again() {
    let scene = Scene::alone();
    scene.prepare(&["-cF", "@tree/a"]);
    scene.host().edit("a", "changed again");
    for call in [&["-c", "@tree/a"], &["-m", "@tree/a"]] {
        let both = scene.both(call);
        let forced = |rows: &[String]| rows[0].contains("' 1 '");
        assert!(!forced(both.csync2.exits(0).table("dirty")));
        assert!(forced(both.csync3.exits(0).table("dirty")));
        scene.prepare(&["-f", "@tree/a"]);
    }
    scene.host().edit("a", "and again");
    scene.differs("D18", &["-c", "@tree/a"]);
}

#[test]
fn an_initial_check_records_and_marks_nothing() {
    let scene = Scene::alone();
    scene.alike(&["-cI", "@tree/a"]).exits(0).has(1, "file").has(0, "dirty");
    scene.alike(&["-cIr", "/"]).exits(0).has(0, "dirty").has(0, "action");
    scene.host().edit("a", "changed");
    scene.host().remove("dir");
    scene.alike(&["-cIr", "/"]).exits(0).has(0, "dirty");
    scene.alike(&["-cr", "/"]).exits(0).has(0, "dirty");
    scene.prepare(&["-h", "@tree/a"]);
    scene.host().edit("a", "once more");
    scene.alike(&["-cI"]).exits(0).has(0, "hint").has(0, "dirty");
}

#[test]
fn more_messages_change_neither_standard_output_nor_the_work() {
    let scene = Scene::alone();
    for level in ["-v", "-vv", "-vvv", "-vvvv"] {
        scene.host().edit("a", level);
        scene.alike(&[level, "-c", "@tree/a"]).exits(0).prints("");
        scene.alike(&["-M", level]).exits(0);
        scene.alike(&[level, "-o", "@tree/a"]).exits(0).prints("%tree%/a\n");
    }
    let both = scene.both(&["-cv", "@tree/dir0"]);
    both.csync2.says("Marking file as dirty: %tree%/dir0").says("Finished with 0 errors.");
    both.csync3.says("Marking file as dirty: %tree%/dir0").says("Finished with 0 errors.");
}

#[test]
fn messages_for_the_system_log_are_not_on_standard_error() {
    let scene = Scene::alone();
    let both = scene.both(&["-lcvv", "@tree/a"]);
    assert!(both.differences().is_empty(), "{:?}", both.differences());
    both.csync2.exits(0).prints("").is_silent();
    both.csync3.is_silent();
    let both = scene.both(&["-l", "-u"]);
    assert!(both.differences().is_empty(), "{:?}", both.differences());
    both.csync2.exits(1).is_silent();
    both.csync3.is_silent();
}

/// The names that `-W 1` has written.
fn directories(stdout: &str) -> BTreeSet<&str> {
    stdout.split_terminator("\\x00").collect()
}

#[test]
fn a_watcher_gets_the_directories_that_hold_matched_entries_or_lead_to_them() {
    let scene = Scene::alone();
    for words in [&["-cr", "/"][..], &["-cIr", "/"], &["-cr", "/", "-G", "abs"], &["-cr", "@tree"]]
    {
        let both = scene.both(&[words, &["-W", "1"]].concat()[..]);
        both.csync2.exits(0);
        both.csync3.exits(0);
        let (theirs, ours) = (directories(&both.csync2.stdout), directories(&both.csync3.stdout));
        assert_eq!(theirs, ours, "{words:?}");
        assert!(!ours.is_empty());
    }
    scene.alike(&["-c", "@tree/a", "-W", "1"]).exits(0);
    scene
        .alike(&["-cr", "@tree", "-W", "99"])
        .exits(1)
        .says("Invalid dump_dir_fd 99: Bad file descriptor");
}

#[test]
fn the_number_of_a_descriptor_is_a_number() {
    let scene = Scene::alone();
    let both = scene.differs("Values of options", &["-cr", "/", "-W", "1x"]);
    both.csync2.exits(0);
    both.csync3.exits(1).prints("").says("cannot use '1x' for -W");
}

#[test]
fn an_empty_host_name_is_refused() {
    let scene = Scene::alone();
    let call = Call::bare(&["-N", "", "-D", "@node/db", "-M"]);
    let both = scene.both(call);
    // csync2 takes the name of the system then.
    both.csync2.exits(1).says("is not a member of any configured group");
    both.csync3.exits(1).says("cannot use '' as the name of this host");
}

#[test]
fn time_stamps_change_nothing_but_messages() {
    let scene = Scene::alone();
    scene.alike(&["-t", "-c", "@tree/a"]).exits(0).prints("").has(1, "dirty");
    scene.alike(&["-tM"]).exits(0).has(1, "dirty");
    let file = scene.host().dir().join("stamps");
    for words in [&["-cr", "/"][..], &["-M"], &["-t", "-L"]] {
        scene.alike(&*[&["-s", "@node/stamps"], words].concat());
        let lines = std::fs::read_to_string(&file).expect("stamps were written").lines().count();
        assert!(lines > 0 && lines.is_multiple_of(2), "both programs write as many: {lines}");
    }
    let refused = scene.alike(&["-s", "@node/no/stamps", "-cr", "/"]);
    refused.exits(1).prints("").says("Can't open timestanp file");
}
