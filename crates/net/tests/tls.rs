//! Handshakes over real sockets, with every kind of certificate.
use csync3_core::decide::pin::Protection;
use csync3_net::tls::{Algorithm, Identity, Weakness};
use csync3_net::{Connection, Dialer, Listener, NetError};
use csync3_testkit::{Certificate, CertificateKind};
use std::time::{Duration, Instant};

const IDLE: Duration = Duration::from_secs(60);
const MEGABYTE: usize = 1 << 20;

fn identity(kind: CertificateKind) -> Identity {
    let made = Certificate::make(kind, "node");
    Identity::from_pem(made.certificate.as_bytes(), made.key.as_bytes()).expect("a usable key")
}

async fn sockets() -> (Connection, Connection) {
    let listener = Listener::bind(Some("127.0.0.1"), 0).await.expect("a free port");
    let port = listener.local_addrs().expect("an address")[0].port();
    let dialer = Dialer { port, bind: None, connect_timeout: IDLE, idle: IDLE };
    let (called, caller) = tokio::join!(listener.accept(IDLE), dialer.dial("127.0.0.1"));
    (caller.expect("an answer"), called.expect("a caller").0)
}

async fn secured(client: &Identity, server: &Identity) -> (Connection, Connection) {
    let (caller, called) = sockets().await;
    let (caller, called) =
        tokio::join!(caller.secure_as_client(client, IDLE), called.secure_as_server(server, IDLE));
    (caller.expect("a handshake"), called.expect("a handshake"))
}

fn shown(connection: &Connection) -> &[u8] {
    &connection.secured().expect("a secured connection").certificate
}

#[tokio::test]
async fn every_kind_of_certificate_is_proved_to_every_other() {
    let all = CertificateKind::ALL.map(identity);
    for client in &all {
        for server in &all {
            let (mut caller, mut called) = secured(client, server).await;
            assert_eq!(shown(&caller), server.certificate().der());
            assert_eq!(shown(&called), client.certificate().der());
            for side in [&caller, &called] {
                let protection = side.secured().map(|secured| secured.protection);
                assert_eq!(protection, Some(Protection::Tls13));
            }
            caller.queue(b"question\n");
            let heard = async {
                let line = called.line(100).await.expect("bytes");
                called.queue(b"answer\n");
                called.flush().await.expect("room");
                line
            };
            let (answer, question) = tokio::join!(caller.line(100), heard);
            assert_eq!(question.as_deref(), Some(&b"question"[..]));
            assert_eq!(answer.expect("bytes").as_deref(), Some(&b"answer"[..]));
        }
    }
}

#[test]
fn what_a_certificate_says_is_read() {
    let year = 365 * 24 * 3600;
    for (kind, algorithm) in [
        (CertificateKind::Recipe, Algorithm::Rsa { bits: 1024 }),
        (CertificateKind::Rsa2048, Algorithm::Rsa { bits: 2048 }),
        (CertificateKind::Rsa4096, Algorithm::Rsa { bits: 4096 }),
        (CertificateKind::EcdsaP256, Algorithm::EcdsaP256),
        (CertificateKind::Ed25519, Algorithm::Ed25519),
    ] {
        let identity = identity(kind);
        let certificate = identity.certificate();
        assert_eq!(certificate.algorithm(), algorithm);
        assert!(certificate.subject().contains("CN=node"), "{}", certificate.subject());
        let weak = [Weakness::ShortKey { bits: 1024 }, Weakness::Version1, Weakness::Expired];
        let expected = if kind == CertificateKind::Recipe { &weak[..] } else { &[] };
        assert_eq!(certificate.weaknesses(certificate.not_before()), expected);
        let later = certificate.not_after().max(certificate.not_before()) + 10 * year;
        assert!(certificate.weaknesses(later).contains(&Weakness::Expired));
    }
}

