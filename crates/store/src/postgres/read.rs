//! Lists rows.
//!
//! Rows of csync2 lack a generation or a number; before they are listed they are given one, so that
//! clearing such a row never clears one that csync2 makes afterwards.
use super::value::{self, Text, bytes, decoded, host, name, stored};
use crate::columns::{self, below, certificate};
use crate::row::{
    ActionRow, Direction, DirtyPage, DirtyRow, Facts, Generation, Hint, HintRow, PeerTotals, Pin,
    Scope, Totals,
};
use csync3_core::entry::Timestamp;
use csync3_core::path::{ClusterPath, LocalPath};
use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error, Row};

/// What makes a text compare by its bytes: needed, or not needed because the database does so.
pub(super) const ORDER: [&str; 2] = [" COLLATE \"C\"", ""];

/// A condition on `filename` and the values of its placeholders.
pub(super) struct Names {
    pub(super) condition: String,
    values: Vec<Text>,
}

impl Names {
    /// The names of a scope.
    pub(super) fn of(scope: &Scope, order: &str) -> Self {
        match scope {
            Scope::All => Self { condition: "true".into(), values: vec![] },
            Scope::One(name) => {
                Self { condition: "filename = $1".into(), values: vec![Text::name(name)] }
            }
            Scope::Tree(root) => {
                let below = below(root);
                let values = vec![Text::name(root), Text(below.start), Text(below.end)];
                // One range of the index, in order; names between (`dir.old`) are passed over.
                let condition = format!(
                    "filename{order} >= $1 AND filename{order} < $3 \
                     AND (filename = $1 OR filename{order} >= $2)"
                );
                Self { condition, values }
            }
        }
    }

    /// The values of a statement.
    pub(super) fn values(&self) -> Vec<(&(dyn ToSql + Sync), Type)> {
        self.values.iter().map(|text| (text as _, Type::TEXT)).collect()
    }
}

/// The columns of [`dirty_row`].
const DIRTY: &str = "filename, peername, myname, forced <> 0, generation, \
    (SELECT coalesce(file.lineage, CAST('' AS BYTEA)) FROM file \
    WHERE file.filename = dirty.filename), since_ns, conflict_ns, lineage";

fn dirty_row(row: &Row) -> Result<DirtyRow, Error> {
    Ok(DirtyRow {
        name: name(row, 0)?,
        peer: host(row, 1)?,
        myname: host(row, 2)?,
        forced: row.try_get(3)?,
        generation: Generation(row.try_get(4)?),
        recorded: bytes(row, 5)?.is_some(),
        held: columns::held(bytes(row, 5)?),
        replaces: columns::replaces(bytes(row, 8)?),
        since: time(row, 6)?,
        conflict: time(row, 7)?,
    })
}

fn time(row: &Row, column: usize) -> Result<Option<Timestamp>, Error> {
    Ok(row.try_get::<_, Option<i64>>(column)?.map(Timestamp::from_nanos))
}

fn rows<T>(rows: &[Row], read: impl Fn(&Row) -> Result<T, Error>) -> Result<Vec<T>, Error> {
    rows.iter().map(read).collect()
}

/// Runs a listing of dirty rows; gives csync2's rows a generation first if there are any in it.
async fn dirty_rows(
    client: &Client,
    sql: &str,
    values: &[(&(dyn ToSql + Sync), Type)],
) -> Result<Vec<DirtyRow>, Error> {
    let found = rows(&client.query_typed(sql, values).await?, dirty_row)?;
    if found.iter().all(|row| row.generation.0.is_some()) {
        return Ok(found);
    }
    let number = "UPDATE dirty SET generation = \
        CAST(floor(random() * 9007199254740992) AS BIGINT) WHERE generation IS NULL";
    client.execute_typed(number, &[]).await?;
    rows(&client.query_typed(sql, values).await?, dirty_row)
}

