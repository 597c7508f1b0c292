//! Times a full scan: `scan_speed DIRECTORY [THREADS [ROUNDS]]`.
//!
//! Compare with `find DIRECTORY -printf '%p %s %T@ %C@ %m %U %G\n' > /dev/null`.
use csync3_core::path::{ClusterPath, LocalPath, Located};
use csync3_disk::{Disk, ScanItem, ScanOptions, ScanRoot, Select, Visit};
use std::io::Write;
use std::sync::Arc;
use std::time::Instant;

struct Everything;

impl Select for Everything {
    fn level(&self, _: &[u8]) -> Visit {
        Visit::Yes
    }

    fn may_hold(&self, _: &[u8]) -> bool {
        true
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let directory = arguments.next().ok_or("usage: scan_speed DIRECTORY [THREADS [ROUNDS]]")?;
    let threads = arguments.next().map_or(Ok(2), |text| text.parse())?;
    let rounds = arguments.next().map_or(Ok(5), |text| text.parse())?;
    let disk = Disk::new();
    let root = ScanRoot {
        name: ClusterPath::from_decoded(directory.as_bytes())?,
        at: Located {
            root: LocalPath::new(b"/"),
            relative: directory.trim_start_matches('/').as_bytes().into(),
        },
    };
    for _ in 0..rounds {
        let options = ScanOptions { threads, ..ScanOptions::default() };
        let start = Instant::now();
        let (mut entries, mut problems, mut bytes) = (0u64, 0u64, 0usize);
        for item in disk.scan(vec![root.clone()], Arc::new(Everything), options) {
            match item {
                ScanItem::Entry(entry) => {
                    entries += 1;
                    bytes += entry.name.encoded().len();
                }
                ScanItem::Problem(_) => problems += 1,
            }
        }
        let spent = start.elapsed();
        writeln!(
            std::io::stdout(),
            "{entries} entries, {problems} problems, {bytes} bytes of names in {spent:?}"
        )?;
    }
    Ok(())
}
