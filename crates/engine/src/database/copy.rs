//! `db copy`: all rows of one database into another one, of whatever kind.
//!
//! Both are read side by side in one order. The target gets what it lacks, so a copy that was
//! interrupted goes on where it ended, and one that is complete writes nothing. At the end both are
//! read once more and compared.
//!
//! # Invariants
//! * What the target holds and the source does not is never replaced or removed unless that was asked
//!   for.
//! * The source is only read (a mark of csync2's gets its generation, as at every reading).
use super::rows::{Row, Rows, RowsError, beside};
use crate::observer::{Event, Observer};
use csync3_store::row::Change;
use csync3_store::{Store, StoreError};
use std::cmp::Ordering;
use std::fmt;

/// Changes that are written together.
const BATCH: usize = 500;
/// Rows between two reports of progress.
const PROGRESS_STEP: u64 = 1_000;
/// The tables, as [`Copied::rows`] counts them.
pub const TABLES: [&str; 6] = ["file", "dirty", "hint", "action", "x509_cert", "csync3_peer"];

/// What becomes of rows of the target that the source does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Others {
    /// They forbid the copy.
    Refuse,
    /// They go.
    Replace,
}

/// Why a copy is not complete.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CopyError {
    /// One of the databases could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The rows of the source cannot be compared.
    #[error("cannot copy the source (`csync3 db check` says more)")]
    Source(#[source] RowsError),
    /// The rows of the target cannot be compared.
    #[error("cannot compare the target (`csync3 db check` says more)")]
    Target(#[source] RowsError),
    /// The target is in use already.
    #[error(
        "cannot copy into a database that holds something else: {rows} of its rows are not those of \
         the source, {example} for one (--replace removes them)"
    )]
    Occupied {
        /// How many rows.
        rows: u64,
        /// One of them, for people.
        example: String,
    },
    /// After the copy both databases are not equal.
    #[error(
        "cannot verify the copy: {rows} rows differ, {example} for one (was one of the databases in \
         use? stop csync3 and csync2 there and copy once more, with --replace)"
    )]
    Unequal {
        /// How many rows.
        rows: u64,
        /// One of them, for people.
        example: String,
    },
}

/// What was copied, and what both databases hold now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Copied {
    /// Rows of each of the [`TABLES`], the same on both sides.
    pub rows: [u64; TABLES.len()],
    /// Rows that were written this time.
    pub written: u64,
    /// Rows of the target that were removed or replaced.
    pub replaced: u64,
    /// A digest of all rows in their order, the same on both sides.
    pub digest: Digest,
}

/// A digest of rows.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Digest([u8; 32]);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&blake3::Hash::from_bytes(self.0), f)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Copies all rows and verifies the copy.
///
/// # Errors
/// [`CopyError`]; what has been copied by then stays, and another run goes on from there.
pub fn copy(
    from: &dyn Store,
    to: &dyn Store,
    others: Others,
    observer: &dyn Observer,
) -> Result<Copied, CopyError> {
    let before = Comparison::of(from, to, observer, |_| Ok(()))?;
    let strangers = before.different + before.extra;
    if strangers > 0 && others == Others::Refuse {
        return Err(CopyError::Occupied { rows: strangers, example: before.example });
    }
    if before.missing + strangers == 0 {
        return Ok(before.copied(0, 0));
    }
    if before.other_hints {
        // Their order is what they are: they are all given anew.
        let hints = to.hints()?.into_iter().map(Change::DropHint).collect();
        to.commit(hints)?;
    }
    write(from, to, observer)?;
    let after = Comparison::of(from, to, observer, |_| Ok(()))?;
    let rows = after.missing + after.different + after.extra;
    if rows > 0 || after.from != after.to {
        return Err(CopyError::Unequal { rows, example: after.example });
    }
    Ok(after.copied(before.missing + before.different, strangers))
}

fn write(from: &dyn Store, to: &dyn Store, observer: &dyn Observer) -> Result<(), CopyError> {
    let mut batch = Vec::with_capacity(BATCH);
    Comparison::of(from, to, observer, |pair| {
        match pair {
            Pair::OnlyFrom(row) => batch.push(row.put()),
            Pair::OnlyTo(row) => batch.extend(row.take()),
            Pair::Different(row, there) => {
                // An action that is there would stay.
                batch.extend(there.take().filter(|it| matches!(it, Change::DropAction(_))));
                batch.push(row.put());
            }
        }
        if batch.len() >= BATCH {
            to.submit(std::mem::take(&mut batch))?;
        }
        Ok(())
    })?;
    to.submit(batch)?;
    to.flush()?;
    Ok(())
}

/// What is not equal.
enum Pair {
    OnlyFrom(Row),
    OnlyTo(Row),
    Different(Row, Row),
}

