//! All rows of a database as one ascending sequence, whatever holds them.
//!
//! # Invariants
//! * Two databases with equal rows give equal sequences: what a database numbers by itself is no part
//!   of a row.
//! * A sequence ascends strictly, or ends with [`RowsError::Order`]: a database with equal keys, or one
//!   that sorts otherwise than by bytes, is never taken for a shorter one.
use csync3_core::decide::local::{Also, Recorded};
use csync3_core::entry::Timestamp;
use csync3_core::lineage::{self, Lineage};
use csync3_core::wire::escape;
use csync3_store::host;
use csync3_store::row::{
    ActionRow, Change, Direction, DirtyPage, DirtyRow, FileRow, Generation, Hint, Pin, Scope,
};
use csync3_store::{Store, StoreError};
use std::vec;

/// Dirty rows that are read together.
const PAGE: usize = 1_000;

/// Why the rows of a database cannot be had in order.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RowsError {
    /// The store's.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Two rows have the same key, or they come in another order.
    #[error("cannot read the rows in order: {row} comes after a row that is not before it")]
    Order {
        /// The row, for people.
        row: String,
    },
}

/// A row of any table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Row {
    File(FileRow),
    Dirty(DirtyRow),
    /// The hint at this position.
    Hint(u64, Hint),
    Action(ActionRow),
    Pin(Pin),
    Pushes {
        peer: String,
        success: Option<Timestamp>,
        failure: Option<Timestamp>,
    },
}

/// Where a row stands in the sequence.
pub(super) type Key = (usize, Vec<u8>, Vec<u8>);

impl Row {
    pub(super) const fn table(&self) -> usize {
        match self {
            Self::File(_) => 0,
            Self::Dirty(_) => 1,
            Self::Hint(..) => 2,
            Self::Action(_) => 3,
            Self::Pin(_) => 4,
            Self::Pushes { .. } => 5,
        }
    }

    pub(super) fn key(&self) -> Key {
        let encoded = |text: &[u8]| escape::encode(text).into_owned();
        let host = |name: &str| host::stored(name).into_owned();
        let (first, second) = match self {
            Self::File(row) => (row.name.encoded().to_vec(), Vec::new()),
            Self::Dirty(row) => (row.name.encoded().to_vec(), host(&row.peer)),
            Self::Hint(position, _) => (position.to_be_bytes().to_vec(), Vec::new()),
            Self::Action(row) => (row.name.encoded().to_vec(), encoded(&row.command)),
            Self::Pin(pin) => (host(&pin.peer), Vec::new()),
            Self::Pushes { peer, .. } => (host(peer), Vec::new()),
        };
        (self.table(), first, second)
    }

    /// The row for people.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::File(row) => format!("the file row of {}", row.name),
            Self::Dirty(row) => format!("the dirty row of {} for {}", row.name, row.peer),
            Self::Hint(_, hint) => format!("the hint {}", hint.path),
            Self::Action(row) => format!("the action of {}", row.name),
            Self::Pin(pin) => format!("the certificate of {}", pin.peer),
            Self::Pushes { peer, .. } => format!("the pushes to {peer}"),
        }
    }

    /// The change that puts the row into a database.
    pub(super) fn put(self) -> Change {
        match self {
            Self::File(row) => Change::PutFile(row),
            Self::Dirty(row) => Change::PutDirty(row),
            Self::Hint(_, hint) => Change::AddHint(hint),
            Self::Action(row) => Change::AddAction(row),
            Self::Pin(pin) => Change::PutPin(pin),
            Self::Pushes { peer, success, failure } => Change::PutPushes { peer, success, failure },
        }
    }

    /// The change that takes the row out of a database. Hints are taken out by their numbers.
    pub(super) fn take(self) -> Option<Change> {
        Some(match self {
            Self::File(row) => Change::DropFile(row.name),
            Self::Dirty(DirtyRow { name, peer, generation, .. }) => {
                Change::Clear { name, peer, generation }
            }
            Self::Hint(..) => return None,
            Self::Action(row) => Change::DropAction(row),
            Self::Pin(pin) => Change::DropPin { peer: pin.peer },
            Self::Pushes { peer, .. } => Change::PutPushes { peer, success: None, failure: None },
        })
    }

    /// Everything that the row says, in a form in which no two different rows are equal.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let mut text = |bytes: &[u8]| {
            out.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
            out.extend_from_slice(bytes);
        };
        let (table, first, second) = self.key();
        text(&[u8::try_from(table).unwrap_or_default()]);
        text(&first);
        text(&second);
        match self {
            Self::File(row) => write_recorded(&row.recorded, text),
            Self::Dirty(row) => {
                text(row.myname.as_bytes());
                text(&[u8::from(row.forced)]);
                text(&optional(row.generation.0));
                text(&time(row.since));
                text(&time(row.conflict));
                text(&[u8::from(row.replaces.is_some())]);
                text(&row.replaces.as_deref().map(lineage::encode).unwrap_or_default());
            }
            Self::Hint(_, hint) => {
                text(hint.path.as_bytes());
                text(&[u8::from(hint.recursive)]);
            }
            Self::Action(row) => text(&row.logfile),
            Self::Pin(pin) => text(&pin.certificate),
            Self::Pushes { success, failure, .. } => {
                text(&time(*success));
                text(&time(*failure));
            }
        }
    }
}

