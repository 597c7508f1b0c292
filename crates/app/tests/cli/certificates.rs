//! `csync3 cert` on a host without peers.
use super::call;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

const KEY: &str = "csync2_ssl_key.pem";
const CERTIFICATE: &str = "csync2_ssl_cert.pem";

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("it was made").permissions().mode() & 0o777
}

#[test]
fn a_new_certificate_is_for_the_host_and_its_key_for_the_owner_alone() {
    let etc = tempfile::tempdir().expect("a temporary directory");
    let (code, told, warned) = call(etc.path(), &["cert", "create", "-N", "node1.example"]);
    assert_eq!((code, &*warned), (Some(0), ""));
    assert!(told.contains("Subject:     CN=node1.example\n"), "{told}");
    assert!(told.contains("Algorithm:   ECDSA P-256\n"), "{told}");
    assert_eq!(mode(&etc.path().join(KEY)), 0o600);
    assert_eq!(mode(&etc.path().join(CERTIFICATE)), 0o644);
    assert_eq!(call(etc.path(), &["cert", "show"]), (Some(0), told, String::new()));
    let left = fs::read_dir(etc.path()).expect("it is there").count();
    assert_eq!(left, 2, "nothing but the pair is left");
}

#[test]
fn an_existing_pair_is_replaced_on_demand_only() {
    let etc = tempfile::tempdir().expect("a temporary directory");
    let text = |name: &str| fs::read(etc.path().join(name)).unwrap_or_default();
    for one in [KEY, CERTIFICATE] {
        fs::write(etc.path().join(one), "precious").expect("a file");
        let (code, _, told) = call(etc.path(), &["cert", "create"]);
        assert_eq!(code, Some(1));
        assert!(told.contains("exists already") && told.contains("--force"), "{told}");
        assert_eq!(text(one), b"precious");
        fs::remove_file(etc.path().join(one)).expect("it is there");
    }
    call(etc.path(), &["cert", "create"]);
    let before = (text(KEY), text(CERTIFICATE));
    let (code, told, _) = call(etc.path(), &["cert", "create", "--force", "--name", "other"]);
    assert_eq!(code, Some(0));
    assert!(told.contains("CN=other"), "{told}");
    assert!(text(KEY) != before.0 && text(CERTIFICATE) != before.1);
}

#[test]
fn what_cannot_be_shown_is_named_with_a_remedy() {
    let etc = tempfile::tempdir().expect("a temporary directory");
    let (code, _, told) = call(etc.path(), &["cert", "show"]);
    assert_eq!(code, Some(1));
    assert!(told.contains(CERTIFICATE) && told.contains("csync3 cert create"), "{told}");
    fs::write(etc.path().join(CERTIFICATE), "odd").expect("a file");
    fs::write(etc.path().join(KEY), "odd").expect("a file");
    let (code, _, told) = call(etc.path(), &["cert", "show"]);
    assert_eq!(code, Some(1));
    assert!(told.contains("BEGIN CERTIFICATE") && told.contains("--force"), "{told}");
}

#[test]
fn words_that_are_no_command_are_explained() {
    let etc = tempfile::tempdir().expect("a temporary directory");
    let (code, _, told) = call(etc.path(), &["cert", "frobnicate"]);
    assert_eq!(code, Some(1));
    assert!(told.contains("csync3 cert <COMMAND>"), "{told}");
    let (code, help, _) = call(etc.path(), &["cert", "--help"]);
    assert_eq!(code, Some(0));
    for command in ["create", "show", "list", "trust", "forget"] {
        assert!(help.contains(command), "{command}: {help}");
    }
}
