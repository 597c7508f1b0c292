//! The table of all flags, alone and together, and of all that is refused.
use super::parse;
use crate::cli::invocation::{
    ColorChoice, Format, InSync, Invocation, ServeMode, SessionLimits, Test, Timeouts, Verb,
};
use crate::cli::usage::{Letters, UsageError};
use csync3_core::push::Preference;
use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::os::unix::ffi::OsStringExt;
use std::time::Duration;

/// Splits at spaces, as a shell does without quotes.
fn read(line: &str) -> Result<Invocation, UsageError> {
    let words: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
    parse(&words)
}

fn files(names: &[&str]) -> Vec<OsString> {
    names.iter().map(OsString::from).collect()
}

#[test]
fn every_mode_has_its_verb() {
    let some = || files(&["a", "b"]);
    let pair = Verb::ListPair { myname: "a".into(), peer: "b".into() };
    let table = [
        ("-h", Verb::Hint(vec![])),
        ("-h a b", Verb::Hint(some())),
        ("-c", Verb::Check(vec![])),
        ("-c a b", Verb::Check(some())),
        ("-u", Verb::Update(vec![])),
        ("-u a b", Verb::Update(some())),
        ("-cu", Verb::CheckUpdate(vec![])),
        ("-c a -u b", Verb::CheckUpdate(some())),
        ("-x", Verb::Sync(vec![])),
        ("-x a b", Verb::Sync(some())),
        ("-o a b", Verb::Compare(some())),
        ("-f a b", Verb::Force(some())),
        ("-m a b", Verb::Mark(some())),
        ("-H", Verb::ListHints),
        ("-L", Verb::ListFiles),
        ("-M", Verb::ListDirty),
        ("-S a b", pair),
        ("-R", Verb::CleanUp),
        ("-i", Verb::Serve(ServeMode::Inetd)),
        ("-ii", Verb::Serve(ServeMode::Daemon)),
        ("-i -i", Verb::Serve(ServeMode::Daemon)),
        ("-iii", Verb::Serve(ServeMode::Once)),
        ("-k a", Verb::Key("a".into())),
        ("-k -v", Verb::Key("-v".into())),
        ("--help", Verb::Help),
        ("-c --help -u -u", Verb::Help),
        ("--version", Verb::Version),
    ];
    for (line, verb) in table {
        assert_eq!(read(line), Ok(Invocation::of(verb)), "{line}");
    }
}

#[test]
fn every_modifier_has_its_field() {
    let given = read(
        "-x -rdvvltFIXUABab -s stamps -Olog --color=never -N Node1 -p 99 -C web -D /db -G a,b -P c,,d -W 5 --jobs 3 --dialect native \
         --connect-timeout 1.5 --handshake-timeout=2 --idle-timeout 3 \
         --max-sessions 9 --max-sessions-per-address=4 -0",
    );
    let expected = Invocation {
        verb: Verb::Sync(vec![]),
        recursive: true,
        dry_run: true,
        verbosity: 2,
        syslog: true,
        time_stamps: true,
        stamp_file: Some("stamps".into()),
        host: Some("Node1".into()),
        port: Some("99".into()),
        config_name: Some("web".into()),
        database: Some("/db".into()),
        groups: Some(vec!["a".into(), "b".into()]),
        peers: Some(vec!["c".into(), "d".into()]),
        force: true,
        init: true,
        only_there: true,
        only_this_peer: true,
        color: ColorChoice::Never,
        dump_dirs: Some(5),
        no_sync: true,
        single_statements: true,
        dialect: Preference::Native,
        jobs: NonZeroUsize::new(3),
        full_log: Some("log".into()),
        timeouts: Timeouts {
            connect: Some(Duration::from_millis(1500)),
            handshake: Some(Duration::from_secs(2)),
            idle: Some(Duration::from_secs(3)),
        },
        sessions: SessionLimits { total: NonZeroUsize::new(9), per_address: NonZeroUsize::new(4) },
        format: Format::Null,
    };
    assert_eq!(given, Ok(expected));
}

