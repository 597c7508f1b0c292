//! Causes between two hosts: both name them.
use crate::{
    OTHER_KEY, assert_named, csync3, doctor, findings, pair, problems, reconfigure, serving,
};
use csync3_testkit::{Certificate, CertificateKind, Cluster, Program};
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::process::Stdio;

const KIND: CertificateKind = CertificateKind::EcdsaP256;

#[test]
fn hosts_that_are_well_are_told_so() {
    for cluster in [pair(), serving(Cluster::builder().nodes(2, &csync3()).tls(KIND))] {
        for (here, there) in [(0, 1), (1, 0)] {
            let (here, there) = (cluster.node(here), cluster.node(there));
            let found = findings(here, &["--peers"]);
            let [version] = &found[..] else { panic!("{found:#?}") };
            assert_eq!((&*version.check, &*version.severity), ("version", "note"));
            assert_eq!(version.peer.as_deref(), Some(there.name()));
            assert!(version.cause.contains("dialect csync3"), "{version:?}");
            let text = doctor(here, &["--peers"]).success().stdout_text();
            assert!(text.ends_with("problems: 0, warnings: 0\n"), "{text}");
        }
    }
}

#[test]
fn keys_that_differ_are_named_and_never_shown() {
    let cluster = pair();
    cluster.node(1).write_system_file("g.key", OTHER_KEY);
    for node in cluster.nodes() {
        assert_named(node, "key", &["group g"]);
        let key = std::fs::read_to_string(node.system_dir().join("g.key")).expect("its key");
        let said = doctor(node, &["--peers", "-vvv"]).exits(1);
        assert!(!said.to_string().contains(key.trim()));
        assert!(!node.daemon_log().contains(key.trim()));
    }
}

#[test]
fn configurations_that_differ_are_named_by_their_statement() {
    for (change, statement) in [
        ("exclude *.o;", "exclude"),
        ("include /somewhere/else;", "include"),
        ("auto first;", "auto"),
        ("host nobody.invalid;", "host"),
    ] {
        let cluster = pair();
        reconfigure(cluster.node(1), |text| {
            text.replace("include %tree%;", &format!("include %tree%; {change}"))
        });
        for node in cluster.nodes() {
            let mut found = problems(node);
            // A host that cannot be looked up is a problem of its own, of whoever lists it.
            found.retain(|finding| finding.peer.as_deref() != Some("nobody.invalid"));
            let [problem] = &found[..] else { panic!("{change}: {found:#?}") };
            assert_eq!((&*problem.check, &*problem.object), ("config", "group g"), "{change}");
            assert!(problem.cause.contains(&format!("`{statement}`")), "{problem:?}");
        }
    }
    let cluster = pair();
    reconfigure(cluster.node(1), |text| format!("ignore uid;\n{text}"));
    for node in cluster.nodes() {
        assert_named(node, "config", &["ignore"]);
    }
}

#[test]
fn a_group_of_one_host_only_is_named() {
    let cluster = pair();
    reconfigure(cluster.node(1), |text| {
        let again = text.split_once("group g").expect("a group").1;
        format!("{text}\ngroup more{again}")
    });
    for node in cluster.nodes() {
        assert_named(node, "config", &["group"]);
    }
}

#[test]
fn a_host_that_the_configuration_does_not_know_is_named() {
    // With three hosts on the loopback network none can be guessed.
    let cluster = serving(Cluster::builder().nodes(3, &csync3()));
    let odd = cluster.node(0);
    reconfigure(odd, |text| text.replace(odd.name(), "renamed.invalid"));
    assert_named(odd, "host-name", &[odd.name(), "renamed.invalid"]);
    for node in &cluster.nodes()[1..] {
        let found = problems(node);
        let [problem] = &found[..] else { panic!("{found:#?}") };
        assert_eq!((&*problem.check, &*problem.object), ("host-name", odd.name()), "{problem:?}");
        assert_eq!(problem.peer.as_deref(), Some(odd.name()));
    }
}

#[test]
fn a_host_that_its_peer_does_not_list_is_named() {
    let cluster = serving(Cluster::builder().nodes(3, &csync3()));
    let (here, there) = (cluster.node(0), cluster.node(1));
    reconfigure(there, |text| text.replace(&format!(" {}", here.name()), " renamed.invalid"));
    let found = problems(here);
    let of_there = found.iter().find(|it| it.peer.as_deref() == Some(there.name()));
    let problem = of_there.expect("a problem with the peer");
    assert_eq!((&*problem.check, &*problem.object), ("host-name", here.name()), "{problem:?}");
    let found = problems(there);
    let unknown = found.iter().find(|it| it.peer.as_deref() == Some("renamed.invalid"));
    assert_eq!(unknown.map(|it| &*it.check), Some("resolution"), "{found:#?}");
}

