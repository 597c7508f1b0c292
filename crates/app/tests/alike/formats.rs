//! What lists look like: fields, order, filters, odd names.
use crate::scene::{OLD, Scene};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// Names that sort otherwise once they are encoded, or that no line can hold.
const ODD: [&[u8]; 12] = [
    b"tab\there",
    b"line\nbreak",
    b"quote'\"",
    b"per%cent",
    b"%25encoded",
    b"col:on",
    b"back\\slash",
    b"latin-\xfc",
    b"broken-\xff\xfe",
    b"utf8-\xc3\xbc",
    b"dollar$ `x` | & ; < >",
    b"\x01\x7f\x1b[31m",
];

/// A host with all of them, a link and a pipe.
fn odd() -> Scene {
    let scene = Scene::alone();
    let host = scene.host();
    for name in ODD {
        let name = OsStr::from_bytes(name);
        host.write(name, "odd");
        host.set_mtime(name, OLD);
    }
    host.mkfifo("pipe");
    host.set_mtime("pipe", OLD);
    std::os::unix::fs::symlink("some where%", host.dir().join("abs/link")).expect("the node's own");
    scene
}

#[test]
fn hints_are_listed_with_their_flag_in_the_order_of_encoded_names() {
    let scene = odd();
    scene.prepare(&["-h", "@tree/two words", "@tree/a", "@tree/tab\there", "@tree/per%cent"]);
    scene.prepare(&["-hr", "@tree/dir", "@tree/a", "@node/outside", "@tree/line\nbreak"]);
    scene.alike(&["-H"]).exits(0);
    scene.alike(&["-H", "-G", "abs"]).exits(0);
    scene.prepare(&["-c"]);
    scene.prepare(&["-hr", "@tree/dir"]);
    let dir = scene.host().path("dir");
    scene.alike(&["-H"]).exits(0).prints(&format!("1\\t{}\n", dir.display()));
}

#[test]
fn files_are_listed_with_their_checktxt_in_the_order_of_encoded_names() {
    let scene = odd();
    scene.prepare(&["-cr", "/"]);
    let outcome = scene.alike(&["-L"]);
    let file = format!("v1:mtime={OLD}:mode=33188:uid=0:gid=0:type=reg:size=1\\t%tree%/a\n");
    assert!(outcome.exits(0).stdout.contains(&file), "{}", outcome.stdout);
    assert!(outcome.stdout.contains(":type=lnk:target=some%20where%25\\t/"), "{}", outcome.stdout);
    scene.alike(&["-L", "-G", "abs"]).exits(0);
}

#[test]
fn dirty_files_are_listed_with_force_both_hosts_and_the_name() {
    let scene = odd();
    scene.prepare(&["-cr", "/"]);
    scene.prepare(&["-f", "@tree/a", "@tree/tab\there"]);
    let outcome = scene.alike(&["-M"]);
    let (me, peer) = (scene.host().name(), scene.peer().name());
    let line = |kind: &str, name: &str| format!("{kind}\\t{me}\\t{peer}\\t%tree%/{name}\n");
    for line in [line("force", "a"), line("chary", "dir/c"), line("force", "tab\\there")] {
        assert!(outcome.exits(0).stdout.contains(&line), "{line}{}", outcome.stdout);
    }
    scene.alike(&["-M", "-G", "all"]).exits(0);
}

#[test]
fn lists_leave_out_what_no_active_group_matches() {
    let scene = odd();
    scene.prepare(&["-cr", "/"]);
    let file = scene.host().system_dir().join("csync2.cfg");
    let text = std::fs::read_to_string(file).expect("the cluster wrote it");
    scene
        .host()
        .write_system_file("csync2.cfg", &text.replace("%tree%/not", "%tree%/dir %tree%/a"));
    for mode in ["-L", "-M"] {
        let outcome = scene.alike(&[mode]);
        assert!(!outcome.exits(0).stdout.contains("%tree%/dir/"), "{}", outcome.stdout);
    }
}

#[test]
fn the_files_of_a_pair_are_those_of_a_group_with_both() {
    let scene = odd();
    scene.prepare(&["-cr", "/"]);
    scene.alike(&["-S", "@me", "@peer"]).exits(0);
    for pair in [["@peer", "@me"], ["@me", "nobody"], ["nobody", "@peer"], ["@me", "@me"], ["", ""]]
    {
        scene.alike(&["-S", pair[0], pair[1]]).exits(2).prints("");
    }
}

#[test]
fn the_names_of_a_pair_are_compared_like_csync2_does() {
    let scene = Scene::alone();
    let text = "nossl * *; prefix tree { on *: @tree; }
        group g { host @me@mine Other; key all.key; include %tree%; }";
    let text = crate::call::fill(&scene.cluster, text);
    scene.host().write_system_file("csync2.cfg", &text);
    scene.prepare(&["-c", "@tree/a"]);
    for pair in [["mine", "other"], ["MINE", "OTHER"], ["@me", "other"], ["mine", "Other"]] {
        scene.alike(&["-S", pair[0], pair[1]]);
    }
    scene.alike(&["-M"]).exits(0).prints("chary\\tmine\\tother\\t%tree%/a\n");
}

#[test]
fn compare_mode_lists_parents_first_and_siblings_in_descending_order() {
    let scene = odd();
    let outcome = scene.alike(&["-or", "/"]);
    assert!(outcome.exits(0).stdout.contains("latin-\\xfc\n"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("tab\\there\n"), "{}", outcome.stdout);
}
