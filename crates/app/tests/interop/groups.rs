//! Several groups, several keys, and hosts that have another name in a group.
use crate::pairing::{
    Pairing, assert_clean, assert_same_below, in_every_pairing, name, serving, when_csync3_pushes,
};
use csync3_testkit::{Cluster, Group, Node};
use std::net::IpAddr;

in_every_pairing!(
    each_group_reaches_its_hosts_with_its_key,
    hosts_are_known_by_the_names_of_each_group,
    a_wrong_key_moves_nothing,
    a_group_that_is_not_asked_for_rests,
    a_named_configuration_is_one_of_its_own,
);
when_csync3_pushes!(the_key_of_the_group_that_allows_it_is_shown);

fn each_group_reaches_its_hosts_with_its_key(pairing: Pairing) {
    let builder = pairing
        .builder()
        .node(&pairing.server())
        .group(Group::new("all").include("%tree%/all"))
        .group(Group::new("two").only(&[0, 1]).include("%tree%/two"))
        .group(Group::new("others").only(&[2, 0]).include("%tree%/others").include("%tree%/two/x"));
    let cluster = serving(builder);
    let (here, second, third) = (cluster.node(0), cluster.node(1), cluster.node(2));
    for file in ["all/f", "two/f", "two/x", "others/f"] {
        here.write(file, file);
    }
    third.mkdir("two");
    here.run(&["-x"]).success();
    let has = |node: &Node| ["all/f", "two/f", "two/x", "others/f"].map(|file| node.exists(file));
    assert_eq!(has(second), [true, true, true, false]);
    assert_eq!(has(third), [true, false, true, true]);
    assert_clean(&cluster);
}

/// Replaces the groups of every node; `{N}` stands for host N's name, `{N!}` for its alias.
fn with_groups(cluster: &Cluster, groups: &str) {
    let mut text = groups.to_owned();
    for (index, node) in cluster.nodes().iter().enumerate() {
        text = text.replace(&format!("{{{index}!}}"), &alias(node));
        text = text.replace(&format!("{{{index}}}"), node.name());
    }
    for node in cluster.nodes() {
        let old = std::fs::read_to_string(node.system_dir().join("csync2.cfg"));
        let old = old.expect("the cluster has written it");
        let (globals, _) = old.split_once("group ").expect("every cluster has a group");
        node.write_system_file("csync2.cfg", &format!("{globals}{text}"));
        node.write_system_file("other.key", &format!("{}\n", "AnotherKey".repeat(5)));
    }
}

/// Another name that leads to the same address: the number that it is.
fn alias(node: &Node) -> String {
    let IpAddr::V4(address) = node.address().ip() else { panic!("clusters are IPv4") };
    format!("0x{:08x}", u32::from(address))
}

const ALIASES: &str = "
group outer { host {0}@{0!} {1}@{1!}; key g.key; include %tree%/outer; }
group inner { host {0} {1}; key other.key; include %tree%/inner; }
group mixed { host {0}@{0!} {1}; key other.key; include %tree%/mixed; }
";

fn hosts_are_known_by_the_names_of_each_group(pairing: Pairing) {
    let cluster = pairing.builder().build();
    with_groups(&cluster, ALIASES);
    let (here, there) = (cluster.node(0), cluster.node(1));
    for group in ["outer", "inner", "mixed"] {
        here.write(format!("{group}/f"), group);
    }
    here.run(&["-cr", "/"]).success();
    let rows = |node: &Node, group: &str| -> Vec<(String, String)> {
        let wanted = name(&format!("{group}/f"));
        let rows = node.dirty().into_iter().filter(|row| row.name_text() == wanted);
        rows.map(|row| (row.myname, row.peer)).collect()
    };
    let pair = |mine: &str, peer: &str| vec![(mine.to_owned(), peer.to_owned())];
    assert_eq!(rows(here, "outer"), pair(&alias(here), &alias(there)));
    assert_eq!(rows(here, "inner"), pair(here.name(), there.name()));
    assert_eq!(rows(here, "mixed"), pair(&alias(here), there.name()));
    // Two sessions of a csync2 that make its tables at the same time fail.
    there.run(&["-M"]).exits(2);
    cluster.serve_all();
    here.run(&["-u"]).success();
    assert_same_below(here, there);
    assert_clean(&cluster);
    there.edit("mixed/f", "edited there");
    there.run(&["-cr", "/"]).success();
    assert_eq!(rows(there, "mixed"), pair(there.name(), &alias(here)));
    there.run(&["-u"]).success();
    assert_eq!(here.read("mixed/f"), b"edited there");
}

pub(crate) fn a_wrong_key_moves_nothing(pairing: Pairing) {
    let cluster = pairing.pair();
    let (here, there) = (cluster.node(0), cluster.node(1));
    here.write("f", "f");
    here.write_system_file("g.key", &format!("{}\n", "SomeOtherKey".repeat(4)));
    here.run(&["-x"]).exits(1);
    assert!(!there.exists("f"));
    assert_eq!(here.dirty().len(), 2, "the root and the file");
    assert_eq!(there.dirty(), []);
}

fn a_group_that_is_not_asked_for_rests(pairing: Pairing) {
    let builder = pairing
        .builder()
        .group(Group::new("one").include("%tree%/one"))
        .group(Group::new("two").include("%tree%/two"));
    let cluster = serving(builder);
    let (here, there) = (cluster.node(0), cluster.node(1));
    here.write("one/f", "1");
    here.write("two/f", "2");
    // csync2 servers switch off their last group, whatever was asked for (D19).
    here.run(&["-x", "-G", "one"]).success();
    assert!(there.exists("one/f") && !there.exists("two/f"));
    here.run(&["-x"]).success();
    assert_same_below(here, there);
}

fn a_named_configuration_is_one_of_its_own(pairing: Pairing) {
    let cluster = pairing.builder().group(Group::new("g").include("%tree%/main")).build();
    for node in cluster.nodes() {
        let text = std::fs::read_to_string(node.system_dir().join("csync2.cfg"));
        let text = text.expect("the cluster has written it");
        node.write_system_file("csync2_other.cfg", &text.replace("%tree%/main", "%tree%/other"));
    }
    cluster.serve_all();
    let (here, there) = (cluster.node(0), cluster.node(1));
    here.write("main/f", "main");
    here.write("other/f", "other");
    here.run(&["-x", "-C", "other"]).success();
    assert!(there.exists("other/f") && !there.exists("main/f"));
    here.run(&["-L"]).exits(2);
    assert_eq!(here.run(&["-L", "-C", "other"]).success().lines().len(), 2);
    assert_eq!(there.run(&["-L", "-C", "other"]).success().lines().len(), 2);
    here.run(&["-x"]).success();
    assert_same_below(here, there);
}

const SLAVE_LAST: &str = "
group first { host {0} {1}; key g.key; include %tree%; }
group last { host ({0}) {1}; key other.key; include %tree%; }
";

/// csync2 shows the key of the group that is defined last, where it is a slave (D24).
fn the_key_of_the_group_that_allows_it_is_shown(pairing: Pairing) {
    let cluster = pairing.builder().build();
    with_groups(&cluster, SLAVE_LAST);
    cluster.serve_all();
    let (here, there) = (cluster.node(0), cluster.node(1));
    here.write("dir/f", "f");
    here.run(&["-x"]).success();
    assert_same_below(here, there);
    here.remove("dir");
    here.run(&["-x"]).success();
    assert_clean(&cluster);
}
