//! Rows on standard output: TAB between columns, names as they are; with `-0` they end by NUL, with
//! `--json` they are objects.
//!
//! A reader that goes away (`csync3 -L | head -1`) is no error: the rows that follow are dropped,
//! and [`Rows::is_closed`] tells the caller that it may stop.
//!
//! # Source
//! `spec/cli.md` 4.
use crate::cli::Format;
use crate::render::json::Line;
use crate::render::json::name::{Bytes, Name, Text};
use crate::render::json::object::Object;
use csync3_core::decide::insync::Difference;
use csync3_core::path::{ClusterPath, LocalPath};
use csync3_store::host;
use csync3_store::row::{DirtyRow, FileRow};
use std::io::{self, BufWriter, Stdout, Write};

/// Writes rows and counts them.
#[derive(Debug)]
pub struct Rows<W: Write> {
    out: BufWriter<W>,
    format: Format,
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

impl Rows<Stdout> {
    /// Rows on standard output. It stays free for others: with `--json` what peers report goes there
    /// between the rows.
    #[must_use]
    pub fn stdout(format: Format) -> Self {
        Self::new(io::stdout(), format)
    }
}

impl<W: Write> Rows<W> {
    /// Rows for any receiver.
    #[must_use]
    pub fn new(out: W, format: Format) -> Self {
        Self { out: BufWriter::with_capacity(64 * 1024, out), format, count: 0, closed: false }
    }

    /// `-H`: one hint.
    ///
    /// # Errors
    /// [`ListError`], as for every row.
    pub fn hint(&mut self, recursive: bool, path: &LocalPath) -> Result<(), ListError> {
        let flag: &[u8] = if recursive { b"1" } else { b"0" };
        self.row(&[flag, path.as_bytes()], || Line::Hint {
            name: Name::new(path.as_bytes()),
            recursive,
        })
    }

    /// `-L`, `-S`: one recorded object; its checktxt is decoded once, as the store has it.
    ///
    /// # Errors
    /// [`ListError`], as for every row.
    pub fn file(&mut self, row: &FileRow) -> Result<(), ListError> {
        let checktxt = &row.recorded.checktxt;
        self.row(&[checktxt, &row.name.decoded()], || Line::File {
            name: Name::of(&row.name),
            checktxt: Bytes::new(checktxt),
            object: Object::of(&row.recorded),
        })
    }

    /// `-M`: one object that a peer is owed.
    ///
    /// # Errors
    /// [`ListError`], as for every row.
    pub fn dirty(&mut self, row: &DirtyRow) -> Result<(), ListError> {
        let DirtyRow { name, peer, myname, forced, .. } = row;
        let force: &[u8] = if *forced { b"force" } else { b"chary" };
        self.row(&[force, &host::printed(myname), &host::printed(peer), &name.decoded()], || {
            Line::Dirty {
                name: Name::of(name),
                myname: myname.clone(),
                peer: peer.clone(),
                forced: *forced,
                conflict: row.conflict.is_some(),
                since: row.since.map(|since| since.seconds),
            }
        })
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
        let (kind, side): (&[u8], _) = match difference {
            Difference::OnlyHere => (b"L", "mine"),
            Difference::OnlyThere => (b"R", "theirs"),
            Difference::Both => (b"X", "both"),
        };
        self.row(&[kind, myname.as_bytes(), peer.as_bytes(), &name.decoded()], || {
            Line::Difference {
                name: Name::of(name),
                myname: myname.to_owned(),
                peer: peer.to_owned(),
                side,
            }
        })?;
        // Lines of other threads must not come into the middle of one.
        let flushed = match self.format {
            Format::Json => self.out.flush(),
            Format::Lines | Format::Null => Ok(()),
        };
        self.settle(flushed)
    }

