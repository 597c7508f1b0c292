//! Equal configurations are equal, every difference shows, and nothing shows without the key.
use super::{
    Digest, Nonces, Presence, Section, Statement, answer, entries, is_proved, proof, question,
};
use crate::config::{self, Config, Group, HostName, Setting, Sources, Target};
use std::path::Path;

struct Texts {
    config: String,
    key: String,
}

impl Sources for Texts {
    fn read(&self, path: &Path) -> Result<Vec<u8>, String> {
        let text = if path.ends_with("csync2.cfg") { &self.config } else { &self.key };
        Ok(text.clone().into_bytes())
    }
}

fn digest(config: &Config, group: &Group, statement: Statement, nonces: &Nonces) -> Digest {
    super::digest(group, statement, nonces, &entries(config, group, statement))
}

const KEY: &str = "0123456789abcdef0123456789abcdef";
const OTHER_KEY: &str = "0123456789abcdef0123456789abcdeF";

fn config_with(host: &str, key: &str, text: &str) -> Config {
    let setting = Setting {
        host: HostName::parse(host.as_bytes()).expect("a name"),
        system_dir: "/etc".into(),
        groups: None,
        peers: None,
    };
    let texts = Texts { config: text.to_owned(), key: format!("{key}\n") };
    config::load(Path::new("/etc/csync2.cfg"), &setting, &texts).expect("a good configuration")
}

pub(in crate::doctor) fn config(host: &str, text: &str) -> Config {
    config_with(host, KEY, text)
}

const NONCES: Nonces = Nonces { asking: [1; 32], asked: [2; 32] };

fn pair(myname: &str, peer: &str) -> Target {
    let name = |text: &str| HostName::parse(text.as_bytes()).expect("a name");
    Target { peer: name(peer), myname: name(myname) }
}

fn differing(here: &Config, there: &Config) -> Vec<Statement> {
    let sections = question(here, &pair("a", "b"), &NONCES);
    let caller = HostName::parse(b"a").expect("a name");
    let answer = answer(there, &caller, &sections, &NONCES);
    let verdicts = answer.verdicts.iter().flat_map(|verdict| &verdict.compared);
    verdicts.filter(|it| !it.same).map(|it| it.statement).collect()
}

const BASE: &str = "prefix p { on *: /p; } ignore uid;
    group g { host a b (c); key k; include %p%/x /y; exclude *~ /y/z; auto younger; }";

#[test]
fn the_same_text_is_the_same_on_every_host() {
    assert_eq!(differing(&config("a", BASE), &config("b", BASE)), []);
}

#[test]
fn every_difference_is_named_by_its_statement_on_both_ends() {
    for (from, to, expected) in [
        ("a b (c)", "a b", vec![Statement::Hosts, Statement::HostOrder]),
        ("a b (c)", "a b c", vec![Statement::Hosts, Statement::HostOrder]),
        ("a b (c)", "b a (c)", vec![Statement::HostOrder]),
        ("%p%/x /y", "%p%/x /y /w", vec![Statement::Include, Statement::PatternOrder]),
        ("%p%/x /y", "/y %p%/x", vec![Statement::PatternOrder]),
        ("*~", "*.o", vec![Statement::Exclude, Statement::PatternOrder]),
        (
            "auto younger;",
            "auto younger; compare /c;",
            vec![Statement::Compare, Statement::PatternOrder],
        ),
        ("auto younger", "auto older", vec![Statement::Auto]),
        ("ignore uid", "ignore gid", vec![Statement::Ignore]),
        ("on *: /p", "on q: /p", vec![Statement::Prefixes]),
        ("on *: /p", "on *: /elsewhere", vec![]),
    ] {
        let changed = BASE.replace(from, to);
        let one_way = differing(&config("a", BASE), &config("b", &changed));
        assert_eq!(one_way, expected, "{from} to {to}");
        let other_way = differing(&config("a", &changed), &config("b", BASE));
        assert_eq!(other_way, expected, "{to} to {from}");
    }
}

