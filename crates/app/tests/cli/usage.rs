//! The usage text, and what leads to it.
use super::call;
use std::path::Path;

#[test]
fn usage_goes_to_standard_output_with_a_reason_on_standard_error() {
    let help = call(Path::new("/nonexistent"), &["--help"]);
    assert_eq!((help.0, &*help.2), (Some(0), ""));
    for (words, reason) in [
        (&[][..], "csync3: no mode given\n"),
        (
            &["-uc"],
            "csync3: only one mode is possible -- 'c' after 'u'\n",
        ),
        (&["-z"], "csync3: invalid option -- 'z'\n"),
        (
            &["-c", "-N"],
            "csync3: option requires an argument -- 'N'\n",
        ),
        (
            &["-M", "a"],
            "csync3: wrong number of operands for -M: none expected, 1 given\n",
        ),
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
