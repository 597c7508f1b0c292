use crate::fixture::{
    EINVAL, EISDIR, ELOOP, ENOENT, Tree, disks, errno, independent, located, seen,
};
use csync3_core::entry::{ContentHash, Kind};
use csync3_disk::Presence;
use std::fs;
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixListener;

#[test]
fn every_type_is_seen_as_it_is() {
    let tree = Tree::new();
    tree.dir("dir").file("file", b"12345").link("link", "file");
    tree.link("long", "t".repeat(3_000)).link("dangling", "/no/such");
    let fifo = tree.real("fifo");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &fifo,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .unwrap();
    let _socket = UnixListener::bind(tree.real("socket")).unwrap();
    for disk in disks() {
        for name in ["dir", "file", "link", "long", "dangling", "fifo", "socket"] {
            let expected = independent(&tree.real(name));
            assert_eq!(disk.observe(&tree.at(name)).unwrap(), Presence::There(expected), "{name}");
        }
        let null = located("/dev".as_ref(), b"null");
        assert_eq!(seen(&disk, &null), Some(independent("/dev/null".as_ref())));
    }
}

#[test]
fn absence_tells_whether_the_directory_is_there() {
    let tree = Tree::new();
    tree.dir("d").file("f", b"");
    for disk in disks() {
        let observe = |name| disk.observe(&tree.at(name)).unwrap();
        assert_eq!(observe("d/x"), Presence::Absent);
        assert_eq!(observe("no/x"), Presence::NoParent);
        assert_eq!(observe("f/x"), Presence::NoParent);
        let no_root = located(&tree.real("no"), b"x");
        assert_eq!(disk.observe(&no_root).unwrap(), Presence::NoParent);
        let root_itself = located(&tree.real("no"), b"");
        assert_eq!(disk.observe(&root_itself).unwrap(), Presence::Absent);
        let above_too = located(&tree.real("no/no"), b"");
        assert_eq!(disk.observe(&above_too).unwrap(), Presence::NoParent);
    }
}

#[test]
fn names_need_not_be_text() {
    let tree = Tree::new();
    let raw = b"a\xff\n b";
    fs::write(tree.path().join(std::ffi::OsStr::from_bytes(raw)), "x").unwrap();
    for disk in disks() {
        assert!(seen(&disk, &located(&tree.path(), raw)).is_some());
    }
}

#[test]
fn only_regular_files_are_opened() {
    let tree = Tree::new();
    tree.dir("dir").file("file", b"1").link("link", "file");
    let _socket = UnixListener::bind(tree.real("socket")).unwrap();
    for disk in disks() {
        assert_eq!(errno(disk.open(&tree.at("dir"))), EISDIR);
        assert_eq!(errno(disk.open(&tree.at("link"))), ELOOP);
        assert_eq!(errno(disk.open(&tree.at("socket"))), EINVAL);
        assert_eq!(errno(disk.open(&tree.at("none"))), ENOENT);
        assert_eq!(errno(disk.hash(&tree.at("dir"))), EISDIR);
    }
}

#[test]
fn a_fifo_without_a_writer_does_not_block() {
    let tree = Tree::new();
    let at = tree.at("fifo");
    let disk = csync3_disk::Disk::new();
    disk.stage_fifo(&at, crate::fixture::look(0o600, 1)).unwrap().publish(None).unwrap();
    assert_eq!(errno(disk.open(&at)), EINVAL);
}

#[test]
fn a_source_holds_exactly_its_content() {
    let tree = Tree::new();
    let long = vec![7; 300_000];
    tree.file("long", &long);
    tree.file("empty", b"");
    let open = |name| csync3_disk::Disk::new().open(&tree.at(name)).unwrap();
    let mut source = open("long");
    source.seek(SeekFrom::Start(5)).unwrap();
    assert!(source.holds(&long).unwrap());
    assert!(!source.holds(&long[1..]).unwrap());
    assert!(!source.holds(&[&long[..], b"x"].concat()).unwrap());
    let mut other = long;
    other[299_999] = 8;
    assert!(!source.holds(&other).unwrap());
    assert_eq!(source.stream_position().unwrap(), 5);
    assert!(open("empty").holds(b"").unwrap());
    assert!(!open("empty").holds(b"x").unwrap());
}

#[test]
fn a_source_reads_seeks_and_notices_change() {
    let tree = Tree::new();
    tree.file("f", b"0123456789");
    let mut source = csync3_disk::Disk::new().open(&tree.at("f")).unwrap();
    assert_eq!(source.observed(), &independent(&tree.real("f")));
    let mut tail = Vec::new();
    source.seek(SeekFrom::Start(7)).unwrap();
    source.read_to_end(&mut tail).unwrap();
    assert_eq!(tail, b"789");
    let mut two = [0; 2];
    assert_eq!(source.read_at(&mut two, 3).unwrap(), 2);
    assert_eq!(&two, b"34");
    assert!(source.still_same());
    let mut file = fs::OpenOptions::new().append(true).open(tree.real("f")).unwrap();
    file.write_all(b"x").unwrap();
    assert!(!source.still_same());
}

#[test]
fn the_hash_is_of_the_whole_content() {
    let tree = Tree::new();
    let big = vec![7; 300_000];
    tree.file("empty", b"").file("big", &big);
    let disk = csync3_disk::Disk::new();
    for (name, content) in [("empty", [].as_slice()), ("big", &big)] {
        let expected = ContentHash(blake3::hash(content).into());
        assert_eq!(disk.hash(&tree.at(name)).unwrap(), expected, "{name}");
    }
    assert_eq!(tree.seen("big").kind, Kind::File { size: 300_000 });
}
