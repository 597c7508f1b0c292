//! Memory and processor time of programs while they run, read from `/proc`.
//!
//! A daemon is read before and after, because it lives on. What ends is sampled: a client, and the
//! process that csync2's daemon forks for each connection. The kernel only ever raises a peak, so
//! a sample misses at most what grew in the last [`GLANCE`].
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often processes are looked at.
const GLANCE: Duration = Duration::from_millis(10);
/// Ticks per second in `/proc/PID/stat`.
const TICKS: u64 = 100;

/// What one side of a measurement took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    /// Largest resident memory of any one of its processes, in KiB (`VmHWM`).
    pub(crate) peak_kib: u64,
    /// Time in the programs.
    pub(crate) user: Duration,
    /// Time in the kernel on their behalf.
    pub(crate) system: Duration,
}

impl Usage {
    fn of(pid: u32) -> Option<Self> {
        let [user, system] = times(pid)?;
        Some(Self { peak_kib: peak(pid)?, user, system })
    }

    /// Adds what something else took; the peak is that of the larger one.
    pub(crate) fn add(&mut self, other: Self) {
        self.peak_kib = self.peak_kib.max(other.peak_kib);
        self.user += other.user;
        self.system += other.system;
    }
}

/// Watches a client and its servers.
#[derive(Debug)]
pub(crate) struct Watch {
    stop: Arc<AtomicBool>,
    daemons: BTreeMap<u32, Usage>,
    sampler: JoinHandle<(Usage, BTreeMap<u32, Usage>)>,
}

impl Watch {
    /// Notes what the daemons took so far; call it before the client starts.
    pub(crate) fn note(daemons: &[u32]) -> BTreeMap<u32, Usage> {
        daemons.iter().map(|pid| (*pid, Usage::of(*pid).unwrap_or_default())).collect()
    }

    /// Starts to sample `client` and the children of the noted daemons.
    pub(crate) fn start(client: u32, daemons: BTreeMap<u32, Usage>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, parents) = (Arc::clone(&stop), daemons.keys().copied().collect::<Vec<_>>());
        let sampler = std::thread::spawn(move || {
            let (mut own, mut sessions) = (Usage::default(), BTreeMap::new());
            while !stopped.load(Ordering::Relaxed) {
                own = Usage::of(client).unwrap_or(own);
                for child in parents.iter().flat_map(|pid| children(*pid)) {
                    if let Some(usage) = Usage::of(child) {
                        sessions.insert(child, usage);
                    }
                }
                std::thread::sleep(GLANCE);
            }
            (own, sessions)
        });
        Self { stop, daemons, sampler }
    }

    /// What the noted daemons took since, all together.
    pub(crate) fn since(daemons: &BTreeMap<u32, Usage>) -> Usage {
        let mut servers = Usage::default();
        for (pid, before) in daemons {
            let after = Usage::of(*pid).unwrap_or(*before);
            servers.add(Usage {
                peak_kib: after.peak_kib,
                user: after.user.saturating_sub(before.user),
                system: after.system.saturating_sub(before.system),
            });
        }
        servers
    }

    /// Stops sampling; gives what the client took, and what all servers together did.
    pub(crate) fn finish(self) -> (Usage, Usage) {
        self.stop.store(true, Ordering::Relaxed);
        let (client, sessions) = self.sampler.join().expect("reading /proc does not panic");
        let mut servers = Self::since(&self.daemons);
        for session in sessions.into_values() {
            servers.add(session);
        }
        (client, servers)
    }
}

/// `VmHWM` in KiB; `None` once the process has ended.
fn peak(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

fn times(pid: u32) -> Option<[Duration; 2]> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold anything, so fields are counted from its end.
    let mut fields = stat.rsplit(')').next()?.split_whitespace().skip(11);
    let mut next = || -> Option<Duration> {
        let ticks: u64 = fields.next()?.parse().ok()?;
        Some(Duration::from_millis(ticks * 1_000 / TICKS))
    };
    Some([next()?, next()?])
}

/// The children of a process's first thread: csync2 has no other, csync3 no child.
fn children(pid: u32) -> Vec<u32> {
    let listed = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
    let listed = listed.unwrap_or_default();
    listed.split_whitespace().filter_map(|word| word.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::Usage;

    #[test]
    fn a_living_process_has_a_peak_and_an_ended_one_has_none() {
        assert!(Usage::of(std::process::id()).expect("we live").peak_kib > 100);
        let mut child = std::process::Command::new("true").spawn().expect("true exists");
        let pid = child.id();
        child.wait().expect("our own child can be waited for");
        assert_eq!(Usage::of(pid), None);
    }
}
