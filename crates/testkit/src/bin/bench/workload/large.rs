//! One large file: new, and after an edit of one block in a hundred.
use crate::ground::{Ground, measure};
use crate::series::{Comparison, Goal, Sample};
use csync3_testkit::{Cluster, Program};
use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Size in MiB.
const MEBIBYTES: usize = 1_024;
/// Bytes of one edited block.
const BLOCK: usize = 4_096;
/// One block of this many is edited.
const EDITED: usize = 100;
/// The file, relative to the tree.
const NAME: &str = "large.img";

/// Measures both for three pairs of programs.
pub(crate) fn run(ground: &mut Ground) -> Vec<Comparison> {
    let mebibytes = ground.options.size(MEBIBYTES, 32);
    let csync3 = ground.csync3.clone();
    let labels = ["csync2 -> csync2", "csync3 -> csync3", "csync3 -> csync2"];
    let comparison = |what: &str, ours: &str| {
        let what = format!("g {what} of {mebibytes} MiB");
        Comparison::new(&what, labels[0], ours, Goal::None)
    };
    let mut all = vec![
        comparison("new file", labels[1]),
        comparison("1 % edited", labels[1]),
        comparison("new file", labels[2]),
        comparison("1 % edited", labels[2]),
    ];
    for _ in 0..ground.options.repeat {
        let old = push(ground, [&Program::Csync2, &Program::Csync2], mebibytes);
        let new = push(ground, [&csync3, &csync3], mebibytes);
        let mixed = push(ground, [&csync3, &Program::Csync2], mebibytes);
        for step in 0..2 {
            all[step].add(old[step], new[step]);
            all[2 + step].add(old[step], mixed[step]);
        }
    }
    all
}

/// Pushes a new file, then an edit of it.
fn push(ground: &mut Ground, [client, server]: [&Program; 2], mebibytes: usize) -> [Sample; 2] {
    ground.place.prepare();
    let cluster = Cluster::builder().node(client).node(server).build();
    let [sender, peer] = [cluster.node(0), cluster.node(1)];
    peer.serve();
    let bytes = mebibytes << 20;
    write_noise(&sender.path(NAME), bytes);
    let step = || {
        measure(&cluster, sender, &["-cr", "/"]);
        let sample = measure(&cluster, sender, &["-u"]);
        assert_same_content(&sender.path(NAME), &peer.path(NAME));
        sample
    };
    let new = step();
    // Later by more than csync2's granularity, however fast the machine is.
    let later = sender.mtime(NAME) + 2;
    edit(&sender.path(NAME), bytes);
    sender.set_mtime(NAME, later);
    let edited = step();
    ground.place.retire(cluster);
    [new, edited]
}

/// A stream of numbers (`SplitMix64`): the same file for everybody, and none that compresses.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn block(&mut self) -> Vec<u8> {
        (0..BLOCK / 8).flat_map(|_| self.next().to_le_bytes()).collect()
    }
}

fn write_noise(path: &Path, bytes: usize) {
    let mut noise = Noise(0x1A26E);
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path).expect("a new file"));
    for _ in 0..bytes / BLOCK {
        file.write_all(&noise.block()).expect("the place has room");
    }
    file.flush().expect("the place has room");
}

/// Overwrites every hundredth block, at a random place within its hundred.
fn edit(path: &Path, bytes: usize) {
    let mut noise = Noise(0xED17);
    let file = File::options().write(true).open(path).expect("the file is ours");
    let blocks = bytes / BLOCK;
    for start in (0..blocks - EDITED).step_by(EDITED) {
        let within = usize::try_from(noise.next() % 100).expect("below a hundred");
        let offset = u64::try_from((start + within) * BLOCK).expect("a length fits 64 bits");
        file.write_all_at(&noise.block(), offset).expect("the file is ours");
    }
}

fn assert_same_content(left: &Path, right: &Path) {
    let open = |path: &Path| {
        File::open(path).unwrap_or_else(|error| panic!("open {}: {error}", path.display()))
    };
    let (left, right) = (open(left), open(right));
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    loop {
        ours.clear();
        theirs.clear();
        let chunk = 4 << 20;
        (&left).take(chunk).read_to_end(&mut ours).expect("readable");
        (&right).take(chunk).read_to_end(&mut theirs).expect("readable");
        assert!(ours == theirs, "the large files differ");
        if ours.is_empty() {
            return;
        }
    }
}
