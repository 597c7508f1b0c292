//! New group keys (`-k FILE`), and key files that others can read.
//!
//! # Source
//! `spec/cli.md` 3, `-k FILE`: 64 characters of `A-Za-z0-9._` from 48 random bytes, and a line feed.
use rustix::rand::GetRandomFlags;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

/// Characters of a new key.
const LENGTH: usize = 64;

/// Random bytes that they are made from: 6 bits make a character.
const BYTES: usize = LENGTH / 4 * 3;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._";

/// Why there is no new key file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// The file exists already, or its directory does not let it be made.
    #[error("Can't create key file")]
    Create {
        /// Why.
        source: io::Error,
    },
    /// The system has no randomness.
    #[error("Can't read random bytes")]
    Random {
        /// Why.
        source: io::Error,
    },
    /// The file could not be filled; it is removed again.
    #[error("Can't write key file")]
    Write {
        /// Why.
        source: io::Error,
    },
}

/// Writes a new key to a new file that only its owner may read.
///
/// # Errors
/// [`KeyFileError`]; a file that was there before is never touched.
pub fn create(path: &Path) -> Result<(), KeyFileError> {
    let mut bytes = [0; BYTES];
    fill(&mut bytes).map_err(|source| KeyFileError::Random { source })?;
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(|source| KeyFileError::Create { source })?;
    write(&mut file, &line(&bytes)).map_err(|source| {
        // The file is ours: it was created above, and half a key is of no use.
        drop(fs::remove_file(path));
        KeyFileError::Write { source }
    })
}

fn write(file: &mut File, line: &[u8]) -> io::Result<()> {
    file.write_all(line)?;
    file.sync_all()
}

fn fill(bytes: &mut [u8]) -> io::Result<()> {
    let mut filled = 0;
    while filled < bytes.len() {
        filled += rustix::rand::getrandom(&mut bytes[filled..], GetRandomFlags::empty())?;
    }
    Ok(())
}

/// The line of a key file: four characters for every three bytes.
fn line(bytes: &[u8; BYTES]) -> Vec<u8> {
    let mut line = Vec::with_capacity(LENGTH + 1);
    for group in bytes.chunks_exact(3) {
        let bits = u32::from(group[0]) << 16 | u32::from(group[1]) << 8 | u32::from(group[2]);
        for shift in [18, 12, 6, 0] {
            line.push(ALPHABET[(bits >> shift & 63) as usize]);
        }
    }
    line.push(b'\n');
    line
}

/// Says whether other users can read or write a file.
pub(crate) fn is_open_to_others(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|meta| meta.mode() & 0o077 != 0)
}

/// The warning about a key file that other users can read or write; `None` if none can.
pub(crate) fn open_to_others(file: &Path) -> Option<String> {
    let file = Some(file).filter(|file| is_open_to_others(file))?.display();
    Some(format!("WARNING: key file {file} is open to other users: run `chmod 600 {file}`"))
}

#[cfg(test)]
mod tests {
    use super::{ALPHABET, BYTES, KeyFileError, create, line};
    use csync3_core::config::Key;
    use std::collections::BTreeSet;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_new_key_is_for_its_owner_alone_and_passes_the_configuration() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let (one, two) = (directory.path().join("one"), directory.path().join("two"));
        create(&one).expect("a new key");
        create(&two).expect("a new key");
        let text = fs::read(&one).expect("readable");
        assert_eq!(text.len(), 65);
        let key = Key::parse(&text).expect("a valid key");
        assert_eq!(key.as_bytes(), &text[..64]);
        assert_ne!(text, fs::read(&two).expect("readable"));
        let mode = fs::metadata(&one).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn an_existing_file_is_never_touched() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("key");
        fs::write(&path, "precious").expect("a file");
        let refused = create(&path).expect_err("the file exists");
        assert!(matches!(refused, KeyFileError::Create { .. }), "{refused:?}");
        assert_eq!(fs::read(&path).expect("readable"), b"precious");
    }

    #[test]
    fn every_six_bits_choose_a_character() {
        let all: Vec<u8> = (0u8..16)
            .flat_map(|quad| {
                let [a, b, c, d] = [0, 1, 2, 3].map(|low| u32::from(quad * 4 + low));
                let bits = a << 18 | b << 12 | c << 6 | d;
                bits.to_be_bytes()[1..].to_vec()
            })
            .collect();
        let bytes: [u8; BYTES] = all.try_into().expect("48 bytes");
        assert_eq!(line(&bytes)[..64], ALPHABET[..]);
        let distinct: BTreeSet<&u8> = ALPHABET.iter().collect();
        assert_eq!(distinct.len(), 64);
    }
}
