//! An object becomes one of another type.
use crate::pairing::{
    Pairing, assert_clean, assert_same_below, in_every_pairing, when_csync3_pushes,
};
use csync3_testkit::Node;

in_every_pairing!(every_type_replaces_every_other);
when_csync3_pushes!(a_new_target_of_a_link_arrives, a_new_device_number_arrives);

const TYPES: [&str; 5] = ["file", "empty", "full", "link", "fifo"];

fn make(node: &Node, rel: &str, kind: &str) {
    match kind {
        "file" => node.write(rel, format!("content of {rel}")),
        "empty" => node.mkdir(rel),
        "full" => {
            node.write(format!("{rel}/a/deep/er"), "1");
            node.write(format!("{rel}/b"), "2");
            node.symlink("b", format!("{rel}/c"));
        }
        "link" => node.symlink("some/target", rel),
        _ => node.mkfifo(rel),
    }
}

fn every_type_replaces_every_other(pairing: Pairing) {
    let cluster = pairing.pair();
    let (here, there) = (cluster.node(0), cluster.node(1));
    let pairs = || TYPES.into_iter().flat_map(|from| TYPES.into_iter().map(move |to| (from, to)));
    let changes = || pairs().filter(|(from, to)| from != to);
    for (from, to) in changes() {
        make(here, &format!("{from}-to-{to}"), from);
    }
    here.run(&["-x"]).success();
    assert_same_below(here, there);
    for (from, to) in changes() {
        let rel = format!("{from}-to-{to}");
        here.remove(&rel);
        make(here, &rel, to);
    }
    here.run(&["-x"]).success();
    assert_same_below(here, there);
    assert_clean(&cluster);
}

/// csync2 cannot: it does not see the targets of links under a prefix (D1).
fn a_new_target_of_a_link_arrives(pairing: Pairing) {
    let cluster = pairing.pair();
    let (here, there) = (cluster.node(0), cluster.node(1));
    here.symlink("/a/b", "link");
    here.run(&["-x"]).success();
    // The second is only longer, which csync2 takes for the same (D4).
    for target in ["/a/bc", "/x", "with space and %"] {
        here.remove("link");
        here.symlink(target, "link");
        here.run(&["-x"]).success();
        let found = std::fs::read_link(there.path("link")).expect("a link is there");
        assert_eq!(found.to_str(), Some(target));
        assert_clean(&cluster);
    }
}

/// csync2 cannot: it sends no numbers (D3).
fn a_new_device_number_arrives(pairing: Pairing) {
    use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};
    let cluster = pairing.pair();
    let (here, there) = (cluster.node(0), cluster.node(1));
    for minor in [5, 9, 3] {
        let path = here.path("device");
        if here.exists("device") {
            here.remove("device");
        }
        let made = mknodat(CWD, &path, FileType::CharacterDevice, Mode::RUSR, makedev(1, minor));
        made.expect("root may make devices");
        here.run(&["-x"]).success();
        assert_same_below(here, there);
    }
}
