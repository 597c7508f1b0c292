//! Lists rows.
//!
//! An index holds the first bytes of a name ([`value::HEAD`]) and has the order of the bytes; names that
//! are equal in all of them are ordered here.
use super::bulk::{PACKET, packets};
use super::connect::{Connection, all_rows};
use super::dirty;
use super::value::{
    self, FILE, count, decoded, digest, head, host, literal, name, number, of_host, stored, time,
};
use crate::columns::{below, certificate};
use crate::row::{ActionRow, Facts, FileRow, Hint, HintRow, PeerTotals, Pin, Scope, Totals};
use csync3_core::path::{ClusterPath, LocalPath};
use mysql_async::prelude::Queryable;
use mysql_async::{Error, Row};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Names of one statement.
const NAMES: usize = 1_000;

/// The condition that a name is in a scope: a range of the index, and the whole name.
pub(super) fn condition(scope: &Scope) -> String {
    match scope {
        Scope::All => "TRUE".into(),
        Scope::One(name) => {
            let name = name.encoded();
            format!("csync3_head = {} AND filename = {}", literal(head(name)), literal(name))
        }
        Scope::Tree(root) => {
            let (root, below) = (root.encoded(), below(root));
            let first = literal(head(root.min(&below.start)));
            // Names between (`dir.old`) are passed over.
            format!(
                "csync3_head BETWEEN {first} AND {} AND (filename = {} OR filename >= {} AND \
                 filename < {})",
                literal(head(&below.end)),
                literal(root),
                literal(&below.start),
                literal(&below.end)
            )
        }
    }
}

/// The statement that lists the `file` rows of a scope in the order of their first bytes.
pub(super) fn files(scope: &Scope) -> String {
    let condition = condition(scope);
    format!(
        "SELECT {FILE} FROM file FORCE INDEX FOR ORDER BY (csync3_order) WHERE {condition} \
         ORDER BY csync3_head"
    )
}

/// Statements that find the `file` rows of these names, in the order of their keys.
pub(super) fn by_key(names: &[&ClusterPath]) -> Vec<String> {
    let mut keys: Vec<Vec<u8>> = names.iter().map(|name| digest(&[name.encoded()])).collect();
    keys.sort_unstable();
    let sql = |keys: &[Vec<u8>]| {
        let keys: Vec<String> = keys.iter().map(|key| literal(key)).collect();
        format!("SELECT {FILE} FROM file WHERE csync3_key IN ({})", keys.join(", "))
    };
    keys.chunks(NAMES).map(sql).collect()
}

/// Puts rows that come in the order of their first bytes into the order of their names.
#[derive(Default)]
pub(super) struct Ordered(Vec<FileRow>);

impl Ordered {
    /// Takes the next row; gives back those that nothing can come before any more.
    pub(super) fn push(&mut self, row: FileRow) -> Vec<FileRow> {
        let is_same = |last: &FileRow| head(last.name.encoded()) == head(row.name.encoded());
        let before = match self.0.last() {
            Some(last) if !is_same(last) => self.finish(),
            _ => Vec::new(),
        };
        self.0.push(row);
        before
    }

    /// Gives back what is left.
    pub(super) fn finish(&mut self) -> Vec<FileRow> {
        let mut rows = std::mem::take(&mut self.0);
        rows.sort_unstable_by(|a, b| a.name.encoded().cmp(b.name.encoded()));
        rows
    }
}

/// What is known of these names.
pub(super) async fn facts(
    connection: &mut Connection,
    names: &[ClusterPath],
) -> Result<Vec<Facts>, Error> {
    let wanted: Vec<&ClusterPath> = names.iter().collect();
    let mut known: HashMap<ClusterPath, Facts> =
        names.iter().map(|name| (name.clone(), Facts::default())).collect();
    let heads: BTreeSet<&[u8]> = names.iter().map(|name| head(name.encoded())).collect();
    let heads: Vec<String> = heads.into_iter().map(literal).collect();
    let owed = heads.chunks(NAMES).map(|it| format!("WHERE csync3_head IN ({})", it.join(", ")));
    let owed: Vec<String> = owed.collect();
    let mut statements = by_key(&wanted);
    let of_files = statements.len();
    statements.extend(owed.iter().map(|rest| dirty::listing(rest)));
    let mut answers = Vec::new();
    for packet in packets(statements, connection.packet.min(PACKET)) {
        answers.extend(all_rows(&mut connection.link, &packet).await?);
    }
    for row in answers.iter().take(of_files).flatten() {
        let row = value::file_row(row)?;
        known.entry(row.name).or_default().recorded = Some(row.recorded);
    }
    let dirty = answers.iter().skip(of_files).flatten().map(dirty::dirty_row);
    for row in dirty::numbered(connection, dirty.collect::<Result<_, _>>()?, &owed).await? {
        // Another name may begin with the same bytes.
        if let Some(facts) = known.get_mut(&row.name) {
            facts.dirty.push(row);
        }
    }
    for facts in known.values_mut() {
        facts.dirty.sort_by_cached_key(|row| dirty::position(row).1);
    }
    Ok(names.iter().map(|name| known.get(name).cloned().unwrap_or_default()).collect())
}

