//! Statements that write many rows at once: each takes its columns as arrays.
//!
//! Rows of one statement are sorted by their key, so that two writers lock rows in the same order.
use super::value::Text;
use futures_util::future::{try_join, try_join_all};
use std::collections::BTreeMap;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error};

/// One value of a row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cell {
    Text(Option<Text>),
    Int(Option<i64>),
    Bytes(Option<Vec<u8>>),
}

impl From<Text> for Cell {
    fn from(text: Text) -> Self {
        Self::Text(Some(text))
    }
}

impl From<Option<i64>> for Cell {
    fn from(number: Option<i64>) -> Self {
        Self::Int(number)
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Int(Some(number))
    }
}

impl From<bool> for Cell {
    fn from(flag: bool) -> Self {
        Self::Int(Some(flag.into()))
    }
}

/// What is written in bulk. Statements of one kind run in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    PutFile,
    DropFile,
    Mark,
    PutDirty,
    Clear,
    Overrule,
    Conflict,
    Pushed,
    PutPushes,
    DropPushes,
    AddHint,
    DropHint,
    AddAction,
    DropAction,
    AddPin,
    PutPin,
    DropPin,
}

/// Inserts `file` rows from the arrays 1 to 8; what happens to a row that is there follows.
pub(super) const FILES: &str = "INSERT INTO file \
    (filename, checktxt, mtime_ns, ctime_ns, inode, hash, also, lineage) \
    SELECT f, c, m, t, i, h, a, l FROM unnest($1, $2, $3, $4, $5, $6, $7, $8) \
    AS u(f, c, m, t, i, h, a, l)";

/// Replaces rows of `file` that still are as the arrays 9 to 15 say.
pub(super) const CONCLUDE: &str = "UPDATE file SET checktxt = c, mtime_ns = m, ctime_ns = t, \
    inode = i, hash = h, also = a, lineage = l \
    FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) \
    AS u(f, c, m, t, i, h, a, l, c0, m0, t0, i0, h0, a0, l0) \
    WHERE filename = ANY($1) AND filename = f AND file.lineage IS NOT DISTINCT FROM l0 \
    AND checktxt = c0 AND mtime_ns IS NOT DISTINCT FROM m0 AND ctime_ns IS NOT DISTINCT FROM t0 \
    AND inode IS NOT DISTINCT FROM i0 AND hash IS NOT DISTINCT FROM h0 \
    AND also IS NOT DISTINCT FROM a0 RETURNING filename";

const PUT_FILE: &str = "INSERT INTO file \
    (filename, checktxt, mtime_ns, ctime_ns, inode, hash, also, lineage) \
    SELECT f, c, m, t, i, h, a, l FROM unnest($1, $2, $3, $4, $5, $6, $7, $8) \
    AS u(f, c, m, t, i, h, a, l) \
    ON CONFLICT (filename) DO UPDATE SET checktxt = excluded.checktxt, \
    mtime_ns = excluded.mtime_ns, ctime_ns = excluded.ctime_ns, inode = excluded.inode, \
    hash = excluded.hash, also = excluded.also, lineage = excluded.lineage";

/// A row that is marked again is owed since its first mark. Its versions are 32 of 16 bytes at most.
const MARK: &str = "INSERT INTO dirty \
    (filename, peername, forced, myname, generation, since_ns, lineage) \
    SELECT f, p, CAST(o AS INTEGER), m, g, s, l FROM unnest($1, $2, $3, $4, $5, $6, $7) \
    AS u(f, p, o, m, g, s, l) ON CONFLICT (filename, peername) DO UPDATE SET \
    forced = CASE WHEN dirty.forced <> 0 THEN 1 ELSE excluded.forced END, \
    myname = excluded.myname, generation = excluded.generation, \
    since_ns = coalesce(dirty.since_ns, excluded.since_ns), \
    lineage = substring(excluded.lineage || dirty.lineage FROM 1 FOR 512)";

