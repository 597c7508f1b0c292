use super::{Answer, Answers, Content, Contents, End, Message, MessageError, Offer, Offers};
use super::{Packed, Piece, Prove, Proved, Stop, ZEROS, Zeros, frame};
use proptest::prelude::*;

fn messages() -> Vec<Message<'static>> {
    let offer = Offer { rest: b"/a".to_vec(), seconds: -7, hash: vec![3; 32], ..Offer::default() };
    let answer = Answer { id: 9, verdict: 4, mtime: -1, ..Answer::default() };
    vec![
        Message::Prove(Prove { proofs: vec![vec![1; 32]], requires: vec!["x".into()] }),
        Message::Proved(Proved { proofs: vec![Vec::new()], unknown: Vec::new() }),
        Message::Offers(Offers { first: u64::MAX, offers: vec![offer] }),
        Message::Answers(Answers { answers: vec![answer] }),
        Message::Contents(Contents { contents: vec![Content { id: 1, bytes: vec![0; 9].into() }] }),
        Message::Delta(Piece { id: 1, bytes: b"piece" }),
        Message::End(End { id: 1, hash: Vec::new() }),
        Message::Signature(Piece { id: 2, bytes: b"" }),
        Message::Settle,
        Message::Leave,
        Message::Stop(Stop { reason: "so".into() }),
        Message::Skipped(77),
        Message::Packed(Packed { kind: 6, bytes: b"packed" }),
        Message::Zeros(Zeros { id: 3, length: ZEROS }),
    ]
}

#[test]
fn every_message_is_read_as_it_was_written() {
    let mut bytes = Vec::new();
    messages().iter().for_each(|message| message.encode_into(&mut bytes));
    let mut rest = &*bytes;
    for message in messages() {
        let (read, taken) =
            Message::take(rest).expect("the test made it so").expect("the test made it so");
        assert_eq!(read, message);
        rest = &rest[taken..];
    }
    assert_eq!(Message::take(rest), Ok(None));
}

#[test]
fn more_zeros_than_one_frame_may_have_are_refused() {
    let mut bytes = Vec::new();
    Message::Zeros(Zeros { id: 3, length: ZEROS + 1 }).encode_into(&mut bytes);
    assert_eq!(Message::take(&bytes), Err(MessageError::Malformed { kind: 129 }));
}

#[test]
fn a_field_that_is_not_known_is_skipped_and_a_kind_only_if_it_may_be() {
    let mut bytes = Vec::new();
    // Field 1000, a number.
    frame::encode_into(7, &mut bytes, |out| out.extend_from_slice(&[0xc0, 0x3e, 5, 8, 3]));
    let end = End { id: 3, hash: Vec::new() };
    assert_eq!(Message::take(&bytes), Ok(Some((Message::End(end), bytes.len()))));
    bytes.clear();
    frame::encode_into(200, &mut bytes, |_| {});
    assert_eq!(Message::take(&bytes), Err(MessageError::Unknown { kind: 200 }));
}

proptest! {
    #[test]
    fn any_bytes_give_a_message_or_an_error(kind: u8, body: Vec<u8>) {
        let mut bytes = Vec::new();
        frame::encode_into(kind, &mut bytes, |out| out.extend_from_slice(&body));
        if let Ok(taken) = Message::take(&bytes) {
            prop_assert_eq!(taken.map(|(_, taken)| taken), Some(bytes.len()));
        }
        let read = Message::take(&body);
        prop_assert!(!matches!(read, Ok(Some((_, taken))) if taken > body.len()));
    }
}
