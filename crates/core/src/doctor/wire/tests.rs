//! Texts of peers: what is written is read, and nothing that is read does harm.
use super::{
    About, DoctorError, answer_text, nonce_word, parse_answer, parse_digest, parse_nonce,
    parse_question, question_text,
};
use crate::decide::pin::Protection;
use crate::doctor::statements::{Answer, Compared, Presence, Section, Statement, Verdict};
use crate::entry::Timestamp;
use proptest::prelude::*;

fn text() -> impl Strategy<Value = String> {
    ".{1,12}"
}

fn name() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 1..12)
}

fn about() -> impl Strategy<Value = About> {
    let protection =
        prop_oneof![Just(Protection::Plain), Just(Protection::OldTls), Just(Protection::Tls13)];
    let texts = (text(), text(), [prop::option::of(text()), prop::option::of(text())]);
    (
        texts,
        any::<[u8; 32]>(),
        any::<i64>(),
        any::<(bool, bool)>(),
        protection,
        prop::option::of(text()),
    )
        .prop_map(
            |(
                (version, host, [seen_from, calls_from]),
                nonce,
                nanos,
                plain,
                protection,
                database,
            )| {
                About {
                    version,
                    nonce,
                    clock: Timestamp::from_nanos(nanos),
                    host,
                    seen_from,
                    calls_from,
                    plain_to: plain.0,
                    plain_from: plain.1,
                    protection,
                    database,
                }
            },
        )
}

fn statement() -> impl Strategy<Value = Statement> {
    prop::sample::select(Statement::ALL.to_vec())
}

fn sections() -> impl Strategy<Value = Vec<Section>> {
    let digests = proptest::collection::vec((statement(), any::<[u8; 16]>()), 0..10);
    proptest::collection::vec(
        (name(), digests).prop_map(|(group, digests)| Section { group, digests }),
        0..5,
    )
}

fn answer() -> impl Strategy<Value = Answer> {
    let presence = prop_oneof![
        Just(Presence::Same),
        Just(Presence::Absent),
        name().prop_map(Presence::Renamed)
    ];
    let compared = (statement(), any::<bool>(), any::<u64>())
        .prop_map(|(statement, same, count)| Compared { statement, same, count });
    let verdict = (presence, proptest::collection::vec(compared, 0..10))
        .prop_map(|(presence, compared)| Verdict { presence, compared });
    (proptest::collection::vec(verdict, 0..5), any::<u64>())
        .prop_map(|(verdicts, more)| Answer { verdicts, more })
}

proptest! {
    #[test]
    fn reading_undoes_writing(about in about(), sections in sections(), answer in answer()) {
        prop_assert_eq!(About::parse(&about.text()), Ok(about));
        prop_assert_eq!(parse_question(&question_text(&sections)), Ok(sections));
        prop_assert_eq!(parse_answer(&answer_text(&answer), answer.verdicts.len()), Ok(answer));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>, asked in 0usize..3) {
        let _ = About::parse(&bytes);
        let _ = parse_question(&bytes);
        if let Ok(answer) = parse_answer(&bytes, asked) {
            prop_assert_eq!(answer.verdicts.len(), asked);
        }
    }

    #[test]
    fn a_damaged_text_is_read_or_refused(
        about in about(), sections in sections(), answer in answer(), at: prop::sample::Index, byte: u8
    ) {
        let damage = |mut text: Vec<u8>| {
            if !text.is_empty() {
                let at = at.index(text.len());
                text[at] = byte;
            }
            text
        };
        let _ = About::parse(&damage(about.text()));
        if let Ok(sections) = parse_question(&damage(question_text(&sections))) {
            for section in sections {
                prop_assert!(section.digests.len() <= Statement::ALL.len());
            }
        }
        if let Ok(read) = parse_answer(&damage(answer_text(&answer)), answer.verdicts.len()) {
            prop_assert_eq!(read.verdicts.len(), answer.verdicts.len());
        }
    }

    #[test]
    fn a_nonce_is_read_as_it_is_written(nonce: [u8; 32]) {
        prop_assert_eq!(parse_nonce(&nonce_word(&nonce)), Some(nonce));
    }
}

#[test]
fn lines_of_a_later_version_are_skipped() {
    let question = b"weather fine\ngroup g\nmoon 00\nkey 00112233445566778899aabbccddeeff\n";
    let sections = parse_question(question).expect("a question");
    assert_eq!(sections[0].digests.len(), 1);
    let answer = b"group same\nmoon = 1\nkey ! 1\nmore 0\nsun 1\n";
    assert_eq!(parse_answer(answer, 1).map(|it| it.verdicts[0].compared.len()), Ok(1));
}

#[test]
fn what_has_no_place_is_refused() {
    let malformed = |what| Err(DoctorError::Malformed { what });
    assert_eq!(parse_question(b"key 00112233445566778899aabbccddeeff"), malformed("key"));
    assert_eq!(parse_question(b"group g\nkey 0011"), malformed("key"));
    assert_eq!(parse_question(b"group"), malformed("group"));
    let many = b"group g\n".repeat(super::SECTIONS + 1);
    assert_eq!(parse_question(&many), Err(DoctorError::TooLong));
    assert_eq!(parse_answer(b"group same\ngroup same\n", 1).err(), malformed("group").err());
    assert_eq!(parse_answer(b"", 1), Err(DoctorError::Missing { what: "group" }));
    assert_eq!(About::parse(b"").err(), Some(DoctorError::Missing { what: "nonce" }));
    assert_eq!(parse_digest(b"zz112233445566778899aabbccddeeff"), None);
}