/// The rows of one side, counted and digested.
#[derive(Default)]
struct Sums {
    rows: [u64; TABLES.len()],
    hasher: blake3::Hasher,
    buffer: Vec<u8>,
}

impl Sums {
    fn add(&mut self, row: &Row) {
        self.rows[row.table()] += 1;
        self.buffer.clear();
        row.write(&mut self.buffer);
        self.hasher.update(&self.buffer);
    }

    fn end(self) -> ([u64; TABLES.len()], Digest) {
        (self.rows, Digest(*self.hasher.finalize().as_bytes()))
    }
}

/// Two databases side by side.
#[derive(Default)]
struct Comparison {
    from: ([u64; TABLES.len()], Digest),
    to: ([u64; TABLES.len()], Digest),
    missing: u64,
    different: u64,
    extra: u64,
    other_hints: bool,
    /// A row that differs; one that the target should not have, if there is any.
    example: String,
}

impl Comparison {
    fn of(
        from: &dyn Store,
        to: &dyn Store,
        observer: &dyn Observer,
        mut each: impl FnMut(Pair) -> Result<(), StoreError>,
    ) -> Result<Self, CopyError> {
        let mut rows = Rows::of(from).map_err(CopyError::Source)?;
        let mut there = Rows::of(to).map_err(CopyError::Target)?;
        let mut found = Self::default();
        let (mut ours, mut theirs) = (Sums::default(), Sums::default());
        let mut left = rows.next().transpose().map_err(CopyError::Source)?;
        let mut right = there.next().transpose().map_err(CopyError::Target)?;
        let mut seen = 0;
        loop {
            let order = match (&left, &right) {
                (None, None) => break,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(left), Some(right)) => left.key().cmp(&right.key()),
            };
            let one = if order.is_le() { left.take() } else { None };
            let other = if order.is_ge() { right.take() } else { None };
            if order.is_le() {
                left = rows.next().transpose().map_err(CopyError::Source)?;
            }
            if order.is_ge() {
                right = there.next().transpose().map_err(CopyError::Target)?;
            }
            one.iter().for_each(|row| ours.add(row));
            let pair = match (one, other) {
                (Some(one), Some(other)) => {
                    let other = beside(&one, other);
                    theirs.add(&other);
                    if one == other { None } else { Some(Pair::Different(one, other)) }
                }
                (Some(one), None) => Some(Pair::OnlyFrom(one)),
                (None, other) => other.map(|other| {
                    theirs.add(&other);
                    Pair::OnlyTo(other)
                }),
            };
            if let Some(pair) = pair {
                found.count(&pair);
                each(pair)?;
            }
            seen += 1;
            if seen % PROGRESS_STEP == 0 {
                observer.notice(&Event::Rows { rows: PROGRESS_STEP });
            }
        }
        (found.from, found.to) = (ours.end(), theirs.end());
        Ok(found)
    }

    fn count(&mut self, pair: &Pair) {
        let strangers = self.different + self.extra;
        let row = match pair {
            Pair::OnlyFrom(row) => {
                self.missing += 1;
                if strangers > 0 || self.missing > 1 {
                    return;
                }
                row
            }
            Pair::OnlyTo(row) => {
                self.extra += 1;
                row
            }
            Pair::Different(_, row) => {
                self.different += 1;
                row
            }
        };
        self.other_hints |= !matches!(pair, Pair::OnlyFrom(_)) && matches!(row, Row::Hint(..));
        if strangers == 0 {
            self.example = row.shown();
        }
    }

    fn copied(self, written: u64, replaced: u64) -> Copied {
        let (rows, digest) = self.to;
        Copied { rows, written, replaced, digest }
    }
}

#[cfg(test)]
mod tests {
    use super::{CopyError, Others, copy};
    use crate::observer::{Event, Observer};
    use csync3_core::decide::local::{Also, Recorded};
    use csync3_core::entry::{ContentHash, Fingerprint, Timestamp};
    use csync3_core::lineage::{Lineage, Version};
    use csync3_core::path::{ClusterPath, LocalPath};
    use csync3_store::Store;
    use csync3_store::host;
    use csync3_store::memory::MemoryStore;
    use csync3_store::row::{ActionRow, Change, FileRow, Hint, Mark, Pin};

    struct Silent;

    impl Observer for Silent {
        fn notice(&self, _event: &Event<'_>) {}
    }

    fn name(text: &[u8]) -> ClusterPath {
        ClusterPath::from_decoded(text).expect("a valid name")
    }

    fn hint(path: &str) -> Change {
        Change::AddHint(Hint { path: LocalPath::new(path.as_bytes()), recursive: true })
    }

