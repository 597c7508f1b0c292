//! Signatures and deltas exchanged with librsync's own tool, in both directions.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the tool to compare with is a process that works on files; the core itself has neither"
)]
use csync3_core::delta::diff::Differ;
use csync3_core::delta::format;
use csync3_core::delta::patch::{PatchEvent, PatchReader};
use csync3_core::delta::plan::Op;
use csync3_core::delta::signature::{BLOCK_LEN, Signature, SignatureWriter};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// Files in a folder of their own, and librsync's tool to work on them.
struct Workshop(TempDir);

impl Workshop {
    fn new() -> Self {
        Self(TempDir::new().expect("a temporary folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn put(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).expect("a writable file");
        path
    }

    /// Runs the tool, whose last argument is the file it makes, and returns what it made.
    fn rdiff(&self, options: &[&str], inputs: &[&Path]) -> Vec<u8> {
        let made = self.path("made");
        let status = Command::new("rdiff")
            .arg("--force")
            .args(options)
            .args(inputs)
            .arg(&made)
            .status()
            .expect("cannot run rdiff: install the package `rdiff`");
        assert!(status.success(), "rdiff {options:?}: {status}");
        fs::read(made).expect("what rdiff made")
    }

    fn signature(&self, base: &[u8]) -> Vec<u8> {
        let base = self.put("base", base);
        let options = ["-H", "md4", "-R", "rollsum", "-b", "2048", "-S", "16", "signature"];
        self.rdiff(&options, &[&base])
    }
}

fn our_signature(base: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut writer = SignatureWriter::new();
    writer.feed(base, &mut out);
    writer.finish(&mut out);
    out
}

fn range(at: u64, len: u64) -> std::ops::Range<usize> {
    let at = usize::try_from(at).expect("a place in memory");
    at..at + usize::try_from(len).expect("a length in memory")
}

fn our_delta(signature: &[u8], new: &[u8]) -> Vec<u8> {
    let signature = Signature::parse(signature, 1 << 20).expect("a signature");
    let mut differ = Differ::new(&signature);
    differ.feed(new);
    let mut out = Vec::new();
    format::encode_start(&mut out);
    for op in differ.finish().ops() {
        match *op {
            Op::Copy { offset, len } => format::encode_copy(offset, len, &mut out),
            Op::Literal { offset, len } => {
                format::encode_literal_header(len, &mut out);
                out.extend_from_slice(&new[range(offset, len)]);
            }
        }
    }
    format::encode_end(&mut out);
    out
}

fn our_patch(base: &[u8], mut delta: &[u8]) -> Vec<u8> {
    let mut reader = PatchReader::new();
    let mut new = Vec::new();
    while let Some(event) = reader.next_event(&mut delta).expect("a sound delta") {
        match event {
            PatchEvent::Copy { offset, len } => new.extend_from_slice(&base[range(offset, len)]),
            PatchEvent::Literal(bytes) => new.extend_from_slice(bytes),
            PatchEvent::End => {}
        }
    }
    reader.finish().expect("a whole delta");
    new
}

fn noise(length: usize, seed: u32) -> Vec<u8> {
    let mut state = seed;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    std::iter::repeat_with(next).take(length).collect()
}

/// Bases and new files of every kind that matters.
fn cases() -> Vec<(Vec<u8>, Vec<u8>)> {
    let base = noise(20 * BLOCK_LEN + 777, 1);
    let inserted = [&base[..9999], b"between", &base[9999..]].concat();
    let moved = [&base[7 * BLOCK_LEN..], &base[..7 * BLOCK_LEN]].concat();
    let cut = base[3000..30_000].to_vec();
    let longer = [&base[..], &noise(300_000, 2)].concat();
    vec![
        (Vec::new(), Vec::new()),
        (Vec::new(), base.clone()),
        (base.clone(), Vec::new()),
        (base.clone(), base.clone()),
        (b"hello".to_vec(), b"hello".to_vec()),
        (b"hello".to_vec(), b"hello world".to_vec()),
        (vec![0; 100_000], vec![0; 70_001]),
        (base.clone(), inserted),
        (base.clone(), moved),
        (base.clone(), cut),
        (base.clone(), longer),
        (base, noise(50_000, 3)),
    ]
}

#[test]
fn signatures_are_those_of_librsync() {
    let workshop = Workshop::new();
    for (base, _) in cases() {
        assert_eq!(our_signature(&base), workshop.signature(&base), "{} bytes", base.len());
    }
}

#[test]
fn librsync_applies_our_deltas() {
    let workshop = Workshop::new();
    for (base, new) in cases() {
        let delta = our_delta(&workshop.signature(&base), &new);
        let (base, delta) = (workshop.put("base", &base), workshop.put("delta", &delta));
        assert!(workshop.rdiff(&["patch"], &[&base, &delta]) == new, "{} bytes", new.len());
    }
}

#[test]
fn we_apply_the_deltas_of_librsync() {
    let workshop = Workshop::new();
    for (base, new) in cases() {
        let signature = workshop.put("signature", &our_signature(&base));
        let file = workshop.put("new", &new);
        let delta = workshop.rdiff(&["delta"], &[&signature, &file]);
        assert!(our_patch(&base, &delta) == new, "{} bytes", new.len());
    }
}

#[test]
fn our_deltas_are_hardly_longer_than_those_of_librsync() {
    let workshop = Workshop::new();
    for (base, new) in cases() {
        let bytes = our_signature(&base);
        let ours = our_delta(&bytes, &new).len();
        let signature = workshop.put("signature", &bytes);
        let file = workshop.put("new", &new);
        let theirs = workshop.rdiff(&["delta"], &[&signature, &file]).len();
        assert!(ours <= theirs + 16, "{ours} bytes instead of {theirs}");
    }
}

#[test]
fn signatures_by_other_sums_make_a_delta_that_sends_all() {
    let workshop = Workshop::new();
    let content = noise(10_000, 4);
    let base = workshop.put("base", &content);
    for options in [&["signature"][..], &["-H", "md4", "signature"]] {
        let delta = our_delta(&workshop.rdiff(options, &[&base]), &content);
        assert!(delta.len() > content.len());
        assert_eq!(our_patch(b"", &delta), content);
    }
}
