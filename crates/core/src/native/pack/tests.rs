use super::{Packer, Sample, Unpacker};
use crate::native::frame;
use crate::native::message::{Message, MessageError, Packed, Piece};
use proptest::prelude::*;

fn frame_of(bytes: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    Message::Delta(Piece { id: 7, bytes }).encode_into(&mut frame);
    frame
}

/// The one frame, unpacked if it is packed; its kind and body.
fn opened(frame: &[u8]) -> Result<(u8, Vec<u8>), MessageError> {
    match Message::take(frame)? {
        Some((Message::Packed(packed), _)) => {
            Ok((packed.kind, Unpacker::default().unpack(packed)?))
        }
        _ => match frame::scan(frame) {
            frame::Scan::Frame { kind, body, .. } => Ok((kind, body.to_vec())),
            other => panic!("{other:?}"),
        },
    }
}

proptest! {
    #[test]
    fn what_is_packed_comes_out_as_it_was(
        seed in proptest::collection::vec(any::<u8>(), 1..600),
        times in 1..200_usize,
    ) {
        let plain = frame_of(&seed.repeat(times));
        let mut packed = plain.clone();
        Packer::default().pack(&mut packed, &mut Sample::default());
        prop_assert!(packed.len() <= plain.len());
        prop_assert_eq!(opened(&packed), opened(&plain));
        prop_assert!(times < 20 || seed.len() * times < 600 || packed.len() < plain.len() / 2);
    }

    #[test]
    fn any_bytes_unpack_to_an_error_or_to_no_more_than_a_frame(kind: u8, bytes: Vec<u8>) {
        let packed = Packed { kind, bytes: &bytes };
        if let Ok(body) = Unpacker::default().unpack(packed) {
            prop_assert!(body.len() <= frame::BODY_LIMIT);
        }
    }
}

#[test]
fn a_frame_that_unpacks_to_more_than_any_may_have_is_refused() {
    let bomb = zstd::bulk::compress(&vec![0; frame::BODY_LIMIT + 1], 1).expect("memory does");
    assert!(bomb.len() < 1_000);
    // As it is, and without the length that it claims.
    let mut silent = zstd::bulk::Compressor::new(1).expect("memory does");
    silent.include_contentsize(false).expect("zstd knows that");
    let silent = silent.compress(&vec![0; 64 * frame::BODY_LIMIT]).expect("memory does");
    for bytes in [bomb, silent] {
        let refused = Unpacker::default().unpack(Packed { kind: 6, bytes: &bytes });
        assert!(matches!(refused, Err(MessageError::Malformed { .. })));
    }
}

#[test]
fn what_does_not_get_shorter_is_tried_less_and_less_often() {
    let mut sample = Sample::default();
    let mut tried = 0;
    for _ in 0..8_192 {
        if sample.is_worth_it() {
            tried += 1;
            sample.note(false);
        }
    }
    assert!((100..200).contains(&tried), "{tried}");
    while !sample.is_worth_it() {}
    sample.note(true);
    assert!(sample.is_worth_it() && sample.is_worth_it());
}
