//! Several hosts in this process: real trees and sockets, stores in memory.
use csync3_core::config::{self, Config, HostName, Setting, Sources};
use csync3_core::path::LocalPath;
use csync3_disk::Disk;
use csync3_engine::check::{CheckOptions, CheckSummary, check};
use csync3_engine::credentials::NoCredentials;
use csync3_engine::host::Host;
use csync3_engine::observer::{Event, Observer};
use csync3_engine::push::{PushOptions, PushSummary, push};
use csync3_engine::serve::{Hosts, ServeOptions, serve};
use csync3_net::{Connection, Dialer};
use csync3_store::Store;
use csync3_store::memory::MemoryStore;
use csync3_store::row::{Direction, DirtyPage};
use csync3_testkit::{Cluster, Node, Snapshot, assert_same, leftovers};
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::task::AbortHandle;

/// Nothing here takes so long.
const LONG: Duration = Duration::from_secs(60);

/// The hosts.
pub(crate) struct Lab {
    members: Vec<Member>,
    runtime: Runtime,
    // Dropped last: everything else works in its directories.
    cluster: Cluster,
}

struct Member {
    config: Arc<Config>,
    store: Arc<dyn Store>,
    told: Arc<Told>,
    server: Option<Server>,
}

/// The problems of a host, in words.
#[derive(Default)]
pub(crate) struct Told(Mutex<Vec<String>>);

impl Observer for Told {
    fn notice(&self, event: &Event<'_>) {
        let Event::Problem(problem) = event else {
            return;
        };
        let mut text = problem.to_string();
        let mut cause = problem.source();
        while let Some(reason) = cause {
            write!(text, ": {reason}").expect("a string takes all that is written");
            cause = reason.source();
        }
        self.0.lock().expect("nobody panics with it").push(text);
    }
}

impl Told {
    /// What was told since the last call.
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("nobody panics with it"))
    }
}

/// After how many bytes the connections of a server break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    Never,
    AfterReceiving(u64),
    AfterSending(u64),
}

struct Server {
    accepting: AbortHandle,
    sessions: Arc<AtomicUsize>,
}

impl Lab {
    /// `count` hosts in one group with these further statements.
    pub(crate) fn new(count: usize, statement: &str) -> Self {
        let mut builder = Cluster::builder().statement(statement);
        for _ in 0..count {
            builder = builder.stand_in();
        }
        let cluster = builder.build();
        let members = cluster.nodes().iter().map(Member::new).collect();
        let runtime = Runtime::new().expect("a runtime");
        Self { members, runtime, cluster }
    }

    /// The directories of a host.
    pub(crate) fn node(&self, index: usize) -> &Node {
        self.cluster.node(index)
    }

    /// A host that works on `disk`.
    pub(crate) fn host(&self, index: usize, disk: &Disk) -> Host {
        let member = &self.members[index];
        Host {
            config: Arc::clone(&member.config),
            store: Arc::clone(&member.store),
            disk: disk.clone(),
            credentials: Arc::new(NoCredentials),
            observer: Arc::clone(&member.told) as _,
        }
    }

    /// `-cr /` on a host, or `-cIr /`.
    pub(crate) fn check(&self, index: usize, disk: &Disk, init: bool) -> CheckSummary {
        let mut options = CheckOptions { recursive: true, init, ..CheckOptions::default() };
        check(&self.host(index, disk), &LocalPath::new(b"/"), &mut options).expect("a memory store")
    }

    /// `-u` on a host.
    pub(crate) fn push(&self, index: usize, disk: &Disk) -> PushSummary {
        let host = self.host(index, disk);
        let options = PushOptions {
            operands: Vec::new(),
            recursive: false,
            dry_run: false,
            peers: None,
            stop: Arc::default(),
            jobs: 8,
            config_name: String::new(),
            dialer: Dialer {
                port: self.cluster.port(),
                bind: Some(self.node(index).name().to_owned()),
                connect_timeout: LONG,
                idle: LONG,
            },
            handshake: LONG,
            idle: LONG,
        };
        self.runtime.block_on(push(&host, options)).expect("a memory store")
    }

    /// What went wrong on a host since this was asked last.
    pub(crate) fn told(&self, index: usize) -> Vec<String> {
        self.members[index].told.take()
    }

    /// The dirty rows of a host: name and peer.
    pub(crate) fn dirty(&self, index: usize) -> Vec<(String, String)> {
        let page = DirtyPage {
            peer: None,
            after: None,
            direction: Direction::Ascending,
            limit: usize::MAX,
        };
        let rows = self.members[index].store.dirty(&page).expect("a memory store");
        rows.into_iter().map(|row| (row.name.display(), row.peer)).collect()
    }

