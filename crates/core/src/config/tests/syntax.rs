//! The grammar, its recovery, and the printer.
use super::{Files, config, messages, setting};
use crate::config::ast::{
    ActionStatement, Ast, Block, GroupBlock, HostEntry, OwnStatement, PrefixPlace, Statement, Text,
};
use crate::config::{Effect, Sources, read};
use proptest::prelude::*;
use std::path::Path;

#[test]
fn what_csync2_refuses_is_a_syntax_error_on_the_same_line() {
    for (text, line) in [
        ("group g {\n host me;\n foo;\n}\n", 3),
        ("group g {\n host me;\n key k;\n include /x\n}\n", 5),
        ("group g {\n host \"me;\n key k;\n}\n\n", 6),
        ("group g {\n host me;\n key k;\n", 4),
        ("group g { key k; }\n;\n", 2),
        ("group g { host me ((you)); key k; }", 1),
        ("group g { host me (you; key k; }", 1),
        ("group g { host me@; key k; }", 1),
        ("group g { key k; action { ; } }", 1),
        ("group g { key k; action { exec a; }; }", 1),
        ("group g { key k; action { logfile; } }", 1),
        ("group g { key k; action { logfile a b; } }", 1),
        ("group g { key k; ; }", 1),
        ("nossl a;", 1),
        ("nossl a b c;", 1),
        ("database a b;", 1),
        ("tempdir;", 1),
        ("prefix p { on *: \"\"; }", 1),
        ("prefix p { on ::/x; }", 1),
        ("prefix { }", 1),
        ("# a\n# b\nfoo;", 3),
        ("group \"a\nb\" { key k; foo }", 2),
        ("group g{ key k; }", 1),
        ("\0", 1),
        ("\u{b}group g { key k; }", 1),
    ] {
        let found = messages(&Files::new(text));
        assert_eq!(found[0], format!("Near line {line}: syntax error"), "{text:?}");
    }
}

#[test]
fn what_csync2_accepts_is_accepted() {
    for text in [
        "",
        "# nothing",
        "group { key k; }",
        "group \"\" g { host; include; exclude; compare; key k; }",
        "group g { key k; action { } action { pattern; exec; do-local; } }",
        "group g { host me@a you @ b (c@d) ( e f@g ) (); key k; }",
        "group g { host me@ you; key k; }",
        "prefix p { }",
        "ignore;",
        "nossl * *;",
        "lock-timeout abc; lock-timeout -3;",
        "group g { key k; backup-directory b; backup-generations x; backup-directory c; }",
    ] {
        assert!(Files::new(text).load(&setting()).is_ok(), "{text:?}");
    }
}

/// One fault per statement, none of them caused by another.
#[test]
fn the_parser_goes_on_after_a_fault() {
    let lines = |text: &str| messages(&Files::new(text));
    let two = "group g {\n include /a exclude /b;\n host @;\n key k;\n}\ngroup h { key k; }";
    assert_eq!(lines(two), ["Near line 2: syntax error", "Near line 3: syntax error"]);
    let unclosed = "group g {\n key k;\ngroup h {\n key k; foo\n}";
    assert_eq!(lines(unclosed), ["Near line 3: syntax error", "Near line 4: syntax error"]);
    let glued = "group g{\n key k; }\ntempdir;\ngroup h { key k;\n }group i { key k; }";
    assert_eq!(
        lines(glued),
        ["Near line 2: syntax error", "Near line 3: syntax error", "Near line 5: syntax error"]
    );
    let mixed = "foo { a; { b } }\ngroup g { key nope; }\nbar";
    assert_eq!(
        lines(mixed),
        [
            "Near line 1: syntax error",
            "Config error: Can't read keyfile /etc/nope.",
            "Near line 3: syntax error"
        ]
    );
}

#[test]
fn a_statement_lost_to_a_fault_is_not_missed_as_well() {
    let text = "group g {\n key k k;\n auto x;\n}";
    let found = messages(&Files::new(text));
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(found[0], "Near line 2: syntax error");
}

#[test]
fn faults_come_in_the_order_of_the_text_through_all_files() {
    let files = Files::new("group a { key nope; }\nconfig b;\nbar;").with("b", "foo;\nignore x;");
    assert_eq!(
        messages(&files),
        [
            "Config error: Can't read keyfile /etc/nope.",
            "Near line 2: syntax error",
            "Config error: Unknown 'ignore' porperty: 'x'.",
            "Near line 4: syntax error",
        ]
    );
}

#[test]
fn a_missing_semicolon_does_not_hide_what_the_statement_says() {
    let found = messages(&Files::new("group g {\n key nope\n auto x;\n}"));
    assert_eq!(found.len(), 3, "{found:?}");
    assert_eq!(found[0], "Config error: Can't read keyfile /etc/nope.");
    assert_eq!(found[1], "Near line 3: syntax error");
}

