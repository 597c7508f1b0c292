//! Several hosts in this process: real trees and sockets, stores in memory.
use super::cut::{Cut, accepted};
use csync3_core::config::{self, Config, HostName, Setting, Sources};
use csync3_core::path::LocalPath;
use csync3_core::push::Preference;
use csync3_disk::Disk;
use csync3_engine::check::{CheckOptions, CheckSummary, check};
use csync3_engine::credentials::NoCredentials;
use csync3_engine::host::Host;
use csync3_engine::observer::{Event, Observer};
use csync3_engine::push::{Calls, PushOptions, PushSummary, push};
use csync3_engine::serve::{Hosts, Seat, ServeOptions, serve};
use csync3_net::Dialer;
use csync3_store::memory::MemoryStore;
use csync3_store::row::{Direction, DirtyPage};
use csync3_store::{Store, StoreError};
use csync3_testkit::{Cluster, Node, Snapshot, assert_same, leftovers};
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
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
        Self::check_as(&self.host(index, disk), init).expect("a memory store")
    }

    /// As [`Self::check`], by a process of its own.
    pub(crate) fn check_as(host: &Host, init: bool) -> Result<CheckSummary, StoreError> {
        let mut options = CheckOptions { recursive: true, init, ..CheckOptions::default() };
        check(host, &LocalPath::new(b"/"), &mut options)
    }

    /// `-u` on a host.
    pub(crate) fn push(&self, index: usize, disk: &Disk) -> PushSummary {
        self.push_as(index, &self.host(index, disk)).expect("a memory store")
    }

    /// As [`Self::push`], by a process of its own.
    pub(crate) fn push_as(&self, index: usize, host: &Host) -> Result<PushSummary, StoreError> {
        let options = PushOptions {
            operands: Vec::new(),
            recursive: false,
            dry_run: false,
            peers: None,
            stop: Arc::default(),
            calls: Calls {
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
                dialect: Preference::Auto,
            },
        };
        let pushed = self.runtime.block_on(push(host, options));
        // What the sessions of the peers still do belongs to this push.
        (0..self.members.len()).for_each(|index| self.settle(index));
        pushed
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
        self.serve_as(index, self.host(index, disk), cut);
    }

    /// As [`Self::serve`], by a process of its own.
    pub(crate) fn serve_as(&mut self, index: usize, host: Host, cut: Cut) {
        self.stop(index);
        let hosts: Arc<dyn Hosts> = Arc::new(Always(host));
        let address = self.cluster.address(index);
        let sessions = Arc::new(AtomicUsize::new(0));
        let running = Arc::clone(&sessions);
        let listener = self.runtime.block_on(TcpListener::bind(address)).expect("a free address");
        let accepting = self.runtime.spawn(async move {
            while let Ok((stream, peer)) = listener.accept().await {
                let (hosts, running) = (Arc::clone(&hosts), Arc::clone(&running));
                running.fetch_add(1, Ordering::SeqCst);
                let connection = accepted(stream, peer.ip(), cut, LONG);
                tokio::spawn(async move {
                    let options =
                        ServeOptions { handshake: LONG, idle: LONG, dialect: Preference::Auto };
                    serve(connection, hosts, options, &Seat::default()).await;
                    running.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        let accepting = accepting.abort_handle();
        self.members[index].server = Some(Server { accepting, sessions });
    }

    /// Lets the sessions of a server end, then the server.
    pub(crate) fn stop(&mut self, index: usize) {
        if let Some(server) = &self.members[index].server {
            server.accepting.abort();
            await_that("a server ends", || server.accepting.is_finished());
        }
        self.settle(index);
        self.members[index].server = None;
    }

    /// Waits until the sessions of a server have ended.
    fn settle(&self, index: usize) {
        if let Some(server) = &self.members[index].server {
            await_that("sessions end", || server.sessions.load(Ordering::SeqCst) == 0);
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

fn await_that(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + LONG;
    while !condition() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        std::thread::sleep(Duration::from_micros(200));
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
