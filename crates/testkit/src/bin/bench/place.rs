//! Where a measurement takes place.
//!
//! ext4 becomes slow at creating files for minutes after many were deleted: for each new inode
//! the kernel looks for one that was not deleted recently. So no measurement may follow a
//! deletion on the same ext4: what was measured is kept until the table is done
//! ([`Place::retire`]), or each measurement gets a file system of its own (`--loop-ext4`).
use crate::options::Options;
use csync3_testkit::Cluster;
use rustix::fs::statfs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Free bytes that the largest workload needs.
const SPACE: u64 = 12 << 30;
/// Size of a loop-mounted image in bytes; it is sparse.
const IMAGE: u64 = 16 << 30;
/// `f_type` of a tmpfs.
const TMPFS: i64 = 0x0102_1994;

/// The directory in which clusters are made, and what became of those already measured.
#[derive(Debug)]
pub(crate) struct Place {
    /// Temporary directories of this process are made in here.
    room: PathBuf,
    kind: Kind,
    retired: Vec<Cluster>,
    _own: tempfile::TempDir,
}

#[derive(Debug)]
enum Kind {
    /// Deletion costs nothing: what was measured goes at once.
    Memory,
    /// What was measured stays until the table is done.
    Directory,
    /// A loop-mounted image for each measurement, made in this file.
    Image { file: PathBuf, mounted: bool },
}

impl Place {
    /// Chooses the place and directs temporary directories of this process there.
    pub(crate) fn choose(options: &Options) -> Result<Self, String> {
        let base = match &options.dir {
            Some(dir) => dir.clone(),
            None if !options.loop_ext4 && is_roomy_tmpfs(Path::new("/dev/shm")) => {
                PathBuf::from("/dev/shm")
            }
            None => std::env::temp_dir(),
        };
        let own = tempfile::Builder::new()
            .prefix("csync3-bench-")
            .tempdir_in(&base)
            .map_err(|error| format!("cannot use {}: {error}", base.display()))?;
        let room = own.path().join("room");
        std::fs::create_dir(&room).map_err(|error| format!("cannot make a directory: {error}"))?;
        tempfile::env::override_temp_dir(&room)
            .map_err(|_earlier| "temporary directories were directed elsewhere before")?;
        let kind = match options.loop_ext4 {
            true => Kind::Image { file: own.path().join("image"), mounted: false },
            false if file_system(&base) == "tmpfs" => Kind::Memory,
            false => Kind::Directory,
        };
        Ok(Self { room, kind, retired: Vec::new(), _own: own })
    }

    /// What the place is, for the report.
    pub(crate) fn describe(&self) -> String {
        match &self.kind {
            Kind::Image { .. } => {
                format!("fresh ext4 images on a loop device, on {}", file_system(&self.room))
            }
            Kind::Memory | Kind::Directory => {
                format!("{} ({})", file_system(&self.room), self.room.display())
            }
        }
    }

    /// The directory, ready for the next measurement.
    pub(crate) fn prepare(&mut self) -> &Path {
        if let Kind::Image { file, mounted } = &mut self.kind
            && !*mounted
        {
            mount_fresh_image(file, &self.room);
            *mounted = true;
        }
        &self.room
    }

    /// Takes a cluster that was measured: its daemons end now, its files when it costs nobody.
    pub(crate) fn retire(&mut self, cluster: Cluster) {
        for node in cluster.nodes() {
            node.kill9();
        }
        match &mut self.kind {
            Kind::Memory => drop(cluster),
            Kind::Directory => self.retired.push(cluster),
            Kind::Image { .. } => {
                // The image goes as a whole, which is faster than file by file.
                self.unmount_image();
                drop(cluster);
            }
        }
    }

    /// Removes what the table that is done left.
    pub(crate) fn clear(&mut self) {
        self.retired.clear();
        self.unmount_image();
    }

    fn unmount_image(&mut self) {
        if let Kind::Image { file, mounted } = &mut self.kind
            && *mounted
        {
            // A process that was just killed may hold the file system for a moment: detached, it
            // goes when the last user does, and the loop device with it.
            run(Command::new("umount").arg("--lazy").arg(&self.room));
            *mounted = false;
            // Gone already, or removed with the directory at the end.
            let _ = std::fs::remove_file(file);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.clear();
    }
}

/// The name of the file system that holds `path`.
pub(crate) fn file_system(path: &Path) -> String {
    match statfs(path).map(|stat| stat.f_type) {
        Ok(TMPFS) => "tmpfs".to_owned(),
        Ok(0xEF53) => "ext4".to_owned(),
        Ok(0x5846_5342) => "xfs".to_owned(),
        Ok(0x9123_683E) => "btrfs".to_owned(),
        Ok(other) => format!("file system {other:#x}"),
        Err(error) => format!("unknown file system: {error}"),
    }
}

fn is_roomy_tmpfs(path: &Path) -> bool {
    statfs(path).is_ok_and(|stat| {
        let block = u64::try_from(stat.f_bsize).unwrap_or(0);
        stat.f_type == TMPFS && stat.f_bavail.saturating_mul(block) >= SPACE
    })
}

/// Makes an image with all tables written (no kernel thread does it while the clock runs), and
/// mounts it.
fn mount_fresh_image(file: &Path, room: &Path) {
    let image = std::fs::File::create(file).expect("the directory is ours");
    image.set_len(IMAGE).expect("a sparse file takes no space");
    drop(image);
    let settings = "lazy_itable_init=0,lazy_journal_init=0,nodiscard";
    let mut mkfs = Command::new("mkfs.ext4");
    run(mkfs.args(["-q", "-F", "-N", "1000000", "-E", settings]).arg(file));
    run(Command::new("mount").args(["-o", "loop,noinit_itable"]).arg(file).arg(room));
}

fn run(command: &mut Command) {
    let output =
        command.output().unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} failed: {told}");
}
