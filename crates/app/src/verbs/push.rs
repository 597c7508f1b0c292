//! `-u`, and the pushing half of `-cu` and `-x`.
use super::paths;
use crate::cli::Invocation;
use crate::exit;
use crate::render::Console;
use csync3_core::path::LocalPath;
use csync3_engine::host::Host;
use csync3_engine::push::{self, Calls, PushOptions};
use csync3_net::Dialer;
use std::error::Error;
use std::ffi::OsString;
use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};

/// Peers served at the same time, if nobody says otherwise.
const JOBS: usize = 64;

/// The longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(10);

/// The longest wait for each answer until the peer has accepted this host. A csync2 server may wait
/// for its database meanwhile.
const HANDSHAKE: Duration = Duration::from_secs(30);

/// The longest wait for anything to move; a peer may have to read a large file first.
const IDLE: Duration = Duration::from_secs(300);

/// The port of csync2.
pub(crate) const PORT: u16 = 30_865;

/// Pushes what is dirty, all of it or the operands, to all peers at once.
pub(super) fn push(
    invocation: &Invocation,
    host: &Host,
    console: &Console,
    operands: &[OsString],
) -> Result<(), Box<dyn Error>> {
    push_paths(invocation, host, console, paths::local(operands)?)
}

/// As [`push`], for paths in their canonical form.
pub(super) fn push_paths(
    invocation: &Invocation,
    host: &Host,
    console: &Console,
    paths: Vec<LocalPath>,
) -> Result<(), Box<dyn Error>> {
    let options = options(invocation, paths)?;
    console.expect_peers(host.config.peers());
    let runtime = runtime(&options.calls)?;
    let stop = Arc::clone(&options.stop);
    runtime.spawn(end_on_signal(Arc::clone(&stop)));
    runtime.block_on(push::push(host, options))?;
    if stop.load(Ordering::Relaxed) {
        return Err("stopped by a signal: what was not sent stays dirty".into());
    }
    Ok(())
}

/// The first signal lets running files finish, the second ends the process at once. Neither loses
/// anything: what was not confirmed is still dirty.
async fn end_on_signal(stop: Arc<AtomicBool>) {
    let signals = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    let (Ok(mut terminate), Ok(mut interrupt)) = signals else {
        return;
    };
    let mut next = async || {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    next().await;
    stop.store(true, Ordering::Relaxed);
    next().await;
    end_now();
}

#[expect(clippy::exit, reason = "somebody insists, and every state of the run is a safe one")]
fn end_now() {
    std::process::exit(i32::from(exit::FAILURE));
}

/// How peers are reached.
pub(crate) fn dialer(invocation: &Invocation) -> Result<Dialer, Box<dyn Error>> {
    Ok(Dialer {
        port: port(invocation)?,
        bind: invocation.host.clone(),
        connect_timeout: invocation.timeouts.connect.unwrap_or(CONNECT),
        idle: idle(invocation),
    })
}

/// How peers are called, whatever for.
pub(crate) fn calls(invocation: &Invocation) -> Result<Calls, Box<dyn Error>> {
    Ok(Calls {
        dialer: dialer(invocation)?,
        config_name: invocation.config_name.clone().unwrap_or_default(),
        jobs: invocation.jobs.map_or(JOBS, NonZeroUsize::get),
        handshake: invocation.timeouts.handshake.unwrap_or(HANDSHAKE),
        idle: idle(invocation),
        dialect: invocation.dialect,
    })
}

/// A runtime for so many peers at once, with room for files beside them.
pub(crate) fn runtime(calls: &Calls) -> io::Result<Runtime> {
    Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(calls.jobs + 8)
        .enable_all()
        .build()
}

fn idle(invocation: &Invocation) -> Duration {
    invocation.timeouts.idle.unwrap_or(IDLE)
}

/// What a push needs to know, and everything else that talks to peers.
pub(super) fn options(
    invocation: &Invocation,
    operands: Vec<LocalPath>,
) -> Result<PushOptions, Box<dyn Error>> {
    Ok(PushOptions {
        operands,
        recursive: invocation.recursive,
        dry_run: invocation.dry_run,
        peers: invocation.peers.clone(),
        calls: calls(invocation)?,
        stop: Arc::default(),
    })
}

/// The port of `-p`, or csync2's.
pub(crate) fn port(invocation: &Invocation) -> Result<u16, Box<dyn Error>> {
    Ok(match &invocation.port {
        Some(text) => csync3_net::parse_port(text)?,
        None => PORT,
    })
}
