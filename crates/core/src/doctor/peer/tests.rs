//! Facts about peers and what is made of them.
use super::{Seen, about, compared, disbelieved};
use crate::config::{HostName, Target};
use crate::decide::pin::Protection;
use crate::doctor::statements::tests::config;
use crate::doctor::statements::{Answer, Compared, Presence, Section, Statement, Verdict};
use crate::doctor::wire::About;
use crate::doctor::{Check, Severity};
use crate::entry::Timestamp;

const TEXT: &str = "nossl * *; group g { host a b; key k; include /y; }";

fn pair() -> Target {
    let name = |text: &[u8]| HostName::parse(text).expect("a name");
    Target { peer: name(b"b"), myname: name(b"a") }
}

const fn at(seconds: i64) -> Timestamp {
    Timestamp { seconds, nanos: 0 }
}

fn healthy() -> About {
    About {
        version: "1".into(),
        nonce: [0; 32],
        clock: at(1_000),
        host: "b".into(),
        seen_from: Some("10.0.0.1".into()),
        calls_from: Some("10.0.0.2".into()),
        plain_to: true,
        plain_from: true,
        protection: Protection::Plain,
        database: None,
    }
}

/// What is found besides the version.
fn found(text: &str, told: &About) -> Vec<(Check, Severity, String)> {
    let (config, pair) = (config("a", text), pair());
    let leads_to = ["10.0.0.2".to_owned()];
    let seen = Seen {
        config: &config,
        pair: &pair,
        version: "1",
        asked_at: at(999),
        answered_at: at(1_001),
        leads_to: &leads_to,
    };
    let mut all = about(&seen, told);
    let version = all.remove(0);
    assert_eq!((version.check, version.severity), (Check::Version, Severity::Note));
    for finding in &all {
        assert!(finding.remedy.is_some() && finding.peer.as_deref() == Some("b"), "{finding:?}");
    }
    all.into_iter().map(|finding| (finding.check, finding.severity, finding.object)).collect()
}

#[test]
fn a_peer_that_is_well_is_only_named_with_its_version() {
    assert_eq!(found(TEXT, &healthy()), []);
}

#[test]
fn what_a_peer_tells_is_turned_into_causes() {
    let object = "b".to_owned();
    let elsewhere = About { calls_from: Some("10.0.0.3".into()), ..healthy() };
    let expected = (Check::Resolution, Severity::Problem, object.clone());
    assert_eq!(found(TEXT, &elsewhere), [expected]);
    let full = About { database: Some("disk full".into()), ..healthy() };
    assert_eq!(found(TEXT, &full), [(Check::Database, Severity::Problem, object)]);
    let no_plain = About { plain_from: false, ..healthy() };
    let nossl = (Check::Config, Severity::Problem, "nossl".to_owned());
    let nossl = vec![nossl];
    assert_eq!(found(TEXT, &no_plain), nossl);
    assert_eq!(found(&TEXT.replace("nossl * *;", ""), &healthy()), nossl);
}

#[test]
fn clocks_are_judged_by_how_far_apart_they_are_and_by_who_goes_by_them() {
    let by_time = TEXT.replace("include", "auto younger; include");
    for (text, clock, expected) in [
        (TEXT, 1_002, None),
        (TEXT, 1_003, Some(Severity::Warning)),
        (TEXT, 996, Some(Severity::Warning)),
        (TEXT, 1_060, Some(Severity::Warning)),
        (TEXT, 1_061, Some(Severity::Problem)),
        (TEXT, 900, Some(Severity::Problem)),
        (&by_time, 1_002, None),
        (&by_time, 1_003, Some(Severity::Problem)),
        (TEXT, i64::MAX, Some(Severity::Problem)),
    ] {
        let all = found(text, &About { clock: at(clock), ..healthy() });
        let said: Vec<_> = all.into_iter().map(|(check, severity, _)| (check, severity)).collect();
        let expected: Vec<_> = expected.into_iter().map(|it| (Check::Clock, it)).collect();
        assert_eq!(said, expected, "{clock}");
    }
}

fn judged(verdict: Verdict, more: u64) -> Vec<(Check, Severity, String)> {
    let sections = [Section { group: b"g".to_vec(), digests: Vec::new() }];
    let answer = Answer { verdicts: vec![verdict], more };
    let all = compared(&config("a", TEXT), &pair(), &sections, &answer);
    all.into_iter().map(|finding| (finding.check, finding.severity, finding.cause)).collect()
}

#[test]
fn each_statement_that_differs_is_named() {
    for statement in Statement::ALL {
        let different = Compared { statement, same: false, count: 3 };
        let verdict = Verdict { presence: Presence::Same, compared: vec![different] };
        let all = judged(verdict, 0);
        let [(check, _, cause)] = &all[..] else { panic!("{all:?}") };
        let expected = if statement == Statement::Key { Check::Key } else { Check::Config };
        assert_eq!(*check, expected);
        let named = match statement {
            Statement::HostOrder => "hosts of group g are in another order",
            Statement::PatternOrder => "patterns of group g are in another order",
            other => other.word(),
        };
        assert!(cause.contains(named), "{cause}");
        let same = Compared { same: true, ..different };
        assert_eq!(judged(Verdict { presence: Presence::Same, compared: vec![same] }, 0), []);
    }
}

#[test]
fn an_order_is_not_spoken_of_where_the_entries_differ() {
    let different = |statement| Compared { statement, same: false, count: 1 };
    let compared = [Statement::Hosts, Statement::HostOrder, Statement::Exclude]
        .map(different)
        .into_iter()
        .chain([different(Statement::PatternOrder)]);
    let all = judged(Verdict { presence: Presence::Same, compared: compared.collect() }, 0);
    assert_eq!(all.len(), 2, "{all:?}");
}

#[test]
fn groups_of_one_host_only_are_named() {
    let absent = Verdict { presence: Presence::Absent, compared: Vec::new() };
    assert!(judged(absent, 0)[0].2.contains("no such group"));
    let renamed = Verdict { presence: Presence::Renamed(b"h".to_vec()), compared: Vec::new() };
    assert_eq!(judged(renamed, 0)[0].1, Severity::Warning);
    let same = Verdict { presence: Presence::Same, compared: Vec::new() };
    assert!(judged(same, 2)[0].2.contains("2 more groups"));
}

#[test]
fn a_host_that_hears_no_reason_compares_its_own_addresses() {
    let leads = ["10.0.0.1".to_owned()];
    for (source, leads_to, plain, check, part) in [
        (Some("10.0.0.9"), &leads[..], true, Check::Resolution, "leads to 10.0.0.1"),
        (Some("10.0.0.9"), &[], true, Check::Resolution, "cannot be looked up"),
        (Some("10.0.0.1"), &leads, true, Check::Session, "lists no such host"),
        (None, &leads, false, Check::Session, "another certificate"),
    ] {
        let found = disbelieved(&pair(), source, leads_to, plain);
        assert_eq!(found.check, check);
        assert!(found.cause.contains(part), "{found:?}");
    }
}
