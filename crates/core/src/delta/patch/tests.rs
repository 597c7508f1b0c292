//! Deltas read back, sound and corrupt.
use crate::delta::format;
use crate::delta::patch::{PatchError, PatchEvent, PatchReader};
use proptest::prelude::*;

/// An event that outlives its bytes; parts of one literal are joined.
#[derive(Debug, PartialEq, Eq, Clone)]
enum Said {
    Copy(u64, u64),
    Literal(Vec<u8>),
    End,
}

fn read(delta: &[u8], piece: usize) -> Result<Vec<Said>, PatchError> {
    let mut reader = PatchReader::new();
    let mut said = Vec::new();
    for mut piece in delta.chunks(piece) {
        while let Some(event) = reader.next_event(&mut piece)? {
            match (event, said.last_mut()) {
                (PatchEvent::Literal(bytes), Some(Said::Literal(before))) => {
                    before.extend_from_slice(bytes);
                }
                (PatchEvent::Literal(bytes), _) => said.push(Said::Literal(bytes.to_vec())),
                (PatchEvent::Copy { offset, len }, _) => said.push(Said::Copy(offset, len)),
                (PatchEvent::End, _) => said.push(Said::End),
            }
        }
        assert!(piece.is_empty());
    }
    assert_eq!(reader.position(), delta.len() as u64);
    reader.finish()?;
    Ok(said)
}

fn refused(commands: &[u8]) -> PatchError {
    let delta = [&format::MAGIC[..], commands].concat();
    read(&delta, delta.len()).expect_err("a corrupt delta")
}

#[test]
fn the_deltas_of_csync2_are_read() {
    let said = read(b"rs\x026\x06hello\n\0", 3).expect("a delta");
    assert_eq!(said, [Said::Literal(b"hello\n".to_vec()), Said::End]);
    // From `testdata/wire/change.txt`: the first block stays.
    let said = read(b"rs\x026F\x00\x08\x00\0", 1).expect("a delta");
    assert_eq!(said, [Said::Copy(0, 2048), Said::End]);
}

#[test]
fn every_width_of_numbers_is_read() {
    let said = read(b"rs\x026\x54\0\0\0\x01\0\0\0\x02\0\0\0\x03\0\0\0\x04\0", 2);
    assert_eq!(said, Ok(vec![Said::Copy(0x1_0000_0002, 0x3_0000_0004), Said::End]));
    let said = read(b"rs\x026\x44\0\0\0\0\0\0\0\x02ab\0", 5);
    assert_eq!(said, Ok(vec![Said::Literal(b"ab".to_vec()), Said::End]));
}

#[test]
fn a_corrupt_delta_is_refused_where_it_is_corrupt() {
    let bad_magic = read(b"rs\x016\0", 5);
    assert_eq!(bad_magic, Err(PatchError::Magic { magic: 0x7273_0136 }));
    let command = |code, offset| PatchError::Command { code, offset };
    assert_eq!(refused(b"\x55"), command(0x55, 4));
    assert_eq!(refused(b"\x01a\xff"), command(0xff, 6));
    assert_eq!(refused(b"\x41\0"), PatchError::NoLength { offset: 6 });
    assert_eq!(refused(b"\x45\x01\0"), PatchError::NoLength { offset: 7 });
    assert_eq!(refused(b"\0\0"), PatchError::Trailing { offset: 5 });
    assert_eq!(refused(b"\x05abcd"), PatchError::Truncated { offset: 9 });
    assert_eq!(refused(b""), PatchError::Truncated { offset: 4 });
}

#[test]
fn a_copy_from_beyond_all_files_is_refused() {
    let mut delta = Vec::new();
    format::encode_copy(u64::MAX, 1, &mut delta);
    let offset = 4 + delta.len() as u64;
    assert_eq!(refused(&delta), PatchError::Range { offset });
}

#[test]
fn copies_that_sum_up_to_more_than_any_file_are_refused() {
    let mut delta = Vec::new();
    format::encode_copy(0, u64::MAX, &mut delta);
    format::encode_copy(0, 1, &mut delta);
    let offset = 4 + delta.len() as u64;
    assert_eq!(refused(&delta), PatchError::Range { offset });
}

#[test]
fn a_claimed_length_costs_nothing() {
    let mut reader = PatchReader::new();
    let mut delta = Vec::new();
    format::encode_start(&mut delta);
    format::encode_literal_header(u64::MAX, &mut delta);
    delta.extend_from_slice(b"abc");
    let mut input = &delta[..];
    assert_eq!(reader.next_event(&mut input), Ok(Some(PatchEvent::Literal(b"abc"))));
    assert_eq!(reader.produced(), 3);
}

fn command() -> impl Strategy<Value = Said> {
    let number = || prop_oneof![1u64..300, 1u64..100_000, 1u64..1 << 40];
    prop_oneof![
        (number(), number()).prop_map(|(offset, len)| Said::Copy(offset, len)),
        proptest::collection::vec(any::<u8>(), 1..300).prop_map(Said::Literal),
    ]
}

proptest! {
    #[test]
    fn reading_undoes_writing_in_pieces_of_any_size(
        commands in proptest::collection::vec(command(), 0..12),
        piece in 1usize..40,
    ) {
        let mut delta = Vec::new();
        let mut expected: Vec<Said> = Vec::new();
        format::encode_start(&mut delta);
        for command in commands {
            match &command {
                Said::Copy(offset, len) => format::encode_copy(*offset, *len, &mut delta),
                Said::Literal(bytes) => {
                    format::encode_literal_header(bytes.len() as u64, &mut delta);
                    delta.extend_from_slice(bytes);
                }
                Said::End => {}
            }
            match (command, expected.last_mut()) {
                (Said::Literal(bytes), Some(Said::Literal(before))) => before.extend(bytes),
                (command, _) => expected.push(command),
            }
        }
        format::encode_end(&mut delta);
        expected.push(Said::End);
        prop_assert_eq!(read(&delta, piece), Ok(expected));
    }

    #[test]
    fn garbage_never_becomes_more_than_an_error(
        commands in proptest::collection::vec(any::<u8>(), 0..300),
        piece in 1usize..50,
    ) {
        let delta = [&format::MAGIC[..], &commands].concat();
        let mut reader = PatchReader::new();
        let mut literal = 0;
        'all: for mut piece in delta.chunks(piece) {
            loop {
                match reader.next_event(&mut piece) {
                    Ok(Some(PatchEvent::Literal(bytes))) => literal += bytes.len(),
                    Ok(Some(_)) => {}
                    Ok(None) => break,
                    Err(_) => break 'all,
                }
            }
        }
        prop_assert!(literal <= commands.len());
    }
}

#[test]
fn zeros_count_as_bytes_of_a_literal_and_belong_nowhere_else() {
    let mut reader = PatchReader::new();
    let refused = |length, offset| Err(PatchError::Zeros { length, offset });
    assert_eq!(reader.zeros(1), refused(1, 0));
    let mut input = &b"rs\x026\x05a"[..];
    assert_eq!(reader.next_event(&mut input), Ok(Some(PatchEvent::Literal(b"a"))));
    assert_eq!(reader.zeros(5), refused(5, 6));
    assert_eq!(reader.zeros(3), Ok(()));
    let mut input = &b"b\0"[..];
    assert_eq!(reader.next_event(&mut input), Ok(Some(PatchEvent::Literal(b"b"))));
    assert_eq!(reader.next_event(&mut input), Ok(Some(PatchEvent::End)));
    assert_eq!(reader.zeros(1), refused(1, 8));
    assert_eq!((reader.produced(), reader.finish()), (5, Ok(())));
}
