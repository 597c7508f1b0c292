//! The table of `status`, and numbers as people read them.
use csync3_core::entry::Timestamp;
use csync3_store::row::{PeerTotals, Totals};

/// The columns of a peer.
const HEAD: [&str; 7] =
    ["PEER", "DIRTY", "FORCED", "CONFLICTS", "OLDEST", "LAST SUCCESS", "LAST FAILURE"];

/// Columns with numbers stand to the right.
const RIGHT: std::ops::RangeInclusive<usize> = 1..=3;

/// The text for people: a line about this host, and a row for each peer.
#[must_use]
pub fn table(host: &str, totals: &Totals, now: Timestamp) -> String {
    let mut text = format!(
        "{host}: {} objects recorded, {} of them files with {}; {} hints for the next check\n",
        totals.objects,
        totals.files,
        size(totals.bytes),
        totals.hints
    );
    let rows = totals.peers.iter().map(|peer| row(peer, now));
    let rows: Vec<_> = std::iter::once(HEAD.map(str::to_owned)).chain(rows).collect();
    let widths: [usize; 7] = std::array::from_fn(|column| {
        rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default()
    });
    for row in &rows {
        let cell = |(at, cell): (usize, &String)| {
            let width = widths[at];
            if RIGHT.contains(&at) { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
        };
        let line: Vec<_> = row.iter().enumerate().map(cell).collect();
        text.push_str(line.join("  ").trim_end());
        text.push('\n');
    }
    text
}

fn row(peer: &PeerTotals, now: Timestamp) -> [String; 7] {
    let ago = |time: Option<Timestamp>| {
        time.map_or_else(|| "-".to_owned(), |time| format!("{} ago", age(time, now)))
    };
    let oldest = match (peer.dirty, peer.oldest) {
        (0, _) => "-".to_owned(),
        (_, None) => "unknown".to_owned(),
        (_, Some(oldest)) => age(oldest, now),
    };
    [
        peer.peer.clone(),
        peer.dirty.to_string(),
        peer.forced.to_string(),
        peer.conflicts.to_string(),
        oldest,
        ago(peer.last_success),
        ago(peer.last_failure),
    ]
}

/// How long ago, in the largest unit of which there are at least two.
#[must_use]
pub fn age(then: Timestamp, now: Timestamp) -> String {
    let seconds = now.seconds.saturating_sub(then.seconds).max(0);
    let units = [(86_400, "d"), (3_600, "h"), (60, "min")];
    let unit = units.into_iter().find(|(length, _)| seconds >= 2 * length);
    let (length, name) = unit.unwrap_or((1, "s"));
    format!("{} {name}", seconds / length)
}

/// Bytes, in the largest unit of which there is at least one.
#[must_use]
pub fn size(bytes: u64) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let mut tenths = u128::from(bytes) * 10;
    let mut unit = "bytes";
    for larger in units {
        if tenths < 10_240 {
            break;
        }
        tenths /= 1_024;
        unit = larger;
    }
    match unit {
        "bytes" => format!("{bytes} bytes"),
        unit => format!("{}.{} {unit}", tenths / 10, tenths % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::{age, size, table};
    use csync3_core::entry::Timestamp;
    use csync3_store::row::{PeerTotals, Totals};

    const fn at(seconds: i64) -> Timestamp {
        Timestamp { seconds, nanos: 0 }
    }

    #[test]
    fn the_table_is_aligned_and_says_what_is_not_known() {
        let peers = vec![
            PeerTotals {
                peer: "node2".into(),
                last_success: Some(at(940)),
                ..PeerTotals::default()
            },
            PeerTotals {
                peer: "a-longer-name".into(),
                dirty: 170_000,
                forced: 1,
                conflicts: 12,
                oldest: Some(at(880)),
                last_success: None,
                last_failure: Some(at(999)),
            },
            PeerTotals { peer: "old".into(), dirty: 1, ..PeerTotals::default() },
        ];
        let totals = Totals { objects: 12, files: 9, bytes: 1_536, hints: 1, peers };
        let expected = "\
node1: 12 objects recorded, 9 of them files with 1.5 KiB; 1 hints for the next check
PEER            DIRTY  FORCED  CONFLICTS  OLDEST   LAST SUCCESS  LAST FAILURE
node2               0       0          0  -        60 s ago      -
a-longer-name  170000       1         12  2 min    -             1 s ago
old                 1       0          0  unknown  -             -
";
        assert_eq!(table("node1", &totals, at(1_000)), expected);
    }

    #[test]
    fn ages_and_sizes_are_short() {
        let cases =
            [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7_199, "119 min"), (180_000, "2 d")];
        for (seconds, expected) in cases {
            assert_eq!(age(at(0), at(seconds)), expected);
        }
        assert_eq!(age(at(9), at(0)), "0 s", "a clock that went back");
        let cases = [(1_023, "1023 bytes"), (1_024, "1.0 KiB"), (u64::MAX, "15.9 EiB")];
        for (bytes, expected) in cases {
            assert_eq!(size(bytes), expected);
        }
    }
}
