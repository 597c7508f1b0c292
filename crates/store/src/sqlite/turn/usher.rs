//! Waits for the turnstile on a thread of its own, because a wait for a `flock` cannot be bounded.
use crossbeam_channel::{Receiver, Sender, bounded};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long the turnstile is waited for: its holder may have been stopped.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// How long the asking thread may take to begin waiting, when the lock was free at once. A lock that
/// comes just when it has lost patience is kept from others for so long.
const HANDING_OVER: Duration = Duration::from_secs(1);

/// The thread that waits. It ends with the process or when nobody can ask it any more.
pub(super) struct Usher {
    ask: Sender<()>,
    passed: Receiver<File>,
    waiting: Arc<AtomicBool>,
}

impl Usher {
    /// Starts the thread.
    pub(super) fn start(turnstile: &Path) -> io::Result<Self> {
        let (ask, asked) = bounded(1);
        // Without room in it: what nobody waits for is not kept.
        let (pass, passed) = bounded(0);
        let waiting = Arc::new(AtomicBool::new(false));
        let (turnstile, done) = (turnstile.to_path_buf(), Arc::clone(&waiting));
        std::thread::Builder::new()
            .name("store-usher".into())
            .spawn(move || serve(&turnstile, &asked, &pass, &done))?;
        Ok(Self { ask, passed, waiting })
    }

    /// Waits for the turnstile; `None` if that takes too long, or if an earlier wait still goes on.
    pub(super) fn wait(&self) -> Option<File> {
        if self.waiting.swap(true, Ordering::AcqRel) {
            return None;
        }
        self.ask.send(()).ok()?;
        self.passed.recv_timeout(PATIENCE).ok()
    }
}

fn serve(turnstile: &PathBuf, asked: &Receiver<()>, pass: &Sender<File>, waiting: &AtomicBool) {
    while asked.recv().is_ok() {
        let locked = File::open(turnstile).and_then(|file| file.lock().map(|()| file));
        waiting.store(false, Ordering::Release);
        match locked {
            // If nobody waits any more the file is dropped, and with it the lock.
            Ok(file) => _ = pass.send_timeout(file, HANDING_OVER),
            Err(_) => return,
        }
    }
}
