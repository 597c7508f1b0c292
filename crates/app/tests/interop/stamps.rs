//! `-t` and `-s`: both programs stamp their messages alike.
use crate::pairing::csync3;
use csync3_testkit::{Cluster, Node, Program};

/// A host of either program, and a peer that is down.
fn hosts() -> [Cluster; 2] {
    [csync3(), Program::Csync2].map(|program| Cluster::builder().node(&program).stand_in().build())
}

/// The text with every digit as 9, and numbers of processes as one 9.
fn shape(text: &str) -> String {
    let mut shape = String::new();
    for line in text.lines() {
        let digits = |letter: char| if letter.is_ascii_digit() { '9' } else { letter };
        let line: String = match line.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
            Some((_, rest)) => format!("<9>{rest}").chars().map(digits).collect(),
            None => line.chars().map(digits).collect(),
        };
        shape.push_str(&line);
        shape.push('\n');
    }
    shape
}

/// What a call has on standard error and in the file of `-s`, and its exit code.
fn stamped(node: &Node, zone: &str, words: &[&str]) -> (String, String, Option<i32>) {
    let file = node.dir().join("stamps");
    let mut command = node.bare_command();
    command.env("TZ", zone).args(node.options()).args(words).arg("-s").arg(&file);
    let output = csync3_testkit::Running::start(&mut command).wait();
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    (shape(&output.stderr_text()), shape(&kept), output.code())
}

#[test]
fn stamps_have_the_form_of_csync_in_every_time_zone() {
    let [ours, theirs] = hosts();
    for zone in ["UTC", "America/New_York", "Asia/Kolkata", "XXX-3:30"] {
        for words in [&["-M", "-t"][..], &["-M"], &["-Mt", "-C", "nowhere"], &["-Mtv"]] {
            let ours = stamped(ours.node(0), zone, words);
            let theirs = stamped(theirs.node(0), zone, words);
            let plain = |text: &str| -> Vec<String> {
                let ends = text.lines().filter(|line| !line.contains("Connection closed."));
                let one = ends.map(|line| line.split(" Can not open").next().unwrap_or_default());
                one.map(str::to_owned).collect()
            };
            assert_eq!(plain(&ours.0), plain(&theirs.0), "{zone} {words:?}");
            assert_eq!(ours.1, theirs.1, "{zone} {words:?}");
            assert_eq!(ours.2, theirs.2, "{zone} {words:?}");
        }
    }
}

#[test]
fn every_message_begins_with_the_time() {
    for cluster in hosts() {
        let node = cluster.node(0);
        node.write("f", "f");
        let (told, kept, code) = stamped(node, "UTC", &["-xvt"]);
        assert_eq!(code, Some(1));
        let (dates, messages): (Vec<_>, Vec<_>) =
            told.lines().partition(|line| line.starts_with('T'));
        assert!(messages.len() > 3, "{told}");
        assert!(messages.iter().all(|line| line.starts_with("[99:99:99] ")), "{told}");
        let expected = ["TIMESTAMP: 9999-99-99 99:99:99 UTC (GMT+9999)"; 2];
        assert_eq!(dates[..2], expected);
        assert_eq!(dates[2..], ["TOTALTIME: 9:99:99"]);
        let kept: Vec<_> = kept.lines().filter_map(|line| line.strip_prefix("<9> ")).collect();
        assert_eq!(kept, dates);
    }
}

#[test]
fn without_its_file_nothing_is_done() {
    for cluster in hosts() {
        let node = cluster.node(0);
        node.write("f", "f");
        let output = node.run(&["-cr", "/", "-s", "/nowhere/stamps"]).exits(1);
        let told = output.stderr_text();
        assert!(told.contains("/nowhere/stamps': No such file or directory"), "{told}");
        assert!(node.dirty().is_empty());
    }
}
