//! csync2's rules around `fnmatch`; `fnmatch` itself is compared with the C library's in
//! `tests/fnmatch.rs`.
use super::{Glob, Pattern};
use proptest::prelude::*;

fn matches(pattern: &str, name: &str) -> bool {
    Pattern::parse(pattern.as_bytes()).matches(name.as_bytes())
}

#[test]
fn a_path_pattern_takes_all_below_what_it_matches() {
    assert!(matches("/etc", "/etc/hosts"));
    assert!(matches("/e*", "/etc/a/b"));
    assert!(matches("%p%/a", "%p%/a/b"));
    assert!(!matches("/etc", "/etcetera"));
    assert!(!matches("/etc/hosts", "/etc"));
}

#[test]
fn a_wildcard_crosses_slashes_only_next_to_two_stars() {
    assert!(!matches("/a/*.c", "/a/b/x.c"));
    assert!(!matches("/a?b", "/a/b"));
    assert!(!matches("/a[/]b", "/a/b"));
    assert!(matches("/a/**.c", "/a/b/x.c"));
    assert!(matches("/a?b**", "/a/b"));
    assert!(matches("/a[/]b**", "/a/b"));
}

#[test]
fn a_base_pattern_sees_the_last_component_alone() {
    assert!(matches("*.c", "/a/b.c"));
    assert!(matches("*", "/a/.hid"));
    assert!(matches("%p%x", "%p%x") && matches("a", "a"));
    assert!(!matches("b", "/b/c"));
    assert!(!matches("a/b", "/a/b"));
}

#[test]
fn trailing_slashes_do_not_count() {
    assert!(matches("/a//", "/a"));
    assert!(matches("a/", "/x/a"));
    assert_eq!(Pattern::parse(b"///").text(), b"/");
    assert!(matches("/", "/") && !matches("/", "/a"));
}

#[test]
fn bytes_above_ascii_are_themselves() {
    assert!(Pattern::parse(b"/\xe4?").matches(b"/\xe4\xff"));
    assert!(Pattern::parse(b"/[\xe0-\xff]").matches(b"/\xe4"));
    assert!(!matches("/[[:alpha:]]", "/\u{e4}"));
}

#[test]
fn an_action_pattern_is_a_path_pattern_however_it_starts() {
    assert!(Pattern::parse_path(b"*/b").matches(b"a/b/c"));
    assert!(!Pattern::parse_path(b"b").matches(b"/a/b"));
}

#[test]
fn the_way_to_a_pattern_is_the_pattern_cut_at_its_slashes() {
    let way =
        |pattern: &str, name: &str| Pattern::parse(pattern.as_bytes()).on_the_way(name.as_bytes());
    for name in ["/a", "/a/b1"] {
        assert!(way("/a/b*/c", name), "{name}");
    }
    for name in ["/", "/b", "/a/x", "/a/b1/c", "/a/b1/x"] {
        assert!(!way("/a/b*/c", name), "{name}");
    }
    assert!(way("/a/**/c", "/a/b/d/e"));
    assert!(way("%p%/a", "%p%"));
    assert!(!way("a/b", "a"));
}

#[test]
fn a_star_does_not_lead_to_an_escaped_slash() {
    assert!(!matches("/*\\/b", "/a/b"));
    assert!(matches("/a\\/b", "/a/b"));
}

#[test]
fn host_globs_compare_whole_names() {
    assert!(Glob::parse(b"node?.*").matches(b"node1.example"));
    assert!(!Glob::parse(b"node").matches(b"node1"));
    assert!(Glob::parse(b"*").matches(b""));
}

#[test]
fn many_stars_take_no_more_than_quadratic_time() {
    let pattern = [b"/".as_slice(), &b"*a".repeat(200), b"b**"].concat();
    let name = [b"/".as_slice(), &b"a".repeat(20_000)].concat();
    assert!(!Pattern::parse(&pattern).matches(&name));
    let nested = [b"/".as_slice(), &b"*[a]?".repeat(100), b"b"].concat();
    assert!(!Pattern::parse(&nested).matches(&name));
}

proptest! {
    #[test]
    fn nothing_is_matched_below_what_cannot_be_reached(
        pattern in "[/%]([ab*?/\\[\\]!^\\\\-]|\\*\\*|\\[ab\\]){0,8}",
        name in "[/%]([ab/]|\\[|-){0,8}",
    ) {
        let pattern = Pattern::parse(pattern.as_bytes());
        if pattern.matches(name.as_bytes()) {
            for (at, _) in name.match_indices('/') {
                let directory = if at == 0 { "/" } else { &name[..at] };
                prop_assert!(pattern.may_match_below(directory.as_bytes()), "{directory}");
            }
        }
    }

    #[test]
    fn a_pattern_that_matches_a_directory_matches_below_it(
        pattern in "[/%]([ab*?/\\[\\]!^\\\\-]|\\*\\*|\\[ab\\]){0,8}",
        name in "[/%][ab/]{0,6}[ab]",
        below in "/[ab/]{1,4}",
    ) {
        let pattern = Pattern::parse(pattern.as_bytes());
        if pattern.matches(name.as_bytes()) {
            prop_assert!(pattern.matches([name, below].concat().as_bytes()));
        }
    }
}
