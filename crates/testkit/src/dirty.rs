//! Reads what `-M` prints.

/// One line of `-M`: this file still has to reach this peer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DirtyRow {
    /// The name, decoded; it need not be UTF-8.
    pub name: Vec<u8>,
    /// The peer it is owed to.
    pub peer: String,
    /// What this host calls itself towards that peer.
    pub myname: String,
    /// Whether it goes out without asking (`force` instead of `chary`).
    pub forced: bool,
}

impl DirtyRow {
    /// The name as text, anything that is not UTF-8 replaced.
    #[must_use]
    pub fn name_text(&self) -> String {
        String::from_utf8_lossy(&self.name).into_owned()
    }
}

/// Parses the listing. A name may hold line breaks, so a line that does not start a row continues
/// the name before it.
pub(crate) fn parse(listing: &[u8]) -> Vec<DirtyRow> {
    let mut rows: Vec<DirtyRow> = Vec::new();
    let text = listing.strip_suffix(b"\n").unwrap_or(listing);
    if text.is_empty() {
        return rows;
    }
    for line in text.split(|byte| *byte == b'\n') {
        match (row(line), rows.last_mut()) {
            (Some(row), _) => rows.push(row),
            (None, Some(last)) => {
                last.name.push(b'\n');
                last.name.extend_from_slice(line);
            }
            (None, None) => panic!("not a line of -M: {}", String::from_utf8_lossy(line)),
        }
    }
    rows
}

fn row(line: &[u8]) -> Option<DirtyRow> {
    let mut fields = line.splitn(4, |byte| *byte == b'\t');
    let forced = match fields.next()? {
        b"force" => true,
        b"chary" => false,
        _ => return None,
    };
    let text = |field: &[u8]| String::from_utf8_lossy(field).into_owned();
    let (myname, peer) = (text(fields.next()?), text(fields.next()?));
    Some(DirtyRow { name: fields.next()?.to_vec(), peer, myname, forced })
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_name_with_a_line_break_stays_one_row() {
        let rows = parse(b"chary\ta\tb\t%tree%/x\ny\nforce\ta\tc\t%tree%/z\n");
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0].name, b"%tree%/x\ny");
        assert_eq!((rows[0].myname.as_str(), rows[0].peer.as_str()), ("a", "b"));
        assert!(rows[1].forced && !rows[0].forced);
    }

    #[test]
    fn an_empty_listing_has_no_rows() {
        assert!(parse(b"").is_empty());
    }
}
