//! The usage text, and what leads to it.
use super::call;
use std::collections::BTreeSet;
use std::path::Path;

/// What csync2 printed for a call.
fn recorded(file: &str) -> String {
    let testdata = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/cli");
    std::fs::read_to_string(testdata.join(file)).expect("the recordings are part of the repository")
}

/// The options that begin a line of a usage text.
fn options(usage: &str) -> BTreeSet<&str> {
    let lines = usage.lines().filter_map(|line| line.strip_prefix('\t'));
    let words = lines.filter_map(|line| line.split_whitespace().next());
    words.filter(|word| word.starts_with('-')).collect()
}

#[test]
fn usage_goes_to_standard_output_with_a_reason_on_standard_error() {
    let help = call(Path::new("/nonexistent"), &["--help"]);
    assert_eq!((help.0, &*help.2), (Some(0), ""));
    for (words, reason) in [
        (&[][..], "csync3: no mode given\n"),
        (&["-uc"], "csync3: only one mode is possible -- 'c' after 'u'\n"),
        (&["-z"], "csync3: invalid option -- 'z'\n"),
        (&["-c", "-N"], "csync3: option requires an argument -- 'N'\n"),
        (&["-M", "a"], "csync3: wrong number of operands for -M: none expected, 1 given\n"),
    ] {
        let found = call(Path::new("/nonexistent"), words);
        let expected = (Some(1), help.1.clone(), reason.to_owned());
        assert_eq!(found, expected, "{words:?}");
    }
}

#[test]
fn the_usage_text_has_the_shape_and_all_letters_of_csync() {
    let (_, text, _) = call(Path::new("/nonexistent"), &["--help"]);
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some(""));
    let title = lines.next().unwrap_or_default();
    assert!(title.starts_with("csync3 ") && title.contains(" - cluster synchronization tool"));
    assert!(text.lines().any(|line| line.starts_with("Version: ")));
    let mentioned = |option: &str| {
        text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-')
            .any(|word| word == option)
    };
    for letter in "WsFtpGPCDNHBAIXULlSTMRvhcuoimfxrdk".chars() {
        assert!(mentioned(&format!("-{letter}")), "-{letter} is missing");
    }
    for long in [
        "--jobs",
        "--connect-timeout",
        "--handshake-timeout",
        "--idle-timeout",
        "--color",
        "--help",
        "--version",
        "-cu",
        "-ii",
        "-iii",
        "-TT",
    ] {
        assert!(mentioned(long), "{long} is missing");
    }
    let wide = |line: &&str| line.replace('\t', "        ").len() > 88;
    assert_eq!(text.lines().find(wide), None);
}

#[test]
fn the_version_is_one_line() {
    let (code, text, errors) = call(Path::new("/nonexistent"), &["--version"]);
    assert_eq!((code, &*errors), (Some(0), ""));
    assert_eq!(text, format!("csync3 {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn the_usage_text_has_an_entry_for_every_option_of_the_one_of_csync() {
    let (_, ours, _) = call(Path::new("/nonexistent"), &["--help"]);
    let ours = options(&ours);
    let theirs = recorded("usage.txt");
    let theirs = options(&theirs);
    assert!(theirs.len() > 30, "{theirs:?}");
    let missing: Vec<_> = theirs.difference(&ours).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn whatever_csync_answers_with_its_usage_text_we_answer_with_ours() {
    let recording = recorded("usage-errors.txt");
    let calls = recording.lines().filter_map(|line| line.split_once("$ csync2 "));
    let mut seen = 0;
    for (_, words) in calls.filter(|(_, words)| *words != "--help") {
        let words: Vec<&str> = words.split(' ').map(|word| word.trim_matches('\'')).collect();
        let (code, text, reason) = call(Path::new("/nonexistent"), &words);
        assert_eq!(code, Some(1), "{words:?}");
        assert!(text.starts_with("\ncsync3 "), "{words:?}: {text}");
        assert!(reason.starts_with("csync3: "), "{words:?}: {reason}");
        seen += 1;
    }
    assert!(seen > 10, "only {seen} calls were found");
}
