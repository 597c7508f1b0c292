//! Words and letters are two forms of the same calls.
use super::call;
use csync3::cli::{Invocation, UsageError, args, words};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::Path;

/// The rows of `docs/commands.md`: letters and words, without the name of the program.
fn rows() -> Vec<[String; 2]> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/commands.md");
    let text = std::fs::read_to_string(path).expect("the table is part of the repository");
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `csync3 "));
    let sides = rows.map(|row| {
        let (letters, rest) = row.split_once("` | `csync3 ").expect("two calls");
        let words = rest.strip_suffix("` |").expect("two calls");
        [letters.to_owned(), words.to_owned()]
    });
    sides.collect()
}

fn read(line: &str) -> Result<Invocation, UsageError> {
    args::parse(&line.split(' ').map(OsString::from).collect::<Vec<_>>())
}

#[test]
fn each_row_of_the_table_is_one_call_in_two_forms() {
    let rows = rows();
    assert!(rows.len() > 50, "{rows:?}");
    for [letters, words] in rows {
        let (left, right) = (read(&letters), read(&words));
        assert!(left.is_ok(), "{letters}: {left:?}");
        assert_eq!(left, right, "{letters} and {words}");
    }
}

#[test]
fn long_options_work_with_letters_and_letters_with_words() {
    for (one, other) in [
        ("-u --dry-run --recursive a", "push -dr a"),
        ("-x --host=n --port=9 --groups a --peers b", "sync -N n -p 9 -G a -P b"),
        ("-c --config w --database /d --syslog --verbose", "check -C w -D /d -l -v"),
        ("-c --force --init --dump-dirs 3 --no-sync --single-statements", "check -FI -W 3 -AB"),
        ("-M --null", "list dirty -0"),
        ("-cu", "check -u"),
        ("-TT", "diff -u"),
        ("-i", "serve -i"),
    ] {
        assert_eq!(read(one), read(other), "{one} and {other}");
        assert!(read(one).is_ok(), "{one}");
    }
}

#[test]
fn the_table_names_every_option_that_has_a_letter_and_every_word_that_has_a_mode() {
    let rows = rows();
    let said: BTreeSet<&str> = rows.iter().flat_map(|[_, words]| words.split([' ', '='])).collect();
    let mut options = 0;
    for word in words::command().get_subcommands() {
        let name = word.get_name();
        let without_letters = ["status", "wait", "doctor", "resolve", "cert", "db"].contains(&name);
        assert!(without_letters || said.contains(name), "{name}");
        for option in word.get_arguments().filter_map(|option| option.get_long()) {
            let of_the_word_alone =
                matches!(option, "help" | "synced" | "timeout" | "mine" | "theirs");
            let shown = format!("--{option}");
            assert!(of_the_word_alone || said.contains(&*shown), "{name} {shown}");
            options += 1;
        }
    }
    assert!(options > 60, "{options}");
    let letters: BTreeSet<char> = rows.iter().flat_map(|[letters, _]| letters.chars()).collect();
    for letter in "chuxofmHLMSRTikrdFIXUWPNpCDGvltsOAB0".chars() {
        assert!(letters.contains(&letter), "-{letter}");
    }
}

#[test]
fn only_a_first_argument_that_is_exactly_a_word_makes_a_line_of_words() {
    for (words, reason) in [
        (&["checks"][..], "csync3: no mode given\n"),
        (&["-v", "check"], "csync3: no mode given\n"),
        (&["Check"], "csync3: no mode given\n"),
        (&["che"], "csync3: no mode given\n"),
    ] {
        let (code, _, errors) = call(Path::new("/nonexistent"), words);
        assert_eq!((code, &*errors), (Some(1), reason), "{words:?}");
    }
    assert_eq!(read("-c check").map(|call| call.verb), read("check check").map(|call| call.verb));
}

#[test]
fn help_names_every_word_and_every_word_has_help() {
    let nowhere = Path::new("/nonexistent");
    let (code, overview, errors) = call(nowhere, &["help"]);
    assert_eq!((code, &*errors), (Some(0), ""));
    let (_, usage, _) = call(nowhere, &["--help"]);
    for word in words::command().get_subcommands() {
        let name = word.get_name();
        let begins = |line: &str| line.split_whitespace().next() == Some(name);
        assert!(overview.lines().any(begins), "{name}: {overview}");
        assert!(usage.lines().any(begins), "{name} in the usage text");
        let help = call(nowhere, &["help", name]);
        assert_eq!((help.0, &*help.2), (Some(0), ""), "{name}");
        assert!(help.1.contains(&format!("Usage: csync3 {name}")), "{}", help.1);
        let same = call(nowhere, &[name, "--help"]);
        assert_eq!(same, help, "{name}");
        let about = word.get_about().map(ToString::to_string).unwrap_or_default();
        assert!(about.len() > 10 && help.1.starts_with(&about), "{name}: {about}");
    }
}

#[test]
fn a_mistake_in_words_is_explained_and_ends_with_1() {
    for (words, part) in [
        (&["push", "--dry"][..], "--dry-run"),
        (&["push", "--frobnicate"], "unexpected argument '--frobnicate'"),
        (&["list"], "csync3 list <COMMAND>"),
        (&["list", "pair", "a"], "<PEER>"),
        (&["force"], "<FILE>..."),
        (&["key"], "<FILE>"),
        (&["key", "a", "b"], "unexpected argument 'b'"),
        (&["status", "-d"], "unexpected argument '-d'"),
        (&["list", "dirty", "--json", "-0"], "cannot be used with"),
        (&["-M", "--json", "-0"], "--json and -0 exclude each other"),
        (&["push", "--jobs", "0"], "a number from 1"),
        (&["wait", "--timeout", "never"], "a number of seconds above 0"),
        (&["check", "-W", "x"], "the number of an open file descriptor"),
        (&["resolve", "--mine", "--theirs"], "cannot be used with"),
        (&["clean", "-G", "a"], "Never run -R with -G!"),
        (&["help", "frobnicate"], "frobnicate"),
    ] {
        let (code, text, errors) = call(Path::new("/nonexistent"), words);
        assert_eq!((code, &*text), (Some(1), ""), "{words:?}");
        assert!(errors.contains(part), "{words:?}: {errors}");
    }
}
