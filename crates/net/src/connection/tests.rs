//! Lines, blocks, limits and the way out of two sides writing at once.
use crate::connection::Connection;
use crate::error::NetError;
use crate::pair::pair;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

const IDLE: Duration = Duration::from_secs(5);
const MEGABYTE: usize = 1 << 20;

/// Two ends, the second of which has said `bytes`.
async fn told(bytes: &[u8]) -> (Connection, Connection) {
    let (ours, mut theirs) = pair(IDLE);
    theirs.queue(bytes);
    theirs.flush().await.expect("room for a few bytes");
    (ours, theirs)
}

async fn next_line(connection: &mut Connection) -> Vec<u8> {
    connection.line(100).await.expect("no error").expect("a line")
}

#[tokio::test]
async fn lines_come_one_by_one_and_keep_their_carriage_return() {
    let (mut ours, mut theirs) = told(b"one\r\n\ntwo\nthr").await;
    assert_eq!(next_line(&mut ours).await, b"one\r");
    assert_eq!(next_line(&mut ours).await, b"");
    assert_eq!(next_line(&mut ours).await, b"two");
    assert!(matches!(ours.take_line(100), Ok(None)));
    theirs.queue(b"ee\n");
    theirs.flush().await.expect("room");
    assert_eq!(next_line(&mut ours).await, b"three");
    assert_eq!((ours.bytes_in(), theirs.bytes_out()), (16, 16));
}

#[tokio::test]
async fn a_line_beyond_its_limit_is_refused_before_it_ends() {
    let (mut ours, _theirs) = told(&[b'x'; 10]).await;
    let refused = ours.line(10).await;
    assert!(matches!(refused, Err(NetError::LineTooLong { limit: 10 })), "{refused:?}");
}

#[tokio::test]
async fn the_end_between_lines_is_clean() {
    let (mut ours, theirs) = told(b"last\n").await;
    drop(theirs);
    assert_eq!(next_line(&mut ours).await, b"last");
    assert!(matches!(ours.line(100).await, Ok(None)));
    assert!(matches!(ours.fill().await, Ok(0)));
}

#[tokio::test]
async fn the_end_within_a_line_is_not() {
    let (mut ours, theirs) = told(b"la").await;
    drop(theirs);
    let refused = ours.line(100).await;
    assert!(matches!(refused, Err(NetError::Truncated)), "{refused:?}");
}

#[tokio::test]
async fn a_block_comes_in_pieces_no_larger_than_asked_for() {
    let (mut ours, theirs) = told(b"abcdefg").await;
    assert_eq!(ours.chunk(3).await.expect("bytes"), b"abc");
    assert_eq!(ours.chunk(0).await.expect("nothing"), b"");
    assert_eq!(ours.buffered(), b"defg");
    ours.consume(1);
    assert_eq!(ours.chunk(100).await.expect("bytes"), b"efg");
    drop(theirs);
    let refused = ours.chunk(1).await;
    assert!(matches!(refused, Err(NetError::Truncated)), "{refused:?}");
}

#[tokio::test(start_paused = true)]
async fn a_silent_peer_is_given_up_after_the_idle_limit() {
    let (mut ours, _theirs) = pair(IDLE);
    let start = Instant::now();
    let refused = ours.line(100).await;
    assert!(matches!(refused, Err(NetError::Idle { after: IDLE })), "{refused:?}");
    assert_eq!(start.elapsed().as_secs(), IDLE.as_secs());
}

#[tokio::test(start_paused = true)]
async fn a_slow_peer_is_not_a_silent_one() {
    let (mut ours, mut theirs) = pair(IDLE);
    let slow = async {
        for byte in b"slow\n" {
            sleep(IDLE - Duration::from_secs(1)).await;
            theirs.queue(&[*byte]);
            theirs.flush().await.expect("room");
        }
    };
    let (line, ()) = tokio::join!(next_line(&mut ours), slow);
    assert_eq!(line, b"slow");
}

