//! Repeated measurements, and what pairs of them say.
use crate::usage::Usage;
use std::time::Duration;

/// One measurement.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sample {
    /// Wall time.
    pub(crate) wall: Duration,
    /// What the program that was started took.
    pub(crate) client: Usage,
    /// What all servers together took; the peak is that of one process.
    pub(crate) servers: Usage,
    /// The longest that any call of a database took, where that was asked for.
    pub(crate) wait: Duration,
}

impl Sample {
    /// Processor time of both sides together: what other load on the machine does not change.
    pub(crate) fn processor(&self) -> Duration {
        let of = |usage: Usage| usage.user + usage.system;
        of(self.client) + of(self.servers)
    }
}

/// The measurements of one program in one workload.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    /// What was measured: `csync2 -> csync3`.
    pub(crate) label: String,
    /// In the order of measuring.
    pub(crate) samples: Vec<Sample>,
}

impl Series {
    /// Nothing measured yet.
    pub(crate) fn new(label: &str) -> Self {
        Self { label: label.to_owned(), samples: Vec::new() }
    }

    /// Wall time in seconds.
    pub(crate) fn seconds(&self) -> Spread {
        Spread::of(self.samples.iter().map(|sample| sample.wall.as_secs_f64()).collect())
    }

    /// Peak memory of the client and of a server in MiB, the largest of all measurements.
    pub(crate) fn peaks(&self) -> (f64, f64) {
        let largest = |usage: fn(&Sample) -> &Usage| {
            let kib = self.samples.iter().map(|sample| usage(sample).peak_kib).max();
            mebibytes(kib.unwrap_or(0))
        };
        (largest(|sample| &sample.client), largest(|sample| &sample.servers))
    }
}

/// Converts KiB.
pub(crate) fn mebibytes(kib: u64) -> f64 {
    f64::from(u32::try_from(kib).unwrap_or(u32::MAX)) / 1_024.0
}

/// Median and range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spread {
    /// The middle value, or the mean of the two in the middle.
    pub(crate) median: f64,
    /// The smallest value.
    pub(crate) least: f64,
    /// The largest value.
    pub(crate) most: f64,
}

impl Spread {
    /// The spread of at least one value.
    pub(crate) fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let (Some(&least), Some(&most)) = (values.first(), values.last()) else {
            return Self { median: f64::NAN, least: f64::NAN, most: f64::NAN };
        };
        let middle = values.len() / 2;
        let median = match values.len() % 2 {
            0 => f64::midpoint(values[middle - 1], values[middle]),
            _ => values[middle],
        };
        Self { median, least, most }
    }

    /// The ratios of the measurements that were taken as pairs.
    pub(crate) fn of_ratios(
        first: &Series,
        second: &Series,
        time: fn(&Sample) -> Duration,
    ) -> Self {
        let pairs = first.samples.iter().zip(&second.samples);
        Self::of(pairs.map(|(a, b)| time(a).as_secs_f64() / time(b).as_secs_f64()).collect())
    }
}

/// What a comparison should show.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Goal {
    /// No goal: for orientation.
    None,
    /// A ratio of at least this.
    AtLeast(f64),
    /// A ratio of at most this.
    AtMost(f64),
    /// A peak of either side of at most this many MiB.
    Peak(f64),
    /// No longer wait for a database than this many seconds.
    Wait(f64),
}

/// Measurements that belong together; the ratio is the first's time over the second's.
#[derive(Debug, Clone)]
pub(crate) struct Comparison {
    /// What was done.
    pub(crate) what: String,
    /// The one that is expected to take longer.
    pub(crate) first: Series,
    /// What it is compared with; none when only memory counts.
    pub(crate) second: Option<Series>,
    /// What the comparison should show.
    pub(crate) goal: Goal,
}

impl Comparison {
    /// Nothing measured yet.
    pub(crate) fn new(what: &str, first: &str, second: &str, goal: Goal) -> Self {
        let second = Some(Series::new(second));
        Self { what: what.to_owned(), first: Series::new(first), second, goal }
    }

