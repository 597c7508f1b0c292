//! The modes that need no peer: a test for each row of the table, and for each form of its operands.
use crate::scene::Scene;

#[test]
fn hints_are_inserted_one_for_each_path_with_the_recursive_flag() {
    let scene = Scene::alone();
    scene.alike(&["-h", "@tree/a", "@tree/dir"]).exits(0).prints("").has(2, "hint");
    scene.alike(&["-hr", "@tree/dir", "@tree/missing"]).exits(0).has(4, "hint");
    scene.alike(&["-h", "@tree/a"]).exits(0).has(4, "hint");
    scene.alike(&["-h", "@node/elsewhere"]).exits(0).says("WARNING: Parameter will be ignored: ");
    scene.alike(&["-h", "@tree/two words", "@tree/b.o"]).exits(0).has(0, "dirty");
}

#[test]
fn a_hint_without_operands_does_nothing_and_succeeds() {
    let scene = Scene::alone();
    scene.alike(&["-h"]).exits(0).prints("").is_silent().has(0, "hint");
    scene.alike(&["-hr"]).exits(0).prints("").is_silent().has(0, "hint");
}

#[test]
fn a_check_without_operands_checks_all_hints_and_forgets_them() {
    let scene = Scene::alone();
    scene.alike(&["-c"]).exits(0).has(0, "dirty");
    scene.prepare(&["-h", "@tree/a", "@tree/dir", "@tree/missing"]);
    scene.prepare(&["-hr", "@tree/empty", "@node/abs"]);
    scene.alike(&["-c"]).exits(0).prints("").has(0, "hint").has(7, "dirty").has(7, "file");
    scene.host().remove("a");
    scene.prepare(&["-h", "@tree/a"]);
    scene.alike(&["-c"]).exits(0).has(0, "hint").has(7, "dirty").has(6, "file");
}

#[test]
fn a_check_of_hints_uses_the_flag_of_each_hint_or_its_own() {
    let scene = Scene::alone();
    scene.prepare(&["-h", "@tree/dir"]);
    scene.alike(&["-cr"]).exits(0).has(0, "hint");
    scene.prepare(&["-hr", "@tree/dir"]);
    scene.alike(&["-c"]).exits(0).has(0, "hint").has(4, "dirty");
}

#[test]
fn a_check_of_operands_leaves_hints_alone() {
    let scene = Scene::alone();
    scene.prepare(&["-h", "@tree/a", "@tree/dir"]);
    scene.alike(&["-c", "@tree/a"]).exits(0).has(2, "hint").has(1, "dirty");
    scene.alike(&["-c", "@tree/dir", "@node/abs/f"]).exits(0).has(2, "hint").has(3, "dirty");
    scene.alike(&["-cr", "@tree/dir"]).exits(0).has(2, "hint").has(6, "dirty");
    scene.alike(&["-c", "@tree/b.o", "@tree/missing"]).exits(0).has(6, "dirty");
    scene
        .alike(&["-c", "/nowhere/at/all"])
        .exits(0)
        .says("WARNING: Parameter will be ignored: /nowhere/at/all");
}

#[test]
fn a_check_finds_what_is_new_what_changed_and_what_is_gone() {
    let scene = Scene::alone();
    let everything = scene.alike(&["-cr", "/"]).exits(0).prints("").table("file").len();
    scene.alike(&["-cr", "/"]).has(everything, "file").has(everything, "dirty");
    let host = scene.host();
    host.edit("a", "changed");
    host.chmod("dir/c", 0o600);
    host.remove("dir/sub");
    host.remove("dir0");
    host.mkdir("dir0");
    scene.alike(&["-c", "@tree/dir/sub"]).exits(0).has(everything - 1, "file");
    scene.alike(&["-cr", "@tree"]).exits(0).has(everything - 2, "file").has(everything, "dirty");
}

#[test]
fn compare_mode_names_what_the_configuration_covers_and_writes_nothing() {
    let scene = Scene::alone();
    scene.alike(&["-o", "@tree/a"]).exits(0).prints("%tree%/a\n").has(0, "file");
    scene.alike(&["-o", "@tree/dir"]).exits(0).prints("%tree%/dir\n");
    let below = "%tree%/dir\n%tree%/dir/sub\n%tree%/dir/sub/d\n%tree%/dir/c\n";
    scene.alike(&["-or", "@tree/dir"]).exits(0).prints(below).has(0, "dirty");
    for nothing in ["@tree/b.o", "@tree/missing", "@tree/not/e", "/nowhere"] {
        scene.alike(&["-o", nothing]).exits(0).prints("");
    }
    scene.alike(&["-o"]).exits(0).prints("");
    scene.alike(&["-or", "/"]).exits(0).has(0, "file").has(0, "dirty");
    scene.alike(&["-or", "@node/abs", "@tree/empty"]).exits(0);
}

