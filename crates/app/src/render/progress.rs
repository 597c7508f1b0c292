//! Bars on a terminal: the objects of a check, then one bar per peer with files and bytes.
//!
//! Without a terminal there is no [`Progress`] at all, so nothing of it can reach a pipe or a log.
use crate::render::printable::printable;
use csync3_engine::observer::Event;
use indicatif::{HumanBytes, MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The bars of a run.
#[derive(Debug)]
pub struct Progress {
    area: MultiProgress,
    bars: Mutex<Bars>,
}

#[derive(Debug, Default)]
struct Bars {
    check: Option<ProgressBar>,
    rows: Option<ProgressBar>,
    peers: HashMap<String, PeerBar>,
}

#[derive(Debug)]
struct PeerBar {
    bar: ProgressBar,
    bytes: u64,
}

impl Progress {
    /// Bars on standard error.
    #[must_use]
    pub fn on_stderr() -> Self {
        Self::on(ProgressDrawTarget::stderr())
    }

    /// Bars on any target.
    #[must_use]
    pub fn on(target: ProgressDrawTarget) -> Self {
        Self { area: MultiProgress::with_draw_target(target), bars: Mutex::default() }
    }

    /// Moves the bar that an event is about.
    pub fn notice(&self, event: &Event<'_>) {
        let mut bars = self.bars();
        match event {
            Event::Scanned { objects } => bars.check(&self.area).inc(*objects),
            Event::Rows { rows } => bars.rows(&self.area).inc(*rows),
            Event::Connecting { peer, .. } => {
                bars.end_check();
                bars.peer(peer, &self.area);
            }
            Event::PushPlanned { peer, rows } => {
                bars.end_check();
                bars.peer(peer, &self.area).bar.set_length(*rows);
            }
            Event::Updated { peer, bytes, .. } => bars.peer(peer, &self.area).advance(*bytes),
            Event::Deleted { peer, .. }
            | Event::UpToDate { peer, .. }
            | Event::StaysDirty { peer, .. }
            | Event::ParentMissing { peer, .. } => bars.peer(peer, &self.area).advance(0),
            Event::PeerStaysDirty { peer } => {
                let bar = &bars.peer(peer, &self.area).bar;
                bar.abandon_with_message("stays dirty");
            }
            Event::PeerDone { peer } => {
                let bar = &bars.peer(peer, &self.area).bar;
                if !bar.is_finished() {
                    bar.abandon();
                }
            }
            _ => {}
        }
    }

    /// Lets something else write to the terminal without being torn by bars.
    pub fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.area.suspend(write)
    }

    /// Removes all bars.
    pub fn finish(&self) {
        let mut bars = self.bars();
        bars.end_check();
        if let Some(bar) = bars.rows.take() {
            bar.finish_and_clear();
        }
        for (_, peer) in bars.peers.drain() {
            peer.bar.finish_and_clear();
        }
    }

    /// The bars; a panic elsewhere leaves them usable, for each is consistent by itself.
    fn bars(&self) -> MutexGuard<'_, Bars> {
        self.bars.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bars {
    fn check(&mut self, area: &MultiProgress) -> &ProgressBar {
        self.check.get_or_insert_with(|| {
            let bar = ProgressBar::no_length().with_style(style("{spinner} {pos} objects checked"));
            area.add(bar)
        })
    }

    fn rows(&mut self, area: &MultiProgress) -> &ProgressBar {
        self.rows.get_or_insert_with(|| {
            let bar = ProgressBar::no_length().with_style(style("{spinner} {pos} rows read"));
            area.add(bar)
        })
    }

    fn end_check(&mut self) {
        if let Some(bar) = self.check.take() {
            bar.finish_and_clear();
        }
    }

    fn peer(&mut self, peer: &str, area: &MultiProgress) -> &mut PeerBar {
        self.peers.entry(peer.to_owned()).or_insert_with(|| {
            let bar = ProgressBar::new(0)
                .with_style(style("{prefix:15} [{wide_bar}] {pos}/{len} files {msg}"))
                .with_prefix(printable(peer).into_owned());
            let bar = area.add(bar);
            bar.tick();
            PeerBar { bar, bytes: 0 }
        })
    }
}

impl PeerBar {
    /// One more file, with so many bytes.
    fn advance(&mut self, bytes: u64) {
        self.bytes += bytes;
        self.bar.set_message(HumanBytes(self.bytes).to_string());
        self.bar.inc(1);
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .expect("the templates of this file are well-formed")
        .progress_chars("=> ")
}

#[cfg(test)]
mod tests {
    use super::Progress;
    use csync3_core::path::ClusterPath;
    use csync3_engine::observer::Event;
    use indicatif::{ProgressDrawTarget, TermLike};
    use std::io;
    use std::sync::{Arc, Mutex};

    /// A terminal that remembers every text that was drawn on it.
    #[derive(Debug, Clone, Default)]
    struct Screen(Arc<Mutex<String>>);

    impl TermLike for Screen {
        fn width(&self) -> u16 {
            80
        }
        fn move_cursor_up(&self, _lines: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_down(&self, _lines: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_right(&self, _columns: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _columns: usize) -> io::Result<()> {
            Ok(())
        }
        fn write_line(&self, text: &str) -> io::Result<()> {
            self.write_str(text)?;
            self.write_str("\n")
        }
        fn write_str(&self, text: &str) -> io::Result<()> {
            self.0.lock().expect("no panic while drawing").push_str(text);
            Ok(())
        }
        fn clear_line(&self) -> io::Result<()> {
            Ok(())
        }
        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn each_peer_has_a_bar_with_files_and_bytes() {
        let screen = Screen::default();
        let target = ProgressDrawTarget::term_like_with_hz(Box::new(screen.clone()), 255);
        let progress = Progress::on(target);
        let name = ClusterPath::from_stored(b"/a");
        progress.notice(&Event::Scanned { objects: 41 });
        for peer in ["node2", "node3"] {
            progress.notice(&Event::PushPlanned { peer, rows: 9 });
        }
        progress.notice(&Event::Updated { peer: "node3", name: &name, bytes: 2048 });
        progress.notice(&Event::PeerDone { peer: "node3" });
        let drawn = screen.0.lock().expect("no panic while drawing").clone();
        for expected in ["41 objects checked", "node2", "0/9 files", "1/9 files 2.00 KiB"] {
            assert!(drawn.contains(expected), "{expected}: {drawn}");
        }
        progress.finish();
    }
}