#[tokio::test(start_paused = true)]
async fn a_limit_below_a_second_holds_too() {
    let (mut ours, _theirs) = pair(IDLE);
    let short = Duration::from_millis(300);
    ours.set_idle(short);
    let start = Instant::now();
    assert!(matches!(ours.fill().await, Err(NetError::Idle { .. })));
    assert!(start.elapsed() < Duration::from_millis(350), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_takes_nothing_is_given_up() {
    let (mut ours, mut theirs) = pair(IDLE);
    theirs.queue(b"talks on");
    theirs.flush().await.expect("room");
    ours.queue(&vec![0; MEGABYTE]);
    let refused = ours.flush().await;
    assert!(matches!(refused, Err(NetError::Idle { .. })), "{refused:?}");
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_only_talks_cannot_make_us_hold_much() {
    let (mut ours, mut theirs) = pair(IDLE);
    ours.queue(&vec![0; MEGABYTE]);
    theirs.set_read_ahead(0);
    theirs.queue(&vec![0; 4 * MEGABYTE]);
    let (ours_ended, theirs_ended) = tokio::join!(ours.flush(), theirs.flush());
    assert!(matches!(ours_ended, Err(NetError::Idle { .. })), "{ours_ended:?}");
    assert!(matches!(theirs_ended, Err(NetError::Idle { .. })), "{theirs_ended:?}");
    assert!(ours.buffered().len() <= 2 * super::DEFAULT_READ_AHEAD);
}

#[tokio::test]
async fn two_sides_that_write_at_once_both_get_through() {
    let (mut ours, mut theirs) = pair(IDLE);
    // One side that can take in what the other writes is enough.
    ours.set_read_ahead(8 * MEGABYTE);
    ours.queue(&vec![1; 5 * MEGABYTE]);
    theirs.queue(&vec![2; 7 * MEGABYTE]);
    let both = async {
        let receive = async |mut side: Connection, expected: usize| {
            side.flush().await.expect("a peer that takes");
            let mut received = 0;
            while received < expected {
                received += side.chunk(expected - received).await.expect("bytes").len();
            }
            (received, side)
        };
        tokio::join!(receive(ours, 7 * MEGABYTE), receive(theirs, 5 * MEGABYTE))
    };
    let ((ours, _), (theirs, _)) = timeout(IDLE, both).await.expect("no deadlock");
    assert_eq!((ours, theirs), (7 * MEGABYTE, 5 * MEGABYTE));
}

#[tokio::test]
async fn waiting_sends_what_is_queued_first() {
    let (mut ours, mut theirs) = pair(IDLE);
    let answer = async {
        let line = next_line(&mut theirs).await;
        theirs.queue(&line);
        theirs.queue(b" yourself\n");
        assert_eq!(theirs.queued(), 15);
        theirs.flush().await.expect("room");
    };
    ours.queue(b"hello\n");
    let (line, ()) = tokio::join!(next_line(&mut ours), answer);
    assert_eq!(line, b"hello yourself");
    assert_eq!(ours.queued(), 0);
}

#[tokio::test]
async fn a_wait_that_is_given_up_loses_no_byte() {
    let (mut ours, mut theirs) = told(b"first ").await;
    ours.queue(b"question\n");
    let given_up = timeout(Duration::from_millis(50), ours.line(100)).await;
    assert!(given_up.is_err());
    theirs.queue(b"second\n");
    theirs.flush().await.expect("room");
    assert_eq!(next_line(&mut ours).await, b"first second");
    assert_eq!(next_line(&mut theirs).await, b"question");
}

#[tokio::test]
async fn the_last_words_of_a_peer_that_left_are_heard() {
    let (mut ours, theirs) = told(b"go away\n").await;
    drop(theirs);
    ours.queue(b"something long");
    let refused = ours.flush().await;
    assert!(matches!(refused, Err(NetError::Write { .. })), "{refused:?}");
    assert_eq!(ours.take_line(100).expect("short").as_deref(), Some(&b"go away"[..]));
}

#[tokio::test]
async fn closing_sends_what_is_queued() {
    let (mut ours, mut theirs) = pair(IDLE);
    ours.queue(b"bye\n");
    let hear = async {
        assert_eq!(next_line(&mut theirs).await, b"bye");
        assert!(matches!(theirs.line(100).await, Ok(None)));
        drop(theirs);
    };
    let start = Instant::now();
    tokio::join!(ours.close(), hear);
    assert!(start.elapsed() < IDLE);
}

#[tokio::test(start_paused = true)]
async fn closing_does_not_wait_for_a_peer_that_never_does() {
    let (ours, _theirs) = pair(Duration::from_secs(3600));
    let start = Instant::now();
    ours.close().await;
    assert!(start.elapsed() < IDLE);
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_holds_no_buffer() {
    let (mut ours, mut theirs) = pair(Duration::from_secs(60));
    let talk = async {
        theirs.queue(&vec![b'x'; MEGABYTE]);
        theirs.queue(b"\n");
        theirs.flush().await.expect("a peer that takes");
        sleep(Duration::from_secs(30)).await;
        theirs
    };
    let listen = async {
        let line = ours.line(2 * MEGABYTE).await.expect("no error");
        assert_eq!(line.expect("a line").len(), MEGABYTE);
        let quiet = timeout(Duration::from_secs(10), ours.fill()).await;
        assert!(quiet.is_err());
    };
    let (_theirs, ()) = tokio::join!(talk, listen);
    assert_eq!(ours.input.room().len(), 0);
    assert!(ours.input.room().capacity() <= 4096, "{}", ours.input.room().capacity());
}

#[test]
fn a_connection_goes_on_in_another_runtime() {
    let runtime = || {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().build().expect("a runtime")
    };
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let peer = std::net::TcpStream::connect(address).expect("a connection");
    let (accepted, _) = listener.accept().expect("the connection");
    std::io::Write::write_all(&mut &peer, b"line\nrest").expect("room");

    let first = runtime();
    let ours = first.block_on(async {
        accepted.set_nonblocking(true).expect("a socket");
        let stream = tokio::net::TcpStream::from_std(accepted).expect("a socket");
        let mut ours = Connection::from_tcp(stream, None, IDLE);
        assert_eq!(next_line(&mut ours).await, b"line");
        ours
    });
    let second = runtime();
    let mut ours = second.block_on(async { ours.rehome() }).expect("a socket");
    drop(first);
    std::io::Write::write_all(&mut &peer, b" of it\n").expect("room");
    assert_eq!(second.block_on(next_line(&mut ours)), b"rest of it");
}
