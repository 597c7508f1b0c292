//! Whether a database may be where it is.
use crate::StoreError;
use crate::url::Presence;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// The directory of a database.
pub(super) fn directory(database: &Path) -> &Path {
    let parent = database.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or(Path::new("."))
}

/// Checks the directory of a database, its file system, and that the file is none of another type.
pub(super) fn check(
    database: &Path,
    hint: &'static str,
    presence: Presence,
) -> Result<(), StoreError> {
    let directory = directory(database);
    let path = database.to_path_buf();
    if !directory.is_dir() {
        let directory = directory.to_path_buf();
        return Err(StoreError::NoDirectory { database: path, directory, hint });
    }
    if database.is_dir() {
        let source = Arc::new(io::Error::from(io::ErrorKind::IsADirectory));
        return Err(StoreError::Open { database: path, hint, source });
    }
    let exists = database.exists();
    if presence == Presence::Expected && !exists {
        let source = Arc::new(io::Error::from(rustix::io::Errno::NOENT));
        return Err(StoreError::Open { database: path, hint, source });
    }
    // The file may be a link to somewhere else than its directory.
    let looked_at = if exists { database } else { directory };
    match rustix::fs::statfs(looked_at).ok().and_then(|found| network(found.f_type)) {
        Some(kind) => Err(StoreError::OnNetwork { database: path, kind }),
        None => Ok(()),
    }
}

/// The name of a file system that several hosts mount; what is not known is none.
///
/// Processes on it cannot share memory with others beyond their host, and locks may be promised that
/// nobody keeps.
fn network(kind: impl TryInto<i64>) -> Option<&'static str> {
    Some(match kind.try_into().ok()? & 0xffff_ffff {
        0x6969 => "NFS",
        0xff53_4d42 | 0xfe53_4d42 | 0x517b => "SMB",
        0x5346_414f | 0x6b41_4653 => "AFS",
        0x7375_7245 => "Coda",
        0x564c => "NCP",
        0x00c3_6400 => "Ceph",
        0x0bd0_0bd0 => "Lustre",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::network;

    #[test]
    fn file_systems_of_several_hosts_are_told_from_local_ones() {
        assert_eq!(network(0x6969_i64), Some("NFS"));
        // The same number where the kernel's type for it is 32 bits wide, with a sign.
        assert_eq!(network(0xff53_4d42_u32.cast_signed()), Some("SMB"));
        assert_eq!(network(0xff53_4d42_i64), Some("SMB"));
        for (local, name) in [
            (0xef53_i64, "ext4"),
            (0x5846_5342, "xfs"),
            (0x9123_683e, "btrfs"),
            (0x0102_1994, "tmpfs"),
            (0x794c_7630, "overlay"),
            (0x2fc1_2fc1, "zfs"),
            (0x6573_5546, "fuse"),
        ] {
            assert_eq!(network(local), None, "{name}");
        }
    }
}
