//! Listening, calling and closing over real sockets of this host.
use csync3_net::{Connection, Dialer, Listener, NetError};
use socket2::{Domain, Socket, Type};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

const IDLE: Duration = Duration::from_secs(10);

fn dialer(port: u16) -> Dialer {
    Dialer { port, bind: None, connect_timeout: Duration::from_secs(5), idle: IDLE }
}

fn port(listener: &Listener) -> u16 {
    listener.local_addrs().expect("an address")[0].port()
}

async fn listen(host: Option<&str>) -> Listener {
    Listener::bind(host, 0).await.expect("a free port")
}

async fn meet(listener: &Listener, dialer: &Dialer, host: &str) -> (Connection, Connection) {
    let (called, caller) = tokio::join!(listener.accept(IDLE), dialer.dial(host));
    (called.expect("a caller").0, caller.expect("an answer"))
}

#[tokio::test]
async fn one_listener_answers_both_families() {
    let listener = listen(None).await;
    let dialer = dialer(port(&listener));
    for (host, ip) in
        [("127.0.0.1", IpAddr::from(Ipv4Addr::LOCALHOST)), ("::1", Ipv6Addr::LOCALHOST.into())]
    {
        let (called, caller) = meet(&listener, &dialer, host).await;
        assert_eq!((called.peer(), caller.peer()), (Some(ip), Some(ip)), "{host}");
    }
}

#[tokio::test]
async fn passed_sockets_are_all_answered() {
    let sockets: Vec<_> = ["127.0.0.1:0", "127.0.0.2:0", "[::1]:0"]
        .map(|address| std::net::TcpListener::bind(address).expect("a free port"))
        .into();
    let listener = Listener::passed(sockets).expect("sockets that listen");
    let addresses = listener.local_addrs().expect("addresses");
    assert_eq!(addresses.len(), 3);
    for address in addresses.iter().chain(&addresses) {
        let dialer = dialer(address.port());
        let (called, caller) = meet(&listener, &dialer, &address.ip().to_string()).await;
        assert_eq!(caller.peer(), Some(address.ip()));
        drop(called);
    }
}

#[tokio::test]
async fn a_passed_connection_is_no_socket_to_listen_on() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let caller = std::net::TcpStream::connect(listener.local_addr().expect("an address"));
    let connection = std::os::fd::OwnedFd::from(caller.expect("an answer"));
    let refused = Listener::passed(vec![connection.into()]);
    assert!(matches!(refused, Err(NetError::Passed { number: 1, .. })), "{refused:?}");
    assert!(matches!(Listener::passed(Vec::new()), Err(NetError::Passed { .. })));
}

#[tokio::test]
async fn a_caller_calls_from_the_address_it_is_bound_to() {
    let listener = listen(Some("127.0.0.1")).await;
    let mut dialer = dialer(port(&listener));
    dialer.bind = Some("127.0.0.5".into());
    let (called, _caller) = meet(&listener, &dialer, "127.0.0.1").await;
    assert_eq!(called.peer(), Some(Ipv4Addr::new(127, 0, 0, 5).into()));
}

#[tokio::test]
async fn a_source_that_cannot_be_had_is_no_obstacle() {
    let listener = listen(Some("127.0.0.1")).await;
    let mut dialer = dialer(port(&listener));
    for source in ["192.0.2.7", "no such name", "::1"] {
        dialer.bind = Some(source.into());
        let (called, _caller) = meet(&listener, &dialer, "127.0.0.1").await;
        assert_eq!(called.peer(), Some(Ipv4Addr::LOCALHOST.into()), "{source}");
    }
}

#[tokio::test]
async fn an_address_in_use_is_named() {
    let listener = listen(Some("127.0.0.1")).await;
    let port = port(&listener);
    let refused = Listener::bind(Some("127.0.0.1"), port).await;
    let refused = refused.expect_err("the port is taken");
    assert_eq!(refused.to_string(), format!("cannot listen on 127.0.0.1:{port}"));
    assert!(!refused.is_retryable());
}

#[tokio::test]
async fn a_port_can_be_listened_on_again_at_once() {
    let listener = listen(Some("127.0.0.1")).await;
    let port = port(&listener);
    let (called, caller) = meet(&listener, &dialer(port), "127.0.0.1").await;
    // The side that closes first is the one whose port lingers.
    drop(called);
    drop(caller);
    drop(listener);
    Listener::bind(Some("127.0.0.1"), port).await.expect("the same port");
}

