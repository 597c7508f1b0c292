//! Frames compressed where that is faster, and how fast the line is.
use super::super::link::{Link, LinkError};
use super::HIGH_WATER;
use csync3_core::native::message::{Message, Zeros};
use csync3_core::native::pace::{Pace, WINDOW, Window};
use csync3_core::native::pack::{Packer, Sample};
use std::time::{Duration, Instant};

/// Bytes before compression after which the socket is served, however few they have become: the
/// receiver has work to do meanwhile.
const PLAIN: u64 = 1024 * 1024;

/// How frames of a session get to the line.
pub(super) struct Packing {
    packer: Packer,
    pace: Pace,
    frame: Vec<u8>,
    /// Offers and small contents, taken together.
    batches: Sample,
    /// What went out since the receiver was last waited for.
    window: Window,
    since: Option<Instant>,
    /// Bytes before compression that may still be queued.
    unsent: u64,
}

impl Packing {
    pub(super) fn new(link: &Link) -> Self {
        let is_this_machine = link.connection.peer().is_some_and(|peer| peer.is_loopback());
        Self {
            packer: Packer::default(),
            pace: Pace::new(is_this_machine),
            frame: Vec::new(),
            batches: Sample::default(),
            window: Window::default(),
            since: None,
            unsent: 0,
        }
    }

    /// Queues a frame.
    pub(super) fn say(&mut self, link: &mut Link, message: &Message<'_>, sample: &mut Sample) {
        self.since.get_or_insert_with(Instant::now);
        self.frame.clear();
        message.encode_into(&mut self.frame);
        self.window.bytes += self.frame.len() as u64;
        self.unsent += self.frame.len() as u64;
        if self.pace.packs() {
            self.packer.pack(&mut self.frame, sample);
        }
        link.connection.queue(&self.frame);
    }

    /// Queues the news of zero bytes. The receiver is as long at work with them as with others, so it
    /// has to hear of them soon.
    pub(super) fn say_zeros(&mut self, link: &mut Link, zeros: Zeros) {
        link.say(&Message::Zeros(zeros));
        self.unsent = PLAIN;
    }

    /// As [`Self::say`], for offers and small contents.
    pub(super) fn say_batch(&mut self, link: &mut Link, message: &Message<'_>) {
        let mut sample = std::mem::take(&mut self.batches);
        self.say(link, message, &mut sample);
        self.batches = sample;
    }

    /// Says whether the socket is to be served before more is queued.
    pub(super) fn is_full(&self, link: &Link) -> bool {
        link.connection.queued() >= HIGH_WATER || self.unsent >= PLAIN
    }

    /// Sends what is queued, and learns from how long that takes.
    pub(super) async fn flush(&mut self, link: &mut Link) -> Result<(), LinkError> {
        let start = Instant::now();
        link.connection.flush().await?;
        self.unsent = 0;
        self.window.waited += nanoseconds(start.elapsed());
        if self.window.bytes >= WINDOW
            && let Some(since) = self.since.take()
        {
            self.window.elapsed = nanoseconds(since.elapsed());
            self.pace.note(std::mem::take(&mut self.window));
        }
        Ok(())
    }

    /// The receiver is waited for, which says nothing of the line.
    pub(super) fn pause(&mut self) {
        (self.window, self.since, self.unsent) = (Window::default(), None, 0);
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