    /// Starts the server of a host, in the place of the one before.
    pub(crate) fn serve(&mut self, index: usize, disk: &Disk, cut: Cut) {
        self.stop(index);
        let hosts: Arc<dyn Hosts> = Arc::new(Always(self.host(index, disk)));
        let address = self.cluster.address(index);
        let sessions = Arc::new(AtomicUsize::new(0));
        let running = Arc::clone(&sessions);
        let listener = self.runtime.block_on(TcpListener::bind(address)).expect("a free address");
        let accepting = self.runtime.spawn(async move {
            while let Ok((stream, peer)) = listener.accept().await {
                let (hosts, running) = (Arc::clone(&hosts), Arc::clone(&running));
                running.fetch_add(1, Ordering::SeqCst);
                let connection = broken(stream, peer.ip(), cut);
                tokio::spawn(async move {
                    let options = ServeOptions { handshake: LONG, idle: LONG };
                    serve(connection, hosts, options).await;
                    running.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        let accepting = accepting.abort_handle();
        self.members[index].server = Some(Server { accepting, sessions });
    }

    /// Lets the sessions of a server end, then the server.
    pub(crate) fn stop(&mut self, index: usize) {
        let Some(server) = self.members[index].server.take() else {
            return;
        };
        server.accepting.abort();
        let deadline = Instant::now() + LONG;
        while server.sessions.load(Ordering::SeqCst) > 0 || !server.accepting.is_finished() {
            assert!(Instant::now() < deadline, "a session does not end");
            std::thread::sleep(Duration::from_micros(200));
        }
    }

    /// Demands that two hosts are done: equal trees, nothing owed, nothing left over.
    #[track_caller]
    pub(crate) fn assert_in_sync(&self, hosts: &[usize]) {
        let first = Snapshot::of(self.node(hosts[0]).root());
        for host in hosts {
            assert_same(&first, &Snapshot::of(self.node(*host).root()));
            assert_eq!(self.dirty(*host), [], "host {host} owes something");
            let left = leftovers(self.node(*host).root());
            assert!(left.is_empty(), "left over: {left:?}");
        }
    }
}

impl Member {
    fn new(node: &Node) -> Self {
        let setting = Setting {
            host: HostName::parse(node.name().as_bytes()).expect("an address is a name"),
            system_dir: node.system_dir(),
            groups: None,
            peers: None,
        };
        let config = config::load(&node.system_dir().join("csync2.cfg"), &setting, &Files);
        Self {
            config: Arc::new(config.expect("a configuration without faults")),
            store: Arc::new(MemoryStore::new()),
            told: Arc::default(),
            server: None,
        }
    }
}

struct Files;

impl Sources for Files {
    fn read(&self, path: &Path) -> Result<Vec<u8>, String> {
        std::fs::read(path).map_err(|error| error.to_string())
    }
}

/// One host for every session.
struct Always(Host);

impl Hosts for Always {
    fn open(&self, _config_name: &str) -> Result<Host, Box<dyn Error + Send + Sync>> {
        Ok(self.0.clone())
    }
}

fn broken(stream: TcpStream, peer: std::net::IpAddr, cut: Cut) -> Connection {
    stream.set_nodelay(true).expect("a TCP socket");
    if cut == Cut::Never {
        return Connection::from_tcp(stream, Some(peer), LONG);
    }
    let (reader, writer) = stream.into_split();
    let (received, sent) = match cut {
        Cut::AfterReceiving(bytes) => (bytes, u64::MAX),
        Cut::AfterSending(bytes) => (u64::MAX, bytes),
        Cut::Never => (u64::MAX, u64::MAX),
    };
    let reader = Limited { stream: reader, left: received };
    let writer = Limited { stream: writer, left: sent };
    Connection::from_streams(reader, writer, Some(peer), LONG)
}

/// A half of a stream that ends after some bytes.
struct Limited<S> {
    stream: S,
    left: u64,
}

impl<S: AsyncRead + Unpin> AsyncRead for Limited<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let this = self.get_mut();
        let most = usize::try_from(this.left).unwrap_or(usize::MAX).min(buf.remaining());
        let mut part = vec![0; most];
        let mut part = ReadBuf::new(&mut part);
        if most > 0 {
            std::task::ready!(Pin::new(&mut this.stream).poll_read(cx, &mut part))?;
        }
        buf.put_slice(part.filled());
        this.left -= part.filled().len() as u64;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Limited<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        let this = self.get_mut();
        let most = usize::try_from(this.left).unwrap_or(usize::MAX).min(bytes.len());
        if most == 0 {
            return Poll::Ready(Err(std::io::ErrorKind::BrokenPipe.into()));
        }
        let sent = std::task::ready!(Pin::new(&mut this.stream).poll_write(cx, &bytes[..most]))?;
        this.left -= sent as u64;
        Poll::Ready(Ok(sent))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}