/// Serves a host at another address than its own, as a super-server does, until the test ends.
fn serve_at(cluster: &Cluster, index: usize, address: SocketAddr) {
    let listener = TcpListener::bind(address).expect("nobody has this address");
    let node = cluster.node(index);
    let make = || {
        let mut command = node.bare_command();
        command.args(node.options()).arg("-i").stderr(Stdio::null());
        command
    };
    let commands: Vec<_> = (0..8).map(|_| make()).collect();
    std::thread::spawn(move || {
        let mut children = Vec::new();
        for (mut command, accepted) in commands.into_iter().zip(listener.incoming()) {
            let accepted = accepted.expect("a connection");
            let output = accepted.try_clone().expect("a descriptor");
            command.stdin(Stdio::from(OwnedFd::from(accepted)));
            command.stdout(Stdio::from(OwnedFd::from(output)));
            children.push(command.spawn().expect("the binary starts"));
        }
        children.iter_mut().for_each(|child| drop(child.wait()));
    });
}

#[test]
fn a_name_that_does_not_lead_to_the_calling_address_is_named() {
    let cluster = pair();
    let here = cluster.node(0);
    let (network, _) = here.name().rsplit_once('.').expect("an address");
    let alias = format!("{network}.200");
    for node in cluster.nodes() {
        reconfigure(node, |text| {
            text.replace(&format!("host {}", here.name()), &format!("host {}@{alias}", here.name()))
        });
    }
    let ip = alias.parse().expect("an address");
    serve_at(&cluster, 0, SocketAddr::new(ip, cluster.port()));
    for node in cluster.nodes() {
        assert_named(node, "resolution", &[&alias, here.name()]);
    }
}

#[test]
fn a_missing_certificate_is_named() {
    let cluster = serving(Cluster::builder().nodes(2, &csync3()).tls(KIND));
    let here = cluster.node(0);
    std::fs::remove_file(here.system_dir().join("csync2_ssl_cert.pem")).expect("it was there");
    for node in cluster.nodes() {
        let found = problems(node);
        assert!(!found.is_empty());
        assert!(found.iter().all(|it| it.check == "certificate"), "{found:#?}");
    }
}

#[test]
fn a_certificate_that_is_not_the_remembered_one_is_named() {
    let cluster = serving(Cluster::builder().nodes(2, &csync3()).tls(KIND));
    let (here, there) = (cluster.node(0), cluster.node(1));
    here.write("f", "f");
    here.run(&["-x"]).success();
    here.use_certificate(&Certificate::make(KIND, "renewed"));
    assert_named(here, "certificate", &["remembers another certificate of this host"]);
    assert_named(there, "certificate", &[here.name(), "remembered"]);
}

#[test]
fn a_nossl_of_one_host_only_is_named() {
    let cluster = serving(Cluster::builder().nodes(2, &csync3()).tls(KIND));
    reconfigure(cluster.node(0), |text| format!("nossl * *;\n{text}"));
    for node in cluster.nodes() {
        assert_named(node, "config", &["nossl"]);
    }
}

#[test]
fn a_closed_port_is_named() {
    let cluster = pair();
    cluster.node(1).stop();
    assert_named(cluster.node(0), "port", &[cluster.node(1).name()]);
    assert_named(cluster.node(1), "port", &[&cluster.port().to_string()]);
}

#[test]
fn a_database_that_cannot_be_used_is_named() {
    let cluster = Cluster::of(2, &csync3());
    let (here, there) = (cluster.node(0), cluster.node(1));
    std::fs::write(here.database(), "this is no database".repeat(1_000)).expect("writable");
    cluster.serve_all();
    assert_named(here, "database", &["cannot be written"]);
    assert_named(there, "database", &[here.name()]);
}

#[test]
fn a_path_that_one_host_does_not_cover_is_named() {
    let cluster = pair();
    let (here, there) = (cluster.node(0), cluster.node(1));
    reconfigure(here, |text| text.replace("include %tree%;", "include %tree%; exclude %tree%/x;"));
    let path = |index: usize, name| cluster.node(index).path(name).display().to_string();
    let on_path = |node, path: &str| {
        let mut found = findings(node, &["--peers", path]);
        found.retain(|finding| finding.check == "path");
        found
    };
    let found = on_path(here, &path(0, "x/f"));
    assert!(matches!(&found[..], [one] if one.cause.contains("exclude %tree%/x")), "{found:#?}");
    let found = on_path(there, &path(1, "x/f"));
    let [one] = &found[..] else { panic!("{found:#?}") };
    assert_eq!(one.peer.as_deref(), Some(here.name()));
    assert!(one.cause.contains("no group of this host includes the path"), "{one:?}");
    for node in cluster.nodes() {
        let found = on_path(node, "/somewhere/else");
        assert!(matches!(&found[..], [one] if one.cause.contains("no `include`")), "{found:#?}");
    }
}

#[test]
fn csync2_is_named_and_its_key_is_tried() {
    let cluster = serving(Cluster::builder().node(&csync3()).node(&Program::Csync2));
    let (here, there) = (cluster.node(0), cluster.node(1));
    let found = findings(here, &["--peers"]);
    let [version] = &found[..] else { panic!("{found:#?}") };
    assert!(version.check == "version" && version.cause.contains("csync2"), "{version:?}");
    there.write_system_file("g.key", OTHER_KEY);
    assert_named(here, "key", &["group g"]);
}
