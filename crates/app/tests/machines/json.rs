//! `--json` and `-0`.
use crate::{command, csync3, described, in_conflict, lines, of_kind, pair, say};
use csync3_testkit::{Cluster, Group, Node};
use serde_json::Value;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;

/// A file whose name is no UTF-8.
fn write_odd(node: &Node) {
    let odd = node.root().join(OsStr::from_bytes(b"odd-\xff"));
    fs::write(odd, "x").expect("the node's own tree");
}

#[test]
fn a_run_tells_each_object_each_peer_and_the_sums() {
    let cluster = pair();
    let (here, there) = (cluster.node(0), cluster.node(1).name());
    here.write("a", "12345");
    here.write("gone", "x");
    write_odd(here);
    let output = here.run(&["-x", "--json"]).success();
    let told = lines(&output);
    let [push] = of_kind(&told, "push")[..] else { panic!("{told:?}") };
    assert_eq!((&push["peer"], &push["complete"]), (&there.into(), &true.into()));
    let summary = told.last().expect("a last line");
    assert_eq!(summary["kind"], "summary");
    // The tree's root was there already, or is one more.
    let updated = of_kind(&told, "result").iter().filter(|it| it["result"] == "updated").count();
    assert_eq!((summary["updated"].as_u64(), updated), (Some(updated as u64), updated));
    assert!(updated >= 3 && summary["bytes"].as_u64() >= Some(7), "{summary}");
    let odd = of_kind(&told, "found").into_iter().find(|it| it.get("name").is_none());
    let expected = "JXRyZWUlL29kZC3/";
    assert_eq!(odd.expect("the odd name")["name_bytes"], expected);
    here.remove("gone");
    let told = lines(&here.run(&["-x", "--json"]));
    let results = of_kind(&told, "result");
    assert!(results.iter().any(|it| it["result"] == "deleted" && it["name"] == "%tree%/gone"));
    let output = here.run(&["-x"]);
    assert_eq!(output.stdout_text(), "", "and nothing without --json");
}

#[test]
fn messages_stay_on_standard_error() {
    let cluster = in_conflict();
    let here = cluster.node(0);
    let output = here.run(&["-u", "--json", "-v"]).exits(1);
    let told = lines(&output);
    let [problem] = of_kind(&told, "problem")[..] else { panic!("{told:?}") };
    assert_eq!(problem["object"], "%tree%/f");
    let [result] = of_kind(&told, "result")[..] else { panic!("{told:?}") };
    assert_eq!(result["result"], "conflict");
    let [push] = of_kind(&told, "push")[..] else { panic!("{told:?}") };
    assert_eq!((&push["complete"], &push["conflicts"]), (&false.into(), &1.into()));
    let errors = output.stderr_text();
    assert!(errors.contains("changed there too") && errors.contains("Finished with 1 errors."));
}

#[test]
fn lists_have_the_same_rows_in_all_forms() {
    let cluster = pair();
    let here = cluster.node(0);
    here.write("two\nlines", "x");
    here.symlink("some where", "link");
    here.mkdir("d");
    write_odd(here);
    here.run(&["-cr", "/"]).success();
    here.run(&["-h".as_ref(), here.path("d").as_os_str()]).success();
    let pair = [here.name(), cluster.node(1).name()];
    let lists: [&[&str]; 4] = [&["-H"], &["-L"], &["-M"], &["-S", pair[0], pair[1]]];
    for list in lists {
        let nul = here.run(&[list, &["-0"]].concat());
        let records: Vec<&[u8]> = nul.stdout.split(|&byte| byte == 0).collect();
        assert_eq!(records.last(), Some(&&b""[..]), "each record is ended");
        let json = lines(&here.run(&[list, &["--json"]].concat()));
        assert_eq!(json.len(), records.len() - 1, "{list:?}");
        let rows = here.run(list);
        let as_lines: Vec<u8> =
            nul.stdout.iter().map(|&byte| if byte == 0 { b'\n' } else { byte }).collect();
        assert_eq!(rows.stdout, as_lines, "{list:?}");
        for (line, record) in json.iter().zip(&records) {
            if let Some(name) = line["name"].as_str() {
                assert!(record.ends_with(name.as_bytes()), "{line}");
            }
        }
    }
    let files = lines(&say(here, &["list", "files", "--json"]));
    let link = files.iter().find(|it| it["name"] == "%tree%/link").expect("the link");
    assert_eq!((&link["type"], &link["target"]), (&"symlink".into(), &"some where".into()));
    let file = files.iter().find(|it| it["name"] == "%tree%/two\nlines").expect("the file");
    assert_eq!((&file["type"], &file["size"]), (&"file".into(), &1.into()));
    let compare = say(here, &["compare", "-0r", "/"]);
    let records: Vec<&[u8]> = compare.stdout.split(|&byte| byte == 0).collect();
    assert!(records.contains(&&b"%tree%/two\nlines"[..]), "{records:?}");
    let names = lines(&say(here, &["compare", "--json", "--recursive", "/"]));
    assert_eq!(names.len(), compare.stdout.iter().filter(|&&byte| byte == 0).count());
}

