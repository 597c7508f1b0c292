//! Between our values and PostgreSQL's: texts travel as bytes, whether they are UTF-8 or not.
use crate::columns::Columns;
use crate::host;
use crate::row::FileRow;
use csync3_core::path::ClusterPath;
use csync3_core::wire::escape;
use std::borrow::Cow;
use std::error::Error;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Error as Failure, Row};

type Outcome<T> = Result<T, Box<dyn Error + Sync + Send>>;

/// Bytes that are bound as TEXT.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Text(pub(super) Vec<u8>);

impl Text {
    /// Decoded bytes as csync2 stores them.
    pub(super) fn encoded(raw: &[u8]) -> Self {
        Self(escape::encode(raw).into_owned())
    }

    /// A host name as it is stored.
    pub(super) fn host(name: &str) -> Self {
        Self(host::stored(name).into_owned())
    }

    /// A name as it is stored.
    pub(super) fn name(name: &ClusterPath) -> Self {
        Self(name.encoded().to_vec())
    }
}

impl ToSql for Text {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Outcome<IsNull> {
        out.extend_from_slice(&self.0);
        Ok(IsNull::No)
    }

    fn accepts(kind: &Type) -> bool {
        *kind == Type::TEXT
    }

    to_sql_checked!();
}

/// The bytes of a column of any kind.
struct Bytes<'a>(&'a [u8]);

impl<'a> FromSql<'a> for Bytes<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Outcome<Self> {
        Ok(Self(raw))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// The stored bytes of a column; none where it is NULL.
pub(super) fn stored(row: &Row, column: usize) -> Result<&[u8], Failure> {
    Ok(bytes(row, column)?.unwrap_or_default())
}

/// The stored bytes of a column.
pub(super) fn bytes(row: &Row, column: usize) -> Result<Option<&[u8]>, Failure> {
    Ok(row.try_get::<_, Option<Bytes<'_>>>(column)?.map(|bytes| bytes.0))
}

/// The decoded bytes of a column.
pub(super) fn decoded(row: &Row, column: usize) -> Result<Vec<u8>, Failure> {
    Ok(escape::decode(stored(row, column)?).into_owned())
}

/// The text of a column that holds a host name.
pub(super) fn host(row: &Row, column: usize) -> Result<String, Failure> {
    stored(row, column).map(host::text)
}

/// The name in a column, as it is stored.
pub(super) fn name(row: &Row, column: usize) -> Result<ClusterPath, Failure> {
    stored(row, column).map(ClusterPath::from_stored)
}

/// The columns of a recorded state, in the order in which [`columns`] reads them.
pub(super) const RECORDED: &str = "checktxt, mtime_ns, ctime_ns, inode, hash, also, lineage";

/// Reads the columns [`RECORDED`], the first of which is column `first`.
pub(super) fn columns(row: &Row, first: usize) -> Result<Columns<'_>, Failure> {
    Ok(Columns {
        checktxt: Cow::Borrowed(stored(row, first)?),
        mtime: row.try_get(first + 1)?,
        ctime: row.try_get(first + 2)?,
        inode: row.try_get(first + 3)?,
        hash: bytes(row, first + 4)?,
        also: bytes(row, first + 5)?.map(Cow::Borrowed),
        lineage: bytes(row, first + 6)?.map(Cow::Borrowed),
    })
}

/// Reads a row of `filename,` and [`RECORDED`].
pub(super) fn file_row(row: &Row) -> Result<FileRow, Failure> {
    Ok(FileRow { name: name(row, 0)?, recorded: columns(row, 1)?.recorded() })
}
