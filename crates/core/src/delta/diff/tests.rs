//! The law of the whole: a patched base is the new file, and little is sent.
use crate::delta::diff::Differ;
use crate::delta::format;
use crate::delta::patch::{PatchEvent, PatchReader};
use crate::delta::plan::{Op, Plan};
use crate::delta::signature::{BLOCK_LEN, Signature, SignatureWriter};
use proptest::prelude::*;

fn signature(base: &[u8], max_blocks: usize) -> Signature {
    let mut bytes = Vec::new();
    let mut writer = SignatureWriter::new();
    writer.feed(base, &mut bytes);
    writer.finish(&mut bytes);
    Signature::parse(&bytes, max_blocks).expect("our own signature")
}

fn plan_in_pieces(signature: &Signature, new: &[u8], piece: usize) -> Plan {
    let mut differ = Differ::new(signature);
    for piece in new.chunks(piece) {
        differ.feed(piece);
    }
    differ.finish()
}

fn plan(base: &[u8], new: &[u8]) -> Plan {
    plan_in_pieces(&signature(base, usize::MAX), new, new.len().max(1))
}

fn place(at: u64, len: u64) -> std::ops::Range<usize> {
    let at = usize::try_from(at).expect("a place in memory");
    at..at + usize::try_from(len).expect("a length in memory")
}

fn delta(plan: &Plan, new: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    format::encode_start(&mut out);
    for op in plan.ops() {
        match *op {
            Op::Copy { offset, len } => format::encode_copy(offset, len, &mut out),
            Op::Literal { offset, len } => {
                format::encode_literal_header(len, &mut out);
                out.extend_from_slice(&new[place(offset, len)]);
            }
        }
    }
    format::encode_end(&mut out);
    out
}

fn patch(base: &[u8], mut delta: &[u8]) -> Vec<u8> {
    let mut reader = PatchReader::new();
    let mut new = Vec::new();
    while let Some(event) = reader.next_event(&mut delta).expect("our own delta") {
        match event {
            PatchEvent::Copy { offset, len } => new.extend_from_slice(&base[place(offset, len)]),
            PatchEvent::Literal(bytes) => new.extend_from_slice(bytes),
            PatchEvent::End => {}
        }
    }
    reader.finish().expect("a whole delta");
    assert_eq!(reader.produced(), new.len() as u64);
    new
}

/// Bytes that do not repeat, from a seed.
fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_be_bytes()[3]
    };
    std::iter::repeat_with(next).take(length).collect()
}

fn copy(offset: u64, len: u64) -> Op {
    Op::Copy { offset, len }
}

fn literal(offset: u64, len: u64) -> Op {
    Op::Literal { offset, len }
}

#[test]
fn the_same_file_is_one_copy_its_short_last_block_included() {
    for length in [1, 2047, 2048, 2049, 10_000, 20_480] {
        let base = noise(length, 1);
        assert_eq!(plan(&base, &base).ops(), [copy(0, length as u64)]);
    }
}

#[test]
fn an_empty_file_needs_no_steps() {
    assert_eq!(plan(b"", b"").ops(), []);
    assert_eq!(plan(&noise(5000, 1), b"").ops(), []);
    assert_eq!(plan(b"", b"new").ops(), [literal(0, 3)]);
    assert_eq!(Plan::whole(0).ops(), []);
    assert_eq!(Plan::whole(0).encoded_len(), 5);
}

#[test]
fn an_insertion_costs_no_more_than_itself_and_its_block() {
    let base = noise(10 * BLOCK_LEN, 1);
    let new = [&base[..5000], b"inserted", &base[5000..]].concat();
    let block = BLOCK_LEN as u64;
    let expected = [copy(0, 2 * block), literal(2 * block, block + 8), copy(3 * block, 7 * block)];
    assert_eq!(plan(&base, &new).ops(), expected);
}

#[test]
fn a_short_last_block_is_found_behind_new_bytes() {
    let base = noise(BLOCK_LEN + 100, 1);
    let new = [b"new", &base[BLOCK_LEN..]].concat();
    assert_eq!(plan(&base, &new).ops(), [literal(0, 3), copy(BLOCK_LEN as u64, 100)]);
}

#[test]
fn a_short_last_block_is_not_looked_for_in_the_middle() {
    let base = noise(BLOCK_LEN + 100, 1);
    let new = [&base[BLOCK_LEN..], b"new"].concat();
    assert_eq!(plan(&base, &new).ops(), [literal(0, 103)]);
}

#[test]
fn a_run_of_equal_blocks_stays_one_copy() {
    let zeros = vec![0; 1000 * BLOCK_LEN];
    assert_eq!(plan(&zeros, &zeros).ops(), [copy(0, zeros.len() as u64)]);
}

