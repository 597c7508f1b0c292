//! Causes of one host alone: whichever it is names them.
use crate::{assert_named, csync3, doctor, findings, pair, serving};
use csync3_testkit::{CertificateKind, Cluster};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

#[test]
fn a_key_file_that_others_can_read_is_named() {
    let cluster = pair();
    for node in cluster.nodes() {
        let file = node.system_dir().join("g.key");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("its owner may");
        let found = findings(node, &[]);
        let [warning] = &found[..] else { panic!("{found:#?}") };
        assert_eq!((&*warning.check, &*warning.severity), ("key-file", "warning"));
        assert_eq!(warning.object, file.display().to_string());
    }
}

#[test]
fn leftovers_are_named_and_stay() {
    let cluster = pair();
    for node in cluster.nodes() {
        node.mkdir("d");
        node.write("d/.csync3-0123456789abcdef", "half");
    }
    // A temporary younger than two seconds may be somebody's.
    std::thread::sleep(Duration::from_secs(4));
    for node in cluster.nodes() {
        let found = findings(node, &[]);
        let [warning] = &found[..] else { panic!("{found:#?}") };
        assert_eq!((&*warning.check, &*warning.severity), ("leftovers", "warning"));
        let path = node.path("d/.csync3-0123456789abcdef");
        assert_eq!(warning.object, path.display().to_string());
        assert!(path.exists(), "a doctor removes nothing");
    }
}

#[test]
#[expect(clippy::print_stderr, reason = "a skip is printed")]
fn trees_with_more_directories_than_can_be_watched_are_named() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: only root can show a process other limits");
        return;
    }
    let cluster = pair();
    for node in cluster.nodes() {
        (0..9).for_each(|number| node.mkdir(format!("d{number}")));
        let limits = node.dir().join("limits");
        fs::create_dir(&limits).expect("the node's own directory");
        fs::write(limits.join("max_user_watches"), "5\n").expect("writable");
        let script = "mount --bind \"$0\" /proc/sys/fs/inotify && exec \"$@\"";
        let call = node.bare_command();
        let program = call.get_program().to_owned();
        let mut command = std::process::Command::new("unshare");
        command.envs(call.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.args(["-m", "sh", "-c", script]).arg(&limits).arg(program);
        command.args(["doctor", "--json"]).args(node.options());
        let output = csync3_testkit::Running::start(&mut command).wait();
        let text = output.stdout_text();
        if output.stderr_text().contains("mount") {
            eprintln!("skipped: nothing can be mounted here: {output}");
            return;
        }
        assert!(text.contains("fs.inotify.max_user_watches"), "{output}");
        assert!(text.contains("at most 5 can be watched"), "{output}");
    }
}

#[test]
fn an_outdated_certificate_is_named() {
    let cluster = serving(Cluster::builder().nodes(2, &csync3()).tls(CertificateKind::Recipe));
    for node in cluster.nodes() {
        let found = findings(node, &[]);
        let [warning] = &found[..] else { panic!("{found:#?}") };
        assert_eq!((&*warning.check, &*warning.severity), ("certificate", "warning"));
    }
}

#[test]
fn a_doctor_changes_nothing() {
    let cluster = pair();
    for node in cluster.nodes() {
        node.write("f", "f");
        doctor(node, &["--peers"]).success();
        assert_eq!(node.dirty(), []);
        let files = node.run(&["-L"]).exits(2).stdout_text();
        assert_eq!(files, "", "nothing was recorded");
    }
}

#[test]
fn a_configuration_with_mistakes_is_shown_as_everywhere() {
    let cluster = pair();
    let node = cluster.node(0);
    node.write_system_file("csync2.cfg", "group g { host a b; include /x; }\n");
    let output = doctor(node, &[]).exits(1);
    assert!(output.stderr_text().contains("every group must have a key"), "{output}");
    assert_eq!(output.stdout_text(), "");
    assert_named(cluster.node(1), "session", &["its configuration or its database"]);
}
