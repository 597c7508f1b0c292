//! `csync3-locheck.sh`: what is left to do when somebody logs out.
use crate::{commands, csync3, install, run};
use csync3_testkit::{Cluster, Output, Program};

/// Two hosts, of which the first has the script's program.
fn cluster(program: &Program) -> Cluster {
    let cluster = Cluster::of(2, program);
    install(&cluster, cluster.node(0), program);
    cluster.node(1).serve();
    cluster
}

fn log_out(cluster: &Cluster, words: &[&str]) -> Output {
    run("contrib/csync3-locheck.sh", &commands(cluster, cluster.node(0)), words)
}

#[test]
fn what_has_not_reached_all_hosts_is_told_with_the_command_that_sends_it() {
    for (program, name) in [(csync3(), "csync3"), (Program::Csync2, "csync2")] {
        let cluster = cluster(&program);
        let node = cluster.node(0);
        node.write("fresh", "x");
        let told = log_out(&cluster, &[]).exits(1);
        assert_eq!(told.stdout_text(), "");
        let text = told.stderr_text();
        assert!(text.contains("*** 2 updates are still to be sent to other hosts:"), "{text}");
        assert!(text.contains("%tree%/fresh"), "{text}");
        assert!(text.contains(&format!("Run '{name} -u' to send them.")), "{text}");
        node.run(&["-u"]).success();
        assert_eq!(log_out(&cluster, &[]).success().stderr_text(), "");
    }
}

#[test]
fn a_long_list_is_cut() {
    let cluster = cluster(&csync3());
    for index in 0..20 {
        cluster.node(0).write(format!("file{index}"), "x");
    }
    let text = log_out(&cluster, &[]).exits(1).stderr_text();
    assert!(text.contains("*** 21 updates"), "{text}");
    assert!(text.contains("... and 11 more: csync3 -M"), "{text}");
    assert_eq!(text.matches("%tree%").count(), 10, "{text}");
}

#[test]
fn what_cannot_be_found_out_is_no_success() {
    let cluster = cluster(&csync3());
    log_out(&cluster, &["-C", "web"]).exits(2);
    cluster.node(0).write_system_file("csync2.cfg", "broken");
    let told = log_out(&cluster, &[]).exits(2);
    assert!(told.stderr_text().contains("syntax error"), "{told}");
}
