//! Which names a configuration covers: csync2's own answers, over a tree in memory.
use super::{config, group};
use crate::config::{Config, Level, Purpose};
use proptest::prelude::*;

/// The tree of `spec/config.md` 5; directories end with a slash.
const TREE: [&str; 17] = [
    "/T/",
    "/T/a.c",
    "/T/.hid",
    "/T/sub/",
    "/T/sub/b.c",
    "/T/sub/keep/",
    "/T/sub/keep/k",
    "/T/sub/deep/",
    "/T/sub/deep/er/",
    "/T/sub/deep/er/d.c",
    "/T/x.c/",
    "/T/x.c/inner",
    "/T/foo/",
    "/T/foo/bar",
    "/T/o/",
    "/T/o/x.o",
    "/U",
];

/// Walks the tree as csync2 does, from `/`: what is neither matched nor on the way is not entered.
/// A directory that cannot hold anything is not opened either, if `pruned`.
fn walk(config: &Config, purpose: Purpose, pruned: bool) -> Vec<&'static str> {
    let mut found = Vec::new();
    let mut closed: Vec<String> = Vec::new();
    assert_ne!(config.level(b"/", purpose), Level::No);
    for entry in TREE {
        let name = entry.trim_end_matches('/');
        if closed.iter().any(|directory| entry.starts_with(directory)) {
            continue;
        }
        let level = config.level(name.as_bytes(), purpose);
        if level == Level::Yes {
            found.push(name);
        }
        let useless = pruned && !config.may_hold_matches(name.as_bytes(), purpose);
        if level == Level::No || useless {
            closed.push(format!("{name}/"));
        }
    }
    found
}

fn recorded(patterns: &str) -> Vec<&'static str> {
    let config = group(patterns);
    let found = walk(&config, Purpose::Sync, false);
    assert_eq!(walk(&config, Purpose::Sync, true), found, "{patterns}");
    found
}

fn all_but(left_out: &[&str]) -> Vec<&'static str> {
    let below = |name: &str, top: &str| name == top || name.starts_with(&format!("{top}/"));
    TREE.iter()
        .map(|entry| entry.trim_end_matches('/'))
        .filter(|name| *name != "/U" && !left_out.iter().any(|top| below(name, top)))
        .collect()
}

#[test]
fn a_directory_is_included_with_all_below_it() {
    assert_eq!(recorded("include /T;"), all_but(&[]));
    assert_eq!(recorded("include /T///;"), all_but(&[]));
}

#[test]
fn a_base_exclude_drops_what_it_names() {
    assert_eq!(recorded("include /T; exclude *.o;"), all_but(&["/T/o/x.o"]));
    assert_eq!(recorded("include /T; exclude foo;"), all_but(&["/T/foo"]));
}

#[test]
fn a_root_that_fails_the_base_test_is_not_entered() {
    assert_eq!(recorded("include /T; exclude *; include *.c;"), [""; 0]);
}

#[test]
fn a_star_does_not_cross_a_slash_but_a_match_takes_all_below() {
    assert_eq!(recorded("include /T/*.c;"), ["/T/a.c", "/T/x.c", "/T/x.c/inner"]);
    assert_eq!(recorded("include /T/*/keep;"), ["/T/sub/keep", "/T/sub/keep/k"]);
}

#[test]
fn two_stars_cross_slashes_where_the_way_is_open() {
    assert_eq!(recorded("include /T/**/*.c;"), ["/T/sub/b.c", "/T/sub/deep/er/d.c"]);
    assert_eq!(recorded("include /T/**.c;"), ["/T/a.c", "/T/x.c", "/T/x.c/inner"]);
}

#[test]
fn the_last_matching_path_pattern_decides() {
    let nested = "include /T; exclude /T/sub; include /T/sub/keep;";
    let mut wanted = all_but(&["/T/sub"]);
    wanted.splice(3..3, ["/T/sub/keep", "/T/sub/keep/k"]);
    assert_eq!(recorded(nested), wanted);
    assert_eq!(recorded("exclude /T/sub; include /T;"), all_but(&[]));
}

#[test]
fn base_includes_alone_include_nothing() {
    assert_eq!(recorded("include *.c;"), [""; 0]);
    assert_eq!(recorded("include T/sub;"), [""; 0]);
}

#[test]
fn the_root_pattern_matches_the_root_alone() {
    let config = group("include /;");
    assert_eq!(config.level(b"/", Purpose::Sync), Level::Yes);
    assert_eq!(recorded("include /;"), [""; 0]);
    let everything = recorded("include /*;");
    assert_eq!(everything.len(), TREE.len());
    assert_eq!(recorded("include /**;"), everything);
}

