//! How results are shown: Markdown tables on standard output, one JSON file per workload.
use crate::machine::Machine;
use crate::series::{Comparison, Goal, Sample, Series, Spread};
use crate::usage::Usage;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// What ratios and goals say, one line per comparison.
pub(crate) fn comparisons(all: &[Comparison]) -> String {
    let mut rows =
        vec![words(&["what", "time of", "over", "ratio", "goal", "reached", "CPU ratio"])];
    for comparison in all {
        let second = comparison.second.as_ref().map_or("", |series| &series.label);
        rows.push(vec![
            comparison.what.clone(),
            comparison.first.label.clone(),
            second.to_owned(),
            result(comparison),
            goal(comparison.goal),
            match comparison.reached() {
                None => String::new(),
                Some(true) => "yes".to_owned(),
                Some(false) => "no".to_owned(),
            },
            times_as_long(comparison.processor_ratios()),
        ]);
    }
    table(&rows)
}

/// What each side took, one line per series.
pub(crate) fn costs(all: &[Comparison]) -> String {
    let mut rows = vec![words(&[
        "what",
        "programs",
        "wall s",
        "client user+sys s",
        "servers user+sys s",
        "peak MiB client, server",
    ])];
    for comparison in all {
        for series in std::iter::once(&comparison.first).chain(&comparison.second) {
            let (client, server) = series.peaks();
            let row = vec![
                comparison.what.clone(),
                series.label.clone(),
                shown(series.seconds()),
                times(series, |sample| &sample.client),
                times(series, |sample| &sample.servers),
                format!("{}, {}", mebibytes(client), mebibytes(server)),
            ];
            // A series that two comparisons share is one series.
            if !rows.contains(&row) {
                rows.push(row);
            }
        }
    }
    table(&rows)
}

/// The facts about machine and programs.
pub(crate) fn facts(machine: &Machine) -> String {
    let rows = machine.facts.iter().map(|(name, text)| vec![(*name).to_owned(), text.clone()]);
    let rows: Vec<_> = std::iter::once(words(&["", "measured on"])).chain(rows).collect();
    table(&rows)
}

/// Everything about one workload, for programs.
pub(crate) fn json(machine: &Machine, loads: [&str; 2], all: &[Comparison]) -> Value {
    let facts: serde_json::Map<String, Value> =
        machine.facts.iter().map(|(name, text)| ((*name).to_owned(), json!(text))).collect();
    let comparisons: Vec<Value> = all
        .iter()
        .map(|comparison| {
            json!({
                "what": comparison.what,
                "first": series_json(&comparison.first),
                "second": comparison.second.as_ref().map(series_json),
                "ratio": comparison.ratios().map(spread_json),
                "processor_ratio": comparison.processor_ratios().map(spread_json),
                "goal": goal(comparison.goal),
                "reached": comparison.reached(),
            })
        })
        .collect();
    json!({
        "machine": facts,
        "load_before": loads[0],
        "load_after": loads[1],
        "comparisons": comparisons,
    })
}

fn series_json(series: &Series) -> Value {
    let sample = |sample: &Sample| {
        json!({
            "wall_seconds": sample.wall.as_secs_f64(),
            "wait_seconds": sample.wait.as_secs_f64(),
            "client": usage_json(&sample.client),
            "servers": usage_json(&sample.servers),
        })
    };
    let samples: Vec<Value> = series.samples.iter().map(sample).collect();
    json!({ "label": series.label, "seconds": spread_json(series.seconds()), "samples": samples })
}

fn usage_json(usage: &Usage) -> Value {
    json!({
        "peak_kib": usage.peak_kib,
        "user_seconds": usage.user.as_secs_f64(),
        "system_seconds": usage.system.as_secs_f64(),
    })
}

fn spread_json(spread: Spread) -> Value {
    json!({ "median": spread.median, "least": spread.least, "most": spread.most })
}

fn goal(goal: Goal) -> String {
    match goal {
        Goal::None => String::new(),
        Goal::AtLeast(ratio) => format!(">= {ratio}x"),
        Goal::AtMost(ratio) => format!("<= {ratio}x"),
        Goal::Peak(mebibytes) => format!("<= {mebibytes} MiB"),
        Goal::Wait(seconds) => format!("wait <= {seconds} s"),
    }
}

/// What a goal is about.
fn result(comparison: &Comparison) -> String {
    match comparison.goal {
        Goal::Wait(_) => format!("{} s", shown(comparison.waits())),
        Goal::None | Goal::AtLeast(_) | Goal::AtMost(_) | Goal::Peak(_) => {
            times_as_long(comparison.ratios())
        }
    }
}

fn times_as_long(ratios: Option<Spread>) -> String {
    ratios.map_or_else(String::new, |spread| format!("{}x", shown(spread)))
}

/// Median, and the range when there is one.
fn shown(spread: Spread) -> String {
    match spread.least < spread.most {
        true => format!("{:.2} ({:.2}-{:.2})", spread.median, spread.least, spread.most),
        false => format!("{:.2}", spread.median),
    }
}

/// A peak; none when nobody looked.
fn mebibytes(peak: f64) -> String {
    if peak > 0.0 { format!("{peak:.1}") } else { "-".to_owned() }
}

fn times(series: &Series, side: fn(&Sample) -> &Usage) -> String {
    let median = |part: fn(&Usage) -> std::time::Duration| {
        let seconds = series.samples.iter().map(|sample| part(side(sample)).as_secs_f64());
        Spread::of(seconds.collect()).median
    };
    format!("{:.2}+{:.2}", median(|usage| usage.user), median(|usage| usage.system))
}

fn words(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// Lays out a Markdown table; the first row is its head.
fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0).max(3);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for (index, row) in rows.iter().enumerate() {
        for (cell, width) in row.iter().zip(&widths) {
            write!(text, "| {cell:width$} ").expect("a string takes all that is written");
        }
        text.push_str("|\n");
        if index == 0 {
            for width in &widths {
                write!(text, "|{:-<1$}", "", width + 2)
                    .expect("a string takes all that is written");
            }
            text.push_str("|\n");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{comparisons, table};
    use crate::series::{Comparison, Goal, Sample};
    use std::time::Duration;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [vec!["a".to_owned(), "bb".to_owned()], vec!["long".to_owned(), "c".to_owned()]];
        assert_eq!(table(&rows), "| a    | bb  |\n|------|-----|\n| long | c   |\n");
    }

    #[test]
    fn a_goal_that_was_missed_is_said_to_be() {
        let mut slow = Comparison::new("push", "csync2", "csync3", Goal::AtLeast(2.0));
        let mut sample = Sample { wall: Duration::from_secs(3), ..Sample::default() };
        sample.servers.user = Duration::from_secs(1);
        slow.add(sample, sample);
        let text = comparisons(&[slow]);
        let last = text.lines().last().expect("a row");
        assert_eq!(last, "| push | csync2  | csync3 | 1.00x | >= 2x | no      | 1.00x     |");
    }
}