#[test]
fn without_the_key_nothing_else_is_told() {
    let there = config_with("b", OTHER_KEY, &BASE.replace("auto younger", "auto older"));
    assert_eq!(differing(&config("a", BASE), &there), [Statement::Key]);
    let sections = question(&config("a", BASE), &pair("a", "b"), &NONCES);
    let caller = HostName::parse(b"a").expect("a name");
    let told = answer(&there, &caller, &sections, &NONCES);
    assert_eq!(told.verdicts[0].compared.len(), 1, "{told:?}");
    let nothing = [Section { group: b"g".to_vec(), digests: Vec::new() }];
    let told = answer(&config("b", BASE), &caller, &nothing, &NONCES);
    assert_eq!(told.verdicts[0].compared.len(), 1, "no digest of the key is no key");
    assert!(!told.verdicts[0].compared[0].same);
}

#[test]
fn only_the_first_digest_of_a_statement_counts() {
    let (here, there) = (config("a", BASE), config_with("b", OTHER_KEY, BASE));
    let right = digest(&there, &there.groups[0], Statement::Key, &NONCES);
    let wrong = digest(&here, &here.groups[0], Statement::Key, &NONCES);
    let digests = vec![(Statement::Key, wrong), (Statement::Key, right)];
    let caller = HostName::parse(b"a").expect("a name");
    let section = [Section { group: b"g".to_vec(), digests }];
    let told = answer(&there, &caller, &section, &NONCES);
    assert!(!told.verdicts[0].compared[0].same);
}

#[test]
fn groups_are_found_by_name_then_by_key_and_counted_otherwise() {
    let there = config(
        "b",
        "group h { host a b; key k; include /y; } group i { host a b; key k; include /y; }
         group j { host b c; key k; include /y; }",
    );
    let here = config("a", "group g { host a b; key k; include /y; }");
    let caller = HostName::parse(b"a").expect("a name");
    let sections = question(&here, &pair("a", "b"), &NONCES);
    let told = answer(&there, &caller, &sections, &NONCES);
    assert_eq!(told.verdicts[0].presence, Presence::Renamed(b"h".to_vec()));
    assert_eq!(told.more, 1, "the group without the caller is not counted");
    let two = config(
        "a",
        "group h { host a b; key k; include /y; } group new { host a b; key k; include /y; }",
    );
    let sections = question(&two, &pair("a", "b"), &NONCES);
    let only_h = config("b", "group h { host a b; key k; include /y; }");
    let alone = answer(&only_h, &caller, &sections, &NONCES);
    assert_eq!(alone.verdicts[0].presence, Presence::Same);
    assert_eq!(alone.verdicts[1].presence, Presence::Absent, "h is spoken for");
    let stranger = HostName::parse(b"d").expect("a name");
    let sections = question(&here, &pair("a", "b"), &NONCES);
    let told = answer(&there, &stranger, &sections, &NONCES);
    assert_eq!((&told.verdicts[0].presence, told.more), (&Presence::Absent, 0));
}

#[test]
fn digests_are_of_no_use_in_another_comparison() {
    let here = config("a", BASE);
    let group = &here.groups[0];
    for statement in Statement::ALL {
        let fresh = digest(&here, group, statement, &NONCES);
        for other in [Nonces { asking: [3; 32], ..NONCES }, Nonces { asked: [3; 32], ..NONCES }] {
            assert_ne!(fresh, digest(&here, group, statement, &other));
        }
    }
}

#[test]
fn a_key_is_proved_by_its_holder_alone() {
    let here = config("b", BASE);
    let right = proof(&here.groups[0].key, b"a", &NONCES);
    let other = config_with("a", OTHER_KEY, BASE);
    let wrong = proof(&other.groups[0].key, b"a", &NONCES);
    assert!(is_proved(&here, b"a", &[wrong, right], &NONCES));
    assert!(!is_proved(&here, b"a", &[wrong], &NONCES));
    assert!(!is_proved(&here, b"a", &[], &NONCES));
    assert!(!is_proved(&here, b"c", &[right], &NONCES), "it is bound to the name");
    let replayed = Nonces { asked: [9; 32], ..NONCES };
    assert!(!is_proved(&here, b"a", &[right], &replayed));
}

#[test]
fn the_word_of_a_statement_names_it() {
    for statement in Statement::ALL {
        assert_eq!(Statement::of(statement.word().as_bytes()), Some(statement));
    }
    assert_eq!(Statement::of(b"group"), None);
}