#[test]
fn moved_blocks_are_found_wherever_they_went() {
    let base = noise(4 * BLOCK_LEN, 1);
    let block = BLOCK_LEN as u64;
    let new = [&base[2 * BLOCK_LEN..], &base[..2 * BLOCK_LEN]].concat();
    assert_eq!(plan(&base, &new).ops(), [copy(2 * block, 2 * block), copy(0, 2 * block)]);
}

#[test]
fn blocks_left_out_for_memory_are_sent() {
    let base = noise(10 * BLOCK_LEN + 5, 1);
    let block = BLOCK_LEN as u64;
    let capped = plan_in_pieces(&signature(&base, 4), &base, base.len());
    assert_eq!(capped.ops(), [copy(0, 4 * block), literal(4 * block, 6 * block + 5)]);
}

#[test]
fn a_signature_made_to_collide_costs_only_bytes() {
    // Blocks of one weak sum and as many strong ones: more than are ever looked through.
    let mut bytes = b"rs\x016\0\0\x08\0\0\0\0\x10".to_vec();
    for block in 0u128..10_000 {
        bytes.extend_from_slice(&[0, 0, 0, 0]);
        bytes.extend_from_slice(&block.to_be_bytes());
    }
    let signature = Signature::parse(&bytes, usize::MAX).expect("a signature");
    let new = noise(50_000, 1);
    assert_eq!(plan_in_pieces(&signature, &new, 50_000).ops(), [literal(0, 50_000)]);
}

/// A file and what became of it: parts kept, dropped, moved, and bytes put between.
fn edited() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    let base = (0usize..12 * BLOCK_LEN, any::<u64>(), any::<bool>()).prop_map(
        |(length, seed, repeats)| match repeats {
            true => noise(97, seed).into_iter().cycle().take(length).collect(),
            false => noise(length, seed),
        },
    );
    let part = (any::<prop::sample::Index>(), 0usize..6 * BLOCK_LEN);
    let parts = proptest::collection::vec((part, 0usize..200), 0..6);
    (base, parts).prop_map(|(base, parts): (Vec<u8>, _)| {
        let mut new = Vec::new();
        for ((at, length), fresh) in parts {
            if !base.is_empty() {
                let at = at.index(base.len());
                new.extend_from_slice(&base[at..(at + length).min(base.len())]);
            }
            new.extend(noise(fresh, 99));
        }
        (base, new)
    })
}

proptest! {
    #[test]
    fn patching_the_base_gives_the_new_file((base, new) in edited(), piece in 1usize..9000) {
        let plan = plan_in_pieces(&signature(&base, usize::MAX), &new, piece);
        let delta = delta(&plan, &new);
        prop_assert_eq!(delta.len() as u64, plan.encoded_len());
        prop_assert_eq!(plan.size(), new.len() as u64);
        prop_assert_eq!(patch(&base, &delta), new);
    }

    #[test]
    fn blocks_may_have_any_usable_length(
        (base, new) in edited(),
        blocks_of_64 in 1usize..140,
        piece in 1usize..9000,
    ) {
        let block_len = blocks_of_64 * 64;
        let mut writer = SignatureWriter::with_block_len(block_len);
        let mut bytes = Vec::new();
        base.chunks(piece).for_each(|piece| writer.feed(piece, &mut bytes));
        writer.finish(&mut bytes);
        let signature = Signature::parse(&bytes, usize::MAX).expect("a signature");
        prop_assert_eq!(signature.blocks(), base.len().div_ceil(block_len));
        let plan = plan_in_pieces(&signature, &new, piece);
        prop_assert_eq!(patch(&base, &delta(&plan, &new)), new);
    }

    #[test]
    fn the_pieces_of_a_file_do_not_matter((base, new) in edited(), piece in 1usize..9000) {
        let signature = signature(&base, usize::MAX);
        let whole = plan_in_pieces(&signature, &new, new.len().max(1));
        prop_assert_eq!(plan_in_pieces(&signature, &new, piece), whole);
    }

    #[test]
    fn no_more_is_sent_than_the_file_itself((base, new) in edited()) {
        let plan = plan(&base, &new);
        prop_assert!(plan.literal_bytes() <= new.len() as u64);
        prop_assert!(plan.encoded_len() <= Plan::whole(new.len() as u64).encoded_len() + 32);
    }

    #[test]
    fn any_signature_gives_a_plan_that_covers_the_file(
        entries in proptest::collection::vec(any::<[u8; 20]>(), 0..50),
        length in 0usize..10_000,
    ) {
        let bytes = [&b"rs\x016\0\0\0\x40\0\0\0\x10"[..], &entries.concat()].concat();
        let signature = Signature::parse(&bytes, usize::MAX).expect("a signature");
        let new = noise(length, 5);
        prop_assert_eq!(plan_in_pieces(&signature, &new, 1000).size(), length as u64);
    }
}
