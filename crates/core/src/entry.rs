//! What one object of a synced tree looks like.
use std::fmt;

/// A point in time: whole seconds since the Unix epoch and nanoseconds within the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp {
    /// Seconds since the Unix epoch; negative before it.
    pub seconds: i64,
    /// Nanoseconds within the second, 0 to 999,999,999.
    pub nanos: u32,
}

impl Timestamp {
    /// Nanoseconds since the Unix epoch, saturated to what 64 bits hold (the year 2262).
    #[must_use]
    pub fn as_nanos(self) -> i64 {
        self.seconds.saturating_mul(1_000_000_000).saturating_add(i64::from(self.nanos))
    }

    /// The time that [`Self::as_nanos`] gave.
    #[must_use]
    pub fn from_nanos(nanos: i64) -> Self {
        let within = nanos.rem_euclid(1_000_000_000);
        Self {
            seconds: nanos.div_euclid(1_000_000_000),
            nanos: u32::try_from(within).unwrap_or_default(),
        }
    }

    /// Reads a peer's time, whichever unit it speaks: csync2 sends seconds, its fork nanoseconds.
    ///
    /// Below 10^11 a number can only be seconds (the year 5138), above only nanoseconds (later than
    /// 100 s after the epoch). Source: `spec/fork.md`.
    #[must_use]
    pub fn from_peer(number: i64) -> Self {
        if number.unsigned_abs() < 100_000_000_000 {
            Self { seconds: number, nanos: 0 }
        } else {
            Self::from_nanos(number)
        }
    }
}

/// The type of an object, with what only this type has.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A regular file.
    File {
        /// Its length in bytes.
        size: u64,
    },
    /// A directory.
    Dir,
    /// A symbolic link.
    Symlink {
        /// The bytes it points to, not encoded.
        target: Vec<u8>,
    },
    /// A named pipe.
    Fifo,
    /// A Unix socket.
    Socket,
    /// A character device.
    CharDevice {
        /// The device number, as `st_rdev` has it.
        dev: u64,
    },
    /// A block device.
    BlockDevice {
        /// The device number, as `st_rdev` has it.
        dev: u64,
    },
}

impl Kind {
    /// The type bits of `st_mode`.
    #[must_use]
    pub const fn mode_bits(&self) -> u32 {
        match self {
            Self::File { .. } => 0o100_000,
            Self::Dir => 0o040_000,
            Self::Symlink { .. } => 0o120_000,
            Self::Fifo => 0o010_000,
            Self::Socket => 0o140_000,
            Self::CharDevice { .. } => 0o020_000,
            Self::BlockDevice { .. } => 0o060_000,
        }
    }

    /// Says whether both are of one type, whatever their size, target or device.
    #[must_use]
    pub const fn same_type(&self, other: &Self) -> bool {
        self.mode_bits() == other.mode_bits()
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File { .. } => "file",
            Self::Dir => "directory",
            Self::Symlink { .. } => "symlink",
            Self::Fifo => "fifo",
            Self::Socket => "socket",
            Self::CharDevice { .. } => "character device",
            Self::BlockDevice { .. } => "block device",
        })
    }
}

/// What the disk tells of one state of a file beyond csync2's checktxt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint {
    /// Last change of the content.
    pub mtime: Timestamp,
    /// Last change of content or metadata; nobody can set it.
    pub ctime: Timestamp,
    /// The inode number.
    pub inode: u64,
}

/// One object as the disk shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// Its type.
    pub kind: Kind,
    /// Permission bits with set-id and sticky bits (`st_mode & 07777`).
    pub permissions: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Times and inode.
    pub fingerprint: Fingerprint,
}

impl Observed {
    /// `st_mode` with its type bits, as csync2 shows and sends it.
    #[must_use]
    pub const fn mode(&self) -> u32 {
        self.kind.mode_bits() | self.permissions
    }
}

/// The BLAKE3 hash of a file's whole content.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ContentHash(pub [u8; 32]);

impl ContentHash {
    /// Stands for a content that nobody knows: whatever it is compared with differs.
    pub const UNKNOWN: Self = Self([0; 32]);
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(blake3::Hash::from_bytes(self.0).to_hex().as_str())
    }
}

/// Makes a [`ContentHash`] of content that comes in pieces.
#[derive(Debug, Clone, Default)]
pub struct ContentHasher(blake3::Hasher);

impl ContentHasher {
    /// Takes the next piece.
    pub fn feed(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// Takes so many zero bytes.
    pub fn feed_zeros(&mut self, length: u64) {
        let zeros = [0; 16 * 1024];
        let mut rest = length;
        while rest > 0 {
            let some = usize::try_from(rest).unwrap_or(zeros.len()).min(zeros.len());
            self.feed(&zeros[..some]);
            rest -= some as u64;
        }
    }

    /// The hash of all pieces.
    #[must_use]
    pub fn finish(&self) -> ContentHash {
        ContentHash(*self.0.finalize().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn a_peers_time_is_read_in_the_unit_it_must_be_in() {
        let seconds = Timestamp::from_peer(1_795_331_525);
        let nanos = Timestamp::from_peer(1_795_331_525_000_000_042);
        assert_eq!(seconds, Timestamp { seconds: 1_795_331_525, nanos: 0 });
        assert_eq!(nanos, Timestamp { seconds: 1_795_331_525, nanos: 42 });
        assert_eq!(Timestamp::from_peer(-5), Timestamp { seconds: -5, nanos: 0 });
    }

    #[test]
    fn nanoseconds_round_trip_before_the_epoch_too() {
        let time = Timestamp { seconds: -2, nanos: 7 };
        assert_eq!(Timestamp::from_nanos(time.as_nanos()), time);
    }
}
