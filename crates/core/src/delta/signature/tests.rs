//! Signatures as csync2 writes them, and as any librsync may.
use crate::delta::signature::{
    BLOCK_LEN, NO_FILE, Signature, SignatureError, SignatureReader, SignatureWriter, block_len_for,
    signature_len,
};
use proptest::prelude::*;

const MANY: usize = 1 << 20;

fn signature(content: &[u8]) -> Vec<u8> {
    in_pieces(content, content.len().max(1))
}

fn in_pieces(content: &[u8], piece: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut writer = SignatureWriter::new();
    for piece in content.chunks(piece) {
        writer.feed(piece, &mut out);
    }
    writer.finish(&mut out);
    out
}

fn header(magic: &[u8; 4], block_len: u32, strong_len: u32) -> Vec<u8> {
    [&magic[..], &block_len.to_be_bytes(), &strong_len.to_be_bytes()].concat()
}

#[test]
fn a_larger_file_has_longer_blocks_and_not_more_of_them() {
    let mib = 1 << 20;
    for (size, expected) in [
        (0, 2_048),
        (512 * mib, 2_048),
        (1_024 * mib, 4_096),
        (1_025 * mib, 8_192),
        (10_240 * mib, 65_536),
        (u64::MAX, 1 << 20),
    ] {
        assert_eq!(block_len_for(size), expected, "{size}");
    }
}

#[test]
fn an_empty_file_has_only_a_header() {
    assert_eq!(signature(b""), b"rs\x016\0\0\x08\0\0\0\0\x10");
    assert_eq!(signature_len(0), 12);
}

#[test]
fn a_file_has_the_signature_that_csync2_sends() {
    // From `testdata/wire/change.txt`: 5000 times `x`, and "hello\n".
    let whole = b"\\\x00\xb8\x00\xf3\xb2\x0b\xa5\xcf\x00e>\x13\xfc\xf0?\x85\xbd\x02$";
    let short = b"\x81|\x158\xa5u\xc5\xa7\xd2w5\xf8\x0b\x8fc\xa8\xd5%?\x06";
    let expected = [&signature(b"")[..], whole, whole, short].concat();
    assert_eq!(signature(&[b'x'; 5000]), expected);
    let hello = b"\n\xd0\x02\xd8cH\x1cx\xae\x04\xc2\x01\xfa\x01\xea\x9d+\x1d\xb5m";
    assert_eq!(signature(b"hello\n"), [&signature(b"")[..], hello].concat());
}

#[test]
fn the_signature_of_no_file_has_no_blocks() {
    let none = Signature::parse(&NO_FILE, MANY).expect("csync2's constant");
    assert_eq!(none.blocks(), 0);
}

#[test]
fn short_strong_sums_of_an_old_peer_are_usable() {
    let long = signature(&[7; 5000]);
    let mut short = header(b"rs\x016", 2048, 8);
    for entry in long[12..].chunks(20) {
        short.extend_from_slice(&entry[..12]);
    }
    assert_eq!(Signature::parse(&short, MANY).expect("a signature").blocks(), 3);
}

#[test]
fn sums_we_do_not_make_are_accepted_and_match_nothing() {
    for magic in [b"rs\x017", b"rs\x01F", b"rs\x01G"] {
        let bytes = [header(magic, 2048, 32), vec![0; 36 * 3]].concat();
        let signature = Signature::parse(&bytes, MANY).expect("a signature of librsync");
        assert_eq!(signature.blocks(), 0);
    }
}

#[test]
fn blocks_of_extreme_length_are_not_looked_for() {
    for length in [1, 63, (1 << 20) + 1, u32::MAX] {
        let bytes = [header(b"rs\x016", length, 16), vec![0; 40]].concat();
        let signature = Signature::parse(&bytes, MANY).expect("a signature");
        assert_eq!(signature.blocks(), 0);
    }
}

#[test]
fn no_more_blocks_are_kept_than_allowed() {
    let bytes = signature(&[1; 10 * BLOCK_LEN]);
    let kept = |most| Signature::parse(&bytes, most).expect("a signature").blocks();
    assert_eq!((kept(10), kept(4), kept(0)), (10, 4, 0));
}

#[test]
fn what_is_no_signature_is_refused_with_its_reason() {
    let refused = |bytes: &[u8]| Signature::parse(bytes, MANY).expect_err("no signature");
    assert_eq!(refused(b""), SignatureError::Truncated { offset: 0 });
    assert_eq!(refused(b"rs\x016\0"), SignatureError::Truncated { offset: 5 });
    let cut = [header(b"rs\x016", 2048, 16), vec![0; 19]].concat();
    assert_eq!(refused(&cut), SignatureError::Truncated { offset: 31 });
    let delta = header(b"rs\x026", 2048, 16);
    assert_eq!(refused(&delta), SignatureError::Magic { magic: 0x7273_0236 });
    assert_eq!(refused(&header(b"rs\x016", 0, 16)), SignatureError::BlockLength);
    for length in [0, 7, 17, u32::MAX] {
        let odd = header(b"rs\x016", 2048, length);
        assert_eq!(refused(&odd), SignatureError::StrongLength { length });
    }
}

proptest! {
    #[test]
    fn the_pieces_of_a_file_do_not_matter(
        content in proptest::collection::vec(any::<u8>(), 0..20_000),
        piece in 1usize..5000,
    ) {
        let whole = signature(&content);
        prop_assert_eq!(whole.len() as u64, signature_len(content.len() as u64));
        prop_assert_eq!(in_pieces(&content, piece), whole);
    }

    #[test]
    fn the_pieces_of_a_signature_do_not_matter(blocks in 0usize..40, piece in 1usize..100) {
        let bytes = signature(&vec![3; blocks * BLOCK_LEN]);
        let mut reader = SignatureReader::new(MANY);
        for piece in bytes.chunks(piece) {
            reader.feed(piece).expect("a signature");
        }
        prop_assert_eq!(reader.finish().expect("a signature").blocks(), blocks);
    }

    #[test]
    fn garbage_never_becomes_more_than_an_error(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        with_header: bool,
    ) {
        let bytes = match with_header {
            true => [header(b"rs\x016", 2048, 16), bytes].concat(),
            false => bytes,
        };
        if let Ok(signature) = Signature::parse(&bytes, MANY) {
            prop_assert!(signature.blocks() * 12 <= bytes.len());
        }
    }
}