#[test]
fn compare_mode_names_what_is_below_a_prefix_once() {
    let scene = Scene::alone();
    let both = scene.differs("`-or DIR` under a prefix", &["-or", "@tree"]);
    both.csync3.exits(0);
    assert_eq!(both.csync2.stdout, both.csync3.stdout.repeat(2));
}

#[test]
fn compare_patterns_count_in_compare_mode_alone() {
    let scene = Scene::alone();
    let file = scene.host().system_dir().join("csync2.cfg");
    let text = std::fs::read_to_string(file).expect("the cluster wrote it");
    let text = text.replace("include %tree%;", "include %tree%/dir; compare %tree%/a;");
    scene.host().write_system_file("csync2.cfg", &text);
    scene.alike(&["-o", "@tree/a"]).exits(0).prints("%tree%/a\n");
    scene.alike(&["-c", "@tree/a"]).exits(0).has(0, "file");
    let text = text.replace("compare %tree%/a;", "compare %tree%/a %tree%/dir0;");
    scene.host().write_system_file("csync2.cfg", &text);
    let both = scene.differs("D24", &["-cr", "@tree/a"]);
    both.csync2.has(1, "file");
    both.csync3.has(0, "file");
    scene.alike(&["-o", "@tree/a"]).exits(0).prints("%tree%/a\n");
    scene.alike(&["-o", "@tree/dir0"]).exits(0).prints("%tree%/dir0\n");
}

#[test]
fn force_is_set_on_the_rows_of_these_names_and_below_them_with_recursion() {
    let scene = Scene::alone();
    scene.prepare(&["-cr", "/"]);
    let forced = |outcome: &crate::outcome::Outcome| {
        outcome.table("dirty").iter().filter(|row| row.contains("' 1 '")).count()
    };
    assert_eq!(forced(scene.alike(&["-f", "@tree/a", "@tree/dir"]).exits(0).prints("")), 2);
    assert_eq!(forced(scene.alike(&["-fr", "@tree/dir"]).exits(0)), 5);
    scene.alike(&["-f", "@tree/missing", "@node/elsewhere"]).exits(0).is_silent();
    scene.alike(&["-f", "@node/abs/f"]).exits(0);
    scene.alike(&["-f"]).exits(0);
    let all = scene.alike(&["-fr", "/"]);
    assert_eq!(forced(&all), all.table("dirty").len());
}

#[test]
fn force_of_the_root_without_recursion() {
    let scene = Scene::alone();
    scene.prepare(&["-cr", "/"]);
    scene.alike(&["-f", "/"]).exits(0);
}

#[test]
fn marks_are_made_for_all_peers_whether_or_not_the_file_exists() {
    let scene = Scene::alone();
    scene.alike(&["-m", "@tree/a", "@tree/never"]).exits(0).prints("").has(2, "dirty");
    scene.alike(&["-m", "@tree/dir"]).exits(0).has(3, "dirty").has(0, "file");
    scene.alike(&["-mr", "@tree/dir"]).exits(0).has(3, "dirty");
    scene.alike(&["-m", "@tree/b.o", "@node/elsewhere"]).exits(0).has(3, "dirty");
    scene.alike(&["-m"]).exits(0).has(3, "dirty");
    scene.prepare(&["-cIr", "/"]);
    scene.alike(&["-mr", "@tree/dir"]).exits(0).has(6, "dirty");
    scene.host().remove("dir");
    scene.alike(&["-mr", "@tree/dir"]).exits(0).has(6, "dirty");
    scene.alike(&["-mr", "@node/abs"]).exits(0).has(10, "dirty");
    scene.alike(&["-mFr", "@tree/dir"]).exits(0).has(10, "dirty");
}

#[test]
fn marking_below_the_root_alike() {
    let scene = Scene::alone();
    scene.prepare(&["-cIr", "/"]);
    scene.alike(&["-mr", "/"]).exits(0);
    scene.alike(&["-m", "/"]).exits(0);
}

#[test]
fn a_clean_up_drops_the_rows_that_the_configuration_no_longer_covers() {
    let scene = Scene::alone();
    scene.prepare(&["-cr", "/"]);
    scene.alike(&["-R"]).exits(0).prints("").is_silent();
    let host = scene.host();
    let file = host.system_dir().join("csync2.cfg");
    let text = std::fs::read_to_string(file).expect("the cluster wrote it");
    let (rest, _) = text.split_once("group abs").expect("the last group");
    host.write_system_file("csync2.cfg", &rest.replace("%tree%/not", "%tree%/dir"));
    scene.alike(&["-R"]).exits(0).prints("");
    let peer = scene.peer().name().to_owned();
    host.write_system_file("csync2.cfg", &rest.replace(&format!(" {peer};"), " 127.0.0.9;"));
    scene.alike(&["-R"]).exits(0).has(0, "dirty");
    scene.alike(&["-L"]).exits(0);
}

#[test]
fn a_clean_up_of_some_groups_is_refused() {
    let scene = Scene::alone();
    scene.prepare(&["-cr", "/"]);
    scene.alike(&["-R", "-G", "all"]).exits(1).prints("").says("Never run -R with -G!");
}
