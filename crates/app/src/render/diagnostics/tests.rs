//! Five broken configurations as a person sees them.
use super::{Color, faults, warnings};
use csync3_core::config::{ConfigErrors, Diagnostic, SourceText, Span};

fn text(path: &str, text: &[u8]) -> SourceText {
    SourceText {
        path: path.into(),
        text: text.to_vec(),
    }
}

/// The span of `part` in one of the texts.
fn at(texts: &[SourceText], source: usize, part: &str) -> Span {
    let text = &texts[source].text;
    let start = text
        .windows(part.len())
        .position(|window| window == part.as_bytes())
        .expect("the part is in the text");
    Span {
        source,
        start,
        end: start + part.len(),
    }
}

fn shown(texts: Vec<SourceText>, diagnostics: Vec<Diagnostic>) -> String {
    faults(&ConfigErrors { diagnostics, texts }, Color::Never)
}

const MAIN: &str = "/etc/csync2.cfg";

#[test]
fn a_syntax_error_shows_its_line_and_what_was_expected() {
    let texts = vec![text(
        MAIN,
        b"group web\n{\n\thost node1 node2\n\tkey k;\n}\n",
    )];
    let fault = Diagnostic::new(
        at(&texts, 0, "key"),
        "Near line 4: syntax error",
        "expected a host name or `;`",
    )
    .with_help("end the list of hosts with `;`");
    let expected = "\
Near line 4: syntax error
 --> /etc/csync2.cfg:4:2
  |
4 |     key k;
  |     ^^^ expected a host name or `;`
  |
  = help: end the list of hosts with `;`
";
    assert_eq!(shown(texts, vec![fault]), expected);
}

#[test]
fn a_fault_in_an_included_file_names_that_file() {
    let texts = vec![
        text(MAIN, b"config web.cfg;\n"),
        text("/etc/web.cfg", b"group web { host a; auto newest; }\n"),
    ];
    let fault = Diagnostic::new(
        at(&texts, 1, "newest"),
        "Config error: Unknown auto-setting 'newest'",
        "not a method",
    );
    let expected = "\
Config error: Unknown auto-setting 'newest'
 --> /etc/web.cfg:1:26
  |
1 | group web { host a; auto newest; }
  |                          ^^^^^^ not a method
";
    assert_eq!(shown(texts, vec![fault]), expected);
}

#[test]
fn several_faults_are_all_shown_in_order() {
    let texts = vec![text(MAIN, b"group a { host a; }\nignore size;\n")];
    let faults = vec![
        Diagnostic::new(
            at(&texts, 0, "group a"),
            "Config error: every group must have a key.",
            "",
        ),
        Diagnostic::new(
            at(&texts, 0, "size"),
            "Config error: Unknown 'ignore' porperty: 'size'.",
            "expected `uid`, `gid` or `mod`",
        ),
    ];
    let expected = "\
Config error: every group must have a key.
 --> /etc/csync2.cfg:1:1
  |
1 | group a { host a; }
  | ^^^^^^^
Config error: Unknown 'ignore' porperty: 'size'.
 --> /etc/csync2.cfg:2:8
  |
2 | ignore size;
  |        ^^^^ expected `uid`, `gid` or `mod`
";
    assert_eq!(shown(texts, faults), expected);
}

#[test]
fn a_file_that_cannot_be_read_is_named_without_a_line() {
    let fault = Diagnostic::new(
        Span::default(),
        "Can not open config file `/etc/csync2.cfg': No such file or directory",
        "",
    )
    .with_help("create it, or choose another one with -C");
    let expected = "\
Can not open config file `/etc/csync2.cfg': No such file or directory
--> /etc/csync2.cfg
 = help: create it, or choose another one with -C
";
    assert_eq!(shown(vec![text(MAIN, b"")], vec![fault]), expected);
}

#[test]
fn an_end_without_a_brace_and_odd_bytes_still_have_a_place() {
    let bytes = b"group \xff\xfe { host \"b\xe4r\"; ";
    let end = Span {
        source: 0,
        start: bytes.len(),
        end: bytes.len() + 9,
    };
    let fault = Diagnostic::new(end, "Near line 1: syntax error", "expected `}`");
    let expected = "\
Near line 1: syntax error
 --> /etc/csync2.cfg:1:24
  |
1 | group \u{fffd}\u{fffd} { host \"b\u{fffd}r\"; 
  |                        ^ expected `}`
";
    assert_eq!(shown(vec![text(MAIN, bytes)], vec![fault]), expected);
}

#[test]
fn doubts_are_marked_as_warnings() {
    let texts = vec![text(MAIN, b"tempdir /tmp;\n")];
    let doubt = Diagnostic::new(at(&texts, 0, "/tmp"), "others can write there", "");
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
    let texts = vec![text(MAIN, b"x\n")];
    let errors = ConfigErrors {
        diagnostics: vec![Diagnostic::new(at(&texts, 0, "x"), "no \x1b[2J here", "")],
        texts,
    };
    assert!(!faults(&errors, Color::Never).contains('\x1b'));
    let colored = faults(&errors, Color::Always);
    assert!(colored.contains("\x1b[1m") && !colored.contains("\x1b[2J"));
}
