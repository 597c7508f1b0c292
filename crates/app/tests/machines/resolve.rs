//! `resolve`.
use crate::{csync3, in_conflict, lines, say};
use csync3_testkit::{Cluster, Group, Node, Program};

fn dirty_names(node: &Node) -> Vec<String> {
    node.dirty().iter().map(|row| String::from_utf8_lossy(&row.name).into_owned()).collect()
}

#[test]
fn conflicts_are_listed_with_both_sides() {
    let cluster = in_conflict();
    let (here, there) = (cluster.node(0), cluster.node(1));
    let output = say(here, &["resolve"]).success();
    let told = output.stdout_text();
    let path = here.path("f").display().to_string();
    assert!(told.starts_with(&format!("{path} ({}", there.name())), "{told}");
    assert!(told.contains("mine:   file, 7 bytes, changed "), "{told}");
    assert!(told.contains("theirs: 16 bytes, changed "), "{told}");
    let [line] = &lines(&say(here, &["resolve", "--json"]))[..] else { panic!("one conflict") };
    assert_eq!((&line["name"], &line["mine"]), (&"%tree%/f".into(), &"file".into()));
    assert_eq!((&line["mine_size"], &line["theirs_size"]), (&7.into(), &16.into()));
    assert_eq!(line["theirs_mtime"].as_i64(), Some(there.mtime("f")));
    there.remove("f");
    let told = say(here, &["resolve"]).stdout_text();
    assert!(told.contains("theirs: gone"), "{told}");
    there.stop();
    let output = say(here, &["resolve"]).exits(1);
    assert!(output.stdout_text().contains("theirs: not known"));
}

#[test]
fn mine_is_forced_and_pushed_and_nothing_else_is() {
    let cluster = in_conflict();
    let (here, there) = (cluster.node(0), cluster.node(1));
    here.write("other", "not asked for");
    here.run(&["-cr", "/"]).success();
    let f = here.path("f");
    say(here, &["resolve".as_ref(), "--mine".as_ref(), f.as_os_str()]).success();
    assert_eq!(there.read("f"), b"here's\n");
    assert!(!there.exists("other"));
    assert!(!dirty_names(here).contains(&"%tree%/f".to_owned()));
    assert!(!dirty_names(there).contains(&"%tree%/f".to_owned()));
    say(here, &["resolve"]).exits(2);
}

#[test]
fn theirs_leaves_our_file_until_the_peer_pushes_its_own() {
    let cluster = in_conflict();
    let (here, there) = (cluster.node(0), cluster.node(1));
    here.serve();
    let output = say(here, &["resolve", "--theirs"]).success();
    assert!(output.stderr_text().contains("This host's file stays until"));
    assert_eq!(here.read("f"), b"here's\n");
    assert!(dirty_names(here).is_empty());
    here.run(&["-cr", "/"]).success();
    assert!(dirty_names(here).is_empty(), "a check does not mark it again");
    there.run(&["-u"]).success();
    assert_eq!(here.read("f"), b"there's version\n");
    cluster.assert_same_trees();
}

#[test]
fn a_peer_with_csync2_takes_both_decisions() {
    for side in ["--mine", "--theirs"] {
        let cluster = Cluster::builder().node(&csync3()).node(&Program::Csync2).build();
        let (here, there) = (cluster.node(0), cluster.node(1));
        cluster.serve_all();
        here.write("f", "base\n");
        here.run(&["-x"]).success();
        here.edit("f", "mine\n");
        there.edit("f", "theirs, of csync2\n");
        there.run(&["-cr", "/"]).success();
        here.run(&["-x"]).exits(1);
        let listed = lines(&say(here, &["resolve", "--json"]));
        assert_eq!(listed[0]["theirs_size"], 18, "{listed:?}");
        say(here, &["resolve", side]).success();
        there.run(&["-u"]).success();
        let expected: &[u8] = if side == "--mine" { b"mine\n" } else { b"theirs, of csync2\n" };
        assert_eq!((here.read("f"), there.read("f")), (expected.to_vec(), expected.to_vec()));
    }
}

#[test]
fn what_the_peer_pushes_after_theirs_is_backed_up_if_the_group_says_so() {
    let cluster = Cluster::builder()
        .nodes(2, &csync3())
        .group(Group::new("g").include("%tree%").statement("backup-directory $NODE/backup;"))
        .build();
    let (here, there) = (cluster.node(0), cluster.node(1));
    std::fs::create_dir_all(here.dir().join("backup")).expect("the node's own directory");
    cluster.serve_all();
    here.write("f", "base\n");
    here.run(&["-x"]).success();
    here.edit("f", "mine, and not lost\n");
    there.edit("f", "theirs\n");
    here.run(&["-x"]).exits(1);
    say(here, &["resolve", "--theirs"]).success();
    there.run(&["-u"]).success();
    let backup =
        here.dir().join("backup").join(here.path("f").strip_prefix("/").expect("an absolute path"));
    let kept = std::fs::read(&backup).unwrap_or_else(|error| panic!("{backup:?}: {error}"));
    assert_eq!(kept, b"mine, and not lost\n");
}

#[test]
fn a_file_without_a_conflict_is_told_and_left_alone() {
    let cluster = in_conflict();
    let here = cluster.node(0);
    here.write("g", "x");
    here.run(&["-cr", "/"]).success();
    let before = dirty_names(here);
    let g = here.path("g");
    let output = say(here, &["resolve".as_ref(), "--theirs".as_ref(), g.as_os_str()]).exits(1);
    assert!(output.stderr_text().contains("is in no conflict that a push has found"));
    assert_eq!(dirty_names(here), before);
}

#[test]
fn only_the_peer_in_conflict_is_overruled() {
    let cluster = Cluster::of(3, &csync3());
    let (here, there, third) = (cluster.node(0), cluster.node(1), cluster.node(2));
    there.serve();
    here.write("f", "base\n");
    here.run(&["-x"]).exits(1);
    here.edit("f", "mine\n");
    there.edit("f", "theirs\n");
    here.run(&["-x"]).exits(1);
    say(here, &["resolve", "--mine"]).success();
    let [row] = &here.dirty()[..] else {
        let rows = here.dirty();
        assert!(rows.iter().all(|row| row.peer == third.name() && !row.forced), "{rows:?}");
        return;
    };
    assert_eq!((&*row.peer, row.forced), (third.name(), false));
}
