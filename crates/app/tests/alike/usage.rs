//! Command lines that ask for nothing: the usage text on standard output, and exit code 1.
use crate::call::Call;
use crate::outcome::Both;
use crate::scene::Scene;

/// Demands that both programs print their usage texts and touch nothing.
#[track_caller]
fn assert_usage(both: &Both) {
    both.csync2.exits(1);
    both.csync3.exits(1);
    let title = " - cluster synchronization tool";
    let is_usage = |stdout: &str, name: &str| {
        let second = stdout.strip_prefix('\n').and_then(|text| text.lines().next());
        second.is_some_and(|line| line.starts_with(name) && line.contains(title))
            && stdout.lines().any(|line| line.starts_with("Version: "))
    };
    assert!(is_usage(&both.csync2.stdout, "csync2 "), "{}", both.csync2.stdout);
    assert!(is_usage(&both.csync3.stdout, "csync3 "), "{}", both.csync3.stdout);
    let told = both.differences();
    assert_eq!(told.len(), 1, "only the texts differ: {told:?}");
}

#[test]
fn a_call_without_a_mode() {
    let scene = Scene::alone();
    for words in
        [&[][..], &["-v"], &["-r"], &["@tree/a"], &["--"], &["-N", "x"], &[""], &["-F", "-I"]]
    {
        assert_usage(&scene.both(Call::bare(words)));
    }
}

#[test]
fn two_modes_other_than_check_and_update_in_this_order() {
    let scene = Scene::alone();
    for words in
        ["-uc", "-cc", "-uu", "-cM", "-HL", "-xc", "-cx", "-ch", "-MM", "-iiii", "-cuu", "-oc"]
    {
        assert_usage(&scene.both(Call::bare(&[words])));
    }
    assert_usage(&scene.both(&["-u", "-x"]));
    assert_usage(&scene.both(&["-L", "@tree/a", "-M"]));
    scene.alike(&["-TTT", "one", "two"]).exits(1).says("Host pair not found in configuration.");
    scene.alike(&["-c", "-u"]).exits(0);
    scene.alike(&["-cu"]).exits(0);
}

#[test]
fn options_that_do_not_exist() {
    let scene = Scene::alone();
    for words in [
        &["-Z"][..],
        &["-cZ"],
        &["-c", "-q"],
        &["-k"],
        &["-k", "a", "b"],
        &["-kx", "-v"],
        &["-c", "-k", "x"],
    ] {
        let both = scene.both(Call::bare(words));
        assert_usage(&both);
        for stderr in [&both.csync2.stderr, &both.csync3.stderr] {
            assert!(stderr.contains("invalid option -- '"), "{stderr}");
        }
    }
    let both = scene.both(Call::bare(&["--nothing"]));
    assert_usage(&both);
}

#[test]
fn options_without_their_values() {
    let scene = Scene::alone();
    for letter in ["N", "p", "C", "D", "G", "P", "W", "s"] {
        let both = scene.both(Call::bare(&["-c", &format!("-{letter}")]));
        assert_usage(&both);
        let reason = format!("option requires an argument -- '{letter}'");
        both.csync2.says(&reason);
        both.csync3.says(&reason);
    }
}

#[test]
fn wrong_numbers_of_operands() {
    let scene = Scene::alone();
    for words in [
        &["-H", "x"][..],
        &["-L", "x"],
        &["-M", "x"],
        &["-R", "x"],
        &["-i", "x"],
        &["-ii", "x"],
        &["-iii", "x"],
        &["-S"],
        &["-S", "one"],
        &["-S", "one", "two", "three"],
        &["-T", "1", "2", "3", "4"],
        &["-TT", "1", "2", "3", "4"],
    ] {
        assert_usage(&scene.both(words));
    }
}

#[test]
fn help_can_be_asked_for() {
    let scene = Scene::alone();
    let both = scene.differs("Help", Call::bare(&["--help"]));
    both.csync2.exits(1).says("invalid option -- '-'");
    both.csync3.exits(0).is_silent();
    assert!(both.csync3.stdout.starts_with("\ncsync3 "), "{}", both.csync3.stdout);
    let both = scene.differs("Help", Call::bare(&["--version"]));
    both.csync2.exits(1);
    both.csync3.exits(0).is_silent();
}
