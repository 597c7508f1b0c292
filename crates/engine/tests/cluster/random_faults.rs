//! A push that is hit at three hundred random points: the connection breaks, either process dies, or
//! the receiver's disk is full. No half-written object is ever seen, and one more push makes everything
//! right.
use super::cut::Cut;
use super::disk_faults::complete;
use super::scene::{LARGE, SMALL, Scene};
use csync3_disk::{Disk, Faults};
use csync3_testkit::Random;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many pushes are hit.
const POINTS: u64 = 300;

/// `ENOSPC`.
const NO_SPACE: i32 = 28;

/// Disk operations of either side in a whole push, and bytes that the receiver hears and says, about.
const OPERATIONS: u64 = 700;
const HEARD: u64 = 8_000;
const SAID: u64 = 1_500;

/// What happens, and when.
#[derive(Debug, Clone, Copy)]
enum Fault {
    Silence(u64),
    Deafness(u64),
    DeadSender(u64),
    DeadReceiver(u64),
    /// Nothing can be written any more.
    FullDisk(u64),
}

impl Fault {
    fn at_random(random: &mut Random) -> Self {
        let kind = random.between(0..=4);
        let mut until = |most| random.between(0..=most);
        match kind {
            0 => Self::Silence(until(HEARD)),
            1 => Self::Deafness(until(SAID)),
            2 => Self::DeadSender(until(OPERATIONS / 4)),
            3 => Self::DeadReceiver(until(OPERATIONS)),
            _ => Self::FullDisk(until(OPERATIONS)),
        }
    }
}

/// A disk that is full from its `nth` operation on.
fn full_from(nth: u64) -> Disk {
    let count = AtomicU64::new(0);
    Disk::with_faults(Faults::hook(move |operation, _| {
        let is_full = count.fetch_add(1, Ordering::Relaxed) >= nth;
        match operation {
            "create" | "write" if is_full => Err(io::Error::from_raw_os_error(NO_SPACE)),
            _ => Ok(()),
        }
    }))
}

#[test]
fn a_push_that_is_hit_anywhere_is_completed_by_the_next() {
    let mut random = Random::new(20);
    let mut hit = 0;
    for point in 0..POINTS {
        let fault = Fault::at_random(&mut random);
        let mut scene = Scene::new(if point % 3 == 0 { LARGE } else { SMALL });
        let mut receiver = scene.lab.host(1, &Disk::new());
        let mut cut = Cut::Never;
        match fault {
            Fault::Silence(bytes) => cut = Cut::AfterReceiving(bytes),
            Fault::Deafness(bytes) => cut = Cut::AfterSending(bytes),
            Fault::DeadReceiver(last) => receiver = scene.lab.mortal(1, last),
            Fault::FullDisk(nth) => receiver = scene.lab.host(1, &full_from(nth)),
            Fault::DeadSender(_) => {}
        }
        scene.lab.serve_as(1, receiver, cut);
        scene.lab.check(0, &Disk::new(), false);
        let sender = match fault {
            Fault::DeadSender(last) => scene.lab.mortal(0, last),
            _ => scene.lab.host(0, &Disk::new()),
        };
        let pushed = scene.lab.push_as(0, &sender);
        scene.lab.stop(1);
        scene.assert_whole();
        hit += u64::from(pushed.is_err() || pushed.is_ok_and(|pushed| pushed.problems > 0));
        complete(&mut scene, &format!("{fault:?}"));
    }
    assert!(hit > POINTS / 2, "only {hit} of {POINTS} pushes were hit");
}
