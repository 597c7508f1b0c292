//! The service manager: what it passes to this process, and what it is told.
//!
//! Sockets come by `LISTEN_FDS`, news go to `NOTIFY_SOCKET`; without these variables nothing here
//! does anything. Actions get none of them: [`csync3_engine::actions`].
use crate::render::errors::Hinted;
use listenfd::ListenFd;
use sd_notify::NotifyState;
use std::env;
use std::error::Error;
use std::net::TcpListener;
use std::time::Duration;

/// The sockets that this process was started with. They are not passed on to its children.
///
/// # Errors
/// What is passed and no TCP socket.
pub(super) fn passed_sockets() -> Result<Vec<TcpListener>, Box<dyn Error>> {
    if env::var_os("LISTEN_PID").is_none() {
        // Without it nobody says that they are for this process.
        return Ok(Vec::new());
    }
    let names = env::var("LISTEN_FDNAMES").unwrap_or_default();
    let names: Vec<&str> = names.split(':').collect();
    let mut passed = ListenFd::from_env();
    let mut sockets = Vec::with_capacity(passed.len());
    for number in 0..passed.len() {
        let socket = passed.take_tcp_listener(number).map_err(|error| {
            let name = names.get(number).copied().unwrap_or_default();
            let message = format!("cannot use passed socket {} '{name}': {error}", number + 1);
            Hinted::new(
                message,
                "csync3 -ii takes TCP sockets: ListenStream=PORT in the socket unit",
            )
        })?;
        sockets.extend(socket);
    }
    Ok(sockets)
}

/// How often the manager wants to hear that this process works: at half of its limit.
pub(super) fn watchdog() -> Option<Duration> {
    let limit = sd_notify::watchdog_enabled()?;
    Some(limit / 2).filter(|half| !half.is_zero())
}

/// Peers are accepted.
pub(super) fn ready(status: &str) {
    tell(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// The configuration is read again; [`ready`] follows.
pub(super) fn reloading() {
    // The manager compares this time with its own request; without it the message counts for less.
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(_) => tell(&[NotifyState::Reloading]),
    }
}

/// No more peers are accepted.
pub(super) fn stopping() {
    tell(&[NotifyState::Stopping, NotifyState::Status("Waiting for running sessions.")]);
}

/// What goes on, in a line.
pub(super) fn status(status: &str) {
    tell(&[NotifyState::Status(status)]);
}

/// Peers still are accepted.
pub(super) fn alive() {
    tell(&[NotifyState::Watchdog]);
}

fn tell(news: &[NotifyState<'_>]) {
    // A manager that is gone or busy is no reason to stop serving.
    drop(sd_notify::notify(news));
}
