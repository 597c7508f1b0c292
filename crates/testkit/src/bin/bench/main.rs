//! Benchmarks: csync3 against the packaged csync2, on the same trees, in pairs.
//!
//! Every comparison is measured as pairs, one program right after the other, so that a change of
//! the machine's load falls on both. Shown are medians and ranges, and the ratio of each pair.
//! The program fails when something did not work (trees differ, rows stay dirty), never because
//! something was slow: ratios are for people.
//!
//! [`options`] · [`machine`]: what is measured · [`place`]: where · [`ground`], [`usage`]: how ·
//! [`workload`]: what is done · [`series`], [`report`]: what it says
mod ground;
mod machine;
mod options;
mod place;
mod report;
mod series;
mod usage;
mod workload;

use crate::ground::Ground;
use crate::machine::Machine;
use crate::options::{Options, USAGE};
use crate::place::Place;
use crate::series::Comparison;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--help") {
        say(USAGE);
        return ExitCode::SUCCESS;
    }
    let options = match Options::parse(arguments.into_iter(), std::env::var_os("BENCH_DIR")) {
        Ok(options) => options,
        Err(mistake) => {
            complain(&format!("{mistake}\n\n{USAGE}"));
            return ExitCode::FAILURE;
        }
    };
    match bench(options) {
        Ok(failed) if failed.is_empty() => ExitCode::SUCCESS,
        Ok(failed) => {
            complain(&format!("did not work: {failed}\n"));
            ExitCode::FAILURE
        }
        Err(problem) => {
            complain(&format!("{problem}\n"));
            ExitCode::FAILURE
        }
    }
}

/// Runs the chosen workloads; gives the letters of those that did not work.
fn bench(options: Options) -> Result<String, String> {
    let csync3 = machine::programs()?;
    let place = Place::choose(&options)?;
    let machine = Machine::look(&csync3, &place);
    std::fs::create_dir_all(&options.out)
        .map_err(|error| format!("cannot make {}: {error}", options.out.display()))?;
    let letters = options.only.clone();
    let mut ground = Ground { options, place, csync3 };
    let (mut all, mut failed) = (Vec::new(), String::new());
    say(&format!("{}\n", report::facts(&machine)));
    for letter in letters.chars() {
        match measured(letter, &mut ground, &machine)? {
            Some(comparisons) => all.extend(comparisons),
            None => failed.push(letter),
        }
    }
    say(&format!("All comparisons\n\n{}\n{}", report::comparisons(&all), report::costs(&all)));
    Ok(failed)
}

/// Runs one workload and reports it; `None` when it did not work, which its panic has explained.
fn measured(
    letter: char,
    ground: &mut Ground,
    machine: &Machine,
) -> Result<Option<Vec<Comparison>>, String> {
    let before = machine::load();
    // After a panic the place is still what it was: clusters of the failed run ended with it.
    let outcome = catch_unwind(AssertUnwindSafe(|| workload::run(letter, ground)));
    ground.place.clear();
    let Ok(comparisons) = outcome else { return Ok(None) };
    let after = machine::load();
    say(&format!(
        "{}\n{}(load before {before}, after {after})\n\n",
        report::comparisons(&comparisons),
        report::costs(&comparisons)
    ));
    let path = ground.options.out.join(format!("{letter}.json"));
    let json = report::json(machine, [&before, &after], &comparisons);
    std::fs::write(&path, format!("{json:#}\n"))
        .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    Ok(Some(comparisons))
}

fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    // A reader that went away wants no more results.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

fn complain(text: &str) {
    // Nowhere is left to report that standard error is closed.
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
