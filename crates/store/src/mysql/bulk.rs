//! Statements that write many rows at once.
//!
//! Rows of one statement are sorted by their key, so that two writers lock rows in the same order.
//! Statements are sent together and answered in turn, as many as a packet holds.
use super::connect::Connection;
use mysql_async::prelude::Queryable;
use mysql_async::{DriverError, Error};
use std::collections::BTreeMap;

/// The bytes that are sent at once, if the server takes them.
pub(super) const PACKET: usize = 4 << 20;
/// Rows of one statement.
const ROWS: usize = 1_000;

/// What is written in bulk. Statements of one kind run in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    NewFile,
    PutFile,
    DropFile,
    Mark,
    PutDirty,
    Clear,
    Overrule,
    Conflict,
    Settled,
    Pushed,
    PutPushes,
    DropPushes,
    ForgetHint,
    AddHint,
    DropHint,
    AddAction,
    DropAction,
    AddPin,
    PutPin,
    DropPin,
}

const NEW_FILE: [&str; 2] = [
    "INSERT INTO file (filename, checktxt, mtime_ns, ctime_ns, inode, hash, also, lineage) VALUES ",
    "",
];

const PUT_FILE: [&str; 2] = [
    NEW_FILE[0],
    " ON DUPLICATE KEY UPDATE checktxt = VALUES(checktxt), mtime_ns = VALUES(mtime_ns), \
     ctime_ns = VALUES(ctime_ns), inode = VALUES(inode), hash = VALUES(hash), also = VALUES(also), \
     lineage = VALUES(lineage)",
];

/// A row that is marked again is owed since its first mark. Its versions are 32 of 16 bytes at most.
const MARK: [&str; 2] = [
    "INSERT INTO dirty (filename, peername, forced, myname, generation, since_ns, lineage) VALUES ",
    " ON DUPLICATE KEY UPDATE forced = IF(forced <> 0, 1, VALUES(forced)), \
     myname = VALUES(myname), generation = VALUES(generation), \
     since_ns = COALESCE(since_ns, VALUES(since_ns)), \
     lineage = LEFT(CONCAT(VALUES(lineage), lineage), 512)",
];

const PUT_DIRTY: [&str; 2] = [
    "INSERT INTO dirty \
     (filename, peername, forced, myname, generation, since_ns, conflict_ns, lineage) VALUES ",
    " ON DUPLICATE KEY UPDATE forced = VALUES(forced), myname = VALUES(myname), \
     generation = VALUES(generation), since_ns = VALUES(since_ns), \
     conflict_ns = VALUES(conflict_ns), lineage = VALUES(lineage)",
];

/// Of this generation: key and number are compared as one text.
const OF_GENERATION: &str = ") AND CONCAT(csync3_key, IFNULL(generation, '')) IN (";

const CONFLICT: [&str; 4] = [
    "UPDATE dirty SET conflict_ns = ELT(FIELD(csync3_key, ",
    "), ",
    ") WHERE csync3_key IN (",
    ")",
];

const PUSHED: [&str; 2] = [
    "INSERT INTO csync3_peer (peername, success_ns, failure_ns) VALUES ",
    " ON DUPLICATE KEY UPDATE success_ns = COALESCE(VALUES(success_ns), success_ns), \
     failure_ns = COALESCE(VALUES(failure_ns), failure_ns)",
];

const PUT_PUSHES: [&str; 2] = [
    PUSHED[0],
    " ON DUPLICATE KEY UPDATE success_ns = VALUES(success_ns), failure_ns = VALUES(failure_ns)",
];

const FORGET_HINT: [&str; 3] = [
    "DELETE FROM hint WHERE csync3_key IN (",
    ") AND CONCAT(csync3_key, IF(`recursive` <> 0, 1, 0)) IN (",
    ")",
];

/// An equal one of csync2's may stand beside it; they are listed as one.
const ADD_ACTION: [&str; 2] = [
    "INSERT INTO action (filename, command, logfile, csync3_own) VALUES ",
    " ON DUPLICATE KEY UPDATE action.logfile = action.logfile",
];

const DROP_ACTION: [&str; 3] =
    ["DELETE FROM action WHERE csync3_key IN (", ") AND CONCAT(csync3_key, logfile) IN (", ")"];

const ADD_PIN: [&str; 2] = [
    "INSERT INTO x509_cert (peername, certdata) VALUES ",
    " ON DUPLICATE KEY UPDATE x509_cert.certdata = x509_cert.certdata",
];

const PUT_PIN: [&str; 2] = [ADD_PIN[0], " ON DUPLICATE KEY UPDATE certdata = VALUES(certdata)"];

impl Kind {
    /// The text around the lists of a statement: one list less than there are parts.
    fn parts(self) -> &'static [&'static str] {
        match self {
            Self::NewFile => &NEW_FILE,
            Self::PutFile => &PUT_FILE,
            Self::DropFile => &["DELETE FROM file WHERE csync3_key IN (", ")"],
            Self::Mark => &MARK,
            Self::PutDirty => &PUT_DIRTY,
            Self::Clear => &["DELETE FROM dirty WHERE csync3_key IN (", OF_GENERATION, ")"],
            Self::Overrule => {
                &["UPDATE dirty SET forced = 1 WHERE csync3_key IN (", OF_GENERATION, ")"]
            }
            Self::Conflict => &CONFLICT,
            Self::Settled => &["UPDATE dirty SET conflict_ns = NULL WHERE csync3_key IN (", ")"],
            Self::Pushed => &PUSHED,
            Self::PutPushes => &PUT_PUSHES,
            Self::DropPushes => &["DELETE FROM csync3_peer WHERE csync3_key IN (", ")"],
            Self::ForgetHint => &FORGET_HINT,
            Self::AddHint => &["INSERT INTO hint (filename, `recursive`) VALUES ", ""],
            Self::DropHint => &["DELETE FROM hint WHERE csync3_row IN (", ")"],
            Self::AddAction => &ADD_ACTION,
            Self::DropAction => &DROP_ACTION,
            Self::AddPin => &ADD_PIN,
            Self::PutPin => &PUT_PIN,
            Self::DropPin => &["DELETE FROM x509_cert WHERE csync3_key IN (", ")"],
        }
    }
}

