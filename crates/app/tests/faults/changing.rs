//! Files that change, vanish and come back while they are checked and pushed.
use super::csync3;
use csync3_testkit::{Cluster, Node, Random};
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Bytes of one block of a file that is rewritten block by block.
const BLOCK: usize = 4_096;

/// How long a file is rewritten and pushed.
const ENOUGH: Duration = Duration::from_secs(8);

/// How long it may take until it is sent at all.
const AT_MOST: Duration = Duration::from_secs(180);

/// A file whose blocks are rewritten in order, round after round, each block with the number of the
/// round. What was ever on the disk is therefore some blocks of a round, then blocks of the one
/// before; anything else is torn.
struct Rewritten {
    blocks: usize,
    /// Rounds pause after this many blocks, so that a file that is half rewritten is seen, too.
    pause_after: usize,
}

impl Rewritten {
    fn create(&self, path: &Path) {
        fs::write(path, self.blocks_of(0).repeat(self.blocks)).expect("the tree is writable");
    }

    fn blocks_of(&self, round: u64) -> Vec<u8> {
        round.to_le_bytes().repeat(BLOCK / 8)
    }

    fn rewrite_until(&self, path: &Path, done: &AtomicBool) {
        let file = File::options().write(true).open(path).expect("it was created");
        for round in 1.. {
            let block = self.blocks_of(round);
            for number in 0..self.blocks {
                if done.load(Ordering::SeqCst) {
                    return;
                }
                let offset = u64::try_from(number * BLOCK).expect("a small file");
                file.write_all_at(&block, offset).expect("the tree is writable");
                if number == self.pause_after {
                    std::thread::sleep(Duration::from_millis(3));
                }
            }
            std::thread::sleep(Self::pause(round));
        }
    }

    /// The pause after a round: between none and a longest one, which grows until a push fits into
    /// it, however slow the machine is.
    fn pause(round: u64) -> Duration {
        Duration::from_millis((round % 60) * (1 + round / 60))
    }

    /// The rounds of all blocks; no block may be of two rounds.
    fn rounds(&self, content: &[u8]) -> Vec<u64> {
        assert_eq!(content.len(), self.blocks * BLOCK, "the file has another length");
        let round = |word: &[u8]| u64::from_le_bytes(word.try_into().expect("eight bytes"));
        let blocks = content.chunks(BLOCK).map(|block| {
            let mut words = block.chunks(8).map(round);
            let first = words.next().expect("a block is not empty");
            assert!(words.all(|word| word == first), "a block of two rounds");
            first
        });
        blocks.collect()
    }

    #[track_caller]
    fn assert_was_once_there(&self, content: &[u8]) {
        let rounds = self.rounds(content);
        let falls = rounds.windows(2).filter(|pair| pair[0] == pair[1] + 1).count();
        let stays = rounds.windows(2).filter(|pair| pair[0] == pair[1]).count();
        assert!(
            falls <= 1 && falls + stays == rounds.len() - 1,
            "blocks that were never there together: {rounds:?}"
        );
    }
}

fn never_torn(rewritten: &Rewritten) {
    let cluster = Cluster::of(2, &csync3());
    let (sender, receiver) = (cluster.node(0), cluster.node(1));
    receiver.serve();
    let path = sender.path("f");
    rewritten.create(&path);
    sender.run(&["-x"]).success();
    let done = AtomicBool::new(false);
    let sent = std::thread::scope(|scope| {
        scope.spawn(|| rewritten.rewrite_until(&path, &done));
        let since = Instant::now();
        let (mut sent, mut before) = (0, receiver.read("f"));
        while since.elapsed() < ENOUGH || (sent == 0 && since.elapsed() < AT_MOST) {
            let output = sender.run(&["-x"]);
            assert!(matches!(output.code(), Some(0 | 1)), "{output}");
            let now = receiver.read("f");
            rewritten.assert_was_once_there(&now);
            sent += usize::from(now != before);
            before = now;
        }
        done.store(true, Ordering::SeqCst);
        sent
    });
    assert!(sent > 0, "the file was never sent");
    sender.run(&["-x"]).success();
    cluster.assert_same_trees();
}

#[test]
fn a_small_file_that_changes_while_it_is_sent_is_never_torn() {
    never_torn(&Rewritten { blocks: 40, pause_after: 20 });
}

#[test]
fn a_large_file_that_changes_while_it_is_sent_is_never_torn() {
    never_torn(&Rewritten { blocks: 400, pause_after: 300 });
}

#[test]
fn a_log_that_grows_all_the_time_holds_up_nothing_and_arrives_in_the_end() {
    let cluster = Cluster::of(2, &csync3());
    let (sender, receiver) = (cluster.node(0), cluster.node(1));
    receiver.serve();
    sender.write("log", "");
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| append_until(&sender.path("log"), &done));
        for round in 0..15 {
            sender.write(format!("other{round}"), "calm");
            let output = sender.run(&["-x"]);
            assert!(matches!(output.code(), Some(0 | 1)), "{output}");
            assert_eq!(receiver.read(format!("other{round}")), b"calm");
            if receiver.exists("log") {
                assert_is_beginning(&receiver.read("log"));
            }
        }
        done.store(true, Ordering::SeqCst);
    });
    sender.run(&["-x"]).success();
    cluster.assert_same_trees();
    assert!(!receiver.read("log").is_empty());
}

fn append_until(path: &Path, done: &AtomicBool) {
    use std::io::Write;
    let mut log = File::options().append(true).open(path).expect("it was created");
    for line in 0.. {
        if done.load(Ordering::SeqCst) {
            return;
        }
        // One write, so that a reader sees all of the line or nothing.
        log.write_all(format!("{line:09}\n").as_bytes()).expect("the tree is writable");
        std::thread::sleep(Duration::from_micros(500));
    }
}

fn assert_is_beginning(log: &[u8]) {
    for (number, line) in log.chunks(10).enumerate() {
        assert_eq!(line, format!("{number:09}\n").as_bytes(), "line {number}");
    }
}

#[test]
fn files_that_come_and_go_cost_at_most_counted_problems() {
    let cluster = Cluster::of(2, &csync3());
    let (sender, receiver) = (cluster.node(0), cluster.node(1));
    receiver.serve();
    sender.write("calm", "content");
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for seed in 0..2 {
            let done = &done;
            scope.spawn(move || churn(sender, seed, done));
        }
        for _ in 0..25 {
            let output = sender.run(&["-x"]);
            assert!(matches!(output.code(), Some(0 | 1)), "{output}");
            assert!(!output.stderr_text().contains("panicked"), "{output}");
        }
        done.store(true, Ordering::SeqCst);
    });
    assert_eq!(receiver.read("calm"), b"content");
    sender.run(&["-x"]).success();
    cluster.assert_same_trees();
    assert_eq!((sender.dirty(), receiver.dirty()), (vec![], vec![]));
}

/// Makes, renames and removes files and directories that nobody else touches.
fn churn(node: &Node, seed: u64, done: &AtomicBool) {
    let mut random = Random::new(seed);
    while !done.load(Ordering::SeqCst) {
        let directory = node.path(format!("churn{seed}-{}", random.between(0..=3)));
        let file = directory.join(format!("f{}", random.between(0..=9)));
        // Whether any of this succeeds depends on what was done before.
        let _ = match random.between(0..=9) {
            0..=2 => fs::create_dir(&directory),
            3..=6 => fs::write(&file, random.number().to_le_bytes()),
            7 => fs::rename(&file, directory.join("renamed")),
            8 => fs::remove_file(&file),
            _ => fs::remove_dir_all(&directory),
        };
    }
}