const PUT_DIRTY: &str = "INSERT INTO dirty \
    (filename, peername, forced, myname, generation, since_ns, conflict_ns, lineage) \
    SELECT f, p, CAST(o AS INTEGER), m, g, s, c, l FROM unnest($1, $2, $3, $4, $5, $6, $7, $8) \
    AS u(f, p, o, m, g, s, c, l) ON CONFLICT (filename, peername) DO UPDATE SET \
    forced = excluded.forced, myname = excluded.myname, generation = excluded.generation, \
    since_ns = excluded.since_ns, conflict_ns = excluded.conflict_ns, \
    lineage = excluded.lineage";

/// Without the array beside the join the planner, which cannot know how few rows there are, reads the
/// whole table.
const CLEAR: &str = "DELETE FROM dirty USING unnest($1, $2, $3) AS u(f, p, g) \
    WHERE filename = ANY($1) AND filename = f AND peername = p AND generation IS NOT DISTINCT FROM g";

const OVERRULE: &str = "UPDATE dirty SET forced = 1 FROM unnest($1, $2, $3) AS u(f, p, g) \
    WHERE filename = ANY($1) AND filename = f AND peername = p AND generation IS NOT DISTINCT FROM g";

const CONFLICT: &str = "UPDATE dirty SET conflict_ns = c FROM unnest($1, $2, $3) AS u(f, p, c) \
    WHERE filename = ANY($1) AND filename = f AND peername = p";

const PUSHED: &str = "INSERT INTO csync3_peer (peername, success_ns, failure_ns) \
    SELECT p, s, f FROM unnest($1, $2, $3) AS u(p, s, f) ON CONFLICT (peername) DO UPDATE SET \
    success_ns = coalesce(excluded.success_ns, csync3_peer.success_ns), \
    failure_ns = coalesce(excluded.failure_ns, csync3_peer.failure_ns)";

const PUT_PUSHES: &str = "INSERT INTO csync3_peer (peername, success_ns, failure_ns) \
    SELECT p, s, f FROM unnest($1, $2, $3) AS u(p, s, f) ON CONFLICT (peername) DO UPDATE SET \
    success_ns = excluded.success_ns, failure_ns = excluded.failure_ns";

const FORGET_HINT: &str = "DELETE FROM hint USING unnest($1, $2, $3) AS u(f, r, n) \
    WHERE filename = f AND (recursive <> 0) = (r <> 0) AND n IS NOT NULL";

/// A hint's number is greater than that of every other, and not less than the time in nanoseconds,
/// so none is given twice.
const ADD_HINT: &str = "INSERT INTO hint (filename, recursive, number) \
    SELECT f, CAST(r AS INTEGER), n + greatest(0, 1 + (SELECT coalesce(max(number), 0) FROM hint) \
    - (SELECT min(m) FROM unnest($3) AS v(m))) FROM unnest($1, $2, $3) AS u(f, r, n)";

const DROP_HINT: &str = "DELETE FROM hint USING unnest($1, $2, $3) AS u(f, r, n) \
    WHERE filename = f AND (recursive <> 0) = (r <> 0) AND number = n";

const ADD_ACTION: &str = "INSERT INTO action (filename, command, logfile) \
    SELECT f, c, l FROM unnest($1, $2, $3) AS u(f, c, l) ON CONFLICT (filename, command) DO NOTHING";

const DROP_ACTION: &str = "DELETE FROM action USING unnest($1, $2, $3) AS u(f, c, l) \
    WHERE filename = f AND command = c AND logfile = l";

const ADD_PIN: &str = "INSERT INTO x509_cert (peername, certdata) \
    SELECT p, c FROM unnest($1, $2) AS u(p, c) ON CONFLICT (peername) DO NOTHING";

const PUT_PIN: &str = "INSERT INTO x509_cert (peername, certdata) \
    SELECT p, c FROM unnest($1, $2) AS u(p, c) \
    ON CONFLICT (peername) DO UPDATE SET certdata = excluded.certdata";

