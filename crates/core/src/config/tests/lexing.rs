//! Words, quotes, comments and includes.
use super::{Files, config, group, messages, setting};
use crate::config::{Config, Effect};
use std::fmt::Write;

fn includes(config: &Config) -> Vec<String> {
    let rules = config.groups[0].rules.iter();
    let included = rules.filter(|rule| rule.effect == Effect::Include);
    included.map(|rule| String::from_utf8_lossy(rule.pattern.text()).into_owned()).collect()
}

#[test]
fn braces_and_colons_may_be_part_of_words() {
    let config = group("include {host }x /a:b :c ;");
    assert_eq!(config.groups.len(), 1);
    assert_eq!(includes(&config), ["{host", "}x", "/a:b", ":c"]);
}

#[test]
fn a_comment_starts_inside_a_word_too() {
    let config = group("include /a#x;\n /b;");
    assert_eq!(includes(&config), ["/a", "/b"]);
}

#[test]
fn quotes_split_words_and_keep_newlines_and_empty_ones_are_nothing() {
    let config = group("include /a\"/b\nc\"/d \"\" \"host\" \"@(;#)\";");
    assert_eq!(includes(&config), ["/a", "/b\nc", "/d", "host", "@(;#)"]);
}

#[test]
fn a_colon_ends_a_word_only_at_its_end() {
    let config = config("prefix p { on x:y: /no; on me: /p; }");
    let roots: Vec<_> = config.prefixes.roots().collect();
    assert_eq!(roots.len(), 1);
    assert_eq!(roots[0].1.as_bytes(), b"/p");
    assert_eq!(messages(&Files::new("prefix p {\n on me:/p;\n}")), ["Near line 2: syntax error"]);
}

#[test]
fn keywords_are_case_sensitive_and_hosts_is_none() {
    let config = config("group hosts { host me GROUP Config; key k; }");
    assert_eq!(config.groups[0].name, "hosts");
    assert_eq!(config.peers().len(), 2);
}

#[test]
fn a_keyword_is_a_value_only_in_quotes() {
    assert_eq!(messages(&Files::new("group on { key k; }")), ["Near line 1: syntax error"]);
    assert_eq!(config("group \"on\" { key k; }").groups[0].name, "on");
}

#[test]
fn carriage_returns_are_white_space() {
    let text = "group g {\r\n host me;\r\n key k;\r\n include /x;\r\n}\r\n";
    assert_eq!(includes(&config(text)), ["/x"]);
}

#[test]
fn an_include_is_spliced_between_any_two_tokens() {
    let files = Files::new("group g { host me config a b ;; include /x config \"c d\"; /y; }")
        .with("a", "you; key")
        .with("b", "k")
        .with("c d", "/z # no end of line");
    let config = files.load(&setting()).expect("a usable configuration");
    assert_eq!(includes(&config), ["/x", "/z", "/y"]);
    let paths: Vec<_> = config.texts.iter().map(|text| text.path.clone()).collect();
    assert_eq!(paths, ["/etc/main.cfg", "a", "b", "c d"].map(std::path::PathBuf::from));
}

#[test]
fn an_include_is_looked_for_here_and_then_beside_the_including_file() {
    let beside = Files::new("config sub/a;")
        .with("/etc/sub/a", "config b;")
        .with("/etc/sub/b", "group deep { key k; }");
    let config = beside.load(&setting()).expect("a usable configuration");
    assert_eq!(config.groups[0].name, "deep");
    let here = beside.with("b", "group here { key k; }");
    let config = here.load(&setting()).expect("a usable configuration");
    assert_eq!(config.groups[0].name, "here");
}

#[test]
fn ten_files_may_include_each_other_and_no_more() {
    let chain = |length: usize| {
        let mut files = Files::new("config f1;");
        for at in 1..=length {
            let text = if at == length { String::new() } else { format!("config f{};", at + 1) };
            files = files.with(&format!("f{at}"), text);
        }
        files
    };
    assert!(chain(10).load(&setting()).is_ok());
    assert_eq!(messages(&chain(11)), ["Config includes nested too deeply."]);
    let circle = Files::new("config c;").with("c", "config c c c;");
    assert_eq!(messages(&circle), ["Config includes nested too deeply."]);
}

#[test]
fn every_missing_include_is_reported() {
    let files = Files::new("config nope;\nconfig /also/nope\n/x;");
    assert_eq!(
        messages(&files),
        [
            "Can't open included config file 'nope'.",
            "Can't open included config file '/also/nope'.",
            "Can't open included config file '/x'.",
        ]
    );
}

#[test]
fn a_fault_in_an_included_file_points_there_and_counts_lines_through_all_files() {
    let files = Files::new("\nconfig a;\n").with("a", "\n\n  bad;");
    let errors = files.load(&setting()).expect_err("a fault");
    let fault = &errors.diagnostics[0];
    assert_eq!(fault.message, "Near line 4: syntax error");
    let text = &errors.texts[fault.source()];
    assert_eq!(text.path, std::path::Path::new("a"));
    let position = text.position(fault.range().start);
    assert_eq!((position.line, position.column), (3, 3));
    assert_eq!(&text.text[fault.range()], b"bad");
}

#[test]
fn the_end_of_an_included_file_ends_quotations_and_words() {
    let open = Files::new("config a;\nx\"").with("a", "group \"g");
    assert_eq!(messages(&open)[0], "Near line 1: syntax error");
    let glued = Files::new("group g { key k; include config a;/y; }").with("a", "/x");
    let config = glued.load(&setting()).expect("a usable configuration");
    assert_eq!(includes(&config), ["/x", "/y"]);
}

#[test]
fn a_thousand_groups_are_read() {
    let mut text = String::new();
    for at in 0..1000 {
        writeln!(text, "group g{at} {{ host me p{at}; key k; include /g{at}; }}").expect("memory");
    }
    assert_eq!(config(&text).peers().len(), 1000);
}