#[test]
fn an_unclosed_block_is_one_fault() {
    let found = messages(&Files::new("group g {\n key k;\n action {\n"));
    assert_eq!(found, ["Near line 4: syntax error"]);
    let found = messages(&Files::new("group g {\n key k;\n action {\n group h { key k; }"));
    assert_eq!(found, ["Near line 4: syntax error"]);
}

#[test]
fn a_fault_says_what_was_expected_and_what_may_help() {
    for (text, label, help) in [
        ("group g{ key k; }", "expected `{`, found `key`", Some("white space")),
        ("prefix p { on a:/p; }", "expected `:`, found `;`", Some("colon")),
        ("database group;", "expected a database, found `group`", Some("quotes")),
        ("tempdir /a", "expected `;`, found the end of the file", None),
        ("tempdir \"/a", "expected a directory, found a quotation without end", None),
    ] {
        let errors = Files::new(text).load(&setting()).expect_err("a fault");
        let fault = &errors.diagnostics[0];
        assert_eq!(fault.label, label, "{text}");
        match (&fault.help, help) {
            (None, None) => {}
            (Some(found), Some(wanted)) => assert!(found.contains(wanted), "{text}: {found}"),
            (found, _) => panic!("{text}: {found:?}"),
        }
    }
}

/// The frozen configurations, read from memory.
struct Frozen(&'static [u8]);

impl Sources for Frozen {
    fn read(&self, path: &Path) -> Result<Vec<u8>, String> {
        Ok(match path.to_str() {
            Some("main") => self.0,
            Some("/etc/group.key") => include_bytes!("../../../../../testdata/config/group.key"),
            Some("parts/prefix.cfg") => {
                include_bytes!("../../../../../testdata/config/parts/prefix.cfg")
            }
            Some("parts/empty.cfg") => {
                include_bytes!("../../../../../testdata/config/parts/empty.cfg")
            }
            Some("parts/hosts.cfg") => {
                include_bytes!("../../../../../testdata/config/parts/hosts.cfg")
            }
            Some("parts/more.cfg") => {
                include_bytes!("../../../../../testdata/config/parts/more.cfg")
            }
            Some("parts/deeper.cfg") => {
                include_bytes!("../../../../../testdata/config/parts/deeper.cfg")
            }
            _ => return Err("No such file or directory".to_owned()),
        }
        .to_vec())
    }
}

const FROZEN: [&[u8]; 4] = [
    include_bytes!("../../../../../testdata/config/web.cfg"),
    include_bytes!("../../../../../testdata/config/every-statement.cfg"),
    include_bytes!("../../../../../testdata/config/surprises.cfg"),
    include_bytes!("../../../../../testdata/config/split.cfg"),
];

#[test]
fn the_frozen_configurations_mean_what_csync2_says() {
    let mut setting = setting();
    setting.host = super::host("alpha");
    let [web, every, surprises, split] = FROZEN.map(|text| {
        let loaded = crate::config::load(Path::new("main"), &setting, &Frozen(text));
        loaded.unwrap_or_else(|errors| panic!("{errors}"))
    });
    let roots = |config: &crate::config::Config| -> Vec<String> {
        config.prefixes.roots().map(|(name, path)| format!("{name} {path}")).collect()
    };
    assert_eq!(roots(&web), ["%www% /srv/www"]);
    assert_eq!(roots(&every), ["%home% /home"]);
    assert_eq!(roots(&surprises), ["%r% /s", "%q% /q"]);
    assert_eq!(roots(&split), ["%p% /p"]);
    let names = |config: &crate::config::Config| -> Vec<String> {
        config.peers().iter().map(ToString::to_string).collect()
    };
    assert_eq!(names(&web), ["beta", "10.0.0.3"]);
    assert_eq!(names(&every), ["10.0.0.2", "gamma", "delta"]);
    assert_eq!(names(&surprises), ["on"]);
    assert_eq!(names(&split), ["beta", "gamma"]);
    assert_eq!((every.lock_timeout, every.groups.len()), (30, 2));
    assert_eq!(every.groups[0].name, "group_1");
    assert_eq!(split.groups[0].rules.len(), 4);
}

#[test]
fn all_faults_of_the_broken_configuration_are_found() {
    let text = include_bytes!("../../../../../testdata/config/broken.cfg");
    let mut setting = setting();
    setting.host = super::host("alpha");
    let errors = crate::config::load(Path::new("main"), &setting, &Frozen(text));
    let errors = errors.expect_err("faults");
    assert_eq!(
        errors.to_string(),
        "Near line 4: syntax error\n\
         Config error: Unknown auto-setting 'newest' (use 'none', 'younger', 'older', 'bigger', \
         'smaller', 'left' or 'right').\n\
         Near line 7: syntax error\n\
         Config error: every group must have a key.\n\
         Config error: Unknown auto-setting 'newest' (use 'none', 'younger', 'older', 'bigger', \
         'smaller', 'left' or 'right').\n\
         Near line 13: syntax error\n\
         Config error: Unknown 'ignore' porperty: 'everything'."
    );
}

#[test]
fn the_frozen_configurations_survive_printing() {
    for text in FROZEN {
        let (ast, _) = read(Path::new("main"), &Frozen(text)).expect("good syntax");
        assert_eq!(reread(&ast), ast);
    }
}

fn reread(ast: &Ast) -> Ast {
    let printed = ast.print();
    let files = Files::new(&printed);
    let read = read(Path::new("/etc/main.cfg"), &files);
    let (again, _) = read.unwrap_or_else(|errors| {
        panic!("{errors}\n{}", String::from_utf8_lossy(&printed));
    });
    again
}

fn text() -> impl Strategy<Value = Text> {
    let odd =
        proptest::collection::vec(proptest::sample::select(&b"ab{}():;@#%*/ \n\\\xe4"[..]), 1..5);
    let word = proptest::sample::select(vec!["group", "config", "host", "on", "{", "a:", "/x"]);
    prop_oneof![odd, word.prop_map(|word| word.as_bytes().to_vec())].prop_map(plain)
}

fn plain(bytes: Vec<u8>) -> Text {
    Text { bytes, ..Text::default() }
}

fn texts() -> impl Strategy<Value = Vec<Text>> {
    proptest::collection::vec(text(), 0..4)
}

fn statement() -> impl Strategy<Value = Statement> {
    let host = (text(), proptest::option::of(text()), any::<bool>());
    let host = host.prop_map(|(name, alias, slave)| HostEntry { name, alias, slave });
    let action = prop_oneof![
        texts().prop_map(ActionStatement::Patterns),
        texts().prop_map(ActionStatement::Commands),
        text().prop_map(ActionStatement::Logfile),
        Just(ActionStatement::DoLocal),
        Just(ActionStatement::DoLocalOnly),
    ];
    let effect = proptest::sample::select(vec![Effect::Include, Effect::Exclude, Effect::Compare]);
    prop_oneof![
        proptest::collection::vec(host, 0..4).prop_map(Statement::Hosts),
        text().prop_map(Statement::Key),
        text().prop_map(Statement::Auto),
        (effect, texts()).prop_map(|(effect, patterns)| Statement::Patterns { effect, patterns }),
        text().prop_map(Statement::BackupDirectory),
        text().prop_map(Statement::BackupGenerations),
        proptest::collection::vec(action, 0..4).prop_map(Statement::Action),
        own().prop_map(Statement::Own),
    ]
}

fn own() -> impl Strategy<Value = OwnStatement> {
    // It is a comment to csync2, which ends with the line.
    let line = || text().prop_filter("of one line", |text| !text.bytes.contains(&b'\n'));
    let values = proptest::collection::vec(line(), 0..4);
    (line(), values).prop_map(|(name, values)| OwnStatement { name, values })
}

fn block() -> impl Strategy<Value = Block> {
    let statements = proptest::collection::vec(statement(), 0..5);
    let group = (proptest::option::of(text()), statements);
    let place = (text(), text()).prop_map(|(hosts, path)| PrefixPlace { hosts, path });
    let places = proptest::collection::vec(place, 0..3);
    prop_oneof![
        4 => group.prop_map(|(name, statements)| Block::Group(GroupBlock {
            keyword: plain(b"group".to_vec()),
            name,
            statements,
            complete: true,
        })),
        2 => (text(), places).prop_map(|(name, places)| Block::Prefix { name, places }),
        1 => (text(), text()).prop_map(|(from, to)| Block::NoSsl { from, to }),
        1 => own().prop_map(Block::Own),
        1 => texts().prop_map(Block::Ignore),
        1 => text().prop_map(Block::Database),
        1 => text().prop_map(Block::Tempdir),
        1 => text().prop_map(Block::LockTimeout),
        1 => Just(Block::NoCygwinLowercase(plain(b"no-cygwin-lowercase".to_vec()))),
    ]
}

proptest! {
    #[test]
    fn reading_undoes_printing(blocks in proptest::collection::vec(block(), 0..5)) {
        let ast = Ast { blocks };
        prop_assert_eq!(reread(&ast), ast);
    }

    #[test]
    fn no_text_is_too_odd_to_be_judged(
        pieces in proptest::collection::vec(
            proptest::sample::select(vec![
                "group", "host", "key k", "config", "action", "prefix p", "on", "{", "}", "(", ")",
                ";", ":", "@", "\"", "#", "\n", "/x", "x{", "}y", "include", "nossl", "#csync3",
            ]),
            0..40,
        )
    ) {
        let text = pieces.join(" ");
        if let Err(errors) = Files::new(&text).load(&setting()) {
            prop_assert!(!errors.diagnostics.is_empty());
            for fault in &errors.diagnostics {
                prop_assert!(errors.texts[fault.source()].text.get(fault.range()).is_some());
            }
        }
    }
}

#[test]
fn groups_without_name_are_numbered_among_themselves() {
    let config = config("group { key k; } group x { key k; } group { key k; }");
    let names: Vec<_> = config.groups.iter().map(|group| &*group.name).collect();
    assert_eq!(names, ["group_1", "x", "group_2"]);
}