/// A row: what it is sorted by, and its item in each list of the statement.
type Row = (Vec<u8>, Vec<String>);

/// What one wave writes.
#[derive(Default)]
pub(super) struct Bulk(BTreeMap<Kind, Vec<Row>>);

impl Bulk {
    /// Adds a row.
    pub(super) fn push(&mut self, kind: Kind, key: Vec<u8>, items: Vec<String>) {
        self.0.entry(kind).or_default().push((key, items));
    }

    /// Writes everything, between what comes before and what ends it.
    pub(super) async fn write(
        self,
        connection: &mut Connection,
        before: Vec<String>,
        end: Option<&str>,
    ) -> Result<(), Error> {
        let room = connection.packet.min(PACKET);
        let (own, end) = (self.statements(room), end.map(str::to_owned));
        let all = before.into_iter().chain(own).chain(end).collect();
        for packet in packets(all, room) {
            if packet.len() >= connection.packet {
                return Err(DriverError::PacketTooLarge.into());
            }
            connection.link.query_drop(packet).await?;
        }
        Ok(())
    }

    fn statements(self, room: usize) -> Vec<String> {
        let mut statements = Vec::new();
        for (kind, mut rows) in self.0 {
            if kind != Kind::AddHint {
                // Of equal ones the first stays the first.
                rows.sort_by(|a, b| a.0.cmp(&b.0));
            }
            let mut rows = rows.as_slice();
            while !rows.is_empty() {
                let (now, later) = rows.split_at(fitting(rows, room));
                statements.push(statement(kind.parts(), now));
                rows = later;
            }
        }
        statements
    }
}

/// How many rows, at least one, make a statement.
fn fitting(rows: &[Row], room: usize) -> usize {
    let mut size = 1_000;
    let fits = |(_, items): &&Row| {
        size += items.iter().map(|item| item.len() + 2).sum::<usize>();
        size < room
    };
    rows.iter().take(ROWS).take_while(fits).count().max(1)
}

fn statement(parts: &[&str], rows: &[Row]) -> String {
    let mut sql = String::from(parts[0]);
    for (list, part) in parts[1..].iter().enumerate() {
        for (at, (_, items)) in rows.iter().enumerate() {
            if at > 0 {
                sql.push_str(", ");
            }
            sql.push_str(&items[list]);
        }
        sql.push_str(part);
    }
    sql
}

/// Joins statements to what is sent at once.
pub(super) fn packets(statements: Vec<String>, room: usize) -> Vec<String> {
    let mut packets: Vec<String> = Vec::new();
    for statement in statements {
        match packets.last_mut() {
            Some(packet) if packet.len() + statement.len() + 2 < room => {
                packet.push_str("; ");
                packet.push_str(&statement);
            }
            _ => packets.push(statement),
        }
    }
    packets
}

#[cfg(test)]
mod tests {
    use super::{Bulk, Kind, packets};

    fn drop_files(keys: &[u8]) -> Bulk {
        let mut bulk = Bulk::default();
        for key in keys {
            bulk.push(Kind::DropFile, vec![*key], vec![format!("x'0{key}'")]);
        }
        bulk
    }

    #[test]
    fn rows_of_a_kind_share_a_statement_and_are_sorted_by_their_key() {
        let sql = drop_files(&[3, 1, 2]).statements(1 << 20);
        assert_eq!(sql, ["DELETE FROM file WHERE csync3_key IN (x'01', x'02', x'03')"]);
    }

    #[test]
    fn a_statement_has_a_thousand_rows_at_most_and_fits_the_packet() {
        let many: Vec<u8> = (0..250).cycle().take(2_001).map(|key| key % 10).collect();
        assert_eq!(drop_files(&many).statements(1 << 20).len(), 3);
        let small = drop_files(&many).statements(2_000);
        assert!(small.iter().all(|sql| sql.len() < 2_000), "{small:?}");
        assert_eq!(drop_files(&[1]).statements(10).len(), 1);
    }

    #[test]
    fn statements_travel_together_as_far_as_there_is_room() {
        let three = || ["aaaa", "bbbb", "cccc"].map(String::from).to_vec();
        assert_eq!(packets(three(), 12), ["aaaa; bbbb", "cccc"]);
        assert_eq!(packets(three(), 2), ["aaaa", "bbbb", "cccc"]);
    }

    #[test]
    fn lists_of_a_statement_keep_their_rows_together() {
        let mut bulk = Bulk::default();
        for (key, at) in [("k2", "9"), ("k1", "7")] {
            let items = [key, at, key].map(String::from).to_vec();
            bulk.push(Kind::Conflict, key.into(), items);
        }
        assert_eq!(
            bulk.statements(1 << 20),
            ["UPDATE dirty SET conflict_ns = ELT(FIELD(csync3_key, k1, k2), 7, 9) \
                 WHERE csync3_key IN (k1, k2)"]
        );
    }
}