    /// One series, for its peak memory.
    pub(crate) fn peak(what: &str, only: &str, mebibytes: f64) -> Self {
        Self::single(what, only, Goal::Peak(mebibytes))
    }

    /// One series, for its longest wait for a database.
    pub(crate) fn wait(what: &str, only: &str, seconds: f64) -> Self {
        Self::single(what, only, Goal::Wait(seconds))
    }

    fn single(what: &str, only: &str, goal: Goal) -> Self {
        Self { what: what.to_owned(), first: Series::new(only), second: None, goal }
    }

    /// Adds one pair.
    pub(crate) fn add(&mut self, first: Sample, second: Sample) {
        self.first.samples.push(first);
        if let Some(series) = &mut self.second {
            series.samples.push(second);
        }
    }

    /// The ratios of wall time of all pairs.
    pub(crate) fn ratios(&self) -> Option<Spread> {
        self.ratios_of(|sample| sample.wall)
    }

    /// The ratios of processor time of all pairs.
    pub(crate) fn processor_ratios(&self) -> Option<Spread> {
        self.ratios_of(Sample::processor)
    }

    fn ratios_of(&self, time: fn(&Sample) -> Duration) -> Option<Spread> {
        self.second.as_ref().map(|second| Spread::of_ratios(&self.first, second, time))
    }

    /// The longest waits for a database, in seconds.
    pub(crate) fn waits(&self) -> Spread {
        Spread::of(self.first.samples.iter().map(|sample| sample.wait.as_secs_f64()).collect())
    }

    /// Whether the goal was reached; `None` without a goal.
    pub(crate) fn reached(&self) -> Option<bool> {
        let ratio = self.ratios().map(|spread| spread.median);
        match self.goal {
            Goal::None => None,
            Goal::AtLeast(least) => ratio.map(|ratio| ratio >= least),
            Goal::AtMost(most) => ratio.map(|ratio| ratio <= most),
            Goal::Peak(most) => {
                let (client, server) = self.first.peaks();
                Some(client.max(server) <= most)
            }
            Goal::Wait(most) => Some(self.waits().most <= most),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Comparison, Goal, Sample, Spread};
    use std::time::Duration;

    fn lasting(seconds: u64) -> Sample {
        Sample { wall: Duration::from_secs(seconds), ..Sample::default() }
    }

    #[test]
    fn the_median_of_an_even_number_lies_between_the_middle_two() {
        let spread = Spread::of(vec![8.0, 1.0, 2.0, 4.0]);
        assert_eq!(spread, Spread { median: 3.0, least: 1.0, most: 8.0 });
    }

    #[test]
    fn ratios_are_taken_pair_by_pair() {
        let mut comparison = Comparison::new("w", "slow", "fast", Goal::AtLeast(3.0));
        comparison.add(lasting(10), lasting(1));
        comparison.add(lasting(30), lasting(10));
        comparison.add(lasting(4), lasting(2));
        let ratios = comparison.ratios().expect("two series");
        assert_eq!(ratios, Spread { median: 3.0, least: 2.0, most: 10.0 });
        assert_eq!(comparison.reached(), Some(true));
    }

    #[test]
    fn a_peak_counts_on_either_side() {
        let mut comparison = Comparison::peak("w", "only", 64.0);
        let mut sample = lasting(1);
        sample.servers.peak_kib = 65 * 1024;
        comparison.add(sample, Sample::default());
        assert_eq!(comparison.reached(), Some(false));
    }

    #[test]
    fn the_longest_of_all_waits_counts() {
        let mut comparison = Comparison::wait("w", "only", 2.0);
        for milliseconds in [100, 2_100, 300] {
            let wait = Duration::from_millis(milliseconds);
            comparison.add(Sample { wait, ..Sample::default() }, Sample::default());
        }
        assert_eq!(comparison.waits(), Spread { median: 0.3, least: 0.1, most: 2.1 });
        assert_eq!(comparison.reached(), Some(false));
    }
}
