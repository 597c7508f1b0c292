//! What is gone here goes there, and nothing else does.
use crate::pairing::{
    Pairing, assert_clean, assert_same_below, dirty_names, in_every_pairing, serving,
};
use csync3_testkit::MixedTree;

in_every_pairing!(
    a_removed_tree_goes_with_everything_below,
    a_removal_of_what_is_gone_there_too_is_settled,
    a_directory_keeps_what_the_group_does_not_hold,
    a_renamed_directory_arrives,
);

pub(crate) fn a_removed_tree_goes_with_everything_below(pairing: Pairing) {
    let cluster = pairing.pair();
    let (here, there) = (cluster.node(0), cluster.node(1));
    here.mkdir("deep");
    MixedTree::new(3).files(40).largest(5_000).without_devices().create(&here.path("deep"));
    here.write("keep/a", "a");
    here.write("keep/b", "b");
    here.mkdir("empty");
    here.symlink("nowhere", "link");
    here.run(&["-x"]).success();
    assert_same_below(here, there);
    for gone in ["deep", "keep/a", "empty", "link"] {
        here.remove(gone);
    }
    here.run(&["-x"]).success();
    assert_same_below(here, there);
    assert!(!there.exists("deep") && there.exists("keep/b"));
    assert_clean(&cluster);
}

fn a_removal_of_what_is_gone_there_too_is_settled(pairing: Pairing) {
    let cluster = pairing.pair();
    let (here, there) = (cluster.node(0), cluster.node(1));
    here.write("dir/sub/f", "f");
    here.write("g", "g");
    here.run(&["-x"]).success();
    for node in [here, there] {
        node.remove("dir");
        node.remove("g");
    }
    here.run(&["-x"]).success();
    assert_eq!(dirty_names(here), Vec::<String>::new());
    there.run(&["-x"]).success();
    assert_clean(&cluster);
}

fn a_directory_keeps_what_the_group_does_not_hold(pairing: Pairing) {
    let cluster = serving(pairing.builder().statement("exclude *.o;"));
    let (here, there) = (cluster.node(0), cluster.node(1));
    here.write("dir/f.c", "source");
    here.run(&["-x"]).success();
    there.write("dir/f.o", "built there");
    here.remove("dir");
    here.run(&["-x"]).exits(1);
    assert_eq!(there.read("dir/f.o"), b"built there");
    assert!(!there.exists("dir/f.c"));
    assert_eq!(dirty_names(here), ["%tree%/dir"], "the directory is still owed");
    there.remove("dir/f.o");
    here.run(&["-u"]).success();
    assert!(!there.exists("dir"));
}

pub(crate) fn a_renamed_directory_arrives(pairing: Pairing) {
    let cluster = pairing.pair();
    let (here, there) = (cluster.node(0), cluster.node(1));
    for file in 0..20 {
        here.write(format!("old/sub{}/f{file}", file % 3), format!("content {file}"));
    }
    here.run(&["-x"]).success();
    here.rename("old", "new");
    here.run(&["-x"]).success();
    assert_same_below(here, there);
    assert!(!there.exists("old"));
    assert_clean(&cluster);
}