#[tokio::test]
async fn a_refused_call_names_the_address() {
    let listener = listen(Some("127.0.0.1")).await;
    let port = port(&listener);
    drop(listener);
    let refused = dialer(port).dial("127.0.0.1").await.err().expect("nobody listens");
    assert!(matches!(refused, NetError::Connect { .. }), "{refused:?}");
    assert_eq!(refused.to_string(), format!("cannot connect to 127.0.0.1:{port}"));
}

/// A socket whose queue is full: further calls are neither answered nor refused.
fn deaf() -> (Socket, SocketAddr, Vec<Socket>) {
    let stream = || Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    let deaf = stream();
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    deaf.bind(&any.into()).expect("a free port");
    deaf.listen(0).expect("a listener");
    let address = deaf.local_addr().expect("an address").as_socket().expect("of IPv4");
    let mut waiting = Vec::new();
    loop {
        let caller = stream();
        let answered = caller.connect_timeout(&address.into(), Duration::from_millis(200));
        waiting.push(caller);
        if answered.is_err() {
            return (deaf, address, waiting);
        }
    }
}

#[tokio::test]
async fn a_host_that_does_not_answer_is_given_up_and_named() {
    let (_deaf, address, _waiting) = deaf();
    let mut dialer = dialer(address.port());
    dialer.connect_timeout = Duration::from_millis(300);
    let start = Instant::now();
    let refused = dialer.dial("127.0.0.1").await.err().expect("nobody answers");
    assert!(start.elapsed() < Duration::from_secs(4));
    let expected = format!("cannot connect to {address}: no answer within 0.3 s");
    assert_eq!(refused.to_string(), expected);
}

#[tokio::test]
async fn a_host_without_an_address_is_named() {
    let refused = dialer(1).dial("no such name").await.err().expect("no such name");
    assert_eq!(refused.to_string(), "cannot resolve host no such name");
}

#[tokio::test]
async fn a_last_line_arrives_though_the_callers_bytes_were_not_read() {
    let listener = listen(Some("127.0.0.1")).await;
    let (mut called, mut caller) = meet(&listener, &dialer(port(&listener)), "127.0.0.1").await;
    caller.queue(&vec![b'x'; 100_000]);
    caller.flush().await.expect("room in the sockets");
    called.queue(b"too long\n");
    let hear = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let line = caller.line(100).await.expect("no reset");
        drop(caller);
        line
    };
    let (line, ()) = tokio::join!(hear, called.close());
    assert_eq!(line.as_deref(), Some(&b"too long"[..]));
}

#[tokio::test]
async fn megabytes_pass_in_both_directions_at_once() {
    const LENGTH: usize = 6 << 20;
    let listener = listen(Some("127.0.0.1")).await;
    let (called, caller) = meet(&listener, &dialer(port(&listener)), "127.0.0.1").await;
    let talk = async |mut side: Connection, byte: u8| {
        side.queue(&vec![byte; LENGTH]);
        let mut received = 0;
        while received < LENGTH {
            let chunk = side.chunk(LENGTH - received).await.expect("bytes");
            assert!(chunk.iter().all(|&other| other == byte ^ 1));
            received += chunk.len();
        }
        side
    };
    let (called, caller) = tokio::join!(talk(called, 0), talk(caller, 1));
    assert_eq!((called.bytes_out(), caller.bytes_in()), (LENGTH as u64, LENGTH as u64));
}

#[tokio::test]
async fn a_lost_caller_does_not_end_the_listener() {
    let listener = listen(Some("127.0.0.1")).await;
    let dialer = dialer(port(&listener));
    for _ in 0..3 {
        // Gone with a reset before it is accepted.
        let hasty = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, dialer.port));
        hasty.connect(&address.into()).expect("a place in the queue");
        hasty.set_linger(Some(Duration::ZERO)).expect("an option");
        drop(hasty);
    }
    let call = async {
        let mut caller = dialer.dial("127.0.0.1").await.expect("an answer");
        caller.queue(b"hello\n");
        caller.flush().await.expect("room");
        caller
    };
    let answer = async {
        loop {
            match listener.accept(IDLE).await {
                Ok((mut called, _)) => match called.line(100).await {
                    Ok(Some(line)) => return line,
                    lost => assert!(matches!(lost, Ok(None) | Err(NetError::Read { .. }))),
                },
                Err(error) => assert!(error.is_retryable(), "{error:?}"),
            }
        }
    };
    let (line, _caller) = tokio::join!(answer, call);
    assert_eq!(line, b"hello");
}
