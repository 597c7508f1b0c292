//! Broken configurations as a person sees them.
use super::{Color, faults, warnings};
use csync3_core::config::{
    ConfigErrors, Diagnostic, HostName, Setting, SourceText, Sources, Span, load,
};
use std::path::Path;

const MAIN: &str = "/etc/csync2.cfg";
const KEY: (&str, &str) = ("/etc/k", "0123456789abcdef0123456789abcdef\n");

/// Files in memory.
struct Files(&'static [(&'static str, &'static str)]);

impl Sources for Files {
    fn read(&self, path: &Path) -> Result<Vec<u8>, String> {
        let found = self.0.iter().find(|(name, _)| Path::new(name) == path);
        let text = found.ok_or("No such file or directory")?.1;
        Ok(text.as_bytes().to_vec())
    }
}

/// What a person sees of a configuration that cannot be loaded.
fn loaded(files: &'static [(&'static str, &'static str)]) -> String {
    let setting = Setting {
        host: HostName::parse(b"node1").expect("a host name"),
        system_dir: "/etc".into(),
        groups: None,
        peers: None,
    };
    let errors = load(Path::new(MAIN), &setting, &Files(files)).expect_err("it is broken");
    faults(&errors, Color::Never)
}

/// One text, and a diagnostic about `part` of it.
fn about(text: &[u8], part: &[u8], message: &str) -> (Vec<SourceText>, Diagnostic) {
    let mut windows = text.windows(part.len());
    let start = windows.position(|window| window == part).expect("the part is in the text");
    let span = Span { source: 0, start, end: start + part.len() };
    let text = SourceText { path: MAIN.into(), text: text.to_vec() };
    (vec![text], Diagnostic::new(span, message, ""))
}

#[test]
fn a_missing_semicolon_is_shown_where_the_list_goes_wrong() {
    let shown = loaded(&[KEY, (MAIN, "group web {\n\thost node1 node2\n\tkey /etc/k;\n}\n")]);
    let expected = "\
Near line 3: syntax error
 --> /etc/csync2.cfg:3:2
  |
3 |     key /etc/k;
  |     ^^^ expected `;` or another ";
    // What else could stand there is the parser's to say.
    assert!(shown.starts_with(expected), "{shown}");
    assert!(shown.ends_with(", found `key`\n"), "{shown}");
}

#[test]
fn a_group_without_a_key_is_shown_at_its_name() {
    let shown = loaded(&[(MAIN, "group web {\n\thost node1 node2;\n}\n")]);
    let expected = "\
Config error: every group must have a key.
 --> /etc/csync2.cfg:1:7
  |
1 | group web {
  |       ^^^ this group has none
";
    assert_eq!(shown, expected);
}

#[test]
fn a_fault_in_an_included_file_names_that_file() {
    let shown = loaded(&[
        KEY,
        (MAIN, "config /etc/web.cfg;\n"),
        ("/etc/web.cfg", "group web { host node1; key k; auto newest; }\n"),
    ]);
    let expected = "\
Config error: Unknown auto-setting 'newest' (use 'none', 'younger', 'older', 'bigger', 'smaller', \
'left' or 'right').
 --> /etc/web.cfg:1:37
  |
1 | group web { host node1; key k; auto newest; }
  |                                     ^^^^^^ expected a method, or `first`
";
    assert_eq!(shown, expected);
}

#[test]
fn several_faults_are_all_shown_with_help() {
    let shown = loaded(&[
        ("/etc/k", "short\n"),
        (MAIN, "group web { host node1; key k; }\nignore size;\n"),
    ]);
    let expected = "\
Config error: Key in file /etc/k is too short.
 --> /etc/csync2.cfg:1:29
  |
1 | group web { host node1; key k; }
  |                             ^ 5 of at least 32 characters
  |
  = help: `csync3 -k /etc/k` makes a new key
Config error: Unknown 'ignore' porperty: 'size'.
 --> /etc/csync2.cfg:2:8
  |
2 | ignore size;
  |        ^^^^ expected `uid`, `gid` or `mod`
";
    assert_eq!(shown, expected);
}

#[test]
fn a_missing_configuration_is_named_once() {
    let expected = "Can not open config file `/etc/csync2.cfg': No such file or directory\n";
    assert_eq!(loaded(&[]), expected);
}

#[test]
fn a_file_without_text_is_named_if_the_message_does_not() {
    let errors = ConfigErrors {
        diagnostics: vec![Diagnostic::new(Span::default(), "nothing in it", "")],
        texts: vec![SourceText { path: MAIN.into(), text: vec![] }],
    };
    let shown = faults(&errors, Color::Never);
    assert_eq!(shown, "nothing in it\n--> /etc/csync2.cfg\n");
}

#[test]
fn odd_bytes_and_a_place_behind_the_end_do_no_harm() {
    let bytes = b"group \xff\xfe { host \"b\xe4r\"; ";
    let (texts, mut fault) = about(bytes, b" ", "Near line 1: syntax error");
    fault.span.start = bytes.len();
    fault.span.end = bytes.len() + 9;
    fault.label = "expected `}`".into();
    let errors = ConfigErrors { diagnostics: vec![fault], texts };
    let expected = "\
Near line 1: syntax error
 --> /etc/csync2.cfg:1:24
  |
1 | group \u{fffd}\u{fffd} { host \"b\u{fffd}r\"; 
  |                        ^ expected `}`
";
    assert_eq!(faults(&errors, Color::Never), expected);
}

#[test]
fn doubts_are_marked_as_warnings() {
    let (texts, doubt) = about(b"tempdir /tmp;\n", b"/tmp", "others can write there");
    let expected = "\
warning: others can write there
 --> /etc/csync2.cfg:1:9
  |
1 | tempdir /tmp;
  |         ^^^^
";
    assert_eq!(warnings(&[doubt], &texts, Color::Never), expected);
}

#[test]
fn colors_appear_only_when_they_are_wanted() {
    let (texts, fault) = about(b"x\n", b"x", "no \x1b[2J here");
    let errors = ConfigErrors { diagnostics: vec![fault], texts };
    assert!(!faults(&errors, Color::Never).contains('\x1b'));
    let colored = faults(&errors, Color::Always);
    assert!(colored.contains("\x1b[1m") && !colored.contains("\x1b[2J"));
}
