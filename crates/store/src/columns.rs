//! Our values as the columns of csync2's tables, whatever database holds them.
use crate::row::is_storable;
use csync3_core::decide::local::{Also, Recorded};
use csync3_core::entry::{ContentHash, Fingerprint, Timestamp};
use csync3_core::lineage::{self, Lineage, Version};
use csync3_core::path::ClusterPath;
use csync3_core::wire::escape;
use std::borrow::Cow;
use std::ops::Range;

/// A [`Recorded`] as column values.
#[derive(Debug, Clone, Default)]
pub(crate) struct Columns<'a> {
    pub(crate) checktxt: Cow<'a, [u8]>,
    pub(crate) mtime: Option<i64>,
    pub(crate) ctime: Option<i64>,
    pub(crate) inode: Option<i64>,
    pub(crate) hash: Option<&'a [u8]>,
    pub(crate) also: Option<Cow<'a, [u8]>>,
    pub(crate) lineage: Option<Cow<'a, [u8]>>,
}

impl<'a> Columns<'a> {
    /// The columns of a state.
    pub(crate) fn of(recorded: &'a Recorded) -> Self {
        let print = recorded.fingerprint.filter(|print| is_storable(*print));
        let also = match &recorded.also {
            None => None,
            Some(Also::Absent) => Some(Cow::Borrowed(&b"-"[..])),
            // Told from the mark above by an escape that csync2 would not write but reads.
            Some(Also::Text(text)) if text == b"-" => Some(Cow::Borrowed(&b"%2D"[..])),
            Some(Also::Text(text)) => Some(escape::encode(text)),
        };
        Self {
            checktxt: escape::encode(&recorded.checktxt),
            mtime: print.map(|print| print.mtime.as_nanos()),
            ctime: print.map(|print| print.ctime.as_nanos()),
            inode: print.map(|print| print.inode.cast_signed()),
            hash: recorded.hash.as_ref().map(|hash| &hash.0[..]),
            also,
            lineage: recorded.lineage.as_ref().map(|lineage| Cow::Owned(lineage.encode())),
        }
    }

    /// The state of these columns.
    pub(crate) fn recorded(&self) -> Recorded {
        let fingerprint = match (self.mtime, self.ctime, self.inode) {
            (Some(mtime), Some(ctime), Some(inode)) => Some(Fingerprint {
                mtime: Timestamp::from_nanos(mtime),
                ctime: Timestamp::from_nanos(ctime),
                inode: inode.cast_unsigned(),
            }),
            _ => None,
        };
        let also = self.also.as_deref().map(|text| match text {
            b"-" => Also::Absent,
            text => Also::Text(escape::decode(text).into_owned()),
        });
        let hash = self.hash.and_then(|bytes| bytes.try_into().ok()).map(ContentHash);
        let checktxt = escape::decode(&self.checktxt).into_owned();
        let lineage = self.lineage.as_deref().and_then(Lineage::decode);
        Recorded { checktxt, fingerprint, hash, also, lineage }
    }
}

/// What a dirty row says of the versions that it replaces.
pub(crate) fn replaces(stored: Option<&[u8]>) -> Option<Vec<Version>> {
    lineage::decode(stored?)
}

/// The version of a recorded object; an empty text stands for a row that does not know it.
pub(crate) fn held(stored: Option<&[u8]>) -> Option<Lineage> {
    Lineage::decode(stored?)
}

/// The certificate in a text: what hexadecimal digits stand for, or the text itself if it is none.
pub(crate) fn certificate(text: Vec<u8>) -> Vec<u8> {
    let pairs = text.chunks(2).map(|pair| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    });
    pairs.collect::<Option<_>>().unwrap_or(text)
}

fn digit(letter: u8) -> Option<u8> {
    // Below 16, so it fits.
    char::from(letter).to_digit(16).map(|digit| digit as u8)
}

/// A certificate as csync2 stores it: upper case hexadecimal digits.
pub(crate) fn hexadecimal(certificate: &[u8]) -> Vec<u8> {
    let digit = |nibble: u8| b"0123456789ABCDEF"[usize::from(nibble)];
    certificate.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The encoded names below a directory (without its own), as csync2 selects them.
///
/// `0` follows `/` in ASCII, so `DIR/` up to `DIR0` is what begins with `DIR/`. Below `/` is every
/// absolute name.
pub(crate) fn below(directory: &ClusterPath) -> Range<Vec<u8>> {
    let base: &[u8] = match directory.encoded() {
        b"/" => b"",
        other => other,
    };
    [base, b"/"].concat()..[base, b"0"].concat()
}

/// Now, in nanoseconds since 1970.
pub(crate) fn nanoseconds() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(now.unwrap_or_default().as_nanos()).unwrap_or(i64::MAX >> 1)
}

/// A random number that is not negative: which mark of a row it is.
pub(crate) fn generation() -> i64 {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).expect("the kernel always gives random bytes");
    i64::from_ne_bytes(bytes) & i64::MAX
}
