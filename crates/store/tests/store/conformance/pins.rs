//! Remembered certificates.
use crate::rows::commit;
use csync3_store::Store;
use csync3_store::row::{Change, Pin};

rules! {
    a_certificate_is_remembered_once_and_kept,
    a_certificate_is_replaced_only_on_demand,
    what_is_forgotten_can_be_remembered_anew,
    certificates_are_listed_by_peer,
}

fn pin(peer: &str, certificate: &[u8]) -> Pin {
    Pin { peer: peer.to_owned(), certificate: certificate.to_vec() }
}

fn a_certificate_is_remembered_once_and_kept(store: &dyn Store) {
    assert_eq!(store.pin("node1").unwrap(), None);
    commit(store, [Change::AddPin(pin("node1", b"\x30\x00\xff"))]);
    commit(store, [Change::AddPin(pin("node1", b"another"))]);
    assert_eq!(store.pin("node1").unwrap(), Some(pin("node1", b"\x30\x00\xff")));
    assert_eq!(store.pin("node2").unwrap(), None);
}

fn a_certificate_is_replaced_only_on_demand(store: &dyn Store) {
    for certificate in [b"first", b"other"] {
        commit(store, [Change::PutPin(pin("node1", certificate))]);
        assert_eq!(store.pin("node1").unwrap(), Some(pin("node1", certificate)));
    }
    assert_eq!(store.pins().unwrap().len(), 1);
}

fn what_is_forgotten_can_be_remembered_anew(store: &dyn Store) {
    commit(store, ["a", "b"].map(|peer| Change::AddPin(pin(peer, b"first"))));
    let forget = |peer: &str| Change::DropPin { peer: peer.to_owned() };
    commit(store, [forget("a"), forget("nobody")]);
    assert_eq!(store.pins().unwrap(), [pin("b", b"first")]);
    commit(store, [Change::AddPin(pin("a", b"second"))]);
    assert_eq!(store.pin("a").unwrap(), Some(pin("a", b"second")));
}

fn certificates_are_listed_by_peer(store: &dyn Store) {
    let peers = ["b.example", "::1", "a.example", "10.0.0.7"];
    commit(store, peers.map(|peer| Change::AddPin(pin(peer, peer.as_bytes()))));
    let listed = store.pins().unwrap();
    // `:` is encoded as `%3A`, which sorts before digits.
    let expected = ["::1", "10.0.0.7", "a.example", "b.example"];
    assert_eq!(listed, expected.map(|peer| pin(peer, peer.as_bytes())));
}