/// All hints. Of equal ones, which only csync2 makes, the last stays.
pub(super) async fn hints(connection: &mut Connection) -> Result<Vec<HintRow>, Error> {
    let sql = "SELECT csync3_row, filename, IF(`recursive` <> 0, 1, 0) FROM hint \
        ORDER BY csync3_row DESC";
    let rows: Vec<Row> = connection.link.query(sql).await?;
    let (mut seen, mut hints, mut others) = (HashSet::new(), Vec::new(), Vec::new());
    for row in &rows {
        let number = number(row, 0)?.unwrap_or_default();
        let hint = Hint { path: LocalPath::new(&decoded(row, 1)), recursive: count(row, 2)? != 0 };
        if seen.insert(hint.clone()) {
            hints.push(HintRow { number, hint });
        } else {
            others.push(number.to_string());
        }
    }
    for others in others.chunks(NAMES) {
        let sql = format!("DELETE FROM hint WHERE csync3_row IN ({})", others.join(", "));
        connection.link.query_drop(sql).await?;
    }
    hints.reverse();
    Ok(hints)
}

/// All actions. csync2 may have scheduled one twice; the first counts.
pub(super) async fn actions(connection: &mut Connection) -> Result<Vec<ActionRow>, Error> {
    let sql = "SELECT filename, command, logfile FROM action ORDER BY csync3_row";
    let rows: Vec<Row> = connection.link.query(sql).await?;
    let mut seen = HashSet::new();
    let mut first: Vec<&Row> =
        rows.iter().filter(|row| seen.insert((stored(row, 0), stored(row, 1)))).collect();
    first.sort_by_key(|row| (stored(row, 1), stored(row, 2), stored(row, 0)));
    let action = |row: &&Row| ActionRow {
        name: name(row, 0),
        command: decoded(row, 1),
        logfile: decoded(row, 2),
    };
    Ok(first.iter().map(action).collect())
}

/// The certificates: all, or that of one peer.
pub(super) async fn pins(
    connection: &mut Connection,
    peer: Option<&str>,
) -> Result<Vec<Pin>, Error> {
    let mut sql = String::from("SELECT peername, certdata FROM x509_cert");
    if let Some(peer) = peer {
        sql.push_str(&format!(" WHERE peername = {}", of_host(peer)));
    }
    let mut rows: Vec<Row> = connection.link.query(sql).await?;
    rows.sort_by(|a, b| stored(a, 0).cmp(stored(b, 0)));
    let pin = |row: &Row| Pin { peer: host(row, 0), certificate: certificate(decoded(row, 1)) };
    Ok(rows.iter().map(pin).collect())
}

/// Regular files and their sizes, from the text that csync2 stores: `:` is encoded, so what a name
/// or target says cannot be mistaken for it. The sum may exceed 64 bits; it travels as text.
const FILES: &str = "SELECT COUNT(*), COUNT(size), COALESCE(SUM(CAST(size AS UNSIGNED)), 0), \
    (SELECT COUNT(*) FROM hint) FROM (SELECT IF(ASCII(tail) BETWEEN 48 AND 57, tail, NULL) AS size \
    FROM (SELECT IF(LOCATE('type=reg%3Asize=', checktxt) > 0, \
    SUBSTRING_INDEX(checktxt, 'type=reg%3Asize=', -1), '') AS tail FROM file) AS tails) AS sizes";

const OWED: &str = "SELECT peername, COUNT(*), COUNT(NULLIF(forced, 0)), COUNT(conflict_ns), \
    MIN(since_ns) FROM dirty GROUP BY peername";

