//! Waits for the turnstile on a thread of its own, because a wait for a `flock` cannot be bounded.
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long the turnstile is waited for: its holder may have been stopped. That is rare, and a queue of
/// many processes on a busy machine is not: who leaves it polls SQLite's lock beside everybody else who
/// has left it, and whoever is lucky is next.
pub(super) const PATIENCE: Duration = Duration::from_secs(3);

/// What is between the usher and who asks it.
#[derive(Default)]
enum Talk {
    /// Nobody wants anything.
    #[default]
    Idle,
    /// The turnstile is wanted.
    Asked,
    /// It has come.
    Passed(File),
    /// It is not wanted any more, but the usher still waits.
    GivenUp,
    /// Nobody will ask again.
    Over,
}

#[derive(Default)]
struct Shared {
    talk: Mutex<Talk>,
    changed: Condvar,
}

impl Shared {
    fn talk(&self) -> MutexGuard<'_, Talk> {
        // Nothing panics while it is held.
        self.talk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn say(&self, talk: &mut Talk, next: Talk) {
        *talk = next;
        self.changed.notify_all();
    }
}

/// The thread that waits. It ends with the process or when nobody can ask it any more.
pub(super) struct Usher(Arc<Shared>);

impl Usher {
    /// Starts the thread.
    pub(super) fn start(turnstile: &Path) -> io::Result<Self> {
        let shared = Arc::<Shared>::default();
        let (turnstile, theirs) = (turnstile.to_path_buf(), Arc::clone(&shared));
        std::thread::Builder::new()
            .name("store-usher".into())
            .spawn(move || serve(&turnstile, &theirs))?;
        Ok(Self(shared))
    }

    /// Waits for the turnstile; `None` if that takes too long, or if an earlier wait still goes on.
    pub(super) fn wait(&self) -> Option<File> {
        let mut talk = self.0.talk();
        if !matches!(*talk, Talk::Idle) {
            return None;
        }
        self.0.say(&mut talk, Talk::Asked);
        let waited =
            self.0.changed.wait_timeout_while(talk, PATIENCE, |talk| matches!(talk, Talk::Asked));
        let mut talk = waited.unwrap_or_else(PoisonError::into_inner).0;
        match std::mem::take(&mut *talk) {
            Talk::Passed(file) => Some(file),
            Talk::Asked => {
                *talk = Talk::GivenUp;
                None
            }
            other => {
                *talk = other;
                None
            }
        }
    }
}

impl Drop for Usher {
    fn drop(&mut self) {
        let mut talk = self.0.talk();
        self.0.say(&mut talk, Talk::Over);
    }
}

fn serve(turnstile: &Path, shared: &Shared) {
    loop {
        let idle = |talk: &mut Talk| matches!(talk, Talk::Idle | Talk::Passed(_));
        let asked = shared.changed.wait_while(shared.talk(), idle);
        let over = matches!(*asked.unwrap_or_else(PoisonError::into_inner), Talk::Over);
        if over {
            return;
        }
        let locked = File::open(turnstile).and_then(|file| file.lock().map(|()| file));
        let mut talk = shared.talk();
        match (&*talk, locked) {
            (Talk::Asked, Ok(file)) => shared.say(&mut talk, Talk::Passed(file)),
            // What nobody waits for any more is not kept from others for a moment.
            (Talk::GivenUp, Ok(_)) => *talk = Talk::Idle,
            (_, Err(_)) => return shared.say(&mut talk, Talk::Over),
            (Talk::Idle | Talk::Passed(_) | Talk::Over, Ok(_)) => {}
        }
    }
}