#[test]
fn a_server_never_writes_json_to_its_peer() {
    let cluster = pair();
    let there = cluster.node(1);
    there.stop();
    there.serve_with(&["-ii", "-v", "--json"]);
    cluster.node(0).write("f", "x");
    cluster.node(0).run(&["-x"]).success();
    assert!(!there.daemon_log().contains("\"kind\""), "{}", there.daemon_log());
}

#[test]
fn an_empty_list_is_no_line_and_exit_code_2() {
    let cluster = Cluster::of(2, &csync3());
    for list in [&["list", "dirty", "--json"][..], &["list", "hints"], &["resolve", "--json"]] {
        let output = say(cluster.node(0), list).exits(2);
        assert_eq!(output.stdout_text(), "", "{list:?}");
    }
}

/// A host with a conflict, a rule, an action, a directory that its peer lacks and a lost group.
fn eventful() -> Cluster {
    let action = "action { pattern %tree%/*; exec \"true\"; do-local; }";
    let cluster = Cluster::builder()
        .nodes(2, &csync3())
        .group(Group::new("all").include("%tree%").statement(action).statement("auto younger;"))
        .build();
    cluster.node(1).serve();
    cluster
}

#[test]
fn every_kind_of_line_is_as_described_and_every_described_kind_occurs() {
    let cluster = eventful();
    let (here, there) = (cluster.node(0), cluster.node(1));
    let mut told: Vec<Value> = Vec::new();
    let mut run = |words: &[&str]| told.extend(lines(&say(here, words)));
    here.write("f", "base\n");
    here.write("d/below", "x");
    run(&["sync", "--json"]);
    there.edit("f", "theirs\n");
    there.set_mtime("f", 1_700_000_000);
    here.edit("f", "mine\n");
    here.set_mtime("f", 1_600_000_000);
    here.edit("d/below", "y");
    there.remove("d");
    let (f, g) = (here.path("f").display().to_string(), here.path("g").display().to_string());
    run(&["check", "-r", "/", "--json"]);
    run(&["push", "--dry-run", "--json"]);
    run(&["push", "--json"]);
    run(&["list", "files", "--json"]);
    run(&["list", "dirty", "--json"]);
    run(&["hint", &f, "--json"]);
    run(&["list", "hints", "--json"]);
    run(&["compare", &f, "--json"]);
    run(&["mark", &g, "--json"]);
    run(&["force", &g, "--json"]);
    run(&["status", "--json"]);
    run(&["wait", "--timeout", "0.1", "--json"]);
    run(&["diff", "--json"]);
    run(&["diff", "--unified", &f, "--json"]);
    run(&["resolve", "--json"]);
    run(&["resolve", "--mine", &f, "--json"]);
    run(&["doctor", "--peers", "--json"]);
    let old = format!("sqlite3://{}", here.dir().join("old.db3").display());
    run(&["db", "copy", &format!("sqlite3://{}", here.database().display()), &old, "--json"]);
    run(&["db", "vacuum", &old, "--json"]);
    fs::write(here.dir().join("empty.db3"), "").expect("written");
    let empty = format!("sqlite3://{}", here.dir().join("empty.db3").display());
    run(&["db", "upgrade", &empty, "--json"]);
    fs::write(here.dir().join("empty.db3"), "no database").expect("written");
    run(&["db", "rebuild", &empty, "--json"]);
    let config = fs::read_to_string(here.system_dir().join("csync2.cfg")).expect("written");
    here.write_system_file("csync2.cfg", &config.replace("include %tree%", "include /nowhere"));
    run(&["clean", "--json"]);
    let seen: BTreeSet<_> =
        told.iter().filter_map(|line| line["kind"].as_str()).map(str::to_owned).collect();
    let described: BTreeSet<_> = described::kinds().into_iter().collect();
    assert_eq!(described, seen);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let cluster = pair();
    let here = cluster.node(0);
    (0..200).for_each(|number| here.write(format!("{number}"), "x"));
    let mut command = command(here, &["sync", "--json"]);
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    command.stdout(writer);
    let mut child = command.spawn().expect("it starts");
    assert!(child.wait().expect("it ends").success());
    assert!(here.dirty().is_empty());
}
