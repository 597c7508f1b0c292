//! The connection breaks after some bytes, in either direction; the next push completes what the
//! broken one began, and no conflict comes of it.
use super::cut::Cut;
use super::disk_faults::complete;
use super::scene::{LARGE, SMALL, Scene};
use csync3_disk::Disk;

/// The step from one tried length to the next, in bytes: no divisor of anything. The server says
/// much less than it hears.
const HEARD: usize = 53;
const SAID: usize = 11;

#[test]
fn a_client_that_falls_silent_anywhere_leaves_whole_files() {
    every_cut(HEARD, Cut::AfterReceiving);
}

#[test]
fn a_client_that_is_gone_before_the_answer_leaves_whole_files() {
    every_cut(SAID, Cut::AfterSending);
}

fn every_cut(step: usize, cut: impl Fn(u64) -> Cut) {
    let cuts = cut_at_each(step, SMALL, &cut) + cut_at_each(31 * step, LARGE, &cut);
    assert!(cuts > 40, "only {cuts} cuts");
}

/// Cuts a push at each multiple of `step`, until it is over before the cut. Says how often that was.
fn cut_at_each(step: usize, size: usize, cut: impl Fn(u64) -> Cut) -> u64 {
    let mut cuts = 0;
    for bytes in (0..).step_by(step) {
        let mut scene = Scene::new(size);
        scene.lab.serve(1, &Disk::new(), cut(bytes));
        scene.lab.check(0, &Disk::new(), false);
        let pushed = scene.lab.push(0, &Disk::new());
        scene.lab.stop(1);
        scene.assert_whole();
        complete(&mut scene, &format!("a cut after {bytes} bytes"));
        if pushed.problems == 0 {
            break;
        }
        cuts += 1;
    }
    cuts
}
