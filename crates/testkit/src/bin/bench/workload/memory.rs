//! Peak memory of a check and of a first push of many files.
use crate::ground::Ground;
use crate::series::{Comparison, Sample};
use crate::workload::push::Push;

/// Files in the tree.
const FILES: usize = 170_000;
/// The goal in MiB.
const GOAL: f64 = 64.0;
/// Peaks vary little: more runs than this tell nothing new.
const RUNS: usize = 2;

/// Measures both; the times are shown for orientation.
pub(crate) fn run(ground: &mut Ground) -> Vec<Comparison> {
    let files = ground.options.size(FILES, FILES / 10);
    let both = Push::of_csync3(ground, 1, files);
    let mut check = Comparison::peak(&format!("h check of {files} files"), "csync3", GOAL);
    let what = format!("h push of {files} files");
    let mut push = Comparison::peak(&what, "csync3 -> csync3", GOAL);
    for _ in 0..ground.options.repeat.min(RUNS) {
        let [checked, pushed] = both.measure(ground);
        // The server that idles during the check tells nothing.
        let checked = Sample { servers: crate::usage::Usage::default(), ..checked };
        check.add(checked, Sample::default());
        push.add(pushed, Sample::default());
    }
    vec![check, push]
}
