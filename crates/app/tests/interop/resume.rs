//! A large content whose transfer broke is not sent from its begin again.
use crate::pairing::{assert_clean, assert_same_below, csync3};
use csync3_testkit::{Cluster, Link, Random, leftovers};

const LENGTH: usize = 30_000_000;

/// The transfer of a file breaks after 20 MB; what is sent of `change`'s result afterwards.
fn sent_after_break(old: Option<&[u8]>, change: impl Fn(&mut Vec<u8>)) -> u64 {
    let cluster = Cluster::of(2, &csync3());
    let (here, there) = (cluster.node(0), cluster.node(1));
    let mut content = Random::new(4).bytes(LENGTH, false);
    if let Some(old) = old {
        there.write("large", old);
        here.write("large", old);
        there.serve();
        here.run(&["-x"]).success();
        there.stop();
    }
    let broken = there.serve_behind(Link::cut_after(20_000_000));
    match old {
        Some(_) => here.edit("large", &content),
        None => here.write("large", &content),
    }
    here.run(&["-x"]).exits(1);
    there.await_sessions();
    assert_eq!(there.exists("large"), old.is_some());
    drop(broken);
    there.stop();
    assert_eq!(leftovers(there.root()).len(), 1);
    let proxy = there.serve_behind(Link::default());
    change(&mut content);
    here.edit("large", &content);
    here.run(&["-x"]).success();
    assert_same_below(here, there);
    assert_clean(&cluster);
    proxy.bytes().0
}

#[test]
fn a_new_file_is_continued() {
    let sent = sent_after_break(None, |_| {});
    assert!(sent < 14_000_000, "{sent} bytes");
}

#[test]
fn a_file_that_has_changed_since_is_continued_as_far_as_it_is_the_same() {
    let sent = sent_after_break(None, |content| {
        content.truncate(LENGTH - 1_000_000);
        content[5_000_000] ^= 1;
    });
    assert!(sent < 13_000_000, "{sent} bytes");
}

#[test]
fn a_new_version_of_a_file_is_continued() {
    let sent = sent_after_break(Some(b"the old version"), |_| {});
    assert!(sent < 14_000_000, "{sent} bytes");
}
