//! Synchronization under TLS: the rules of plain connections, and every kind of certificate.
use crate::pairing::{Pairing, assert_clean, assert_same_below, serving, under_tls};
use csync3_testkit::{CertificateKind, Cluster, Program, many_small_files};

under_tls!(
    first_sync::a_mixed_tree_arrives_as_it_is,
    changes::small_edits_arrive_both_ways,
    changes::an_edit_inside_a_large_file_moves_little,
    removals::a_removed_tree_goes_with_everything_below,
    removals::a_renamed_directory_arrives,
    conflicts::a_conflict_keeps_both_versions_and_stays_dirty,
    conflicts::the_forced_version_wins,
    groups::a_wrong_key_moves_nothing,
);

/// One module per kind of certificate.
macro_rules! with_every_certificate {
    ($($module:ident: $kind:ident),+ $(,)?) => {$(
        mod $module {
            use crate::pairing::Pairing;
            use csync3_testkit::CertificateKind::$kind;

            #[test]
            fn works_from_csync3_to_csync2() {
                super::changes_go_both_ways(Pairing::UnderTls(&Pairing::Csync3ToCsync2, $kind));
            }

            #[test]
            fn works_from_csync2_to_csync3() {
                super::changes_go_both_ways(Pairing::UnderTls(&Pairing::Csync2ToCsync3, $kind));
            }

            #[test]
            fn works_among_csync3() {
                super::changes_go_both_ways(Pairing::UnderTls(&Pairing::AmongCsync3, $kind));
            }
        }
    )+};
}

with_every_certificate!(
    the_certificate_of_the_recipe: Recipe,
    an_rsa_certificate_of_2048_bits: Rsa2048,
    an_rsa_certificate_of_4096_bits: Rsa4096,
    an_ecdsa_certificate: EcdsaP256,
    an_ed25519_certificate: Ed25519,
);

fn changes_go_both_ways(pairing: Pairing) {
    let cluster = pairing.pair();
    let (here, there) = (cluster.node(0), cluster.node(1));
    many_small_files(here.root(), 30);
    here.run(&["-x"]).success();
    there.write("answer", "from there");
    there.run(&["-x"]).success();
    assert_eq!(here.read("answer"), b"from there");
    assert_same_below(here, there);
    assert_clean(&cluster);
}

#[test]
fn csync2_tests_a_csync3_host_under_tls() {
    let pairing = Pairing::UnderTls(&Pairing::Csync2ToCsync3, CertificateKind::EcdsaP256);
    let cluster = pairing.pair();
    let (here, there) = (cluster.node(0), cluster.node(1));
    here.write("same", "same");
    here.run(&["-x"]).success();
    here.write("only here", "x");
    here.run(&["-cIr", "/"]).success();
    let told = here.run(&["-T"]);
    let expected = format!("L\t{}\t{}\t{}\n", here.name(), there.name(), "%tree%/only here");
    assert_eq!(told.stdout_text(), expected, "{told}");
    // The answer to `TYPE` ends with the connection.
    there.write("same", "another\n");
    let path = here.path("same").display().to_string();
    let told = here.run(&["-TT", here.name(), there.name(), &path]).stdout_text();
    assert!(told.contains("-another\n") && told.contains("+same"), "{told}");
}

#[test]
fn hosts_with_certificates_of_different_kinds_serve_each_other() {
    let csync3 = crate::pairing::csync3();
    let kinds = [CertificateKind::Recipe, CertificateKind::Ed25519, CertificateKind::Rsa2048];
    let cluster = Cluster::builder()
        .node(&csync3)
        .node(&csync3)
        .node(&Program::Csync2)
        .tls(CertificateKind::EcdsaP256)
        .build();
    for (node, kind) in cluster.nodes().iter().zip(kinds) {
        node.use_certificate(&csync3_testkit::Certificate::make(kind, node.name()));
    }
    cluster.serve_all();
    for (at, node) in cluster.nodes().iter().take(2).enumerate() {
        node.write(format!("from {at}"), node.name());
        node.run(&["-x"]).success();
    }
    cluster.assert_same_trees();
}

#[test]
fn a_connection_is_secured_unless_nossl_matches() {
    let pairing = Pairing::UnderTls(&Pairing::AmongCsync3, CertificateKind::EcdsaP256);
    let cluster = serving(pairing.builder());
    let (here, there) = (cluster.node(0), cluster.node(1));
    here.write("f", "f");
    let told = here.run(&["-xv"]).success();
    let line = format!("Connecting to host {} (SSL) ...", there.name());
    assert!(told.stderr_text().contains(&line), "{told}");
    let plain = crate::pairing::text(&here.system_dir().join("csync2.cfg"));
    here.write_system_file("csync2.cfg", &format!("nossl * *;\n{plain}"));
    here.write("f", "more");
    let told = here.run(&["-xv"]).exits(1);
    assert!(told.stderr_text().contains("(PLAIN) ..."), "{told}");
    assert!(told.stderr_text().contains("SSL encrypted connection expected!"), "{told}");
    assert_eq!(there.read("f"), b"f");
}