#[tokio::test]
async fn two_sides_that_write_at_once_get_through_under_tls_too() {
    let identity = identity(CertificateKind::EcdsaP256);
    let (mut caller, mut called) = secured(&identity, &identity).await;
    caller.set_read_ahead(16 * MEGABYTE);
    caller.queue(&vec![1; 5 * MEGABYTE]);
    called.queue(&vec![2; 9 * MEGABYTE]);
    let receive = async |mut side: Connection, expected: usize, byte: u8| {
        side.flush().await.expect("a peer that takes");
        let mut received = 0;
        while received < expected {
            let chunk = side.chunk(expected - received).await.expect("bytes");
            assert!(chunk.iter().all(|found| *found == byte));
            received += chunk.len();
        }
        side
    };
    let both =
        async { tokio::join!(receive(caller, 9 * MEGABYTE, 2), receive(called, 5 * MEGABYTE, 1)) };
    tokio::time::timeout(IDLE, both).await.expect("no deadlock");
}

#[tokio::test]
async fn what_comes_before_the_handshake_is_no_data() {
    let identity = identity(CertificateKind::EcdsaP256);
    let (mut caller, mut called) = sockets().await;
    caller.queue(b"SSL\nCONFIG \n");
    caller.flush().await.expect("room");
    assert_eq!(called.line(100).await.expect("bytes").as_deref(), Some(&b"SSL"[..]));
    let refused = called.secure_as_server(&identity, IDLE).await.err();
    assert!(matches!(refused, Some(NetError::EarlyBytes)), "{refused:?}");
}

#[tokio::test]
async fn a_peer_that_talks_nonsense_or_leaves_ends_the_handshake() {
    let identity = identity(CertificateKind::EcdsaP256);
    let (mut caller, called) = sockets().await;
    caller.queue(b"GET / HTTP/1.0\r\n\r\n");
    caller.flush().await.expect("room");
    let refused = called.secure_as_server(&identity, IDLE).await.err();
    assert!(matches!(refused, Some(NetError::Handshake { .. })), "{refused:?}");

    let (caller, called) = sockets().await;
    drop(caller);
    let refused = called.secure_as_server(&identity, IDLE).await.err();
    assert!(matches!(refused, Some(NetError::Handshake { .. })), "{refused:?}");
}

#[tokio::test]
async fn a_peer_that_is_silent_in_the_handshake_is_given_up() {
    let identity = identity(CertificateKind::EcdsaP256);
    let (_caller, called) = sockets().await;
    let (start, limit) = (Instant::now(), Duration::from_millis(300));
    let refused = called.secure_as_server(&identity, limit).await.err();
    assert!(matches!(refused, Some(NetError::HandshakeTimeout { .. })), "{refused:?}");
    assert!(start.elapsed() < IDLE);
}

#[tokio::test]
async fn an_end_with_and_without_farewell_is_an_end() {
    let identity = identity(CertificateKind::EcdsaP256);
    let (caller, mut called) = secured(&identity, &identity).await;
    drop(caller);
    assert!(matches!(called.line(100).await, Ok(None)));
    let (caller, mut called) = secured(&identity, &identity).await;
    let (line, ()) = tokio::join!(called.line(100), async {
        let closing = caller.close();
        closing.await;
    });
    assert!(matches!(line, Ok(None)), "{line:?}");
}

#[test]
fn a_secured_connection_goes_on_in_another_runtime() {
    let runtime = || {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().build().expect("a runtime")
    };
    let identity = identity(CertificateKind::EcdsaP256);
    let (first, second) = (runtime(), runtime());
    let (mut caller, called) = first.block_on(secured(&identity, &identity));
    caller.queue(b"line\n");
    first.block_on(caller.flush()).expect("room");
    let mut called = second.block_on(async { called.rehome() }).expect("a socket");
    let line = second.block_on(called.line(100)).expect("bytes");
    assert_eq!(line.as_deref(), Some(&b"line"[..]));
    assert!(called.secured().is_some());
}
