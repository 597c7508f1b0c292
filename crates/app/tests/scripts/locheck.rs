//! `csync3-locheck.sh`: what has not reached every host, told at logout.
use crate::{commands, csync3, install, run};
use csync3_testkit::{Cluster, Program};

#[test]
fn a_logout_tells_what_is_still_to_be_sent_and_nothing_otherwise() {
    for program in [csync3(), Program::Csync2] {
        let cluster = Cluster::of(2, &program);
        let node = cluster.node(0);
        install(&cluster, node, &program);
        cluster.node(1).serve();
        node.run(&["-x"]).success();
        let locheck = || run("contrib/csync3-locheck.sh", &commands(&cluster, node), &[]);
        let silent = locheck().success();
        assert!(silent.stdout.is_empty() && silent.stderr.is_empty(), "{program:?}: {silent}");
        for number in 0..12 {
            node.write(format!("f{number}"), "new");
        }
        let told = locheck().exits(1);
        assert!(told.stdout.is_empty(), "{told}");
        for part in ["12 changes have not reached all hosts", "%tree%/f0", "... and 2 more"] {
            assert!(told.stderr_text().contains(part), "{program:?}, {part}: {told}");
        }
        node.run(&["-u"]).success();
        locheck().success();
    }
}

#[test]
fn what_could_not_be_found_out_is_no_success() {
    let cluster = Cluster::of(2, &csync3());
    let node = cluster.node(0);
    install(&cluster, node, &csync3());
    node.write_system_file("csync2.cfg", "broken");
    run("contrib/csync3-locheck.sh", &commands(&cluster, node), &[]).exits(2);
}
