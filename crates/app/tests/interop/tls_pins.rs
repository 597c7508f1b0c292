//! Which certificates are remembered, and what happens when a peer shows another one.
use crate::pairing::{Pairing, csync3, serving, text};
use csync3_testkit::{Certificate, CertificateKind, Cluster, Node, Output, Program, screen_after};
use rusqlite::{Connection, OpenFlags};
use std::path::PathBuf;

const KIND: CertificateKind = CertificateKind::EcdsaP256;

/// What csync2 would find in the table of a host, peer and certificate, as it is stored.
fn pins(node: &Node) -> Vec<(String, String)> {
    if !node.database().exists() {
        return Vec::new();
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let database = Connection::open_with_flags(node.database(), flags).expect("a database");
    let sql = "SELECT peername, certdata FROM x509_cert ORDER BY peername";
    let mut select = database.prepare(sql).expect("the table is there");
    let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("two columns");
    rows.collect::<Result<_, _>>().expect("texts")
}

/// The certificate of a host as csync2 stores it.
fn stored(node: &Node) -> String {
    let certificate = certificate_file(node);
    let output = std::process::Command::new("openssl")
        .args(["x509", "-outform", "DER", "-in"])
        .arg(certificate)
        .output()
        .expect("openssl runs");
    assert!(output.status.success());
    output.stdout.iter().map(|byte| format!("{byte:02X}")).collect()
}

fn certificate_file(node: &Node) -> PathBuf {
    node.system_dir().join("csync2_ssl_cert.pem")
}

/// `csync3 cert ...` as a host.
fn cert(node: &Node, words: &[&str]) -> Output {
    let mut command = node.bare_command();
    command.arg("cert").args(words).args(node.options());
    csync3_testkit::Running::start(&mut command).wait_within(std::time::Duration::from_secs(120))
}

fn fingerprint(node: &Node) -> String {
    let shown = cert(node, &["show"]).success().stdout_text();
    let line = shown.lines().find_map(|line| line.strip_prefix("Fingerprint: "));
    line.expect("it is shown").to_owned()
}

fn pair() -> Cluster {
    Pairing::UnderTls(&Pairing::AmongCsync3, KIND).pair()
}

#[test]
fn both_sides_remember_each_other_as_csync2_does() {
    for programs in [&Pairing::Csync3ToCsync2, &Pairing::Csync2ToCsync3, &Pairing::AmongCsync3] {
        let cluster = Pairing::UnderTls(programs, KIND).pair();
        let (here, there) = (cluster.node(0), cluster.node(1));
        here.write("f", "f");
        here.run(&["-x"]).success();
        there.stop();
        assert_eq!(pins(here), [(there.name().to_owned(), stored(there))], "{programs:?}");
        assert_eq!(pins(there), [(here.name().to_owned(), stored(here))], "{programs:?}");
    }
}

#[test]
fn an_upgrade_and_a_downgrade_keep_what_is_remembered() {
    let mut cluster = Pairing::UnderTls(&Pairing::Csync2ToCsync3, KIND).pair();
    cluster.node(0).write("first", "1");
    cluster.node(0).run(&["-x"]).success();
    let before = pins(cluster.node(0));
    for (round, programs) in
        [(csync3(), Program::Csync2), (Program::Csync2, csync3())].into_iter().enumerate()
    {
        cluster.replace_program(0, &programs.0);
        cluster.replace_program(1, &programs.1);
        cluster.serve_all();
        let name = format!("round {round}");
        cluster.node(0).write(&name, "x");
        cluster.node(0).run(&["-x"]).success();
        assert_eq!(cluster.node(1).read(&name), b"x");
        assert_eq!(pins(cluster.node(0)), before);
    }
}

#[test]
fn a_server_with_another_certificate_is_told_nothing_until_it_is_accepted() {
    let cluster = pair();
    let (here, there) = (cluster.node(0), cluster.node(1));
    here.write("f", "1");
    here.run(&["-x"]).success();
    let old = fingerprint(there);
    there.use_certificate(&Certificate::make(KIND, "renewed"));
    let new = fingerprint(there);
    here.write("f", "2");
    let refused = here.run(&["-x"]).exits(1).stderr_text();
    let command = format!("csync3 cert trust {} {new}", there.name());
    for part in [there.name(), &old, &new, &command] {
        assert!(refused.contains(part), "{part} in {refused}");
    }
    assert_eq!(there.read("f"), b"1");
    assert_eq!(here.dirty().len(), 1);
    let wrong = cert(here, &["trust", there.name(), &old]).exits(1).stderr_text();
    assert!(wrong.contains(&new), "{wrong}");
    here.run(&["-u"]).exits(1);
    cert(here, &["trust", there.name(), &new]).success();
    here.run(&["-u"]).success();
    assert_eq!(there.read("f"), b"2");
}

#[test]
fn a_client_with_another_certificate_is_not_identified_until_it_is_accepted() {
    for client in [csync3(), Program::Csync2] {
        let cluster = serving(Cluster::builder().node(&client).node(&csync3()).tls(KIND));
        let (here, there) = (cluster.node(0), cluster.node(1));
        here.write("f", "1");
        here.run(&["-x"]).success();
        let renewed = Certificate::make(KIND, "renewed");
        here.use_certificate(&renewed);
        here.write("f", "longer: csync2 sees no change that keeps size and second");
        let refused = here.run(&["-x"]);
        assert_ne!(refused.code(), Some(0), "{refused}");
        assert_eq!(there.read("f"), b"1");
        let log = there.daemon_log();
        assert!(log.contains(&format!("csync3 cert trust {} ", here.name())), "{log}");
        let file = certificate_file(here).display().to_string();
        cert(there, &["trust", here.name(), &file]).success();
        here.run(&["-u"]).success();
        assert_eq!(there.read("f"), here.read("f"));
    }
}

#[test]
fn nothing_is_remembered_of_a_host_that_has_not_shown_the_key() {
    let cluster = pair();
    let (here, there) = (cluster.node(0), cluster.node(1));
    let key = text(&there.system_dir().join("g.key"));
    there.write_system_file("g.key", &"x".repeat(48));
    here.write("f", "f");
    here.run(&["-x"]).exits(1);
    assert_eq!((pins(here), pins(there)), (vec![], vec![]));
    there.write_system_file("g.key", &key);
    here.run(&["-u", "-d"]).success();
    assert_eq!(pins(here), vec![], "a dry run changes nothing");
    here.run(&["-u"]).success();
    assert_eq!((pins(here).len(), pins(there).len()), (1, 1));
}

#[test]
fn what_is_remembered_is_listed_and_forgotten() {
    let cluster = pair();
    let (here, there) = (cluster.node(0), cluster.node(1));
    assert_eq!(cert(here, &["list"]).success().stdout_text(), "");
    here.write("f", "1");
    here.run(&["-x"]).success();
    let listed = cert(here, &["list"]).success().stdout_text();
    let begin = format!("{}\t{}\tECDSA P-256\t", there.name(), fingerprint(there));
    assert!(listed.starts_with(&begin) && listed.lines().count() == 1, "{listed}");
    cert(here, &["forget", there.name()]).success();
    assert_eq!(pins(here), vec![]);
    cert(here, &["forget", there.name()]).exits(1);
    // A host that was forgotten is met as if for the first time.
    there.use_certificate(&Certificate::make(KIND, "renewed"));
    here.write("f", "2");
    here.run(&["-x"]).success();
    assert_eq!(pins(here), [(there.name().to_owned(), stored(there))]);
}

#[test]
fn a_person_is_shown_the_certificate_and_asked() {
    let cluster = pair();
    let (here, there) = (cluster.node(0), cluster.node(1));
    let asked = |typed| {
        let mut command = here.bare_command();
        command.args(["cert", "trust", there.name()]).args(here.options());
        screen_after(&mut command, typed)
    };
    for typed in ["\n", "n\n", "yours\n", "\x04"] {
        let shown = asked(typed);
        assert!(shown.contains(&fingerprint(there)), "{shown}");
        let question = format!("Is this what `csync3 cert show` says on {}? [y/N]", there.name());
        assert!(shown.contains(&question), "{shown}");
        assert!(shown.contains("nobody has confirmed its certificate"), "{typed:?}: {shown}");
        assert_eq!(pins(here), vec![]);
    }
    let shown = asked("y\n");
    assert!(shown.contains(&format!("Remembered for {}", there.name())), "{shown}");
    assert_eq!(pins(here), [(there.name().to_owned(), stored(there))]);
}

#[test]
fn only_peers_are_trusted_and_only_on_demand() {
    let cluster = pair();
    let (here, there) = (cluster.node(0), cluster.node(1));
    let stranger = cert(here, &["trust", "nobody.example"]).exits(1).stderr_text();
    assert!(stranger.contains(there.name()), "the peers are named: {stranger}");
    let mistyped = cert(here, &["trust", there.name(), "AB:CD"]).exits(1).stderr_text();
    assert!(mistyped.contains("64 hexadecimal digits"), "{mistyped}");
    let asked = cert(here, &["trust", there.name()]).exits(1).stderr_text();
    let command = format!("csync3 cert trust {} {}", there.name(), fingerprint(there));
    assert!(asked.contains(&command), "{asked}");
    assert_eq!(pins(here), vec![]);
}