impl Kind {
    fn statements(self) -> &'static [&'static str] {
        match self {
            Self::PutFile => &[PUT_FILE],
            Self::DropFile => &["DELETE FROM file WHERE filename = ANY($1)"],
            Self::Mark => &[MARK],
            Self::PutDirty => &[PUT_DIRTY],
            Self::Clear => &[CLEAR],
            Self::Overrule => &[OVERRULE],
            Self::Conflict => &[CONFLICT],
            Self::Pushed => &[PUSHED],
            Self::PutPushes => &[PUT_PUSHES],
            Self::DropPushes => &["DELETE FROM csync3_peer WHERE peername = ANY($1)"],
            Self::AddHint => &[FORGET_HINT, ADD_HINT],
            Self::DropHint => &[DROP_HINT],
            Self::AddAction => &[ADD_ACTION],
            Self::DropAction => &[DROP_ACTION],
            Self::AddPin => &[ADD_PIN],
            Self::PutPin => &[PUT_PIN],
            Self::DropPin => &["DELETE FROM x509_cert WHERE peername = ANY($1)"],
        }
    }
}

/// One column of many rows.
enum Array {
    Text(Vec<Option<Text>>),
    Int(Vec<Option<i64>>),
    Bytes(Vec<Option<Vec<u8>>>),
}

impl Array {
    fn like(cell: &Cell) -> Self {
        match cell {
            Cell::Text(_) => Self::Text(Vec::new()),
            Cell::Int(_) => Self::Int(Vec::new()),
            Cell::Bytes(_) => Self::Bytes(Vec::new()),
        }
    }

    fn push(&mut self, cell: Cell) {
        match (self, cell) {
            (Self::Text(array), Cell::Text(text)) => array.push(text),
            (Self::Int(array), Cell::Int(number)) => array.push(number),
            (Self::Bytes(array), Cell::Bytes(bytes)) => array.push(bytes),
            _ => unreachable!("all rows of a kind have cells of the same kinds"),
        }
    }

    fn value(&self) -> (&(dyn ToSql + Sync), Type) {
        match self {
            Self::Text(array) => (array, Type::TEXT_ARRAY),
            Self::Int(array) => (array, Type::INT8_ARRAY),
            Self::Bytes(array) => (array, Type::BYTEA_ARRAY),
        }
    }
}

/// Rows as one array per column.
pub(super) struct Arrays(Vec<Array>);

impl Arrays {
    /// Turns rows, at least one, into columns.
    pub(super) fn of(rows: Vec<Vec<Cell>>) -> Self {
        let mut arrays: Vec<Array> = rows[0].iter().map(Array::like).collect();
        for row in rows {
            arrays.iter_mut().zip(row).for_each(|(array, cell)| array.push(cell));
        }
        Self(arrays)
    }

    /// The values of a statement.
    pub(super) fn values(&self) -> Vec<(&(dyn ToSql + Sync), Type)> {
        self.0.iter().map(Array::value).collect()
    }
}

/// What one wave writes.
#[derive(Default)]
pub(super) struct Bulk(BTreeMap<Kind, Vec<Vec<Cell>>>);

impl Bulk {
    /// Adds a row.
    pub(super) fn push(&mut self, kind: Kind, row: Vec<Cell>) {
        self.0.entry(kind).or_default().push(row);
    }

    /// Writes everything and then runs `end`, if there is one; the statements are sent together and
    /// answered in turn.
    pub(super) async fn write(self, client: &Client, end: Option<&str>) -> Result<(), Error> {
        let arrays = self.0.into_iter().map(|(kind, mut rows)| {
            if kind != Kind::AddHint {
                // A key has two columns at most; of equal ones the first stays the first.
                rows.sort_by(|a, b| a.iter().take(2).cmp(b.iter().take(2)));
            }
            (kind, Arrays::of(rows))
        });
        let arrays = arrays.collect::<Vec<_>>();
        let mut sent = Vec::new();
        for (kind, arrays) in &arrays {
            for sql in kind.statements() {
                sent.push(async move { client.execute_typed(sql, &arrays.values()).await });
            }
        }
        let end = async {
            match end {
                Some(end) => client.batch_execute(end).await,
                None => Ok(()),
            }
        };
        // They are sent in the order in which they are polled first, which is this one.
        try_join(try_join_all(sent), end).await.map(|_| ())
    }
}
