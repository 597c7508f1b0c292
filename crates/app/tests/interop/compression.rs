//! What compresses is compressed on a line that is slower than that.
use crate::pairing::{assert_clean, assert_same_below, csync3};
use csync3_testkit::{Cluster, Link, Random};

/// A line on which waiting shows at once.
const SLOW: u64 = 6_000_000;

fn text() -> Vec<u8> {
    Random::new(7).bytes(28_000_000, true)
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
    let content = text();
    let sent = cost(|node| node.write("large", &content));
    // Some of it goes out before the line has shown how slow it is.
    let length = content.len() as u64;
    assert!(sent < length * 3 / 4, "{sent} bytes of {length}");
}

#[test]
fn small_texts_are_compressed() {
    let content = text();
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
    let content = Random::new(8).bytes(16_000_000, false);
    let sent = cost(|node| node.write("large", &content));
    let length = content.len() as u64;
    assert!((length..length + length / 100).contains(&sent), "{sent} bytes of {length}");
}