#[test]
fn options_are_read_as_getopt_reads_them() {
    let check = |recursive, verbosity, names: &[&str]| {
        Ok(Invocation { recursive, verbosity, ..Invocation::of(Verb::Check(files(names))) })
    };
    assert_eq!(read("-crvv a"), check(true, 2, &["a"]));
    assert_eq!(read("a -c b -r"), check(true, 0, &["a", "b"]));
    assert_eq!(read("-c -- -r"), check(false, 0, &["-r"]));
    assert_eq!(read("-c -"), check(false, 0, &["-"]));
    for line in ["-cNh", "-c -Nh", "-c -N h", "-Nh -c"] {
        let host = read(line).map(|invocation| invocation.host);
        assert_eq!(host, Ok(Some("h".into())), "{line}");
    }
    let last = read("-c -N a -N b").map(|invocation| invocation.host);
    assert_eq!(last, Ok(Some("b".into())));
}

#[test]
fn a_name_that_is_not_text_stays_a_name() {
    let odd = OsString::from_vec(b"/a\xff".to_vec());
    let read = parse(&["-c".into(), odd.clone()]);
    assert_eq!(read, Ok(Invocation::of(Verb::Check(vec![odd]))));
}

#[test]
fn sessions_of_inetd_log_to_syslog() {
    let syslog = |line| read(line).map(|invocation| invocation.syslog);
    assert_eq!(syslog("-i"), Ok(true));
    assert_eq!(syslog("-ii"), Ok(false));
    assert_eq!(syslog("-il"), Ok(true));
    assert_eq!(syslog("-xl"), Ok(true));
}

#[test]
fn an_in_sync_test_takes_a_pair_and_a_path() {
    let pair = || Some(("a".to_owned(), "b".to_owned()));
    for (line, test, pair, file) in [
        ("-T", Test::Rows, None, None),
        ("-T /f", Test::Rows, None, Some("/f")),
        ("-T a b", Test::Rows, pair(), None),
        ("-T a b /f", Test::Rows, pair(), Some("/f")),
        ("-TT", Test::Contents, None, None),
        ("-T /f -T", Test::Contents, None, Some("/f")),
        ("-TT a b", Test::Contents, pair(), None),
        ("-TT a b /f", Test::Contents, pair(), Some("/f")),
    ] {
        let verb = Verb::InSync(InSync { test, pair, file: file.map(OsString::from) });
        assert_eq!(read(line), Ok(Invocation::of(verb)), "{line}");
    }
    let refused = read("-T a b c d").map(|invocation| invocation.verb);
    assert!(matches!(refused, Err(UsageError::Operands { .. })));
    let odd = OsString::from_vec(b"\xff".to_vec());
    for words in [vec!["-T".into(), "a".into(), odd.clone()], vec!["-TT".into(), odd.clone(), odd]]
    {
        let refused = parse(&words).expect_err("a name of a host is text");
        assert!(matches!(refused, UsageError::BadValue { .. }));
    }
}

#[test]
fn an_in_sync_test_has_modifiers_that_any_mode_takes() {
    for mode in ["-T", "-TT", "-c"] {
        let read = read(&format!("{mode} -IXU")).expect(mode);
        assert!(read.init && read.only_there && read.only_this_peer, "{mode}");
    }
}

#[test]
fn the_file_of_the_full_log_is_attached_to_its_letter() {
    let log = |line| read(line).map(|read| (read.full_log, read.verb));
    let check = |names: &[&str]| Verb::Check(files(names));
    assert_eq!(log("-c -O/x"), Ok((Some("/x".into()), check(&[]))));
    let usual = || Some("/tmp/csync2_full_log.log".into());
    assert_eq!(log("-c -O /x"), Ok((usual(), check(&["/x"]))));
    assert_eq!(log("-cO"), Ok((usual(), check(&[]))));
}

#[test]
fn colors_are_chosen_by_a_word() {
    for (line, expected) in [
        ("-TT", ColorChoice::Auto),
        ("-TT --color", ColorChoice::Auto),
        ("-TT --color=auto", ColorChoice::Auto),
        ("-TT --color=always", ColorChoice::Always),
        ("-TT --color=never /f", ColorChoice::Never),
    ] {
        assert_eq!(read(line).map(|read| read.color), Ok(expected), "{line}");
    }
    let refused = read("-TT --color=red").expect_err("red is no choice");
    let told = "cannot use 'red' for --color: auto, always or never is expected";
    assert_eq!(refused.to_string(), told);
}

