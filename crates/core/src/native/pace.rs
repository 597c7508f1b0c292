//! Whether the line is so slow that compression pays.
//!
//! Compressing takes time of a processor; on a fast line, as within one machine, the bytes would have
//! arrived sooner as they are. So it is decided by what was measured: how much went out while how
//! much of the time was waited for the line.

/// Bytes, before compression, after which it is decided anew.
pub const WINDOW: u64 = 1024 * 1024;

/// Bytes per second of a line that is faster than compression.
const FAST: u64 = 150_000_000;

/// Decisions after which the way that was not taken is tried again: other contents may have come.
const PATIENCE: u32 = 16;

/// What was sent in one stretch without a wait for the receiver's answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Window {
    /// Bytes before compression.
    pub bytes: u64,
    /// Nanoseconds that it took.
    pub elapsed: u64,
    /// Nanoseconds of these in which the line took nothing more.
    pub waited: u64,
}

/// The decision, as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    packs: bool,
    /// Bytes per second of the other way, and for how many decisions more that counts.
    other: Option<(u64, u32)>,
}

impl Pace {
    /// Before anything is measured: a line within one machine is taken for fast, all others for slow.
    #[must_use]
    pub const fn new(is_this_machine: bool) -> Self {
        Self { packs: !is_this_machine, other: None }
    }

    /// Says whether to compress.
    #[must_use]
    pub const fn packs(self) -> bool {
        self.packs
    }

    /// Decides anew.
    pub fn note(&mut self, window: Window) {
        let rate = per_second(window.bytes, window.elapsed);
        let is_line_the_limit = window.waited >= window.elapsed / 2;
        let stays = match self.packs {
            true => is_line_the_limit,
            false => !is_line_the_limit || rate >= FAST,
        };
        // The other way could be better. Unless that is known it is tried.
        if stays || self.other.is_some_and(|(other, _)| other <= rate) {
            self.other = self.other.and_then(|(other, left)| Some((other, left.checked_sub(1)?)));
        } else {
            *self = Self { packs: !self.packs, other: Some((rate, PATIENCE)) };
        }
    }
}

fn per_second(bytes: u64, nanoseconds: u64) -> u64 {
    let rate = u128::from(bytes) * 1_000_000_000 / u128::from(nanoseconds.max(1));
    u64::try_from(rate).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{FAST, Pace, Window};
    use proptest::prelude::*;

    /// A line, and how fast this end compresses: seconds per 10^9 bytes are nanoseconds per byte.
    #[derive(Debug, Clone, Copy)]
    struct World {
        line: u64,
        processor: u64,
        /// How many bytes become one.
        ratio: u64,
    }

    impl World {
        /// What passes with that decision: the slower of line and processor is the limit.
        fn window(self, packs: bool) -> Window {
            let bytes = super::WINDOW;
            let sent = if packs { bytes / self.ratio } else { bytes };
            let on_line = sent * 1_000_000_000 / self.line;
            let working = if packs { bytes * 1_000_000_000 / self.processor } else { 1 };
            let elapsed = on_line.max(working);
            Window { bytes, elapsed, waited: elapsed - working }
        }

        fn rate(self, packs: bool) -> u64 {
            let window = self.window(packs);
            super::per_second(window.bytes, window.elapsed)
        }
    }

    #[test]
    fn a_slow_line_is_packed_for_and_a_fast_one_is_not() {
        for (line, packs) in [(2_000_000, true), (100_000_000, true), (2 * FAST, false)] {
            let world = World { line, processor: 500_000_000, ratio: 3 };
            for start in [false, true] {
                let mut pace = Pace::new(start);
                (0..4).for_each(|_| pace.note(world.window(pace.packs())));
                assert_eq!(pace.packs(), packs, "{line} bytes per second");
            }
        }
        assert!(!Pace::new(true).packs() && Pace::new(false).packs());
    }

    proptest! {
        #[test]
        fn what_is_sent_most_of_the_time_is_hardly_slower_than_the_better_way(
            line in 100_000..4_000_000_000_u64,
            processor in 50_000_000..2_000_000_000_u64,
            ratio in 1..20_u64,
            start: bool,
        ) {
            let world = World { line, processor, ratio };
            let mut pace = Pace::new(start);
            let (mut bytes, mut elapsed) = (0, 0);
            for round in 0..104 {
                let window = world.window(pace.packs());
                // The first ones find out.
                if round >= 4 {
                    bytes += window.bytes;
                    elapsed += window.elapsed;
                }
                pace.note(window);
            }
            let rate = super::per_second(bytes, elapsed);
            // On a line that is fast by itself nothing is to be gained.
            let (packed, unpacked) = (world.rate(true), world.rate(false));
            let best = if line < FAST { packed.max(unpacked) } else { unpacked };
            prop_assert!(rate >= best / 2, "{rate} of {best} {world:?}");
        }
    }
}
