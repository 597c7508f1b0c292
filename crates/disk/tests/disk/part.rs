use crate::fixture::Tree;
use csync3_disk::{Disk, DiskSession, Look, StagedFile, is_temporary};
use std::fs;

fn begun(disk: &DiskSession, tree: &Tree, content: &[u8]) -> StagedFile {
    let mut staged = disk.stage_file(&tree.at("f"), false).unwrap();
    staged.write(content).unwrap();
    staged
}

/// The content of the part, if it has at least so many bytes.
fn part(disk: &DiskSession, tree: &Tree, least: u64) -> Option<Vec<u8>> {
    let part = disk.part(&tree.at("f"), least).unwrap()?;
    let mut content = vec![0; 100];
    let length = part.read_at(&mut content, 0).unwrap();
    content.truncate(length);
    Some(content)
}

#[test]
fn what_came_of_a_content_stays_for_the_next_attempt_and_is_its_basis() {
    let tree = Tree::new();
    let disk = Disk::new().session();
    assert_eq!(part(&disk, &tree, 0), None);
    let mut staged = begun(&disk, &tree, b"the first half, ");
    staged.keep_part();
    drop(staged);
    let names = tree.names("");
    assert_eq!(names.len(), 1);
    assert!(is_temporary(names[0].as_bytes()));
    assert_eq!(part(&disk, &tree, 17), None);
    assert_eq!(part(&disk, &tree, 16).unwrap(), b"the first half, ");

    let mut staged = disk.stage_file(&tree.at("f"), false).unwrap();
    staged.set_basis(disk.part(&tree.at("f"), 16).unwrap().unwrap());
    staged.keep_part();
    staged.copy_from_basis(0, 16).unwrap();
    staged.write(b"and the second").unwrap();
    staged.finish(Look::default()).unwrap().publish(None).unwrap();
    disk.forget_part(&tree.at("f")).unwrap();
    assert_eq!(tree.read("f"), b"the first half, and the second");
    assert_eq!(tree.names(""), ["f"]);
}

#[test]
fn a_shorter_part_does_not_take_the_place_of_a_longer_one() {
    let tree = Tree::new();
    let disk = Disk::new().session();
    for (content, expected) in [("long", "long"), ("sho", "long"), ("longer", "longer")] {
        let mut staged = begun(&disk, &tree, content.as_bytes());
        staged.keep_part();
        drop(staged);
        assert_eq!(part(&disk, &tree, 0).unwrap(), expected.as_bytes());
        assert_eq!(tree.names("").len(), 1);
    }
}

#[test]
fn what_is_given_up_or_removed_leaves_no_part() {
    let tree = Tree::new();
    let disk = Disk::new().session();
    let mut staged = begun(&disk, &tree, b"half");
    staged.keep_part();
    staged.discard();
    assert!(tree.names("").is_empty());
    let mut staged = begun(&disk, &tree, b"half");
    staged.keep_part();
    drop(staged);
    tree.file("f", b"old");
    disk.remove(&tree.at("f"), &tree.seen("f")).unwrap();
    assert!(tree.names("").is_empty());
}

#[test]
fn what_a_killed_process_has_left_is_a_part_and_what_a_living_one_holds_is_none() {
    let tree = Tree::new();
    let disk = Disk::new().session();
    let staged = begun(&disk, &tree, b"half");
    let hidden = tree.names("").remove(0);
    assert_eq!(part(&disk, &tree, 0), None);
    assert_eq!(tree.names(""), [hidden.as_str()]);
    drop(staged);
    fs::write(tree.real(&hidden), "half").unwrap();
    assert_eq!(part(&disk, &tree, 5), None);
    assert_eq!(tree.names(""), [hidden.as_str()]);
    assert_eq!(part(&disk, &tree, 4).unwrap(), b"half");
    assert_ne!(tree.names(""), [hidden.as_str()]);
}