#[test]
fn only_one_mode_is_possible() {
    for (line, first, second) in [
        ("-uc", "u", "c"),
        ("-cc", "c", "c"),
        ("-cuu", "cu", "u"),
        ("-cux", "cu", "x"),
        ("-ccu", "c", "c"),
        ("-iiii", "iii", "i"),
        ("-Ti", "T", "i"),
        ("-hx", "h", "x"),
    ] {
        let expected = UsageError::TwoModes { first: Letters(first), second: Letters(second) };
        assert_eq!(read(line), Err(expected), "{line}");
    }
}

#[test]
fn modes_count_their_operands() {
    for (line, mode, expected, found) in [
        ("-H a", "H", "none", 1),
        ("-L a", "L", "none", 1),
        ("-M a", "M", "none", 1),
        ("-R a", "R", "none", 1),
        ("-i a", "i", "none", 1),
        ("-ii a b", "ii", "none", 2),
        ("-S", "S", "2", 0),
        ("-S a", "S", "2", 1),
        ("-S a b c", "S", "2", 3),
    ] {
        let expected = UsageError::Operands { mode: Letters(mode), expected, found };
        assert_eq!(read(line), Err(expected), "{line}");
    }
}

#[test]
fn errors_are_told_in_the_words_of_getopt() {
    for (line, told) in [
        ("", "no mode given"),
        ("-v", "no mode given"),
        ("a", "no mode given"),
        ("-cz", "invalid option -- 'z'"),
        ("-k", "invalid option -- 'k'"),
        ("-k a b", "invalid option -- 'k'"),
        ("-ck a", "invalid option -- 'k'"),
        ("--nope", "unrecognized option '--nope'"),
        ("-N", "option requires an argument -- 'N'"),
        ("-c -W", "option requires an argument -- 'W'"),
        ("-c -s", "option requires an argument -- 's'"),
        ("-c --jobs", "option requires an argument -- 'jobs'"),
        ("-r=x", "option takes no argument -- 'r'"),
    ] {
        let error = read(line).expect_err(line);
        assert_eq!(error.to_string(), told, "{line}");
        assert!(error.wants_usage(), "{line}");
    }
}

#[test]
fn values_without_sense_are_named() {
    for (line, start) in [
        ("-c -W x", "cannot use 'x' for -W: "),
        ("-c -W -1", "cannot use '-1' for -W: "),
        ("-x --jobs 0", "cannot use '0' for --jobs: "),
        ("-x --dialect new", "cannot use 'new' for --dialect: "),
        ("-x --jobs many", "cannot use 'many' for --jobs: "),
        ("-x --idle-timeout 0", "cannot use '0' for --idle-timeout: "),
        ("-x --connect-timeout -1", "cannot use '-1' for --connect-timeout: "),
        ("-x --handshake-timeout inf", "cannot use 'inf' for --handshake-timeout: "),
    ] {
        let error = read(line).expect_err(line);
        assert!(error.to_string().starts_with(start), "{line}: {error}");
        assert!(!error.wants_usage(), "{line}");
    }
    let odd = || OsString::from_vec(b"\xff".to_vec());
    for option in ["-N", "-p", "-C", "-D", "-G", "-P", "-W"] {
        let error = parse(&["-c".into(), option.into(), odd()]).expect_err(option);
        assert!(matches!(error, UsageError::BadValue { .. }), "{option}");
    }
    let pair = parse(&["-S".into(), "a".into(), odd()]);
    assert!(matches!(pair, Err(UsageError::BadValue { .. })));
}

#[test]
fn rows_of_groups_that_are_left_out_are_never_cleaned_up() {
    for line in ["-R -G a", "-Ga -R"] {
        let refused = read(line).expect_err(line);
        assert_eq!(refused, UsageError::CleanUpWithGroups);
        assert_eq!(refused.to_string(), "Never run -R with -G!");
        assert!(!refused.wants_usage());
    }
}