fn write_recorded(recorded: &Recorded, mut text: impl FnMut(&[u8])) {
    let Recorded { checktxt, fingerprint, hash, also, lineage } = recorded;
    text(checktxt);
    if let Some(print) = fingerprint {
        text(&print.mtime.as_nanos().to_le_bytes());
        text(&print.ctime.as_nanos().to_le_bytes());
        text(&print.inode.to_le_bytes());
    }
    text(hash.as_ref().map_or(&[], |hash| &hash.0[..]));
    text(&lineage.as_ref().map(Lineage::encode).unwrap_or_default());
    match also {
        None => text(b"none"),
        Some(Also::Absent) => text(b"absent"),
        Some(Also::Text(state)) => {
            text(b"text");
            text(state);
        }
    }
}

fn time(at: Option<Timestamp>) -> Vec<u8> {
    optional(at.map(|at| at.as_nanos()))
}

fn optional(number: Option<i64>) -> Vec<u8> {
    number.map(|number| number.to_le_bytes().to_vec()).unwrap_or_default()
}

/// The rows of a database, in ascending order of their keys.
pub(super) struct Rows<'a> {
    rows: Box<dyn Iterator<Item = Result<Row, StoreError>> + 'a>,
    last: Option<Key>,
}

impl<'a> Rows<'a> {
    pub(super) fn of(store: &'a dyn Store) -> Result<Self, RowsError> {
        let files = store.files(&Scope::All)?.map(|row| row.map(Row::File));
        let dirty = DirtyRows::of(store).map(|row| row.map(Row::Dirty));
        let rows = files.chain(dirty).chain(Later::new(move || small(store)));
        Ok(Self { rows: Box::new(rows), last: None })
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<Row, RowsError>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = match self.rows.next()? {
            Ok(row) => row,
            Err(error) => return Some(Err(error.into())),
        };
        let key = row.key();
        if self.last.as_ref().is_some_and(|last| *last >= key) {
            return Some(Err(RowsError::Order { row: row.shown() }));
        }
        self.last = Some(key);
        Some(Ok(row))
    }
}

/// The rows of the tables that are read whole, ordered.
fn small(store: &dyn Store) -> Result<Vec<Row>, StoreError> {
    let hints = store.hints()?.into_iter().map(|row| row.hint);
    let mut rows: Vec<Row> =
        hints.zip(0..).map(|(hint, position)| Row::Hint(position, hint)).collect();
    rows.extend(store.actions()?.into_iter().map(Row::Action));
    rows.extend(store.pins()?.into_iter().map(Row::Pin));
    let pushed = store.totals()?.peers.into_iter();
    let pushed = pushed.filter(|it| it.last_success.is_some() || it.last_failure.is_some());
    rows.extend(pushed.map(|it| Row::Pushes {
        peer: it.peer,
        success: it.last_success,
        failure: it.last_failure,
    }));
    rows.sort_by_cached_key(Row::key);
    Ok(rows)
}

/// Rows that are read when the first of them is wanted.
struct Later<F> {
    read: Option<F>,
    rows: vec::IntoIter<Row>,
}

impl<F> Later<F> {
    fn new(read: F) -> Self {
        Self { read: Some(read), rows: Vec::new().into_iter() }
    }
}

impl<F: FnOnce() -> Result<Vec<Row>, StoreError>> Iterator for Later<F> {
    type Item = Result<Row, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(read) = self.read.take() {
            match read() {
                Ok(rows) => self.rows = rows.into_iter(),
                Err(error) => return Some(Err(error)),
            }
        }
        self.rows.next().map(Ok)
    }
}

/// The dirty rows of all peers, page by page.
pub(super) struct DirtyRows<'a> {
    store: &'a dyn Store,
    page: DirtyPage,
    rows: vec::IntoIter<DirtyRow>,
    ended: bool,
}

impl<'a> DirtyRows<'a> {
    pub(super) fn of(store: &'a dyn Store) -> Self {
        let page =
            DirtyPage { peer: None, after: None, direction: Direction::Ascending, limit: PAGE };
        Self { store, page, rows: Vec::new().into_iter(), ended: false }
    }

    fn read(&mut self) -> Result<(), StoreError> {
        let rows = self.store.dirty(&self.page)?;
        self.ended = rows.len() < PAGE;
        if let Some(last) = rows.last() {
            self.page.after = Some((last.name.clone(), last.peer.clone()));
        }
        self.rows = rows.into_iter();
        Ok(())
    }
}

impl Iterator for DirtyRows<'_> {
    type Item = Result<DirtyRow, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(row) = self.rows.next() {
                // What is recorded of the name is said by the file rows.
                return Some(Ok(DirtyRow { recorded: false, held: None, ..row }));
            }
            if self.ended {
                return None;
            }
            if let Err(error) = self.read() {
                self.ended = true;
                return Some(Err(error));
            }
        }
    }
}

/// A row of the source beside the same one of the target: a generation that the source lacks, being
/// csync2's and read-only, is not compared.
pub(super) fn beside(from: &Row, to: Row) -> Row {
    match (from, to) {
        (Row::Dirty(DirtyRow { generation: Generation(None), .. }), Row::Dirty(to)) => {
            Row::Dirty(DirtyRow { generation: Generation(None), ..to })
        }
        (_, to) => to,
    }
}
