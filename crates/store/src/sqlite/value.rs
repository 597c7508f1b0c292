//! Between our values and the columns of csync2's tables.
//!
//! csync2's columns hold *encoded* bytes of storage class TEXT, whether they are UTF-8 or not: a
//! BLOB of the same bytes would never compare equal to what csync2 writes. A column that holds
//! something else (a hand-made row) reads as the text that csync2 would print for it.
use crate::row::FileRow;
use csync3_core::decide::local::{Also, Recorded};
use csync3_core::entry::{ContentHash, Fingerprint, Timestamp};
use csync3_core::path::ClusterPath;
use csync3_core::wire::escape;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Result, Row};
use std::borrow::Cow;

/// Bytes that are bound as TEXT.
pub(super) struct Text<B: AsRef<[u8]>>(pub(super) B);

impl<B: AsRef<[u8]>> ToSql for Text<B> {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Text(self.0.as_ref())))
    }
}

/// Decoded bytes as csync2 stores them.
pub(super) fn encoded(raw: &[u8]) -> Text<Cow<'_, [u8]>> {
    Text(escape::encode(raw))
}

/// The stored bytes of a column.
pub(super) fn stored<'a>(row: &'a Row<'_>, column: usize) -> Result<Cow<'a, [u8]>> {
    Ok(match row.get_ref(column)? {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Cow::Borrowed(bytes),
        ValueRef::Integer(number) => Cow::Owned(number.to_string().into_bytes()),
        ValueRef::Real(number) => Cow::Owned(number.to_string().into_bytes()),
        ValueRef::Null => Cow::Borrowed(b""),
    })
}

/// The decoded bytes of a column.
pub(super) fn decoded(row: &Row<'_>, column: usize) -> Result<Vec<u8>> {
    Ok(escape::decode(&stored(row, column)?).into_owned())
}

/// The decoded text of a column that holds a host name.
pub(super) fn host(row: &Row<'_>, column: usize) -> Result<String> {
    let bytes = decoded(row, column)?;
    Ok(String::from_utf8(bytes)
        .unwrap_or_else(|odd| String::from_utf8_lossy(odd.as_bytes()).into_owned()))
}

/// The certificate in a column: what hexadecimal text stands for, or the text itself if it is none.
pub(super) fn certificate(row: &Row<'_>, column: usize) -> Result<Vec<u8>> {
    let text = decoded(row, column)?;
    let pairs = text.chunks(2).map(|pair| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    });
    Ok(pairs.collect::<Option<_>>().unwrap_or(text))
}

fn digit(letter: u8) -> Option<u8> {
    // Below 16, so it fits.
    char::from(letter).to_digit(16).map(|digit| digit as u8)
}

/// A certificate as csync2 stores it: upper case hexadecimal digits.
pub(super) fn hexadecimal(certificate: &[u8]) -> Vec<u8> {
    let digit = |nibble: u8| b"0123456789ABCDEF"[usize::from(nibble)];
    certificate.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The name in a column, as it is stored.
pub(super) fn name(row: &Row<'_>, column: usize) -> Result<ClusterPath> {
    Ok(ClusterPath::from_stored(&stored(row, column)?))
}

/// The columns of [`Recorded`], in the order in which [`recorded`] reads them.
pub(super) const RECORDED: &str = "checktxt, mtime_ns, ctime_ns, inode, hash, also";

/// Reads a row of `filename,` and [`RECORDED`].
pub(super) fn file_row(row: &Row<'_>) -> Result<FileRow> {
    Ok(FileRow { name: name(row, 0)?, recorded: recorded(row, 1)? })
}

/// Reads the columns [`RECORDED`], the first of which is column `first`.
pub(super) fn recorded(row: &Row<'_>, first: usize) -> Result<Recorded> {
    let times = (integer(row, first + 1)?, integer(row, first + 2)?, integer(row, first + 3)?);
    let fingerprint = match times {
        (Some(mtime), Some(ctime), Some(inode)) => Some(Fingerprint {
            mtime: Timestamp::from_nanos(mtime),
            ctime: Timestamp::from_nanos(ctime),
            inode: inode.cast_unsigned(),
        }),
        _ => None,
    };
    let hash = match row.get_ref(first + 4)? {
        ValueRef::Blob(bytes) => bytes.try_into().ok().map(ContentHash),
        _ => None,
    };
    let also = match row.get_ref(first + 5)? {
        ValueRef::Text(b"-") => Some(Also::Absent),
        ValueRef::Text(text) => Some(Also::Text(escape::decode(text).into_owned())),
        _ => None,
    };
    Ok(Recorded { checktxt: decoded(row, first)?, fingerprint, hash, also })
}

/// The number in a column; anything else is none.
pub(super) fn integer(row: &Row<'_>, column: usize) -> Result<Option<i64>> {
    Ok(match row.get_ref(column)? {
        ValueRef::Integer(number) => Some(number),
        _ => None,
    })
}

/// A [`Recorded`] as column values.
pub(super) struct Columns<'a> {
    pub(super) checktxt: Text<Cow<'a, [u8]>>,
    pub(super) mtime: Option<i64>,
    pub(super) ctime: Option<i64>,
    pub(super) inode: Option<i64>,
    pub(super) hash: Option<&'a [u8]>,
    pub(super) also: Option<Text<Cow<'a, [u8]>>>,
}

impl<'a> Columns<'a> {
    /// The columns of a state.
    pub(super) fn of(recorded: &'a Recorded) -> Self {
        let print = recorded.fingerprint.filter(|print| crate::row::is_storable(*print));
        let also = match &recorded.also {
            None => None,
            Some(Also::Absent) => Some(Text(Cow::Borrowed(&b"-"[..]))),
            // Told from the mark above by an escape that csync2 would not write but reads.
            Some(Also::Text(text)) if text == b"-" => Some(Text(Cow::Borrowed(&b"%2D"[..]))),
            Some(Also::Text(text)) => Some(encoded(text)),
        };
        Self {
            checktxt: encoded(&recorded.checktxt),
            mtime: print.map(|print| print.mtime.as_nanos()),
            ctime: print.map(|print| print.ctime.as_nanos()),
            inode: print.map(|print| print.inode.cast_signed()),
            hash: recorded.hash.as_ref().map(|hash| &hash.0[..]),
            also,
        }
    }
}
