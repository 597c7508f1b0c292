//! A peer whose every byte the test decides.
use crate::pairing::{csync3, serving};
use csync3_testkit::{Cluster, Node};
use rustix::net::{AddressFamily, SocketType, bind, connect, socket};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

/// A csync3 server, the peer that the test plays, and an ordinary csync3 host.
pub(crate) fn server_and_raw_peer() -> Cluster {
    serving(Cluster::builder().node(&csync3()).stand_in().node(&csync3()))
}

/// Demands that the server of [`server_and_raw_peer`] still serves the ordinary host.
#[track_caller]
pub(crate) fn assert_serves(cluster: &Cluster) {
    let (server, client) = (cluster.node(0), cluster.node(2));
    client.write("still there", "?");
    client.run(&["-x", "-P", server.name()]).success();
    assert_eq!(server.read("still there"), b"?");
}

/// One connection to a server, from the address of another host of the cluster.
#[derive(Debug)]
pub(crate) struct Raw {
    stream: BufReader<TcpStream>,
    key: String,
}

impl Raw {
    /// Connects from host `from` to the server of host `to`.
    pub(crate) fn connect(cluster: &Cluster, from: usize, to: usize) -> Self {
        let address = cluster.node(to).address();
        Self::connect_to(cluster, from, to, address)
    }

    /// As [`Self::connect`], to another address of the server.
    pub(crate) fn connect_to(
        cluster: &Cluster,
        from: usize,
        to: usize,
        address: SocketAddr,
    ) -> Self {
        let (from, to) = (cluster.node(from), cluster.node(to));
        let socket = socket(AddressFamily::INET, SocketType::STREAM, None).expect("a socket");
        bind(&socket, &SocketAddr::new(from.address().ip(), 0)).expect("a loopback address");
        connect(&socket, &address).expect("the server listens");
        let stream = TcpStream::from(socket);
        let patience = Some(Duration::from_secs(60));
        stream.set_read_timeout(patience).expect("not zero");
        stream.set_write_timeout(patience).expect("not zero");
        Self { stream: BufReader::new(stream), key: key_of(to) }
    }

    /// As [`Self::connect`], and past `CONFIG` and `HELLO`.
    pub(crate) fn greeted(cluster: &Cluster, from: usize, to: usize) -> Self {
        let mut raw = Self::connect(cluster, from, to);
        assert_eq!(raw.ask("CONFIG "), DONE);
        assert_eq!(raw.ask(&format!("HELLO {}", cluster.node(from).name())), DONE);
        raw
    }

    /// The same with another group key.
    pub(crate) fn with_key(mut self, key: &str) -> Self {
        key.clone_into(&mut self.key);
        self
    }

    /// Sends a line and reads the answer.
    #[track_caller]
    pub(crate) fn ask(&mut self, line: &str) -> String {
        self.send(format!("{line}\n").as_bytes());
        self.answer()
    }

    /// Sends a command on an object, by its encoded name, and reads the first line of the answer.
    #[track_caller]
    pub(crate) fn on(&mut self, word: &str, name: &str, more: &str) -> String {
        let line = self.command(word, name, more);
        self.ask(&line)
    }

    /// The line of a command on an object, with the key.
    pub(crate) fn command(&self, word: &str, name: &str, more: &str) -> String {
        format!("{word} {} {name} {more}", self.key)
    }

    /// Sends bytes. A server that has hung up is found when the answer is read.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        let _ = self.stream.get_mut().write_all(bytes);
    }

    /// Says that nothing more will come.
    pub(crate) fn end(&mut self) {
        let _ = self.stream.get_mut().shutdown(Shutdown::Write);
    }

    /// Reads a line without its end.
    #[track_caller]
    pub(crate) fn answer(&mut self) -> String {
        let mut line = Vec::new();
        let read = self.stream.read_until(b'\n', &mut line);
        assert!(read.is_ok(), "no answer: {read:?}");
        assert_eq!(line.pop(), Some(b'\n'), "the connection ended in place of an answer");
        String::from_utf8(line).expect("answers are ASCII here")
    }

    /// Reads a block.
    #[track_caller]
    pub(crate) fn block(&mut self) -> Vec<u8> {
        let header = self.answer();
        let length = header.strip_prefix("octet-stream ").expect("the header of a block");
        let mut bytes = vec![0; length.parse().expect("a length")];
        self.stream.read_exact(&mut bytes).expect("the whole block");
        bytes
    }

    /// Sends content as a block that holds nothing but it.
    pub(crate) fn send_content(&mut self, content: &[u8]) {
        self.send(&block_of(content));
    }

    /// The socket, for whoever goes on by other means; nothing may be unread.
    pub(crate) fn into_stream(self) -> TcpStream {
        assert!(self.stream.buffer().is_empty(), "something was not read");
        self.stream.into_inner()
    }

    /// Reads to the end of the connection, which the server must bring about; what came is given.
    #[track_caller]
    pub(crate) fn until_closed(&mut self) -> String {
        let mut rest = Vec::new();
        let ended = self.stream.read_to_end(&mut rest);
        let cut = |error: &std::io::Error| error.kind() == std::io::ErrorKind::ConnectionReset;
        assert!(ended.as_ref().map_or_else(cut, |_| true), "not closed: {ended:?}");
        String::from_utf8_lossy(&rest).into_owned()
    }
}

/// What a server says to a command that it has carried out.
pub(crate) const DONE: &str = "OK (cmd_finished).";

/// A block with a delta that is one literal.
pub(crate) fn block_of(content: &[u8]) -> Vec<u8> {
    let length = u64::try_from(content.len()).expect("a length fits 64 bits");
    let mut delta = b"rs\x026\x44".to_vec();
    delta.extend_from_slice(&length.to_be_bytes());
    delta.extend_from_slice(content);
    delta.push(0);
    [format!("octet-stream {}\n", delta.len()).into_bytes(), delta].concat()
}

fn key_of(node: &Node) -> String {
    let text = std::fs::read_to_string(node.system_dir().join("g.key"));
    text.expect("every cluster has the group g").trim().to_owned()
}