/// What is known of these names.
pub(super) async fn facts(
    client: &Client,
    names: &[ClusterPath],
    order: &str,
) -> Result<Vec<Facts>, Error> {
    let wanted: Vec<Text> = names.iter().map(Text::name).collect();
    let values: [(&(dyn ToSql + Sync), Type); 1] = [(&wanted, Type::TEXT_ARRAY)];
    let sql = format!("SELECT filename, {} FROM file WHERE filename = ANY($1)", value::RECORDED);
    let owed =
        format!("SELECT {DIRTY} FROM dirty WHERE filename = ANY($1) ORDER BY peername{order}");
    let both = futures_util::future::try_join(
        client.query_typed(&sql, &values),
        dirty_rows(client, &owed, &values),
    );
    let (files, dirty) = both.await?;
    let mut known: HashMap<ClusterPath, Facts> = HashMap::new();
    for row in &files {
        let row = value::file_row(row)?;
        known.entry(row.name).or_default().recorded = Some(row.recorded);
    }
    for row in dirty {
        known.entry(row.name.clone()).or_default().dirty.push(row);
    }
    Ok(names.iter().map(|name| known.get(name).cloned().unwrap_or_default()).collect())
}

/// A page of dirty rows.
pub(super) async fn dirty(
    client: &Client,
    page: &DirtyPage,
    order: &str,
) -> Result<Vec<DirtyRow>, Error> {
    let (way, beyond) = match page.direction {
        Direction::Ascending => ("ASC", ">"),
        Direction::Descending => ("DESC", "<"),
    };
    let limit = i64::try_from(page.limit).unwrap_or(i64::MAX);
    let by_name = format!("filename{order} {way}");
    // A peer's rows as the index `csync3_dirty_peer` has them.
    let (condition, sorted, values) = match (&page.peer, &page.after) {
        (None, None) => ("true".into(), format!("{by_name}, peername{order} {way}"), vec![]),
        (None, Some((name, peer))) => (
            format!("(filename{order}, peername{order}) {beyond} ($1, $2)"),
            format!("{by_name}, peername{order} {way}"),
            vec![Text::name(name), Text::host(peer)],
        ),
        (Some(peer), None) => ("peername = $1".into(), by_name, vec![Text::host(peer)]),
        (Some(peer), Some((name, _))) => (
            format!("peername = $1 AND filename{order} {beyond} $2"),
            by_name,
            vec![Text::host(peer), Text::name(name)],
        ),
    };
    let sql =
        format!("SELECT {DIRTY} FROM dirty WHERE {condition} ORDER BY {sorted} LIMIT {limit}");
    let values: Vec<(&(dyn ToSql + Sync), Type)> =
        values.iter().map(|text| (text as _, Type::TEXT)).collect();
    dirty_rows(client, &sql, &values).await
}

/// The dirty rows that ended in a conflict.
pub(super) async fn conflicts(client: &Client, order: &str) -> Result<Vec<DirtyRow>, Error> {
    let sql = format!(
        "SELECT {DIRTY} FROM dirty WHERE conflict_ns IS NOT NULL \
         ORDER BY filename{order}, peername{order}"
    );
    dirty_rows(client, &sql, &[]).await
}

/// The peers that are owed something.
pub(super) async fn dirty_peers(client: &Client) -> Result<Vec<String>, Error> {
    let found = client.query_typed("SELECT DISTINCT peername FROM dirty", &[]).await?;
    let mut found: Vec<&Row> = found.iter().collect();
    found.sort_by_key(|row| stored(row, 0).unwrap_or_default());
    found.into_iter().map(|row| host(row, 0)).collect()
}

/// All hints.
pub(super) async fn hints(client: &Client) -> Result<Vec<HintRow>, Error> {
    let lacking =
        client.query_typed("SELECT 1 FROM hint WHERE number IS NULL LIMIT 1", &[]).await?;
    if !lacking.is_empty() {
        // Equal rows of csync2 get one number: they are the same hint.
        let number = "UPDATE hint SET number = n FROM (SELECT filename AS f, recursive AS r, \
            row_number() OVER (ORDER BY filename, recursive) \
            + (SELECT coalesce(max(number), 0) FROM hint) AS n \
            FROM hint WHERE number IS NULL GROUP BY filename, recursive) AS u \
            WHERE number IS NULL AND filename = f AND recursive = r";
        client.execute_typed(number, &[]).await?;
    }
    let sql = "SELECT DISTINCT filename, recursive <> 0, number FROM hint \
        WHERE number IS NOT NULL ORDER BY number";
    rows(&client.query_typed(sql, &[]).await?, |row| {
        let path = LocalPath::new(&decoded(row, 0)?);
        let hint = Hint { path, recursive: row.try_get(1)? };
        Ok(HintRow { number: row.try_get(2)?, hint })
    })
}