#[test]
fn every_compare_word_counts_in_comparisons_only() {
    let config = group("include /T/foo; compare /T/sub/keep /T/o;");
    assert_eq!(walk(&config, Purpose::Sync, true), ["/T/foo", "/T/foo/bar"]);
    assert_eq!(
        walk(&config, Purpose::Compare, true),
        ["/T/sub/keep", "/T/sub/keep/k", "/T/foo", "/T/foo/bar", "/T/o", "/T/o/x.o"]
    );
}

#[test]
fn prefix_patterns_and_absolute_names_never_meet() {
    let config = config(
        "prefix p { on me: /T/sub/; } group g { host me; key k; include %p%/keep; exclude /T; }",
    );
    let level = |name: &str| config.level(name.as_bytes(), Purpose::Sync);
    assert_eq!(level("%p%"), Level::Way);
    assert_eq!(level("%p%/keep/k"), Level::Yes);
    assert_eq!(level("%p%/deep"), Level::No);
    assert_eq!(level("/T/sub/keep"), Level::No);
}

#[test]
fn parents_of_a_prefix_root_are_on_the_way() {
    let config =
        config("prefix p { on me: /T/sub; } group g { host me; key k; include %p%; exclude *; }");
    for (name, wanted) in [
        ("/", Level::Way),
        ("/T", Level::Way),
        ("/T/sub", Level::No),
        ("/T/su", Level::No),
        ("/T/other", Level::No),
    ] {
        assert_eq!(config.level(name.as_bytes(), Purpose::Sync), wanted, "{name}");
    }
    assert!(config.may_hold_matches(b"/T", Purpose::Sync));
    assert!(!config.may_hold_matches(b"/T/sub", Purpose::Sync));
}

#[test]
fn a_directory_that_can_hold_nothing_is_not_opened() {
    let config = group("include /home/**/x /etc/*/a; exclude /home/bob /etc/none;");
    for (name, opened) in [
        ("/home", true),
        ("/home/alice", true),
        ("/home/bob", false),
        ("/etc", true),
        ("/etc/some", true),
        ("/etc/some/b", false),
        ("/etc/none", false),
        ("/usr", false),
    ] {
        assert_eq!(config.may_hold_matches(name.as_bytes(), Purpose::Sync), opened, "{name}");
    }
    assert_eq!(config.level(b"/home/bob", Purpose::Sync), Level::Way);
    let nothing = group("include /home; exclude *;");
    assert!(!nothing.may_hold_matches(b"/home", Purpose::Sync));
}

fn patterns() -> impl Strategy<Value = String> {
    let component = proptest::sample::select(vec![
        "sub", "keep", "*", "*.c", "?", "**", "[a-f]*", "[!s]*", "d**r", "\\T", "[T/x]", "x.c",
    ]);
    let path = proptest::collection::vec(component, 0..4)
        .prop_map(|parts| parts.iter().map(|part| format!("/{part}")).collect::<String>());
    let top = proptest::sample::select(vec!["/T", "", "/*", "/**", "%p%"]);
    let whole = (top, path).prop_map(|(top, path)| format!("{top}{path}"));
    let base =
        proptest::sample::select(vec!["*", "*.c", "keep", "?", "sub"]).prop_map(String::from);
    let kind = proptest::sample::select(vec!["include", "include", "exclude", "compare"]);
    (kind, prop_oneof![3 => whole, 1 => base])
        .prop_filter("an empty pattern is no word", |(_, pattern)| !pattern.is_empty())
        .prop_map(|(kind, pattern)| format!("{kind} \"{pattern}\";"))
}

proptest! {
    #[test]
    fn what_is_not_opened_holds_nothing(
        statements in proptest::collection::vec(patterns(), 1..6),
        compare in any::<bool>(),
    ) {
        let purpose = if compare { Purpose::Compare } else { Purpose::Sync };
        let config = group(&statements.concat());
        prop_assert_eq!(walk(&config, purpose, true), walk(&config, purpose, false));
        for entry in TREE {
            for (at, _) in entry.match_indices('/').filter(|(at, _)| at + 1 < entry.len()) {
                let directory = if at == 0 { "/" } else { &entry[..at] };
                let name = entry.trim_end_matches('/').as_bytes();
                if config.level(name, purpose) == Level::Yes {
                    prop_assert!(config.may_hold_matches(directory.as_bytes(), purpose));
                }
            }
        }
    }
}
