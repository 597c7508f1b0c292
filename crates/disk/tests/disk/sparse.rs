use crate::fixture::{EINVAL, Tree, errno};
use csync3_core::entry::{ContentHash, Kind};
use csync3_disk::{Disk, Look, Run};
use std::fs::{self, File};
use std::os::unix::fs::{FileExt, MetadataExt};

const MIB: u64 = 1 << 20;

/// A hole, a few bytes, and a hole up to the end.
fn sparse(tree: &Tree, name: &str) -> Vec<u8> {
    let file = File::create(tree.real(name)).unwrap();
    file.write_all_at(b"data", 2 * MIB).unwrap();
    file.set_len(5 * MIB).unwrap();
    fs::read(tree.real(name)).unwrap()
}

/// The bytes that a file takes.
fn stored(tree: &Tree, name: &str) -> u64 {
    fs::metadata(tree.real(name)).unwrap().blocks() * 512
}

#[test]
fn zeros_that_were_not_written_take_no_space_and_count_for_length_and_hash() {
    let tree = Tree::new();
    let disk = Disk::new().session();
    let mut staged = disk.stage_file(&tree.at("f"), false).unwrap();
    staged.write_zeros(2 * MIB).unwrap();
    staged.write(b"data").unwrap();
    staged.write_zeros(0).unwrap();
    staged.write_zeros(3 * MIB - 4).unwrap();
    staged.write(b"").unwrap();
    assert_eq!(staged.written(), 5 * MIB);
    let staged = staged.finish(Look::default()).unwrap();
    assert_eq!(staged.observed().kind, Kind::File { size: 5 * MIB });
    let hash = staged.hash();
    staged.publish(None).unwrap();
    let content = sparse(&tree, "g");
    assert_eq!(hash, Some(ContentHash(blake3::hash(&content).into())));
    assert_eq!(tree.read("f"), content);
    assert!(stored(&tree, "f") < MIB, "{} bytes", stored(&tree, "f"));
}

#[test]
fn a_copy_has_the_holes_of_what_was_copied() {
    let tree = Tree::new();
    let disk = Disk::new().session();
    let content = sparse(&tree, "f");
    let source = disk.open(&tree.at("f")).unwrap();
    assert_eq!(source.run_at(0, u64::MAX), Run::Hole(2 * MIB));
    assert_eq!(source.run_at(MIB, 7), Run::Hole(7));
    assert_eq!(source.run_at(2 * MIB, 4), Run::Data(4));
    assert_eq!(source.run_at(4 * MIB, u64::MAX), Run::Hole(MIB));
    assert_eq!(source.run_at(5 * MIB, 9), Run::Data(9), "nothing is there");
    let spare = disk.open(&tree.at("f")).unwrap().into_spare().unwrap();
    for name in ["basis", "spare"] {
        let mut staged = disk.stage_file(&tree.at(name), false).unwrap();
        match name {
            "basis" => staged.copy_from(&source, 0, 5 * MIB).unwrap(),
            _ => staged.copy_spare(&spare).unwrap(),
        }
        staged.finish(Look::default()).unwrap().publish(None).unwrap();
        assert_eq!(tree.read(name), content);
        assert!(stored(&tree, name) < MIB, "{} bytes", stored(&tree, name));
    }
    let mut staged = disk.stage_file(&tree.at("short"), false).unwrap();
    assert_eq!(errno(staged.copy_from(&source, 4 * MIB, MIB + 1)), EINVAL);
}
