//! `-H`, `-L`, `-M`, `-S` and `-o`: rows on standard output.
use super::paths;
use crate::cli::{Format, Invocation, Verb};
use crate::exit::Outcome;
use crate::render::list::{ListError, Rows};
use csync3_core::path::ClusterPath;
use csync3_engine::host::Host;
use csync3_engine::{compare, list};
use csync3_store::row::FileRow;
use std::error::Error;
use std::ffi::OsString;
use std::io::Stdout;

/// Prints a listing.
pub(super) fn list(
    verb: &Verb,
    invocation: &Invocation,
    host: &Host,
) -> Result<Outcome, Box<dyn Error>> {
    let mut out = Output::new(invocation.format);
    match verb {
        Verb::ListHints => {
            let rows = host.store.hints()?.into_iter();
            let mut hints: Vec<_> = rows.map(|row| row.hint).collect();
            hints.sort_by(|a, b| {
                let encoded = |hint: &csync3_store::row::Hint| {
                    csync3_core::wire::escape::encode(hint.path.as_bytes()).into_owned()
                };
                encoded(a).cmp(&encoded(b))
            });
            for hint in hints {
                out.put(|rows| rows.hint(hint.recursive, &hint.path));
            }
        }
        Verb::ListFiles => {
            list::files(host, |row| out.file(row))?;
        }
        Verb::ListPair { myname, peer } => {
            list::files_of_pair(host, myname, peer, |row| out.file(row))?;
        }
        Verb::ListDirty => {
            list::dirty(host, |row| out.put(|rows| rows.dirty(row)))?;
        }
        Verb::Compare(operands) => compare_all(invocation, host, operands, &mut out)?,
        other => return Err(format!("cannot carry out {other:?} as a listing").into()),
    }
    Ok(Outcome { printed_rows: Some(out.finish()?) })
}

fn compare_all(
    invocation: &Invocation,
    host: &Host,
    operands: &[OsString],
    out: &mut Output,
) -> Result<(), Box<dyn Error>> {
    for path in paths::covered(host, operands)? {
        compare::compare(host, &path, invocation.recursive, |name: &ClusterPath| {
            out.put(|rows| rows.name(name));
        });
    }
    Ok(())
}

/// Standard output, and the first error that it gave.
pub(super) struct Output {
    rows: Rows<Stdout>,
    failed: Option<ListError>,
}

impl Output {
    pub(super) fn new(format: Format) -> Self {
        Self { rows: Rows::stdout(format), failed: None }
    }

    /// Prints one row; `false` says that more is of no use.
    pub(super) fn put(
        &mut self,
        print: impl FnOnce(&mut Rows<Stdout>) -> Result<(), ListError>,
    ) -> bool {
        if self.failed.is_none() {
            self.failed = print(&mut self.rows).err();
        }
        self.failed.is_none() && !self.rows.is_closed()
    }

    fn file(&mut self, row: &FileRow) -> bool {
        self.put(|rows| rows.file(row))
    }

    /// How many rows were printed.
    pub(super) fn finish(self) -> Result<u64, ListError> {
        match self.failed {
            Some(error) => Err(error),
            None => self.rows.finish(),
        }
    }
}
