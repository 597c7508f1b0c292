//! Rows on standard output: TAB between columns, names as they are.
//!
//! A reader that goes away (`csync3 -L | head -1`) is no error: the rows that follow are dropped,
//! and [`Rows::is_closed`] tells the caller that it may stop.
//!
//! # Source
//! `spec/cli.md` 4.
use csync3_core::decide::insync::Difference;
use csync3_core::path::{ClusterPath, LocalPath};
use std::io::{self, BufWriter, StdoutLock, Write};

/// Writes rows and counts them.
#[derive(Debug)]
pub struct Rows<W: Write> {
    out: BufWriter<W>,
    count: u64,
    closed: bool,
}

/// Rows could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write to standard output")]
pub struct ListError {
    /// Why.
    #[source]
    pub source: io::Error,
}

impl Rows<StdoutLock<'static>> {
    /// Rows on standard output, which belongs to them until [`Rows::finish`].
    #[must_use]
    pub fn stdout() -> Self {
        Self::new(io::stdout().lock())
    }
}

impl<W: Write> Rows<W> {
    /// Rows for any receiver.
    #[must_use]
    pub fn new(out: W) -> Self {
        Self { out: BufWriter::with_capacity(64 * 1024, out), count: 0, closed: false }
    }

    /// `-H`: one hint.
    ///
    /// # Errors
    /// [`ListError`], as for every row.
    pub fn hint(&mut self, recursive: bool, path: &LocalPath) -> Result<(), ListError> {
        let flag: &[u8] = if recursive { b"1" } else { b"0" };
        self.row(&[flag, path.as_bytes()])
    }

    /// `-L`, `-S`: one recorded object; `checktxt` is decoded once, as the store has it.
    ///
    /// # Errors
    /// [`ListError`], as for every row.
    pub fn file(&mut self, checktxt: &[u8], name: &ClusterPath) -> Result<(), ListError> {
        self.row(&[checktxt, &name.decoded()])
    }

    /// `-M`: one object that a peer is owed.
    ///
    /// # Errors
    /// [`ListError`], as for every row.
    pub fn dirty(
        &mut self,
        forced: bool,
        myname: &str,
        peer: &str,
        name: &ClusterPath,
    ) -> Result<(), ListError> {
        let force: &[u8] = if forced { b"force" } else { b"chary" };
        self.row(&[force, myname.as_bytes(), peer.as_bytes(), &name.decoded()])
    }

    /// `-T`: one difference.
    ///
    /// # Errors
    /// [`ListError`], as for every row.
    pub fn difference(
        &mut self,
        difference: Difference,
        myname: &str,
        peer: &str,
        name: &ClusterPath,
    ) -> Result<(), ListError> {
        let kind: &[u8] = match difference {
            Difference::OnlyHere => b"L",
            Difference::OnlyThere => b"R",
            Difference::Both => b"X",
        };
        self.row(&[kind, myname.as_bytes(), peer.as_bytes(), &name.decoded()])
    }

    /// `-TT`: lines as they are, at once.
    ///
    /// # Errors
    /// [`ListError`], as for every row.
    pub fn text(&mut self, lines: &[u8]) -> Result<(), ListError> {
        if self.closed {
            return Ok(());
        }
        let written = self.out.write_all(lines).and_then(|()| self.out.flush());
        self.settle(written)
    }

    /// `-o`: one name.
    ///
    /// # Errors
    /// [`ListError`], as for every row.
    pub fn name(&mut self, name: &ClusterPath) -> Result<(), ListError> {
        self.row(&[&*name.decoded()])
    }

    /// Says that nobody reads any more.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        self.closed
    }

    /// Writes what is left; how many rows there were, read or not.
    ///
    /// # Errors
    /// [`ListError`].
    pub fn finish(mut self) -> Result<u64, ListError> {
        let flushed = self.out.flush();
        self.settle(flushed)?;
        Ok(self.count)
    }

    fn row(&mut self, columns: &[&[u8]]) -> Result<(), ListError> {
        self.count += 1;
        if self.closed {
            return Ok(());
        }
        let written = self.write(columns);
        self.settle(written)
    }

    fn write(&mut self, columns: &[&[u8]]) -> io::Result<()> {
        for (at, column) in columns.iter().enumerate() {
            if at > 0 {
                self.out.write_all(b"\t")?;
            }
            self.out.write_all(column)?;
        }
        self.out.write_all(b"\n")
    }

    /// Takes note of a reader that has gone; any other failure is an error.
    fn settle(&mut self, written: io::Result<()>) -> Result<(), ListError> {
        match written {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(())
            }
            other => other.map_err(|source| ListError { source }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Rows;
    use csync3_core::decide::insync::Difference;
    use csync3_core::path::{ClusterPath, LocalPath};
    use std::io::{self, Write};

    fn name(text: &[u8]) -> ClusterPath {
        ClusterPath::from_decoded(text).expect("a valid name")
    }

    #[test]
    fn rows_have_the_columns_of_csync_and_raw_names() {
        let mut out = Vec::new();
        let mut rows = Rows::new(&mut out);
        let odd = name(b"%p%/a b\t\xff:c");
        rows.hint(true, &LocalPath::new(b"/a b")).expect("written");
        rows.hint(false, &LocalPath::new(b"/c")).expect("written");
        rows.file(b"v1:mtime=1:type=lnk:target=/a%20b", &odd).expect("written");
        rows.dirty(true, "node1", "node2", &odd).expect("written");
        rows.dirty(false, "node1", "node3", &odd).expect("written");
        rows.name(&odd).expect("written");
        rows.text(b"@@\n+\xff").expect("written");
        rows.text(b"\n").expect("written");
        for kind in [Difference::OnlyHere, Difference::OnlyThere, Difference::Both] {
            rows.difference(kind, "node1", "node2", &odd).expect("written");
        }
        assert_eq!(rows.finish().expect("written"), 9);
        let expected: &[u8] = b"1\t/a b\n0\t/c\n\
            v1:mtime=1:type=lnk:target=/a%20b\t%p%/a b\t\xff:c\n\
            force\tnode1\tnode2\t%p%/a b\t\xff:c\n\
            chary\tnode1\tnode3\t%p%/a b\t\xff:c\n\
            %p%/a b\t\xff:c\n\
            @@\n+\xff\n\
            L\tnode1\tnode2\t%p%/a b\t\xff:c\n\
            R\tnode1\tnode2\t%p%/a b\t\xff:c\n\
            X\tnode1\tnode2\t%p%/a b\t\xff:c\n";
        assert_eq!(out, expected);
    }

    struct Failing(io::ErrorKind);

    impl Write for Failing {
        fn write(&mut self, _bytes: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_goes_away_is_no_error() {
        let mut rows = Rows::new(Failing(io::ErrorKind::BrokenPipe));
        while !rows.is_closed() {
            rows.name(&name(b"/a")).expect("a closed pipe is fine");
        }
        rows.name(&name(b"/a")).expect("a closed pipe is fine");
        assert!(rows.finish().expect("a closed pipe is fine") > 1);
    }

    #[test]
    fn a_full_disk_is_an_error() {
        let mut rows = Rows::new(Failing(io::ErrorKind::StorageFull));
        rows.name(&name(b"/a")).expect("still buffered");
        assert!(rows.finish().is_err());
    }
}