/// What there is, in numbers. The caller has begun a transaction that sees one snapshot.
pub(super) async fn totals(connection: &mut Connection) -> Result<Totals, Error> {
    let files: Vec<Row> = connection.link.query(FILES).await?;
    let mut peers: BTreeMap<Vec<u8>, PeerTotals> = BTreeMap::new();
    let owed: Vec<Row> = connection.link.query(OWED).await?;
    for row in &owed {
        let of_peer = PeerTotals {
            peer: host(row, 0),
            dirty: count(row, 1)?,
            forced: count(row, 2)?,
            conflicts: count(row, 3)?,
            oldest: time(row, 4)?,
            ..PeerTotals::default()
        };
        peers.insert(stored(row, 0).to_vec(), of_peer);
    }
    let sql = "SELECT peername, success_ns, failure_ns FROM csync3_peer";
    let pushed: Vec<Row> = connection.link.query(sql).await?;
    for row in &pushed {
        let of_peer = peers.entry(stored(row, 0).to_vec()).or_default();
        (of_peer.peer, of_peer.last_success, of_peer.last_failure) =
            (host(row, 0), time(row, 1)?, time(row, 2)?);
    }
    let mut totals = Totals { peers: peers.into_values().collect(), ..Totals::default() };
    if let Some(files) = files.first() {
        totals.objects = count(files, 0)?;
        totals.files = count(files, 1)?;
        totals.bytes = String::from_utf8_lossy(stored(files, 2)).parse().unwrap_or(u64::MAX);
        totals.hints = count(files, 3)?;
    }
    Ok(totals)
}

/// A number that is another one once anybody has changed something on the server: how many rows it
/// has written. MariaDB counts them under another name than MySQL.
pub(super) async fn version(connection: &mut Connection) -> Result<i64, Error> {
    let sql = "SHOW GLOBAL STATUS WHERE Variable_name IN ('Innodb_rows_inserted', \
        'Innodb_rows_updated', 'Innodb_rows_deleted', 'Handler_write', 'Handler_update', \
        'Handler_delete')";
    let rows: Vec<Row> = connection.link.query(sql).await?;
    let is_innodb = |row: &&Row| stored(row, 0).starts_with(b"Innodb");
    let mut hasher = DefaultHasher::new();
    let own = rows.iter().any(|row| is_innodb(&row));
    for row in rows.iter().filter(|row| !own || is_innodb(row)) {
        (stored(row, 0), stored(row, 1)).hash(&mut hasher);
    }
    Ok(hasher.finish().cast_signed())
}

#[cfg(test)]
mod tests {
    use super::{Ordered, condition};
    use crate::mysql::value::HEAD;
    use crate::row::{FileRow, Scope};
    use csync3_core::decide::local::Recorded;
    use csync3_core::path::ClusterPath;

    fn row(name: &str) -> FileRow {
        let recorded = Recorded { checktxt: b"v1".to_vec(), ..Recorded::default() };
        FileRow { name: ClusterPath::from_stored(name.as_bytes()), recorded }
    }

    #[test]
    fn names_that_the_index_cannot_tell_apart_are_put_in_order() {
        let long = format!("/{}", "d".repeat(HEAD - 1));
        let come = ["/a".to_owned(), format!("{long}/z"), long.clone(), format!("{long}/a")];
        let mut ordered = Ordered::default();
        let mut rows: Vec<FileRow> = come.iter().flat_map(|it| ordered.push(row(it))).collect();
        rows.extend(ordered.push(row("/e")));
        rows.extend(ordered.finish());
        let names: Vec<_> = rows.iter().map(|row| row.name.encoded().to_vec()).collect();
        let wanted = ["/a".to_owned(), long.clone(), format!("{long}/a"), format!("{long}/z")];
        let wanted = wanted.into_iter().chain(["/e".to_owned()]).map(String::into_bytes);
        assert_eq!(names, wanted.collect::<Vec<_>>());
    }

    #[test]
    fn a_tree_is_a_range_of_the_index_from_its_root_on() {
        let tree = |root: &str| condition(&Scope::Tree(ClusterPath::from_stored(root.as_bytes())));
        assert!(tree("/d").starts_with("csync3_head BETWEEN x'2F64' AND x'2F6430' AND"));
        assert!(tree("/").starts_with("csync3_head BETWEEN x'2F' AND x'30' AND"));
    }
}
