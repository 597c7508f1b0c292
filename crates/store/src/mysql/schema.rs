//! Makes the tables what they have to be ([`plan`]).
//!
//! Everything can be done again at any time, by several programs at once.
use super::connect::{Connection, all_rows};
use super::failure::{code, is_refused};
use super::tables::{Column, There, plan};
use super::value::{count, stored};
use crate::upkeep::Fault;
use mysql_async::prelude::Queryable;
use mysql_async::{Error, Row};
use std::collections::BTreeMap;

/// How often it is tried when others change the tables at the same time.
const ROUNDS: usize = 10;

/// How the tables are afterwards.
pub(super) enum Tables {
    /// As they have to be.
    Ready,
    /// The user may not change them; these statements are to be run.
    Refused(Vec<String>, Error),
}

/// Makes what is missing.
pub(super) async fn ensure(connection: &mut Connection) -> Result<Tables, Error> {
    let mut failed = None;
    for _ in 0..ROUNDS {
        let statements = plan(&look(connection).await?);
        if statements.is_empty() {
            return Ok(Tables::Ready);
        }
        for statement in &statements {
            match connection.link.query_drop(&**statement).await {
                Ok(()) => {}
                Err(error) if is_refused(&error) => {
                    return Ok(Tables::Refused(statements, error));
                }
                Err(error) if is_done_by_others(&error) => {
                    failed = Some(error);
                    break;
                }
                Err(error) => return Err(error),
            }
        }
    }
    failed.map_or(Ok(Tables::Ready), Err)
}

/// What [`ensure`] would do, as SQL. Writes nothing.
pub(super) async fn missing(connection: &mut Connection) -> Result<Vec<String>, Error> {
    Ok(plan(&look(connection).await?))
}

/// The keys that csync3 adds: what their rows are told apart by, as csync2's tables have it.
const KEYS: [(&str, &str); 3] =
    [("file", "filename"), ("dirty", "filename, peername"), ("x509_cert", "peername")];

/// Missing keys, and rows that are equal in one. Writes nothing.
pub(super) async fn faults(connection: &mut Connection) -> Result<Vec<Fault>, Error> {
    let there = look(connection).await?;
    let mut found = Vec::new();
    for (table, columns) in KEYS {
        let lacks = |it: &There| !it.columns.contains_key("csync3_key");
        if !there.get(table).is_some_and(lacks) {
            continue;
        }
        found.push(Fault::NoKey { table, columns });
        let bytes: Vec<_> =
            columns.split(", ").map(|column| format!("CAST({column} AS BINARY)")).collect();
        let sql = format!(
            "SELECT CAST(COALESCE(SUM(n), 0) AS SIGNED) FROM (SELECT COUNT(*) AS n FROM {table} \
             GROUP BY {} HAVING COUNT(*) > 1) AS equal",
            bytes.join(", ")
        );
        let rows: Vec<Row> = connection.link.query(sql).await?;
        let rows = rows.first().map_or(Ok(0), |row| count(row, 0))?;
        if rows > 0 {
            found.push(Fault::Duplicates { table, columns, rows });
        }
    }
    Ok(found)
}

/// Gives back what nothing uses any more.
pub(super) async fn vacuum(connection: &mut Connection) -> Result<(), Error> {
    let ours: Vec<&str> = super::tables::names().collect();
    for table in look(connection).await?.keys().filter(|table| ours.contains(&table.as_str())) {
        connection.link.query_drop(format!("OPTIMIZE TABLE {table}")).await?;
    }
    Ok(())
}

/// Says whether another program has just made the same, or rows that are equal in a key.
fn is_done_by_others(error: &Error) -> bool {
    matches!(code(error), Some(1050 | 1054 | 1060 | 1061 | 1062 | 1068 | 1075 | 1146))
}

/// Tables, columns and indexes.
const LOOK: &str = "SELECT table_name, IF(engine = 'InnoDB', 1, 0) FROM information_schema.tables \
    WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'; \
    SELECT table_name, column_name, IF(character_set_name IS NULL, 0, 1), \
    IF(data_type IN ('mediumtext', 'longtext'), 1, 0), \
    IF(character_set_name LIKE 'utf8%', 1, 0) FROM information_schema.columns \
    WHERE table_schema = DATABASE(); \
    SELECT table_name, index_name FROM information_schema.statistics WHERE table_schema = DATABASE()";

async fn look(connection: &mut Connection) -> Result<BTreeMap<String, There>, Error> {
    let mut tables: BTreeMap<String, There> = BTreeMap::new();
    let answers = all_rows(&mut connection.link, LOOK).await?;
    let answer = |at: usize| answers.get(at).into_iter().flatten();
    let text = |row: &Row, column| String::from_utf8_lossy(stored(row, column)).into_owned();
    for row in answer(0) {
        let is_transactional = count(row, 1)? != 0;
        tables.insert(text(row, 0), There { is_transactional, ..There::default() });
    }
    for row in answer(1) {
        let column = match count(row, 2)? {
            0 => Column::Other,
            _ => Column::Text { is_long: count(row, 3)? != 0, is_unicode: count(row, 4)? != 0 },
        };
        if let Some(there) = tables.get_mut(&text(row, 0)) {
            there.columns.insert(text(row, 1).to_ascii_lowercase(), column);
        }
    }
    for row in answer(2) {
        if let Some(there) = tables.get_mut(&text(row, 0)) {
            there.keys.insert(text(row, 1));
        }
    }
    Ok(tables)
}
