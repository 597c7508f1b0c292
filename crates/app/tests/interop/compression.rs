//! What compresses is compressed on a line that is slower than that.
use crate::pairing::{assert_clean, assert_same_below, csync3};
use csync3_testkit::{Cluster, Link, Random};

/// A line on which waiting shows at once.
const SLOW: u64 = 6_000_000;

fn text(lines: usize) -> Vec<u8> {
    let mut random = Random::new(7);
    let line = |number| format!("{number} {:x} the same words again and again\n", random.number());
    (0..lines).map(line).collect::<String>().into_bytes()
}

/// Pushes over a slow line; the bytes that passed.
fn cost(furnish: impl Fn(&csync3_testkit::Node)) -> u64 {
    let cluster = Cluster::of(2, &csync3());
    let (here, there) = (cluster.node(0), cluster.node(1));
    let proxy = there.serve_behind(Link { bytes_per_second: Some(SLOW), ..Link::default() });
    furnish(here);
    here.run(&["-x"]).success();
    assert_same_below(here, there);
    assert_clean(&cluster);
    proxy.bytes().0
}

#[test]
fn a_large_text_is_compressed() {
    let content = text(500_000);
    let sent = cost(|node| node.write("large", &content));
    // Some of it goes out before the line has shown how slow it is.
    let length = content.len() as u64;
    assert!(sent < length * 3 / 4, "{sent} bytes of {length}");
}

#[test]
fn small_texts_are_compressed() {
    let content = text(500_000);
    let sent = cost(|node| {
        for (number, part) in content.chunks(30_000).enumerate() {
            node.write(format!("f{number}"), part);
        }
    });
    let length = content.len() as u64;
    assert!(sent < length * 3 / 4, "{sent} bytes of {length}");
}

#[test]
fn what_does_not_compress_costs_its_length() {
    let mut random = Random::new(8);
    let content: Vec<u8> = (0..2_000_000).flat_map(|_| random.number().to_le_bytes()).collect();
    let sent = cost(|node| node.write("large", &content));
    let length = content.len() as u64;
    assert!((length..length + length / 100).contains(&sent), "{sent} bytes of {length}");
}