    /// `-TT`: what a comparison shows, at once.
    ///
    /// # Errors
    /// [`ListError`], as for every row.
    pub fn diff(
        &mut self,
        myname: &str,
        peer: &str,
        name: &ClusterPath,
        shown: &[u8],
    ) -> Result<(), ListError> {
        if self.closed || shown.is_empty() {
            return Ok(());
        }
        let written = match self.format {
            Format::Lines | Format::Null => self.out.write_all(shown),
            Format::Json => self.out.write_all(
                &Line::Diff {
                    name: Name::of(name),
                    myname: myname.to_owned(),
                    peer: peer.to_owned(),
                    diff: Text::new(shown),
                }
                .text(),
            ),
        };
        let written = written.and_then(|()| self.out.flush());
        self.settle(written)
    }

    /// `-o`: one name.
    ///
    /// # Errors
    /// [`ListError`], as for every row.
    pub fn name(&mut self, name: &ClusterPath) -> Result<(), ListError> {
        self.row(&[&*name.decoded()], || Line::Name { name: Name::of(name) })
    }

    /// A line that has no form but JSON.
    ///
    /// # Errors
    /// [`ListError`], as for every row.
    pub fn line(&mut self, line: &Line) -> Result<(), ListError> {
        self.count += 1;
        let written = self.out.write_all(&line.text());
        self.settle(written)
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

    fn row(&mut self, columns: &[&[u8]], line: impl FnOnce() -> Line) -> Result<(), ListError> {
        self.count += 1;
        if self.closed {
            return Ok(());
        }
        let written = match self.format {
            Format::Lines => self.write(columns, b"\n"),
            Format::Null => self.write(columns, b"\0"),
            Format::Json => self.out.write_all(&line().text()),
        };
        self.settle(written)
    }

    fn write(&mut self, columns: &[&[u8]], end: &[u8]) -> io::Result<()> {
        for (at, column) in columns.iter().enumerate() {
            if at > 0 {
                self.out.write_all(b"\t")?;
            }
            self.out.write_all(column)?;
        }
        self.out.write_all(end)
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
    use crate::cli::Format;
    use csync3_core::decide::insync::Difference;
    use csync3_core::decide::local::Recorded;
    use csync3_core::entry::Timestamp;
    use csync3_core::path::{ClusterPath, LocalPath};
    use csync3_store::row::{DirtyRow, FileRow, Generation};
    use std::io::{self, Write};

    fn name(text: &[u8]) -> ClusterPath {
        ClusterPath::from_decoded(text).expect("a valid name")
    }

    fn owed(name: &ClusterPath, peer: &str, forced: bool) -> DirtyRow {
        DirtyRow {
            name: name.clone(),
            peer: peer.to_owned(),
            myname: "node1".to_owned(),
            forced,
            generation: Generation(None),
            recorded: true,
            held: None,
            replaces: None,
            since: Some(Timestamp { seconds: 9, nanos: 8 }),
            conflict: forced.then_some(Timestamp { seconds: 10, nanos: 0 }),
        }
    }

    /// One row of each kind.
    fn print(format: Format, odd: &ClusterPath) -> Vec<u8> {
        let mut out = Vec::new();
        let mut rows = Rows::new(&mut out, format);
        let checktxt = b"v1:mtime=1:mode=41471:type=lnk:target=/a%20b".to_vec();
        let recorded = Recorded { checktxt, ..Recorded::default() };
        rows.hint(true, &LocalPath::new(b"/a b")).expect("written");
        rows.hint(false, &LocalPath::new(b"/c")).expect("written");
        rows.file(&FileRow { name: odd.clone(), recorded }).expect("written");
        rows.dirty(&owed(odd, "node2", true)).expect("written");
        rows.dirty(&owed(odd, "node3", false)).expect("written");
        rows.name(odd).expect("written");
        for kind in [Difference::OnlyHere, Difference::OnlyThere, Difference::Both] {
            rows.difference(kind, "node1", "node2", odd).expect("written");
        }
        assert_eq!(rows.finish().expect("written"), 9);
        out
    }

    #[test]
    fn rows_have_the_columns_of_csync_and_raw_names() {
        let out = print(Format::Lines, &name(b"%p%/a b\t\xff:c"));
        let expected: &[u8] = b"1\t/a b\n0\t/c\n\
            v1:mtime=1:mode=41471:type=lnk:target=/a%20b\t%p%/a b\t\xff:c\n\
            force\tnode1\tnode2\t%p%/a b\t\xff:c\n\
            chary\tnode1\tnode3\t%p%/a b\t\xff:c\n\
            %p%/a b\t\xff:c\n\
            L\tnode1\tnode2\t%p%/a b\t\xff:c\n\
            R\tnode1\tnode2\t%p%/a b\t\xff:c\n\
            X\tnode1\tnode2\t%p%/a b\t\xff:c\n";
        assert_eq!(out, expected);
    }

    #[test]
    fn rows_may_end_by_nul_so_that_any_name_can_be_read_back() {
        let lines = print(Format::Lines, &name(b"/a\tb"));
        let ended: Vec<u8> =
            lines.into_iter().map(|byte| if byte == b'\n' { 0 } else { byte }).collect();
        assert_eq!(print(Format::Null, &name(b"/a\tb")), ended);
    }

    #[test]
    fn rows_may_be_objects() {
        let out = String::from_utf8(print(Format::Json, &name(b"/\xff"))).expect("JSON is UTF-8");
        let expected = [
            r#"{"kind":"hint","name":"/a b","recursive":true}"#,
            r#"{"kind":"hint","name":"/c","recursive":false}"#,
            r#"{"kind":"file","name_bytes":"L/8=","checktxt":"v1:mtime=1:mode=41471:type=lnk:target=/a%20b","type":"symlink","mode":511,"mtime":1,"target":"/a b"}"#,
            r#"{"kind":"dirty","name_bytes":"L/8=","myname":"node1","peer":"node2","forced":true,"conflict":true,"since":9}"#,
            r#"{"kind":"dirty","name_bytes":"L/8=","myname":"node1","peer":"node3","forced":false,"conflict":false,"since":9}"#,
            r#"{"kind":"name","name_bytes":"L/8="}"#,
            r#"{"kind":"difference","name_bytes":"L/8=","myname":"node1","peer":"node2","side":"mine"}"#,
            r#"{"kind":"difference","name_bytes":"L/8=","myname":"node1","peer":"node2","side":"theirs"}"#,
            r#"{"kind":"difference","name_bytes":"L/8=","myname":"node1","peer":"node2","side":"both"}"#,
        ];
        assert_eq!(out.lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_a_comparison_shows_is_printed_as_it_is_or_as_an_object() {
        let shown = |format| {
            let mut out = Vec::new();
            let mut rows = Rows::new(&mut out, format);
            rows.diff("node1", "node2", &name(b"/f"), b"@@\n+\xff\n").expect("written");
            rows.diff("node1", "node2", &name(b"/g"), b"").expect("written");
            assert_eq!(rows.finish().expect("written"), 0);
            out
        };
        assert_eq!(shown(Format::Lines), b"@@\n+\xff\n");
        let object = br#"{"kind":"diff","name":"/f","myname":"node1","peer":"node2","diff_bytes":"QEAKK/8K"}"#;
        assert_eq!(shown(Format::Json), [&object[..], b"\n"].concat());
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
        let mut rows = Rows::new(Failing(io::ErrorKind::BrokenPipe), Format::Lines);
        while !rows.is_closed() {
            rows.name(&name(b"/a")).expect("a closed pipe is fine");
        }
        rows.name(&name(b"/a")).expect("a closed pipe is fine");
        assert!(rows.finish().expect("a closed pipe is fine") > 1);
    }

    #[test]
    fn a_full_disk_is_an_error() {
        let mut rows = Rows::new(Failing(io::ErrorKind::StorageFull), Format::Lines);
        rows.name(&name(b"/a")).expect("still buffered");
        assert!(rows.finish().is_err());
    }
}
