//! Each disk operation fails once; whatever it was, one more round makes everything right.
//!
//! After the failure every object on the receiver is whole, old or new. After the next check and
//! push the trees are equal, nothing is owed or left over, and nothing was reported.
use super::cut::Cut;
use super::scene::{LARGE, SMALL, Scene};
use csync3_disk::{Disk, Faults};
use csync3_testkit::Random;

/// `EIO`.
const INPUT_OUTPUT_ERROR: i32 = 5;

#[test]
fn a_disk_operation_that_fails_on_the_sender_costs_one_more_push() {
    every_operation(|scene, disk| {
        scene.lab.serve(1, &Disk::new(), Cut::Never);
        scene.lab.check(0, disk, false);
        scene.lab.push(0, disk);
    });
}

#[test]
fn a_disk_operation_that_fails_on_the_receiver_costs_one_more_push() {
    every_operation(|scene, disk| {
        scene.lab.serve(1, disk, Cut::Never);
        scene.lab.check(0, &Disk::new(), false);
        scene.lab.push(0, &Disk::new());
    });
}

/// Plays a round with each operation failing in turn, until there is none left to fail.
fn every_operation(round: impl Fn(&mut Scene, &Disk)) {
    for nth in 1.. {
        let faults = Faults::nth(nth, INPUT_OUTPUT_ERROR);
        let mut scene = Scene::new(SMALL);
        round(&mut scene, &Disk::with_faults(faults.clone()));
        scene.lab.stop(1);
        scene.assert_whole();
        complete(&mut scene, &format!("operation {nth}"));
        if faults.steps() < nth {
            assert!(nth > 100, "only {nth} operations were done at all");
            return;
        }
    }
}

/// One undisturbed round.
#[track_caller]
pub(super) fn complete(scene: &mut Scene, after: &str) {
    let before = [scene.lab.told(0), scene.lab.told(1)];
    scene.lab.serve(1, &Disk::new(), Cut::Never);
    let checked = scene.lab.check(0, &Disk::new(), false);
    let pushed = scene.lab.push(0, &Disk::new());
    scene.lab.stop(1);
    let told = [scene.lab.told(0), scene.lab.told(1)];
    assert!(
        checked.problems + pushed.problems == 0 && told.iter().all(Vec::is_empty),
        "after {after}\n  at first: {before:#?}\n  then: {told:#?}"
    );
    scene.lab.assert_in_sync(&[0, 1]);
}

#[test]
fn disks_on_which_anything_may_fail_end_in_sync_once_they_work() {
    for seed in 0..25 {
        let mut scene = Scene::new(LARGE);
        let failing = |seed| {
            let random = std::sync::Mutex::new(Random::new(seed));
            Disk::with_faults(Faults::hook(move |_, _| {
                match random.lock().expect("nobody panics with it").chance(8) {
                    true => Err(std::io::Error::from_raw_os_error(INPUT_OUTPUT_ERROR)),
                    false => Ok(()),
                }
            }))
        };
        for round in 0..4 {
            scene.lab.serve(1, &failing(seed * 100 + round), Cut::Never);
            let disk = failing(seed * 100 + 50 + round);
            scene.lab.check(0, &disk, false);
            scene.lab.push(0, &disk);
            scene.assert_whole();
        }
        complete(&mut scene, &format!("seed {seed}"));
    }
}
