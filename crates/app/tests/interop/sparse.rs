//! Holes are not sent, and are holes at the receiver.
use crate::pairing::{assert_clean, assert_same_below, csync3};
use csync3_testkit::{Cluster, Link, Node, Random};
use std::fs::File;
use std::os::unix::fs::{FileExt, MetadataExt};

/// The length of the file in the tests.
const LENGTH: u64 = 24 << 20;

fn stored(node: &Node, name: &str) -> u64 {
    std::fs::metadata(node.path(name)).expect("it is there").blocks() * 512
}

#[test]
fn a_sparse_file_costs_what_is_in_it_and_takes_as_little_room_there() {
    let cluster = Cluster::of(2, &csync3());
    let (here, there) = (cluster.node(0), cluster.node(1));
    let proxy = there.serve_behind(Link::default());
    let data = Random::new(5).bytes(300_000, false);
    here.write("image", "");
    let file = File::options().write(true).open(here.path("image")).expect("it is ours");
    for offset in [0, 8 << 20, 17 << 20] {
        file.write_all_at(&data, offset).expect("there is room");
    }
    file.set_len(LENGTH).expect("a hole needs no room");
    let cost = || {
        let (before, _) = proxy.bytes();
        here.run(&["-x"]).success();
        assert_same_below(here, there);
        assert_clean(&cluster);
        assert!(stored(there, "image") < 3_000_000, "{} bytes", stored(there, "image"));
        proxy.bytes().0 - before
    };
    let first = cost();
    assert!((900_000..1_200_000).contains(&first), "{first} bytes");
    // What is copied from the old version keeps its holes, and a new hole may end the file.
    file.write_all_at(b"changed", 12 << 20).expect("there is room");
    file.set_len(LENGTH + 10_000_000).expect("a hole needs no room");
    let edited = cost();
    assert!(edited < 300_000, "{edited} bytes");
}
