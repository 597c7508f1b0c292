use crate::fixture::{EINVAL, ENOENT, Tree, errno};
use csync3_core::entry::ContentHash;
use csync3_disk::{Disk, Look};
use std::fs;

/// Longer than what is read at once, and no multiple of it.
fn content() -> Vec<u8> {
    (0..300_001_u32).map(|number| (number.wrapping_mul(number) >> 9) as u8).collect()
}

#[test]
fn a_content_outlives_its_name_and_gets_another() {
    let tree = Tree::new();
    let disk = Disk::new().session();
    tree.file("old", &content());
    let spare = disk.open(&tree.at("old")).unwrap().into_spare().unwrap();
    fs::remove_file(tree.real("old")).unwrap();
    assert_eq!(spare.size(), 300_001);
    let hash = ContentHash(blake3::hash(&content()).into());
    assert_eq!(spare.hash().unwrap(), hash);
    for name in ["new", "newer"] {
        let mut staged = disk.stage_file(&tree.at(name), false).unwrap();
        staged.copy_spare(&spare).unwrap();
        let staged = staged.finish(Look::default()).unwrap();
        assert_eq!(staged.hash(), Some(hash));
        staged.publish(None).unwrap();
        assert_eq!(tree.read(name), content());
    }
    assert_eq!(tree.names(""), ["new", "newer"]);
}

#[test]
fn a_content_that_has_become_shorter_is_an_error_and_a_longer_one_keeps_its_length() {
    let tree = Tree::new();
    let disk = Disk::new().session();
    for (length, becomes, expected) in [(9, 3, Some(EINVAL)), (9, 20, None)] {
        tree.file("f", &content()[..length]);
        let spare = disk.open(&tree.at("f")).unwrap().into_spare().unwrap();
        tree.file("f", &content()[..becomes]);
        let mut staged = disk.stage_file(&tree.at("g"), false).unwrap();
        staged.write(b"in front ").unwrap();
        let copied = staged.copy_spare(&spare);
        assert_eq!(copied.err().and_then(|error| error.errno()), expected);
        if expected.is_none() {
            assert_eq!(staged.written(), 18);
        }
    }
}

#[test]
fn room_is_told_where_there_is_a_directory() {
    let tree = Tree::new();
    let disk = Disk::new().session();
    assert!(disk.free(&tree.at("f")).unwrap() > 0);
    assert_eq!(errno(disk.free(&tree.at("missing/f"))), ENOENT);
}
