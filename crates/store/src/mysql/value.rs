//! Between our values and MySQL's: bytes stand in a statement as hexadecimal literals, so there is
//! nothing to quote, whatever the server's mode and the connection's character set are.
use crate::columns::{Columns, hexadecimal};
use crate::host;
use crate::row::FileRow;
use csync3_core::entry::Timestamp;
use csync3_core::path::ClusterPath;
use csync3_core::wire::escape;
use mysql_async::{DriverError, Error, Row, Value};
use sha2::{Digest, Sha256};
use std::borrow::Cow;

/// The bytes of a name that are in the index which has the order: what any InnoDB page holds, and less
/// than `max_sort_length`. Names that are equal in them are ordered here.
pub(super) const HEAD: usize = 767;
/// The bytes of a peer that are in an index.
pub(super) const PEER_HEAD: usize = 255;

/// Bytes as a literal.
pub(super) fn literal(bytes: &[u8]) -> String {
    format!("x'{}'", String::from_utf8_lossy(&hexadecimal(bytes)))
}

/// Decoded bytes as csync2 stores them.
pub(super) fn encoded(raw: &[u8]) -> String {
    literal(&escape::encode(raw))
}

/// A value that may be missing.
pub(super) fn optional(text: Option<impl ToString>) -> String {
    text.map_or_else(|| "NULL".to_owned(), |text| text.to_string())
}

/// The first bytes of a name, as the server cuts them off.
pub(super) fn head(name: &[u8]) -> &[u8] {
    &name[..name.len().min(HEAD)]
}

/// What stands for a whole key in a unique index; the parts are joined by a byte that is in no name.
pub(super) fn digest(parts: &[&[u8]]) -> Vec<u8> {
    Sha256::digest(parts.join(&0)).to_vec()
}

/// The stored bytes of a column; none where it is NULL.
pub(super) fn stored(row: &Row, column: usize) -> &[u8] {
    bytes(row, column).unwrap_or_default()
}

/// The stored bytes of a column.
pub(super) fn bytes(row: &Row, column: usize) -> Option<&[u8]> {
    match row.as_ref(column) {
        Some(Value::Bytes(bytes)) => Some(bytes),
        _ => None,
    }
}

/// The decoded bytes of a column.
pub(super) fn decoded(row: &Row, column: usize) -> Vec<u8> {
    escape::decode(stored(row, column)).into_owned()
}

/// A host name as it is stored.
pub(super) fn of_host(name: &str) -> String {
    literal(&host::stored(name))
}

/// The text of a column that holds a host name.
pub(super) fn host(row: &Row, column: usize) -> String {
    host::text(stored(row, column))
}

/// The name in a column, as it is stored.
pub(super) fn name(row: &Row, column: usize) -> ClusterPath {
    ClusterPath::from_stored(stored(row, column))
}

/// The number in a column.
pub(super) fn number(row: &Row, column: usize) -> Result<Option<i64>, Error> {
    let Some(bytes) = bytes(row, column) else {
        return Ok(None);
    };
    let number = std::str::from_utf8(bytes).ok().and_then(|text| text.parse().ok());
    let odd = || DriverError::FromValue { value: Value::Bytes(bytes.to_vec()) };
    number.map(Some).ok_or_else(|| odd().into())
}

/// The number in a column that has one.
pub(super) fn count(row: &Row, column: usize) -> Result<u64, Error> {
    Ok(number(row, column)?.unwrap_or_default().unsigned_abs())
}

/// The time in a column.
pub(super) fn time(row: &Row, column: usize) -> Result<Option<Timestamp>, Error> {
    Ok(number(row, column)?.map(Timestamp::from_nanos))
}

/// The columns of [`file_row`].
pub(super) const FILE: &str = "filename, checktxt, mtime_ns, ctime_ns, inode, hash, also, lineage";

/// Reads a row of [`FILE`].
pub(super) fn file_row(row: &Row) -> Result<FileRow, Error> {
    let columns = Columns {
        checktxt: Cow::Borrowed(stored(row, 1)),
        mtime: number(row, 2)?,
        ctime: number(row, 3)?,
        inode: number(row, 4)?,
        hash: bytes(row, 5),
        also: bytes(row, 6).map(Cow::Borrowed),
        lineage: bytes(row, 7).map(Cow::Borrowed),
    };
    Ok(FileRow { name: name(row, 0), recorded: columns.recorded() })
}