    fn action(logfile: &str) -> Change {
        let (name, command) = (name(b"/a"), b"run it".to_vec());
        Change::AddAction(ActionRow { name, command, logfile: logfile.into() })
    }

    /// A store with a row of every kind.
    fn full() -> MemoryStore {
        let at = |seconds| Timestamp { seconds, nanos: 7 };
        let recorded = Recorded {
            checktxt: b"v1:type=reg:size=3".to_vec(),
            fingerprint: Some(Fingerprint { mtime: at(1), ctime: at(2), inode: 3 }),
            hash: Some(ContentHash([9; 32])),
            also: Some(Also::Text(b"v1:old".to_vec())),
            lineage: Some(Lineage::new(None, Version::of_state(b"v1:new"), [])),
        };
        let mark = |peer: &str| Change::Mark {
            name: name(b"/\xff"),
            mark: Mark {
                peer: peer.into(),
                myname: "me".into(),
                forced: peer == "n2",
                replaces: None,
            },
        };
        let store = MemoryStore::new();
        let changes = vec![
            Change::PutFile(FileRow { name: name(b"/\xff"), recorded }),
            Change::PutFile(FileRow { name: name(b"/a b"), recorded: Recorded::default() }),
            mark("n1"),
            mark("n2"),
            Change::Conflict { name: name(b"/\xff"), peer: "n1".into(), at: Some(at(5)) },
            hint("/z"),
            hint("/a"),
            action("/log"),
            Change::PutPin(Pin { peer: "n1".into(), certificate: vec![1, 2] }),
            Change::Pushed { peer: "n1".into(), at: at(8), complete: false },
        ];
        store.commit(changes).expect("memory takes everything");
        store
    }

    #[test]
    fn a_copy_has_every_row_and_a_second_run_writes_nothing() {
        let (from, to) = (full(), MemoryStore::new());
        let copied = copy(&from, &to, Others::Refuse, &Silent).expect("a copy");
        assert_eq!((copied.rows, copied.written, copied.replaced), ([2, 2, 2, 1, 1, 1], 9, 0));
        assert_eq!(to.conflicts().expect("rows"), from.conflicts().expect("rows"));
        let again = copy(&from, &to, Others::Refuse, &Silent).expect("nothing to do");
        assert_eq!((again.written, again.digest), (0, copied.digest));
        assert_ne!(copied.digest, super::Digest::default());
    }

    #[test]
    fn rows_of_peers_whose_names_are_no_text_are_copied() {
        let (from, to) = (MemoryStore::new(), MemoryStore::new());
        for stored in [&b"pz"[..], b"p%zz", b"p\xff"] {
            let mark = Mark {
                peer: host::text(stored),
                myname: "me".to_owned(),
                forced: false,
                replaces: None,
            };
            from.commit(vec![Change::Mark { name: name(b"/a"), mark }]).expect("memory");
        }
        let copied = copy(&from, &to, Others::Refuse, &Silent).expect("a copy");
        assert_eq!((copied.rows[1], copied.written), (3, 3));
    }

    #[test]
    fn an_interrupted_copy_goes_on() {
        let (from, to) = (full(), MemoryStore::new());
        let rows = super::Rows::of(&from).expect("rows").take(3);
        for row in rows {
            to.commit(vec![row.expect("a row").put()]).expect("memory takes everything");
        }
        let copied = copy(&from, &to, Others::Refuse, &Silent).expect("the rest");
        assert_eq!((copied.written, copied.replaced), (6, 0));
    }

    #[test]
    fn what_the_target_holds_is_only_replaced_on_demand() {
        for other in [
            Change::PutFile(FileRow { name: name(b"/x"), recorded: Recorded::default() }),
            hint("/another"),
            action("/another log"),
            Change::PutPin(Pin { peer: "n1".into(), certificate: vec![3] }),
            Change::Pushed {
                peer: "n9".into(),
                at: Timestamp { seconds: 1, nanos: 0 },
                complete: true,
            },
        ] {
            let (from, to) = (full(), MemoryStore::new());
            to.commit(vec![other.clone()]).expect("memory takes everything");
            let before = to.totals().expect("totals");
            let refused = copy(&from, &to, Others::Refuse, &Silent).expect_err("not empty");
            assert!(matches!(refused, CopyError::Occupied { rows: 1, .. }), "{refused}");
            assert_eq!(to.totals().expect("totals"), before, "nothing was written");
            let copied = copy(&from, &to, Others::Replace, &Silent).expect("a copy");
            assert_eq!(copied.replaced, 1, "{other:?}");
            let empty = MemoryStore::new();
            let plain = copy(&from, &empty, Others::Refuse, &Silent).expect("a copy");
            assert_eq!(copied.digest, plain.digest, "{other:?}");
        }
    }
}