/// All actions.
pub(super) async fn actions(client: &Client, order: &str) -> Result<Vec<ActionRow>, Error> {
    let sql = format!(
        "SELECT filename, command, logfile FROM action \
         ORDER BY command{order}, logfile{order}, filename{order}"
    );
    rows(&client.query_typed(&sql, &[]).await?, |row| {
        Ok(ActionRow { name: name(row, 0)?, command: decoded(row, 1)?, logfile: decoded(row, 2)? })
    })
}

/// The certificates: all, or that of one peer.
pub(super) async fn pins(
    client: &Client,
    peer: Option<&str>,
    order: &str,
) -> Result<Vec<Pin>, Error> {
    let peer = peer.map(Text::host);
    let mut sql = String::from("SELECT peername, certdata FROM x509_cert");
    let mut values: Vec<(&(dyn ToSql + Sync), Type)> = Vec::new();
    if let Some(peer) = &peer {
        sql.push_str(" WHERE peername = $1");
        values.push((peer, Type::TEXT));
    }
    sql.push_str(&format!(" ORDER BY peername{order}"));
    rows(&client.query_typed(&sql, &values).await?, |row| {
        Ok(Pin { peer: host(row, 0)?, certificate: certificate(decoded(row, 1)?) })
    })
}

/// Regular files and their sizes, from the text that csync2 stores: `:` is encoded, so what a name
/// or target says cannot be mistaken for it. The sum may exceed 64 bits; it travels as text.
const FILES: &str = "SELECT count(*), count(size), \
    CAST(coalesce(sum(CAST(size AS NUMERIC)), 0) AS TEXT), (SELECT count(*) FROM hint) \
    FROM (SELECT substring(checktxt from 'type=reg%3Asize=([0-9]+)') AS size FROM file) AS sizes";

const OWED: &str = "SELECT peername, count(*), count(nullif(forced, 0)), count(conflict_ns), \
    min(since_ns) FROM dirty GROUP BY peername";

/// What there is, in numbers. The caller has begun a transaction that sees one snapshot.
pub(super) async fn totals(client: &Client) -> Result<Totals, Error> {
    let count = |row: &Row, column| Ok(row.try_get::<_, i64>(column)?.unsigned_abs());
    let files = client.query_typed_one(FILES, &[]).await?;
    let mut peers: BTreeMap<Vec<u8>, PeerTotals> = BTreeMap::new();
    for row in &client.query_typed(OWED, &[]).await? {
        let of_peer = PeerTotals {
            peer: host(row, 0)?,
            dirty: count(row, 1)?,
            forced: count(row, 2)?,
            conflicts: count(row, 3)?,
            oldest: time(row, 4)?,
            ..PeerTotals::default()
        };
        peers.insert(stored(row, 0)?.to_vec(), of_peer);
    }
    let sql = "SELECT peername, success_ns, failure_ns FROM csync3_peer";
    for row in &client.query_typed(sql, &[]).await? {
        let of_peer = peers.entry(stored(row, 0)?.to_vec()).or_default();
        (of_peer.peer, of_peer.last_success, of_peer.last_failure) =
            (host(row, 0)?, time(row, 1)?, time(row, 2)?);
    }
    Ok(Totals {
        objects: count(&files, 0)?,
        files: count(&files, 1)?,
        bytes: String::from_utf8_lossy(stored(&files, 2)?).parse().unwrap_or(u64::MAX),
        hints: count(&files, 3)?,
        peers: peers.into_values().collect(),
    })
}

/// A number that is another one once anybody has changed something: PostgreSQL's transaction
/// horizon, or, on a server that has none, what the small tables hold.
pub(super) async fn version(client: &Client) -> Result<i64, Error> {
    let horizon = "SELECT CAST(txid_current_snapshot() AS TEXT)";
    let found = match client.query_typed_one(horizon, &[]).await {
        Err(error) if error.code() == Some(&SqlState::UNDEFINED_FUNCTION) => {
            let sums = "SELECT CAST(count(*) AS TEXT) || ',' || \
                CAST(coalesce(sum(CAST(generation AS NUMERIC)), 0) AS TEXT) || ',' || \
                CAST((SELECT count(*) FROM hint) AS TEXT) || ',' || \
                CAST((SELECT count(*) FROM file) AS TEXT) FROM dirty";
            client.query_typed_one(sums, &[]).await?
        }
        found => found?,
    };
    let mut hasher = DefaultHasher::new();
    stored(&found, 0)?.hash(&mut hasher);
    Ok(hasher.finish().cast_signed())
}
