//! A slave receives; what it changes is undone by its master.
use crate::pairing::{
    Pairing, assert_clean, assert_same_below, dirty_names, in_every_pairing, name, serving,
};
use csync3_testkit::Cluster;

in_every_pairing!(
    a_slave_may_not_push_even_with_the_right_key,
    the_master_restores_its_version,
    the_master_wins_against_a_slave,
);

/// The pushing host is the slave.
fn slave_pushes(pairing: Pairing) -> Cluster {
    let builder = Cluster::builder().slave(&pairing.client()).node(&pairing.server());
    let cluster = serving(builder);
    let (slave, master) = (cluster.node(0), cluster.node(1));
    master.write("f", "the master's");
    master.write("dir/g", "the master's");
    master.run(&["-x"]).success();
    assert_same_below(slave, master);
    cluster
}

fn a_slave_may_not_push_even_with_the_right_key(pairing: Pairing) {
    let cluster = slave_pushes(pairing);
    let (slave, master) = (cluster.node(0), cluster.node(1));
    slave.edit("f", "the slave's");
    slave.write("new", "the slave's");
    slave.remove("dir/g");
    slave.run(&["-x"]).exits(1);
    assert_eq!(master.read("f"), b"the master's");
    assert_eq!(master.read("dir/g"), b"the master's");
    assert!(!master.exists("new"));
    for node in [slave, master] {
        let dirty = dirty_names(node);
        for file in ["dir/g", "f", "new"] {
            assert!(dirty.contains(&name(file)), "{file} on {}: {dirty:?}", node.name());
        }
    }
}

fn the_master_restores_its_version(pairing: Pairing) {
    let cluster = slave_pushes(pairing);
    let (slave, master) = (cluster.node(0), cluster.node(1));
    slave.edit("f", "the slave's");
    slave.write("new", "the slave's");
    slave.remove("dir/g");
    slave.run(&["-x"]).exits(1);
    master.run(&["-u"]).success();
    assert_eq!(slave.read("f"), b"the master's");
    assert_eq!(slave.read("dir/g"), b"the master's");
    assert!(!slave.exists("new"), "the master never had it");
    assert_same_below(slave, master);
    assert_clean(&cluster);
}

fn the_master_wins_against_a_slave(pairing: Pairing) {
    let builder = Cluster::builder().node(&pairing.client()).slave(&pairing.server());
    let cluster = serving(builder);
    let (master, slave) = (cluster.node(0), cluster.node(1));
    for file in ["changed", "removed", "gone"] {
        master.write(file, "base");
    }
    master.run(&["-x"]).success();
    slave.edit("changed", "the slave's longer version");
    slave.remove("removed");
    slave.edit("gone", "the slave's");
    slave.run(&["-cr", "/"]).success();
    master.edit("changed", "the master's");
    master.edit("removed", "the master's");
    master.remove("gone");
    master.run(&["-x"]).success();
    assert_same_below(master, slave);
    assert_eq!(slave.read("changed"), b"the master's");
    assert_clean(&cluster);
}
