//! Operand paths in their canonical form, as hints store them.
use crate::call::Call;
use crate::scene::Scene;
use std::fs;

/// A host with a link to a directory in its tree.
fn linked() -> Scene {
    let scene = Scene::alone();
    let host = scene.host();
    host.mkdir("real/sub");
    host.symlink("real", "lnk");
    host.symlink("nowhere", "dangling");
    scene
}

#[test]
fn operands_are_made_absolute_by_text_and_their_parents_by_the_disk() {
    let scene = linked();
    for (operand, canonical) in [
        ("@tree/a/", "a"),
        ("@tree/dir///", "dir"),
        ("@tree//dir//c", "dir/c"),
        ("@tree/./dir/./c", "dir/c"),
        ("@tree/dir/../a", "a"),
        ("@tree/dir/sub/../../a", "a"),
        ("@tree/lnk", "lnk"),
        ("@tree/lnk/", "lnk"),
        ("@tree/lnk/sub", "real/sub"),
        ("@tree/lnk/nope/deeper", "real/nope/deeper"),
        ("@tree/lnk/sub/../x", "real/x"),
        ("@tree/dangling", "dangling"),
        ("@tree/dangling/x", "dangling/x"),
        ("@tree/nope/deeper/still", "nope/deeper/still"),
        ("@tree/a/below", "a/below"),
        ("@tree/two words", "two words"),
    ] {
        let hint = format!("0\\t{}\n", scene.host().path(canonical).display());
        scene.alike(&["-h", operand]).exits(0).has(1, "hint");
        scene.alike(&["-H"]).exits(0).prints(&hint);
        scene.prepare(&["-c"]);
    }
}

#[test]
fn relative_operands_begin_in_the_current_directory() {
    let scene = linked();
    let here = |words: &[&str], directory: &str| Call::from(words).within(directory);
    for (directory, operand) in [
        ("@tree", "a"),
        ("@tree", "./dir/c"),
        ("@tree/dir", "."),
        ("@tree/dir", "../a"),
        ("@tree/dir/sub", "../../dir!"),
        ("@tree/lnk", "sub"),
        ("@tree", "dir/../two words"),
    ] {
        scene.alike(here(&["-h", operand], directory)).exits(0).has(1, "hint");
        scene.alike(here(&["-c"], directory)).exits(0).has(0, "hint");
        scene.alike(here(&["-o", operand], directory)).exits(0);
    }
}

#[test]
fn options_may_follow_operands_until_two_dashes() {
    let scene = Scene::alone();
    scene.host().write("-r", "dashing");
    let within = |words: &[&str]| Call::from(words).within("@tree");
    scene.alike(within(&["-c", "dir", "-r"])).exits(0).has(4, "dirty");
    scene.alike(within(&["-c", "--", "-r"])).exits(0).has(5, "dirty");
    scene.alike(within(&["dir0", "-vc"])).exits(0).has(6, "dirty");
}

#[test]
fn an_operand_that_no_group_could_match_is_ignored_with_a_warning() {
    let scene = Scene::alone();
    let warning = "WARNING: Parameter will be ignored: /nowhere/x";
    for mode in ["-c", "-h", "-o", "-m", "-cr"] {
        let both = scene.both(&[mode, "/nowhere/x", "@tree/a"]);
        assert!(both.differences().is_empty(), "{mode}: {:?}", both.differences());
        both.csync2.exits(0).says(warning);
        both.csync3.exits(0).says(warning);
    }
    for mode in ["-u", "-f"] {
        let both = scene.both(&[mode, "/nowhere/x"]);
        assert!(both.differences().is_empty(), "{mode}: {:?}", both.differences());
        let warns = |text: &str| text.contains(warning);
        assert_eq!(warns(&both.csync2.stderr), warns(&both.csync3.stderr), "{mode}");
    }
}

#[test]
fn what_leads_above_the_root_is_the_root() {
    let scene = Scene::alone();
    let both = scene.differs("Operand `/tmp/..`", &["-o", "/tmp/.."]);
    assert_eq!(both.csync2.code, None, "csync2 ends by a signal (D16)");
    both.csync3.exits(0);
    scene.alike(&["-o", "/"]).exits(0).prints("");
}

#[test]
fn the_current_directory_has_its_real_path_whatever_the_shell_calls_it() {
    let scene = Scene::alone();
    let way = scene.host().dir().join("way");
    std::os::unix::fs::symlink(scene.host().root(), way).expect("the node's own directory");
    let call = Call::from(&["-c", "a"]).within("@node/way").with("PWD", "@node/way");
    let both = scene.differs("Operands below a symbolic link that `$PWD` names", call);
    both.csync2.exits(0).has(0, "dirty").says("WARNING: Parameter will be ignored: ");
    both.csync3.exits(0).has(1, "dirty").is_silent();
}

#[test]
fn the_directory_of_a_host_is_found_through_a_link_above_it() {
    let scene = Scene::alone();
    let way = scene.host().dir().join("way");
    std::os::unix::fs::symlink(scene.host().root(), &way).expect("the node's own directory");
    scene.alike(&["-c", "@node/way/a"]).exits(0).has(1, "dirty");
    scene.alike(&["-cr", "@node/way/dir"]).exits(0).has(5, "dirty");
    scene.alike(&["-o", "@node/way/a"]).exits(0).prints("%tree%/a\n");
    fs::remove_file(way).expect("it was just made");
}
