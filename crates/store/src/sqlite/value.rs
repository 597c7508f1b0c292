//! Between our values and the columns of csync2's tables.
//!
//! csync2's columns hold *encoded* bytes of storage class TEXT, whether they are UTF-8 or not: a
//! BLOB of the same bytes would never compare equal to what csync2 writes. A column that holds
//! something else (a hand-made row) reads as the text that csync2 would print for it.
use crate::columns::{self, Columns};
use crate::host;
use crate::row::FileRow;
use csync3_core::decide::local::Recorded;
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

/// A host name as it is stored.
pub(super) fn of_host(name: &str) -> Text<Cow<'_, [u8]>> {
    Text(host::stored(name))
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

/// The text of a column that holds a host name.
pub(super) fn host(row: &Row<'_>, column: usize) -> Result<String> {
    Ok(host::text(&stored(row, column)?))
}

/// The certificate in a column.
pub(super) fn certificate(row: &Row<'_>, column: usize) -> Result<Vec<u8>> {
    decoded(row, column).map(columns::certificate)
}

/// The name in a column, as it is stored.
pub(super) fn name(row: &Row<'_>, column: usize) -> Result<ClusterPath> {
    Ok(ClusterPath::from_stored(&stored(row, column)?))
}

/// The columns of [`Recorded`], in the order in which [`recorded`] reads them.
pub(super) const RECORDED: &str = "checktxt, mtime_ns, ctime_ns, inode, hash, also, lineage";

/// Reads a row of `filename,` and [`RECORDED`].
pub(super) fn file_row(row: &Row<'_>) -> Result<FileRow> {
    Ok(FileRow { name: name(row, 0)?, recorded: recorded(row, 1)? })
}

/// Reads the columns [`RECORDED`], the first of which is column `first`.
pub(super) fn recorded(row: &Row<'_>, first: usize) -> Result<Recorded> {
    let also = match row.get_ref(first + 5)? {
        ValueRef::Text(text) => Some(Cow::Borrowed(text)),
        _ => None,
    };
    let columns = Columns {
        checktxt: stored(row, first)?,
        mtime: integer(row, first + 1)?,
        ctime: integer(row, first + 2)?,
        inode: integer(row, first + 3)?,
        hash: blob(row, first + 4)?,
        also,
        lineage: blob(row, first + 6)?.map(Cow::Borrowed),
    };
    Ok(columns.recorded())
}

/// The bytes in a column; anything else is none.
pub(super) fn blob<'a>(row: &'a Row<'_>, column: usize) -> Result<Option<&'a [u8]>> {
    Ok(match row.get_ref(column)? {
        ValueRef::Blob(bytes) => Some(bytes),
        _ => None,
    })
}

/// The number in a column; anything else is none.
pub(super) fn integer(row: &Row<'_>, column: usize) -> Result<Option<i64>> {
    Ok(match row.get_ref(column)? {
        ValueRef::Integer(number) => Some(number),
        _ => None,
    })
}
